"""The engine's way in: the real side of a split once, then the measures of each synthetic table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import METRICS, MetricCard
from synthcraft.data.reduce import Reduction
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.metrics.choice import chosen_metrics
from synthcraft.metrics.context import MIN_ROWS, Metric, NotApplicable, Real, Synthetic
from synthcraft.records import Measure, MeasureStatus, MetricDescriptor, Role
from synthcraft.redact import reason_of
from synthcraft.spec.types import MetricSpec


@dataclass(frozen=True)
class Failure:
    """Why a metric has no value here."""

    status: MeasureStatus
    reason: str


NO_HOLDOUT = Failure(
    "not_applicable",
    "no real row was held out: this needs people whom the generator has not seen",
)


@dataclass(frozen=True, eq=False)
class Prepared:
    """One metric of the run and what it computed from the real rows, or why it could not."""

    card: MetricCard
    params: Mapping[str, Any]
    state: Any


@dataclass(frozen=True, eq=False)
class RealSide:
    """All that depends on real rows only: computed once per split, sent to every trial."""

    real: Real
    metrics: tuple[Prepared, ...]

    @property
    def train(self) -> Table:
        """The rows that generators may see."""
        return self.real.train

    @property
    def holdout(self) -> Table:
        """The rows that no generator sees; none where none were held out."""
        return self.real.holdout if self.real.has_holdout else self.real.holdout.take([])


def prepare(
    train: Table,
    holdout: Table,
    metrics: Mapping[str, MetricSpec],
    *,
    n_synthetic: int,
    seed: int,
    device: str = "cpu",
) -> RealSide:
    """The real side of a split for these metrics (all that suit the task when there are none).

    ``device`` is where distances are computed: "cpu" by numpy, any other by torch. A holdout
    without rows leaves what needs none: values and mains of metrics whose card says so.

    Raises
    ------
    DataError
        If train or holdout have 1 to 9 rows, or train none.
    SpecError
        If two labels name the same metric: their measures could not be told apart.
    """
    for part, table in (("train", train), ("holdout", holdout)):
        if len(table) < MIN_ROWS and (part == "train" or len(table)):
            raise DataError(
                [Problem(part, f"got {len(table)} rows, metrics need {MIN_ROWS}", "Use more rows.")]
            )
    # Metrics find train rows where there is no holdout; what rests on them is not told.
    there = holdout if len(holdout) else train
    real = Real(train, there, n_synthetic, seed, device, has_holdout=bool(len(holdout)))
    chosen = chosen_metrics(metrics, train.task).values()
    return RealSide(
        real, tuple(prepare_metric(METRICS.get(m.plugin), m.params, real) for m in chosen)
    )


def evaluate(
    real: RealSide, synthetic: pd.DataFrame, *, seed: int, reduction: Reduction | None = None
) -> tuple[Measure, ...]:
    """The measures of one synthetic table; a metric that fails gives rows that say why.

    ``reduction`` is the one that its generator worked behind, if any.

    Raises
    ------
    DataError
        If the table lacks a column of the train table, or has one twice.
    """
    return measured(real, synthetic_side(real, synthetic, seed=seed, reduction=reduction))


def synthetic_side(
    real: RealSide, synthetic: pd.DataFrame, *, seed: int, reduction: Reduction | None = None
) -> Synthetic:
    """What metrics look at of a synthetic table; see ``evaluate``."""
    _check_columns(synthetic, real.real.train.names)
    table = real.real.train.with_frame(synthetic)
    # An infinite number is no value: it counts as missing.
    table = replace(table, frame=table.frame.replace([np.inf, -np.inf], np.nan))
    return Synthetic(real.real, table, seed, reduction)


def measured(real: RealSide, ours: Synthetic) -> tuple[Measure, ...]:
    """The measures of a synthetic side; see ``evaluate``."""
    return tuple(measure for prepared in real.metrics for measure in measure_metric(prepared, ours))


def pictured(real: RealSide, ours: Synthetic) -> dict[str, Any]:
    """What figures need of those metrics that have ``picture``: plain JSON by the figure's name.

    After ``measured`` of the same synthetic side this costs little: its models are kept. A picture
    that fails is no reason to lose measures: ``undrawn`` tells why, by metric.
    """
    found: dict[str, Any] = {}
    undrawn: dict[str, str] = {}
    for prepared in real.metrics:
        if isinstance(prepared.state, Failure) or len(ours) < MIN_ROWS:
            continue
        metric = _load(prepared.card, prepared.params)
        if hasattr(metric, "picture"):
            try:
                found |= metric.picture(prepared.state, ours)
            except Exception as error:
                undrawn[prepared.card.name] = _failure(error, real.real).reason
    return {**found, "undrawn": undrawn} if undrawn else found


def average(draws: Sequence[tuple[Measure, ...]]) -> tuple[Measure, ...]:
    """The measures of several synthetic draws, averaged by key.

    A quantity that failed, or does not apply, in any draw has no average.

    >>> average([(Measure("a", 1.0, n=5),), (Measure("a", 2.0, n=5),)])[0].value
    1.5
    """
    by_key: dict[Any, list[Measure]] = {}
    for measure in (measure for draw in draws for measure in draw):
        by_key.setdefault(measure.key, []).append(measure)
    failed = {
        measure.metric: measure
        for draw in draws
        for measure in draw
        if measure.status == "failed" and not (measure.model or measure.column or measure.group)
    }
    return tuple(
        # Where a metric failed as a whole, what it measured of other draws has no average.
        same[0].absent(failed[same[0].metric].reason, "failed")
        if len(same) < len(draws) and same[0].metric in failed
        else _averaged(same)
        for same in by_key.values()
    )


def combine(real: RealSide, draws: Sequence[tuple[Measure, ...]]) -> tuple[Measure, ...]:
    """The measures of several synthetic tables of one fit: averaged, or by a metric's own rule.

    A metric with ``combine(draws)`` is given its measures of each table.
    """
    found = average(draws)
    for prepared in real.metrics:
        names = {descriptor.name for descriptor in prepared.card.measures}
        own = [[m for m in draw if m.metric in names] for draw in draws]
        measured = len(own) > 1 and all(any(m.status == "ok" for m in draw) for draw in own)
        if measured and hasattr(metric := _load(prepared.card, prepared.params), "combine"):
            joined = (_finite(measure) for measure in metric.combine(own))
            found = (*(m for m in found if m.metric not in names), *joined)
    return found


def _averaged(same: Sequence[Measure]) -> Measure:
    absent = [measure for measure in same if measure.status != "ok"]
    failed = [measure for measure in absent if measure.status == "failed"]
    if absent:
        return (failed or absent)[0]

    def mean(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known) if len(known) == len(same) else None

    low, high = mean(m.low for m in same), mean(m.high for m in same)
    return replace(same[0], value=mean(m.value for m in same), low=low, high=high)


def _check_columns(synthetic: pd.DataFrame, names: Sequence[str]) -> None:
    problems = []
    for name in names:
        times = list(synthetic.columns).count(name)
        if times != 1:
            message = f"got column {name!r} {times} times, needs it once"
            problems.append(Problem("synthetic", message, "Return the columns of the train table."))
    if problems:
        raise DataError(problems)


def _load(card: MetricCard, params: Mapping[str, Any]) -> Metric:
    metric: Metric = card.load()(params=card.params(**params))
    return metric


def prepare_metric(card: MetricCard, params: Mapping[str, Any], real: Real) -> Prepared:
    """One metric with what it computed from the real rows, or why it could not."""
    if not (real.has_holdout or card.without_holdout):
        return Prepared(card, params, NO_HOLDOUT)
    if (task := real.train.task) not in card.tasks:
        why = f"it asks about {' and '.join(card.tasks)}, the outcome here is one of {task}"
        return Prepared(card, params, Failure("not_applicable", why))
    try:
        state = _load(card, params).prepare(real)
    except Exception as error:
        state = _failure(error, real)
    return Prepared(card, params, state)


def measure_metric(prepared: Prepared, synthetic: Synthetic) -> list[Measure]:
    """One metric's measures of a synthetic table, or rows that say why there are none."""
    real = synthetic.real
    failure = prepared.state if isinstance(prepared.state, Failure) else None
    if len(synthetic) < MIN_ROWS:
        failure = Failure("failed", f"got {len(synthetic)} synthetic rows, metrics need {MIN_ROWS}")
    if failure is None:
        try:
            metric = _load(prepared.card, prepared.params)
            found = metric.measure(real, prepared.state, synthetic)
            return [_controlled(_finite(measure), real) for measure in found]
        except Exception as error:
            failure = _failure(error, real)
    return _without(prepared, real, failure)


