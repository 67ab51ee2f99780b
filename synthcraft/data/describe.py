"""What a table is, in numbers that identify nobody: its fingerprint and its description."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table
from synthcraft.ids import canonical
from synthcraft.records import POOLED

SMALLEST = 10  # rows in a published cell: fewer could be told apart
_PRESENTATION = ("label", "unit", "origin", "declared")
_OF_PARTS = ("filled", "gaps", "indicates")  # of a split's tables, not of the data
_APART = (*_PRESENTATION, *_OF_PARTS)


def fingerprint(table: Table) -> str:
    """sha256 (64 hex digits) of the table's meanings, roles and values.

    It changes with any column name, meaning, role, value or order of rows; a missing value and 0
    differ; labels, units and notes do not count.

    >>> frame = pd.DataFrame({"x": [0.0, 1.0], "y": pd.Categorical(["a", "b"])})
    >>> columns = (Column("x", "numeric"), Column("y", "categorical", ("a", "b")))
    >>> table = Table(frame, columns, "classification", "y")
    >>> fingerprint(table) == fingerprint(table.take([1, 0]))
    False
    """
    total = hashlib.sha256()
    total.update(canonical(_meanings(table)).encode())
    for column in table.columns:
        total.update(_bytes_of(table.frame[column.name], column))
    if table.pool is not None:
        for column in table.pool.columns:
            total.update(_bytes_of(table.pool.frame[column.name], column))
    if table.held_out is not None:
        total.update(np.packbits(table.held_out).tobytes())
    if table.weights is not None:
        total.update(np.ascontiguousarray(table.weights, dtype="<f8").tobytes())
    if table.clusters is not None:
        total.update(np.ascontiguousarray(table.clusters, dtype="<i8").tobytes())
    if table.groups is not None:
        total.update(np.ascontiguousarray(table.groups, dtype="<i8").tobytes())
    return total.hexdigest()


def describe_table(table: Table) -> dict[str, Any]:
    """A plain-JSON description for the journal and the report, in aggregates only.

    No count under 10 rows can be read from it or computed from it: small levels are pooled with
    the next larger ones (and with a small number of missing values), other such counts are given
    as "<10". Ranges are the declared ones: an inferred one would be two persons' values.
    """
    outcome = table.frame[table.target]
    return {
        "rows": len(table),
        "persons": None if table.groups is None else len(np.unique(table.groups)),
        "task": table.task,
        "target": table.target,
        "positive": table.positive,
        "time": table.time,
        "sensitive": list(table.sensitive),
        "quasi_identifiers": list(table.quasi_identifiers),
        "columns": {c.name: _describe_column(table.frame[c.name], c) for c in table.columns},
        "target_balance": None if table.column(table.target).numeric else _counts(outcome),
        "groups": {
            name: _counts(table.frame[name])
            for name in table.sensitive
            if not table.column(name).numeric
        },
        "notes": list(table.notes),
        "truth": table.truth,
    }


def pool_small(values: "pd.Series[Any]") -> tuple[dict[str, int], int]:
    """Rows by level, and the rows of the smallest levels, pooled until there are at least 10.

    A single suppressed cell would follow from the total, so that the next larger level is pooled
    too, and so is a number of missing values under 10.

    >>> pool_small(pd.Series(["a"] * 30 + ["b"] * 12 + ["c"] * 3, dtype="category"))
    ({'a': 30}, 15)
    """
    counts = {str(level): int(n) for level, n in values.value_counts(sort=False).items()}
    absent = int(values.isna().sum())
    pool = absent if absent < SMALLEST else 0
    for level, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if count >= SMALLEST and (pool == 0 or pool >= SMALLEST):
            break
        if count:
            pool += counts.pop(level)
    return counts, pool


def count_text(count: int) -> str:
    """A number of rows as a note may tell it.

    >>> count_text(1200), count_text(3)
    ('1,200', 'Fewer than 10')
    """
    return f"Fewer than {SMALLEST}" if 0 < count < SMALLEST else f"{count:,}"


def _meanings(table: Table) -> dict[str, Any]:
    pool = table.pool
    return {
        "columns": _plain(table.columns),
        "pool": None
        if pool is None
        else {"top": pool.top, "by": pool.by, "columns": _plain(pool.columns)},
        "rows": len(table),
        "task": table.task,
        "target": table.target,
        "positive": table.positive,
        "time": table.time,
        "sensitive": table.sensitive,
        "quasi_identifiers": table.quasi_identifiers,
        "grouped": table.groups is not None,
    }


def _plain(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in vars(column).items() if key not in _APART}
        for column in columns
    ]


def _bytes_of(values: "pd.Series[Any]", column: Column) -> bytes:
    if column.numeric:
        numbers = values.to_numpy(dtype="<f8") + 0.0  # makes -0.0 equal to 0.0
        return np.where(np.isnan(numbers), np.float64("nan"), numbers).astype("<f8").tobytes()
    # Codes of the levels in use, sorted: the order of pandas' categories does not count.
    codes, levels = values.cat.codes.to_numpy(), [str(level) for level in values.cat.categories]
    used = sorted({levels[code] for code in np.unique(codes) if code >= 0})
    missing = -1
    place = [used.index(level) if level in used else missing for level in levels]
    ranks = np.array([*place, missing], dtype="<i4")[codes]
    return canonical(used).encode() + ranks.tobytes()


def _describe_column(values: "pd.Series[Any]", column: Column) -> dict[str, Any]:
    return {
        "type": column.type,
        "label": column.label,
        "unit": column.unit,
        "missing": _missing(values),
        "missing_policy": column.missing,
        "levels": None if column.numeric else len(column.levels),
        "decimals": column.decimals,
        "low": column.low if "low" in column.declared else None,
        "high": column.high if "high" in column.declared else None,
        "origin": column.origin,
    }


def _counts(values: "pd.Series[Any]") -> dict[str, int]:
    """Rows by level, small cells pooled."""
    shown, pool = pool_small(values)
    return shown | ({POOLED: pool} if pool else {})


def _missing(values: "pd.Series[Any]") -> int | str:
    absent = int(values.isna().sum())
    if 0 < absent < SMALLEST:
        return f"<{SMALLEST}"
    present = len(values) - absent
    return f"all but <{SMALLEST}" if 0 < present < SMALLEST else absent
