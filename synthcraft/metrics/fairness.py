"""Fairness: whether synthetic rows serve each level of the sensitive columns alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.cards.fairness import (
    MIN_EVENTS,
    MIN_FOR_FIDELITY,
    MIN_FOR_SLOPE,
    FairnessParams,
)
from synthcraft.metrics.context import DRAWS, NotApplicable, Real, Synthetic, choose
from synthcraft.metrics.encode import Encoder, Floats, Ints
from synthcraft.metrics.fidelity.cells import tv_of_codes
from synthcraft.metrics.fidelity.marginals import ks_and_wasserstein
from synthcraft.metrics.groups import Group, sensitive_groups, shown_sizes
from synthcraft.metrics.scores import auroc, calibration, interval, weighted_mean, weightings
from synthcraft.metrics.utility.outcome import Labels, outcome_of
from synthcraft.metrics.utility.trained import model_names, predictions
from synthcraft.records import Measure
from synthcraft.stats import LEVEL, wilson

_SPREADS = ("auroc_gap", "calibration_gap", "demographic_parity", "equalised_odds")


@dataclass(frozen=True, eq=False)
class RealGroups:
    """The real side: rows of the groups that are large enough, by column, and what becomes of them.

    ``told`` names those whose sizes are given, ``small`` the groups that are too small.
    """

    train: dict[str, list[Group]]
    holdout: dict[str, list[Group]]
    told: tuple[str, ...]
    small: tuple[str, ...]
    outcomes: tuple[Measure, ...]


class Fairness:
    """Sizes, fidelity, calibration and spreads by group of each sensitive column.

    Groups have at least 10 train and 10 holdout rows. Where what they leave of a table is itself a
    number under 10, the smallest size is not told. AUROC by group is one of utility's measures.
    """

    def __init__(self, *, params: FairnessParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> RealGroups:
        """Groups of real rows, and what the model trained on real rows does to them."""
        train = {group.name: group for group in sensitive_groups(real, real.train)}
        holdout = {group.name: group for group in sensitive_groups(real, real.holdout)}
        if not train:
            raise NotApplicable("no sensitive column with levels is declared")
        enough = [
            name
            for name in train
            if name in holdout and min(len(train[name].rows), len(holdout[name].rows)) >= SMALLEST
        ]
        _ = real.holdout_codes  # touched, so that they are computed once
        columns = dict.fromkeys(group.column for group in train.values())
        by_column = [
            {c: [side[name] for name in enough if side[name].column == c] for c in columns}
            for side in (train, holdout)
        ]
        outcomes = [
            replace(measure, metric=f"{measure.metric}_real")
            for measure in self._outcomes(real, real, by_column[1])
        ]
        sizes = [
            shown_sizes([side[name] for name in enough], len(table))
            for side, table in ((train, real.train), (holdout, real.holdout))
        ]
        told = tuple(name for name in enough if all(shown[name] for shown in sizes))
        small = tuple(name for name in train if name not in enough)
        return RealGroups(by_column[0], by_column[1], told, small, tuple(outcomes))

    def measure(self, real: Real, prepared: RealGroups, synthetic: Synthetic) -> Iterator[Measure]:
        """Sizes, fidelity, and what the models trained on either side do to each group."""
        ours = {group.name: group for group in sensitive_groups(real, synthetic.table)}
        for column, groups in prepared.train.items():
            rows = {g.name: ours[g.name].rows if g.name in ours else _NONE for g in groups}
            yield from _sizes(synthetic, column, groups, rows, prepared.told)
            yield from _fidelity(synthetic, column, prepared.holdout[column], rows, prepared.told)
        for name in prepared.small:
            reason = f"too few: needs {SMALLEST} rows each in train and holdout"
            yield Measure("group_share", group=name).absent(reason)
        yield from self._outcomes(real, synthetic, prepared.holdout)
        yield from prepared.outcomes

    def _outcomes(
        self, real: Real, side: Real | Synthetic, columns: dict[str, list[Group]]
    ) -> Iterator[Measure]:
        """Calibration by group, and spreads over groups, of one side's model."""
        if real.train.task != "classification":
            return
        outcome = outcome_of(real)
        (model,) = model_names((self.params.model,), real.train.task)
        if not isinstance(outcome, Labels) or outcome.positive is None:
            for metric in (*_SPREADS, "calibration_slope"):
                reason = "needs a target of two classes"
                yield Measure(metric, model=model).absent(reason)
            return
        event = (outcome.codes == outcome.positive).astype(float)
        chance = predictions(side, model, self.params.iterations)[:, outcome.positive]
        if not np.ptp(chance):
            # No gap between groups would be the best of all values.
            for metric, column in product(_SPREADS, columns):
                row = Measure(metric, column=column, model=model, reference="holdout")
                yield row.absent("the model gives all holdout rows one chance")
            return
        called = _called(real, chance, outcome.classes[outcome.positive])
        for column, groups in columns.items():
            rates = _rates(real, event, chance, called, groups, self.params.resamples)
            yield from (
                replace(measure, model=model, reference="holdout")
                for measure in (*_slopes(rates), *_spreads(real, column, rates))
            )


