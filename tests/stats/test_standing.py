import itertools

import numpy as np
import pytest

from synthcraft.stats import Pair, alike, chance_of_best, wins


def test_a_failure_wins_nothing_and_ties_share():
    assert wins({"a": [1, None], "b": [1, 5], "c": [2, None]}, falling=True) == {
        "a": 0.5,
        "b": 1.5,
        "c": 0.0,
    }


def test_chances_of_two_generators_follow_the_beta_distribution():
    """``a`` is better where the weight of its 4 of 6 datasets, Beta(4, 2), exceeds one half."""
    table = {"a": [1, 1, 1, 1, 0, 0], "b": [0, 0, 0, 0, 1, 1]}
    found = chance_of_best(table, np.random.default_rng(3), falling=False)
    assert found["a"] + found["b"] == pytest.approx(1)
    # P(Beta(4, 2) > 1/2) = 26/32; four standard errors of 20,000 draws are 0.011.
    assert found["a"] == pytest.approx(26 / 32, abs=0.011)


def test_generators_that_always_tie_share_the_chance():
    table = {"a": [1, 2], "b": [1, 2], "c": [0, 0]}
    found = chance_of_best(table, np.random.default_rng(0), falling=False)
    assert found == {"a": 0.5, "b": 0.5, "c": 0.0}


def _brute_force(names, apart):
    """Every subset without two that are told apart, and not within another such."""
    free = [
        set(group)
        for size in range(1, len(names) + 1)
        for group in itertools.combinations(names, size)
        if not any(frozenset(pair) in apart for pair in itertools.combinations(group, 2))
    ]
    return {
        tuple(n for n in names if n in g)
        for g in free
        if len(g) > 1 and not any(g < o for o in free)
    }


@pytest.mark.parametrize("seed", range(8))
def test_groups_are_all_largest_sets_that_no_test_divides(seed):
    names = list("fedcba")
    rng = np.random.default_rng(seed)
    pairs = [
        Pair(a, b, 0, 0, 0, 0.5, float(rng.choice([0.01, 0.3])))
        for a, b in itertools.combinations(names, 2)
    ]
    apart = {frozenset((p.first, p.second)) for p in pairs if p.adjusted <= 0.05}
    found = alike(names, pairs)
    assert set(found) == _brute_force(names, apart)
    assert len(set(found)) == len(found)
