"""How a policy came to its choice: pulls, beliefs, and what winner and runner-up reached. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from statistics import NormalDist, fmean
from typing import Any

from synthcraft.objective import weights, worth
from synthcraft.records import Arm, Record, Stage, Trial
from synthcraft.report.summary import Quantity
from synthcraft.results import Decided, Run, reason
from synthcraft.select.aim import Aim, Bystanders, bystanders
from synthcraft.select.campaign import CHOOSING, chosen_records, spent
from synthcraft.select.optimism import pairs
from synthcraft.select.worths import (
    Scale,
    again,
    references,
    scales,
    slacks,
    values_of,
    weighted,
    worths,
)
from synthcraft.spec.augmentation import TARGETS
from synthcraft.spec.types import ObjectiveSpec
from synthcraft.stats import Estimate, clipped, over_splits

BySplit = dict[int, list[float]]
NORMAL = 1.96  # standard deviations of a normal belief on each side of a 95 % interval
TINY = 1e-9  # a standard deviation of what is certain
NODES = 200  # equally probable values that stand for a normal one
BISECTIONS = 14  # of [0, 1]: to less than 0.0001


@dataclass(frozen=True)
class Step:
    """A pull: what was trained, from which second of the budget on, what it gave, and why.

    ``score`` is the weighted worth on the inner split's validation rows, in [0, 1]; None where the
    trial failed (``failure`` says how). ``why`` is what the policy told of the decision; only the
    first of the pulls that it asked for at once has one.
    """

    number: int
    arm: Arm
    trial: Trial
    start: float
    seconds: float
    score: float | None
    failure: str
    why: Mapping[str, Any]


@dataclass(frozen=True)
class Opinion:
    """The belief about one arm's score at full effort: mean, standard deviation, P(best).

    ``kept`` is the probability that it keeps the constraints; None where there are none.
    """

    mean: float
    sd: float
    p_best: float
    kept: float | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, within [0, 1]."""
        return max(0.0, self.mean - NORMAL * self.sd), min(1.0, self.mean + NORMAL * self.sd)


@dataclass(frozen=True)
class Belief:
    """What a policy believed after so many pulls, by the label of each arm that still worked.

    ``p_close`` is its probability that the recommended arm is within 0.01 of the best, ``regret``
    what that arm is expected to lack (None while none is recommended); ``close`` are the arms
    within 0.01 of the best mean.
    """

    pulls: int
    opinions: Mapping[str, Opinion]
    p_close: float
    regret: float | None
    close: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """Who would have been recommended after so many pulls ("": nobody), judged by the last belief.

    ``share`` are the seconds used until then, as a share of what a full sweep is predicted to take;
    ``regret`` is by how much the arm's mean falls short of the best mean. ``low`` and ``high`` are
    the ends of the middle 95 % of what it lacks against whoever is best. In place of nobody stands
    an arm drawn by lot, without such an interval.
    """

    pulls: int
    share: float
    label: str
    regret: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Optimism:
    """What choosing flatters the winner by, over the seeds and inner train rows that it has twice.

    ``validation`` and ``holdout`` are mean scores of the families that both sides can judge;
    ``difference`` is paired.
    """

    validation: float
    holdout: float
    difference: Estimate
    families: tuple[str, ...]


