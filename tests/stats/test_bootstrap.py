import numpy as np
import pytest
from scipy import stats as reference

from synthcraft.stats import bca, left_out
from synthcraft.stats.bootstrap import acceleration


def test_it_is_scipys_bca_from_the_same_draws():
    sample = np.random.default_rng(0).exponential(size=60)
    found = reference.bootstrap(
        (sample,), np.mean, method="BCa", rng=np.random.default_rng(3), n_resamples=3000
    )
    weights = left_out(np.arange(60), np.zeros(60, int))
    jackknife = weights @ sample / weights.sum(axis=1)
    low, high = bca(found.bootstrap_distribution, jackknife, float(sample.mean()))
    assert (low, high) == pytest.approx(tuple(found.confidence_interval), rel=1e-9)


def test_parts_leave_out_whole_persons_and_their_share_of_each_class():
    units = np.repeat(np.arange(90), 2)
    strata = np.repeat(np.arange(90) % 9 == 0, 2).astype(int)  # 10 persons of class 1
    weights = left_out(units, strata, parts=10)
    assert weights.shape == (10, 180)
    np.testing.assert_array_equal(weights[:, ::2], weights[:, 1::2])
    np.testing.assert_array_equal((weights == 0).sum(axis=0), 1)
    np.testing.assert_array_equal((weights[:, strata == 1] == 0).sum(axis=1), 2)


def test_a_hundred_parts_tell_the_acceleration_of_a_thousand_rows():
    # The acceleration of a mean is skewness / (6 √n): 2 / (6 √1000) = 0.0105 for an exponential.
    # A part's error is about sqrt(15 / 100) / 6 / ... = 0.65 / 100 a sample: 40 samples give 0.001.
    rng = np.random.default_rng(5)
    found = []
    for _ in range(40):
        sample = rng.exponential(size=1000)
        weights = left_out(np.arange(1000), np.zeros(1000, int))
        found.append(acceleration(weights @ sample / weights.sum(axis=1)))
    assert np.mean(found) == pytest.approx(2 / (6 * np.sqrt(1000)), abs=0.004)


def test_draws_that_equal_the_value_do_not_make_it_biased():
    # A share of 3 in 10: a quarter of the resamples give it again. Symmetric draws, a = 0.
    draws = np.repeat([0.1, 0.2, 0.3, 0.4, 0.5], [50, 250, 400, 250, 50])
    assert bca(draws, np.zeros(5), 0.3, level=0.8) == (0.2, 0.4)


def test_undefined_and_unmoved_statistics_have_no_interval():
    none = np.zeros(10)
    assert bca(np.ones(50), none, 1.0) == (None, None)
    mostly = np.append(np.full(20, np.nan), np.linspace(0, 1, 30))
    assert bca(mostly, none, 0.5) == (None, None)
    few = np.append(np.full(5, np.nan), np.linspace(0, 1, 45))
    low, high = bca(few, none, 0.5)
    assert 0 <= low < high <= 1


def test_a_value_beyond_all_draws_keeps_its_interval_within_them():
    draws = np.linspace(0, 1, 101)
    low, high = bca(draws, np.array([0.0, 0.0, 9.0]), 2.0)
    assert 0 <= low <= high <= 1


def test_resampled_rows_of_persons_cover_too_little_and_resampled_persons_do_not():
    # ▪ 60 persons of 4 rows, of which they share 0.4 of the variance: the mean's error is √2.2
    # times that of as many independent rows, and ±1.96 / √2.2 hold 0.81.
    rng, runs, persons = np.random.default_rng(8), 400, np.arange(240) // 4
    covered = {"rows": 0, "persons": 0}
    for _ in range(runs):
        values = np.sqrt(0.4) * rng.normal(size=60)[persons] + np.sqrt(0.6) * rng.normal(size=240)
        for name, units in (("rows", np.arange(240)), ("persons", persons)):
            sums = np.bincount(units, values)
            draws = sums[rng.integers(len(sums), size=(500, len(sums)))].sum(axis=1) / 240
            weights = left_out(units, np.zeros(240, int))
            low, high = bca(draws, weights @ values / weights.sum(axis=1), float(values.mean()))
            covered[name] += low <= 0 <= high
    # sqrt(.95 * .05 / 400) = 0.011 and sqrt(.82 * .18 / 400) = 0.019, three of them.
    assert covered["persons"] / runs == pytest.approx(0.945, abs=0.033)
    assert covered["rows"] / runs == pytest.approx(0.81, abs=0.058)
