"""Predicates on a few columns, and which rows they match.

A predicate is an interval per column of ``comparable`` tables, so column names and levels never
become code or a query string, and no condition on numbers includes a missing one (−∞).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

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
