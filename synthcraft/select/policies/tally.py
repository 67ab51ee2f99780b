"""What the baseline policies keep of an episode: counts and sums of each candidate.

A baseline is a rule ``pick`` on a tally. Everything that all of them must honour is here: the
common order of splits, the budget, the two failures that mask an arm, what is recommended.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthcraft.select.arena import FAILURES, Arena, Decision, Pull
from synthcraft.select.costs import Costs, expect
from synthcraft.select.counts import plus
from synthcraft.select.policies.params import BaselineParams
from synthcraft.select.prior import Prior, load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
P = TypeVar("P", bound=BaselineParams)


@dataclass(frozen=True, eq=False)
class Tally:
    """An episode so far; its arrays are never written to.

    By candidate: ``taken`` pulls (promised and failed ones included), of these ``seen`` with a
    worth, ``total`` of their weighted worths and ``slacks`` (sums, candidates × limits). By arm:
    ``failures``. ``pulls`` are those that ended, in their order; ``spent`` includes promised
    seconds.
    """

    arena: Arena
    seed: int
    arms: Ints
    rungs: Floats
    taken: Ints
    seen: Ints
    total: Floats
    slacks: Floats
    failures: Ints
    costs: Costs
    pulls: tuple[Pull, ...] = ()
    spent: float = 0.0

    @property
    def tops(self) -> Ints:
        """The candidate of each arm at full effort, in the order of the arms."""
        tops = np.flatnonzero(self.rungs == 1)
        ordered: Ints = tops[np.argsort(self.arms[tops])]
        return ordered

    @property
    def means(self) -> Floats:
        """The mean weighted worth of each candidate, in [0, 1]; −∞ where nothing was seen.

        It is 0 where a constraint is violated on average.
        """
        means = np.full(len(self.total), -np.inf)
        np.divide(self.total * self.keeps, self.seen, out=means, where=self.seen > 0)
        return means

    @property
    def keeps(self) -> Bools:
        """Which candidates keep every constraint on average, as far as was seen."""
        keeps: Bools = np.all(self.slacks >= 0, axis=1)
        return keeps

    @property
    def masked(self) -> Bools:
        """Which arms have failed too often to be pulled or recommended."""
        masked: Bools = self.failures >= FAILURES
        return masked

    def stream(self) -> np.random.Generator:
        """The random numbers of the next choice."""
        return np.random.default_rng([self.seed, int(self.taken.sum())])

    def open(self) -> Bools:
        """Which candidates can be pulled: a split is left, the arm works, the budget suffices."""
        arena = self.arena
        free = (self.taken < arena.splits) & ~self.masked[self.arms]
        if arena.pulls is not None and self.taken.sum() >= arena.pulls:
            free &= False
        if arena.seconds is not None:
            left = arena.seconds - self.spent
            free &= (self.costs.seconds <= left) & (left > 0)
        return free

    def value(self, pull: Pull) -> float:
        """The weighted worth of a pull, 0 where it failed."""
        return 0.0 if pull.worth is None else float(np.dot(pull.worth, self.arena.weights))

    def told(self, pull: Pull) -> "Tally":
        """The tally once a pull has ended."""
        c, arm = pull.candidate, self.arms[pull.candidate]
        done = replace(
            self,
            taken=plus(self.taken, c),
            costs=self.costs.told(pull),
            pulls=(*self.pulls, pull),
            spent=self.spent + pull.seconds,
        )
        if pull.worth is None:
            return replace(done, failures=plus(self.failures, arm))
        value = self.value(pull)
        return replace(
            done,
            seen=plus(self.seen, c),
            total=plus(self.total, c, value),
            slacks=plus(self.slacks, c, np.asarray(pull.slacks)),
        )

    def promised(self, candidate: int) -> "Tally":
        """The tally as if a pull had been started: its split and predicted seconds are gone."""
        spent = self.spent + float(self.costs.seconds[candidate])
        return replace(self, taken=plus(self.taken, candidate), spent=spent)

    def ranking(self) -> tuple[int, ...]:
        """Arms from best to worst by what was seen of them: higher efforts first, then the mean.

        An arm is judged by the highest effort seen of it; those that are masked, were never seen,
        or violate a constraint on average are left out.
        """
        means, works = self.means, self.keeps & ~self.masked[self.arms]
        judged = {self.arms[c]: c for c in np.argsort(self.rungs, kind="stable") if self.seen[c]}
        able = [(-self.rungs[c], -means[c], int(arm)) for arm, c in judged.items() if works[c]]
        return tuple(arm for *_, arm in sorted(able))


def begin(arena: Arena, prior: Prior, *, seed: int) -> Tally:
    """A tally of nothing."""
    none = np.zeros(len(arena.candidates), dtype=np.int64)
    return Tally(
        arena=arena,
        seed=seed,
        arms=np.array([c.arm for c in arena.candidates], dtype=np.int64),
        rungs=np.array([c.rung for c in arena.candidates]),
        taken=none,
        seen=none,
        total=none.astype(float),
        slacks=np.zeros((len(none), arena.limits)),
        failures=np.zeros(len(arena.names), dtype=np.int64),
        costs=expect(arena, prior),
    )


class Baseline(ABC, Generic[P]):
    """A policy that picks one candidate after the other from a tally.

    ``prior`` replaces the one that the params name.
    """

    def __init__(self, *, params: P, prior: Prior | None = None) -> None:
        self.params = params
        self.prior = prior

    @abstractmethod
    def pick(self, tally: Tally) -> int | None:
        """The candidate to pull next, among the open ones; None to stop."""

    def start(self, arena: Arena, *, seed: int) -> Tally:
        """A tally of nothing."""
        return begin(
            arena, load(self.params.prior) if self.prior is None else self.prior, seed=seed
        )

    def tell(self, state: Tally, pull: Pull) -> Tally:
        """The tally with this pull."""
        return state.told(pull)

    def ask(self, state: Tally, *, batch: int = 1) -> Decision:
        """Up to ``batch`` picks, each as if those before it had been started."""
        chosen: list[tuple[int, int]] = []
        ahead = state
        while len(chosen) < batch and (candidate := self.pick(ahead)) is not None:
            chosen.append((candidate, int(ahead.taken[candidate])))
            ahead = ahead.promised(candidate)
        best, second, *_ = (*state.ranking()[:2], None, None)
        return Decision(tuple(chosen), best=best, second=second)


def lap(tally: Tally, candidates: Ints) -> int | None:
    """The open one of these that was pulled least often, the cheaper first; None: none is open."""
    able = candidates[tally.open()[candidates]]
    if not len(able):
        return None
    return int(able[np.lexsort((tally.costs.seconds[able], tally.taken[able]))[0]])


def highest(tally: Tally, candidates: Ints, index: Floats) -> int | None:
    """The open one of these with the highest index; those never pulled come first, cheap first."""
    able = candidates[tally.open()[candidates]]
    if not len(able):
        return None
    new = able[tally.taken[able] == 0]
    return lap(tally, new) if len(new) else int(able[np.argmax(index[able])])
