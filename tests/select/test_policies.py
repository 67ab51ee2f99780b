"""Baselines: what each of them picks, and what all of them must honour."""

import math
from dataclasses import replace

import numpy as np
import pytest

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.belief import Gaussian
from synthcraft.select.policies.best_on_average import BestOnAverage
from synthcraft.select.policies.max_ucb import MaxUcb
from synthcraft.select.policies.optuna_tpe import OptunaTpe
from synthcraft.select.policies.params import (
    BaselineParams,
    HalvingParams,
    MaxUcbParams,
    SweepParams,
    TpeParams,
    TttsParams,
    UcbEParams,
    UniformParams,
)
from synthcraft.select.policies.successive_halving import SuccessiveHalving
from synthcraft.select.policies.sweep import Sweep
from synthcraft.select.policies.ttts import Believed, Ttts
from synthcraft.select.policies.ucb_e import UcbE
from synthcraft.select.policies.uniform import Uniform
from synthcraft.select.prior import flat, learn
from tests.select.recorded import recorded

NAMES = ("a", "b", "c", "d")
COSTS = (4.0, 1.0, 2.0, 8.0)
WORTHS = (0.5, 0.6, 0.9, 0.7)
RUNGS = (0.11, 0.33, 1.0)

POLICIES = {
    "uniform": Uniform(params=UniformParams(), prior=flat()),
    "random": Uniform(params=UniformParams(order="random"), prior=flat()),
    "sweep": Sweep(params=SweepParams(), prior=flat()),
    "successive_halving": SuccessiveHalving(params=HalvingParams(), prior=flat()),
    "ucb_e": UcbE(params=UcbEParams(), prior=flat()),
    "max_ucb": MaxUcb(params=MaxUcbParams(), prior=flat()),
    "optuna_tpe": OptunaTpe(params=TpeParams(), prior=flat()),
    "ttts": Ttts(params=TttsParams(), prior=flat()),
    "best_on_average": BestOnAverage(params=BaselineParams(), prior=flat()),
}
PULLING = [name for name in POLICIES if name != "best_on_average"]


def arena(**changes):
    candidates = tuple(Candidate(arm, rung) for arm in range(len(NAMES)) for rung in RUNGS)
    plugins = ("arf", "mst", "ctgan", "ddpm")
    kinds = ("tree", "marginal", "gan", "diffusion")
    given = Arena(NAMES, plugins, kinds, candidates, splits=3, weights=(0.5, 0.25, 0.25))
    return replace(given, **changes)


def play(policy, arena, *, seed=0, fails=(), batch=1, slack=None):
    """The pulls of a whole episode, the predicted left-overs and the last decision."""
    state, pulls = policy.start(arena, seed=seed), []
    while (decision := policy.ask(state, batch=batch)).pulls:
        assert len(decision.pulls) <= batch
        for candidate, split in decision.pulls:
            arm, rung = arena.candidates[candidate].arm, arena.candidates[candidate].rung
            worth = WORTHS[arm] * rung**0.1
            slacks = () if slack is None else (slack[arm],)
            pull = Pull(
                candidate,
                split,
                COSTS[arm] * rung,
                None if arm in fails else (worth, worth, worth),
                () if arm in fails else slacks,
            )
            state = policy.tell(state, pull)
            pulls.append(pull)
    return pulls, decision


@pytest.mark.parametrize("name", PULLING)
def test_without_noise_every_policy_finds_the_best(name):
    _, decision = play(POLICIES[name], arena(seconds=40))
    assert decision.best == 2


@pytest.mark.parametrize("name", PULLING)
def test_each_pull_is_the_next_split_of_its_candidate(name):
    for batch in (1, 3):
        pulls, _ = play(POLICIES[name], arena(pulls=20), batch=batch)
        for candidate in {pull.candidate for pull in pulls}:
            splits = [pull.split for pull in pulls if pull.candidate == candidate]
            assert splits == list(range(len(splits))) and len(splits) <= 3


