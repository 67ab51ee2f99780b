"""Against scipy, a brute-force loop over genes, and variances of a known prior."""

import numpy as np
import pytest
from scipy.special import digamma, polygamma
from scipy.stats import chi2, ttest_ind

from synthcraft.stats.moderated import inverse_trigamma, moderated, prior_variance, welch


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    """Nine and six rows of 40 genes, a tenth of the values missing."""
    rng = np.random.default_rng(3)
    made = (rng.normal(size=(n, 40)) * rng.uniform(0.5, 3, 40) for n in (9, 6))
    first, second = (np.where(rng.random(rows.shape) < 0.1, np.nan, rows) for rows in made)
    return first, second


def test_welch_is_scipys(groups: tuple) -> None:
    found, theirs = welch(*groups), ttest_ind(*groups, equal_var=False, nan_policy="omit")
    assert np.allclose(found.t, theirs.statistic)
    assert np.allclose(found.freedom, theirs.df)
    assert np.allclose(found.p, theirs.pvalue)


def test_without_a_prior_moderated_is_students(groups: tuple, monkeypatch) -> None:
    monkeypatch.setattr("synthcraft.stats.moderated.prior_variance", lambda *_: (1.0, 0.0))
    found, theirs = moderated(*groups), ttest_ind(*groups, nan_policy="omit")
    assert np.allclose(found.t, theirs.statistic)
    assert np.allclose(found.p, theirs.pvalue)


def test_moderated_is_smyths_formula_gene_by_gene(groups: tuple) -> None:
    """limma's squeezeVar and eBayes, written as a loop with its own Newton-free inverse."""
    first, second = groups
    parts = []
    for a, b in zip(first.T, second.T, strict=True):
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        d = len(a) + len(b) - 2
        s2 = (a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / d
        parts.append((a.mean() - b.mean(), s2, d, 1 / len(a) + 1 / len(b)))
    difference, s2, d, unscaled = np.array(parts).T
    e = np.log(s2) - digamma(d / 2) + np.log(d / 2)
    left = e.var(ddof=1) - polygamma(1, d / 2).mean()
    grid = np.geomspace(1e-3, 1e3, 2_000_001)
    half = grid[np.abs(polygamma(1, grid) - left).argmin()]
    s02 = np.exp(e.mean() + digamma(half) - np.log(half))
    t = difference / np.sqrt((2 * half * s02 + d * s2) / (2 * half + d) * unscaled)
    found = moderated(first, second)
    assert np.allclose(found.t, t, rtol=1e-5)
    assert np.allclose(found.freedom, d + 2 * half, rtol=1e-5)


@pytest.mark.parametrize("known", [4.0, 20.0])
def test_a_prior_is_found_again(known: float) -> None:
    # s² = s₀² · (χ²_d / d) / (χ²_d₀ / d₀). At 20,000 genes of d = 10 the variance of log s² has a
    # relative standard error of about 1.5 %, that of trigamma(d₀/2) after subtraction 4 % at most,
    # and d₀'s about as much: 15 % are more than three of them. log s₀² has one of 0.01.
    rng = np.random.default_rng(0)
    size, own = 20_000, 10.0
    true = 2.0 / (chi2.rvs(known, size=size, random_state=rng) / known)
    variance = true * chi2.rvs(own, size=size, random_state=rng) / own
    prior, freedom = prior_variance(variance, np.full(size, own))
    assert freedom == pytest.approx(known, rel=0.15)
    assert prior == pytest.approx(2.0, rel=0.05)


def test_variances_that_scatter_by_chance_alone_are_pooled() -> None:
    variance, own = np.full(50, 2.0), np.full(50, 4.0)
    assert prior_variance(variance, own) == (2.0, np.inf)
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    first[:, 1:], second[:, 1:] = first[:, :1], second[:, :1]
    found = moderated(first, second)  # three times the same gene: d is capped at its sum
    assert found.freedom.tolist() == [18.0] * 3


@pytest.mark.parametrize("y", [1e-5, 0.02, 0.7, 3.0, 60.0, 1e7])
def test_the_inverse_of_trigamma(y: float) -> None:
    assert inverse_trigamma(float(polygamma(1, y))) == pytest.approx(y, rel=1e-5)


def test_false_claims_of_small_groups_are_as_many_as_announced() -> None:
    # 4,000 genes that do not differ, five rows against five: 5 % ± 4 · √(.05 · .95 / 4000) = 1.4 %.
    # Smyth's test is exact up to the estimated prior.
    rng = np.random.default_rng(5)
    spread = np.sqrt(2.0 / (chi2.rvs(6, size=4000, random_state=rng) / 6))
    first, second = (rng.normal(size=(5, 4000)) * spread for _ in range(2))
    assert np.mean(moderated(first, second).p < 0.05) == pytest.approx(0.05, abs=0.014)


@pytest.mark.parametrize("test", [welch, moderated])
def test_genes_that_say_nothing_have_no_t(test) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    first[:, 1] = second[:, 1] = 3.0  # constant
    first[1:, 2] = np.nan  # a single value
    first[:, 3] = np.nan
    assert np.isnan(test(first, second).t).tolist() == [False, True, True, True]
    constant = np.ones((5, 2))
    assert np.isnan(test(constant, constant).p).all()


def test_the_sign_is_that_of_the_first_groups_excess() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(5, 1, (5, 3)), rng.normal(0, 1, (5, 3))
    for test in (welch, moderated):
        assert (test(first, second).t > 0).all()