def unmeasured(real: RealSide, reason: str) -> tuple[Measure, ...]:
    """A row for each measure that ``evaluate`` would make, with the reason why it has none."""
    failure = Failure("failed", reason)
    return tuple(
        measure for prepared in real.metrics for measure in _without(prepared, real.real, failure)
    )


def _without(prepared: Prepared, real: Real, failure: Failure) -> list[Measure]:
    return [
        Measure(descriptor.name, role=_role_of_a_failure(descriptor)).absent(
            failure.reason, failure.status
        )
        for descriptor in prepared.card.measures_for(real.train.task)
    ]


def _role_of_a_failure(descriptor: MetricDescriptor) -> Role:
    # Descriptive measures of privacy have no control and so no excess.
    ranked = descriptor.direction != "none"
    return "excess" if descriptor.family == "privacy" and ranked else "value"


def _controlled(measure: Measure, real: Real) -> Measure:
    """The measure, or that its role needs a holdout where there is none."""
    if real.has_holdout or measure.role in ("value", "main"):
        return measure
    return measure.absent(NO_HOLDOUT.reason, NO_HOLDOUT.status)


def _finite(measure: Measure) -> Measure:
    if measure.status != "ok" or (measure.value is not None and isfinite(measure.value)):
        return measure
    return measure.absent(f"got {measure.value}, which is not a number to report", "failed")


def _failure(error: Exception, real: Real) -> Failure:
    if isinstance(error, NotApplicable):
        return Failure("not_applicable", str(error))
    levels = {*real.train.all_levels, *real.holdout.all_levels}
    return Failure("failed", reason_of(error, names=real.train.names, levels=levels))
