import numpy as np
import pytest
from scipy import stats as reference

from synthcraft.stats import bootstrap_t, sign_flip


def stream(seed=0):
    return np.random.default_rng(seed)


def test_sign_flip_is_scipys_permutation_test_of_one_sample():
    gains = stream(4).normal(0.3, 1, size=9)
    expected = reference.permutation_test(
        (gains,), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(list(gains), stream()) == pytest.approx(expected.pvalue)


def test_drawn_signs_agree_with_the_normal_law_and_are_never_zero():
    gains = stream(5).normal(0.5, 1, size=30)
    statistic = gains.sum() / np.sqrt(np.sum(gains**2))
    # 20,000 draws: sqrt(.01 * .99 / 20000) = 0.0007; the normal law is an approximation, too.
    assert sign_flip(list(gains), stream()) == pytest.approx(
        2 * reference.norm.sf(abs(statistic)), abs=0.004
    )
    assert sign_flip([1.0] * 30, stream()) > 0


def test_bootstrap_t_covers_where_the_percentile_interval_does_not():
    rng, runs = stream(6), 400
    covered, percentile = 0, 0
    for _ in range(runs):
        gains = rng.normal(0.2, 1, size=10)
        low, high = bootstrap_t(list(gains), rng)
        covered += low <= 0.2 <= high
        means = gains[rng.integers(10, size=(1000, 10))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        percentile += low <= 0.2 <= high
    # sqrt(.95 * .05 / 400) = 0.011, 3 of them
    assert covered / runs == pytest.approx(0.95, abs=0.033)
    assert percentile / runs < 0.93


def test_gains_that_agree_have_no_interval():
    assert bootstrap_t([0.1, 0.1, 0.1], stream()) == (None, None)
    assert bootstrap_t([0.1], stream()) == (None, None)
