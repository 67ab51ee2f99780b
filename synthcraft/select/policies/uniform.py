"""Every arm equally often, at full effort: the baseline that is always reported."""

import numpy as np

from synthcraft.select.policies.params import UniformParams
from synthcraft.select.policies.tally import Baseline, Tally, lap


class Uniform(Baseline[UniformParams]):
    """Laps over the arms at full effort; within a lap the cheap ones first, or in a drawn order.

    Where the budget no longer allows an arm, the laps go on without it.

    >>> from synthcraft.select.arena import Arena, Candidate
    >>> arena = Arena(("a", "b"), ("arf", "ctgan"), ("tree", "gan"),
    ...               (Candidate(0), Candidate(1)), splits=3, weights=(0.5, 0.5, 0), pulls=3)
    >>> policy = Uniform(params=UniformParams())
    >>> policy.ask(policy.start(arena, seed=0), batch=5).pulls
    ((0, 0), (1, 0), (0, 1))
    """

    def pick(self, tally: Tally) -> int | None:
        """The next arm of the lap."""
        if self.params.order == "cheap":
            return lap(tally, tally.tops)
        drawn = np.random.default_rng(tally.seed).permutation(tally.tops)
        able = drawn[tally.open()[drawn]]
        return int(able[np.argmin(tally.taken[able])]) if len(able) else None
