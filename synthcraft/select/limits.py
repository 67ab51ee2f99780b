"""How probable it is that an arm keeps its constraints, from the slacks of its pulls."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from synthcraft.select.arena import Arena, Pull

Floats = NDArray[np.float64]

# A slack's standard deviation while arms were pulled once, as a share of the slacks' root mean
# square: that of dcr_share's excess over the splits of the recorded tables (0.6 to 1.0 on each).
SCATTER = 0.8
WEIGHT = 2.0  # pulls that this share weighs as much as


@dataclass(frozen=True, eq=False)
class Limits:
    """Sums over the pulls of each arm: weights (arms), slacks and their squares (arms × limits).

    A pull weighs as much as its training effort: what a generator does at a third of its effort
    tells less of what it does in full.
    """

    weight: Floats
    total: Floats
    squares: Floats

    @classmethod
    def of(cls, arena: Arena) -> "Limits":
        """Before the first pull."""
        none = np.zeros((len(arena.names), arena.limits))
        return cls(none.sum(axis=1), none, none)

    def told(self, arena: Arena, pull: Pull) -> "Limits":
        """With one more pull; an unknown slack counts as 0, neither kept nor violated."""
        if not arena.limits or pull.worth is None:
            return self
        candidate = arena.candidates[pull.candidate]
        slack = np.nan_to_num(np.array(pull.slacks, dtype=float))
        one = np.eye(len(self.weight))[candidate.arm] * candidate.rung
        return replace(
            self,
            weight=self.weight + one,
            total=self.total + np.outer(one, slack),
            squares=self.squares + np.outer(one, slack**2),
        )

    def kept(self) -> Floats:
        """The probability that each arm keeps all limits (arms), 1 where there are none.

        An arm that was not pulled is as probable to keep them as those that were, and one more that
        does.

        >>> from synthcraft.select.arena import Candidate
        >>> arena = Arena(("a", "b", "c"), ("x",) * 3, ("y",) * 3, (Candidate(0), Candidate(1)),
        ...               splits=2, weights=(1, 0, 0), limits=1)
        >>> limits = Limits.of(arena).told(arena, Pull(0, 0, 1.0, (1, 1, 1), slacks=(0.2,)))
        >>> limits.told(arena, Pull(1, 0, 1.0, (1, 1, 1), slacks=(-0.2,))).kept().round(2)
        array([0.89, 0.11, 0.67])
        """
        pulled, odds = self.weight > 0, self.odds().prod(axis=1)
        others = (odds[pulled].sum() + 1) / (pulled.sum() + 1)
        return np.where(pulled | (not self.total.shape[1]), odds, others)

    def odds(self) -> Floats:
        """The probability that each arm keeps each limit (arms × limits); ½ before its first pull.

        A slack is normal around its arm's mean, with the scatter of pulls within arms.
        """
        pulled = self.weight > 0
        weight = np.maximum(self.weight, 1e-9)[:, None]
        mean = self.total / weight
        size = self.squares.sum(axis=0) / max(self.weight.sum(), 1e-9)
        within = (self.squares - weight * mean**2).sum(axis=0)
        free = max(0.0, float(self.weight.sum() - pulled.sum()))
        scatter = (np.maximum(within, 0) + WEIGHT * SCATTER**2 * size) / (free + WEIGHT)
        odds: Floats = ndtr(mean / np.sqrt(np.maximum(scatter, 1e-18) / weight))
        return odds
