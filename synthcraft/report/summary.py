"""All numbers of a report: means over splits, intervals, calibrated values, failures. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import Any

from synthcraft.records import Arm, Measure, MetricDescriptor, Record, Role, Stage
from synthcraft.report.promise import marked
from synthcraft.results import Promise, Run, promise, reason
from synthcraft.stats import (
    Estimate,
    Informative,
    calibrated,
    clipped,
    in_order,
    informative,
    over_splits,
    paired,
)

Samples = Mapping[int, list[float]]  # by split: the values of its replicates
REPORTED: tuple[Stage, ...] = ("reference", "control", "report")
"""The stages whose trials a report's numbers rest on: never those that a policy has chosen by."""
AUGMENTATION: str = "augmentation"
"""The family of measures of models trained on augmented rows."""


@dataclass(frozen=True, order=True)
class Quantity:
    """What was measured: a metric of a model, column, group, in a role, after rows were added."""

    metric: str
    model: str = ""
    column: str = ""
    group: str = ""
    role: Role = "value"
    augmentation: str = ""


@dataclass(frozen=True)
class Score:
    """A quantity of one generator: its mean over splits, where it stands, and on how many rows.

    The interval is cut at the measure's bounds. Where splits give none (there is one, or all
    agree), it is the measure's own within a split (``within``; bounds averaged over trials).
    ``asked`` counts the trials that the run asked for, ``counted`` those with a value; ``planned``
    is the number of splits of the plan; ``why`` says why there is no value.
    """

    estimate: Estimate | None
    calibrated: float | None
    rows: tuple[int, int] | None
    counted: int
    asked: int
    planned: int
    within: bool = False
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether every split of the plan, and every trial that was asked for, gave a value."""
        if self.estimate is None:
            return False
        return self.estimate.splits >= self.planned and self.counted >= self.asked


@dataclass(frozen=True)
class Contender:
    """An arm, reference generator or control of augmentation, and how its trials went."""

    arm: Arm
    reference: bool
    ended: int
    succeeded: int
    missing: int
    failures: tuple[str, ...]
    seconds: Mapping[str, float]
    peak_mb: float | None
    promise: Promise = "none"

    @property
    def label(self) -> str:
        """The name that tables print, with a mark where its ε is no promise of ours."""
        return marked(self.arm, self.promise)


@dataclass(frozen=True)
class Summary:
    """Everything that the sections, verdicts and figures of one run are made of.

    Where a policy has chosen, the numbers are those of what it reports: winner and runner-up on
    the holdout. What it has chosen by is told by ``report/campaign``.
    """

    run: Run

    @property
    def chosen(self) -> bool:
        """Whether a policy has chosen what is reported."""
        return self.run.plan.inner > 0

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The trials on which the report's numbers rest."""
        return tuple(record for record in self.run.records if record.trial.stage in REPORTED)

    def of(self, arm: str) -> tuple[Record, ...]:
        """Those of one arm or reference."""
        return tuple(record for record in self.records if record.trial.arm == arm)

    @cached_property
    def ratio(self) -> float:
        """Holdout rows per train row, for the corrected variance.

        It stands for how much two splits overlap, so it also holds for a reference that is made
        of the holdout alone (coverage 0.957 with 3 splits by simulation; 0.973 with a ratio of 1).
        """
        train = sum(size.train for size in self.run.splits)
        holdout = sum(size.holdout for size in self.run.splits)
        if train:
            return holdout / train
        share = self.run.spec.design.fractions.holdout
        return share / (1 - share)

    @cached_property
    def descriptors(self) -> dict[str, MetricDescriptor]:
        """Metric descriptors of the plan, by name."""
        return {metric.name: metric for metric in self.run.plan.metrics}

    @cached_property
    def measures(self) -> dict[str, dict[Quantity, dict[int, list[Measure]]]]:
        """Measures by arm, quantity and split."""
        found: dict[str, dict[Quantity, dict[int, list[Measure]]]] = {}
        for record in self.records:
            for measure in record.measures:
                by_split = found.setdefault(record.trial.arm, {}).setdefault(
                    quantity_of(measure), {}
                )
                by_split.setdefault(record.trial.split, []).append(measure)
        return found

    @cached_property
    def contenders(self) -> tuple[Contender, ...]:
        """Generators in the order of the plan, then references."""
        plan = self.run.plan
        arms = [arm for arm in plan.arms if not self.chosen or arm.id in self._asked]
        return tuple(self._contender(arm) for arm in (*arms, *plan.references))

    @cached_property
    def controls(self) -> tuple[Contender, ...]:
        """What augmentation is compared with: neither generators nor references."""
        return tuple(self._contender(arm) for arm in self.run.plan.controls)

    @cached_property
    def left_out(self) -> tuple[Contender, ...]:
        """Generators at full effort that a policy has not asked to report."""
        arms = self.run.plan.arms if self.chosen else ()
        return tuple(
            self._contender(arm) for arm in arms if arm.rung == 1 and arm.id not in self._asked
        )

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The arms that a policy has asked to report."""
        trials = (trial for decided in self.run.rounds for trial in decided.trials)
        return frozenset(trial.arm for trial in trials if trial.stage == "report")

    def _contender(self, arm: Arm) -> Contender:
        records = self.of(arm.id)
        good = [record for record in records if record.status == "ok"]
        missing = [t for t in self.run.missing if t.arm == arm.id and t.stage in REPORTED]
        return Contender(
            arm=arm,
            reference=arm in self.run.plan.references,
            ended=len(records),
            succeeded=len(good),
            missing=len(missing),
            failures=tuple(_failure(record) for record in records if record not in good),
            seconds={
                phase: mean
                for phase in ("fit", "sample", "evaluate")
                if (mean := _mean(r.seconds.get(phase) for r in good)) is not None
            },
            peak_mb=max((r.peak_mb for r in records if r.peak_mb is not None), default=None),
            promise=promise(self.run, arm),
        )

    @property
    def generators(self) -> tuple[Contender, ...]:
        """The candidates."""
        return tuple(c for c in self.contenders if not c.reference)

    @property
    def references(self) -> tuple[Contender, ...]:
        """The yardsticks."""
        return tuple(c for c in self.contenders if c.reference)

    def name(self, arm: str) -> str:
        """The label of the arm or reference with this id."""
        known = self.run.arm(arm)
        return marked(known, promise(self.run, known))

    def card(self, contender: Contender) -> dict[str, Any]:
        """What the journal's header tells of a contender's plug-in, if anything."""
        return dict(self.run.header.get("generators", {}).get(contender.arm.plugin, {}))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity measured of synthetic rows, in the order of the plan's metrics."""
        return tuple(q for q in self._seen if not self._is_augmented(q))

    @cached_property
    def augmented(self) -> tuple[Quantity, ...]:
        """Those of models trained on augmented rows, of which another section tells."""
        return tuple(q for q in self._seen if self._is_augmented(q))

    def _is_augmented(self, quantity: Quantity) -> bool:
        metric = self.descriptors.get(quantity.metric)
        return metric is not None and metric.family == AUGMENTATION

    @cached_property
    def _seen(self) -> tuple[Quantity, ...]:
        order = {name: place for place, name in enumerate(self.descriptors)}
        seen = {quantity for by_arm in self.measures.values() for quantity in by_arm}
        return tuple(sorted(seen, key=lambda q: (order.get(q.metric, len(order)), q)))

    def samples(self, arm: str, quantity: Quantity) -> Samples:
        """The values of an arm, by split."""
        by_split = self.measures.get(arm, {}).get(quantity, {})
        values = {
            split: [m.value for m in measures if m.status == "ok" and m.value is not None]
            for split, measures in sorted(by_split.items())
        }
        return {split: found for split, found in values.items() if found}

    @cached_property
    def _scores(self) -> dict[tuple[str, Quantity], Score]:
        """Scores already computed: tables, figures and verdicts ask for the same ones."""
        return {}

    def score(self, arm: str, quantity: Quantity) -> Score:
        """The score of an arm or reference."""
        key = (arm, quantity)
        if key not in self._scores:
            self._scores[key] = self._score(arm, quantity)
        return self._scores[key]

    def _score(self, arm: str, quantity: Quantity) -> Score:
        by_split = self.measures.get(arm, {}).get(quantity, {})
        measures = [m for split in sorted(by_split) for m in by_split[split]]
        samples = self.samples(arm, quantity)
        contender = next(c for c in (*self.contenders, *self.controls) if c.arm.id == arm)
        rows = [m.n for m in measures if m.n is not None]
        score = Score(
            estimate=None,
            calibrated=None,
            rows=(min(rows), max(rows)) if rows else None,
            counted=sum(len(values) for values in samples.values()),
            asked=contender.ended + contender.missing,
            planned=self.run.plan.splits,
            why=next((m.reason for m in measures if m.status != "ok"), ""),
        )
        if not samples:
            return replace(score, why=score.why or next(iter(contender.failures), "not measured"))
        estimate = over_splits(samples, ratio=self.ratio)
        own = [m for m in measures if m.low is not None and m.high is not None]
        within = estimate.low is None and bool(own) and len(own) == len(measures)
        if within:
            estimate = replace(
                estimate,
                low=fmean(m.low for m in own if m.low is not None),
                high=fmean(m.high for m in own if m.high is not None),
                level=own[0].level or estimate.level,
            )
        return replace(
            score,
            estimate=self._bounded(estimate, quantity),
            calibrated=self._calibrated(arm, quantity),
            within=within,
        )

    def _bounded(self, estimate: Estimate, quantity: Quantity) -> Estimate:
        """The estimate with its interval cut at the measure's bounds: nothing lies beyond them."""
        metric = self.descriptors.get(quantity.metric)
        if metric is None or quantity.role in ("main", "control"):
            return estimate
        least = -math.inf if metric.low is None else min(metric.low, estimate.mean)
        most = math.inf if metric.high is None else max(metric.high, estimate.mean)
        return clipped(estimate, least, most)

    def _calibrated(self, arm: str, quantity: Quantity) -> float | None:
        """A ratio of means over the splits that the arm and both ends of the scale share."""
        sides = (self.samples(arm, quantity), *self.anchors(arm, quantity))
        shared = set.intersection(*(set(side) for side in sides))
        if not shared or self.other_size(arm, quantity) or self._upside_down(arm, quantity):
            return None
        value, low, high = (
            over_splits({split: side[split] for split in shared}, ratio=self.ratio).mean
            for side in sides
        )
        return calibrated(value, floor=low, ceiling=high)

    def _upside_down(self, arm: str, quantity: Quantity) -> bool:
        """Whether what should be 0 on the scale does better than what should be 1.

        Such as the calibration error of a model, which predicting the mean for everybody beats.
        Of a risk, 1 is meant to be the worse end.
        """
        metric = self.descriptors[quantity.metric]
        floor, ceiling = self.anchors(arm, quantity)
        if metric.family == "privacy" or not (shared := floor.keys() & ceiling.keys()):
            return False
        low, high = (
            over_splits({split: side[split] for split in shared}, ratio=self.ratio).mean
            for side in (floor, ceiling)
        )
        return not in_order([high, low], falling=metric.direction == "maximize")

    def other_size(self, arm: str, quantity: Quantity) -> bool:
        """Whether a fidelity value rests on more or fewer rows than the ends of its scale do.

        Likeness grows with the number of rows: half of them look worse for no fault of their own.
        """
        metric = self.descriptors.get(quantity.metric)
        if metric is None or metric.family != "fidelity":
            return False
        sides = [self._sizes(one, quantity) for one in (arm, metric.floor, metric.ceiling)]
        shared = set.intersection(*(set(side) for side in sides))
        return any(len({side[split] for side in sides}) > 1 for split in shared)

    def _sizes(self, arm: str, quantity: Quantity) -> dict[int, frozenset[int | None]]:
        """The row counts that an arm's values rest on, by split."""
        by_split = self.measures.get(arm, {}).get(quantity, {})
        return {
            split: sizes
            for split, measures in by_split.items()
            if (sizes := frozenset(m.n for m in measures if m.status == "ok"))
        }

    def anchors(self, arm: str, quantity: Quantity) -> tuple[Samples, Samples]:
        """What is 0 and what is 1 on the calibrated scale of a quantity, by split."""
        metric = self.descriptors.get(quantity.metric)
        if metric is None or quantity.role in ("main", "control"):
            return {}, {}
        return (
            self._anchor(metric.floor, metric, arm, quantity),
            self._anchor(metric.ceiling, metric, arm, quantity),
        )

    def _anchor(self, name: str, metric: MetricDescriptor, arm: str, quantity: Quantity) -> Samples:
        known = {"null": metric.null, "ideal": metric.ideal}.get(name)
        if known is not None:
            return {split: [known] for split in self._splits}
        _, _, rest = quantity.metric.partition(".")
        if name == "trtr" and rest:
            return self._shared(replace(quantity, metric=f"trtr.{rest}"), arm)
        if name == "prevalence" and rest:
            return self._shared(Quantity(f"floor.{rest}", "prevalence"), arm)
        return self.samples(name, quantity) if name else {}

    def _shared(self, quantity: Quantity, arm: str) -> Samples:
        """A real-side value that every trial repeats: this arm's, or that of the fullest."""
        return self.samples(arm, quantity) or self.samples(self.fullest(quantity), quantity)

    def fullest(self, quantity: Quantity) -> str:
        """The arm or reference with most splits of a value that every trial repeats.

        Generators come first, then references on as many rows as any; "" when there is none.
        """
        scores = {c.arm.id: self.score(c.arm.id, quantity) for c in self.contenders}
        rows = {arm: s.rows[1] if s.rows else 0 for arm, s in scores.items() if s.estimate}
        most = [arm for arm, number_of in rows.items() if number_of == max(rows.values())]
        return max(most, key=lambda arm: len(self.samples(arm, quantity)), default="")

    @cached_property
    def _splits(self) -> tuple[int, ...]:
        return tuple(sorted({record.trial.split for record in self.records}))

    def informative(self, quantity: Quantity) -> Informative:
        """Whether the quantity can tell good from bad on these data."""
        metric = self.descriptors.get(quantity.metric)
        arm = self.contenders[0].arm.id if self.contenders else ""
        floor, ceiling = self.anchors(arm, quantity)
        if metric is None or not floor.keys() & ceiling.keys():
            return "unknown"
        if self._upside_down(arm, quantity):
            return "no"
        means = [self.samples(name, quantity) for name in metric.order]
        ordered = in_order(
            [over_splits(values, ratio=self.ratio).mean for values in means if values],
            falling=metric.direction == "maximize",
        )
        return informative(ceiling, floor, ratio=self.ratio, ordered=ordered)

    def difference(self, arm: str, other: str, quantity: Quantity) -> Estimate | None:
        """The paired difference between two arms, where they share a split."""
        first, second = self.samples(arm, quantity), self.samples(other, quantity)
        if not first.keys() & second.keys():
            return None
        return paired(first, second, ratio=self.ratio)

    def ranked(self, quantity: Quantity) -> tuple[tuple[Contender, Score], ...]:
        """Generators with a value, best first; those that lack a split or a trial come last.

        A mean over the splits that did not fail may look better for the failure.
        """
        scored = [(c, self.score(c.arm.id, quantity)) for c in self.generators]
        present = [(c, s) for c, s in scored if s.estimate is not None]
        return tuple(sorted(present, key=lambda pair: self._badness(quantity, pair[1])))

    def _badness(self, quantity: Quantity, score: Score) -> tuple[bool, float]:
        mean = score.estimate.mean if score.estimate else 0.0
        return not score.complete, mean if self.falling(quantity) else -mean

    def falling(self, quantity: Quantity) -> bool:
        """Whether less of the quantity is better."""
        metric = self.descriptors.get(quantity.metric)
        return metric is not None and metric.direction == "minimize"

    def own_intervals(self, arm: str, quantity: Quantity) -> dict[int, tuple[float, float]]:
        """The measure's own interval in each split; of several seeds the one that lies highest."""
        by_split = self.measures.get(arm, {}).get(quantity, {})
        found = {
            split: [(m.low, m.high) for m in own if m.low is not None and m.high is not None]
            for split, own in sorted(by_split.items())
        }
        return {split: max(bounds) for split, bounds in found.items() if bounds}

    def zero_by_making(self, arm: str, quantity: Quantity) -> bool:
        """Whether a reference's values are exactly 0 in every split, and so show nothing."""
        samples = self.samples(arm, quantity)
        return bool(samples) and all(value == 0 for found in samples.values() for value in found)

    def family(self, family: str) -> tuple[Quantity, ...]:
        """Quantities of a family that are about the whole table."""
        return tuple(
            q
            for q in self.quantities
            if not q.column
            and not q.group
            and (d := self.descriptors.get(q.metric)) is not None
            and d.family == family
        )

    def drawn(self) -> tuple[Record, ...]:
        """One successful record per generator, of the first split: what its figures show."""
        firsts: list[Record] = []
        for contender in self.generators:
            usable = [r for r in self.of(contender.arm.id) if r.status == "ok" and r.summaries]
            firsts += usable[:1]
        return tuple(firsts)


def quantity_of(measure: Measure) -> Quantity:
    """The quantity that a measure is a value of."""
    return Quantity(
        *(measure.metric, measure.model, measure.column, measure.group, measure.role),
        augmentation=measure.augmentation,
    )


def _failure(record: Record) -> str:
    if record.status == "skipped":
        return f"skipped: {reason(record)}"
    return f"{record.status} in {reason(record) or 'start'}"


def _mean(values: Iterable[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None


def described(run: Run, name: str) -> dict[str, Any]:
    """The description of a column in the journal's header."""
    found = run.table.get("columns", {}).get(name, {})
    return dict(found)


def shared_name(summaries: Iterable[Summary], arm: str) -> str:
    """An arm's label over several runs: marked where it is in any of them."""
    found = [c.label for s in summaries for c in s.contenders if c.arm.id == arm]
    return next((label for label in found if label != arm), arm)
