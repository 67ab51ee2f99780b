"""Against uniform balls in closed form, and a dense computation."""

import numpy as np
import pytest

from synthcraft.metrics.fidelity.curves import LEVELS, alpha_precision, beta_recall, integrated
from synthcraft.metrics.fidelity.manifold import balls


def uniform_ball(n: int, d: int, radius: float, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.normal(size=(n, d))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn * radius * rng.random((n, 1)) ** (1 / d)


@pytest.mark.parametrize("radius", [0.8, 1.0, 1.25])
def test_alpha_precision_of_balls_is_the_closed_form(radius: float) -> None:
    n, d = 4000, 3
    rng = np.random.default_rng(0)
    real, made = uniform_ball(n, d, 1, rng), uniform_ball(n, d, radius, rng)
    # P(α) = min(1, α / r^d): the score is r^d within and 1 / r^d beyond the real ball. Each curve
    # strays by about 1/sqrt(4000) at most, the score by twice that: 0.032, and 0.03 at r = 1, where
    # |P − α| has a mean of its own.
    expected = min(radius**d, radius**-d)
    assert integrated(alpha_precision(real, made)) == pytest.approx(expected, abs=0.045)


def test_beta_recall_is_what_a_dense_computation_gives() -> None:
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(120, 2)), rng.normal(0.3, 1, size=(80, 2))
    sides = balls(real, 2)
    away = np.linalg.norm(made - made.mean(axis=0), axis=1)
    inside = np.linalg.norm(real[:, None] - made[None], axis=2) <= sides.radius[:, None]
    expected = [
        (inside & (away <= reach + 1e-9)).any(axis=1).mean() for reach in np.quantile(away, LEVELS)
    ]
    assert np.allclose(beta_recall(sides, made), expected)


def test_half_of_all_balls_of_fresh_rows_are_empty() -> None:
    rng = np.random.default_rng(2)
    found = [
        beta_recall(balls(rng.normal(size=(300, 3)), 1), rng.normal(size=(300, 3)))[-1]
        for _ in range(10)
    ]
    # The nearest of 299 real and 300 synthetic rows is either: se sqrt(0.25 / 3000) = 0.009.
    assert np.mean(found) == pytest.approx(300 / 599, abs=0.03)


def test_far_away_rows_reach_zero() -> None:
    rng = np.random.default_rng(3)
    real, made = rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) + 1e3
    assert integrated(alpha_precision(real, made)) == pytest.approx(0, abs=0.02)
    assert integrated(beta_recall(balls(real, 1), made)) == pytest.approx(0, abs=0.02)
