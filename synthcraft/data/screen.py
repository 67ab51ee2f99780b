"""Screening: of very many numeric columns, the few that train rows choose.

Which columns vary most is a fact about rows; if holdout rows had a say in it, they would no longer
be unseen. So the choice is made anew in each split, from its train rows alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.columns import ReadColumn
from synthcraft.data.table import Pool, Table, conform
from synthcraft.errors import Problem
from synthcraft.spec.rules import parse_rule
from synthcraft.spec.types import DatasetSpec


def pool_of(read: Mapping[str, ReadColumn], dataset: DatasetSpec) -> Pool | None:
    """The columns that a screening chooses from; None where there are no more than it wants."""
    if dataset.screen is None:
        return None
    parts = _parts(dataset)
    found = [
        one
        for name, one in read.items()
        if one.column.numeric and one.column.origin == "inferred" and name not in parts
    ]
    if len(found) <= dataset.screen.top:
        return None
    columns = tuple(one.column for one in found)
    values = pd.DataFrame({one.column.name: one.values for one in found})
    rows = conform(values, columns).reset_index(drop=True)
    return Pool(rows, columns, dataset.screen.top, dataset.screen.by)


def pool_note(pool: Pool | None) -> Iterator[str]:
    """What the reader must know of a screening."""
    if pool is not None:
        yield (
            f"Of {len(pool.columns):,} numeric columns without a part each split uses the "
            f"{pool.top:,} that vary most among its train rows (dataset.screen): they differ "
            "between splits."
        )


def screen_problems(dataset: DatasetSpec, *, private: bool) -> Iterator[Problem]:
    """What a screening cannot be combined with."""
    if dataset.screen is None:
        return
    if private:
        yield Problem(
            "dataset.screen",
            "which columns vary most is told by the rows, and no epsilon is spent on it",
            "Under differential privacy name the columns: dataset.keep.",
        )
    if dataset.missing == "drop":
        yield Problem(
            "dataset.missing",
            "drop would cost every row that lacks a value in any column that may be chosen",
            "Set impute or model; for single columns: dataset.columns.NAME.missing: drop.",
        )


def _parts(dataset: DatasetSpec) -> frozenset[str | None]:
    """The names that play a part, or are in a rule."""
    ruled = (
        name
        for rule, text in (dataset.rules or {}).items()
        for name in parse_rule(text, path=f"dataset.rules.{rule}").columns
    )
    groups = (*(dataset.sensitive or ()), *dataset.quasi_identifiers)
    return frozenset({dataset.target, dataset.time, *groups, *ruled})


def screened(table: Table, train: "Sequence[int] | np.ndarray[Any, np.dtype[Any]]") -> Table:
    """The table with those columns of its pool that vary most among the train rows.

    By variance (of the present values), or by median absolute deviation; a column in which that is
    0 is never chosen, of equal ones the earlier is. Chosen columns follow the others in their old
    order. A table without a pool stays as it is.

    >>> from synthcraft.data.table import Column
    >>> columns = tuple(Column(name, "numeric") for name in "abc")
    >>> genes = pd.DataFrame({"a": [0.0, 9, 0], "b": [0.0, 1, 99], "c": [2.0, 4, 5]})
    >>> table = Table(pd.DataFrame({"y": [1.0, 2, 3]}), (Column("y", "numeric"),), "regression",
    ...               "y", pool=Pool(genes, columns, top=2))
    >>> screened(table, [0, 1]).names
    ('y', 'a', 'c')
    """
    pool = table.pool
    if pool is None:
        return table
    rows = pool.frame.iloc[np.asarray(train, dtype=int)]
    spread = rows.var() if pool.by == "variance" else (rows - rows.median()).abs().median()
    best = set(spread[spread > 0].sort_values(ascending=False, kind="stable").index[: pool.top])
    chosen = tuple(column for column in pool.columns if column.name in best)
    values = pool.frame[[column.name for column in chosen]]
    return replace(
        table,
        columns=(*table.columns, *chosen),
        frame=table.frame.join(values),
        pool=None,
    )