_NONE: Ints = np.array([], dtype=np.intp)


def _sizes(
    synthetic: Synthetic,
    column: str,
    groups: Sequence[Group],
    rows: dict[str, Ints],
    told: Sequence[str],
) -> Iterator[Measure]:
    total, known = len(synthetic), len(synthetic.real.train)
    ratios = []
    for group in groups:
        theirs, made = len(group.rows) / known, len(rows[group.name])
        row = Measure("group_share", group=group.name)
        if group.name not in told:
            reason = f"its size would tell a number of rows under {SMALLEST}"
            yield row.absent(reason)
        else:
            yield Measure("group_share_real", theirs, n=known, group=group.name, reference="train")
            low, high = wilson(made, total)
            share = made / total
            yield replace(row, value=share, low=low, high=high, level=LEVEL, n=total)
        ratios.append(made / total / theirs)
    if ratios:
        worst = min(1.0, *ratios)
        yield Measure("representation", worst, n=total, column=column, reference="train")


def _fidelity(
    synthetic: Synthetic,
    column: str,
    holdout: Sequence[Group],
    rows: dict[str, Ints],
    told: Sequence[str],
) -> Iterator[Measure]:
    """Each group's likeness at the size of the smallest that has enough holdout rows."""
    real = synthetic.real
    encoder = real.encoder.only([name for name in real.train.names if name != column])
    others = [place for place, name in enumerate(real.train.names) if name != column]
    ours, theirs = synthetic.codes[:, others], real.holdout_codes[:, others]
    enough = [group for group in holdout if len(group.rows) >= MIN_FOR_FIDELITY]
    smallest = min(enough, key=lambda group: len(group.rows), default=None)
    found = []
    for group in holdout:
        row = Measure("group_fidelity", group=group.name, reference="holdout")
        if smallest is None or group not in enough:
            reason = f"too few: needs {MIN_FOR_FIDELITY} holdout rows"
            yield row.absent(reason)
            continue
        made = rows[group.name]
        n = min(len(smallest.rows), len(made))
        if n < SMALLEST:
            reason = f"too few: fewer than {SMALLEST} synthetic rows"
            yield row.absent(reason)
            continue
        stream = synthetic.stream(f"fairness.{group.name}")
        compared = [
            _likeness(
                ours[made[choose(stream, len(made), n)]],
                theirs[group.rows[choose(stream, len(group.rows), n)]],
                encoder,
            )
            for _ in range(DRAWS)
        ]
        found.append(float(np.mean(compared)))
        yield replace(row, value=found[-1], n=n if smallest.name in told else None)
    gap = Measure("group_fidelity_gap", column=column, reference="holdout")
    if len(found) == len(enough) > 1:
        yield replace(gap, value=max(found) - min(found))
    else:
        reason = "too few: needs two groups with enough rows, and synthetic rows in each"
        yield gap.absent(reason)


def _likeness(a: Floats, b: Floats, encoder: Encoder) -> float:
    """Mean over columns of 1 − KS distance, or 1 − total variation of levels."""
    apart = (_levels_apart if levels else _numbers_apart for levels in encoder.categorical)
    return float(np.mean([1 - far(x, y) for far, x, y in zip(apart, a.T, b.T, strict=True)]))


def _numbers_apart(a: Floats, b: Floats) -> float:
    ks, _ = ks_and_wasserstein(*(np.sort(side[~np.isnan(side)]) for side in (a, b)))
    return ks


def _levels_apart(a: Floats, b: Floats) -> float:
    # Missing is a level of its own.
    x, y = (np.nan_to_num(side, nan=-1).astype(int) + 1 for side in (a, b))
    return tv_of_codes(x, y, 1 + max(x.max(), y.max()))


def _called(real: Real, chance: Floats, positive: str) -> Floats:
    """Which holdout rows are called positive: as large a share as events among train rows."""
    prevalence = (real.train.frame[real.train.target].astype(str) == positive).mean()
    number = max(1, round(prevalence * len(chance)))
    return np.asarray(chance >= np.sort(chance)[-number], dtype=float)


@dataclass(frozen=True, eq=False)
class Rates:
    """Numbers by group, (1 + resamples) × groups each: first the holdout's, then resamples'."""

    groups: tuple[Group, ...]
    auroc: Floats
    slope: Floats  # NaN where a group has too few events
    called: Floats
    called_events: Floats
    called_others: Floats