@pytest.mark.parametrize("name", PULLING)
@pytest.mark.parametrize("seconds", [0.01, 3, 12, 30])
def test_no_pull_starts_beyond_the_budget_by_prediction(name, seconds):
    policy = POLICIES[name]
    state = policy.start(arena(seconds=seconds), seed=1)
    spent = 0.0
    while (decision := policy.ask(state)).pulls:
        tally = state.tally if isinstance(state, Believed) else state
        ((candidate, split),) = decision.pulls
        assert tally.costs.seconds[candidate] <= seconds - spent
        taken = COSTS[arena().candidates[candidate].arm] * arena().candidates[candidate].rung
        state = policy.tell(state, Pull(candidate, split, taken, (0.5, 0.5, 0.5)))
        spent += taken


@pytest.mark.parametrize("name", PULLING)
def test_a_batch_counts_what_it_has_promised(name):
    policy = POLICIES[name]
    state = policy.start(arena(pulls=5), seed=0)
    first = policy.ask(state, batch=50).pulls
    assert len(first) == len(set(first)) == 5


@pytest.mark.parametrize("name", PULLING)
def test_a_batch_keeps_the_budget_as_a_whole(name):
    policy = POLICIES[name]
    state = policy.start(arena(seconds=10), seed=0)
    tally = state.tally if isinstance(state, Believed) else state
    pulls = policy.ask(state, batch=50).pulls
    assert 0 < sum(tally.costs.seconds[candidate] for candidate, _ in pulls) <= 10


@pytest.mark.parametrize("name", PULLING)
def test_pulls_bound_an_episode(name):
    pulls, _ = play(POLICIES[name], arena(pulls=7))
    assert len(pulls) == 7


@pytest.mark.parametrize("name", PULLING)
def test_two_failures_mask_an_arm(name):
    pulls, decision = play(POLICIES[name], arena(pulls=30), fails={2})
    failed = [pull for pull in pulls if pull.worth is None]
    assert len(failed) <= 2
    assert decision.best != 2 and decision.second != 2


@pytest.mark.parametrize("name", PULLING)
def test_an_arm_that_violates_a_constraint_is_not_recommended(name):
    limited = arena(pulls=25, limits=1)
    _, decision = play(POLICIES[name], limited, slack=(0.1, 0.1, -0.01, 0.1))
    assert decision.best == 3


@pytest.mark.parametrize("name", PULLING)
def test_where_all_violate_a_constraint_nobody_is_recommended(name):
    limited = arena(pulls=36, limits=1)
    _, decision = play(POLICIES[name], limited, slack=(-0.1,) * 4)
    assert decision.best is None and decision.second is None


@pytest.mark.parametrize("name", POLICIES)
def test_the_same_history_and_seed_give_the_same_decision(name):
    first = play(POLICIES[name], arena(seconds=30), seed=4, batch=2)
    assert first == play(POLICIES[name], arena(seconds=30), seed=4, batch=2)


@pytest.mark.parametrize("name", PULLING)
def test_telling_leaves_the_old_state_as_it_was(name):
    policy = POLICIES[name]
    before = policy.start(arena(pulls=9), seed=0)
    decision = policy.ask(before)
    ((candidate, split),) = decision.pulls
    policy.tell(before, Pull(candidate, split, 1.0, (0.9, 0.9, 0.9)))
    assert policy.ask(before) == decision


@pytest.mark.parametrize("name", PULLING)
def test_when_everyone_fails_nobody_is_recommended(name):
    pulls, decision = play(POLICIES[name], arena(seconds=1e6), fails={0, 1, 2, 3})
    assert decision.best is None and len(pulls) == 2 * len(NAMES)


def arms_of(pulls):
    return [arena().candidates[pull.candidate].arm for pull in pulls]


def test_uniform_takes_the_cheap_ones_first_in_each_lap():
    pulls, _ = play(POLICIES["uniform"], arena(pulls=12))
    arms = arms_of(pulls)
    assert all(arena().candidates[pull.candidate].top for pull in pulls)
    assert sorted(arms[:4]) == [0, 1, 2, 3]  # nothing is known of seconds in the first lap
    assert arms[4:] == [1, 2, 0, 3] * 2


