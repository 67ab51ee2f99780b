"""What a run will do: arms, references, controls and trials, from a spec and its table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthcraft.augment.cards import CONTROLS, descriptors, of_targets
from synthcraft.catalogue import GENERATORS, SELECTORS, GeneratorCard, Task
from synthcraft.errors import Problem, SpecError
from synthcraft.metrics.choice import describe, judged_by
from synthcraft.privacy.terms import delta_of, release_of
from synthcraft.records import Arm, MetricDescriptor, Plan, Stage, Trial
from synthcraft.spec.privacy import arm_label, private_labels
from synthcraft.spec.types import AugmentationSpec, BudgetSpec, Spec


def make_plan(spec: Spec, *, task: Task, fingerprint: str, held_out: int | None = None) -> Plan:
    """The plan of a spec on a table of this task and data fingerprint.

    ``held_out`` is the number of holdout rows where the data declare their parts; without any
    there are no fresh real rows to hand out.

    Raises
    ------
    SpecError
        When no generator of the spec can be used for the task, or no noise grants a declared ε.
    """
    arms = list(_arms(spec))
    if problems := list(_ungrantable(spec, arms)):
        raise SpecError(problems)
    reasons = {arm.label: _obstacle(GENERATORS.get(arm.plugin), task) for arm in arms}
    possible = tuple(arm for arm in arms if not reasons[arm.label])
    if not possible:
        raise SpecError([Problem(f"generators.{label}", why) for label, why in reasons.items()])
    if held_out == 0:
        reasons["fresh_real"] = "no real row was held out"
    augmentation = spec.augmentation
    asked = control_names(augmentation)
    if augmentation is not None and augmentation.undersample is None and "real" in asked:
        reasons["real"] = "no real row is withheld (augmentation.undersample)"
    return Plan(
        spec_id=spec.id,
        fingerprint=fingerprint,
        arms=possible,
        references=tuple(
            Arm(card.name, card.name) for card in references() if not reasons.get(card.name)
        ),
        impossible={label: why for label, why in reasons.items() if why},
        splits=1 if chooses(spec) else spec.design.splits,
        inner=spec.design.splits if chooses(spec) else 0,
        replicates=spec.design.replicates,
        metrics=(
            *describe(judged_by(spec, task), task),
            *(descriptors(task, augmentation) if augmentation else ()),
            *_aimed_at(spec, task),
        ),
        controls=tuple(Arm(name, name) for name in asked if not reasons.get(name)),
    )


def declared_task(spec: Spec) -> Task:
    """The task of a spec, as far as it can be told without its table.

    It is survival where a time is named, else classification, if the spec does not declare it.
    """
    return spec.dataset.task or ("survival" if spec.dataset.time else "classification")


def part_problems(spec: Spec, *, held_out: int | None) -> list[Problem]:
    """What contradicts in how a table is divided: by the data (rows held out), or by lots (None).

    >>> from synthcraft.spec.validate import parse
    >>> spec = parse({"name": "x", "dataset": {"plugin": "nhanes"},
    ...               "generators": {"a": {"plugin": "file", "params": {"paths": ["s.csv"]}}}})
    >>> part_problems(spec, held_out=None)[0].path, part_problems(spec, held_out=90)[0].path
    ('generators.a', 'design.splits')
    """
    if held_out == 0 and chooses(spec):
        message = f"no row was held out, on which the winner of {spec.selector.plugin} is reported"
        hint = "Set selector: {plugin: exhaustive}, or hold rows out."
        return [Problem("dataset.params.trained_on", message, hint)]
    if held_out is not None and spec.design.splits != 1 and not chooses(spec):
        message = f"got {spec.design.splits}, but the data declare the one split that there is"
        return [Problem("design.splits", message, "Set design.splits: 1.")]
    if held_out is not None:
        return []
    return [
        Problem(
            f"generators.{label}",
            "these rows were made before the run: a random split cannot tell which real rows "
            "their maker has seen",
            "Set dataset.params.holdout_path (rows it has not seen), or trained_on.",
        )
        for label, generator in spec.generators.items()
        if GENERATORS.get(generator.plugin).given
    ]


def chooses(spec: Spec) -> bool:
    """Whether a policy chooses on inner splits what is reported; else all is trained."""
    return SELECTORS.get(spec.selector.plugin).policy


def references() -> tuple[GeneratorCard, ...]:
    """The cards of the reference generators, which are part of every plan."""
    return tuple(card for card in GENERATORS if card.reference)


def control_names(augmentation: AugmentationSpec | None) -> tuple[str, ...]:
    """What augmentation is compared with; nothing added (none) is first, whether named or not.

    >>> control_names(AugmentationSpec(column="sex", controls=("weights", "none")))
    ('none', 'weights')
    """
    return () if augmentation is None else tuple(dict.fromkeys(("none", *augmentation.controls)))


def _aimed_at(spec: Spec, task: Task) -> tuple[MetricDescriptor, ...]:
    """What is measured besides, where a policy chooses by augmentation."""
    if spec.augmentation is None or not chooses(spec):
        return ()
    return (of_targets(task, spec.augmentation),)


def _arms(spec: Spec) -> Iterator[Arm]:
    """One arm of each generator and training effort; of a private one, one for each ε."""
    private = private_labels(spec)
    for label, generator in spec.generators.items():
        if spec.privacy is None or label not in private:
            reduce = generator.reduce.model_dump(mode="json") if generator.reduce else {}
            whole = Arm(label, generator.plugin, dict(generator.params), reduce=reduce)
            yield from (_at(whole, rung) for rung in _rungs(spec, whole))
            continue
        delta = delta_of(spec.privacy)
        for epsilon in spec.privacy.epsilons:
            arm = arm_label(label, epsilon)
            yield Arm(arm, generator.plugin, dict(generator.params), epsilon=epsilon, delta=delta)


def _rungs(spec: Spec, arm: Arm) -> tuple[float, ...]:
    """The training efforts that the spec's selector may ask of an arm."""
    params = SELECTORS.get(spec.selector.plugin).params.model_validate(spec.selector.params)
    return params.rungs if GENERATORS.get(arm.plugin).effort else (1.0,)


