"""About how long an experiment takes, before it runs: from the recorded trials.

Seconds are those of one core that does nothing else, like the one that the table was recorded on;
other machines are a part of the range. They rest on the plug-in, its training effort and the size
of its networks (select/work), and on rows and columns; where a generator was never recorded, on
all others, with a wide range.
"""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthcraft.catalogue import GENERATORS, Task
from synthcraft.plan import declared_task, make_plan, most_trials, reference_trials, report_trials
from synthcraft.records import Arm, Plan
from synthcraft.select.arena import Arena, Candidate
from synthcraft.select.costs import expect
from synthcraft.select.prior import load
from synthcraft.select.work import work
from synthcraft.spec.types import Spec

MIDDLE = 1.2816  # standard deviations on each side of the middle 80 % of a normal quantity
# Judging a synthetic table of the recorded size by one more metric than the four recorded ones,
# beside what its trial takes: quickstart's 14 took 0.8 s for 1,047 train and 450 holdout rows.
METRIC_SECONDS, RECORDED_METRICS = 0.03, 4


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


START = Seconds(8, 5, 20)  # of a run, to load libraries and to write its report


@dataclass(frozen=True)
class Estimate:
    """Seconds of one trial of each arm (by label, at full effort), and of the whole run."""

    trials: dict[str, Seconds]
    run: Seconds


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
    (0.4, 61)
    >>> found.run.low < found.run.median < found.run.high
    True
    """
    plan = make_plan(spec, task=task or declared_task(spec), fingerprint="")
    train = rows * (1 - spec.design.fractions.holdout)
    reported = _trials(plan.arms, train, columns)
    judged = _judged(spec, train, columns)
    trials = {arm.label: reported[arm.id] + judged for arm in plan.arms if arm.rung == 1}
    workers = spec.execution.workers or os.cpu_count() or 1
    if not plan.inner:
        own = _sum(trials[plan.arm(t.arm).label] for t in report_trials(plan))
        return Estimate(trials, START + (own + _references(plan, judged)) * (1 / workers))
    inner = train * (1 - spec.design.fractions.validation)
    choosing = _choosing(spec, plan, _trials(plan.arms, inner, columns))
    beside = min(workers, spec.selector.batch)
    rest = _after(plan, trials, judged)
    return Estimate(trials, START + choosing * (1 / beside) + rest * (1 / workers))


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


def _judged(spec: Spec, rows: float, columns: int) -> Seconds:
    """What judging by all metrics takes more than by the recorded ones."""
    prior = load("bundled")
    more = max(0, len(spec.metrics) - RECORDED_METRICS) * METRIC_SECONDS
    if prior.centre is not None:
        size = zip(prior.slopes, (rows, columns), prior.centre, strict=True)
        more *= math.exp(sum(slope * (math.log(n) - at) for slope, n, at in size))
    return Seconds(more, more / 3, more * 3)


def _references(plan: Plan, judged: Seconds) -> Seconds:
    """Reference generators learn nothing; they are judged."""
    return judged * len(reference_trials(plan))


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
