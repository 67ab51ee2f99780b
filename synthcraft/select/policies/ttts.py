"""Top-two Thompson sampling on the belief of ``kg``: the same knowledge, another exploration."""

from dataclasses import dataclass

import numpy as np

from synthcraft.select.arena import Arena, Decision, Pull
from synthcraft.select.belief import Belief, believe
from synthcraft.select.policies.params import TttsParams
from synthcraft.select.policies.tally import Floats, Ints, Tally, begin
from synthcraft.select.prior import Prior, load

DRAWS = 100  # in which a challenger is looked for


@dataclass(frozen=True, eq=False)
class Believed:
    """A tally, and what is believed after its pulls."""

    tally: Tally
    belief: Belief

    def promised(self, candidate: int) -> "Believed":
        """As if a pull had been started."""
        split = int(self.tally.taken[candidate])
        return Believed(self.tally.promised(candidate), self.belief.foreseen(candidate, split))


class Ttts:
    """Draws a leader, or a challenger of it, from the belief, and pulls it at the best effort.

    Russo (2020, Operations Research, 68(6), 1625–1647). Among the efforts of the drawn arm it takes
    the one that tells most of the full effort per √second. ``prior`` replaces the one that the
    params name.
    """

    def __init__(self, *, params: TttsParams, prior: Prior | None = None) -> None:
        self.params = params
        self.prior = prior

    def start(self, arena: Arena, *, seed: int) -> Believed:
        """What the prior believes."""
        prior = load(self.params.prior) if self.prior is None else self.prior
        kappa, noise_scale = self.params.kappa, self.params.noise_scale
        belief = believe(arena, prior, kappa=kappa, noise_scale=noise_scale)
        return Believed(begin(arena, prior, seed=seed), belief)

    def tell(self, state: Believed, pull: Pull) -> Believed:
        """What is believed with this pull."""
        return Believed(state.tally.told(pull), state.belief.told(pull))

    def ask(self, state: Believed, *, batch: int = 1) -> Decision:
        """Up to ``batch`` pulls; recommended are the arms that are believed to be best."""
        chosen: list[tuple[int, int]] = []
        ahead = state
        while len(chosen) < batch and (candidate := self.pick(ahead)) is not None:
            chosen.append((candidate, int(ahead.tally.taken[candidate])))
            ahead = ahead.promised(candidate)
        best, second, *_ = (*_ranking(state)[:2], None, None)
        return Decision(tuple(chosen), best=best, second=second)

    def pick(self, state: Believed) -> int | None:
        """The candidate to pull next; None where none is open."""
        tally = state.tally
        able = np.flatnonzero(tally.open())
        if not len(able):
            return None
        arms = np.unique(tally.arms[able])
        arm = self._drawn(state, arms, tally.stream())
        own = able[tally.arms[able] == arm]
        return int(own[np.argmax(_told_per_second(state, own, tally.tops[arm]))])

    def _drawn(self, state: Believed, arms: Ints, stream: np.random.Generator) -> int:
        """The best arm of a draw, or with probability 1 − β that of a draw with another one."""
        tops = state.tally.tops[arms]
        mean, cov = state.belief.weighted(state.tally.arena.weights)
        within = cov[np.ix_(tops, tops)]
        draws = stream.multivariate_normal(mean[tops], within, size=DRAWS, method="eigh")
        leaders = draws.argmax(axis=1)
        others = leaders[leaders != leaders[0]]
        leads = stream.random() < self.params.beta or not len(others)
        return int(arms[leaders[0] if leads else others[0]])


def _told_per_second(state: Believed, candidates: Ints, top: int) -> Floats:
    """By how much a pull's candidate would lower the variance of the full effort, per √second."""
    tally, belief = state.tally, state.belief
    share = np.array(tally.arena.weights)
    _, cov = belief.weighted(tally.arena.weights)
    splits = belief.candidates + tally.taken[candidates]
    with_top = cov[top, candidates] + cov[top, splits]
    own = cov[candidates, candidates] + 2 * cov[candidates, splits] + cov[splits, splits]
    noise = share**2 @ belief.noise[:, candidates]
    told: Floats = with_top**2 / (own + noise) / np.sqrt(tally.costs.seconds[candidates])
    return told


def _ranking(state: Believed) -> tuple[int, ...]:
    """Arms that work and keep the constraints, from the highest believed worth to the lowest."""
    tally = state.tally
    mean, _ = state.belief.weighted(tally.arena.weights)
    able = [c for c in tally.tops if tally.keeps[c] and not tally.masked[tally.arms[c]]]
    return tuple(int(tally.arms[c]) for c in sorted(able, key=lambda c: -mean[c]))
