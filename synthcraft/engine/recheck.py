"""Trials of an earlier run executed again, and their numbers beside the recorded ones."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from synthcraft.data.describe import fingerprint
from synthcraft.engine.observe import Observer
from synthcraft.engine.provenance import deciding_versions, provenance
from synthcraft.engine.run import again
from synthcraft.engine.table import read_table
from synthcraft.errors import Problem, RunError
from synthcraft.records import Measure, Record, Trial
from synthcraft.results import Run, promise

Likeness = Literal["identical", "within", "different"]
DIGITS = 9  # significant, as in results.csv


@dataclass(frozen=True)
class Number:
    """A measured quantity of a trial, recorded and measured again; None where there is no value."""

    measure: Measure
    again: float | None
    likeness: Likeness


@dataclass(frozen=True)
class Repeated:
    """A trial executed again: how it ended before and now, and each of its numbers.

    ``noisy`` where its noise came from the operating system, which stores none of it: then its
    numbers cannot be the same, and none of them counts as different.
    """

    trial: Trial
    before: str
    now: str
    numbers: tuple[Number, ...]
    noisy: bool

    @property
    def counts(self) -> Counter[Likeness]:
        """Numbers by likeness."""
        return Counter(number.likeness for number in self.numbers)

    @property
    def differs(self) -> bool:
        """Whether it ended otherwise, or a number differs that should not."""
        return self.before != self.now or (not self.noisy and self.counts["different"] > 0)


def repeat(run: Run, count: int, *, seed: int, observer: Observer) -> tuple[Repeated, ...]:
    """Execute ``count`` recorded trials again, drawn without replacement, with the run's seeds.

    All of them where there are no more. Seconds and memory are no part of what is compared.

    Raises
    ------
    UserError
        When the data cannot be read, or are not those that the run was on.
    """
    observer.stage("reading data")
    table = read_table(run.spec)
    if fingerprint(table) != run.plan.fingerprint:
        message = "are not those that the run was on: their fingerprint differs"
        hint = (
            "Trials can only be executed again on the same data, to the last cell; another version "
            "of SynthCraft may read a file otherwise."
        )
        raise RunError([Problem("the data", message, hint)])
    chosen = drawn(run, count, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        found = again(run, table, [one.trial for one in chosen], Path(folder), observer)
    return tuple(_compared(run, *pair) for pair in zip(chosen, found, strict=True))


def drawn(run: Run, count: int, *, seed: int) -> list[Record]:
    """The records whose trials are executed again, in the plan's order.

    Trials that were skipped, or ended by a limit of time, are left out: what they did depends on
    more than their seeds.

    Raises
    ------
    RunError
        When no trial has been recorded.
    """
    able = [record for record in run.records if record.status in ("ok", "failed")]
    if not able:
        raise RunError([Problem(run.id, "no trial has been recorded that could be repeated")])
    rng = np.random.default_rng(seed)
    places = rng.choice(len(able), size=min(count, len(able)), replace=False)
    return [able[place] for place in sorted(places.tolist())]


def changed_versions(run: Run) -> list[str]:
    """What decides numbers and is here in another version than when the run was started."""
    then, now = deciding_versions(run.provenance), deciding_versions(provenance(""))
    return [
        f"{name} {then.get(name) or 'none'}, here {now.get(name) or 'none'}"
        for name in dict.fromkeys((*then, *now))
        if then.get(name, "") != now.get(name, "")
    ]


def _compared(run: Run, before: Record, now: Record) -> Repeated:
    arm = run.arm(before.trial.arm)
    ours = promise(run, arm) in ("promised", "void")
    noisy = ours and run.spec.privacy is not None and run.spec.privacy.noise == "os"
    measured = {measure.key: measure for measure in now.measures}
    numbers = tuple(_numbers(run, before.measures, measured))
    return Repeated(before.trial, before.status, now.status, numbers, noisy)


def _numbers(run: Run, before: Sequence[Measure], now: Mapping[Any, Measure]) -> Iterator[Number]:
    timed = {metric.name for metric in run.plan.metrics if metric.family == "cost"}
    for measure in before:
        if measure.metric in timed:
            continue
        other = now.get(measure.key)
        value = None if other is None else other.value
        yield Number(measure, value, likeness(measure, value))


def likeness(measure: Measure, value: float | None) -> Likeness:
    """How a number measured again compares with the recorded one.

    Identical: the same at 9 significant digits, as results.csv prints; within: inside the recorded
    interval.

    >>> likeness(Measure("m", 0.5, 0.4, 0.6), 0.5), likeness(Measure("m", 0.5, 0.4, 0.6), 0.59)
    ('identical', 'within')
    >>> likeness(Measure("m", 0.5), 0.59), likeness(Measure("m", 0.5), None)
    ('different', 'different')
    """
    recorded = measure.value
    if recorded is None or value is None:
        return "identical" if recorded is value else "different"
    if f"{recorded:.{DIGITS}g}" == f"{value:.{DIGITS}g}":
        return "identical"
    if measure.low is None or measure.high is None:
        return "different"
    return "within" if measure.low <= value <= measure.high else "different"
