"""Successive halving: everyone a little at first, then more effort for those that remain."""

import math

import numpy as np

from synthcraft.select.policies.params import HalvingParams
from synthcraft.select.policies.tally import Baseline, Ints, Tally, lap


class SuccessiveHalving(Baseline[HalvingParams]):
    """Rounds of equal shares of the budget; each keeps the best 1/η of its arms for the next rung.

    Karnin, Koren & Somekh (2013, ICML, 28(3), 1238–1246) with the rungs of Jamieson & Talwalkar
    (2016, AISTATS, 240–248). A round goes on until its share of the seconds (or pulls) is gone and
    every arm in it was pulled once. An arm without the round's rung is pulled at its next higher
    one. Who is kept follows from all that was seen so far, so that a later pull can bring an arm
    back.
    """

    def pick(self, tally: Tally) -> int | None:
        """The next arm of the present round; of a later one where that is over."""
        rungs = np.unique(tally.rungs)
        arms = np.unique(tally.arms)
        rounds = max(len(rungs), math.ceil(math.log(len(arms), self.params.eta)), 1)
        now = int(rounds * _share(tally))
        for number in range(rounds):
            group = _at(tally, arms, rungs[min(number, len(rungs) - 1)])
            waiting = group[tally.taken[group] == 0]
            found = lap(tally, waiting)
            if found is None and now <= number:
                found = lap(tally, group)
            if found is not None:
                return found
            kept = math.ceil(len(arms) / self.params.eta)
            arms = tally.arms[group[np.argsort(-tally.means[group], kind="stable")[:kept]]]
        return None


def _share(tally: Tally) -> float:
    """How much of the budget is gone, from 0 to 1; 1 where there is none."""
    arena = tally.arena
    gone = [tally.spent / arena.seconds] if arena.seconds else []
    gone += [float(tally.taken.sum()) / arena.pulls] if arena.pulls else []
    return min(1.0, max(gone, default=1.0))


def _at(tally: Tally, arms: Ints, rung: float) -> Ints:
    """The candidate of each arm with the least effort that is not below the rung."""
    able = [np.flatnonzero((tally.arms == arm) & (tally.rungs >= rung)) for arm in arms]
    return np.array([own[np.argmin(tally.rungs[own])] for own in able], dtype=np.int64)