def _at(arm: Arm, rung: float) -> Arm:
    """The arm with a share of its training effort."""
    if rung == 1:
        return arm
    card = GENERATORS.get(arm.plugin)
    full = card.params.model_construct(**arm.params).model_dump()[card.effort]
    return replace(arm, params={**arm.params, card.effort: max(1, round(rung * full))}, rung=rung)


def _ungrantable(spec: Spec, arms: Sequence[Arm]) -> Iterator[Problem]:
    for arm in arms:
        if arm.epsilon is not None and release_of(spec, arm).rho <= 0:
            message = f"no amount of noise is told to grant {arm.epsilon:g} at delta {arm.delta:g}"
            yield Problem("privacy.epsilons", message, "Give a larger epsilon or delta.")


def _obstacle(card: GeneratorCard, task: Task) -> str:
    if task in card.tasks:
        return ""
    return f"{card.name} does not support the task {task}; it does {' and '.join(card.tasks)}"


def reference_trials(plan: Plan) -> tuple[Trial, ...]:
    """Every reference generator on every split, outside the selector's choice and budget."""
    return tuple(_grid(plan, plan.references, "reference", replicates=1))


def control_trials(plan: Plan) -> tuple[Trial, ...]:
    """Every control on every split, and on every replicate where its seed changes anything."""
    return tuple(_grid(plan, plan.controls, "control", replicates=plan.replicates))


def report_trials(plan: Plan) -> tuple[Trial, ...]:
    """Every arm on every split and replicate, split by split, so that partial runs are balanced."""
    return tuple(_grid(plan, plan.arms, "report", replicates=plan.replicates))


def most_trials(plan: Plan, budget: BudgetSpec) -> tuple[int, int]:
    """How many trials a run can have at most: those that choose, and all others.

    Where a policy chooses, the others are references and controls on every split, the ends of
    scales on every inner split (on both of its sides), the winner's trials once more on the
    holdout, and two arms that are reported.
    """
    beside = len(reference_trials(plan)) + len(control_trials(plan))
    if not plan.inner:
        return 0, beside + len(report_trials(plan))
    choosing = len(plan.arms) * plan.inner
    others = beside + 2 * plan.inner * len(plan.ends) + plan.inner
    reported = min(2, len(plan.arms)) * plan.replicates
    return min(choosing, budget.pulls or choosing), others + reported


def _grid(plan: Plan, arms: Sequence[Arm], stage: Stage, *, replicates: int) -> Iterator[Trial]:
    for replicate in range(replicates):
        for split in range(plan.splits):
            for arm in arms:
                if replicate == 0 or _stochastic(arm, stage):
                    yield Trial(arm.id, split, replicate, stage)


def _stochastic(arm: Arm, stage: Stage) -> bool:
    """Whether another seed gives another result."""
    if stage == "control":
        return CONTROLS[arm.plugin].seeded
    return GENERATORS.get(arm.plugin).stochastic
