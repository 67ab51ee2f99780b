import resource

import numpy as np
import pytest

from synthcraft.metrics import neighbours
from synthcraft.metrics.neighbours import (
    Points,
    count_ties,
    kernel_sum,
    kernel_sum_within,
    lowest_in_balls,
    nearest,
    overlap,
    radii,
)


def dense(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a[:, None, :].astype(float) - b[None].astype(float), axis=2)


def test_distances_are_those_of_the_dense_matrix() -> None:
    rng = np.random.default_rng(0)
    queries, rows = rng.normal(size=(50, 6)), rng.normal(size=(80, 6))
    found = nearest(queries.astype(np.float32), Points.of(rows.astype(np.float32)), 3)
    expected = np.sort(dense(queries, rows), axis=1)[:, :3]
    assert np.allclose(found.distance, expected, atol=1e-5)


def test_identical_rows_are_at_distance_zero_even_far_from_the_origin() -> None:
    rows = (np.random.default_rng(1).normal(size=(200, 20)) * 1e3 + 1e5).astype(np.float32)
    assert nearest(rows, Points.of(rows)).distance[:, 0].max() == 0


def test_a_matrix_product_puts_identical_rows_apart() -> None:
    # ▪ Distances by |a|² + |b|² − 2ab in float32: up to 0.005 in 36 coordinates of size 1.
    rows = np.random.default_rng(1).normal(size=(500, 36)).astype(np.float32)
    squares = (rows**2).sum(axis=1)
    product = 2 * squares - 2 * np.diag(rows @ rows.T)
    assert 0.001 < np.sqrt(product.max()) < 0.01
    assert nearest(rows, Points.of(rows)).distance[:, 0].max() == 0


def test_repeated_rows_are_one_point_with_a_count() -> None:
    points = Points.of(np.array([[0.0], [0.0], [1.0]], np.float32))
    assert points.counts.tolist() == [2, 1]
    assert nearest(np.zeros((1, 1), np.float32), points).distance.tolist() == [[0, 1]]


@pytest.mark.parametrize("block", [1, 100, 4_000_000])
def test_ties_are_counted_over_all_rows(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK_CELLS", block)
    rng = np.random.default_rng(2)
    queries = rng.integers(0, 2, (40, 7)).astype(np.float32)
    rows = rng.integers(0, 2, (300, 7)).astype(np.float32)
    points = Points.of(rows[rows[:, 0] == 0])
    found = nearest(queries, points, 3)
    radius = found.distance[:, 0]
    every = dense(queries, rows[rows[:, 0] == 0])
    expected = (every <= radius[:, None] + 1e-9).sum(axis=1)
    assert expected.max() > 3
    assert count_ties(queries, points, found, radius).tolist() == expected.tolist()


@pytest.mark.slow
def test_memory_is_bounded_at_100_000_rows() -> None:
    # C.VI 17: a dense matrix would take 80 GB; blocks and results take well under 1 GB.
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(100_000, 6)).astype(np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = nearest(rows, Points.of(rows), 2)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found.distance[:, 0].max() == 0
    assert grown < 1_000_000  # kB


@pytest.mark.parametrize("n", [3, 40, 319, 320, 1279, 1280, 3000])
@pytest.mark.parametrize("levels", [0, 2, 4])
def test_screening_loses_no_winner(n: int, levels: int) -> None:
    # Groups of 1, 8 and 32 columns; with 0 levels no ties, with 2 hardly anything else.
    rng = np.random.default_rng([n, levels])
    rows, queries = (
        (rng.integers(0, levels, (m, 6)) if levels else rng.normal(size=(m, 6))).astype(np.float32)
        for m in (n, 300)
    )
    every = Points(rows, np.ones(n, dtype=np.intp))
    found = nearest(queries, every, 5)
    expected = np.sort(dense(queries, rows), axis=1)[:, :5]
    assert np.allclose(found.distance, expected, atol=1e-7)
    at = np.linalg.norm(queries[:, None].astype(float) - rows[found.index], axis=2)
    assert np.allclose(at, found.distance, rtol=1e-14)
    assert all(len(set(row)) == len(row) for row in found.index.tolist())


def test_a_level_of_its_own_for_each_row_ties_them_all() -> None:
    rows = np.eye(2000, dtype=np.float32)
    found = nearest(rows, Points(rows, np.ones(2000, dtype=np.intp)), 3)
    assert (found.distance[:, 0] == 0).all()
    assert np.array_equal(found.index[:, 0], np.arange(2000))
    assert np.allclose(found.distance[:, 1:], np.sqrt(2))


@pytest.mark.parametrize("far", [1e3, 1e6])
def test_a_coordinate_far_out_in_all_queries_loses_no_winner(far: float) -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(1500, 4)).astype(np.float32)
    queries = rng.normal(size=(100, 4)).astype(np.float32)
    queries[:, 0] = far
    found = nearest(queries, Points.of(rows), 2)
    expected = np.sort(dense(queries, Points.of(rows).distinct), axis=1)[:, :2]
    assert np.allclose(found.distance, expected, rtol=1e-12)


