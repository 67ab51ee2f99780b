"""Who was best on the recorded tables: the recommendation that costs nothing."""

from dataclasses import dataclass

import numpy as np

from synthcraft.select.arena import Arena, Decision, Pull
from synthcraft.select.belief import believe
from synthcraft.select.policies.params import BaselineParams
from synthcraft.select.prior import Prior, load


@dataclass(frozen=True)
class Ranking:
    """Arms from best to worst by what was recorded of them."""

    arms: tuple[int, ...]


class BestOnAverage:
    """Recommends by recorded means at full effort, weighted for the use, and pulls nothing.

    ``prior`` replaces the one that the params name.
    """

    def __init__(self, *, params: BaselineParams, prior: Prior | None = None) -> None:
        self.params = params
        self.prior = prior

    def start(self, arena: Arena, *, seed: int) -> Ranking:  # noqa: ARG002
        """The ranking, which nothing will change."""
        prior = load(self.params.prior) if self.prior is None else self.prior
        mean, _ = believe(arena, prior).weighted(arena.weights)
        tops = [c for c, candidate in enumerate(arena.candidates) if candidate.top]
        order = np.argsort(-mean[tops], kind="stable")
        return Ranking(tuple(arena.candidates[tops[i]].arm for i in order))

    def tell(self, state: Ranking, pull: Pull) -> Ranking:  # noqa: ARG002
        """The same ranking."""
        return state

    def ask(self, state: Ranking, *, batch: int = 1) -> Decision:  # noqa: ARG002
        """No pull."""
        best, second, *_ = (*state.arms[:2], None)
        return Decision(best=best, second=second)
