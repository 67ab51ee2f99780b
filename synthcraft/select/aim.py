"""Whom augmentation is to help, and whom it must not harm: what choosing adds to a declared use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Self

from synthcraft.records import Measure, Record, Stage
from synthcraft.spec.augmentation import TARGETS, label

Scores = Mapping[str, float]
"""The deciding measure by group."""


@dataclass(frozen=True)
class Aim:
    """The groups that get rows (``targets``), and the measure and model that decide.

    ``dose`` is how measures name the dose that decides. A group that gets no rows may lose
    ``margin``, in units of the measure, of which more is better.
    """

    targets: tuple[str, ...]
    metric: str
    model: str
    dose: str
    margin: float

    @classmethod
    def from_told(cls, told: Mapping[str, Any]) -> Self:
        """The aim of a run by its journal's header (engine/cohorts.told_design)."""
        decides = told["endpoint"]
        return cls(
            targets=tuple(told["targets"]),
            metric=decides["metric"],
            model=decides["model"],
            dose=label(told["primary"]),
            margin=told["margin"],
        )

    def scores(self, record: Record) -> Scores:
        """What a trial reaches by group, with the dose that decides or, of a control, without."""
        return {
            m.group: m.value
            for m in record.measures
            if (m.metric, m.model) == (self.metric, self.model)
            and m.group
            and m.augmentation in ("", self.dose)
            and m.value is not None
            and m.status == "ok"
        }

    def over_targets(self, record: Record) -> Measure:
        """The mean of the targets' scores, each counting alike: what is gained is its difference.

        It has no value where a target has none.

        >>> from synthcraft.records import Trial
        >>> aim = Aim(("g=a", "g=b"), "augmented.auroc", "boosting", "dose=100", margin=0.02)
        >>> found = [Measure("augmented.auroc", v, model="boosting", group=g, augmentation=aim.dose)
        ...          for g, v in (("g=a", 0.75), ("g=b", 0.25), ("g=c", 0.9))]
        >>> record = Record(Trial("arf", 0, 0, "select"), "ok", measures=tuple(found))
        >>> aim.over_targets(record).value
        0.5
        """
        mean = Measure(TARGETS, model=self.model, reference="holdout")
        scores = self.scores(record)
        if lacking := [target for target in self.targets if target not in scores]:
            return mean.absent(f"{lacking[0]} has no value of {self.metric}")
        return Measure(
            TARGETS,
            fmean(scores[target] for target in self.targets),
            model=self.model,
            reference="holdout",
        )


@dataclass(frozen=True)
class Bystanders:
    """The groups that get no rows and must lose nothing, with their scores when nothing is added.

    ``untreated`` is by division. Those are left out whom some division has too few rows to judge.
    """

    aim: Aim
    groups: tuple[str, ...]
    untreated: Mapping[int, Scores]

    def slacks(self, record: Record) -> tuple[float | None, ...]:
        """By how much each keeps what it may lose (negative: it does not); None: no value.

        >>> from synthcraft.records import Trial
        >>> aim = Aim(("g=a",), "augmented.auroc", "boosting", "dose=100", margin=0.02)
        >>> them = Bystanders(aim, ("g=b",), {0: {"g=b": 0.75}})
        >>> one = Measure("augmented.auroc", 0.7, model="boosting", group="g=b",
        ...               augmentation="dose=100")
        >>> [slack] = them.slacks(Record(Trial("arf", 0, 0, "select"), "ok", measures=(one,)))
        >>> round(slack, 2)
        -0.03
        """
        before, now = self.untreated.get(record.trial.split, {}), self.aim.scores(record)
        return tuple(
            now[g] - before[g] + self.aim.margin if g in now and g in before else None
            for g in self.groups
        )


def bystanders(aim: Aim, records: Iterable[Record], *, stage: Stage = "select") -> Bystanders:
    """The groups that get no rows, by the trials of a stage in which nothing is added."""
    untreated = {
        r.trial.split: aim.scores(r)
        for r in records
        if r.trial.arm == "none" and r.trial.stage == stage and r.status == "ok"
    }
    judged = set.intersection(*map(set, untreated.values())) if untreated else set()
    return Bystanders(aim, tuple(sorted(judged - set(aim.targets))), untreated)
