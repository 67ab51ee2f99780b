"""About how long an experiment takes, before it runs: from the recorded trials.

Seconds are those of one core that does nothing else, like the one that the table was recorded on;
other machines are a part of the range. They rest on the plug-in, its training effort and the size
of its networks (select/work), and on rows and columns; where a generator was never recorded, on
all others, with a wide range.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthcraft.catalogue import GENERATORS, Task
from synthcraft.metrics.choice import chosen_metrics
from synthcraft.plan import (
    control_trials,
    declared_task,
    make_plan,
    most_trials,
    reference_trials,
    report_trials,
)
from synthcraft.records import Arm, Plan
from synthcraft.select.arena import Arena, Candidate
from synthcraft.select.costs import expect
from synthcraft.select.prior import load
from synthcraft.select.work import work
from synthcraft.spec.augmentation import doses_of
from synthcraft.spec.types import Spec

MIDDLE = 1.2816  # standard deviations on each side of the middle 80 % of a normal quantity
# Judging a table by one metric: at this many rows and columns, and how it grows with their
# logarithms. The 14 usual ones took 0.8 s for 1,047 train rows and 12 columns, and 28 s for 33,000
# and 33, more than most generators need to learn from these.
METRIC_SECONDS, METRIC_SIZE, METRIC_SLOPES = 0.021, (366, 10), (0.85, 0.7)
# Before anything is judged, the real rows of each split are measured: as long as so many tables.
REAL_ROWS = 2
# Training and judging the two models of augmentation on one set of rows: 0.08 s on 900 rows and 8
# columns, 0.19 s on 8,800.
TRAINED_SECONDS, TRAINED_SIZE, TRAINED_SLOPES = 0.09, (1000, 8), (0.4, 0.7)
# Generators by the most columns on which their seconds are known. With more, privbayes tries ever
# more sets of parents: 11 columns took minutes, 17 longer than any limit that was set.
MOST_COLUMNS = {"privbayes": 8}


@dataclass(frozen=True)
class Seconds:
    """A median, and the ends of the middle 80 %."""

    median: float
    low: float
    high: float

    def __mul__(self, times: float) -> Self:
        return type(self)(self.median * times, self.low * times, self.high * times)

    def __add__(self, other: "Seconds") -> Self:
        """As if both erred alike, which a machine or a table makes them do."""
        ends = (self.low + other.low, self.high + other.high)
        return type(self)(self.median + other.median, *ends)

    def at_most(self, limit: float) -> Self:
        """Those of what is stopped at a limit."""
        return type(self)(*(min(limit, one) for one in (self.median, self.low, self.high)))


START = Seconds(8, 5, 20)  # of a run, to load libraries and to write its report


@dataclass(frozen=True)
class Estimate:
    """Seconds of one trial of each arm (by label, at full effort), and of the whole run.

    Trials are stopped at their limit; ``unlimited`` are those that they would take without one.
    """

    trials: dict[str, Seconds]
    run: Seconds
    unlimited: dict[str, Seconds]


def estimate(spec: Spec, rows: int, columns: int, *, task: Task | None = None) -> Estimate:
    """What a spec will probably take on a table of so many rows and columns (the outcome is one).

    Wall seconds on as many free cores as it has workers; a policy that chooses may stop earlier.
    Without a ``task``, that of ``plan.declared_task``.

    Raises
    ------
    SpecError
        When none of its generators can be used for the task.

    >>> from synthcraft.spec.validate import parse
    >>> spec = parse({"name": "x", "dataset": {"plugin": "nhanes"}, "execution": {"workers": 1},
    ...               "generators": {"arf": {"plugin": "arf"}, "ctgan": {"plugin": "ctgan"}}})
    >>> found = estimate(spec, rows=500, columns=11)
    >>> round(found.trials["arf"].median, 1), round(found.trials["ctgan"].median)
    (0.9, 61)
    >>> found.run.low < found.run.median < found.run.high
    True
    """
    task = task or declared_task(spec)
    plan = make_plan(spec, task=task, fingerprint="")
    train = _train_rows(spec, rows)
    judged = _judged(len(chosen_metrics(spec.metrics, task)), train, columns)
    each = judged + _trained(_doses(spec) + 1, train, columns) if spec.augmentation else judged
    whole = {key: told + each for key, told in _trials(plan.arms, train, columns).items()}
    reported = _stopped(spec, plan, whole, columns)
    full = {arm.label: arm.id for arm in plan.arms if arm.rung == 1}
    trials = {label: reported[key] for label, key in full.items()}
    unlimited = {label: whole[key] for label, key in full.items()}
    workers = spec.execution.workers or os.cpu_count() or 1
    if not plan.inner:
        own = _sum(trials[plan.arm(t.arm).label] for t in report_trials(plan))
        others = _references(plan, judged) + _controls(spec, plan, train, columns)
        run = START + (own + others) * (1 / workers)
        return Estimate(trials, run, unlimited)
    inner = train * (1 - spec.design.fractions.validation)
    tried = _stopped(spec, plan, _trials(plan.arms, inner, columns), columns)
    if spec.augmentation is not None:  # the dose that decides, and as many rows for everyone
        tried = {key: told + _trained(2, inner, columns) for key, told in tried.items()}
    choosing = _choosing(spec, plan, tried)
    beside = min(workers, spec.selector.batch)
    rest = _after(plan, trials, judged) + _controls(spec, plan, train, columns)
    run = START + choosing * (1 / beside) + rest * (1 / workers)
    return Estimate(trials, run, unlimited)


def _trials(arms: Sequence[Arm], rows: float, columns: int) -> dict[str, Seconds]:
    """Of one trial of each arm by id, judged by few metrics as the recorded ones were."""
    cards = [GENERATORS.get(arm.plugin) for arm in arms]
    arena = Arena(
        names=tuple(arm.label for arm in arms),
        plugins=tuple(card.name for card in cards),
        kinds=tuple(card.family for card in cards),
        candidates=tuple(Candidate(i) for i in range(len(arms))),
        splits=1,
        weights=(1, 0, 0),
        context={"rows": float(rows), "columns": float(columns)},
        work=tuple(work(arm.plugin, arm.params, rows=rows) for arm in arms),
    )
    costs = expect(arena, load("bundled"))
    spread = MIDDLE * np.sqrt(np.diag(costs.logs.cov[0]) + costs.noise)
    return {
        arm.id: Seconds(median, median * math.exp(-s), median * math.exp(s))
        for arm, median, s in zip(arms, costs.seconds.tolist(), spread.tolist(), strict=True)
    }


def _stopped(
    spec: Spec, plan: Plan, trials: Mapping[str, Seconds], columns: int
) -> dict[str, Seconds]:
    """The same where a trial is stopped at its limit, as one is taken to be that nobody knows."""
    limit = spec.budget.trial_seconds
    unknown = {arm.id for arm in plan.arms if columns > MOST_COLUMNS.get(arm.plugin, math.inf)}
    return {
        key: Seconds(limit, min(limit, told.median), limit)
        if key in unknown
        else told.at_most(limit)
        for key, told in trials.items()
    }


def _judged(metrics: int, rows: float, columns: int) -> Seconds:
    """Of judging one table by so many metrics."""
    sizes = zip((rows, columns), METRIC_SIZE, METRIC_SLOPES, strict=True)
    return _grown(metrics * METRIC_SECONDS, sizes)


def _trained(times: int, rows: float, columns: int) -> Seconds:
    """Of training the models of augmentation so many times."""
    sizes = zip((rows, columns), TRAINED_SIZE, TRAINED_SLOPES, strict=True)
    return _grown(times * TRAINED_SECONDS, sizes)


def _grown(seconds: float, sizes: Iterable[tuple[float, float, float]]) -> Seconds:
    """Of what took so long at other sizes; for each: here, there, and the power it grows with."""
    median = seconds * math.prod((own / size) ** slope for own, size, slope in sizes)
    return Seconds(median, median / 3, median * 3)


def _train_rows(spec: Spec, rows: int) -> float:
    """Rows that a reported generator learns from."""
    train = rows * (1 - spec.design.fractions.holdout)
    return train if spec.augmentation is None else train * (1 - spec.design.fractions.validation)


def _doses(spec: Spec) -> int:
    """With how many doses rows are added."""
    return 0 if spec.augmentation is None else len(doses_of(spec.augmentation))


def _controls(spec: Spec, plan: Plan, rows: float, columns: int) -> Seconds:
    """Controls train models at every dose at most."""
    return _trained(_doses(spec), rows, columns) * len(control_trials(plan))


def _references(plan: Plan, judged: Seconds) -> Seconds:
    """Reference generators learn nothing; they and the real rows of their splits are judged."""
    trials = reference_trials(plan)
    splits = len({trial.split for trial in trials})
    return judged * (len(trials) + REAL_ROWS * splits)


def _choosing(spec: Spec, plan: Plan, trials: dict[str, Seconds]) -> Seconds:
    """All that could be tried, or what the budget allows; a policy may stop earlier."""
    everything = _sum(trials[arm.id] for arm in plan.arms) * plan.inner
    pulls = most_trials(plan, spec.budget)[0]
    some = everything * (pulls / (len(plan.arms) * plan.inner))
    most = spec.budget.seconds or math.inf
    return Seconds(min(some.median, most), min(some.low, most), min(some.high, most))


def _after(plan: Plan, trials: dict[str, Seconds], judged: Seconds) -> Seconds:
    """References and what is reported: nobody knows of whom, so that it lies between all arms."""
    of = trials.values()
    usual = _sum(of) * (1 / len(of))
    one = Seconds(usual.median, min(s.low for s in of), max(s.high for s in of))
    again = plan.inner + min(2, len(of)) * plan.replicates
    return one * again + _references(plan, judged) + judged * (2 * plan.inner)


def _sum(seconds: Iterable[Seconds]) -> Seconds:
    return sum(seconds, start=Seconds(0, 0, 0))
