"""Parameters of the selector ``kg``, light to read."""

from typing import Annotated

from pydantic import Field

from synthcraft.catalogue import SelectorParams


class KgParams(SelectorParams):
    """Parameters of ``kg``: its belief, its exploration and when it stops."""

    rungs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.11, 0.33, 1.0),
        min_length=1,
        description=SelectorParams.model_fields["rungs"].description,
    )
    prior: str = Field(
        "bundled",
        min_length=1,
        description="What is believed before the first pull: bundled (learned from the recorded "
        "table that comes with SynthCraft), none, or the path of a recorded table.",
    )
    kappa: float = Field(
        1.5, gt=0, description="Factor of the prior's covariances: above 1, it is trusted less."
    )
    noise_scale: float = Field(1.3, gt=0, description="Factor of the recorded noise variances.")
    gamma: float = Field(
        0.5, ge=0, description="Exponent of the seconds that a gain is divided by; 0 ignores time."
    )
    tau: float = Field(
        0,
        ge=0,
        description="Temperature of the choice among candidates, as a share of the best gain per "
        "second; 0 always takes the best.",
    )
    floor: float = Field(
        0.1, ge=0, le=1, description="Share of the pulls that follow successive halving."
    )
    reserve: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Share of the budget kept to replicate the two best at full effort until each "
        "was pulled three times; 0: no replication.",
    )
    price: float = Field(
        0, ge=0, description="Worth that a second must promise to bring; below it, choosing ends."
    )
    delta: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Accepted probability that the recommended arm is more than 0.01 below the "
        "best, or that it violates a constraint.",
    )
