"""What an objective names must be measured, be about the right family, and say something."""

from collections.abc import Iterator

from synthcraft.catalogue import METRICS, MetricCard
from synthcraft.errors import Problem, nearest
from synthcraft.records import MetricDescriptor
from synthcraft.spec.types import ConstraintSpec, ObjectiveSpec, Spec


def objective_problems(spec: Spec) -> Iterator[Problem]:
    """Everything in which a spec's objective contradicts itself or the spec's metrics."""
    objective = spec.objective
    if objective is None:
        return
    weights = objective.weights
    if weights.fidelity + weights.utility + weights.privacy == 0:
        yield Problem("objective.weights", "all are 0", "Give one family a weight above 0.")
    measured = measured_by(spec)
    yield from _endpoint_problems(objective, measured)
    for label, constraint in objective.constraints.items():
        yield from _constraint_problems(f"objective.constraints.{label}", constraint, measured)


def _endpoint_problems(
    objective: ObjectiveSpec, measured: dict[str, MetricDescriptor]
) -> Iterator[Problem]:
    for family, name in objective.endpoints:
        path = f"objective.endpoints.{family}"
        if name is None:
            continue
        if name not in measured:
            yield unmeasured(path, name, measured)
        elif measured[name].family != family:
            able = [m.name for m in measured.values() if _leads(m) and m.family == family]
            hint = f"These are: {', '.join(able)}."
            yield Problem(path, f"{name!r} is about {measured[name].family}", hint)
        elif not _leads(measured[name]):
            hint = "Choose a measure that has a direction."
            yield Problem(path, f"{name!r} is descriptive, with no better or worse", hint)


def _constraint_problems(
    path: str, constraint: ConstraintSpec, measured: dict[str, MetricDescriptor]
) -> Iterator[Problem]:
    if constraint.measure not in measured:
        yield unmeasured(f"{path}.measure", constraint.measure, measured)
    low, high = constraint.at_least, constraint.at_most
    if low is None and high is None:
        yield Problem(path, "sets no limit", "Give at_most or at_least.")
    if low is not None and high is not None and low > high:
        yield Problem(f"{path}.at_least", f"{low:g} lies above at_most {high:g}")


def measured_by(spec: Spec) -> dict[str, MetricDescriptor]:
    """The measures that the spec's metrics yield, for its task or, where that is open, for any."""
    task = spec.dataset.task
    cards: list[MetricCard] = [METRICS.get(m.plugin) for m in spec.metrics.values()] or [
        card for card in METRICS if card.default and (task is None or task in card.tasks)
    ]
    return {
        m.name: m for card in cards for m in (card.measures_for(task) if task else card.measures)
    }


def _leads(measure: MetricDescriptor) -> bool:
    return measure.direction != "none"


def unmeasured(path: str, name: str, measured: dict[str, MetricDescriptor]) -> Problem:
    """The problem of a measure that the spec does not yield, with what would."""
    card = next((c for c in METRICS if any(m.name == name for m in c.measures)), None)
    if card is None:
        return Problem(path, f"there is no measure {name!r}", nearest(name, measured))
    beside = {m.name for m in card.measures} & measured.keys()
    hint = (
        f"The metric {card.name!r} gives other ones for this task: {', '.join(sorted(beside))}."
        if beside
        else f"Add the metric {card.name!r}, or choose what is measured."
    )
    return Problem(path, f"{name!r} is not measured by this spec", hint)
