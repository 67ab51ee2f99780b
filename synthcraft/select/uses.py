"""The use cases that selectors are compared on: those of ``conf/objective``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthcraft.objective import weights
from synthcraft.select.arena import FAMILIES, Worth
from synthcraft.spec.types import ObjectiveSpec


@dataclass(frozen=True)
class Use:
    """A use case: weights of fidelity, utility and privacy, and the most that a measure may be."""

    name: str
    weights: Worth
    limits: Mapping[str, float] = field(default_factory=dict)

    def shares(self, informative: Iterable[str]) -> Worth | None:
        """The weights, summing to 1 over the families that can be judged; None: too few can.

        >>> USES[0].shares(["fidelity", "utility"])
        (0.5, 0.5, 0.0)
        """
        objective = ObjectiveSpec(weights=dict(zip(FAMILIES, self.weights, strict=True)))
        found = weights(objective, informative)
        fidelity, utility, privacy = (found.get(family, 0.0) for family in FAMILIES)
        return (fidelity, utility, privacy) if found else None


USES = (
    Use("data_access", (3, 3, 4), {"dcr_share": 0.05, "exact_match_rate": 0.01}),
    Use("augmentation", (2, 8, 0)),
    Use("model_development", (2, 6, 2), {"exact_match_rate": 0.05}),
    Use("dp_release", (5, 5, 0), {"dcr_share": 0.02, "exact_match_rate": 0.005}),
)
"""The use cases of conf/objective."""
