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
        8, gt=0, le=4096, description="Largest size of the model's junction tree, in MiB."
    )
    steps: int = Field(1000, ge=50, le=20000, description=STEPS)
