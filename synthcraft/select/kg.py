"""The default policy: the knowledge gradient per second, on a hierarchical belief.

Every candidate is valued by what one, two or four pulls of it are expected to add to the worth of
the arm that would be recommended (one pull alone can be worth nothing under noise: Frazier and
Powell 2010, Decision Analysis 7:378–403), divided by a power of their seconds. A share of the
pulls follows successive halving instead (Karnin, Koren and Somekh 2013), so that a wrong prior is
found out, and a share of the budget replicates the two best. Choosing ends when the recommended
arm is probably within 0.01 of the best, when nothing is affordable, or when nothing is worth its
price.

Learned from recorded runs: levels of arms, how alike arms, efforts and splits are, noise, seconds.
Learned within a run: worths, seconds, and who keeps the constraints. Not learned: how the table's
traits (rows, missing values, …) bear on who is best – they enter seconds only – and the exploration
itself, which a search over replayed runs may tune.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from synthcraft.select.arena import (
    CLOSE,
    FAILURES,
    FAMILIES,
    Arena,
    Candidate,
    Decision,
    Pull,
    Purpose,
)
from synthcraft.select.belief import Belief, believe
from synthcraft.select.costs import Costs, expect
from synthcraft.select.counts import plus
from synthcraft.select.gradient import knowledge_gradient
from synthcraft.select.limits import Limits
from synthcraft.select.params import KgParams
from synthcraft.select.prior import Prior, load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

REPLICATES = 3  # pulls at full effort that the two best are confirmed by
REPEATS = np.array([1, 2, 4])  # pulls that are looked ahead
NOTHING = 1e-9  # a gain that is none
PROBABLE = 0.5  # a lenient limit is kept with more than this probability
DRAWS = 1024  # probabilities of 9 to 20 arms are then right to 0.02


@dataclass(frozen=True, eq=False)
class Frame:
    """What an arena fixes: candidates' arms, which are an arm's least and full effort, looks ahead.

    ``ahead`` (repeats × splits × splits) averages over the splits that so many pulls would use,
    from the next one on; where they are too few its rows are zero, and ``fits`` is False.
    """

    arms: Ints
    least: Bools
    tops: Ints
    ahead: Floats
    fits: Bools


@dataclass(frozen=True, eq=False)
class State:
    """An episode so far.

    ``taken`` and ``seen`` count each candidate's pulls, all and successful ones; ``failures`` those
    of an arm. ``recorded`` tells of which arms' plugins the prior knows worths, ``timed`` of which
    it knows seconds.
    """

    arena: Arena
    seed: int
    frame: Frame
    belief: Belief
    costs: Costs
    limits: Limits
    recorded: Bools
    timed: Bools
    taken: Ints
    seen: Ints
    failures: Ints
    spent: float = 0.0

    def told(self, pull: Pull) -> "State":
        """The state once a pull has ended."""
        worked = pull.worth is not None
        arm = self.frame.arms[pull.candidate]
        return replace(
            self,
            belief=self.belief.told(pull),
            costs=self.costs.told(pull),
            limits=self.limits.told(self.arena, pull),
            taken=plus(self.taken, pull.candidate),
            seen=plus(self.seen, pull.candidate) if worked else self.seen,
            failures=self.failures if worked else plus(self.failures, arm),
            spent=self.spent + pull.seconds,
        )

    def promised(self, candidate: int) -> "State":
        """The state as if a pull had been started: what it will cost and settle is known."""
        return replace(
            self,
            belief=self.belief.foreseen(candidate, int(self.taken[candidate])),
            taken=plus(self.taken, candidate),
            spent=self.spent + float(self.costs.seconds[candidate]),
        )

    @property
    def seconds_left(self) -> float:
        """Seconds that may still be spent."""
        return np.inf if self.arena.seconds is None else self.arena.seconds - self.spent

    @property
    def pulls_left(self) -> float:
        """Pulls that may still be made."""
        return np.inf if self.arena.pulls is None else self.arena.pulls - int(self.taken.sum())


@dataclass(frozen=True, eq=False)
class View:
    """What a state says of the arms that still work (``able``, positions in the arena's names).

    ``kept`` is the probability that each keeps the constraints, and ``worth`` its expected worth at
    full effort, 0 where a constraint is violated; ``order`` ranks the positions in ``able`` of
    those that probably keep them. ``best`` is each one's probability of being the best; ``close``
    that the first of the order is within 0.01 of it, and ``regret`` what it is expected to lack.
    ``gain`` (repeats × candidates) is what a look ahead is expected to add.
    """

    able: Ints
    kept: Floats
    worth: Floats
    order: Ints
    best: Floats
    close: float
    regret: float
    gain: Floats
    seconds: Floats


@dataclass(frozen=True)
class Choice:
    """A candidate to pull (None: stop), for what, and by which rule."""

    candidate: int | None
    purpose: Purpose
    rule: str


class Kg:
    """Pulls what promises most per second; ``prior`` replaces the one that the params name.

    >>> arena = Arena(("a", "b"), ("arf", "mst"), ("tree", "marginal"),
    ...               (Candidate(0), Candidate(1)), splits=3, weights=(0.5, 0.5, 0), pulls=4)
    >>> policy = Kg(params=KgParams(prior="none"))
    >>> state = policy.start(arena, seed=0)
    >>> policy.ask(state).pulls
    ((0, 0),)
    >>> state = policy.tell(state, Pull(0, 0, seconds=2.0, worth=(0.9, 0.8, 0.5)))
    >>> decision = policy.ask(state)
    >>> decision.pulls, decision.best, decision.why["rule"]
    (((1, 0),), 0, 'gain')
    """

    def __init__(self, *, params: KgParams, prior: Prior | None = None) -> None:
        self.params = params
        self.prior = prior or load(params.prior)

    def start(self, arena: Arena, *, seed: int) -> State:
        """The state before the first pull."""
        p, none = self.params, np.zeros(len(arena.candidates), dtype=np.int64)
        whole = () if arena.unrecorded else self.prior.worths
        recorded = {plugin for worth in whole for _, plugin in worth.levels}
        timed = {plugin for _, plugin in self.prior.seconds.levels}
        return State(
            arena=arena,
            seed=seed,
            frame=_frame(arena.candidates, arena.splits),
            belief=believe(arena, self.prior, kappa=p.kappa, noise_scale=p.noise_scale),
            costs=expect(arena, self.prior),
            limits=Limits.of(arena),
            recorded=np.array([plugin in recorded for plugin in arena.plugins]),
            timed=np.array([plugin in timed for plugin in arena.plugins]),
            taken=none,
            seen=none,
            failures=np.zeros(len(arena.names), dtype=np.int64),
        )

    def tell(self, state: State, pull: Pull) -> State:
        """The state once a pull has ended."""
        return state.told(pull)

    def ask(self, state: State, *, batch: int = 1) -> Decision:
        """What to pull next (each as if those before it were on their way), and why."""
        view = look(state, self.params.delta)
        first = choice = self._next(state, view)
        ahead, pulls = state, []
        while choice.candidate is not None and choice.purpose == first.purpose:
            pulls.append((choice.candidate, int(ahead.taken[choice.candidate])))
            if len(pulls) == batch:
                break
            ahead = ahead.promised(choice.candidate)
            choice = self._next(ahead, look(ahead, self.params.delta))
        tried = bool(pulls) or bool(state.seen.any())
        ranked: list[int] = view.able[view.order].tolist() if tried else []
        best, second, *_ = (*ranked[:2], None, None)
        why = _why(state, view, first)
        return Decision(tuple(pulls), first.purpose, best=best, second=second, why=why)

    def _next(self, state: State, view: View) -> Choice:
        """The next pull: to choose, else to confirm the choice, else with what is left."""
        rule = self._settled(state, view)
        if not rule:
            choice = self._choose(state, view, *self._reserved(state, view))
            if choice.candidate is not None:
                return choice
        if (candidate := self._to_confirm(state, view)) is not None:
            return Choice(candidate, "confirm", "confirm")
        return Choice(None, "select", rule) if rule else self._choose(state, view, 0, 0)

    def _choose(self, state: State, view: View, seconds: float, pulls: float) -> Choice:
        """The next pull that keeps so many seconds and pulls, by halving or by gain; or none."""
        free = _free(state, view, seconds, pulls)
        if not free.any():
            return Choice(None, "select", "budget")
        if (candidate := self._by_halving(state, view, free[0])) is not None:
            return Choice(candidate, "select", "floor")
        return self._by_gain(state, view, free)

    def _settled(self, state: State, view: View) -> str:
        """Why nothing more is to be chosen, empty where something is."""
        if not len(view.able):
            return "failures"
        if not len(view.order):
            return ""
        top = state.frame.tops[view.able[view.order[0]]]
        sure = view.close >= 1 - self.params.delta and state.seen[top] > 0
        return "sure" if sure else ""

    def _by_gain(self, state: State, view: View, free: Bools) -> Choice:
        """The candidate with the greatest gain per second^gamma, by softmax where tau > 0."""
        gain = np.where(free, view.gain, 0)
        seconds = REPEATS[:, None] * view.seconds
        if gain.max() < NOTHING:
            return Choice(None, "select", "learned")
        if (gain / seconds).max() < self.params.price:
            return Choice(None, "select", "price")
        score = (gain / seconds**self.params.gamma).max(axis=0)
        if not self.params.tau:
            return Choice(int(score.argmax()), "select", "gain")
        chance = np.where(free[0], np.exp((score / score.max() - 1) / self.params.tau), 0)
        stream = np.random.default_rng([state.seed, int(state.taken.sum())])
        chosen = int(stream.choice(len(score), p=chance / chance.sum()))
        return Choice(chosen, "select", "gain")

    def _by_halving(self, state: State, view: View, free: Bools) -> int | None:
        """Where this pull belongs to successive halving: its candidate.

        In each stage the better half of the arms of the last one is pulled once more: with the
        least effort at first, then with more.
        """
        done = int(state.taken.sum())
        if int(self.params.floor * (done + 1)) == int(self.params.floor * done):
            return None
        ranked = view.able[np.argsort(-view.worth, kind="stable")]
        pulls = np.bincount(state.frame.arms, state.taken, minlength=len(state.failures))
        for stage in range(int(pulls.max()) + 1):
            alive = ranked[: -(-len(ranked) // 2**stage)]
            lacking = free & np.isin(state.frame.arms, alive[pulls[alive] <= stage])
            fresh = lacking & (state.taken == 0)
            chosen = np.flatnonzero(fresh if fresh.any() else lacking)
            if len(chosen):
                return int(chosen[view.seconds[chosen].argmin()])
        return None

    def _lacking(self, state: State, view: View) -> list[tuple[int, int]]:
        """Full efforts of the two best, and how many pulls they lack to be confirmed.

        Where nobody is known to keep the constraints, they are the two that most probably pay.
        """
        if not self.params.reserve:
            return []
        front = view.order if len(view.order) else np.argsort(-view.worth, kind="stable")
        tops = state.frame.tops[view.able[front[:2]]]
        wanted = min(REPLICATES, state.arena.splits)
        return [(int(top), wanted - int(state.taken[top])) for top in tops
                if state.taken[top] < wanted]  # fmt: skip

    def _reserved(self, state: State, view: View) -> tuple[float, float]:
        """Seconds and pulls that choosing leaves to confirming."""
        arena, share = state.arena, self.params.reserve
        lacking = self._lacking(state, view)
        seconds = sum(pulls * float(view.seconds[top]) for top, pulls in lacking)
        return (
            min(seconds, share * (arena.seconds or 0)),
            min(sum(pulls for _, pulls in lacking), int(share * (arena.pulls or 0))),
        )

    def _to_confirm(self, state: State, view: View) -> int | None:
        """The full effort of the two best that lacks most pulls and can be afforded."""
        free = _free(state, view, 0, 0)[0]
        lacking = [(pulls, top) for top, pulls in self._lacking(state, view) if free[top]]
        return max(lacking, key=lambda pair: pair[0], default=(0, None))[1]


def look(state: State, delta: float) -> View:
    """What a state says of the arms that still work.

    In the order are those with evidence, from this run or from records; under constraints, those
    that were pulled here and keep them with a probability of at least 1 − delta.
    """
    frame, limits = state.frame, state.arena.limits
    working = state.failures < FAILURES
    proven = np.bincount(frame.arms, state.seen, minlength=len(working)) > 0
    able = np.flatnonzero(working | proven)
    tops = frame.tops[able]
    kept = state.limits.kept()[able]
    mean, cov = state.belief.weighted(state.arena.weights)
    worth = mean[tops] * kept
    known = (proven & _keeping(state, delta) if limits else proven | state.recorded)[able]
    order = np.argsort(-worth, kind="stable")
    order = order[known[order]]
    best, close, regret = _chances(worth, cov[np.ix_(tops, tops)] * np.outer(kept, kept), order)
    gain = _gains(state, cov, tops, worth, kept)
    return View(able, kept, worth, order, best, close, regret, gain, state.costs.seconds)


def _keeping(state: State, delta: float) -> Bools:
    """Which arms are known to keep their limits: firm ones surely, lenient ones probably."""
    odds = state.limits.odds()
    firm = state.arena.limits - state.arena.lenient
    keeping: Bools = odds[:, :firm].prod(axis=1) >= 1 - delta
    return keeping & (odds[:, firm:] > PROBABLE).all(axis=1)


def _chances(worth: Floats, cov: Floats, order: Ints) -> tuple[Floats, float, float]:
    """P(best) of each, P(the first of the order is within 0.01 of the best), its mean regret.

    Averages over fixed quasi-random draws of all worths at once: the same state gives the same.
    """
    if not len(worth):
        return worth, 0.0, 0.0
    root = np.linalg.cholesky(cov + 1e-12 * np.eye(len(cov)))
    drawn = worth[:, None] + root @ _normal(len(worth))
    top = drawn.max(axis=0)
    best = np.count_nonzero(drawn == top, axis=1) / DRAWS
    if not len(order):
        return best, 0.0, float(top.mean())
    lost = top - drawn[order[0]]
    return best, np.count_nonzero(lost <= CLOSE) / DRAWS, float(lost.sum()) / DRAWS


def _gains(state: State, cov: Floats, tops: Ints, worth: Floats, kept: Floats) -> Floats:
    """What 1, 2, 4 pulls of each candidate are expected to add to the best worth.

    The mean of m pulls observes the candidate's worth, the mean effect of their splits and an m-th
    of the noise. (That the families are observed one by one, and not only their weighted sum, is
    left out: it can only add.)
    """
    candidates = len(state.taken)
    next_split = np.minimum(state.taken, state.arena.splits - 1)
    fits = state.frame.fits[:, next_split] & (state.taken < state.arena.splits)
    gain = np.zeros(fits.shape)
    if not len(worth) or not fits.any():
        return gain
    own, splits = cov[:candidates], cov[candidates:]
    ahead = state.frame.ahead[:, next_split]
    seen = own + ahead @ splits
    noise = (np.array(state.arena.weights) ** 2) @ state.belief.noise
    variance = np.einsum("mcc->mc", seen[:, :, :candidates])
    variance = variance + np.einsum("mcs,mcs->mc", seen[:, :, candidates:], ahead)
    spread = np.sqrt(np.maximum(variance + noise / REPEATS[:, None], 1e-18))
    slopes = seen[:, :, tops][fits] * kept / spread[fits][:, None]
    gain[fits] = knowledge_gradient(worth, np.ascontiguousarray(slopes.T))
    return gain


def _free(state: State, view: View, seconds: float, pulls: float) -> Bools:
    """Which looks ahead (repeats × candidates) are possible and keep so many seconds and pulls."""
    repeats = REPEATS[:, None]
    free: Bools = state.taken + repeats <= state.arena.splits
    free &= (state.failures < FAILURES)[state.frame.arms]
    free &= _tried_low(state)
    free &= repeats * view.seconds <= state.seconds_left - seconds
    free &= repeats <= state.pulls_left - pulls
    return free


def _tried_low(state: State) -> Bools:
    """Whether a candidate is its arm's least effort, or its seconds can be foreseen.

    Where seconds are short, an arm without records is tried with the least effort first: what is
    foretold of its seconds may be wrong by a factor of ten, and no budget survives that.
    """
    arms = state.frame.arms
    ended = np.bincount(arms, state.seen, minlength=len(state.failures)) + state.failures
    foreseen = state.timed | (ended > 0) | (state.arena.seconds is None)
    tried: Bools = foreseen[arms] | state.frame.least
    return tried


def _why(state: State, view: View, choice: Choice) -> Mapping[str, Any]:
    """What a report shows of a decision; lists follow the arena's names, None where masked.

    ``gain`` and ``seconds`` are those of the chosen candidate; ``next`` is the pull with the
    greatest gain, whatever it costs; ``kept`` is told where there are constraints. ``sweep`` are
    the seconds that every arm at full effort on each split is predicted to take.
    """
    tops = state.frame.tops
    worths = state.belief.worths
    sds = np.sqrt(np.maximum(np.einsum("fcc->fc", worths.cov)[:, tops], 0))
    single = view.gain[0]
    most = int(single.argmax())
    chosen = choice.candidate
    reached = view.worth[view.order[0]] - CLOSE if len(view.order) else np.inf
    return {
        "rule": choice.rule,
        "gain": None if chosen is None else float(single[chosen]),
        "seconds": None if chosen is None else float(view.seconds[chosen]),
        "next": {
            "candidate": most,
            "gain": float(single[most]),
            "seconds": float(view.seconds[most]),
        },
        "sweep": float(view.seconds[tops].sum()) * state.arena.splits,
        "arms": view.able.tolist(),
        **({"kept": view.kept.round(4).tolist()} if state.arena.limits else {}),
        "worth": view.worth.round(4).tolist(),
        "p_best": view.best.round(4).tolist(),
        "p_close": view.close,
        "regret": view.regret,
        "close": view.able[view.order[view.worth[view.order] >= reached]].tolist(),
        "means": dict(zip(FAMILIES, worths.mean[:, tops].round(4).tolist(), strict=True)),
        "sds": dict(zip(FAMILIES, sds.round(4).tolist(), strict=True)),
    }


@lru_cache(maxsize=64)
def _frame(candidates: tuple[Candidate, ...], splits: int) -> Frame:
    arms = np.array([c.arm for c in candidates])
    tops = {c.arm: i for i, c in enumerate(candidates) if c.top}
    least = {c.arm: c.rung for c in sorted(candidates, key=lambda c: -c.rung)}
    ahead = np.zeros((len(REPEATS), splits, splits))
    for r, repeats in enumerate(REPEATS):
        for first in range(splits - repeats + 1):
            ahead[r, first, first : first + repeats] = 1 / repeats
    return Frame(
        arms=arms,
        least=np.array([c.rung == least[c.arm] for c in candidates]),
        tops=np.array([tops[arm] for arm in range(len(tops))]),
        ahead=ahead,
        fits=ahead.sum(axis=2) > 0,
    )


@lru_cache(maxsize=64)
def _normal(dimensions: int) -> Floats:
    """Quasi-random standard normal vectors (dimensions × draws).

    They are a Kronecker sequence with powers of the generalised golden ratio.
    """
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = (1 / ratio) ** np.arange(1, dimensions + 1)
    points: Floats = ndtri((0.5 + np.outer(steps, np.arange(1, DRAWS + 1))) % 1)
    return points
