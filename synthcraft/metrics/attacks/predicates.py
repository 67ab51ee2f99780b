"""Predicates on a few columns, and which rows they match.

A predicate is an interval per column, so column names and levels never become code or a query
string: numbers are as they are, levels are numbered over all tables together, and a missing value
is −∞, which no condition on numbers includes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column
from synthcraft.metrics.encode import Floats, Ints

LEAST = float(np.finfo(float).min)  # above −∞: what is missing is not small
FIRST_ROWS = (100, 600)  # most candidates match two of the first rows already


@dataclass(frozen=True, eq=False)
class Predicates:
    """``low[i, k] <= row[columns[i, k]] <= high[i, k]`` for all k, one predicate for each i."""

    columns: Ints
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, which: Any) -> "Predicates":
        """Some of the predicates."""
        return Predicates(self.columns[which], self.low[which], self.high[which])

    def matches(self, values: Floats) -> Iterator[Ints]:
        """The matching rows of each predicate; ``values`` is (columns × rows)."""
        for columns, low, high in zip(self.columns, self.low, self.high, strict=True):
            matching = np.ones(values.shape[1], dtype=bool)
            for column, least, most in zip(columns, low, high, strict=True):
                matching &= values[column] >= least
                matching &= values[column] <= most
            yield np.flatnonzero(matching)

    def counts(self, values: Floats) -> Ints:
        """How many rows each predicate matches."""
        return np.array([len(rows) for rows in self.matches(values)], dtype=int)


def joined(parts: Sequence[Predicates]) -> Predicates:
    """The predicates of all parts, in order."""
    return Predicates(
        np.concatenate([p.columns for p in parts]),
        np.concatenate([p.low for p in parts]),
        np.concatenate([p.high for p in parts]),
    )


def comparable(columns: Sequence[Column], frames: Sequence[pd.DataFrame]) -> list[Floats]:
    """Each frame as (columns × rows) numbers in which equal levels have equal numbers.

    >>> frames = [pd.DataFrame({"x": pd.Categorical(v)}) for v in (["b"], ["a", "b", None])]
    >>> [values.tolist() for values in comparable([Column("x", "categorical")], frames)]
    [[[1.0]], [[0.0, 1.0, -inf]]]
    """
    rows = [[_numbers(frame[c.name], c, frames) for c in columns] for frame in frames]
    return [np.array(one, dtype=float) for one in rows]


def _numbers(values: pd.Series, column: Column, frames: Sequence[pd.DataFrame]) -> Any:
    if column.numeric:
        numbers = values.to_numpy(dtype=float)
        return np.where(np.isnan(numbers), -np.inf, numbers)
    levels = sorted({str(v) for frame in frames for v in frame[column.name].cat.categories})
    known = {level: number for number, level in enumerate(levels)}
    own = [float(known[str(level)]) for level in values.cat.categories]
    return np.array([*own, -np.inf])[values.cat.codes.to_numpy()]


def medians(values: Floats) -> Floats:
    """The median of each column's known numbers, 0 without any."""
    known = [own[np.isfinite(own)] for own in values]
    return np.array([np.median(own) if len(own) else 0.0 for own in known])


def from_rows(values: Floats, middle: Floats, numeric: Any, chosen: Ints) -> Predicates:
    """What describes each (row, columns…) of ``chosen``: its levels, how high or low it is.

    A number above the column's ``middle`` becomes «at least as high», another «at least as low».
    """
    rows, columns = chosen[:, :1], chosen[:, 1:]
    own = values[columns, rows]
    amount = numeric[columns] & np.isfinite(own)
    above = own > middle[columns]
    low = np.where(amount & ~above, LEAST, own)
    high = np.where(amount & above, np.inf, own)
    return Predicates(columns, low, high)


def single(values: Floats, predicates: Predicates) -> Predicates:
    """Those that match exactly one row."""
    left = predicates
    for stop in FIRST_ROWS:
        left = left.take(_counts_at_once(values[:, :stop], left) <= 1)
    return left.take(left.counts(values) == 1)


def _counts_at_once(values: Floats, predicates: Predicates) -> Ints:
    """As ``counts``, faster where rows are few."""
    matching = np.ones((len(predicates), values.shape[1]), dtype=bool)
    for column, low, high in zip(
        predicates.columns.T, predicates.low.T, predicates.high.T, strict=True
    ):
        own = values[column]
        matching &= own >= low[:, None]
        matching &= own <= high[:, None]
    return np.asarray(matching.sum(axis=1))
