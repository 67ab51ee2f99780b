"""The finite domain of a private release: levels and bins that hold no value of the real table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.privacy.release import Release

Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Attribute:
    """One column's finite values: levels, or bins between ``edges``; then always "missing".

    Codes 0, 1, … are the levels or bins in order, the last code (``size`` − 1) is a missing value.
    """

    column: Column
    levels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """Number of codes, "missing" among them."""
        return (len(self.edges) - 1 if self.column.numeric else len(self.levels)) + 1

    def encode(self, values: "pd.Series[Any]") -> Codes:
        """The code of each value; beyond the range counts as its end, unknown levels as missing."""
        if self.column.numeric:
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            codes = np.searchsorted(np.array(self.edges[1:-1]), numbers, side="right")
            return np.where(np.isnan(numbers), self.size - 1, codes).astype(np.int64)
        known = {level: code for code, level in enumerate(self.levels)}
        return values.astype(object).map(known).fillna(self.size - 1).to_numpy(dtype=np.int64)

    def decode(self, codes: Codes, rng: np.random.Generator) -> Any:
        """A value for each code: the level, or a uniform draw within the bin."""
        absent = codes == self.size - 1
        if not self.column.numeric:
            return np.where(absent, None, np.array([*self.levels, None], dtype=object)[codes])
        edges = np.array([*self.edges, np.nan])
        low, high = edges[codes], edges[np.minimum(codes + 1, len(self.edges) - 1)]
        return np.where(absent, np.nan, low + (high - low) * rng.random(len(codes)))


@dataclass(frozen=True)
class Domain:
    """The finite domain of a table: one attribute per column, in the table's order."""

    attributes: tuple[Attribute, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of codes of each column."""
        return tuple(attribute.size for attribute in self.attributes)

    def encode(self, frame: pd.DataFrame) -> Codes:
        """Codes, rows × columns."""
        return np.column_stack([a.encode(frame[a.column.name]) for a in self.attributes])

    def decode(self, codes: Codes, rng: np.random.Generator) -> pd.DataFrame:
        """Rows in canonical form, from codes (rows × columns)."""
        drawn = {a.column.name: a.decode(codes[:, i], rng) for i, a in enumerate(self.attributes)}
        return conform(pd.DataFrame(drawn), [a.column for a in self.attributes])


def settle(train: Table, release: Release, rng: np.random.Generator) -> Domain:
    """The domain on the release's terms; a private one costs its share of the budget."""
    return declared_domain(train.columns)


def declared_domain(columns: Sequence[Column]) -> Domain:
    """The domain that the columns' declared levels, ranges and bins make; no row is looked at."""
    return Domain(tuple(_attribute(column) for column in columns))


def _attribute(column: Column) -> Attribute:
    if not column.numeric:
        return Attribute(column, levels=column.levels)
    assert column.low is not None and column.high is not None
    inner = column.bins if isinstance(column.bins, tuple) else None
    if inner is None:
        edges = np.linspace(column.low, column.high, (column.bins or 10) + 1)  # type: ignore[operator]
        return Attribute(column, edges=tuple(float(edge) for edge in edges))
    return Attribute(column, edges=(column.low, *inner, column.high))


def bounded(train: Table, contribution: int) -> Table:
    """At most ``contribution`` rows of each person (``Table.groups``); all rows without persons."""
    return train
