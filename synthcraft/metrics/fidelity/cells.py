"""How values fall into cells, and how far two samples' shares of the cells are apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.metrics.context import Real
from synthcraft.metrics.encode import Floats, Ints


@dataclass(frozen=True, eq=False)
class Cells:
    """Bin edges of numeric columns and levels of the others.

    The first and last bin of a number lie outside the range of the train values, so that disjoint
    supports share no cell. The last cell of every column holds missing values, the one before
    levels that no real row has.
    """

    names: tuple[str, ...]
    edges: dict[str, Floats]
    levels: dict[str, tuple[str, ...]]

    def width(self, name: str) -> int:
        """Number of cells of a column."""
        return (len(self.edges[name]) if name in self.edges else len(self.levels[name])) + 2

    @property
    def widths(self) -> list[int]:
        """Number of cells of each column."""
        return [self.width(name) for name in self.names]

    def code(self, values: pd.Series) -> Ints:
        """The cell of each value of one column."""
        name = str(values.name)
        if name in self.edges:
            cell = _bins(values.to_numpy(), self.edges[name])
        else:
            levels = pd.Index(self.levels[name], dtype=object)
            known = levels.get_indexer(values.cat.categories.astype(object))
            cell = np.append(np.where(known < 0, len(levels), known), -1)[values.cat.codes]
        return np.where(values.isna(), self.width(name) - 1, cell)

    def codes(self, frame: pd.DataFrame) -> Ints:
        """(columns × rows) cells."""
        return np.array([self.code(frame[name]) for name in self.names], dtype=np.int32)


def _bins(values: Floats, edges: Floats) -> Ints:
    cell = np.searchsorted(edges, values, side="right")
    if len(edges):
        cell[values == edges[-1]] = len(edges) - 1
    return cell


def fit_cells(real: Real, names: Iterable[str], bins: int) -> Cells:
    """Quantile bins of the train values; levels of the train and holdout rows."""
    numeric = set(real.train.numeric)
    chosen = tuple(names)
    train, holdout = real.train.frame, real.holdout.frame
    return Cells(
        chosen,
        {n: quantile_edges(train[n], bins) for n in chosen if n in numeric},
        {
            n: tuple(train[n].cat.categories.union(holdout[n].cat.categories, sort=False))
            for n in chosen
            if n not in numeric
        },
    )


def quantile_edges(values: pd.Series, bins: int) -> Floats:
    """Edges of at most ``bins`` bins from the smallest to the largest value.

    >>> quantile_edges(pd.Series([0.0, 1.0, 2.0, 3.0, 4.0]), 2).tolist()
    [0.0, 2.0, 4.0]
    """
    seen = values.dropna().to_numpy(dtype=float)
    if not len(seen):
        return np.empty(0)
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, bins + 1)))
    # A constant is a bin of its own, apart from all below and above.
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def cell_counts(ordered: Floats, edges: Floats) -> Ints:
    """Numbers of sorted values below, in each bin, and above; the last edge is inside.

    >>> cell_counts(np.array([0.0, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 2.0])).tolist()
    [0, 1, 2, 1]
    """
    until = np.searchsorted(ordered, edges, side="left")
    if len(edges):
        until[-1] = np.searchsorted(ordered, edges[-1], side="right")
    return np.diff(until, prepend=0, append=len(ordered))


def tv_of_codes(a: Ints, b: Ints, cells: int) -> float:
    """Total variation between two samples of cells numbered from 0.

    >>> tv_of_codes(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 2]), 3)
    0.5
    """
    if cells > 8 * (len(a) + len(b)):
        return tv(a, b)
    p, q = (np.bincount(codes, minlength=cells) / len(codes) for codes in (a, b))
    return float(np.abs(p - q).sum() / 2)


def tv(a: Any, b: Any) -> float:
    """Total variation between the shares of the values in two samples; 0: the same, 1: disjoint.

    >>> tv([0, 0, 1, 1], [1, 1, 1, 2])
    0.5
    """
    values, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    p = np.bincount(codes[: len(a)], minlength=len(values)) / len(a)
    q = np.bincount(codes[len(a) :], minlength=len(values)) / len(b)
    return float(np.abs(p - q).sum() / 2)


def jensen_shannon(p: Any, q: Any) -> float:
    """Jensen–Shannon distance (base 2) between two rows of counts; 0: the same, 1: disjoint.

    >>> jensen_shannon([1, 0], [0, 5]), jensen_shannon([1, 1], [2, 2])
    (1.0, 0.0)
    """
    p, q = (np.asarray(counts) / max(np.sum(counts), 1) for counts in (p, q))
    middle = (p + q) / 2

    def divergence(shares: Any) -> Any:
        some = shares > 0
        return (shares[some] * np.log2(shares[some] / middle[some])).sum()

    return float(np.sqrt(max((divergence(p) + divergence(q)) / 2, 0.0)))
