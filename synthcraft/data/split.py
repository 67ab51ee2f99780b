"""Which rows a generator may learn from, and which judge it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.data.columns import inferred_from, plain
from synthcraft.data.describe import count_text
from synthcraft.data.screen import screened
from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError, Problem
from synthcraft.ids import Purpose, seed_for
from synthcraft.spec.types import FractionsSpec

MISSING_SUFFIX = "_missing"
FEWEST = 10  # rows of a part that a hashed cut may leave
Positions = np.ndarray[Any, np.dtype[np.int64]]
Keys = np.ndarray[Any, np.dtype[np.uint64]]
Cut = Literal["stratified", "hashed"]


@dataclass(frozen=True, eq=False)
class Split:
    """Row positions of two disjoint parts of a table, each in ascending order."""

    index: int
    train: Positions
    holdout: Positions


@dataclass(frozen=True)
class Parts:
    """Train and holdout tables with the same columns, and what was done to make them."""

    train: Table
    holdout: Table
    notes: tuple[str, ...] = ()


def make_split(
    table: Table, fractions: FractionsSpec, *, seed: int, index: int, cut: Cut = "stratified"
) -> Split:
    """The ``index``-th random division of all rows into train and holdout.

    Classes (events, for survival) keep their shares to within one person; rows of one person stay
    together. Without groups the holdout has exactly ``round(fractions.holdout · rows)`` rows
    (unless many classes are so rare that each needs one row in both parts).

    A ``hashed`` cut sends each person to the holdout when a keyed hash of their own identifier (of
    the row, where there are no identifiers) falls below the share: nobody's part depends on who
    else is in the table. Sizes then vary as coin flips do, and equal rows stay together.

    Where the table tells which rows are held out, the division is that one.

    Raises
    ------
    DataError
        when a hashed cut leaves fewer than 10 rows on a side.

    >>> frame = pd.DataFrame({"x": np.arange(10.0), "y": pd.Categorical(["a", "b"] * 5)})
    >>> columns = (Column("x", "numeric"), Column("y", "categorical", ("a", "b")))
    >>> table = Table(frame, columns, "classification", "y")
    >>> split = make_split(table, FractionsSpec(holdout=0.4), seed=0, index=0)
    >>> len(split.train), len(split.holdout)
    (6, 4)
    >>> table.take(split.holdout).frame.y.value_counts().tolist()
    [2, 2]
    """
    if table.held_out is not None:
        return Split(index, np.flatnonzero(~table.held_out), np.flatnonzero(table.held_out))
    if cut == "hashed":
        return _hashed(table, fractions.holdout, seed=seed, index=index, part="holdout")
    rng = np.random.default_rng(seed_for(seed, index, 0, Purpose.SPLIT))
    rows = np.arange(len(table))
    return Split(index, *divide(table, rows, fractions.holdout, rng, classes=_classes(table)))


def make_inner(
    table: Table,
    outer: Split,
    fractions: FractionsSpec,
    *,
    seed: int,
    index: int,
    cut: Cut = "stratified",
) -> Split:
    """The ``index``-th division of a split's train rows: its holdout is a validation part.

    By the rule of ``make_split``, with a share of ``fractions.validation`` and lots (or a hash key)
    of its own. Positions are those of the whole table; no row of ``outer.holdout`` is among them.

    Raises
    ------
    DataError
        when a hashed cut leaves fewer than 10 rows on a side.

    >>> columns = (Column("x", "numeric"),)
    >>> table = Table(pd.DataFrame({"x": np.arange(20.0)}), columns, "regression", "x")
    >>> outer = make_split(table, FractionsSpec(holdout=0.4), seed=0, index=0)
    >>> inner = make_inner(table, outer, FractionsSpec(validation=0.25), seed=0, index=0)
    >>> len(inner.train), len(inner.holdout), set(inner.train) <= set(outer.train)
    (9, 3, True)
    """
    if cut == "hashed":
        part = replace(table.take(outer.train), held_out=None)
        share = fractions.validation
        inner = _hashed(part, share, seed=seed, index=index, part="validation")
        return Split(index, outer.train[inner.train], outer.train[inner.holdout])
    rng = np.random.default_rng(seed_for(seed, index, 1, Purpose.SPLIT))
    share = fractions.validation
    return Split(index, *divide(table, outer.train, share, rng, classes=_classes(table)))


def person_keys(identifiers: "pd.Series[Any]") -> Keys:
    """A number per row that depends on the person's identifier alone, however it was stored.

    >>> one, other = person_keys(pd.Series(["007", "A1"])), person_keys(pd.Series([7.0, 8.0]))
    >>> bool(one[0] == other[0]), bool(one[1] == other[1])
    (True, False)
    """
    persons = identifiers.dropna().unique()
    hashed = {person: _number(plain(str(person)).encode()) for person in persons}
    return np.array([hashed.get(person, 0) for person in identifiers], dtype=np.uint64)


def _hashed(
    table: Table, share: float, *, seed: int, index: int, part: Literal["holdout", "validation"]
) -> Split:
    """The rows whose hashed key lies above and below a share, under a key for this division."""
    keys = table.keys if table.keys is not None else table.groups
    if keys is None:
        keys = pd.util.hash_pandas_object(table.frame, index=False).to_numpy()
    # Under the outer cut's key, all that remain would lie on one side.
    secret = f"{seed} {index}{'' if part == 'holdout' else f' {part}'}".encode()
    known, person = np.unique(keys.astype(np.uint64), return_inverse=True)
    drawn = np.array([_number(key.tobytes(), secret) for key in known], dtype=np.uint64)
    held_out = (drawn < np.uint64(share * 2**64))[person]
    split = Split(index, np.flatnonzero(~held_out), np.flatnonzero(held_out))
    for name, rows in (("train", split.train), (part, split.holdout)):
        if len(rows) < FEWEST:
            message = f"a hashed cut leaves fewer than {FEWEST} {name} rows in split {index}"
            hint = f"More rows are needed, or another design.fractions.{part}."
            raise DataError([Problem("design.cut", message, hint)])
    return split


def _number(content: bytes, key: bytes = b"") -> int:
    return int.from_bytes(blake2b(content, key=key, digest_size=8).digest(), "little")


def split_to_json(split: Split) -> dict[str, Any]:
    """The split as plain data: row positions only, no values."""
    return {
        "index": split.index,
        "train": [int(row) for row in split.train],
        "holdout": [int(row) for row in split.holdout],
    }


def apply_split(table: Table, split: Split) -> Parts:
    """The split's two tables, with absent values imputed where a column says so.

    What columns mean, unless declared, is inferred again from the train rows: neither a range nor
    a level of a holdout row reaches a generator. The holdout keeps its values, unseen levels too.
    Of a pool of columns (``dataset.screen``), both parts have those that the train rows choose.

    Columns with policy "impute" take the median (numeric) or the most frequent level
    (categorical) of the train rows, in both parts. Those with gaps among the train rows also get
    a column ``<name>_missing`` of "no" and "yes" in both parts, so that the fact is not lost.

    Raises
    ------
    DataError
        when such a column has no value at all among the train rows.
    """
    train, holdout = _parts(screened(table, split.train), split)
    notes = []
    for column in train.columns:
        if column.missing != "impute" or column.name == table.target:
            continue
        gaps = train.frame[column.name].isna(), holdout.frame[column.name].isna()
        if not (gaps[0].any() or gaps[1].any()):
            continue
        if gaps[0].all():
            raise DataError(
                [
                    Problem(
                        f"dataset.columns.{column.name}.missing",
                        f"nothing to impute from: no train row of split {split.index} has a value",
                        "Leave the column out through dataset.drop.",
                    )
                ]
            )
        fill = _typical(train.frame[column.name], column)
        flagged = bool(gaps[0].any())
        train, holdout = (
            _filled(part, replace(column, filled=fill, gaps=int(own.sum())), flagged=flagged)
            for part, own in zip((train, holdout), gaps, strict=True)
        )
        count = int(gaps[0].sum() + gaps[1].sum())
        notes.append(
            f"{column.name}: {count_text(count).lower()} missing values imputed by the train rows' "
            f"{'median' if column.numeric else 'most frequent level'}"
            f"{', with an indicator column' if flagged else ''}."
        )
    return Parts(train, holdout, tuple(notes))


def _parts(table: Table, split: Split) -> tuple[Table, Table]:
    """The two tables, under columns as the train rows show them."""
    parts = table.take(split.train), table.take(split.holdout)
    seen = parts[0].frame
    columns = tuple(inferred_from(seen[column.name], column) for column in table.columns)
    train, holdout = (
        replace(part, columns=columns, frame=_levelled(part.frame, columns), held_out=None)
        for part in parts
    )
    return train, holdout


def _levelled(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The frame whose categories are the columns' levels, and what else it holds after them."""
    return frame.assign(
        **{
            column.name: frame[column.name].cat.set_categories(
                [*column.levels, *sorted(set(frame[column.name].dropna()) - set(column.levels))]
            )
            for column in columns
            if not column.numeric
        }
    )


