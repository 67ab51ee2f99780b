"""What noisy counts let pass: thresholds against their chances, ranges against what is in them."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from synthcraft.privacy.bought import EDGES, level_threshold, noisy_levels, noisy_range

RHO = 0.02


@pytest.mark.parametrize("contribution", [1, 2, 5])
@pytest.mark.parametrize("delta", [1e-3, 1e-8])
def test_levels_of_one_person_pass_with_chance_delta_at_most(contribution, delta):
    scale = contribution / math.sqrt(2 * RHO)
    threshold = level_threshold(contribution, RHO, delta)
    # However the person spreads their rows over levels of their own.
    for own in range(1, contribution + 1):
        rows = contribution // own
        assert own * norm.sf((threshold - rows) / scale) <= delta * (1 + 1e-9)
    assert math.isclose(
        contribution * norm.sf((threshold - contribution) / scale), delta, rel_tol=1e-9
    )


def test_a_level_of_one_person_passes_as_often_as_delta_says():
    values = pd.Series(["f"] * 300 + ["m"] * 300 + ["someone"])
    delta, trials = 0.05, 4000
    rng = np.random.default_rng(0)
    found = [noisy_levels(values, 1, RHO, delta, rng) for _ in range(trials)]
    passed = np.mean(["someone" in levels for levels in found])
    # 4,000 trials at 0.05: a standard deviation of 0.0034, four of them; the seed is fixed.
    assert abs(passed - delta) < 0.014
    assert all({"f", "m"} <= set(levels) for levels in found)


def test_order_of_rows_and_unseen_categories_change_nothing():
    values = pd.Series(["b"] * 200 + ["a"] * 200 + [None] * 50)
    wide = pd.Series(pd.Categorical(values, categories=["b", "z", "a"]))
    results = [
        noisy_levels(one, 1, RHO, 1e-6, np.random.default_rng(1))
        for one in (values, values.iloc[::-1], wide)
    ]
    assert results == [("a", "b")] * 3


def test_a_range_holds_what_is_frequent_and_cuts_off_one_person():
    values = pd.Series([*np.repeat([20.0, 79.0], 500), 1e9, np.nan])
    assert noisy_range(values, 1, RHO, np.random.default_rng(0)) == (16.0, 128.0)
    signed = pd.Series(np.repeat([-3.0, 0.0], 500))
    assert noisy_range(signed, 1, RHO, np.random.default_rng(0)) == (-4.0, 0.0)
    zero = pd.Series(np.repeat([0.0, 5.0], 500))
    assert noisy_range(zero, 1, RHO, np.random.default_rng(0)) == (0.0, 8.0)


def test_empty_buckets_widen_a_range_in_one_case_of_a_hundred():
    values = pd.Series(np.full(400, 5.0))
    rng = np.random.default_rng(0)
    found = [noisy_range(values, 1, RHO, rng) for _ in range(3000)]
    wrong = np.mean([one != (4.0, 8.0) for one in found])
    # 3,000 trials at 0.01: a standard deviation of 0.0018, four of them; the seed is fixed.
    assert abs(wrong - 0.01) < 0.0073


def test_without_rows_there_is_a_range_all_the_same():
    low, high = noisy_range(pd.Series([], dtype=float), 1, RHO, np.random.default_rng(0))
    assert low < high


def test_buckets_are_fixed_and_symmetric():
    assert len(EDGES) == 140
    assert (-EDGES[::-1] == EDGES).all()
    assert (np.diff(EDGES) > 0).all()
