"""The finite domain of a private release: levels and bins that hold no value of the real table.

What a spec declares is taken as it stands. What it leaves silent is never read from the rows:
it is a problem, is bought from the budget (``bought``), or makes ε void (``from_data``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError, Problem
from synthcraft.privacy.bought import noisy_levels, noisy_range
from synthcraft.privacy.release import Release
from synthcraft.spec.types import PrivacySpec

Codes = np.ndarray[Any, np.dtype[np.int64]]
DEFAULT_BINS = 20  # of a range that is bought or taken from the data
FEW_VALUES = 32  # a declared range with at most so many values needs no bins: one for each
MOST_DECIMALS = 12  # as in dataset.columns
LARGEST = 1e15  # beyond it, neighbouring integers are no longer told apart


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


def domain_problems(table: Table, privacy: PrivacySpec) -> list[Problem]:
    """What keeps the table from a private release on the spec's terms, one problem per fault.

    Nothing is asked of a domain that is taken from the data: there ε is void.
    """
    if privacy.domain == "from_data":
        return []
    return [
        *column_problems(table.columns, private=privacy.domain == "private"),
        *_imputed(table.columns),
    ]


def column_problems(columns: Sequence[Column], *, private: bool) -> Iterator[Problem]:
    """Declarations that columns lack for a declared, or a private, domain, and false ones."""
    for column in columns:
        found = _type_problem(column) or _content_problem(column, private=private)
        if found is not None:
            yield found


def _type_problem(column: Column) -> Problem | None:
    # Low and high imply numbers, if the data agree; where they do not, levels are missing.
    implied = column.numeric and _has(column, "low") and _has(column, "high")
    if column.origin == "declared" or implied:
        return None
    message = "its type and domain are not declared, and a private release must not infer them"
    return Problem(_path(column), message, _write(column))


def _content_problem(column: Column, *, private: bool) -> Problem | None:
    if not column.numeric:
        if private or _has(column, "levels"):
            return None
        return Problem(_path(column), "its levels are not declared", _write(column))
    for side in ("low", "high"):
        bound = getattr(column, side)
        if not _has(column, side):
            if private:
                continue
            return Problem(_path(column), f"its {side} is not declared", _write(column))
        if not abs(bound) < LARGEST:
            message = f"{bound:g} is beyond {LARGEST:g}, where values are no longer told apart"
            return Problem(f"{_path(column)}.{side}", message, "Use a larger unit, or a cap.")
    if _has(column, "low") and _has(column, "high"):
        return _range_problem(column, private=private)
    return _edge_problem(column)


def _range_problem(column: Column, *, private: bool) -> Problem | None:
    low, high = _range(column)
    if low >= high:
        message = f"low {low:g} is not below high {high:g}"
        return Problem(_path(column), message, "Give the range of all possible values.")
    first, last = _ends(low, high, _digits(column, low, high))
    if first > last:
        message = f"no value with its decimals lies between low {low:g} and high {high:g}"
        return Problem(_path(column), message, "Move one of them, or use a smaller unit.")
    if column.bins is None and not private and not _few(column):
        return Problem(
            f"{_path(column)}.bins",
            f"a continuous column without bins (more than {FEW_VALUES} possible values)",
            f"Write bins: {DEFAULT_BINS} for equally wide ones, or their inner edges in ascending "
            f"order, by what is known in public: bins: [{_example(low, high)}].",
        )
    return _edge_problem(column)


def _edge_problem(column: Column) -> Problem | None:
    if not isinstance(column.bins, tuple):
        return None
    path, inner = f"{_path(column)}.bins", column.bins
    if not np.isfinite(inner).all() or any(a >= b for a, b in pairwise(inner)):
        return Problem(path, "the inner edges do not ascend", "Sort them, each once.")
    for edge in inner:
        below = _has(column, "low") and edge <= (column.low or 0.0)
        above = _has(column, "high") and edge >= (column.high or 0.0)
        if below or above:
            message = f"{edge:g} is not an inner edge: low and high are edges already"
            return Problem(path, message, "Give edges above low and below high only.")
    return None


def _imputed(columns: Sequence[Column]) -> Iterator[Problem]:
    """Columns whose gaps are to be filled by what the real rows show."""
    for column in columns:
        if column.missing == "impute":
            yield Problem(
                f"{_path(column)}.missing",
                "imputing looks at the real rows without noise",
                "Set dataset.missing: model (absent values are a level of their own), or drop.",
            )


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
                (_range(column)[0] if _has(column, "low") else low),
                (_range(column)[1] if _has(column, "high") else high),
            )
            found = replace(column, low=min(low, high), high=max(low, high))
        else:
            found = replace(column, levels=levels(values))
        attributes.append(_attribute(found))
    return Domain(tuple(attributes))


def _attribute(column: Column) -> Attribute:
    """The attribute of a column whose low, high or levels are settled."""
    plain = replace(column, filled=None)
    if not column.numeric:
        return Attribute(plain, levels=column.levels)
    low, high = _range(column)
    digits = _digits(column, low, high)
    edges = _edges(column, low, high, digits)
    settled = replace(plain, low=edges[0], high=edges[-1], decimals=digits)
    return Attribute(settled, edges=edges)


def _edges(column: Column, low: float, high: float, digits: int) -> tuple[float, ...]:
    """The bins' edges, moved up to the next number with that many decimals; no bin is empty."""
    first, last = _ends(low, high, digits)
    last = max(first, last)
    count = last - first + 1
    if isinstance(column.bins, tuple):
        inner = [_up(edge, digits) for edge in column.bins]
        starts = np.unique([first, *(edge for edge in inner if first < edge <= last)])
    else:
        bins = column.bins or (count if count <= FEW_VALUES else DEFAULT_BINS)
        starts = first + np.unique(np.floor(np.arange(bins) * count / bins))
    return tuple(
        float(x) for x in np.round([*(starts / 10.0**digits), last / 10.0**digits], digits)
    )


