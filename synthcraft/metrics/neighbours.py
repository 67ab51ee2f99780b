"""Nearest rows, ties, balls and kernels: brute force in blocks, memory O(block × rows).

Squared distances come from matrix products in float32, which can put identical rows 0.005 apart
(in float64 where numbers lie far out). They only screen: the winners' distances are computed again
by differences in float64, and a ball takes in what lies within rounding error of its border, so
that ties count as inside.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.metrics.device import Device, open_device
from synthcraft.metrics.encode import Floats, Ints

TOLERANCE = 1e-6  # distances closer than this (relative and absolute) are ties: float32 noise
BLOCK_CELLS = 4_000_000
GROUPS = (32, 8, 1)  # rows are screened by the minima of groups; the size must divide the first
CROWD = 64  # more candidates per winner than this: many ties, or numbers too large for float32
COARSE = 0.01  # an error of squared distances that balls and kernels of scaled rows would show


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


def nearest(queries: Floats, points: Points, k: int = 5, *, device: str = "cpu") -> Neighbours:
    """The ``min(k, points)`` nearest distinct points of each query.

    >>> points = Points.of(np.array([[3.0], [1.0]]))
    >>> nearest(np.array([[0.0]]), points).distance.tolist()
    [[1.0, 3.0]]
    """
    rows = points.distinct
    k = min(k, len(rows))
    squares = _Squares.of(rows, open_device(device))
    index = np.empty((len(queries), k), dtype=np.intp)
    distance = np.empty((len(queries), k))
    for block in squares.blocks(queries):
        asked = queries[block]
        row, column = squares.candidates(asked, k)
        if len(row) > CROWD * k * len(asked):
            row, column = _partitioned(asked, rows, k)
        index[block], distance[block] = _winners(asked, rows, row, column, k)
    return Neighbours(index, distance)


def _winners(asked: Floats, rows: Floats, row: Ints, column: Ints, k: int) -> tuple[Ints, Floats]:
    """Index and distance of the k nearest among candidate pairs, by differences in float64."""
    squared = np.empty(len(row))
    for part in _blocks(len(row), asked.shape[1]):
        difference = asked[row[part]].astype(float) - rows[column[part]]
        squared[part] = np.einsum("cd,cd->c", difference, difference)
    order = np.lexsort((column, squared, row))
    first = np.searchsorted(row[order], np.arange(len(asked)))
    best = order[first[:, None] + np.arange(k)]
    return column[best], np.sqrt(squared[best])


def _partitioned(asked: Floats, rows: Floats, k: int) -> tuple[Ints, Ints]:
    """Candidates from exact distances, some more than k per query: of more ties any will do."""
    some = min(4 * k, len(rows))
    column = np.empty((len(asked), some), dtype=np.intp)
    centre = rows.mean(axis=0, dtype=float)
    far = rows - centre
    norms = np.einsum("nd,nd->n", far, far)
    for part in _blocks(len(asked), len(rows)):
        ranked = norms - 2 * ((asked[part] - centre) @ far.T)
        column[part] = np.argpartition(ranked, some - 1, axis=1)[:, :some]
    return np.repeat(np.arange(len(asked)), some), column.ravel()


@dataclass(frozen=True, eq=False)
class _Squares:
    """Squared distances of any queries to fixed rows, by one matrix product per block.

    They are too small by up to twice the rounding error, ``slack`` × (|query|² + |row|²), but never
    too large. Rows so far out that float32 would take neighbours of them for the same, such as
    those with a code like 99999 for a missing number, are computed in float64. Columns are padded
    with rows that are infinitely far.
    """

    on: Device
    centre: Floats
    matrix: Any
    columns: int
    slack: float
    precise: bool

    @classmethod
    def of(cls, rows: Floats, on: Device) -> "_Squares":
        centre = rows.mean(axis=0, dtype=float)
        near = rows - centre
        norms = np.einsum("nd,nd->n", near, near)
        slack = _slack(near, np.float32)
        precise = bool(slack * norms.max(initial=0) > COARSE)
        if precise:
            slack = _slack(near, np.float64)
        norms *= 1 - slack
        width = len(near) + -len(near) % GROUPS[0]
        matrix = np.zeros((near.shape[1] + 2, width), np.float64 if precise else np.float32)
        matrix[:-2, : len(near)] = -2 * near.T
        matrix[-2] = np.inf
        matrix[-2, : len(near)] = norms
        matrix[-1] = 1
        return cls(on, centre, on.put(matrix), len(near), slack, precise)

    def blocks(self, queries: Floats) -> list[slice]:
        """Blocks of queries that the device takes at once."""
        size = min(self.on.rows, max(1, 50 * BLOCK_CELLS // max(self.columns, 1)))
        return [slice(start, start + size) for start in range(0, len(queries), size)]

    def to(self, queries: Floats, *, start: int = 0) -> Any:
        """(queries × columns from ``start``) on the device."""
        near = self._near(queries)
        norms = (1 - self.slack) * np.einsum("qd,qd->q", near, near)
        wide = np.column_stack([near, np.ones(len(near)), norms]).astype(near.dtype)
        return self.on.put(wide) @ self.matrix[:, start:]

    def balls(self, radius: Floats) -> Any:
        """Squares of radii on the device, to compare squared distances with."""
        return self.on.put((_reach(radius) ** 2).astype(self._precision))

    def _near(self, queries: Floats) -> Floats:
        return (queries - self.centre).astype(self._precision)

    @property
    def _precision(self) -> type[np.floating[Any]]:
        return np.float64 if self.precise else np.float32

    def candidates(self, queries: Floats, k: int) -> tuple[Ints, Ints]:
        """(query, row) pairs among which the k nearest rows of each query surely are."""
        squared = self.to(queries)
        # The k-th smallest of the groups' minima bounds the k-th smallest of all from above.
        group = next(size for size in GROUPS if size == 1 or squared.shape[1] >= 8 * k * size)
        bound = self.on.kth(self.on.group_minima(squared, group), k)
        near = self._near(queries)
        norms = self.on.put(np.einsum("qd,qd->q", near, near)[:, None])
        # |row|² ≤ 2 |query|² + 2 distance², for the winners and for those that set the bound.
        limit = bound + 2 * self.slack * (3 * norms + 2 * bound)
        return self.on.positions(squared <= limit)


@dataclass(frozen=True, eq=False)
class Overlap:
    """How balls around real rows and balls around synthetic rows meet.

    ``pairs`` counts synthetic rows in balls of real rows, one for each ball. ``within``: which
    synthetic rows lie in any real ball; ``holding``: which real balls hold any synthetic row;
    ``reached``: which real rows lie in any synthetic ball.
    """

    pairs: int
    within: Any
    holding: Any
    reached: Any


def radii(rows: Floats, k: int, *, device: str = "cpu") -> Floats:
    """Distance from each row to its k-th nearest other row; repeated rows are others.

    >>> radii(np.array([[0.0], [1.0], [3.0]]), 1).tolist()
    [1.0, 1.0, 2.0]
    """
    every = Points(rows, np.ones(len(rows), dtype=np.intp))
    return nearest(rows, every, k + 1, device=device).distance[:, k]


def overlap(
    synthetic: Floats,
    synthetic_radius: Floats,
    real: Floats,
    real_radius: Floats,
    *,
    device: str = "cpu",
) -> Overlap:
    """Which rows of one side lie in balls around rows of the other; borders are inside.

    >>> found = overlap(*(np.array(x) for x in ([[0.0]], [0.5], [[1.0], [9.0]], [1.0, 2.0])))
    >>> found.pairs, found.within.tolist(), found.holding.tolist(), found.reached.tolist()
    (1, [True], [True, False], [False, False])
    """
    on = open_device(device)
    squares = _Squares.of(real, on)
    real_balls, our_balls = (squares.balls(radius) for radius in (real_radius, synthetic_radius))
    pairs, within = 0, []
    holding, reached = np.zeros((2, len(real)), dtype=bool)
    for block in squares.blocks(synthetic):
        squared = squares.to(synthetic[block])[:, : len(real)]
        inside = squared <= real_balls
        pairs += on.count(inside)
        within.append(on.get(on.any(inside, axis=1)))
        holding |= on.get(on.any(inside, axis=0)).astype(bool)
        reaching = squared <= our_balls[block][:, None]
        reached |= on.get(on.any(reaching, axis=0)).astype(bool)
    return Overlap(pairs, np.concatenate(within), holding, reached)


def lowest_in_balls(
    real: Floats, radius: Floats, synthetic: Floats, values: Floats, *, device: str = "cpu"
) -> Floats:
    """For each real row, the lowest value of the synthetic rows in its ball, or infinity.

    >>> lowest_in_balls(*(np.array(x) for x in ([[0.0], [9.0]], [1.0, 1.0], [[1.0]], [7.0])))
    array([ 7., inf])
    """
    on = open_device(device)
    squares = _Squares.of(synthetic, on)
    balls, labels = squares.balls(radius), on.put(values.astype(np.float64))
    found = []
    for block in squares.blocks(real):
        inside = squares.to(real[block])[:, : len(synthetic)] <= balls[block][:, None]
        found.append(on.get(on.lowest_where(inside, labels)))
    return np.concatenate(found)


def _slack(rows: Floats, precision: type[np.floating[Any]]) -> float:
    """Relative rounding error of products of rows in this precision, at most."""
    return int(rows.shape[1] + 4) * float(np.finfo(precision).eps)


def kernel_sum(a: Floats, b: Floats, bandwidth: float, *, device: str = "cpu") -> float:
    """Sum of exp(−distance² / (2 bandwidth²)) over all pairs of a row of ``a`` and one of ``b``.

    >>> a = np.array([[0.0], [1.0]])
    >>> round(kernel_sum(a, a, 1.0), 4)  # 2 + 2 exp(-1/2)
    3.2131
    """
    on = open_device(device)
    squares, scale = _Squares.of(b, on), -0.5 / bandwidth**2
    return sum(on.kernel_sum(squares.to(a[block]), scale) for block in squares.blocks(a))


def kernel_sum_within(a: Floats, bandwidth: float, *, device: str = "cpu") -> float:
    """The same over all ordered pairs of two different rows of ``a``.

    >>> round(kernel_sum_within(np.array([[0.0], [1.0]]), 1.0), 4)  # 2 exp(-1/2)
    1.2131
    """
    on = open_device(device)
    squares, scale = _Squares.of(a, on), -0.5 / bandwidth**2
    total = 0.0
    for block in squares.blocks(a):
        # Later rows count for both orders; the block's own square holds both and the diagonal.
        squared = squares.to(a[block], start=block.start)
        own = len(a[block])
        later = on.kernel_sum(squared[:, own:], scale)
        total += 2 * later + on.kernel_sum(squared[:, :own], scale) - own
    return total


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
