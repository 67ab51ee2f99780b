"""Parameters of the baseline policies."""

from typing import Annotated, Literal

from pydantic import Field

from synthcraft.catalogue import SelectorParams


class SweepParams(SelectorParams):
    """Parameters of ``sweep``."""

    repeats: int = Field(3, ge=1, le=100, description="On how many splits every arm is pulled.")


class UniformParams(SelectorParams):
    """Parameters of ``uniform``."""

    order: Literal["cheap", "random"] = Field(
        "cheap", description="In which order a lap takes the arms: by predicted seconds, or drawn."
    )


class HalvingParams(SelectorParams):
    """Parameters of ``successive_halving``."""

    rungs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.11, 0.33, 1.0),
        min_length=1,
        description=SelectorParams.model_fields["rungs"].description,
    )
    eta: float = Field(3.0, gt=1, le=10, description="Each round keeps one arm in so many.")


class UcbEParams(SelectorParams):
    """Parameters of ``ucb_e``."""

    a: float = Field(
        0.01, gt=0, le=10, description="Exploration: the bonus of an arm is √(a ÷ its pulls)."
    )


class MaxUcbParams(SelectorParams):
    """Parameters of ``max_ucb``."""

    alpha: float = Field(
        0.5, gt=0, le=10, description="Exploration: the bonus is (α · ln pulls ÷ its pulls)²."
    )


class TpeParams(SelectorParams):
    """Parameters of ``optuna_tpe``."""

    startup: int = Field(5, ge=0, le=100, description="Pulls that are drawn before TPE chooses.")