def test_uniform_in_a_drawn_order_keeps_it():
    orders = set()
    for seed in range(8):
        arms = arms_of(play(POLICIES["random"], arena(pulls=8), seed=seed)[0])
        assert arms[:4] == arms[4:]
        orders.add(tuple(arms[:4]))
    assert len(orders) > 1


def test_a_prior_of_seconds_orders_the_first_lap_too():
    prior = learn(recorded(datasets=3))
    known = arena(
        plugins=("arm7", "arm1", "arm0", "arm4"),
        kinds=("diffusion", "graph", "tree", "vae"),
        context={"rows": 500, "columns": 10},
        pulls=4,
    )
    policy = Uniform(params=UniformParams(), prior=prior)
    assert arms_of(play(policy, known)[0])[:2] == [2, 1]  # the cheap ones of that world


def test_a_sweep_ends_after_its_repeats():
    pulls, _ = play(Sweep(params=SweepParams(repeats=2), prior=flat()), arena())
    assert sorted(arms_of(pulls)) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_halving_keeps_the_best_and_raises_their_effort():
    policy = SuccessiveHalving(params=HalvingParams(eta=2), prior=flat())
    pulls, _ = play(policy, arena())
    steps = [(arena().candidates[p.candidate].rung, arms_of([p])[0]) for p in pulls]
    # no budget: one lap a round, of 4, 2 and 1 arms
    assert sorted(steps[:4]) == [(0.11, 0), (0.11, 1), (0.11, 2), (0.11, 3)]
    assert sorted(steps[4:6]) == [(0.33, 2), (0.33, 3)]
    assert steps[6:] == [(1.0, 2)]


def test_halving_gives_each_round_its_share_of_the_budget():
    policy = SuccessiveHalving(params=HalvingParams(eta=2), prior=flat())
    pulls, _ = play(policy, arena(pulls=18))
    rungs = [arena().candidates[p.candidate].rung for p in pulls]
    # of six pulls a round, four arms take all; two arms three splits each; one arm its three
    assert rungs == [0.11] * 6 + [0.33] * 6 + [1.0] * 3


def test_ucb_e_by_hand():
    policy = UcbE(params=UcbEParams(a=0.04), prior=flat())
    state = policy.start(arena(), seed=0)
    tops = [2, 5, 8, 11]
    means, pulls = [0.5, 0.62, 0.65, 0.4], [1, 1, 2, 1]
    for top, mean, count in zip(tops, means, pulls, strict=True):
        for split in range(count):
            state = policy.tell(state, Pull(top, split, 1.0, (mean,) * 3))
    index = [m + math.sqrt(0.04 / n) for m, n in zip(means, pulls, strict=True)]
    assert policy.ask(state).pulls == ((tops[int(np.argmax(index))], 1),)
    assert int(np.argmax(index)) == 2 - 1  # the bonus outweighs the better mean of arm 2


@pytest.mark.parametrize(("third", "best"), [(0.4, 2), (0.2, 0)])
def test_max_ucb_by_hand(third, best):
    policy = MaxUcb(params=MaxUcbParams(alpha=0.5), prior=flat())
    state = policy.start(arena(), seed=0)
    tops = (2, 5, 8, 11)
    values = ([0.9, 0.1], [0.8, 0.8], [third], [0.1])
    for top, seen in zip(tops, values, strict=True):
        for split, value in enumerate(seen):
            state = policy.tell(state, Pull(top, split, 1.0, (value,) * 3))
    bonus = {n: (0.5 * math.log(6) / n) ** 2 for n in (1, 2)}
    index = [max(seen) + bonus[len(seen)] for seen in values]
    assert int(np.argmax(index)) == best
    assert policy.ask(state).pulls == ((tops[best], len(values[best])),)


