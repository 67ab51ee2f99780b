"""What a trial is worth to a declared use, on the scale that its division's references span.

The ends of a scale are those of the report: what the endpoint's descriptor names as floor and
ceiling, measured by reference trials on the same divisions. So a worth needs no other generator,
and does not change when one is added.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from synthcraft.objective import ENDPOINTS, worth
from synthcraft.records import Measure, MetricDescriptor, Plan, Record, Stage
from synthcraft.spec.types import ConstraintSpec, ObjectiveSpec

FEWEST_ERRORS = 2.0  # standard errors by which a ceiling must exceed its floor
REAL_SIDE = ("trtr.", "floor.")  # measures of the real rows alone, which every trial repeats
Key = tuple[str, str, str]
"""Metric, model and role of a measure that is about the whole table."""
Values = Mapping[Key, float]
References = Mapping[int, Mapping[str, Values]]
"""Values by division and reference generator."""


@dataclass(frozen=True)
class Scale:
    """The endpoint of a family, its floor on each division, and how far the ceiling lies from it.

    ``span`` is the mean over divisions; it is negative where less is better. ``top`` is the mean
    value at the ceiling.
    """

    key: Key
    floor: Mapping[int, float]
    span: float
    top: float


def endpoints(
    objective: ObjectiveSpec, metrics: Sequence[MetricDescriptor]
) -> dict[str, MetricDescriptor]:
    """The measure that decides in each family: as declared, else the first usual one.

    Unlike a report's, it is fixed before anything is measured: choosing measures nothing else.
    """
    led = {metric.name: metric for metric in metrics if metric.direction != "none"}
    found = {}
    for family, usual in ENDPOINTS.items():
        declared = getattr(objective.endpoints, family)
        names = usual if declared is None else (declared,)
        found[family] = next((led[name] for name in names if name in led), None)
    return {family: metric for family, metric in found.items() if metric is not None}


def deciding(objective: ObjectiveSpec, metrics: Sequence[MetricDescriptor]) -> frozenset[str]:
    """The measures that choosing rests on: endpoints and what the constraints are about.

    >>> auroc = MetricDescriptor("tstr.auroc", "utility", "maximize", "?")
    >>> copies = {"copies": {"measure": "exact_match_rate", "at_most": 0.01}}
    >>> sorted(deciding(ObjectiveSpec(constraints=copies), [auroc]))
    ['exact_match_rate', 'tstr.auroc']
    """
    limited = {constraint.measure for constraint in objective.constraints.values()}
    return frozenset(limited | {metric.name for metric in endpoints(objective, metrics).values()})


def scales(
    objective: ObjectiveSpec, metrics: Sequence[MetricDescriptor], references: Iterable[Record]
) -> dict[str, Scale]:
    """The scale of each family that can be judged on these divisions, by reference trials on them.

    A family is left out where its endpoint's ceiling does not lie beyond the floor by more than 2
    standard errors over the divisions (with one division, at all). Among models of a utility score
    the one that does best on real rows decides.
    """
    known = _by_division(references)
    return {
        family: scale
        for family, metric in endpoints(objective, metrics).items()
        if (scale := _scale(family, metric, known)) is not None
    }


def again(
    found: Mapping[str, Scale], metrics: Sequence[MetricDescriptor], references: Iterable[Record]
) -> dict[str, Scale]:
    """The scales of the same measures on other divisions, by reference trials there.

    A family is left out where these do not tell its two ends apart.
    """
    known = _by_division(references)
    by_name = {metric.name: metric for metric in metrics}
    return {
        family: other
        for family, scale in found.items()
        if (other := _between(family, by_name[scale.key[0]], scale.key, known)) is not None
    }


def worths(record: Record, scales: Mapping[str, Scale]) -> dict[str, float | None]:
    """The worth of a trial by family, each in [0, 1], higher better; None where it has no value.

    A single trial's place is ``(value − floor) / span``: its floor is of its own division, the
    span of all, so that a division of small span does not blow up the noise. Its mean over
    divisions is the calibrated value of the report, a ratio of means.

    >>> from synthcraft.records import Trial
    >>> scale = Scale(("dcr_share", "", "excess"), floor={0: 0.0}, span=0.5, top=0.5)
    >>> found = (Measure("dcr_share", 0.125, role="excess"),)
    >>> worths(Record(Trial("arf", 0, 0, "select"), "ok", measures=found), {"privacy": scale})
    {'privacy': 0.75}
    """
    values = values_of(record)
    return {
        family: _worth(family, values.get(scale.key), record.trial.split, scale)
        for family, scale in scales.items()
    }


def weighted(
    record: Record, scales: Mapping[str, Scale], share: Mapping[str, float]
) -> float | None:
    """The weighted mean worth of a trial in [0, 1]; None where a family has no value.

    ``share`` are weights of families that the scales have, summing to 1; without any there is none.

    >>> from synthcraft.records import Trial
    >>> scale = Scale(("dcr_share", "", "excess"), floor={0: 0.0}, span=0.5, top=0.5)
    >>> found = (Measure("dcr_share", 0.125, role="excess"),)
    >>> record = Record(Trial("arf", 0, 0, "select"), "ok", measures=found)
    >>> weighted(record, {"privacy": scale}, {"privacy": 1.0})
    0.75
    """
    by_family = worths(record, scales)
    total = 0.0
    for family, weight in share.items():
        value = by_family.get(family)
        if value is None:
            return None
        total += weight * value
    return total if share else None


def slacks(
    record: Record, objective: ObjectiveSpec, scales: Mapping[str, Scale]
) -> tuple[float | None, ...]:
    """By how much a trial keeps each constraint (negative: violates it); None where none can tell.

    In units of the constraint's measure. Where a score has several models, the endpoint's counts.
    """
    values = values_of(record)
    deciding = {scale.key for scale in scales.values()}
    return tuple(_slack(values, c, deciding) for c in objective.constraints.values())


def references(plan: Plan, records: Iterable[Record], *, stage: Stage = "select") -> list[Record]:
    """The records of the reference generators, and of controls of augmentation, in a stage."""
    names = {arm.id for arm in (*plan.references, *plan.controls)}
    stages = {stage, "control"} if stage == "reference" else {stage}
    return [r for r in records if r.trial.stage in stages and r.trial.arm in names]


def values_of(record: Record) -> dict[Key, float]:
    """The values of a trial that are about the whole table."""
    return {
        (m.metric, m.model, m.role): m.value
        for m in record.measures
        if m.value is not None and m.status == "ok" and _is_whole(m)
    }


def _is_whole(measure: Measure) -> bool:
    return not (measure.column or measure.group) and measure.role in ("value", "excess")


def _by_division(references: Iterable[Record]) -> dict[int, dict[str, Values]]:
    """Values by division and reference, those whose real side rests on most rows first."""
    found: dict[int, dict[str, Values]] = {}
    for record in sorted(references, key=_rows, reverse=True):
        if record.status == "ok":
            found.setdefault(record.trial.split, {})[record.trial.arm] = values_of(record)
    return found


def _rows(record: Record) -> int:
    """Rows that a trial's real side rests on; an attack's n counts guesses, which are no rows."""
    real = (m.n or 0 for m in record.measures if m.metric.startswith(REAL_SIDE))
    return max(real, default=0)


def _scale(family: str, metric: MetricDescriptor, references: References) -> Scale | None:
    measured = [key for on in references.values() for values in on.values() for key in values]
    keys = sorted({key for key in measured if key[0] == metric.name})
    usable = [scale for key in keys if (scale := _between(family, metric, key, references))]
    sign = -1 if metric.direction == "minimize" else 1
    return max(usable, key=lambda scale: sign * scale.top, default=None)


def _between(
    family: str, metric: MetricDescriptor, key: Key, references: References
) -> Scale | None:
    """The scale between a measure's floor and ceiling; None where they do not tell apart."""
    ends = {
        division: (low, high)
        for division, values in sorted(references.items())
        if (low := _anchor(metric.floor, metric, key, values)) is not None
        and (high := _anchor(metric.ceiling, metric, key, values)) is not None
    }
    spans = [high - low for low, high in ends.values()]
    # Of a risk, the ceiling is the worse end.
    rising = (metric.direction == "minimize") == (family == "privacy")
    if not spans or not _exceeds([span if rising else -span for span in spans]):
        return None
    floor = {division: low for division, (low, _) in ends.items()}
    return Scale(key, floor, fmean(spans), fmean(high for _, high in ends.values()))


