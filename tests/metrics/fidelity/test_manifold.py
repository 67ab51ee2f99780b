"""Against the prdc package and expectations in closed form."""

from collections.abc import Callable

import numpy as np
import pytest
from prdc import compute_prdc

from synthcraft.metrics.context import NotApplicable
from synthcraft.metrics.fidelity.manifold import balls, prdc

NAMES = ("precision", "recall", "density", "coverage")


@pytest.mark.parametrize(("n", "m", "shift"), [(150, 150, 0.0), (150, 150, 1.0), (200, 90, 0.5)])
def test_values_are_those_of_the_prdc_package(
    n: int, m: int, shift: float, capsys: pytest.CaptureFixture
) -> None:
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(n, 4)), rng.normal(shift, 1.2, size=(m, 4))
    theirs = compute_prdc(real, made, nearest_k=5)
    found = prdc(balls(real, 5), balls(made, 5), 5)
    assert found == pytest.approx([theirs[name] for name in NAMES])


@pytest.mark.parametrize(("n_syn", "published"), [(150, 0.69), (600, 0.97), (2400, 1.0)])
def test_coverage_of_fresh_rows_depends_on_size(n_syn: int, published: float) -> None:
    # ▪ Of n − 1 real and m synthetic rows, the k nearest to a real row are all real with
    # probability Π (n − 1 − j) / (n − 1 + m − j): its ball is empty.
    n, k = 600, 5
    rng = np.random.default_rng(1)
    ranks = np.arange(k)
    expected = 1 - np.prod((n - 1 - ranks) / (n - 1 + n_syn - ranks))
    found = [
        prdc(*(balls(rng.normal(size=(rows, 3)), k) for rows in (n, n_syn)), k)[3] for _ in range(8)
    ]
    # se of one share below sqrt(0.22 / 150) = 0.04 at the smallest size, 0.014 over eight.
    assert np.mean(found) == pytest.approx(expected, abs=0.042)
    assert expected == pytest.approx(published, abs=0.02)


def test_density_of_fresh_rows_is_one() -> None:
    rng = np.random.default_rng(2)
    found = [
        prdc(*(balls(rng.normal(size=(300, 3)), 5) for _ in range(2)), 5)[2] for _ in range(10)
    ]
    # A ball holds k m / n synthetic rows on average; se over ten tables about 0.02.
    assert np.mean(found) == pytest.approx(1, abs=0.06)


def test_ties_at_the_border_are_inside() -> None:
    # On a grid every fifth neighbour is tied: a strict border would count by rounding error.
    grid = np.stack(np.meshgrid(*[np.arange(5.0)] * 2), axis=-1).reshape(-1, 2) * 0.1
    same = balls(grid, 5)
    exact = np.linalg.norm(grid[:, None] - grid[None], axis=2) <= same.radius[:, None] + 1e-9
    precision, recall, density, coverage = prdc(same, same, 5)
    assert (precision, recall, coverage) == (1, 1, 1)
    assert density == pytest.approx(exact.sum() / (5 * 25))


def test_ties_count_far_from_the_origin_too() -> None:
    grid = (np.arange(200.0)[:, None] + 5e4).astype(np.float32)
    found = prdc(balls(grid, 2), balls(grid, 2), 2)
    assert found == (1, 1, pytest.approx(3 * 200 / 400, abs=0.02), 1)


def test_too_few_rows_is_not_applicable(plain: Callable, measured: Callable) -> None:
    with pytest.raises(NotApplicable):
        balls(np.zeros((5, 1)), 5)


def test_density_is_scored_by_its_distance_from_one(plain: Callable, measured: Callable) -> None:
    # In many dimensions rows drawn to the middle lie in many balls.
    rng = np.random.default_rng(3)
    real, crowded = plain(rng.normal(size=(200, 20))), plain(rng.normal(size=(200, 20)) / 3)
    found = measured(real, real, crowded.frame, "manifold")
    assert found["density", ""].value > 2
    assert found["density_score", ""].value == pytest.approx(1 - found["density", ""].value)