def test_tpe_goes_back_to_what_was_good():
    taken = np.zeros(4)
    for seed in range(8):
        arms = arms_of(play(POLICIES["optuna_tpe"], arena(pulls=30, splits=100), seed=seed)[0])
        taken += np.bincount(arms, minlength=4)
    # of 8 × 30 pulls a fair die gives the best arm 60 ± 7 (4 SD: 87)
    assert taken[2] > 87


def test_best_on_average_pulls_nothing_and_follows_the_use():
    rows = [
        {**row, "fidelity": 0.9 if row["plugin"] == "arm3" else 0.5} for row in recorded(datasets=3)
    ]
    rows = [{**row, "utility": 0.9 if row["plugin"] == "arm1" else 0.5} for row in rows]
    policy = BestOnAverage(params=BaselineParams(), prior=learn(rows))
    known = arena(plugins=("arm0", "arm1", "arm2", "arm3"), kinds=("tree", "graph", "gan", "gan"))
    for weights, best in (((1.0, 0.0, 0.0), 3), ((0.0, 1.0, 0.0), 1)):
        pulls, decision = play(policy, replace(known, weights=weights, seconds=100))
        assert pulls == [] and decision.best == best


def test_ttts_pulls_leader_and_challenger_as_often_as_they_are_drawn():
    # full efforts only, believed N(mean, 0.1²) independently: shares of draws are known
    tops = tuple(Candidate(arm) for arm in range(4))
    policy = Ttts(params=TttsParams(beta=1.0), prior=flat())
    counts = np.zeros(4)
    mean = np.array([0.5, 0.6, 0.7, 0.2])
    for seed in range(600):
        state = policy.start(arena(candidates=tops), seed=seed)
        entries = state.belief.worths.mean.shape[1]
        known = np.tile(np.concatenate([mean, np.zeros(entries - 4)]), (3, 1))
        cov = np.tile(np.diag([0.01] * 4 + [1e-9] * (entries - 4)), (3, 1, 1))
        belief = replace(state.belief, worths=Gaussian(known, cov))
        counts[policy.pick(replace(state, belief=belief))] += 1
    sd = 0.1 * math.sqrt(0.5**2 + 0.25**2 + 0.25**2)
    draws = np.random.default_rng(0).normal(mean, sd, size=(200_000, 4))
    shares = np.bincount(draws.argmax(axis=1), minlength=4) / len(draws)
    # with β = 1 the leader is always pulled; standard error of a share at most 0.0204
    np.testing.assert_allclose(counts / 600, shares, atol=4 * 0.0204)


def test_ttts_takes_the_effort_that_tells_most_per_root_second():
    policy = Ttts(params=TttsParams(), prior=flat())
    state = policy.start(arena(), seed=0)
    tally = state.tally

    def rung(*log_seconds):
        logs = Gaussian(np.array([log_seconds * 4]), tally.costs.logs.cov)
        costs = replace(tally.costs, logs=logs)
        return (
            arena().candidates[policy.pick(replace(state, tally=replace(tally, costs=costs)))].rung
        )

    assert rung(0.0, 0.0, 0.0) == 1  # an equal price: what is asked for itself
    assert rung(-9.0, -9.0, 0.0) == 0.33  # nearly free: the nearer one
    assert rung(-9.0, 0.0, 0.0) == 0.11


def test_ttts_asks_what_tells_of_the_arm_that_was_drawn():
    policy = Ttts(params=TttsParams(), prior=flat())
    for seed in range(5):
        state = policy.start(arena(), seed=seed)
        worths, logs = state.belief.worths, state.tally.costs.logs
        apart = Gaussian(worths.mean, np.tile(np.eye(worths.cov.shape[1]), (3, 1, 1)))
        costs = replace(state.tally.costs, logs=Gaussian(np.zeros((1, 12)), logs.cov))
        state = replace(
            state,
            tally=replace(state.tally, costs=costs),
            belief=replace(state.belief, worths=apart),
        )
        # no candidate tells of another one, so that only the full effort tells of itself
        assert arena().candidates[policy.pick(state)].top
