"""Fairness: whether synthetic rows serve each level of the sensitive columns alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.cards.fairness import MIN_FOR_FIDELITY, MIN_FOR_SLOPE, FairnessParams
from synthcraft.metrics.cards.utility import MIN_EVENTS
from synthcraft.metrics.context import DRAWS, NotApplicable, Real, Synthetic, choose
from synthcraft.metrics.encode import Encoder, Floats, Ints
from synthcraft.metrics.fidelity.cells import tv_of_codes
from synthcraft.metrics.fidelity.marginals import ks_and_wasserstein
from synthcraft.metrics.groups import (
    Group,
    sensitive_groups,
    shown_sizes,
    support,
    supporting,
)
from synthcraft.metrics.scores import calibration, interval, weighted_mean, weightings
from synthcraft.metrics.utility.outcome import Amounts, Labels, Outcome, outcome_of
from synthcraft.metrics.utility.trained import model_names, predictions
from synthcraft.records import Measure
from synthcraft.stats import LEVEL, wilson

Kind = Literal["event", "classes", "amount", "duration"]
# The numbers by group (Rates) whose largest difference over groups each spread is.
_SPREADS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    "event": {
        "auroc_gap": ("auroc",),
        "calibration_gap": ("slope",),
        "mean_error_gap": ("error",),
        "demographic_parity": ("called",),
        "equalised_odds": ("called_events", "called_others"),
    },
    "classes": {"auroc_gap": ("auroc",)},
    "amount": {"r2_gap": ("r2",), "mae_gap": ("mae",), "mean_error_gap": ("error",)},
    "duration": {"harrell_c_gap": ("harrell_c",)},
}
# The measures of a group, and which of its numbers they are; utility has the others.
_OF_GROUPS: Mapping[Kind, Mapping[str, str]] = {
    "event": {
        "calibration_slope": "slope",
        "mean_error": "error",
        "called_positive": "called",
        "true_positive_rate": "called_events",
        "false_positive_rate": "called_others",
    },
    "classes": {},
    "amount": {"mean_error": "error"},
    "duration": {},
}
_SCORED: Mapping[Kind, tuple[str, ...]] = {
    "event": ("auroc",),
    "classes": ("auroc",),
    "amount": ("r2", "mae"),
    "duration": ("harrell_c",),
}


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
    """Sizes, fidelity, calibration, rates and spreads by group of each sensitive column.

    Groups have at least 10 train and 10 holdout rows. Where what they leave of a table is itself a
    number under 10, the smallest size is not told. What is trained on synthetic rows is scored by
    group among utility's measures (AUROC, R², Harrell's C).
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
        """What one side's model does to each group, and spreads over groups."""
        (model,) = model_names((self.params.model,), real.train.task)
        outcome = outcome_of(real)
        kind = _kind(outcome)
        if kind == "classes":
            for metric in (*_SPREADS["event"], *_OF_GROUPS["event"]):
                if metric not in _SPREADS[kind]:
                    reason = "needs a target of two classes"
                    yield Measure(metric, model=model).absent(reason)
        predicted = predictions(side, model, self.params.iterations)
        if (predicted == predicted[0]).all():
            # No gap between groups would be the best of all values.
            for metric, column in product(_SPREADS[kind], columns):
                row = Measure(metric, column=column, model=model, reference="holdout")
                yield row.absent("the model predicts the same for all holdout rows")
            return
        for column, groups in columns.items():
            rates = _rates(real, predicted, groups, self.params.resamples)
            yield from (
                replace(measure, model=model, reference="holdout")
                for measure in (*_of_groups(outcome, rates), *_spreads(real, column, rates))
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


def _kind(outcome: Outcome) -> Kind:
    """What is predicted, as far as it decides which measures there are."""
    if isinstance(outcome, Labels):
        return "classes" if outcome.positive is None else "event"
    return "amount" if isinstance(outcome, Amounts) else "duration"


def _called(real: Real, outcome: Outcome, predicted: Floats) -> Floats:
    """Which holdout rows are called positive: as large a share as events among train rows.

    None is, but of a target of two classes.
    """
    if not isinstance(outcome, Labels) or outcome.positive is None:
        return np.zeros(len(predicted))
    chance, positive = predicted[:, outcome.positive], outcome.classes[outcome.positive]
    prevalence = (real.train.frame[real.train.target].astype(str) == positive).mean()
    number = max(1, round(prevalence * len(chance)))
    return np.asarray(chance >= np.sort(chance)[-number], dtype=float)


@dataclass(frozen=True, eq=False)
class Rates:
    """Numbers of each group that has enough rows, by name: (1 + resamples) × groups each.

    The first of each are the holdout's, then come the resamples'. NaN where a group has no such
    number, as a slope needs more rows.
    """

    groups: tuple[Group, ...]
    numbers: Mapping[str, Floats]


def _rates(real: Real, predicted: Floats, groups: Sequence[Group], resamples: int) -> Rates:
    """What a model does to each group that has rows enough."""
    outcome = outcome_of(real)
    enough = tuple(g for g in groups if support(outcome.take(g.rows)) >= MIN_EVENTS)
    if not enough:
        return Rates((), {})
    # A group's size is no outcome: it stays in every resample.
    strata = np.full(len(predicted), -1)
    for place, group in enumerate(enough):
        strata[group.rows] = place
    stream = real.stream("fairness.resamples")
    # The last block leaves parts out, for intervals of another kind.
    *blocks, _ = weightings(strata, real.holdout.groups, resamples, stream)
    called = _called(real, outcome, predicted)
    found = [
        [
            _numbers(outcome.take(g.rows), predicted[g.rows], called[g.rows], weights[:, g.rows])
            for weights in blocks
        ]
        for g in enough
    ]
    joined = {
        name: np.stack([np.concatenate([part[name] for part in own]) for own in found], axis=1)
        for name in found[0][0]
    }
    return Rates(enough, joined)


def _numbers(
    outcome: Outcome, predicted: Floats, called: Floats, weights: Floats
) -> dict[str, Floats]:
    """One group's numbers under each weighting."""
    scores = outcome.score(predicted, weights, _SCORED[_kind(outcome)])
    found = {name: draws for (name, _), draws in scores.items()}
    if isinstance(outcome, Amounts):
        found["error"] = weighted_mean(predicted - outcome.values, weights)
    elif isinstance(outcome, Labels) and outcome.positive is not None:
        event = (outcome.codes == outcome.positive).astype(float)
        chance = predicted[:, outcome.positive]
        found["slope"] = np.full(len(weights), np.nan)
        if support(outcome) >= MIN_FOR_SLOPE:
            found["slope"] = slopes(event, chance, weights)
        found["error"] = weighted_mean(chance - event, weights)
        among = {"called": 1.0, "called_events": event, "called_others": 1 - event}
        found |= {name: weighted_mean(called, weights * rows) for name, rows in among.items()}
    return found


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


def _of_groups(outcome: Outcome, rates: Rates) -> Iterator[Measure]:
    """The numbers of each group that are measures of it."""
    for place, group in enumerate(rates.groups):
        for metric, name in _OF_GROUPS[_kind(outcome)].items():
            value, draws = rates.numbers[name][0, place], rates.numbers[name][1:, place]
            row = Measure(metric, group=group.name)
            if not np.isfinite(value):
                reason = f"too few: needs {supporting(outcome, MIN_FOR_SLOPE)}"
                yield row.absent(reason)
                continue
            low, high = interval(draws)
            level = None if low is None else LEVEL
            yield replace(row, value=float(value), low=low, high=high, level=level)


def _spreads(real: Real, column: str, rates: Rates) -> Iterator[Measure]:
    outcome = outcome_of(real)
    for metric, names in _SPREADS[_kind(outcome)].items():
        row = Measure(metric, column=column)
        numbers = [rates.numbers[name] for name in names if rates.groups]
        known = [all(np.isfinite(part[0, k]) for part in numbers) for k in range(len(rates.groups))]
        if sum(known) < 2:
            fewest = MIN_FOR_SLOPE if metric == "calibration_gap" else MIN_EVENTS
            reason = f"too few: needs two groups of {supporting(outcome, fewest)}"
            yield row.absent(reason)
            continue
        value, low, high = spread([part[:, known] for part in numbers])
        n = sum(len(group.rows) for group, has in zip(rates.groups, known, strict=True) if has)
        hidden = 0 < len(real.holdout) - n < SMALLEST
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
