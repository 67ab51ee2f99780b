"""What augmentation did, in numbers: gains of the groups that get rows, harm to all others.

Everything is a difference to the same models trained on the same real rows with nothing added,
paired over splits, with the corrected t interval (stats/splits) at the ratio of gains: these move
with train rows, which splits share more of. Holm's adjustment pays for every generator with every
group that gets rows, at the one dose that decides. A control is no candidate: its intervals are its
own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from synthcraft.report.summary import Contender, Quantity, Samples, Summary
from synthcraft.report.words import (
    clean,
    filled,
    group_name,
    heading,
    interval,
    listed,
    short,
    signed,
)
from synthcraft.spec.augmentation import label
from synthcraft.stats import (
    LEVEL,
    Estimate,
    NonInferiority,
    detectable,
    gain_ratio,
    holm,
    non_inferior,
    over_splits,
    p_value,
    paired,
)

NAMES = {
    "none": "nothing added",
    "majority_only": "other groups only",
    "minority_only": "these groups only",
    "weights": "weights",
    "duplication": "duplication",
    "smote_nc": "SMOTE-NC",
    "real": "real rows",
}
FEWER = ("majority_only", "minority_only")  # controls that leave real rows out
SIGNIFICANT = 1 - LEVEL
FEW_GROUPS = 3  # that are called by their names in the middle of a sentence
Kind = Literal["generator", "everyone", "control"]
Answer = Literal["gain", "loss", "ruled out", "open", "unknown"]
Doubt = Literal["shown", "not shown", "worse", "unknown"]


@dataclass(frozen=True)
class Design:
    """What the run asked of augmentation, as its journal tells it.

    ``endpoint`` decides: the measure and model, for everybody; ``margin`` is in its units.
    ``splits`` are those of the plan.
    """

    groups: tuple[str, ...]
    targets: tuple[str, ...]
    doses: tuple[float, ...]
    primary: float
    endpoint: Quantity
    margin: float
    splits: int

    @property
    def others(self) -> tuple[str, ...]:
        """The groups that get no rows."""
        return tuple(group for group in self.groups if group not in self.targets)

    def at(self, group: str) -> Quantity:
        """The endpoint in one group."""
        return replace(self.endpoint, group=group)


@dataclass(frozen=True)
class Treatment:
    """What models were trained on beside, or in place of, the train rows: a generator's or a
    control's rows. ``augmentation`` is how measures name what was added, empty where nothing was;
    ``label`` is the arm's name where it is another than its id (an ε that is no promise is marked).
    """

    arm: str
    kind: Kind
    augmentation: str = ""
    label: str = field(default="", compare=False)


NOTHING = Treatment("none", "control")
"""What all others are compared with: the train rows as they are."""


def named(treatment: Treatment) -> str:
    """What a treatment is called.

    >>> named(NOTHING), named(Treatment("arf", "everyone", "dose=100&to=everyone"))
    ('nothing added', 'arf, everyone')
    """
    if treatment.kind == "control":
        return NAMES.get(treatment.arm, short(treatment.arm))
    name = short(treatment.label or treatment.arm)
    return f"{name}, everyone" if treatment.kind == "everyone" else name


@dataclass(frozen=True)
class Effect:
    """What a treatment reaches in a quantity, and how much more that is than with nothing added.

    ``p`` is two-sided: adjusted over the family of comparisons where the treatment is in it, plain
    for all others.
    """

    value: Estimate | None
    change: Estimate | None
    p: float | None = None
    why: str = ""

    @property
    def detectable(self) -> float | None:
        """The smallest true change that would mostly be seen."""
        return None if self.change is None else detectable(self.change)

    def answer(self, margin: float) -> Answer:
        """Whether a gain, or a loss, is shown; if neither, whether one of the margin is ruled out.

        "ruled out": the interval ends below the margin, so there is no gain worth it; "open": it
        does not, so there are too few data to tell.
        """
        if self.change is None or self.change.low is None or self.change.high is None:
            return "unknown"
        if self.p is not None and self.p <= SIGNIFICANT:
            return "gain" if self.change.mean > 0 else "loss"
        return "ruled out" if self.change.high < margin else "open"


Gains = Mapping[tuple[Treatment, str], Effect]


@dataclass(frozen=True)
class Harm:
    """Whether a treatment spares every group that gets no rows.

    "shown": each group's loss lies under the margin, with its whole interval (intersection–union
    test: all must hold, so nothing is adjusted); "worse": some group's lies above it; "not shown"
    is no harm that was seen, but none that can be ruled out either. ``unjudged`` are groups without
    a value, of which nothing is said.
    """

    answer: Doubt
    losses: Mapping[str, NonInferiority]
    changes: Mapping[str, Estimate]
    unjudged: tuple[str, ...] = ()


def design_of(summary: Summary) -> Design | None:
    """The design of a run; None where nothing was to be augmented."""
    told = summary.run.header.get("augmentation")
    if not told:
        return None
    endpoint = told["endpoint"]
    return Design(
        groups=tuple(told["groups"]),
        targets=tuple(told["targets"]),
        doses=tuple(float(dose) for dose in told["doses"]),
        primary=float(told["primary"]),
        endpoint=Quantity(endpoint["metric"], endpoint["model"]),
        margin=float(told["margin"]),
        splits=summary.run.plan.splits,
    )


def treatments(summary: Summary, dose: float) -> tuple[Treatment, ...]:
    """All treatments at a dose: generators, what they add to everyone instead, controls."""
    arms = {contender.arm.id: contender.label for contender in summary.generators}
    wanted, everyone = label(dose), label(dose, everyone=True)
    return (
        *(Treatment(arm, "generator", wanted, name) for arm, name in arms.items()),
        *(
            Treatment(arm, "everyone", everyone, name)
            for arm, name in arms.items()
            if everyone in _doses(summary, arm)
        ),
        *(
            Treatment(arm, "control", wanted if wanted in _doses(summary, arm) else "")
            for arm in (contender.arm.id for contender in summary.controls)
        ),
    )


def _doses(summary: Summary, arm: str) -> frozenset[str]:
    """How an arm's measures name what was added."""
    return frozenset(
        q.augmentation for q in summary.measures.get(arm, {}) if q.metric.startswith("augmented.")
    )


