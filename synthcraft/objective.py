"""One score in [0, 1] of a generator for a declared use, from its calibrated measures.

Each family's endpoint enters by its place on the calibrated scale: fidelity and utility as they
are, privacy as 1 − risk. This is the only place where a calibrated value is clipped to [0, 1]. The
score is their weighted mean, so it never falls when a measure gets better.

A family that is not informative on the data is left out for every generator, and the other weights
fill its place; where less than half of the declared weight would remain there is no score. A
generator that has no value for a family that others have has no score either: a failure must not
pay. A violated constraint makes the score 0; one that cannot be judged leaves none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synthcraft.spec.types import ConstraintSpec, ObjectiveSpec

LEAST_WEIGHT = 0.5
ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "fidelity": (
        *("contingency_similarity", "correlation_similarity"),
        *("tv_complement", "ks_complement"),
    ),
    "utility": ("augmented.targets", "tstr.auroc", "tstr.r2", "tstr.harrell_c"),
    "privacy": (
        *("dcr_share", "exact_match_rate", "mia_domias"),
        *("singling_out", "linkability", "attribute_inference"),
    ),
}
"""The measures that may decide in a family whose endpoint is not declared, the usual one first.

What targets gain is measured only where a policy chooses by augmentation.
"""


@dataclass(frozen=True)
class Judgement:
    """What an objective makes of one generator.

    ``score`` is in [0, 1]: 0 where a constraint is violated, None where there is none, and ``why``
    then says so. ``violated`` and ``unjudged`` are labels of constraints.
    """

    score: float | None
    violated: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    why: str = ""

    @property
    def feasible(self) -> bool:
        """Whether every constraint is known to hold."""
        return not self.violated and not self.unjudged


def weights(objective: ObjectiveSpec, families: Iterable[str]) -> dict[str, float]:
    """The weights of the families that can be judged, summing to 1; empty when too little is left.

    >>> weights(ObjectiveSpec(weights={"privacy": 2}), ["fidelity", "privacy"])
    {'fidelity': 0.3333333333333333, 'privacy': 0.6666666666666666}
    >>> weights(ObjectiveSpec(weights={"privacy": 3}), ["fidelity", "utility"])
    {}
    """
    declared = {family: weight for family, weight in objective.weights if weight > 0}
    judged = set(families)
    left = {family: weight for family, weight in declared.items() if family in judged}
    total = sum(left.values())
    if not total or total < LEAST_WEIGHT * sum(declared.values()):
        return {}
    return {family: weight / total for family, weight in left.items()}


def worth(family: str, calibrated: float) -> float:
    """What a calibrated value is worth, from 0 to 1: a risk counts from the other end.

    >>> worth("fidelity", 1.2), worth("privacy", 0.25), worth("privacy", -0.1)
    (1.0, 0.75, 1.0)
    """
    clipped = min(1.0, max(0.0, calibrated))
    return 1.0 - clipped if family == "privacy" else clipped


def score(calibrated: Mapping[str, float | None], objective: ObjectiveSpec) -> float | None:
    """The weighted mean worth of calibrated values by family; None where there is none.

    ``calibrated`` lacks the families that are not informative on the data, and holds None where
    this generator has no value.

    >>> round(score({"fidelity": 0.8, "utility": 0.6, "privacy": 0.1}, ObjectiveSpec()), 3)
    0.767
    >>> score({"fidelity": 0.8, "utility": 0.6}, ObjectiveSpec())  # privacy: not informative
    0.7
    >>> score({"fidelity": 0.8, "utility": None}, ObjectiveSpec()) is None  # failed
    True
    """
    total = 0.0
    share = weights(objective, calibrated)
    for family, weight in share.items():
        value = calibrated[family]
        if value is None:
            return None
        total += weight * worth(family, value)
    return min(1.0, total) if share else None


def keeps(value: float | None, constraint: ConstraintSpec) -> bool | None:
    """Whether a mean keeps a limit; None where there is no mean to judge by.

    >>> keeps(0.1, ConstraintSpec(measure="dcr_share", at_most=0.05))
    False
    """
    if value is None:
        return None
    low, high = constraint.at_least, constraint.at_most
    return (low is None or value >= low) and (high is None or value <= high)


def judge(
    calibrated: Mapping[str, float | None],
    means: Mapping[str, float | None],
    objective: ObjectiveSpec,
) -> Judgement:
    """The score of one generator and the constraints that stand in its way.

    ``calibrated`` is as in ``score``; ``means`` holds the mean of each constraint's measure.

    >>> limits = {"copies": {"measure": "dcr_share", "at_most": 0.05}}
    >>> objective = ObjectiveSpec(constraints=limits)
    >>> judge({"fidelity": 0.8, "utility": 0.6}, {"dcr_share": 0.2}, objective)
    Judgement(score=0.0, violated=('copies',), unjudged=(), why='')
    """
    answers = {name: keeps(means.get(c.measure), c) for name, c in objective.constraints.items()}
    violated = tuple(name for name, kept in answers.items() if kept is False)
    unjudged = tuple(name for name, kept in answers.items() if kept is None)
    if violated:
        return Judgement(0.0, violated, unjudged)
    if unjudged:
        return Judgement(None, (), unjudged, "a constraint cannot be judged")
    if not weights(objective, calibrated):
        why = "less than half of the weight lies on families that are informative on these data"
        return Judgement(None, why=why)
    found = score(calibrated, objective)
    return Judgement(found, why="" if found is not None else "a family has no value")
