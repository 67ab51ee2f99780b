"""Which metrics a spec asks for, and what they will yield; loading this needs no numpy."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from synthcraft.catalogue import METRICS, Task
from synthcraft.errors import DataError, Problem, SpecError
from synthcraft.records import MetricDescriptor
from synthcraft.spec.types import MetricSpec, Spec

if TYPE_CHECKING:
    from synthcraft.data.table import Table


@runtime_checkable
class NamesColumns(Protocol):
    """A metric whose parameters name columns of the table."""

    def check(self, table: "Table") -> None:
        """Nothing, or a DataError with all that the table does not have."""
        ...


def chosen_metrics(metrics: Mapping[str, MetricSpec], task: Task) -> dict[str, MetricSpec]:
    """The metrics that a spec names, by label; the default suite of the task when it names none.

    Raises
    ------
    SpecError
        When two labels name the same metric: their measures could not be told apart.
    """
    if not metrics:
        return {c.name: MetricSpec(plugin=c.name) for c in METRICS if c.default and task in c.tasks}
    seen: dict[str, str] = {}
    problems = []
    for label, spec in metrics.items():
        if spec.plugin in seen:
            message = f"got metric {spec.plugin!r}, which metrics.{seen[spec.plugin]} already names"
            problems.append(Problem(f"metrics.{label}", message, "Keep one of the two."))
        seen.setdefault(spec.plugin, label)
    if problems:
        raise SpecError(problems)
    return dict(metrics)


def judged_by(spec: Spec, task: Task) -> dict[str, MetricSpec]:
    """The metrics of a spec, with what its reductions lose, where any generator has one.

    That looks at the same genes and groups as the spec's own metrics of genes.
    """
    chosen = chosen_metrics(spec.metrics, task)
    reduced = any(generator.reduce for generator in spec.generators.values())
    if not reduced or any(metric.plugin == "reduction" for metric in chosen.values()):
        return chosen
    asked = {metric.plugin: metric.params for metric in chosen.values()}
    paired = asked.get("coexpression", {})
    genes = {name: paired[name] for name in ("genes", "without") if name in paired}
    params = asked.get("differential_expression", genes)
    return chosen | {"reduction": MetricSpec(plugin="reduction", params=params)}


def describe(metrics: Mapping[str, MetricSpec], task: Task) -> tuple[MetricDescriptor, ...]:
    """What a report must know of the measures that these metrics will yield.

    >>> [m.name for m in describe({"m": MetricSpec(plugin="nndr")}, "classification")]
    ['nndr']
    """
    chosen = chosen_metrics(metrics, task).values()
    return tuple(m for spec in chosen for m in METRICS.get(spec.plugin).measures_for(task))


def yielding(
    names: Collection[str], metrics: Mapping[str, MetricSpec], task: Task
) -> dict[str, MetricSpec]:
    """Those of the chosen metrics that yield any measure of these names.

    >>> sorted(yielding(["tstr.auroc", "dcr_share"], {}, "classification"))
    ['dcr_share', 'utility']
    """
    return {
        label: spec
        for label, spec in chosen_metrics(metrics, task).items()
        if any(m.name in names for m in METRICS.get(spec.plugin).measures_for(task))
    }


def misfits(metrics: Mapping[str, MetricSpec], table: "Table") -> list[Problem]:
    """What the parameters of metrics name that the table does not have."""
    problems: list[Problem] = []
    for spec in metrics.values():
        card = METRICS.get(spec.plugin)
        metric = card.load()(params=card.params(**spec.params)) if spec.params else None
        if isinstance(metric, NamesColumns):
            try:
                metric.check(table)
            except DataError as error:
                problems += error.problems
    return problems
