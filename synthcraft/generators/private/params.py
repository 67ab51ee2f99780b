"""Parameters of our private generators."""

from pydantic import Field

from synthcraft.catalogue import Params

STEPS = "Steps of mirror descent that fit the final model to the noisy counts."


class MstParams(Params):
    """Maximum spanning tree."""

    steps: int = Field(1000, ge=50, le=20000, description=STEPS)


class AimParams(Params):
    """Adaptive and iterative mechanism."""

    degree: int = Field(2, ge=2, le=3, description="Most columns of one measured marginal.")
    rounds: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Rounds that the first noise level is planned for; 16 per column when absent. "
        "Fewer measured marginals come out, as noise falls where a round taught little.",
    )
    max_cells: int = Field(10_000, ge=4, le=1_000_000, description="Most cells of one marginal.")
    max_model_mb: float = Field(
        1, gt=0, le=4096, description="Largest size of the model's junction tree, in MiB."
    )
    steps: int = Field(1000, ge=50, le=20000, description=STEPS)


class DpArParams(Params):
    """Autoregressive network trained by DP-SGD."""

    steps: int = Field(
        300, ge=1, le=100_000, description="Training steps, each on a fresh Poisson sample."
    )
    batch: int = Field(
        2048,
        ge=1,
        le=16_384,
        description="Expected persons in a step's sample; privacy.rows makes a sampling rate of "
        "it, and each person is drawn on their own.",
    )
    clip: float = Field(
        1.0, gt=0, le=1000, description="Largest norm of one person's gradient in a step."
    )
    width: int = Field(64, ge=1, le=4096, description="Hidden units.")
    lr: float = Field(
        0.06, gt=0, le=1, description="First learning rate of Adam; it falls in a line to 0."
    )
