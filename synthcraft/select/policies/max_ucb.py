"""MaxUCB: upper confidence bounds of the best pull instead of the mean one."""

import numpy as np

from synthcraft.select.policies.params import MaxUcbParams
from synthcraft.select.policies.tally import Baseline, Floats, Tally, highest


class MaxUcb(Baseline[MaxUcbParams]):
    """The arm with the highest best worth + (α · ln t ÷ pulls)², at full effort, t pulls in all.

    Balef, Vernade & Eggensperger (2025, NeurIPS, arXiv:2505.05226). It looks for the best single
    pull, as one does who tunes; what is recommended goes by means here as with every policy.
    """

    def pick(self, tally: Tally) -> int | None:
        """The arm with the highest bound; each of them once at first."""
        taken = np.maximum(tally.taken, 1)
        bonus = (self.params.alpha * np.log(max(1, tally.taken.sum())) / taken) ** 2
        return highest(tally, tally.tops, _peaks(tally) + bonus)


def _peaks(tally: Tally) -> Floats:
    """The best worth seen of each candidate; 0 where it violates a constraint on average."""
    peaks = np.zeros(len(tally.taken))
    for pull in tally.pulls:
        peaks[pull.candidate] = max(peaks[pull.candidate], tally.value(pull))
    return peaks * tally.keeps