def _rates(
    real: Real,
    event: Floats,
    chance: Floats,
    called: Floats,
    groups: Sequence[Group],
    resamples: int,
) -> Rates:
    """What a model does to each group that has enough events and non-events."""
    rarer = {g.name: int(min(event[g.rows].sum(), (1 - event[g.rows]).sum())) for g in groups}
    enough = tuple(group for group in groups if rarer[group.name] >= MIN_EVENTS)
    if not enough:
        return Rates((), *np.empty((5, 1 + resamples, 0)))
    # A group's size is no outcome: it stays in every resample.
    strata = np.full(len(event), -1)
    for place, group in enumerate(enough):
        strata[group.rows] = place
    stream = real.stream("fairness.resamples")
    # The last block leaves parts out, for intervals of another kind.
    *blocks, _ = weightings(strata, real.holdout.groups, resamples, stream)
    by_group = [
        np.concatenate(
            [
                _of_group(
                    event[g.rows], chance[g.rows], called[g.rows], weights[:, g.rows], rarer[g.name]
                )
                for weights in blocks
            ]
        )
        for g in enough
    ]
    return Rates(enough, *np.moveaxis(np.stack(by_group, axis=1), 2, 0))


def _of_group(event: Floats, chance: Floats, called: Floats, weights: Floats, rarer: int) -> Floats:
    """The five numbers of Rates for one group, (draws × 5)."""
    slope = np.full(len(weights), np.nan)
    if rarer >= MIN_FOR_SLOPE:
        slope = slopes(event, chance, weights)
    shares = [weighted_mean(called, weights * among) for among in (1, event, 1 - event)]
    return np.stack([auroc(event, chance, weights), slope, *shares], axis=1)


def slopes(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Calibration slopes under each weighting, by one Newton step from the unweighted rows' line.

    For bootstrap draws: one step differs from all of them by terms of order 1 / n, costs a few
    matrix products, and its intervals cover no less. NaN where the rows themselves have no line.

    >>> event, chance = np.array([0, 1.0, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.8])
    >>> slopes(event, chance, np.ones((2, 5))).round(2).tolist()
    [0.71, 0.71]
    """
    a, b = calibration(event, chance, np.ones((1, len(event))))
    logit = np.log(chance / (1 - chance))
    expected = 1 / (1 + np.exp(-(a + b * logit)))
    bend, off = expected * (1 - expected), event - expected
    s0, s1, s2 = (weights @ (bend * logit**power) for power in (0, 1, 2))
    g0, g1 = weights @ off, weights @ (off * logit)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(b + (s0 * g1 - s1 * g0) / (s0 * s2 - s1**2))


def _slopes(rates: Rates) -> Iterator[Measure]:
    for place, group in enumerate(rates.groups):
        row = Measure("calibration_slope", group=group.name)
        value, draws = rates.slope[0, place], rates.slope[1:, place]
        if np.isfinite(value):
            low, high = interval(draws)
            level = None if low is None else LEVEL
            yield replace(row, value=float(value), low=low, high=high, level=level)
        else:
            reason = f"too few: needs {MIN_FOR_SLOPE} events and non-events each in the holdout"
            yield row.absent(reason)


def _spreads(real: Real, column: str, rates: Rates) -> Iterator[Measure]:
    sloped = np.isfinite(rates.slope[0])
    parts: dict[str, tuple[list[Floats], Sequence[Group]]] = {
        "auroc_gap": ([rates.auroc], rates.groups),
        "calibration_gap": (
            [rates.slope[:, sloped]],
            [group for group, has in zip(rates.groups, sloped, strict=True) if has],
        ),
        "demographic_parity": ([rates.called], rates.groups),
        "equalised_odds": ([rates.called_events, rates.called_others], rates.groups),
    }
    for metric, (numbers, groups) in parts.items():
        row = Measure(metric, column=column)
        if len(groups) < 2:
            fewest = MIN_FOR_SLOPE if metric == "calibration_gap" else MIN_EVENTS
            reason = f"too few: needs two groups of {fewest} events and non-events in the holdout"
            yield row.absent(reason)
            continue
        n = sum(len(group.rows) for group in groups)
        hidden = 0 < len(real.holdout) - n < SMALLEST
        value, low, high = spread(numbers)
        yield replace(row, value=value, low=low, high=high, level=LEVEL, n=None if hidden else n)


def spread(numbers: Sequence[Floats]) -> tuple[float, float, float]:
    """The largest difference between two groups, with its simultaneous interval.

    ``numbers`` are (1 + resamples) × groups: first the estimates, then those of resamples. The
    interval is the spread ± the 95 % quantile, over resamples, of the largest deviation of a
    difference between two groups from its estimate: it covers the true spread wherever all true
    differences lie that near to their estimates. Resamples where a group has none are left out.

    >>> value, low, high = spread([np.array([[0.7, 0.9], [0.7, 0.9], [0.6, 0.9], [0.8, 0.9]])])
    >>> round(value, 2), round(low, 2), round(high, 2)
    (0.2, 0.1, 0.3)
    """
    value = max(float(np.ptp(part[0])) for part in numbers)
    off = np.max([np.ptp(part[1:] - part[0], axis=1) for part in numbers], axis=0)
    reach = float(np.quantile(off[np.isfinite(off)], LEVEL))
    return value, max(0.0, value - reach), value + reach
