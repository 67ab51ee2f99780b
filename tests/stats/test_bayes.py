import numpy as np
import pytest

from synthcraft.stats import signed_rank_rope

GAINS = np.array([0.031, 0.0123, -0.0041, 0.0217, 0.0006, -0.0152, 0.0333, 0.0087, 0.0271, -0.0023])


@pytest.mark.parametrize(
    ("shift", "rope", "expected"),
    [(0.0, 0.0105, (0.00003, 0.4539, 0.5461)), (0.012, 0.0051, (0.4488, 0.2747, 0.2765))],
)
def test_it_finds_what_baycomp_finds(shift, rope, expected):
    """baycomp 1.0.3, SignedRankTest.probs, the mean of three seeds of 200,000 draws each."""
    found = signed_rank_rope(list(GAINS - shift), np.random.default_rng(1), rope=rope)
    # 50,000 draws of a share: standard error 0.0022, and 0.0006 of theirs; 4 of them
    assert (found.worse, found.equal, found.better) == pytest.approx(expected, abs=0.009)


def test_the_posterior_mean_is_the_dirichlets():
    """E[wᵢ wⱼ] = aᵢ (aⱼ + [i = j]) / (A (A + 1)) of Dirichlet(a), with A = Σ a."""
    rope = 0.0105
    weights = np.array([0.5, *np.ones(10)])
    values = np.array([0.0, *GAINS])
    second = np.outer(weights, weights) + np.diag(weights)
    second /= weights.sum() * (weights.sum() + 1)
    walsh = (values[:, None] + values) / 2
    expected = [second[walsh < -rope].sum(), 0, second[walsh > rope].sum()]
    expected[1] = 1 - expected[0] - expected[2]
    found = signed_rank_rope(list(GAINS), np.random.default_rng(1), rope=rope)
    # 50,000 draws of a share: standard error under 0.5 / sqrt(50000) = 0.0022, 3 of them
    assert found.expected == pytest.approx(expected, abs=0.007)


def test_without_a_region_the_sides_swap_with_the_sign():
    first = signed_rank_rope(list(GAINS), np.random.default_rng(1), rope=0.0)
    second = signed_rank_rope(list(-GAINS), np.random.default_rng(1), rope=0.0)
    assert first.better == pytest.approx(second.worse, abs=1e-9)
    assert first.better + first.worse + first.equal == pytest.approx(1)


def test_small_gains_are_practically_equal():
    found = signed_rank_rope(list(GAINS / 100), np.random.default_rng(1), rope=0.01)
    assert found.equal > 0.99