def divide(
    table: Table, rows: Positions, share: float, rng: np.random.Generator, *, classes: Positions
) -> tuple[Positions, Positions]:
    """Those of some rows outside and inside a random share of their persons.

    ``classes`` are numbers from 0, one for each row of the table: both sides have the same share of
    each class, to within one person, and one of each class of two or more.

    >>> table = Table(pd.DataFrame({"x": np.arange(9.0)}), (Column("x", "numeric"),), "regression",
    ...               "x")
    >>> out, inside = divide(table, np.arange(8), 0.25, np.random.default_rng(0),
    ...                      classes=np.array([0, 0, 0, 0, 1, 1, 1, 1, 1]))
    >>> len(out), np.bincount(inside // 4).tolist()
    (6, [1, 1])
    """
    persons, first = _persons(table, rows)
    strata = _strata(classes[rows], persons, count=len(first))
    inside = np.zeros(len(first), dtype=bool)
    sizes = np.bincount(strata)
    for stratum, wanted in enumerate(_allot(sizes, round(share * len(first)))):
        members = np.flatnonzero(strata == stratum)
        inside[rng.permutation(members)[:wanted]] = True
    chosen = inside[persons]
    return rows[~chosen], rows[chosen]


def _persons(table: Table, rows: Positions) -> tuple[Positions, Positions]:
    """The person number of each row (0, 1, …), and the first row of each person."""
    if table.groups is None:
        return np.arange(len(rows)), np.arange(len(rows))
    _, first, persons = np.unique(table.groups[rows], return_index=True, return_inverse=True)
    return persons, first


