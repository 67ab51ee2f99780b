"""What a run will do: arms, references and the grid of trials, from a spec and its table."""

from collections.abc import Iterator, Sequence

from synthcraft.catalogue import GENERATORS, GeneratorCard, Task
from synthcraft.errors import Problem, SpecError
from synthcraft.metrics.choice import describe
from synthcraft.records import Arm, Plan, Stage, Trial
from synthcraft.spec.types import Spec


def make_plan(spec: Spec, *, task: Task, fingerprint: str) -> Plan:
    """The plan of a spec on a table of this task and data fingerprint.

    Raises
    ------
    SpecError
        When no generator of the spec can be used for the task.
    """
    arms = [Arm(label, g.plugin, dict(g.params)) for label, g in spec.generators.items()]
    reasons = {arm.label: _obstacle(GENERATORS.get(arm.plugin), task) for arm in arms}
    possible = tuple(arm for arm in arms if not reasons[arm.label])
    if not possible:
        raise SpecError([Problem(f"generators.{label}", why) for label, why in reasons.items()])
    return Plan(
        spec_id=spec.id,
        fingerprint=fingerprint,
        arms=possible,
        references=tuple(Arm(card.name, card.name) for card in references()),
        impossible={label: why for label, why in reasons.items() if why},
        splits=spec.design.splits,
        replicates=spec.design.replicates,
        metrics=describe(spec.metrics, task),
    )


def references() -> tuple[GeneratorCard, ...]:
    """The cards of the reference generators, which are part of every plan."""
    return tuple(card for card in GENERATORS if card.reference)


def _obstacle(card: GeneratorCard, task: Task) -> str:
    if task in card.tasks:
        return ""
    return f"{card.name} does not support the task {task}; it does {' and '.join(card.tasks)}"


def reference_trials(plan: Plan) -> tuple[Trial, ...]:
    """Every reference generator on every split, outside the selector's choice and budget."""
    return tuple(_grid(plan, plan.references, "reference", replicates=1))


def report_trials(plan: Plan) -> tuple[Trial, ...]:
    """Every arm on every split and replicate, split by split, so that partial runs are balanced."""
    return tuple(_grid(plan, plan.arms, "report", replicates=plan.replicates))


def _grid(plan: Plan, arms: Sequence[Arm], stage: Stage, *, replicates: int) -> Iterator[Trial]:
    for replicate in range(replicates):
        for split in range(plan.splits):
            for arm in arms:
                if replicate == 0 or GENERATORS.get(arm.plugin).stochastic:
                    yield Trial(arm.id, split, replicate, stage)
