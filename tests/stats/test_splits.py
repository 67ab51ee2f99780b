import itertools
import math

import numpy as np
import pytest
from scipy import stats as reference

from synthcraft.stats import (
    calibrated,
    detectable,
    gain_ratio,
    in_order,
    informative,
    over_splits,
    paired,
    placed,
)


def test_without_correction_it_is_the_t_interval_of_the_split_means():
    values = [0.61, 0.72, 0.66, 0.70, 0.69]
    found = over_splits({k: [v] for k, v in enumerate(values)}, ratio=0.0)
    low, high = reference.t.interval(0.95, 4, np.mean(values), reference.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.splits, found.values) == (5, 5)


def test_the_correction_widens_by_the_stated_factor():
    values = {k: [v] for k, v in enumerate([0.5, 0.6, 0.9])}
    plain, corrected = (over_splits(values, ratio=r) for r in (0.0, 3 / 7))
    factor = math.sqrt((1 / 3 + 3 / 7) / (1 / 3))
    assert corrected.error == pytest.approx(factor * plain.error)


def test_seeds_are_averaged_within_a_split_first():
    # Pooling the four values would give 0.65 and three degrees of freedom.
    found = over_splits({0: [0.5], 1: [0.6, 0.8, 0.7]}, ratio=0.4)
    assert found.mean == pytest.approx(0.6)
    assert found.splits == 2
    assert found.error == pytest.approx(math.sqrt((0.5 + 0.4) * 0.02 / 1))


def test_one_split_has_no_interval_and_none_is_an_error():
    found = over_splits({3: [0.5, 0.7]}, ratio=0.4)
    assert (found.mean, found.low, found.high, found.error) == (
        pytest.approx(0.6),
        None,
        None,
        None,
    )
    with pytest.raises(ValueError, match="no value"):
        over_splits({0: []}, ratio=0.4)


@pytest.mark.parametrize("splits", [3, 5])
def test_the_corrected_interval_covers_the_mean_over_overlapping_splits(splits):
    """Nadeau & Bengio's model: split means correlate by ρ = n_test / (n_train + n_test)."""
    rho, level, runs = 0.3, 0.95, 4000
    ratio = rho / (1 - rho)  # n_test / n_train of the same split
    rng = np.random.default_rng(20)
    common = rng.normal(size=(runs, 1)) * math.sqrt(rho)
    values = common + rng.normal(size=(runs, splits)) * math.sqrt(1 - rho)
    covered, naive = 0, 0
    for row in values:
        by_split = {k: [float(v)] for k, v in enumerate(row)}
        wide, narrow = (over_splits(by_split, ratio=r) for r in (ratio, 0.0))
        covered += wide.low <= 0 <= wide.high
        naive += narrow.low <= 0 <= narrow.high
    # Exact in this model: 0.95, with standard error sqrt(.95 * .05 / 4000) = 0.0034; 4 of them.
    assert covered / runs == pytest.approx(level, abs=0.014)
    assert naive / runs < 0.91


def test_paired_differences_cancel_what_is_common():
    rng = np.random.default_rng(1)
    hard = rng.normal(0, 0.2, 6)
    first = {k: [0.7 + float(h)] for k, h in enumerate(hard)}
    second = {k: [0.6 + float(h)] for k, h in enumerate(hard)} | {9: [5.0]}
    found = paired(first, second, ratio=0.4)
    assert found.mean == pytest.approx(0.1)
    assert found.splits == 6
    assert found.error == pytest.approx(0, abs=1e-12)
    assert found.low is None
    wobbly = {k: [v[0] + 0.01 * k] for k, v in first.items()}
    assert paired(wobbly, second, ratio=0.4).low > 0
    assert over_splits(first, ratio=0.4).low < 0.6
    with pytest.raises(ValueError, match="no value"):
        paired({0: [1.0]}, {1: [1.0]}, ratio=0.4)


def test_calibrated_is_not_clipped_and_turns_with_the_direction():
    assert calibrated(1.2, floor=0.0, ceiling=1.0) == pytest.approx(1.2)
    assert calibrated(0.1, floor=0.2, ceiling=0.0) == pytest.approx(0.5)
    assert calibrated(0.5, floor=0.5, ceiling=0.5) is None


