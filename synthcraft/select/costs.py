"""How long a pull will take: learned from recorded runs and from this one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthcraft.select.arena import Arena, Pull
from synthcraft.select.prior import Prior

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Costs:
    """A belief on the log seconds of every candidate."""

    @property
    def seconds(self) -> Floats:
        """Predicted seconds of a pull of each candidate (medians)."""
        raise NotImplementedError

    def told(self, pull: Pull) -> "Costs":
        """The belief once a pull has ended."""
        raise NotImplementedError


def expect(arena: Arena, prior: Prior) -> Costs:
    """The belief before the first pull."""
    raise NotImplementedError