def effect(summary: Summary, treatment: Treatment, quantity: Quantity) -> Effect:
    """What a treatment reaches in a quantity, and its difference to nothing added."""
    samples = _samples(summary, treatment, quantity)
    if not samples:
        return Effect(None, None, why=absence(summary, treatment, quantity))
    value = over_splits(samples, ratio=summary.ratio)
    if treatment == NOTHING:
        return Effect(value, None)
    change = difference(summary, treatment, NOTHING, quantity)
    return Effect(value, change, None if change is None else p_value(change))


def difference(
    summary: Summary, first: Treatment, second: Treatment, quantity: Quantity
) -> Estimate | None:
    """The paired difference ``first − second`` over the splits that both have; None without any."""
    one, other = (_samples(summary, t, quantity) for t in (first, second))
    return paired(one, other, ratio=ratio_of(summary)) if one.keys() & other.keys() else None


def ratio_of(summary: Summary) -> float:
    """The ratio that corrects intervals of gains for rows that splits share (stats.gain_ratio).

    Withheld rows count as learnt: the control "real" learns from them.
    """
    sizes = summary.run.splits
    rows = sum(size.train + size.holdout for size in sizes)
    aside = sum(size.augmentation.get("validation", 0) for size in sizes)
    learnt = sum(size.train for size in sizes) - aside
    return gain_ratio(holdout=sum(size.holdout for size in sizes), learnt=learnt, rows=rows)


def _samples(summary: Summary, treatment: Treatment, quantity: Quantity) -> Samples:
    return summary.samples(treatment.arm, replace(quantity, augmentation=treatment.augmentation))


def absence(summary: Summary, treatment: Treatment, quantity: Quantity) -> str:
    """Why a treatment has no value of a quantity."""
    wanted = replace(quantity, augmentation=treatment.augmentation)
    found = summary.measures.get(treatment.arm, {}).get(wanted, {})
    told = (m.reason for measures in found.values() for m in measures if m.status != "ok")
    trials = next((c for c in everybody(summary) if c.arm.id == treatment.arm), None)
    why = next(told, next(iter(trials.failures), "") if trials else "") or "not measured"
    return _worded(summary, why)


def _worded(summary: Summary, reason: str) -> str:
    """A reason with its groups in words."""
    for group in sorted(_groups(summary), key=len, reverse=True):
        reason = reason.replace(group, short_group(group))
    return clean(reason)


