import itertools

import numpy as np
import pytest
from scipy import stats as reference

from synthcraft.stats import TooFew, friedman, pairwise, ranked
from synthcraft.stats.ranks import signed_rank

# AUC of C4.5 with no pruning or smoothing, m, cf, and both: Demšar (2006), table 6. In «voting» his
# ranks tell cf and both apart, which the printed digits do not.
DEMSAR = {
    "C4.5": (
        *(0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661),
        *(0.583, 0.775, 1.000, 0.940, 0.619, 0.972, 0.957),
    ),
    "m": (
        *(0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668),
        *(0.583, 0.838, 1.000, 0.962, 0.666, 0.981, 0.978),
    ),
    "cf": (
        *(0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609),
        *(0.563, 0.866, 1.000, 0.965, 0.614, 0.9751, 0.946),
    ),
    "m+cf": (
        *(0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685),
        *(0.625, 0.875, 1.000, 0.962, 0.669, 0.975, 0.970),
    ),
}


def test_the_mean_ranks_of_demsars_table():
    found = friedman(DEMSAR, falling=False)
    expected = {"C4.5": 3.143, "m": 2.000, "cf": 2.893, "m+cf": 1.964}
    assert dict(found.ranks) == pytest.approx(expected, abs=5e-4)
    # He leaves ties uncorrected: chi² 9.28, F 3.69.
    squares = sum(rank**2 for rank in found.ranks.values())
    uncorrected = 12 * 14 / (4 * 5) * (squares - 4 * 25 / 4)
    assert uncorrected == pytest.approx(9.28, abs=0.01)


def test_friedman_with_ties_as_scipy_has_it():
    found = friedman(DEMSAR, falling=False)
    statistic = reference.friedmanchisquare(*DEMSAR.values()).statistic
    assert found.statistic == pytest.approx(statistic)
    ratio = 13 * statistic / (14 * 3 - statistic)
    assert found.p == pytest.approx(reference.f.sf(ratio, 3, 39))


def test_failures_share_the_worst_ranks():
    assert ranked([None, 0.1, None], falling=True) == [2.5, 1.0, 2.5]
    with_failure = {"a": [0.9, None, 0.9, 0.8], "b": [0.8, 0.1, 0.8, 0.7], "c": [0.7, 0.2, None, 0]}
    found = friedman(with_failure, falling=False)
    assert found.ranks["a"] == pytest.approx((1 + 3 + 1 + 1) / 4)
    assert found.ranks["c"] == pytest.approx((3 + 1 + 3 + 3) / 4)


def test_friedman_keeps_its_level():
    rng = np.random.default_rng(8)
    runs = 1000
    tables = ({k: list(rng.normal(size=8)) for k in "abcd"} for _ in range(runs))
    p = np.array([friedman(table, falling=True).p for table in tables])
    # 5 % nominal; sqrt(.05 * .95 / 1000) = 0.007, 3 of them, and F is an approximation.
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.021)


def test_signed_rank_of_demsars_example():
    gains = np.array(DEMSAR["m"]) - np.array(DEMSAR["C4.5"])
    # R+ = 93, R- = 12, below the critical 21 of N = 14; zeros counted evenly.
    doubled = 2 * reference.rankdata(np.abs(gains.round(6)))
    rounded = gains.round(6)
    zeros = doubled[rounded == 0].sum() / 2
    assert (doubled[rounded > 0].sum() + zeros, doubled[rounded < 0].sum() + zeros) == (186, 24)
    assert signed_rank(list(rounded)) < 0.05


def test_signed_rank_is_scipys_exact_p_without_ties():
    gains = np.random.default_rng(2).normal(0.4, 1, size=13)
    assert signed_rank(list(gains)) == pytest.approx(
        reference.wilcoxon(gains, method="exact").pvalue
    )


def test_signed_rank_with_ties_and_zeros_is_the_count_of_all_signs():
    gains = [0.0, 1.0, 1.0, -1.0, 2.0, 3.0, 3.0, 5.0]
    ranks = reference.rankdata(np.abs(gains))[1:]
    sums = [float(np.dot(signs, ranks)) for signs in itertools.product((-1, 1), repeat=7)]
    seen = abs(float(np.dot(np.sign(gains[1:]), ranks)))
    assert signed_rank(gains) == pytest.approx(np.mean(np.abs(sums) >= seen - 1e-9))


def test_a_failure_loses_to_every_score_and_equals_a_failure():
    table = {"a": [0.6] * 6 + [None], "b": [None] + [0.5] * 5 + [None]}
    (pair,) = pairwise(table, falling=False)
    assert (pair.wins, pair.ties, pair.losses) == (6, 1, 0)
    assert pair.p == 2 / 2**6


@pytest.mark.parametrize(("generators", "datasets", "allowed"), [(2, 5, False), (2, 6, True)])
def test_wilcoxon_is_refused_where_nothing_could_be_significant(generators, datasets, allowed):
    table = {str(k): [float(k)] * datasets for k in range(generators)}
    if allowed:
        assert pairwise(table, falling=True)[0].p == 2.0 ** (1 - datasets)
    else:
        with pytest.raises(TooFew, match=r"give is 0\.062; it takes 6 datasets"):
            pairwise(table, falling=True)


def test_holm_over_many_pairs_takes_more_datasets():
    table = {str(k): [float(k)] * 6 for k in range(4)}
    with pytest.raises(TooFew, match=r"6 pairs of generators on 6 datasets .* it takes 8 datasets"):
        pairwise(table, falling=True)
    longer = {name: scores + scores[:2] for name, scores in table.items()}
    assert all(pair.adjusted <= 0.05 for pair in pairwise(longer, falling=True))


def test_friedman_is_refused_too_and_never_gives_less_than_its_smallest_p():
    with pytest.raises(TooFew, match=r"3 generators on 2 datasets .* it takes 3 datasets"):
        friedman({"a": [1, 1], "b": [2, 2], "c": [3, 3]}, falling=True)
    found = friedman({"a": [1, 1, 1], "b": [2, 2, 2], "c": [3, 3, 3]}, falling=True)
    assert found.p == pytest.approx(1 / 36)
    alike = friedman({"a": [1, 1, 1], "b": [1, 1, 1], "c": [1, 1, 1]}, falling=True)
    assert (alike.statistic, alike.p) == (0, 1)


def test_columns_of_different_length_are_no_table():
    with pytest.raises(ValueError, match="for each dataset"):
        pairwise({"a": [1.0], "b": [1.0, 2.0]}, falling=True)
