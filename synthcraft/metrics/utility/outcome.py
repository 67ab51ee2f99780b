"""What is to be predicted in the holdout, and how predictions of it are scored.

Each task has its outcome: ``Labels`` are predicted by (rows × classes) probabilities, ``Amounts``
by numbers, ``Durations`` by (rows × times) cumulative hazards. ``score`` takes row weightings
(draws × rows) and gives scores by name and class (the class is empty but for recall).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.metrics.context import NotApplicable, Real
from synthcraft.metrics.cox import survivor
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.scores import (
    auprc,
    auroc,
    brier_over_time,
    calibration_error,
    concordance,
    weighted_mean,
)

Flags = np.ndarray[Any, np.dtype[np.bool]]
Scores = dict[tuple[str, str], Floats]
TIMES = 26  # at which survival curves are scored: 0 and 25 more
AT_RISK = 0.1  # share of train rows that must still be seen, and uncensored, at the horizon


@dataclass(frozen=True, eq=False)
class Labels:
    """Class numbers of the holdout rows; ``positive`` is the event class of a binary target."""

    codes: Ints
    classes: tuple[str, ...]
    positive: int | None

    names: ClassVar[tuple[str, ...]] = ("auroc", "auprc", "brier", "log_loss", "ece", "recall")

    def score(self, chances: Floats, weights: Floats, names: Sequence[str] = names) -> Scores:
        """Scores of a (rows × classes) matrix of probabilities.

        With more than two classes, AUROC and AUPRC are means over the holdout's classes of each
        against the rest, the Brier score sums over classes, and the calibration error is that of
        the foretold class. Recall is by class, and its mean over the holdout's classes.
        """
        found: Scores = {}
        for name in names:
            if name == "recall":
                found |= self._recalls(chances, weights)
            else:
                found[name, ""] = self._score(name, chances, weights)
        return found

    def _score(self, name: str, chances: Floats, weights: Floats) -> Floats:
        own = chances[np.arange(len(self.codes)), self.codes]
        if name == "log_loss":
            return weighted_mean(-np.log(own), weights)
        if self.positive is not None:
            event, chance = self.codes == self.positive, chances[:, self.positive]
            if name == "brier":
                return weighted_mean((chance - event) ** 2, weights)
            return _BINARY[name](event, chance, weights)
        if name == "brier":
            squares = (chances**2).sum(axis=1) - 2 * own + 1
            return weighted_mean(squares, weights)
        if name == "ece":
            right = chances.argmax(axis=1) == self.codes
            return calibration_error(right, chances.max(axis=1), weights)
        each = [_BINARY[name](self.codes == k, chances[:, k], weights) for k in self.present]
        return np.asarray(np.mean(each, axis=0))

    def _recalls(self, chances: Floats, weights: Floats) -> Scores:
        right = chances.argmax(axis=1) == self.codes
        each = {k: weighted_mean(right, weights * (self.codes == k)) for k in self.present}
        by_class = {("recall", self.classes[k]): recall for k, recall in each.items()}
        return {("recall", ""): np.mean(list(each.values()), axis=0), **by_class}

    @property
    def present(self) -> tuple[int, ...]:
        """The classes that the holdout has."""
        return tuple(int(k) for k in np.unique(self.codes))

    @property
    def strata(self) -> Ints:
        """What a sample of rows keeps the shares of: the classes."""
        return self.codes

    def take(self, rows: Ints) -> "Labels":
        """The outcomes of these rows."""
        return Labels(self.codes[rows], self.classes, self.positive)


_BINARY: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "auroc": auroc,
    "auprc": auprc,
    "ece": calibration_error,
}


@dataclass(frozen=True, eq=False)
class Amounts:
    """Numeric outcomes of the holdout rows."""

    values: Floats

    names: ClassVar[tuple[str, ...]] = ("r2", "rmse", "mae")

    def score(self, predictions: Floats, weights: Floats, names: Sequence[str] = names) -> Scores:
        """R², root mean squared error and mean absolute error (units of the target)."""
        off = self.values - predictions
        squared = weighted_mean(off**2, weights)
        spread = self.values - self.values.mean()
        variance = weighted_mean(spread**2, weights) - weighted_mean(spread, weights) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            found = {
                "r2": 1 - squared / variance,
                "rmse": np.sqrt(squared),
                "mae": weighted_mean(np.abs(off), weights),
            }
        return {(name, ""): found[name] for name in names}

    @property
    def strata(self) -> Ints:
        """What a sample of rows keeps the shares of: nothing."""
        return np.zeros(len(self.values), dtype=int)

    def take(self, rows: Ints) -> "Amounts":
        """The outcomes of these rows."""
        return Amounts(self.values[rows])


@dataclass(frozen=True, eq=False)
class Durations:
    """Follow-up times of the holdout rows, and which of them ended in the event.

    ``grid`` are the times from 0 to the horizon at which survival is scored; ``kept`` the chance
    not to be censored until just before each row's time (``kept_at``: until each time of the
    grid), by Kaplan–Meier on train rows.
    """

    time: Floats
    event: Floats
    grid: Floats
    kept: Floats
    kept_at: Floats

    names: ClassVar[tuple[str, ...]] = ("harrell_c", "uno_c", "integrated_brier")

    def score(self, hazards: Floats, weights: Floats, names: Sequence[str] = names) -> Scores:
        """Harrell's and Uno's concordance and the integrated Brier score of cumulative hazards.

        Those of the last column, in the end, rank the rows. Uno's pairs begin before the horizon;
        the Brier score is integrated up to it.
        """
        kinds = {"harrell_c": np.ones(len(self.time)), "uno_c": self._inverse}
        asked = [name for name in names if name in kinds]
        # Under proportional hazards, all times rank rows alike; but by the horizon no synthetic
        # row may have had the event.
        ranks = concordance(
            self.time, self.event, hazards[:, -1], weights, np.array([kinds[n] for n in asked])
        )
        found = {(name, ""): draws for name, draws in zip(asked, ranks, strict=True)}
        if "integrated_brier" in names:
            each = brier_over_time(
                self.time, self.event, np.exp(-hazards[:, :-1]), self.grid, self.kept, self.kept_at
            )
            found["integrated_brier", ""] = weighted_mean(each, weights)
        return found

    @property
    def asked(self) -> Floats:
        """The times at which hazards are predicted: the grid's, and the end of all follow-up."""
        return np.append(self.grid, np.inf)

    @property
    def _inverse(self) -> Floats:
        with np.errstate(divide="ignore"):
            return np.where(self.time < self.grid[-1], self.kept**-2.0, 0.0)

    @property
    def strata(self) -> Ints:
        """What a sample of rows keeps the shares of: rows with and without the event."""
        return self.event.astype(int)

    def take(self, rows: Ints) -> "Durations":
        """The outcomes of these rows."""
        return Durations(
            self.time[rows], self.event[rows], self.grid, self.kept[rows], self.kept_at
        )


