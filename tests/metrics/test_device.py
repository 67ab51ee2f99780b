"""The torch path gives what numpy gives; on the CPU here, on a CUDA device where there is one."""

import numpy as np
import pytest

from synthcraft.metrics.fidelity.manifold import balls, prdc
from synthcraft.metrics.neighbours import (
    Points,
    kernel_sum,
    kernel_sum_within,
    lowest_in_balls,
    nearest,
    radii,
)


@pytest.fixture(scope="module", params=["cpu:0", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    torch = pytest.importorskip("torch")
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return str(request.param)


@pytest.fixture(scope="module")
def sides() -> tuple[np.ndarray, np.ndarray]:
    """Mixed rows: numbers, and levels that make many ties."""
    rng = np.random.default_rng(0)
    made = [np.hstack([rng.normal(size=(n, 5)), rng.integers(0, 2, (n, 4))]) for n in (5000, 3000)]
    for rows in made:
        rows[: len(rows) // 4, :5] = np.round(rows[: len(rows) // 4, :5])
    a, b = (rows.astype(np.float32) for rows in made)
    return a, b


def test_neighbours_are_the_same(device: str, sides: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = sides
    points = Points.of(b)
    ours, theirs = nearest(a, points), nearest(a, points, device=device)
    # Winners are recomputed in float64 on the host: only the choice among exact ties may differ.
    assert np.array_equal(ours.distance, theirs.distance)
    assert (ours.index == theirs.index).mean() > 0.99
    assert np.array_equal(radii(b, 5), radii(b, 5, device=device))


def test_balls_are_the_same(device: str, sides: tuple[np.ndarray, np.ndarray]) -> None:
    real, made = (balls(rows, 5) for rows in sides)
    # A row within float32 rounding of a border may fall on either side: one in ten thousand.
    assert prdc(real, made, 5, device) == pytest.approx(prdc(real, made, 5), abs=2e-4)
    values = np.linalg.norm(made.rows, axis=1)
    ours = lowest_in_balls(real.rows, real.radius, made.rows, values)
    theirs = lowest_in_balls(real.rows, real.radius, made.rows, values, device=device)
    assert (ours == theirs).mean() > 0.999


def test_kernel_sums_are_the_same(device: str, sides: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = sides
    # float32 products of nine coordinates, float64 sums.
    assert kernel_sum(a, b, 2.0, device=device) == pytest.approx(kernel_sum(a, b, 2.0), rel=1e-6)
    assert kernel_sum_within(a, 2.0, device=device) == pytest.approx(
        kernel_sum_within(a, 2.0), rel=1e-6
    )


def test_a_code_far_out_is_borne_alike(device: str, sides: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = (rows.copy() for rows in sides)
    a[::30, 0], b[::30, 0] = 2000.0, 2000.0
    real, made = (balls(rows, 5) for rows in (a, b))
    # Both multiply in float64.
    assert prdc(real, made, 5, device) == pytest.approx(prdc(real, made, 5), abs=1e-6)
    assert kernel_sum(a, b, 2.0, device=device) == pytest.approx(kernel_sum(a, b, 2.0), rel=1e-9)