@dataclass(frozen=True)
class Campaign:
    """The course of a choice; everything is read from the run's spec and journal."""

    run: Run

    @cached_property
    def objective(self) -> ObjectiveSpec:
        """The declared use, or equal weights."""
        return self.run.spec.objective or ObjectiveSpec()

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """The scale of each family on the inner splits, as the policy saw them."""
        plan = self.run.plan
        return scales(self.objective, plan.metrics, references(plan, self.run.records))

    @cached_property
    def share(self) -> dict[str, float]:
        """The weights of the families that could be judged; empty where too little is left."""
        return weights(self.objective, self.scales)

    @cached_property
    def reported_scales(self) -> dict[str, Scale]:
        """The scales of the same measures on the holdout; without families it cannot judge."""
        return self._rescaled("reference")

    def _rescaled(self, stage: Stage) -> dict[str, Scale]:
        plan, records = self.run.plan, self.run.records
        return again(self.scales, plan.metrics, references(plan, records, stage=stage))

    @cached_property
    def reported_share(self) -> dict[str, float]:
        """The weights of the families that the holdout can judge; empty: too little is left."""
        return weights(self.objective, self.reported_scales)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The generators' labels in the order of the plan, as the policy's numbers count them."""
        return tuple(dict.fromkeys(arm.label for arm in self.run.plan.arms))

    @cached_property
    def decisions(self) -> tuple[Decided, ...]:
        """The policy's decisions, the last of which ends the choice."""
        rounds = self.run.rounds
        return tuple(decided for decided in rounds if decided.why.get("purpose") != "references")

    @property
    def last(self) -> Mapping[str, Any]:
        """What was told when the choice ended, or so far."""
        return self.decisions[-1].why if self.decisions else {}

    @property
    def over(self) -> bool:
        """Whether the policy has stopped."""
        return self.last.get("purpose") == "report" or "end" in self.last

    @property
    def winner(self) -> str:
        """The label of the recommended arm; "" while there is none."""
        return str(self.last.get("best") or "") if self.over else ""

    @property
    def second(self) -> str:
        """The label of the runner-up; "" where there is none."""
        return str(self.last.get("second") or "") if self.winner else ""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The pulls that ended, in the order in which they were asked for."""
        ended = {r.trial.id: r for r in chosen_records(self.run.plan, self.run.records)}
        asked = [
            (trial, decided.why if place == 0 else {})
            for decided in self.decisions
            for place, trial in enumerate(decided.trials)
            if trial.stage in CHOOSING
        ]
        steps: list[Step] = []
        clock = 0.0
        for trial, why in asked:
            if (record := ended.get(trial.id)) is not None:
                steps.append(self._step(len(steps) + 1, record, clock, why))
                clock += steps[-1].seconds
        return tuple(steps)

    def _step(self, number: int, record: Record, start: float, why: Mapping[str, Any]) -> Step:
        room = (*slacks(record, self.objective, self.scales), *self._spared(record))
        score = None if None in room else self.score(record, self.scales)
        failed = f"{record.status}: {reason(record)}" if record.status != "ok" else ""
        return Step(
            number=number,
            arm=self.run.arm(record.trial.arm),
            trial=record.trial,
            start=start,
            seconds=spent([record]),
            score=score,
            failure=failed or ("" if score is not None else "a measure that decides has no value"),
            why=why,
        )

    def _spared(self, record: Record) -> tuple[float | None, ...]:
        """By how much a trial spares each group that gets no rows; none without augmentation."""
        others = self._bystanders("select")
        return others.slacks(record) if others else ()

    def _bystanders(self, stage: Stage) -> Bystanders | None:
        told = self.run.header.get("augmentation")
        return bystanders(Aim.from_told(told), self.run.records, stage=stage) if told else None

    def score(self, record: Record, found: Mapping[str, Scale]) -> float | None:
        """The weighted worth of a trial in [0, 1]; None where a family has no value."""
        return None if record.status != "ok" else weighted(record, found, self.share)

    @property
    def seconds(self) -> float:
        """Seconds of the budget that choosing has used."""
        return sum(step.seconds for step in self.steps)

    @property
    def beside(self) -> float:
        """Seconds of all other trials: references, and those that report the choice."""
        return spent(self.run.records) - self.seconds

    @property
    def overshoot(self) -> float:
        """Seconds beyond the budget that the last pull has taken; 0 where it kept the budget."""
        limit = self.run.spec.budget.seconds
        return 0.0 if limit is None else max(0.0, self.seconds - limit)

    @cached_property
    def beliefs(self) -> tuple[Belief, ...]:
        """The belief at each decision; none where the policy keeps none."""
        found = (self._belief(decided.why) for decided in self.decisions)
        return tuple(belief for belief in found if belief is not None)

    def _belief(self, why: Mapping[str, Any]) -> Belief | None:
        if "p_best" not in why:
            return None
        kept = why.get("kept", [None] * len(why["arms"]))
        told = zip(why["arms"], why["worth"], why["p_best"], kept, strict=True)
        opinions = {self.labels[one[0]]: self._opinion(why, *one) for one in told}
        close = tuple(self.labels[arm] for arm in why["close"])
        regret = None if why["best"] is None else why["regret"]
        return Belief(int(why["pulls"]), opinions, why["p_close"], regret, close)

    def _opinion(
        self, why: Mapping[str, Any], arm: int, worth: float, p_best: float, kept: float | None
    ) -> Opinion:
        """Families are believed independently; a probable violation shrinks mean and spread."""
        mean = sum(weight * why["means"][f][arm] for f, weight in self.share.items())
        variance = sum((weight * why["sds"][f][arm]) ** 2 for f, weight in self.share.items())
        shrunk = worth / mean if mean else 1.0
        return Opinion(worth, abs(shrunk) * variance**0.5, p_best, kept)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """Each decision's recommendation by the belief at the end; none where none is kept.

        One that failed too often since then is passed over, as nothing is believed of it.
        """
        sweep = self.last.get("sweep")
        end = self.beliefs[-1].opinions if self.beliefs else {}
        if not end or not sweep:
            return ()
        found = (self._look(decided.why, end, sweep) for decided in self.decisions)
        return tuple(look for look in found if look is not None)

    def _look(
        self, why: Mapping[str, Any], end: Mapping[str, Opinion], sweep: float
    ) -> Look | None:
        label, pulls = str(why.get("best") or ""), int(why["pulls"])
        best = max(end.values(), key=lambda opinion: opinion.mean)
        share = sum(step.seconds for step in self.steps[:pulls]) / sweep
        if not label:
            lost = best.mean - fmean(opinion.mean for opinion in end.values())
            return Look(pulls, share, "", lost)
        if label not in end:
            return None
        others = tuple(opinion for name, opinion in end.items() if name != label)
        low, high = (lacking(end[label], others, chance) for chance in (0.025, 0.975))
        return Look(pulls, share, label, best.mean - end[label].mean, low, high)

    # What the trials themselves show ------------------------------------------------------

    @property
    def inner_ratio(self) -> float:
        """Validation rows per inner train row, for the corrected variance."""
        train = sum(size.train for size in self.run.inner)
        return sum(size.holdout for size in self.run.inner) / train if train else 0.0

    def tried(self, label: str) -> tuple[Step, ...]:
        """The pulls of an arm."""
        return tuple(step for step in self.steps if step.arm.label == label)

    def validation(self, label: str) -> BySplit:
        """An arm's scores at full effort by inner split."""
        steps = [step for step in self.tried(label) if step.arm.rung == 1]
        return {step.trial.split: [step.score] for step in steps if step.score is not None}

    def validated(self, label: str) -> Estimate | None:
        """The mean of these, with its interval; None where there is none."""
        scores = self.validation(label)
        return clipped(over_splits(scores, ratio=self.inner_ratio), 0.0, 1.0) if scores else None

    def seconds_of(self, label: str) -> float | None:
        """Mean seconds of an arm's pulls at full effort; None where there is none that worked."""
        full = [s.seconds for s in self.tried(label) if s.arm.rung == 1 and not s.failure]
        return fmean(full) if full else None

    def reported(self, label: str) -> float | None:
        """The score on the holdout after training on all train rows; None where it failed.

        Seeds are averaged before they are placed on the scale, as in the section on the use.
        """
        score = 0.0
        for family, weight in self.reported_share.items():
            values, scale = self.values(label, family, ("report",)), self.reported_scales[family]
            if not values:
                return None
            score += weight * worth(family, (fmean(values) - scale.floor[0]) / scale.span)
        return score if self.reported_share else None

    def gained(self, label: str) -> float | None:
        """What groups that get rows gain on the holdout, on average, in the measure's own units.

        None without augmentation, or where it cannot be judged.
        """
        scale = self.reported_scales.get("utility")
        if scale is None or scale.key[0] != TARGETS:
            return None
        values = self.values(label, "utility", ("report",))
        return fmean(values) - scale.floor[0] if values else None

    def harmed(self, label: str) -> dict[str, float]:
        """The groups that lose more than the margin on the holdout, and how much."""
        others = self._bystanders("control")
        reported = [r for r in self._full(label) if r.trial.stage == "report"]
        if others is None or not reported:
            return {}
        by_group = zip(others.groups, zip(*map(others.slacks, reported), strict=True), strict=True)
        found = {g: [slack for slack in own if slack is not None] for g, own in by_group}
        margin = others.aim.margin
        return {g: margin - fmean(own) for g, own in found.items() if own and fmean(own) < 0}

    @cached_property
    def optimism(self) -> Optimism | None:
        """What choosing flatters the winner by; None where no fit was judged on both sides."""
        found = pairs(self.objective, self.run.plan, self.run.records)
        if not found:
            return None
        differences = {pair.split: [pair.optimism] for pair in found}
        return Optimism(
            fmean(pair.validation for pair in found),
            fmean(pair.holdout for pair in found),
            over_splits(differences, ratio=self.inner_ratio),
            tuple(weights(self.objective, self._rescaled("optimism"))),
        )

    def values(self, label: str, family: str, stages: Sequence[Stage]) -> list[float]:
        """An arm's values of a family's endpoint at full effort, in the endpoint's own units."""
        key = self.scales[family].key
        own = (r for r in self._full(label) if r.trial.stage in stages)
        return [values[key] for record in own if key in (values := values_of(record))]

    def measured(self, label: str, measure: str) -> float | None:
        """Mean excess of a risk while choosing, at full effort; None where it was not measured."""
        own = [values_of(r) for r in self._full(label) if r.trial.stage in CHOOSING]
        key = (measure, "", "excess")
        found = [values[key] for values in own if key in values]
        return fmean(found) if found else None

    @cached_property
    def families(self) -> dict[str, dict[str, tuple[float, float | None]]]:
        """Worth by family of each arm that was judged at full effort: mean and believed deviation.

        Without a belief it is the mean of these pulls, and there is no deviation.
        """
        names = [name for name in self.labels if self.validation(name)]
        if self.beliefs:
            told = self.last
            return {
                name: {
                    family: (told["means"][family][place], told["sds"][family][place])
                    for family in self.scales
                }
                for place, name in enumerate(self.labels)
                if name in names
            }
        return {name: self._worths(name) for name in names}

    def _worths(self, label: str) -> dict[str, tuple[float, float | None]]:
        own = [worths(r, self.scales) for r in self._full(label) if r.trial.stage in CHOOSING]
        whole = [found for found in own if None not in found.values()]
        return {f: (fmean(found[f] or 0.0 for found in whole), None) for f in self.scales}

    def _full(self, label: str) -> Iterable[Record]:
        arms = {arm.id for arm in self.run.plan.arms if arm.label == label and arm.rung == 1}
        return (r for r in self.run.records if r.trial.arm in arms and r.status == "ok")


@lru_cache(maxsize=256)
def lacking(own: Opinion, others: tuple[Opinion, ...], chance: float) -> float:
    """What an arm lacks against the best of all, at most, with a probability (a quantile).

    Scores are independent and normal; 0 where the arm itself is the best with that probability.

    >>> one, same = Opinion(0.8, 0.03, 0.5), Opinion(0.8, 0.04, 0.5)
    >>> lacking(one, (same,), 0.4), round(lacking(one, (same,), 0.975) / 0.05, 2)
    (0.0, 1.96)
    """
    normal = NormalDist(own.mean, max(own.sd, TINY))
    drawn = [normal.inv_cdf((i + 0.5) / NODES) for i in range(NODES)]
    rivals = [NormalDist(other.mean, max(other.sd, TINY)) for other in others]

    def not_above(regret: float) -> float:
        return fmean(prod(rival.cdf(score + regret) for rival in rivals) for score in drawn)

    if not_above(0.0) >= chance:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if not_above(middle) >= chance else (middle, high)
    return high


def endpoint(scale: Scale) -> Quantity:
    """The quantity that a scale is of."""
    metric, model, role = scale.key
    return Quantity(metric, model, role="excess" if role == "excess" else "value")