def test_informative_needs_four_standard_errors_and_the_order():
    # Differences 0.4, 0.5, 0.6: s = 0.1, error sqrt(1/3 + 0.4) * 0.1 = 0.0856: 5.8 of them.
    ceiling = {0: [0.9], 1: [1.0], 2: [1.1]}
    floor = {0: [0.5], 1: [0.5], 2: [0.5]}
    assert informative(ceiling, floor, ratio=0.4, ordered=True) == "yes"
    assert informative(ceiling, floor, ratio=0.4, ordered=False) == "no"
    # The same spread around half the distance: 2.9 standard errors.
    near = {0: [0.65], 1: [0.75], 2: [0.85]}
    assert informative(near, floor, ratio=0.4, ordered=True) == "no"
    assert informative({0: [1.0]}, {0: [0.0]}, ratio=0.4, ordered=True) == "unknown"


def test_in_order_is_strict_in_either_direction():
    assert in_order([3, 2, 1], falling=True)
    assert in_order([0.0, 0.2, 0.9], falling=False)
    assert not in_order([0.0, 0.9, 0.2], falling=False)
    assert in_order([], falling=True)


def test_splits_that_agree_give_no_interval():
    agreed = over_splits({0: [0.0], 1: [0.0], 2: [0.0]}, ratio=0.4)
    assert (agreed.error, agreed.low, agreed.high) == (0.0, None, None)


@pytest.mark.parametrize(("splits", "power"), [(3, 0.766), (5, 0.791), (10, 0.799)])
def test_a_detectable_mean_is_seen_in_about_eight_of_ten(splits, power):
    found = over_splits({k: [float(k)] for k in range(splits)}, ratio=0.4)
    shift = detectable(found) / found.error
    freedom = splits - 1
    seen = reference.nct.sf(reference.t.ppf(0.975, freedom), freedom, shift)
    assert seen == pytest.approx(power, abs=0.001)


def test_nothing_is_detectable_without_an_error():
    assert detectable(over_splits({0: [0.3]}, ratio=0.4)) is None
    assert detectable(over_splits({0: [0.3], 1: [0.3]}, ratio=0.4)) is None


def test_parts_of_a_calibrated_value_have_its_mean_and_the_error_of_a_ratio():
    rng, splits = np.random.default_rng(9), 30
    means, errors = [], []
    for _ in range(400):
        floor, ceiling = rng.normal(0.5, 0.02, splits), rng.normal(0.9, 0.02, splits)
        value = 0.3 * floor + 0.7 * ceiling + rng.normal(0, 0.02, splits)
        sides = [{k: [float(v)] for k, v in enumerate(x)} for x in (value, floor, ceiling)]
        found = over_splits(placed(*sides), ratio=0.0)
        ratio = (value - floor).mean() / (ceiling - floor).mean()
        assert found.mean == pytest.approx(ratio)
        means.append(found.mean)
        errors.append(found.error)
    # The standard deviation of 400 ratios is known to 1/sqrt(800) = 3.5 %; three of them
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.11)


def test_a_scale_without_a_span_or_a_shared_split_places_nothing():
    assert placed({0: [1.0]}, {0: [0.5]}, {0: [0.5]}) == {}
    assert placed({0: [1.0]}, {1: [0.5]}, {0: [0.9]}) == {}


@pytest.mark.parametrize("learnt", [2, 5, 7])
def test_the_ratio_of_gains_is_exact_where_one_share_alone_moves_them(learnt):
    # A value that is the mean of the rows learnt from (or tested on): its correlation between two
    # splits is that of two means over random parts of a table of independent rows, by brute force.
    rows, holdout = 9, 2
    parts = [set(part) for part in itertools.combinations(range(rows), max(learnt, holdout))]
    shared = np.mean([len(parts[0] & other) for other in parts])
    correlation = shared / len(parts[0])
    found = gain_ratio(holdout=holdout, learnt=learnt, rows=rows)
    assert found == pytest.approx(correlation / (1 - correlation))


def test_the_ratio_of_gains_is_never_under_that_of_the_holdout():
    assert gain_ratio(holdout=30, learnt=10, rows=100) == pytest.approx(30 / 70)


def test_intervals_of_a_gain_that_moves_with_train_rows_hold_it():
    # Gains of a group by a model that others dominate move with the rows learnt from. 600 tables of
    # 40 rows, 5 splits each: 95 % hold, with an error of 0.9 points; three of them.
    rng, rows, learnt, held = np.random.default_rng(3), 40, 24, {"plain": 0, "gains": 0}
    ratios = {"plain": 12 / 28, "gains": gain_ratio(holdout=12, learnt=learnt, rows=rows)}
    for _ in range(600):
        effect = rng.normal(size=rows)
        values = {k: [effect[rng.permutation(rows)[:learnt]].mean()] for k in range(5)}
        for name, ratio in ratios.items():
            found = over_splits(values, ratio=ratio)
            held[name] += found.low <= 0 <= found.high
    assert held["gains"] / 600 == pytest.approx(0.95, abs=0.027)
    assert held["plain"] / 600 < 0.90
