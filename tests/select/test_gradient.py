import numpy as np
import pytest
from scipy.stats import norm

from synthcraft.select.gradient import knowledge_gradient


def gain(means, slopes):
    return knowledge_gradient(np.array(means, float), np.array(slopes, float)[:, None])[0]


def by_integration(means, slopes):
    z = np.linspace(-12, 12, 400_001)
    lines = np.array(means)[:, None] + np.array(slopes)[:, None] * z
    return np.trapezoid(lines.max(axis=0) * norm.pdf(z), z) - max(means)


@pytest.mark.parametrize("arms", [2, 3, 7, 12])
def test_random_lines_agree_with_integration(arms):
    rng = np.random.default_rng(arms)
    for spread in (0.001, 0.1, 3.0):
        means, slopes = rng.normal(size=arms), spread * rng.normal(size=arms)
        # the grid's step is 6e-5: its error at a kink is below spread * 1e-9
        assert gain(means, slopes) == pytest.approx(by_integration(means, slopes), abs=1e-8)


def test_two_arms_agree_with_the_closed_form_and_monte_carlo():
    means, slopes = [0.3, 0.1], [0.05, 0.35]
    apart, sd = 0.2, 0.3
    closed = sd * norm.pdf(apart / sd) - apart * norm.cdf(-apart / sd)
    assert gain(means, slopes) == pytest.approx(closed, abs=1e-12)
    z = np.random.default_rng(0).normal(size=400_000)
    drawn = np.maximum(0.3 + 0.05 * z, 0.1 + 0.35 * z) - 0.3
    # 4 standard errors: the share of false alarms is below 1 in 10,000
    assert gain(means, slopes) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / 632)


def test_nothing_is_gained_from_equal_lines_or_no_slopes():
    assert gain([0.5, 0.5, 0.5], [0.2, 0.2, 0.2]) == pytest.approx(0, abs=1e-12)
    assert gain([0.5, 0.1], [0, 0]) == 0
    assert gain([0.5], [0.3]) == pytest.approx(0, abs=1e-12)


def test_copies_of_a_line_change_nothing():
    assert gain([0, 0, 0.1, 0.1], [1, 1, 0, 0]) == pytest.approx(gain([0, 0.1], [1, 0]), abs=1e-12)


def test_looks_are_told_apart():
    rng = np.random.default_rng(1)
    means, slopes = rng.normal(size=5), rng.normal(size=(5, 8))
    together = knowledge_gradient(means, slopes)
    assert together == pytest.approx([gain(means, column) for column in slopes.T], abs=1e-12)
