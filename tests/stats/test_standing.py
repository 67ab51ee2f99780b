import itertools

import numpy as np
import pytest
from scipy.stats import beta

from synthcraft.stats import Pair, alike, chance_of_best, wins


def test_a_failure_wins_nothing_and_ties_share():
    assert wins({"a": [1, None], "b": [1, 5], "c": [2, None]}, falling=True) == {
        "a": 0.5,
        "b": 1.5,
        "c": 0.0,
    }


@pytest.mark.parametrize(("won", "lost"), [(4, 2), (3, 0), (1, 5)])
def test_chances_of_two_generators_follow_the_beta_distribution(won, lost):
    """``a`` leads where the weight of its datasets exceeds one half; the unseen one is a coin."""
    table = {"a": [1] * won + [0] * lost, "b": [0] * won + [1] * lost}
    found = chance_of_best(table, np.random.default_rng(3), falling=False)
    assert found["a"] + found["b"] == pytest.approx(1)
    with_it = beta.sf(0.5, won + 1, lost) if lost else 1.0
    without = beta.sf(0.5, won, lost + 1)
    # Four standard errors of 20,000 draws are at most 0.014.
    assert found["a"] == pytest.approx((with_it + without) / 2, abs=0.014)


def test_generators_that_always_tie_share_the_chance():
    table = {"a": [1, 2], "b": [1, 2]}
    found = chance_of_best(table, np.random.default_rng(0), falling=False)
    assert found["a"] == pytest.approx(0.5, abs=0.014)


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
