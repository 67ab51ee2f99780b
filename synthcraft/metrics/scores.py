"""Scores of predictions under many row weightings at once: for a value and its interval.

``weights`` is (draws × rows); every score returns one number per draw. Binary scores take the
outcome as 0/1 and the probability of 1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.metrics.encode import Floats, Ints

BLOCK_CELLS = 4_000_000
LEVEL = 0.95


def auroc(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Probability that an event has the higher chance, ties counting half; NaN without a pair.

    >>> auroc(np.array([0, 1, 1]), np.array([0.1, 0.1, 0.9]), np.ones((1, 3))).tolist()
    [0.75]
    """
    events, others = _tied_sums(event, chance, weights)
    below = np.cumsum(others, axis=1) - others
    with np.errstate(invalid="ignore"):
        pairs = events.sum(axis=1) * others.sum(axis=1)
        return np.asarray((events * (below + others / 2)).sum(axis=1) / pairs)


def auprc(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Average precision (step-wise area under the precision–recall curve); NaN without events.

    >>> auprc(np.array([0, 1, 1]), np.array([0.5, 0.1, 0.9]), np.ones((1, 3))).round(3).tolist()
    [0.833]
    """
    events, others = (sums[:, ::-1] for sums in _tied_sums(event, chance, weights))
    caught = np.cumsum(events, axis=1)
    called = caught + np.cumsum(others, axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (events * (caught / np.maximum(called, 1e-12))).sum(axis=1) / events.sum(axis=1)
        )


def _tied_sums(event: Floats, chance: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of events and of others at each distinct chance, lowest first."""
    order = np.argsort(chance, kind="stable")
    ranked = chance[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    weights = weights[:, order].astype(float)
    events = np.add.reduceat(weights * event[order], starts, axis=1)
    return events, np.add.reduceat(weights, starts, axis=1) - events


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean of the values under each weighting."""
    return np.asarray(weights @ values / weights.sum(axis=1))


@dataclass(frozen=True, eq=False)
class Labels:
    """Class numbers of the holdout rows; ``positive`` is the event class of a binary target."""

    codes: Ints
    classes: tuple[str, ...]
    positive: int | None

    def score(self, chances: Floats, weights: Floats) -> dict[str, Floats]:
        """AUROC, AUPRC and Brier score of a (rows × classes) matrix of probabilities."""
        if self.positive is not None:
            event, chance = self.codes == self.positive, chances[:, self.positive]
            brier = weighted_mean((chance - event) ** 2, weights)
            return {
                "auroc": auroc(event, chance, weights),
                "auprc": auprc(event, chance, weights),
                "brier": brier,
            }
        one_hot = self.codes[:, None] == np.arange(len(self.classes))
        present = np.flatnonzero(one_hot.any(axis=0))
        return {
            "auroc": _macro(auroc, one_hot, chances, weights, present),
            "auprc": _macro(auprc, one_hot, chances, weights, present),
            "brier": weighted_mean(((chances - one_hot) ** 2).sum(axis=1), weights),
        }

    @property
    def strata(self) -> Ints:
        """Bootstrap strata: the classes."""
        return self.codes

    def take(self, rows: Ints) -> "Labels":
        """The outcomes of these rows."""
        return Labels(self.codes[rows], self.classes, self.positive)


def _macro(
    score: Callable[[Floats, Floats, Floats], Floats],
    one_hot: Any,
    chances: Floats,
    weights: Floats,
    classes: Ints,
) -> Floats:
    return np.asarray(
        np.mean([score(one_hot[:, k], chances[:, k], weights) for k in classes], axis=0)
    )


@dataclass(frozen=True, eq=False)
class Amounts:
    """Numeric outcomes of the holdout rows."""

    values: Floats

    def score(self, predictions: Floats, weights: Floats) -> dict[str, Floats]:
        """Root mean squared error (units of the target) and R²."""
        squared = weighted_mean((self.values - predictions) ** 2, weights)
        variance = weighted_mean(self.values**2, weights) - weighted_mean(self.values, weights) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"rmse": np.sqrt(squared), "r2": 1 - squared / variance}

    @property
    def strata(self) -> Ints:
        """Bootstrap strata: a single one."""
        return np.zeros(len(self.values), dtype=int)

    def take(self, rows: Ints) -> "Amounts":
        """The outcomes of these rows."""
        return Amounts(self.values[rows])


Outcome = Labels | Amounts


def weightings(
    strata: Ints, groups: Any, resamples: int, stream: np.random.Generator
) -> Iterator[Floats]:
    """Row weights in blocks (draws × rows): first ones, then bootstrap counts within strata.

    Where ``groups`` are given, whole groups (persons) are drawn, in the stratum of their first row.
    """
    rows = len(strata)
    unit = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    _, first = np.unique(unit, return_index=True)
    members = [np.flatnonzero(strata[first] == stratum) for stratum in np.unique(strata)]
    yield np.ones((1, rows))
    size = max(1, BLOCK_CELLS // rows)
    for start in range(0, resamples, size):
        draws = range(start, min(start + size, resamples))
        yield np.stack([_drawn(members, len(first), stream)[unit] for _ in draws])


def _drawn(members: list[Ints], units: int, stream: np.random.Generator) -> Ints:
    chosen = [stratum[stream.integers(len(stratum), size=len(stratum))] for stratum in members]
    return np.bincount(np.concatenate(chosen), minlength=units)


def interval(draws: Floats) -> tuple[float | None, float | None]:
    """Percentile interval of bootstrap draws; none where a third of them is undefined."""
    known = draws[np.isfinite(draws)]
    if 3 * len(known) < 2 * len(draws) or not len(known):
        return None, None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