Outcome = Labels | Amounts | Durations


def outcome_of(real: Real) -> Outcome:
    """What is to be predicted in the holdout.

    The event of a binary target is its declared positive level, or else the holdout's rarer one.
    """
    if "outcome" not in real.models:
        real.models["outcome"] = outcome_in(real.holdout, real.train)
    found: Outcome = real.models["outcome"]
    return found


def outcome_in(holdout: Table, train: Table) -> Outcome:
    """What is to be predicted in the holdout, for models that know no more than train rows.

    Raises
    ------
    NotApplicable
        When too few train rows are followed to score survival.
    """
    values = holdout.frame[train.target]
    if train.task == "regression":
        return Amounts(values.to_numpy(dtype=float))
    if train.task == "survival":
        return _durations(train, holdout)
    classes = _classes_of(train, holdout)
    codes = pd.Index(classes).get_indexer(pd.Index(values.astype(str)))
    if len(classes) != 2:
        return Labels(codes, classes, None)
    return Labels(codes, classes, _positive(train, holdout, classes))


def _positive(train: Table, holdout: Table, classes: tuple[str, ...]) -> int:
    declared = train.positive
    if declared in classes:
        return classes.index(declared)
    counts = holdout.frame[train.target].astype(str).value_counts()
    return int(np.argmin([counts.get(name, 0) for name in classes]))


def _classes_of(train: Table, holdout: Table) -> tuple[str, ...]:
    """The classes of the target in train and holdout rows, sorted."""
    labels = pd.concat([part.frame[train.target].astype(object) for part in (train, holdout)])
    return tuple(sorted(labels.dropna().astype(str).unique()))


def followed(table: Table) -> tuple[Floats, Floats, Flags]:
    """Time, event (0/1) of the rows of a survival table, and which rows have both.

    A negative time, which a synthetic row may have, counts as 0.
    """
    target = table.frame[table.target]
    event = np.asarray(target.astype(object) == table.positive, dtype=float)
    time = table.frame[str(table.time)].to_numpy(dtype=float)
    known = np.asarray(target.notna().to_numpy() & ~np.isnan(time))
    return np.maximum(time, 0.0), event, known


def _durations(train: Table, rows: Table) -> Durations:
    time, event, _ = followed(train)
    times, kept = survivor(time, 1 - event, event)
    seen = 1 - np.searchsorted(np.sort(time), times, side="left") / len(time)
    usable = times[(kept >= AT_RISK) & (seen >= AT_RISK) & (times > 0)]
    if not len(usable):
        raise NotApplicable("survival: too few train rows are followed beyond time 0")
    after = np.append(1.0, kept)
    grid = np.linspace(0, usable[-1], TIMES)
    asked, happened, _ = followed(rows)
    return Durations(
        asked,
        happened,
        grid,
        kept=after[np.searchsorted(times, asked, side="left")],
        kept_at=after[np.searchsorted(times, grid, side="right")],
    )
