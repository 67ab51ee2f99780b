"""What a table is like, in a few numbers by which recorded tables can be compared with it."""

import math

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table

KEYS = (
    *("rows", "columns", "share_categorical", "max_levels", "missing", "prevalence"),
    "correlation",
)


def context(table: Table) -> dict[str, float]:
    """Counts and shares of a table, never a value of a row; give it the rows that trials train on.

    ``rows`` and ``columns`` are counts, the outcome among the columns; ``share_categorical`` is the
    share of columns; ``max_levels`` the most levels of one (0: all are numeric); ``missing`` the
    share of absent cells; ``prevalence`` the share of rows with the positive level, or that of the
    rarest of several classes; ``correlation`` the mean absolute Spearman correlation over pairs of
    numeric columns. The last two are absent where the outcome is an amount, or no pair varies. A
    number of rows or cells under 10 counts as 10.

    >>> import pandas as pd
    >>> from synthcraft.data.table import Column
    >>> y = pd.Categorical(["no", "yes", "no", "no"] * 10)
    >>> frame = pd.DataFrame({"a": range(40), "b": range(40, 0, -1), "y": y})
    >>> columns = (Column("a", "numeric"), Column("b", "numeric"), Column("y", "categorical"))
    >>> found = context(Table(frame, columns, "classification", "y", positive="yes"))
    >>> found["rows"], found["max_levels"], found["prevalence"], round(found["correlation"], 3)
    (40.0, 2.0, 0.25, 1.0)
    """
    levels = [table.frame[name].nunique() for name in table.categorical]
    absent = table.frame.isna().to_numpy()
    found = {
        "rows": float(len(table)),
        "columns": float(len(table.columns)),
        "share_categorical": len(levels) / len(table.columns),
        "max_levels": float(max(levels, default=0)),
        "missing": _share(int(absent.sum()), absent.size),
        "prevalence": _prevalence(table),
        "correlation": _correlation(table),
    }
    return {key: value for key, value in found.items() if not math.isnan(value)}


def _share(count: int, of: int) -> float:
    """A share from which no count under 10 can be computed."""
    return min(max(count, SMALLEST), of) / of if count else 0.0


def _prevalence(table: Table) -> float:
    """The share of the outcome's positive level, else of its rarest one; NaN for an amount."""
    if table.column(table.target).numeric:
        return math.nan
    counts = table.frame[table.target].value_counts()
    seen = counts[counts > 0]
    count = seen.min() if table.positive is None else counts.get(table.positive, 0)
    return _share(int(count), int(seen.sum()))


def _correlation(table: Table) -> float:
    """The mean absolute rank correlation of pairs; NaN where there is none."""
    rho = table.frame[list(table.numeric)].corr("spearman").abs().to_numpy()
    pairs = rho[np.triu_indices(len(rho), 1)]
    return float(pairs[~np.isnan(pairs)].mean()) if not np.isnan(pairs).all() else math.nan
