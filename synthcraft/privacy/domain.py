"""The finite domain of a private release: levels and bins that hold no value of the real table.

What a spec declares is taken as it stands. What it leaves silent is never read from the rows:
it is a problem, is bought from the budget (``bought``), or makes ε void (``from_data``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError, Problem
from synthcraft.privacy.bins import digits_of, edges_of, has, range_of
from synthcraft.privacy.bought import noisy_levels, noisy_range
from synthcraft.privacy.declarations import clipped_warnings, column_problems, domain_problems
from synthcraft.privacy.release import Release

__all__ = [
    "Attribute",
    "Codes",
    "Domain",
    "bounded",
    "clipped_warnings",
    "declared_domain",
    "domain_problems",
    "settle",
]

Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Attribute:
    """One column's finite values: levels, or bins between ``edges``; then always "missing".

    Codes 0, 1, … are the levels or bins in order, the last code (``size`` − 1) is a missing value.
    Bins hold their lower edge, the last one its upper edge, too (and may hold that one value).
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
            codes[np.isnan(numbers)] = self.size - 1
            return codes.astype(np.int64)
        known = {level: code for code, level in enumerate(self.levels)}
        found = values.astype(object).map(known).fillna(self.size - 1)
        return np.asarray(found, dtype=np.int64)

    def decode(self, codes: Codes, rng: np.random.Generator) -> Any:
        """A value for each code: the level, or one of the bin's values, each as likely.

        A bin's values are the numbers in it with as many decimals as the column has.

        >>> age = declared_domain([Column("age", "numeric", low=20, high=22, decimals=0,
        ...     declared=("low", "high", "decimals"), origin="declared")]).attributes[0]
        >>> age.decode(np.array([0, 1, 2, 3]), np.random.default_rng(0))
        array([20., 21., 22., nan])
        """
        if not self.column.numeric:
            return np.array([*self.levels, None], dtype=object)[codes]
        absent = codes == self.size - 1
        digits = self.column.decimals or 0
        edges = np.rint(np.array(self.edges) * 10.0**digits)
        first, end = edges[:-1], np.append(edges[1:-1], edges[-1] + 1)
        bins = np.where(absent, 0, codes)
        steps = np.floor((end - first)[bins] * rng.random(len(codes)))
        return np.where(absent, np.nan, np.round((first[bins] + steps) / 10.0**digits, digits))


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
    """The domain on the release's terms; a private one costs its share of the budget.

    Ranges and levels that are not declared are bought in equal shares: ``release.rho_domain`` and
    ``release.delta_domain`` in all, divided by the number of columns that need it.

    Raises
    ------
    DataError
        when the terms ask for declarations that the columns lack (``column_problems``).
    """
    if release.domain == "declared":
        return declared_domain(train.columns)
    if release.domain == "from_data":
        return _filled(train, seen_range, seen_levels)
    _raise(list(column_problems(train.columns, private=True)))
    bought = sum(not _complete(column) for column in train.columns)
    rho, delta = release.rho_domain / max(bought, 1), release.delta_domain / max(bought, 1)
    persons = release.contribution
    return _filled(
        train,
        lambda values: noisy_range(values, persons, rho, rng),
        lambda values: noisy_levels(values, persons, rho, delta, rng),
    )


def declared_domain(columns: Sequence[Column]) -> Domain:
    """The domain that the columns' declared levels, ranges and bins make; no row is looked at.

    Raises
    ------
    DataError
        when a column does not declare enough (``column_problems``).
    """
    _raise(list(column_problems(columns, private=False)))
    return Domain(tuple(_attribute(column) for column in columns))


def bounded(train: Table, contribution: int) -> Table:
    """At most ``contribution`` rows of each person (``Table.groups``); all rows without persons.

    Which of a person's rows remain depends on these rows alone (those of smallest hash), so that
    nobody's presence changes what is kept of others.

    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    >>> columns = (Column("x", "numeric"),)
    >>> train = Table(frame, columns, "regression", "x", groups=np.array([7, 7, 8]))
    >>> len(bounded(train, 1)), len(bounded(train, 2))
    (2, 3)
    """
    if train.groups is None:
        return train
    hashes = pd.util.hash_pandas_object(train.frame, index=False)
    place = hashes.groupby(train.groups).rank(method="first")
    return train.take(np.flatnonzero(place <= contribution))


def seen_range(values: "pd.Series[float]") -> tuple[float, float]:
    """The least and the greatest value: a fact about two persons, which makes ε void."""
    present = values.dropna()
    return (float(present.min()), float(present.max())) if len(present) else (0.0, 1.0)


def seen_levels(values: "pd.Series[Any]") -> tuple[str, ...]:
    """All levels that occur: a fact about the rarest person, which makes ε void."""
    return tuple(sorted(set(values.dropna().astype(str))))


def _filled(
    train: Table,
    ranges: Callable[["pd.Series[float]"], tuple[float, float]],
    levels: Callable[["pd.Series[Any]"], tuple[str, ...]],
) -> Domain:
    """The domain of what is declared, and of what ``ranges`` and ``levels`` tell of the rest."""
    attributes = []
    for column in train.columns:
        values = train.frame[column.name]
        if _complete(column):
            found = column
        elif column.numeric:
            low, high = ranges(values)
            low, high = (
                (range_of(column)[0] if has(column, "low") else low),
                (range_of(column)[1] if has(column, "high") else high),
            )
            found = replace(column, low=min(low, high), high=max(low, high))
        else:
            found = replace(column, levels=levels(values))
        attributes.append(_attribute(found))
    return Domain(tuple(attributes))


def _attribute(column: Column) -> Attribute:
    """The attribute of a column whose low, high or levels are settled."""
    plain = replace(column, filled=None, gaps=0)
    if not column.numeric:
        return Attribute(plain, levels=column.levels)
    low, high = range_of(column)
    digits = digits_of(column, low, high)
    edges = edges_of(column, low, high, digits)
    settled = replace(plain, low=edges[0], high=edges[-1], decimals=digits)
    return Attribute(settled, edges=edges)


def _complete(column: Column) -> bool:
    wanted = ("low", "high") if column.numeric else ("levels",)
    return all(has(column, key) for key in wanted)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise DataError(problems)
