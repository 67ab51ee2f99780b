"""What differs between two runs: settings, data, environment, what became of trials, and numbers.

Numbers count as the same where their nine significant digits are, as ``results.csv`` prints them.
Time and memory are no numbers of a run: they never come out the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from synthcraft.ids import canonical
from synthcraft.records import Measure, Record
from synthcraft.report.summary import REPORTED, Quantity, Summary, quantity_of
from synthcraft.results import Run, reason
from synthcraft.spec.privacy import cut_of, generator_label
from synthcraft.stats import Estimate, over_splits, paired
from synthcraft.stats.shares import mover

ABSENT = "—"
"""Stands for a value that one of the two runs does not have."""

_OF_THE_START = ("started", "command", "conversation")  # told of a process, and no matter of it


@dataclass(frozen=True)
class Differing:
    """One fact by its dotted path, in the first run and in the second; see ABSENT."""

    path: str
    first: Any
    second: Any


@dataclass(frozen=True)
class Shift:
    """A quantity of one arm that differs: its means, and the interval of second − first.

    ``first`` or ``second`` is None where the run has no value. ``low`` and ``high`` are None where
    splits give no interval. ``size`` is the difference as a share of what lies between the lowest
    and the highest mean of all arms and references of both runs, and 0: what shifts are sorted by.
    """

    arm: str
    stage: str
    quantity: Quantity
    first: float | None
    second: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    size: float = 0.0

    @property
    def shown(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Difference:
    """All that differs between two runs; nothing in it where they are the same.

    ``unpaired`` says why the two were not judged on the same rows, "" where they were: then the
    intervals are those of paired differences. ``shifts`` stand with the largest first; those of
    which one run has no value come last. ``alike`` counts the quantities that do not differ. Arms
    and trials that one run lacks are told in ``outcomes`` alone.
    """

    settings: tuple[Differing, ...]
    data: tuple[Differing, ...]
    environment: tuple[Differing, ...]
    outcomes: tuple[Differing, ...]
    unpaired: str
    shifts: tuple[Shift, ...]
    alike: int

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        parts = (self.settings, self.data, self.environment, self.outcomes, self.shifts)
        return not any(parts)


def difference(first: Run, second: Run) -> Difference:
    """What differs between two runs, whether they are complete or not.

    Settings are those of the spec, with the parameters that generators really got. A trial's
    outcome is "ok", or why there is nothing of it. Numbers are compared of the trials (of the
    arms, where the two are not paired) that both runs have measured.

    The interval of a difference is the corrected t over the splits that both runs have (Nadeau &
    Bengio 2003), where these divide the same table in the same way; else it is made of each run's
    own interval (MOVER, Zou & Donner 2008), as of independent values.
    """
    unpaired = why_unpaired(first, second)
    sides = _sides(first, second, is_paired=not unpaired)
    keys = dict.fromkeys(key for side in sides for key in side.measured)
    unlike = [key for key in keys if _digits(sides[0], key) != _digits(sides[1], key)]
    spans = _spans(sides)
    shifts = [
        _shift(sides, key, spans.get((_kind(key[1]), key[2]), 0.0), is_paired=not unpaired)
        for key in unlike
    ]
    return Difference(
        settings=tuple(differing(_settings(first), _settings(second))),
        data=tuple(differing(_data(first), _data(second))),
        environment=tuple(differing(_environment(first), _environment(second))),
        outcomes=tuple(differing(_outcomes(first), _outcomes(second))),
        unpaired=unpaired,
        shifts=tuple(sorted(shifts, key=lambda shift: (shift.difference is None, -shift.size))),
        alike=len(keys) - len(unlike),
    )


def differing(
    first: Mapping[str, Any], second: Mapping[str, Any], path: str = ""
) -> Iterator[Differing]:
    """What differs between two nested maps, by path; a map that one of them lacks is one fact.

    >>> list(differing({"a": {"b": 1}, "c": [2]}, {"a": {"b": 3}, "c": [2], "d": None}))
    [Differing(path='a.b', first=1, second=3), Differing(path='d', first='—', second=None)]
    """
    for key in sorted(first.keys() | second.keys()):
        here = f"{path}.{key}" if path else key
        one, other = first.get(key, ABSENT), second.get(key, ABSENT)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from differing(one, other, here)
        elif canonical([one]) != canonical([other]):
            yield Differing(here, one, other)


def why_unpaired(first: Run, second: Run) -> str:
    """Why two runs were not judged on the same rows; "" where they were, split by split."""
    if first.plan.fingerprint != second.plan.fingerprint:
        return "the data differ"
    one, other = first.spec, second.spec
    if one.seed != other.seed:
        return "the seeds differ, so that the table was divided otherwise"
    if (one.design.fractions, cut_of(one)) != (other.design.fractions, cut_of(other)):
        return "the table was divided by other rules"
    held = [{size.index: size.holdout for size in run.splits} for run in (first, second)]
    if any(held[0][k] != held[1][k] for k in held[0].keys() & held[1].keys()):
        return "the parts of the table have other sizes"
    return ""


# The facts of a run --------------------------------------------------------------------------


def _settings(run: Run) -> dict[str, Any]:
    """The spec, with the parameters that its generators got, defaults of the library included."""
    plain: dict[str, Any] = run.spec.model_dump(mode="json")
    for arm in run.plan.arms:
        label = generator_label(arm.label)
        if arm.rung == 1 and label in plain["generators"]:
            plain["generators"][label] |= {"params": arm.params}
    return plain


def _data(run: Run) -> dict[str, Any]:
    return {"fingerprint": run.plan.fingerprint, "table": run.table}


def _environment(run: Run) -> dict[str, Any]:
    """What the numbers were made with; later processes of the run stand under their number."""
    told = (run.provenance, *run.resumed)
    plain = [{k: v for k, v in one.items() if k not in _OF_THE_START} for one in told]
    later = {str(k): one for k, one in enumerate(plain) if k and one != plain[0]}
    return {**plain[0], **({"resumed": later} if later else {})}


def _outcomes(run: Run) -> dict[str, Any]:
    """What became of each trial, what a selector asked for, and what was selected and audited."""
    trials: dict[str, dict[str, str]] = {}
    for record in run.records:
        told = _outcome(record.status, reason(record))
        trials.setdefault(record.trial.arm, {})[record.trial.id] = told
    for trial in run.missing:
        trials.setdefault(trial.arm, {})[trial.id] = "not run yet"
    rounds = run.rounds if run.plan.inner else ()  # else they tell what the trials tell
    return {
        "complete": run.complete,
        "trials": trials,
        "impossible": run.plan.impossible,
        "rounds": {str(k): ", ".join(t.id for t in one.trials) for k, one in enumerate(rounds, 1)},
        "selected": run.selection.arm if run.selection else "",
        "audits": {str(k): audit for k, audit in enumerate(run.audits, 1)},
    }


def _outcome(status: str, why: str) -> str:
    return f"{status} in {why}" if why else status


# Numbers -------------------------------------------------------------------------------------

_Key = tuple[str, str, Quantity]  # arm, stage, quantity


@dataclass(frozen=True)
class _Side:
    """What is compared of one run: the measures of some of its trials, of all stages."""

    run: Run
    records: tuple[Record, ...]

    @cached_property
    def measured(self) -> dict[_Key, dict[int, list[Measure]]]:
        found: dict[_Key, dict[int, list[Measure]]] = {}
        for record in self.records:
            trial = record.trial
            for measure in record.measures:
                key = (trial.arm, trial.stage, quantity_of(measure))
                found.setdefault(key, {}).setdefault(trial.split, []).append(measure)
        return found

    def values(self, key: _Key) -> dict[int, list[float]]:
        """The values there are, by split."""
        found = {
            split: [m.value for m in measures if m.status == "ok" and m.value is not None]
            for split, measures in self.measured.get(key, {}).items()
        }
        return {split: values for split, values in found.items() if values}

    def ratio(self, stage: str) -> float:
        """Judged rows per learnt row of a stage's splits."""
        if stage in REPORTED:
            return Summary(self.run).ratio
        sizes = self.run.inner
        learnt = sum(size.train for size in sizes)
        share = self.run.spec.design.fractions.validation
        return sum(size.holdout for size in sizes) / learnt if learnt else share / (1 - share)


