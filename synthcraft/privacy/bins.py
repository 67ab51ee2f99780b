"""Bins of a numeric column: their edges lie on the grid of the numbers that its decimals allow."""

import numpy as np

from synthcraft.data.table import Column

DEFAULT_BINS = 20  # of a range that is bought or taken from the data
FEW_VALUES = 32  # a declared range with at most so many values needs no bins: one for each
MOST_DECIMALS = 12  # as in dataset.columns


def edges_of(column: Column, low: float, high: float, digits: int) -> tuple[float, ...]:
    """The bins' edges, moved up to the next number with that many decimals; no bin is empty.

    >>> edges_of(Column("age", "numeric", bins=4), 20, 79, 0)
    (20.0, 35.0, 50.0, 65.0, 79.0)
    >>> edges_of(Column("bmi", "numeric", bins=(18.5, 25, 30)), 10, 70, 1)
    (10.0, 18.5, 25.0, 30.0, 70.0)
    """
    first, last = ends(low, high, digits)
    last = max(first, last)
    count = last - first + 1
    if isinstance(column.bins, tuple):
        inner = [_up(edge, digits) for edge in column.bins]
        starts = np.unique([first, *(edge for edge in inner if first < edge <= last)])
    else:
        bins = column.bins or (count if count <= FEW_VALUES else DEFAULT_BINS)
        starts = first + np.unique(np.floor(np.arange(bins) * count / bins))
    edges = np.round(np.append(starts, last) / 10.0**digits, digits)
    return tuple(float(edge) for edge in edges)


def digits_of(column: Column, low: float, high: float) -> int:
    """The column's decimals as declared; else such that a bin has 100 to 1,000 values.

    That is three significant digits of the bin's width, and no more than a double holds.

    >>> digits_of(Column("x", "numeric", bins=10), 0.0, 100.0)
    1
    """
    if has(column, "decimals") and column.decimals is not None:
        return column.decimals
    bins = len(column.bins) + 1 if isinstance(column.bins, tuple) else column.bins or DEFAULT_BINS
    width = (high - low) / bins
    wanted = 2 - int(np.floor(np.log10(width))) if width > 0 else 0
    held = 15 - int(np.ceil(np.log10(max(abs(low), abs(high), 1.0))))
    return max(0, min(wanted, held, MOST_DECIMALS))


def ends(low: float, high: float, digits: int) -> tuple[float, float]:
    """The first and the last number with that many decimals in a range, times 10^digits."""
    return _up(low, digits), -_up(-high, digits)


def _up(value: float, digits: int) -> float:
    """The smallest whole number that is, divided by 10^digits, at least the value."""
    near = float(np.rint(value * 10.0**digits))
    return near if np.round(near / 10.0**digits, digits) >= value else near + 1.0


def few_values(column: Column) -> bool:
    """Whether its declared range has at most ``FEW_VALUES`` numbers with its declared decimals."""
    if not has(column, "decimals"):
        return False
    first, last = ends(*range_of(column), column.decimals or 0)
    return last - first + 1 <= FEW_VALUES


def has(column: Column, key: str) -> bool:
    """Whether low, high, decimals or levels were declared: only then they are not of the rows."""
    return key in column.declared and getattr(column, key) is not None


def range_of(column: Column) -> tuple[float, float]:
    """Low and high of a column for which both are settled."""
    assert column.low is not None and column.high is not None
    return column.low, column.high