def _groups(summary: Summary) -> tuple[str, ...]:
    design = design_of(summary)
    return design.groups if design else ()


def everybody(summary: Summary) -> tuple[Contender, ...]:
    """Generators and controls."""
    return (*summary.generators, *summary.controls)


def gains(summary: Summary, design: Design) -> Gains:
    """The effect of each treatment on each target in the endpoint, at the dose that decides.

    Generators' p are adjusted over all of them and all targets (Holm 1979); controls', and those of
    rows for everyone, are not.
    """
    found = {
        (treatment, target): effect(summary, treatment, design.at(target))
        for treatment in treatments(summary, design.primary)
        for target in design.targets
    }
    family = {
        key: one.p for key, one in found.items() if key[0].kind == "generator" and one.p is not None
    }
    adjusted = holm(family)
    return {key: replace(one, p=adjusted.get(key, one.p)) for key, one in found.items()}


def harm(summary: Summary, design: Design, treatment: Treatment) -> Harm:
    """What a treatment does to the groups that get no rows, in the endpoint."""
    changes = {
        group: change
        for group in design.others
        if (change := difference(summary, treatment, NOTHING, design.at(group)))
    }
    losses = {group: non_inferior(_negative(c), design.margin) for group, c in changes.items()}
    unjudged = tuple(group for group in design.others if group not in changes)
    return Harm(_all_hold([loss.answer for loss in losses.values()]), losses, changes, unjudged)


def harms(summary: Summary, design: Design) -> dict[Treatment, Harm]:
    """What each generator does to the groups that get no rows."""
    there = (t for t in treatments(summary, design.primary) if t.kind == "generator")
    return {treatment: harm(summary, design, treatment) for treatment in there}


def _all_hold(answers: Sequence[Doubt]) -> Doubt:
    """The answer for several groups: shown where it is for all, worse where it is for any."""
    worst: tuple[Doubt, ...] = ("worse", "not shown", "unknown", "shown")
    return next((answer for answer in worst if answer in answers), "unknown")


def _negative(change: Estimate) -> Estimate:
    low, high = change.low, change.high
    return replace(
        change,
        mean=-change.mean,
        low=None if high is None else -high,
        high=None if low is None else -low,
    )


def failed_doses(summary: Summary, design: Design) -> Iterator[tuple[str, str, int, str]]:
    """Doses that an arm or control did not get: its name, the dose, in how many trials, and why."""
    for contender in everybody(summary):
        arm = contender.arm.id
        for name in sorted(_doses(summary, arm)):
            wanted = replace(design.endpoint, augmentation=name)
            found = summary.measures[arm].get(wanted, {})
            reasons = [m.reason for ms in found.values() for m in ms if m.status != "ok"]
            if reasons:
                yield arm, name, len(reasons), _worded(summary, reasons[0])


# Words ------------------------------------------------------------------------------------------


def short_group(group: str) -> str:
    """A group in words, shortened; crossed levels are joined as a spec joins them.

    >>> short_group("sex=female&site=A")
    'sex: female & site: A'
    """
    return short(" & ".join(group_name(level) for level in group.split("&")))


def groups_in_words(groups: Sequence[str]) -> str:
    """Groups as a phrase.

    >>> groups_in_words(["sex=female", "sex=male"])
    'sex: female and sex: male'
    """
    return listed([short_group(group) for group in groups])


def these(design: Design) -> str:
    """The target groups, by name where they are few."""
    few = len(design.targets) <= FEW_GROUPS
    return groups_in_words(design.targets) if few else "the target groups"


def splits_of(design: Design, change: Estimate) -> str:
    """On how many of the planned splits a difference rests; "" where on all."""
    return "" if change.splits >= design.splits else f"{change.splits} of {design.splits} splits"


def deciding(design: Design) -> str:
    """The deciding measure, with its model."""
    name, _, model = heading(design.endpoint)
    return f"{name} ({model})" if model else name


def changed(change: Estimate | None, *more: str) -> str:
    """A difference with its interval, and with what else is to be said of it.

    >>> changed(Estimate(0.031, 0.01, 0.01, 0.052, 3, 3))
    '+0.031 (0.010 to 0.052)'
    """
    if change is None:
        return "no value"
    bounds = "; ".join(filled(interval(change), *more))
    return f"{signed(change.mean)} ({bounds})" if bounds else signed(change.mean)