def _exceeds(spans: Sequence[float]) -> bool:
    error = stdev(spans) / math.sqrt(len(spans)) if len(spans) > 1 else 0.0
    return fmean(spans) > FEWEST_ERRORS * error


def _anchor(
    name: str, metric: MetricDescriptor, key: Key, values: Mapping[str, Values]
) -> float | None:
    """One end of a scale on one division."""
    if name in ("null", "ideal"):
        found: float | None = getattr(metric, name)
        return found
    _, _, score = metric.name.partition(".")
    repeated = {
        "trtr": (f"trtr.{score}", key[1], "value"),
        "prevalence": (f"floor.{score}", "prevalence", "value"),
    }
    if name in repeated:  # of the real rows alone; but fresh rows are judged by halves, not on all
        return next(_present(own.get(repeated[name]) for own in values.values()), None)
    return values.get(name, {}).get(key)


def _present(values: Iterable[float | None]) -> Iterator[float]:
    return (value for value in values if value is not None)


def _worth(family: str, value: float | None, division: int, scale: Scale) -> float | None:
    if value is None or division not in scale.floor:
        return None
    return worth(family, (value - scale.floor[division]) / scale.span)


def _slack(values: Values, constraint: ConstraintSpec, deciding: set[Key]) -> float | None:
    same = sorted(key for key in values if key[0] == constraint.measure)
    key = next((key for key in same if key in deciding), same[0] if same else None)
    if key is None:
        return None
    low, high = constraint.at_least, constraint.at_most
    room = [] if low is None else [values[key] - low]
    room += [] if high is None else [high - values[key]]
    return min(room)