def test_balls_and_kernels_are_those_of_the_dense_matrix() -> None:
    rng = np.random.default_rng(6)
    a, b = (rng.normal(size=(n, 5)).astype(np.float32) for n in (900, 400))
    reach_a, reach_b = radii(a, 4), radii(b, 4)
    every = dense(a, b)
    assert np.allclose(reach_b, np.sort(dense(b, b), axis=1)[:, 4], atol=1e-7)
    found = overlap(a, reach_a, b, reach_b)
    held, reached = every <= reach_b, every <= reach_a[:, None]
    assert found.pairs == held.sum()
    assert np.array_equal(found.within, held.any(axis=1))
    assert np.array_equal(found.holding, held.any(axis=0))
    assert np.array_equal(found.reached, reached.any(axis=0))
    values = rng.random(400)
    lowest = np.where(reached, values, np.inf).min(axis=1)
    assert np.array_equal(lowest_in_balls(a, reach_a, b, values), lowest)
    kernel = np.exp(-(every**2) / 2)
    assert kernel_sum(a, b, 1.0) == pytest.approx(kernel.sum(), rel=1e-5)
    own = np.exp(-(dense(a, a) ** 2) / 2).sum() - 900
    assert kernel_sum_within(a, 1.0) == pytest.approx(own, rel=1e-5)


def test_a_row_on_the_border_of_a_ball_is_inside_whatever_the_rounding() -> None:
    # Sevenths have no exact float32; every ball's border runs through rows.
    grid = (np.stack(np.meshgrid(*[np.arange(7.0)] * 3), -1).reshape(-1, 3) / 7).astype("f4")
    reach = radii(grid, 6)
    exact = dense(grid, grid) <= reach[:, None] * (1 + 1e-6) + 1e-6
    assert overlap(grid, reach, grid, reach).pairs == exact.sum()


def test_close_rows_far_from_the_middle_are_told_apart() -> None:
    # Squares of 10⁶ have a float32 error of 0.1 and more; the rows of a cluster are 0.01 apart.
    rng = np.random.default_rng(7)
    rows = np.repeat(rng.normal(size=(80, 6)) * 1e3, 20, axis=0)
    rows = (rows + rng.normal(size=rows.shape) * 0.01).astype(np.float32)
    found = nearest(rows, Points(rows, np.ones(len(rows), dtype=np.intp)), 3)
    expected = np.sort(dense(rows, rows), axis=1)[:, :3]
    assert np.allclose(found.distance, expected, atol=1e-9)


def test_ties_are_inside_a_ball_far_from_the_middle_too() -> None:
    grid = (np.stack(np.meshgrid(*[np.arange(7.0)] * 3), -1).reshape(-1, 3) * 1001).astype("f4")
    reach = radii(grid, 6)
    found = overlap(grid, reach, grid, reach)
    assert found.pairs == (dense(grid, grid) <= reach[:, None]).sum()


@pytest.mark.parametrize("code", [1e3, 1e5])
def test_balls_and_kernels_bear_a_code_far_out_for_missing_numbers(code: float) -> None:
    # Every thirtieth row: in float32 all of these lay in each other's balls, and the mean so far
    # from all others that no kernel was right.
    rng = np.random.default_rng(8)
    a, b = (rng.normal(size=(n, 5)).astype(np.float32) for n in (900, 600))
    a[::30, 0], b[::30, 0] = code, code
    reach_a, reach_b = radii(a, 4), radii(b, 4)
    every = dense(a, b)
    found = overlap(a, reach_a, b, reach_b)
    held, reached = every <= reach_b, every <= reach_a[:, None]
    assert found.pairs == held.sum()
    assert np.array_equal(found.holding, held.any(axis=0))
    assert np.array_equal(found.reached, reached.any(axis=0))
    assert kernel_sum(a, b, 1.0) == pytest.approx(np.exp(-(every**2) / 2).sum(), rel=1e-4)
    own = np.exp(-(dense(a, a) ** 2) / 2).sum() - 900
    assert kernel_sum_within(a, 1.0) == pytest.approx(own, rel=1e-4)