def _sides(first: Run, second: Run, *, is_paired: bool) -> tuple[_Side, _Side]:
    """What both runs have measured: the same trials where they are paired, else the same arms."""

    def name(record: Record) -> tuple[str, str]:
        trial = record.trial
        return (trial.id, "") if is_paired else (trial.arm, _kind(trial.stage))

    one, other = (tuple(r for r in run.records if r.measures) for run in (first, second))
    common = {name(record) for record in one} & {name(record) for record in other}
    first_side = _Side(first, tuple(record for record in one if name(record) in common))
    return first_side, _Side(second, tuple(record for record in other if name(record) in common))


def _digits(side: _Side, key: _Key) -> list[tuple[int, list[tuple[Any, ...]]]]:
    """What is compared of a quantity: its measures by split, as far as digits count."""
    by_split = side.measured.get(key, {})
    return [(split, [_told(m) for m in measures]) for split, measures in sorted(by_split.items())]


def _told(measure: Measure) -> tuple[Any, ...]:
    bounds = (measure.value, measure.low, measure.high, measure.level)
    numbers = [None if value is None else f"{value:.9g}" for value in bounds]
    return (*numbers, measure.n, measure.status, measure.reason)


def _kind(stage: str) -> str:
    """Generators and references stand on one scale, apart from what a policy chose by."""
    return "report" if stage in REPORTED else stage


def _spans(sides: tuple[_Side, _Side]) -> dict[tuple[str, Quantity], float]:
    """From the lowest to the highest mean of a quantity over arms and runs, 0 among them.

    Without 0, what is the same for all arms of a run would look like the largest difference.
    """
    means: dict[tuple[str, Quantity], list[float]] = {}
    for side in sides:
        for key in side.measured:
            found = means.setdefault((_kind(key[1]), key[2]), [])
            found += [fmean(map(fmean, values.values()))] if (values := side.values(key)) else []
    return {key: max(0.0, *found) - min(0.0, *found) for key, found in means.items() if found}


def _shift(sides: tuple[_Side, _Side], key: _Key, span: float, *, is_paired: bool) -> Shift:
    values = [side.values(key) for side in sides]
    first, second = (
        over_splits(found, ratio=side.ratio(key[1])) if found else None
        for side, found in zip(sides, values, strict=True)
    )
    if first is None or second is None:
        ends = [None if one is None else one.mean for one in (first, second)]
        return Shift(*key, first=ends[0], second=ends[1], difference=None)
    if is_paired and values[0].keys() & values[1].keys():
        both = paired(values[1], values[0], ratio=sides[0].ratio(key[1]))
        gap, low, high = both.mean, both.low, both.high
    else:
        gap = second.mean - first.mean
        low, high = _independent(first, second)
    size = abs(gap) / span if span else 0.0
    return Shift(*key, first.mean, second.mean, gap, low, high, size)


def _independent(first: Estimate, second: Estimate) -> tuple[float | None, float | None]:
    """The interval of second − first of two independent means; None where one has none."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return None, None
    return mover((second.mean, second.low, second.high), (first.mean, first.low, first.high))
