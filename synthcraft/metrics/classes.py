"""Equivalence classes: rows that share the values of some columns, over several tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Column
from synthcraft.metrics.encode import Floats, Ints


def comparable(columns: Sequence[Column], frames: Sequence[pd.DataFrame]) -> list[Floats]:
    """Each frame as (columns × rows) numbers in which equal levels have equal numbers.

    Numbers are as they are, levels are numbered over all frames together, missing is −∞.

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


def classes(
    columns: Sequence[Column],
    frames: Sequence[pd.DataFrame],
    *,
    groups: int | None = None,
    cuts: pd.DataFrame | None = None,
) -> list[Ints]:
    """A number per row and frame, the same for rows with the same values (missing is one).

    Numbers are compared as they are, or in at most ``groups`` groups by the quantiles that they
    have in ``cuts`` (train rows).

    >>> frames = [pd.DataFrame({"age": [50.0, 60.0, np.nan]}), pd.DataFrame({"age": [60.0]})]
    >>> [found.tolist() for found in classes([Column("age", "numeric")], frames)]
    [[1, 2, 0], [2]]
    """
    values = comparable(columns, frames)
    if groups is not None and cuts is not None:
        values = [_grouped(one, columns, cuts, groups) for one in values]
    rows = np.concatenate(values, axis=1).T
    _, number = np.unique(rows, axis=0, return_inverse=True)
    ends = np.cumsum([one.shape[1] for one in values])[:-1]
    return np.split(number.ravel(), ends)


def _grouped(values: Floats, columns: Sequence[Column], cuts: pd.DataFrame, groups: int) -> Any:
    out = values.copy()
    for place, column in enumerate(columns):
        known = cuts[column.name].dropna() if column.numeric else ()
        if not len(known):
            continue
        inner = np.unique(np.quantile(known, np.linspace(0, 1, groups + 1)[1:-1]))
        present = np.isfinite(values[place])
        out[place, present] = np.searchsorted(inner, values[place, present], side="right")
    return out
