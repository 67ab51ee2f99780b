"""Closed-form intervals against independent implementations, closed forms and their coverage."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from synthcraft.metrics.privacy.intervals import (
    Bounded,
    area,
    caught,
    difference,
    effective_rows,
    quantile,
    share,
)

REPLICATES = 1000
# Nominal 0.95, accepted 0.92 to 0.98; of 1,000 replicates one standard error is 0.007.
LEAST, MOST = 0.92 - 0.007, 0.98 + 0.007


def coverage(truth: float, intervals: list[Bounded]) -> float:
    return float(np.mean([found.low <= truth <= found.high for found in intervals]))


def delong_variance(members: np.ndarray, others: np.ndarray) -> float:
    """DeLong et al. (1988) by the dense matrix of pairs."""
    pairs = (members[:, None] > others) + 0.5 * (members[:, None] == others)
    rows, columns = pairs.mean(axis=1), pairs.mean(axis=0)
    return rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns)


@pytest.mark.parametrize("decimals", [6, 0])
def test_area_is_that_of_scikit_learn_with_the_variance_of_delong(decimals: int) -> None:
    rng = np.random.default_rng(0)
    members = rng.normal(0.5, 1, 300).round(decimals)
    others = rng.normal(0, 1, 200).round(decimals)
    found = area(members, others)
    labels = np.repeat([1, 0], [300, 200])
    assert found.value == pytest.approx(roc_auc_score(labels, np.concatenate([members, others])))
    # Wilson's interval of so many rows is about as wide as the normal one.
    width = 2 * norm.ppf(0.975) * np.sqrt(delong_variance(members, others))
    assert found.high - found.low == pytest.approx(width, rel=0.02)


def test_a_perfect_attack_still_has_an_interval() -> None:
    found = area(np.ones(50), np.zeros(50))
    assert found.value == found.high == 1
    assert 0.9 < found.low < 0.95  # 50 of 50 by Wilson: 0.929


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.5])
def test_area_covers(shift: float) -> None:
    rng = np.random.default_rng(1)
    found = [area(rng.normal(shift, 1, 60), rng.normal(size=60)) for _ in range(REPLICATES)]
    assert LEAST < coverage(norm.cdf(shift / np.sqrt(2)), found) < MOST


def test_area_covers_where_persons_have_several_rows() -> None:
    rng = np.random.default_rng(2)
    units = np.repeat(np.arange(40), 4)

    def scores() -> np.ndarray:
        return (rng.normal(size=40)[:, None] + 0.3 * rng.normal(size=(40, 4))).ravel()

    pairs = [(scores(), scores()) for _ in range(REPLICATES)]
    found = [area(*pair, units=units, units_of_others=units) for pair in pairs]
    assert LEAST < coverage(0.5, found) < MOST
    assert coverage(0.5, [area(*pair) for pair in pairs]) < 0.8  # as if rows were independent


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_members_caught_at_one_in_a_hundred(shift: float) -> None:
    rng = np.random.default_rng(3)
    truth = norm.cdf(shift - norm.ppf(0.99))
    found = [
        caught(rng.normal(shift, 1, 1000), rng.normal(size=1000), 0.01) for _ in range(REPLICATES)
    ]
    values = [one.value for one in found]
    if not shift:  # without bias for fresh rows
        assert abs(np.mean(values) - truth) < 4 * np.std(values) / np.sqrt(REPLICATES)
    # Fewer than ten expected rows on either side: the interval is on the wide side.
    assert coverage(truth, found) > LEAST
    assert abs(np.mean(values) - truth) < 0.01


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_ties_are_caught_in_proportion(levels: int) -> None:
    rng = np.random.default_rng(4)
    rates = [0.01, 0.1, 0.5]
    draws = [rng.integers(0, levels, (2, 150)).astype(float) for _ in range(400)]
    for rate in rates:
        values = [caught(*pair, rate).value for pair in draws]
        margin = 4 * np.std(values) / np.sqrt(len(values)) + 1e-9
        assert abs(np.mean(values) - rate) < margin


@pytest.mark.parametrize("q", [0.05, 0.5])
@pytest.mark.parametrize("sizes", [(60, 300), (300, 1500)])
def test_difference_of_quantiles_covers(q: float, sizes: tuple[int, int]) -> None:
    # Distances of two kinds: gamma of shapes 3 and 4.
    rng, large = np.random.default_rng(5), np.random.default_rng(6)
    truth = np.subtract(*(np.quantile(large.gamma(k, size=2_000_000), q) for k in (4, 3)))
    draws = [
        [rng.gamma(k, size=n) for k, n in zip((4, 3), sizes, strict=True)] for _ in range(1000)
    ]
    found = [difference(*(quantile(values, q) for values in pair)) for pair in draws]
    assert LEAST < coverage(truth, found) < MOST


def test_sizes_do_not_shift_a_low_quantile() -> None:
    # The common definition (Hyndman & Fan 7) takes the 6.5 % quantile of 60 rows for the 5 % one.
    rng = np.random.default_rng(7)
    few, many = ([rng.gamma(3, size=n) for _ in range(2000)] for n in (60, 600))
    ours = [np.mean([quantile(v, 0.05).value for v in side]) for side in (few, many)]
    common = [np.mean([np.quantile(v, 0.05) for v in side]) for side in (few, many)]
    # Standard error of a mean of 2,000: 0.14 / sqrt(2000) = 0.003.
    assert abs(ours[0] - ours[1]) < 0.015
    assert common[0] - common[1] > 0.03


def test_rows_of_one_person_count_once() -> None:
    rng = np.random.default_rng(8)
    hits = rng.random(100) < 0.3
    once, thrice = share(hits), share(np.repeat(hits, 3), np.repeat(np.arange(100), 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))
    assert effective_rows(np.ones(300), np.repeat(np.arange(100), 3)) == 100


def test_a_scale_may_turn_an_interval_round() -> None:
    turned = Bounded(0.25, 0.125, 0.5).scaled(1, 0)
    assert (turned.value, turned.low, turned.high) == (0.75, 0.5, 0.875)


def test_rows_that_go_together_in_two_ways() -> None:
    rng = np.random.default_rng(3)
    person, pair = np.repeat(np.arange(40), 3), np.arange(120) // 2
    others, members = rng.normal(size=120), rng.normal(size=80)
    crossed = np.column_stack([person, pair])

    def width(units: np.ndarray | None) -> float:
        found = area(members, others, units_of_others=units)
        assert found.low is not None and found.high is not None
        return found.high - found.low

    # One way inside the other adds nothing to it, and the wider of the two counts.
    nested = width(np.column_stack([person, np.arange(120)]))
    assert nested == pytest.approx(max(width(person), width(None)))
    assert width(np.column_stack([person, person])) == pytest.approx(width(person))
    assert width(crossed) >= max(width(person), width(pair)) - 1e-12


def test_crossed_units_cover_what_each_way_alone_does_not() -> None:
    rng = np.random.default_rng(5)
    covered = {"crossed": 0, "persons": 0}
    for _ in range(600):
        person, pair = np.repeat(np.arange(50), 2), rng.permutation(100) // 2
        shared = rng.normal(size=50)[person] + rng.normal(size=50)[pair]
        others = shared + 0.3 * rng.normal(size=100)
        members = rng.normal(scale=np.sqrt(2.09), size=400)
        for name, units in (("crossed", np.column_stack([person, pair])), ("persons", person)):
            found = area(members, others, units_of_others=units)
            assert found.low is not None and found.high is not None
            covered[name] += found.low <= 0.5 <= found.high
    # 600 draws at 0.95: standard error 0.009; four of them, and as much for 50 units each way.
    assert covered["crossed"] / 600 > 0.95 - 0.05
    assert covered["persons"] / 600 < 0.93
    assert covered["crossed"] > covered["persons"]
