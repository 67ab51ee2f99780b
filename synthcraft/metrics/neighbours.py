"""Nearest rows and ties: brute force in blocks, memory O(block × rows), exact for the winners."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from synthcraft.metrics.encode import Floats, Ints

TOLERANCE = 1e-6  # distances closer than this (relative and absolute) are ties: float32 noise
BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Points:
    """Distinct rows of a matrix with how often each occurs."""

    distinct: Floats
    counts: Ints

    @classmethod
    def of(cls, matrix: Floats) -> "Points":
        """The distinct rows of a matrix, in lexical order.

        >>> Points.of(np.array([[1.0], [0.0], [1.0]])).counts.tolist()
        [1, 2]
        """
        distinct, counts = np.unique(matrix, axis=0, return_counts=True)
        return cls(distinct, counts)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest points of each query: ``index``, ``distance`` (queries × k), nearest first."""

    index: Ints
    distance: Floats

    def within(self, radius: Floats) -> Any:
        """Which of the k neighbours lie within (or at) the radius of their query."""
        return self.distance <= _reach(radius)[:, None]


def nearest(queries: Floats, points: Points, k: int = 5) -> Neighbours:
    """The ``min(k, points)`` nearest distinct points of each query.

    Distances from a matrix product can put identical rows 0.005 apart, so those of the winners are
    computed again by differences.

    >>> points = Points.of(np.array([[3.0], [1.0]]))
    >>> nearest(np.array([[0.0]]), points).distance.tolist()
    [[1.0, 3.0]]
    """
    k = min(k, len(points.distinct))
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points.distinct)
    index = search.kneighbors(queries, return_distance=False)
    distance = np.empty(index.shape)
    for rows in _blocks(len(queries), k * queries.shape[1]):
        difference = queries[rows, None, :].astype(float) - points.distinct[index[rows]]
        distance[rows] = np.sqrt(np.einsum("qkd,qkd->qk", difference, difference))
    order = np.argsort(distance, axis=1, kind="stable")
    return Neighbours(
        np.take_along_axis(index, order, axis=1), np.take_along_axis(distance, order, axis=1)
    )


def count_ties(queries: Floats, points: Points, found: Neighbours, radius: Floats) -> Floats:
    """How many rows (repeats counted) lie within ``radius`` of each query.

    The k nearest tell it, except where all k lie within: those queries are counted over all points.
    """
    within = found.within(radius)
    counts: Floats = (within * points.counts[found.index]).sum(axis=1).astype(float)
    if found.index.shape[1] < len(points.distinct):
        unsure = np.flatnonzero(within.all(axis=1))
        counts[unsure] = _count_within(queries[unsure], points, radius[unsure])
    return counts


def _count_within(queries: Floats, points: Points, radius: Floats) -> Floats:
    rows = points.distinct.astype(float)
    squares = np.einsum("nd,nd->n", rows, rows)
    counts = np.empty(len(queries))
    for block in _blocks(len(queries), len(rows)):
        asked = queries[block].astype(float)
        reach = _reach(radius[block]) ** 2 - np.einsum("nd,nd->n", asked, asked)
        inside = squares - 2 * (asked @ rows.T) <= reach[:, None]
        counts[block] = inside @ points.counts.astype(float)
    return counts


def _reach(radius: Floats) -> Any:
    return radius * (1 + TOLERANCE) + TOLERANCE


def _blocks(rows: int, cells_per_row: int) -> list[slice]:
    size = max(1, BLOCK_CELLS // max(cells_per_row, 1))
    return [slice(start, start + size) for start in range(0, rows, size)]
