"""Parameters of the baseline policies."""

from typing import Annotated, Literal

from pydantic import Field

from synthcraft.catalogue import SelectorParams


class BaselineParams(SelectorParams):
    """Parameters of every baseline."""

    prior: str = Field(
        "bundled",
        min_length=1,
        description="What predicts seconds before the first pull: bundled (learned from the "
        "recorded table that comes with SynthCraft), none, or the path of a recorded table.",
    )


class SweepParams(BaselineParams):
    """Parameters of ``sweep``."""

    repeats: int = Field(3, ge=1, le=100, description="On how many splits every arm is pulled.")


class UniformParams(BaselineParams):
    """Parameters of ``uniform``."""

    order: Literal["cheap", "random"] = Field(
        "cheap", description="In which order a lap takes the arms: by predicted seconds, or drawn."
    )


class HalvingParams(BaselineParams):
    """Parameters of ``successive_halving``."""

    rungs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.11, 0.33, 1.0),
        min_length=1,
        description=SelectorParams.model_fields["rungs"].description,
    )
    eta: float = Field(3.0, gt=1, le=10, description="Each round keeps one arm in so many.")


class UcbEParams(BaselineParams):
    """Parameters of ``ucb_e``."""

    a: float = Field(
        0.01, gt=0, le=10, description="Exploration: the bonus of an arm is √(a ÷ its pulls)."
    )


class MaxUcbParams(BaselineParams):
    """Parameters of ``max_ucb``."""

    alpha: float = Field(
        0.5, gt=0, le=10, description="Exploration: the bonus is (α · ln pulls ÷ its pulls)²."
    )


class TpeParams(BaselineParams):
    """Parameters of ``optuna_tpe``."""

    startup: int = Field(5, ge=0, le=100, description="Pulls that are drawn before TPE chooses.")


class TttsParams(BaselineParams):
    """Parameters of ``ttts``."""

    rungs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.11, 0.33, 1.0),
        min_length=1,
        description=SelectorParams.model_fields["rungs"].description,
    )
    beta: float = Field(
        0.5, gt=0, le=1, description="How often the leader is pulled, and not its challenger."
    )
    kappa: float = Field(
        1.5, gt=0, description="Factor of the prior's covariances: above 1, it is trusted less."
    )
    noise_scale: float = Field(1.3, gt=0, description="Factor of the recorded noise variances.")
