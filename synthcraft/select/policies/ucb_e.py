"""UCB-E: upper confidence bounds whose exploration does not fall with time."""

import numpy as np

from synthcraft.select.policies.params import UcbEParams
from synthcraft.select.policies.tally import Baseline, Tally, highest


class UcbE(Baseline[UcbEParams]):
    """The arm with the highest mean + √(a ÷ pulls), at full effort.

    Audibert, Bubeck & Munos (2010, COLT, 41–53).
    """

    def pick(self, tally: Tally) -> int | None:
        """The arm with the highest bound; each of them once at first."""
        bonus = np.sqrt(self.params.a / np.maximum(tally.taken, 1))
        return highest(tally, tally.tops, tally.means + bonus)