def _classes(table: Table) -> Positions:
    """The outcome class of each row, 0 in a regression."""
    if table.column(table.target).numeric:
        return np.zeros(len(table), dtype=np.int64)
    return np.asarray(table.frame[table.target].cat.codes, dtype=np.int64)


def _strata(classes: Positions, persons: Positions, *, count: int) -> Positions:
    """The class of each person: the rarest among its rows."""
    frequency = np.bincount(classes)
    rank = np.empty(len(frequency), dtype=np.int64)
    rank[np.argsort(-frequency, kind="stable")] = np.arange(len(frequency))
    strata = np.zeros(count, dtype=np.int64)
    np.maximum.at(strata, persons, rank[classes])
    return strata


def _allot(sizes: Positions, total: int) -> list[int]:
    """Largest-remainder shares of ``total``, with one of each stratum of two or more on both sides.

    >>> _allot(np.array([90, 10]), 25)
    [23, 2]
    """
    exact = sizes * total / sizes.sum()
    low = np.where(sizes > 1, 1, 0)
    high = np.where(sizes > 1, sizes - 1, sizes)
    counts = np.clip(np.floor(exact).astype(int), low, high)
    for stratum in np.argsort(counts - exact, kind="stable"):
        if counts.sum() < total and counts[stratum] < high[stratum]:
            counts[stratum] += 1
    return [int(count) for count in counts]


def _typical(values: "pd.Series[Any]", column: Column) -> Any:
    if column.numeric:
        median = float(values.median())
        return median if column.decimals is None else round(median, column.decimals)
    # Levels are in a fixed order, so that a tie always falls the same way.
    return values.value_counts(sort=False).idxmax()


def _filled(part: Table, column: Column, *, flagged: bool) -> Table:
    """The part with this column filled, and its indicator behind the others."""
    columns = tuple(column if one.name == column.name else one for one in part.columns)
    label = f"{column.label or column.name} was missing"
    name = column.name + MISSING_SUFFIX
    flag = Column(name, "categorical", ("no", "yes"), label=label, indicates=column.name)
    if flagged:
        columns = (*columns, flag)
    return replace(part, columns=columns, frame=impute(part.frame, columns))


def impute(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The rows with absent values filled as the columns say, and with indicators they lack.

    >>> age = Column("age", "numeric", filled=50.0)
    >>> columns = [age, Column("gap", "categorical", ("no", "yes"), indicates="age")]
    >>> impute(pd.DataFrame({"age": [20.0, None]}), columns).to_dict("list")
    {'age': [20.0, 50.0], 'gap': ['no', 'yes']}
    """
    known = {column.name for column in columns}
    flags = {
        column.name: pd.Categorical(
            np.where(frame[column.indicates].isna(), "yes", "no"), categories=column.levels
        )
        for column in columns
        if column.indicates in known & set(frame.columns) and column.name not in frame
    }
    filled = {
        column.name: frame[column.name].fillna(column.filled)
        for column in columns
        if column.filled is not None and column.name in frame
    }
    return frame.assign(**filled, **flags)
