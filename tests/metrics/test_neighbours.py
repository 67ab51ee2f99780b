import resource

import numpy as np
import pytest

from synthcraft.metrics import neighbours
from synthcraft.metrics.neighbours import Points, count_ties, nearest


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
