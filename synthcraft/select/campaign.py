"""A policy as a selector: choose on inner splits, confirm, then report on the untouched holdout.

A campaign has three parts. First every reference generator runs on each inner split: they span the
scales that worths are read on. Where augmentation is what is chosen, so do the controls that span
what its targets gain. Then the policy chooses, round by round, from what its trials on the inner
splits gave; only these count for the budget. When it stops, the winner's choosing trials are judged
once more, on the outer holdout (their difference is the optimism of choosing), and winner and
runner-up are trained on the whole train part and judged on the outer holdout.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from synthcraft.catalogue import GENERATORS, SELECTORS
from synthcraft.objective import ENDPOINTS, weights
from synthcraft.records import Plan, Record, Stage, Trial
from synthcraft.select.aim import Aim, Bystanders, bystanders
from synthcraft.select.arena import Arena, Candidate, Decision, Policy, Pull, Worth
from synthcraft.select.base import Round, Selector
from synthcraft.select.work import ROWS, work
from synthcraft.select.worths import Scale, references, scales, slacks, worths
from synthcraft.spec.types import BudgetSpec, ObjectiveSpec, Spec

CHOOSING: tuple[Stage, ...] = ("select", "confirm")
UNJUDGED = "less than half of the declared weight lies on families that can be judged here"


def make_selector(spec: Spec, context: Mapping[str, float], aim: Aim | None = None) -> Selector:
    """The selector that a spec names; a policy, as a campaign on a table of this context.

    ``aim`` is that of a run with augmentation.
    """
    card = SELECTORS.get(spec.selector.plugin)
    made = card.load()(params=card.params.model_validate(spec.selector.params))
    if not card.policy:
        return cast(Selector, made)
    objective = spec.objective or ObjectiveSpec()
    return Campaign(made, objective, spec.budget, spec.selector.batch, context, aim)


@dataclass(frozen=True)
class Campaign:
    """What a policy decides of a run, for a declared use and budget."""

    policy: Policy[Any]
    objective: ObjectiveSpec
    budget: BudgetSpec
    batch: int = 1
    context: Mapping[str, float] = field(default_factory=dict)
    aim: Aim | None = None

    def ask(self, plan: Plan, history: Sequence[Record], *, seed: int) -> Round:
        """The next round: references, what the policy asks for, and at last what is reported."""
        if not history:
            trials = scale_trials(plan, "select", range(plan.inner))
            return Round(trials, {"purpose": "references"})
        if any(record.trial.stage == "report" for record in history):
            return Round()
        found = scales(self.objective, plan.metrics, references(plan, history))
        share = weights(self.objective, found)
        if not share:
            return Round(why={"end": UNJUDGED})
        others = None if self.aim is None else bystanders(self.aim, history)
        arena = self.arena(plan, share, others)
        state = self.policy.start(arena, seed=seed)
        pulls = tuple(self.pulls(plan, history, found, others))
        for pull in pulls:
            state = self.policy.tell(state, pull)
        decision = self.policy.ask(state, batch=self.batch)
        told = self._told(arena, pulls, decision)
        if decision.pulls:
            chosen = _chosen(plan, decision)
            return Round(chosen, {"purpose": decision.purpose, **told})
        if decision.best is None:
            return Round(why={"end": self._end(pulls, arena), **told})
        last = _last_trials(plan, history, arena, decision)
        return Round(last, {"purpose": "report", **told})

    def arena(
        self, plan: Plan, share: Mapping[str, float], others: Bystanders | None = None
    ) -> Arena:
        """The episode; its candidates are the plan's arms, in their order.

        What another group may lose is a limit, of which a few validation rows can show no more than
        that it is kept on average; what targets gain nobody has recorded.
        """
        tops = {arm.label: arm for arm in plan.arms if arm.rung == 1}
        names = tuple(dict.fromkeys(arm.label for arm in plan.arms))
        cards = [GENERATORS.get(tops[name].plugin) for name in names]
        rows = self.context.get("rows", ROWS)
        spared = len(others.groups) if others else 0
        return Arena(
            names=names,
            plugins=tuple(card.name for card in cards),
            kinds=tuple(card.family for card in cards),
            candidates=tuple(Candidate(names.index(arm.label), arm.rung) for arm in plan.arms),
            splits=plan.inner,
            weights=_by_family(share),
            limits=len(self.objective.constraints) + spared,
            lenient=spared,
            context=self.context,
            seconds=self.budget.seconds,
            pulls=self.budget.pulls,
            work=tuple(work(tops[n].plugin, tops[n].params, rows=rows) for n in names),
            unrecorded=("utility",) if self.aim else (),
        )

    def pulls(
        self,
        plan: Plan,
        history: Iterable[Record],
        found: Mapping[str, Scale],
        others: Bystanders | None = None,
    ) -> Iterator[Pull]:
        """The choosing trials as the policy sees them.

        One that lacks a value that others have, or cannot show that it keeps a constraint, counts
        as failed: a failure must not pay. The worth of a family that nobody can judge is 0, and so
        is its weight.
        """
        order = {arm.id: candidate for candidate, arm in enumerate(plan.arms)}
        for record in chosen_records(plan, history):
            by_family = worths(record, found)
            room = (
                *slacks(record, self.objective, found),
                *(others.slacks(record) if others else ()),
            )
            whole = None not in (*by_family.values(), *room) and record.status == "ok"
            yield Pull(
                candidate=order[record.trial.arm],
                split=record.trial.split,
                seconds=spent([record]),
                worth=_by_family(by_family) if whole else None,
                slacks=tuple(slack for slack in room if slack is not None) if whole else (),
            )

    def _told(self, arena: Arena, pulls: Sequence[Pull], decision: Decision) -> dict[str, Any]:
        """What the journal tells of a decision; ``spent`` and ``overshoot`` are in seconds."""
        seconds = sum(pull.seconds for pull in pulls)
        limit = self.budget.seconds
        return {
            "best": None if decision.best is None else arena.names[decision.best],
            "second": None if decision.second is None else arena.names[decision.second],
            "pulls": len(pulls),
            "spent": round(seconds, 3),
            "overshoot": 0.0 if limit is None else round(max(0.0, seconds - limit), 3),
            **decision.why,
        }

    def _end(self, pulls: Sequence[Pull], arena: Arena) -> str:
        """Why nobody is recommended."""
        if not pulls:
            return (
                "no generator can be expected to end within budget.seconds "
                f"({self.budget.seconds:g})"
                if self.budget.seconds
                else "no generator could be tried within the budget"
            )
        if all(pull.worth is None for pull in pulls):
            return "every generator that was tried failed"
        if arena.limits:
            limits = ["to keep the constraints"] if self.objective.constraints else []
            limits += ["to harm no group that gets no rows"] if self.aim else []
            return f"no generator that was tried is known {' and '.join(limits)}"
        return "no generator could be judged at its full training effort within the budget"


def scale_trials(plan: Plan, stage: Stage, splits: Iterable[int]) -> tuple[Trial, ...]:
    """What the scales of a stage begin and end with, on these splits."""
    return tuple(Trial(arm.id, split, 0, stage) for split in splits for arm in plan.ends)


def chosen_records(plan: Plan, records: Iterable[Record]) -> list[Record]:
    """The records of choosing: what a policy asked for, and what the budget is about."""
    names = {arm.id for arm in plan.arms}
    return [r for r in records if r.trial.stage in CHOOSING and r.trial.arm in names]


def spent(records: Iterable[Record]) -> float:
    """Wall seconds of fits, samples and metrics."""
    return sum(second for record in records for second in record.seconds.values())


def _by_family(values: Mapping[str, float | None]) -> Worth:
    fidelity, utility, privacy = (values.get(family) or 0.0 for family in ENDPOINTS)
    return fidelity, utility, privacy


def _chosen(plan: Plan, decision: Decision) -> tuple[Trial, ...]:
    """One trial per pull; split and seed are common to all arms."""
    return tuple(
        Trial(plan.arms[candidate].id, split, 0, decision.purpose)
        for candidate, split in decision.pulls
    )


def _last_trials(
    plan: Plan, history: Sequence[Record], arena: Arena, decision: Decision
) -> tuple[Trial, ...]:
    """Those that are reported, then the winner's choosing trials on the outer holdout.

    In this order, because a limit of the run's epsilon may end before the last of them.
    """
    ranked = [arena.names[arm] for arm in (decision.best, decision.second) if arm is not None]
    tops = {arm.label: arm for arm in plan.arms if arm.rung == 1}
    repeated = [
        Trial(record.trial.arm, record.trial.split, record.trial.replicate, "optimism")
        for record in chosen_records(plan, history)
        if record.trial.arm == tops[ranked[0]].id and record.status == "ok"
    ]
    reported = [
        Trial(tops[name].id, 0, replicate, "report")
        for replicate in range(plan.replicates)
        for name in ranked
        if replicate == 0 or GENERATORS.get(tops[name].plugin).stochastic
    ]
    scale = scale_trials(plan, "optimism", sorted({trial.split for trial in repeated}))
    return (*reported, *scale, *repeated)
