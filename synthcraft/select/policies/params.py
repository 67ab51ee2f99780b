"""Parameters of the baseline policies."""

from typing import Literal

from pydantic import Field

from synthcraft.catalogue import SelectorParams


class UniformParams(SelectorParams):
    """Parameters of ``uniform``."""

    order: Literal["cheap", "random"] = Field(
        "cheap", description="In which order a lap takes the arms: by predicted seconds, or drawn."
    )
