"""Against closed forms for Gaussians and a dense computation."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synthcraft.metrics.fidelity.kernel import median_distance, mmd2


def gaussian(width: float, variance: float, d: int, shift: float = 0) -> float:
    """E k(x, y) of a difference x − y that is normal with this variance and mean shift."""
    wide = width**2 + variance
    return (width**2 / wide) ** (d / 2) * np.exp(-(shift**2) / (2 * wide))


@pytest.mark.parametrize(("shift", "sd"), [(1.0, 1.0), (0.0, 3.0), (0.0, 1.0)])
def test_gaussians_have_the_closed_form(shift: float, sd: float) -> None:
    n, d, width = 2000, 3, 2.0
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(n, d)) * sd
    y[:, 0] += shift
    expected = (
        gaussian(width, 2, d)
        + gaussian(width, 2 * sd**2, d)
        - 2 * gaussian(width, 1 + sd**2, d, shift)
    )
    # The estimate's sd is below 2 sqrt(Var k / n) < 2 * 0.25 / sqrt(2000) = 0.011 away from the
    # null, and about 1e-3 at it.
    assert mmd2(x, y, width) == pytest.approx(expected, abs=0.033 if expected else 0.003)


def test_blocks_give_what_a_dense_computation_gives() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(700, 4)), rng.normal(0.3, 1, size=(500, 4))
    kxx, kyy, kxy = (np.exp(-(cdist(a, b) ** 2) / 8) for a, b in ((x, x), (y, y), (x, y)))
    dense = (kxx.sum() - 700) / (700 * 699) + (kyy.sum() - 500) / (500 * 499) - 2 * kxy.mean()
    assert mmd2(x, y, 2.0) == pytest.approx(dense, abs=1e-6)


def test_the_estimate_is_unbiased() -> None:
    rng = np.random.default_rng(2)
    values = [mmd2(*rng.normal(size=(2, 40, 2)), 1.5) for _ in range(400)]
    # With the diagonal the mean would be about 2 (1 − E k) / 40 = 0.02.
    assert abs(np.mean(values)) < 3 * np.std(values) / 20


def test_three_times_the_spread_is_ten_times_the_distance(
    plain: Callable, measured: Callable
) -> None:
    # C.VI 4
    rng = np.random.default_rng(3)
    real, same, wide = (plain(rng.normal(0, sd, size=(400, 1))) for sd in (1, 1, 3))
    near, far = (measured(real, real, t.frame, "mmd")["mmd2", ""].value for t in (same, wide))
    assert far > 10 * abs(near)


def test_the_bandwidth_is_the_median_distance() -> None:
    rows = np.array([[0.0], [1.0], [5.0]])
    assert median_distance(rows, np.random.default_rng(0)) == 4