def _digits(column: Column, low: float, high: float) -> int:
    """The column's decimals as declared; else such that a bin has 100 to 1,000 values.

    That is three significant digits of the bin's width, and no more than a double holds.
    """
    if _has(column, "decimals") and column.decimals is not None:
        return column.decimals
    bins = len(column.bins) + 1 if isinstance(column.bins, tuple) else column.bins or DEFAULT_BINS
    width = (high - low) / bins
    wanted = 2 - int(np.floor(np.log10(width))) if width > 0 else 0
    held = 15 - int(np.ceil(np.log10(max(abs(low), abs(high), 1.0))))
    return max(0, min(wanted, held, MOST_DECIMALS))


def _ends(low: float, high: float, digits: int) -> tuple[float, float]:
    """The first and the last number with that many decimals in a range, times 10^digits."""
    return _up(low, digits), -_up(-high, digits)


def _up(value: float, digits: int) -> float:
    """The smallest whole number that is, divided by 10^digits, at least the value."""
    near = float(np.rint(value * 10.0**digits))
    return near if np.round(near / 10.0**digits, digits) >= value else near + 1.0


def _few(column: Column) -> bool:
    if not _has(column, "decimals"):
        return False
    first, last = _ends(*_range(column), column.decimals or 0)
    return last - first + 1 <= FEW_VALUES


def _complete(column: Column) -> bool:
    wanted = ("low", "high") if column.numeric else ("levels",)
    return all(_has(column, key) for key in wanted)


def _has(column: Column, key: str) -> bool:
    return key in column.declared and getattr(column, key) is not None


def _range(column: Column) -> tuple[float, float]:
    assert column.low is not None and column.high is not None
    return column.low, column.high


def _path(column: Column) -> str:
    return f"dataset.columns.{column.name}"


def _write(column: Column) -> str:
    what = (
        "{type: numeric, low: …, high: …, decimals: …, bins: …}"
        if column.numeric
        else "{type: categorical, levels: […]}"
    )
    return (
        f"Write {_path(column)}: {what} by what is known in public, never by these data; or leave "
        "the column out (dataset.drop), or declare its type and set privacy.domain: private."
    )


def _example(low: float, high: float) -> str:
    return ", ".join(f"{low + (high - low) * part / 4:.3g}" for part in (1, 2, 3)) + ", …"


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise DataError(problems)
