"""SMOTE-NC within a group: points between near rows of the same outcome."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.metrics.encode import Floats, Ints, NumericCode, fit_encoder

NEIGHBOURS = 5
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def smote_nc(train: Table, inside: Mask, n: int, rng: np.random.Generator) -> pd.DataFrame | str:
    """``n`` new rows of the group whose train rows ``inside`` marks, or why there are none.

    SMOTE-NC (Chawla et al. 2002, JAIR 16:321-357, section 6.1) by imbalanced-learn: numbers lie
    between those of a row and one of its five nearest (fewer, where there are no more), levels are
    the commonest of the five's. Neighbours have the same class; in survival the same end of
    follow-up, its time being a number as others are; in regression any outcome, likewise. Classes
    keep their shares of the group, in any first part of the rows.

    For nearness numbers are scaled by the train rows' 5 % to 95 % range, which imbalanced-learn
    leaves to its callers. It takes no gaps: in levels they are one more level, in numbers they
    count as the train median, and a new row has the gap where most of the five have it.
    """
    if not train.numeric:
        return "SMOTE-NC needs a column of numbers"
    outcome = _classes(train)
    counts = np.bincount(outcome[inside & (outcome >= 0)])
    if not len(counts):
        return "SMOTE-NC needs rows whose outcome is known"
    wanted = _allotted(counts, n)
    if (counts[wanted > 0] < 2).any():
        return "SMOTE-NC needs two rows of each class of the outcome in the group"
    space = _space(train)
    made = [
        space.frame(_between(space, inside & (outcome == code), wanted[code], rng), train, code)
        for code in np.flatnonzero(wanted)
    ]
    rows = pd.concat(made, ignore_index=True) if made else train.frame.iloc[:0]
    return train.with_frame(rows.iloc[_mixed(wanted)]).frame


def _classes(train: Table) -> Ints:
    """The outcome class of each row, −1 where it is missing; all one class in regression."""
    values = train.frame[train.target]
    if train.column(train.target).numeric:
        return np.zeros(len(train), dtype=np.intp)
    return np.asarray(values.cat.codes, dtype=np.intp)


def _allotted(counts: Ints, n: int) -> Ints:
    """``n`` in the proportion of these counts, by largest remainders.

    >>> _allotted(np.array([9, 1]), 15).tolist()
    [14, 1]
    """
    exact = counts * n / counts.sum()
    whole: Ints = np.floor(exact).astype(np.intp)
    short = np.argsort(whole - exact, kind="stable")[: n - whole.sum()]
    whole[short] += 1
    return whole


def _mixed(counts: Ints) -> Ints:
    """An order of rows that stand class by class, in which each first part has all shares.

    >>> _mixed(np.array([4, 2])).tolist()
    [0, 4, 1, 2, 5, 3]
    """
    place = np.concatenate([(np.arange(n) + 0.5) / n for n in counts if n] or [np.empty(0)])
    order: Ints = np.argsort(place, kind="stable")
    return order


@dataclass(frozen=True, eq=False)
class _Space:
    """Train rows as numbers without gaps: scaled numbers, then levels by position."""

    numbers: tuple[NumericCode, ...]
    levels: tuple[str, ...]
    rows: Floats
    categorical: tuple[int, ...]

    def frame(self, points: Floats, train: Table, code: int) -> pd.DataFrame:
        """Such points of one outcome class as rows of the table."""
        width = len(self.numbers)
        found: dict[str, Any] = {}
        for place, part in enumerate(self.numbers):
            gap = points[:, width + place] == 1
            found[part.name] = np.where(gap, np.nan, part.centre + part.scale * points[:, place])
        for place, name in enumerate(self.levels, start=2 * width):
            categories = train.frame[name].cat.categories
            codes = points[:, place].astype(int)
            found[name] = pd.Categorical.from_codes(codes.tolist(), categories).astype(object)
        if not train.column(train.target).numeric:
            found[train.target] = train.frame[train.target].cat.categories[code]
        return pd.DataFrame(found, columns=list(train.names))


def _space(train: Table) -> _Space:
    parts = fit_encoder(train).parts
    numbers = tuple(part for part in parts if isinstance(part, NumericCode))
    levels = tuple(name for name in train.categorical if name != train.target)
    gaps = [train.frame[part.name].isna().to_numpy(dtype=float) for part in numbers]
    # The last column is one level throughout: imbalanced-learn wants one of levels.
    rows = np.column_stack(
        [
            *(_scaled(train.frame[part.name], part) for part in numbers),
            *gaps,
            *(train.frame[name].cat.codes.to_numpy(dtype=float) for name in levels),
            np.zeros(len(train)),
        ]
    )
    return _Space(numbers, levels, rows, tuple(range(len(numbers), rows.shape[1])))


def _scaled(values: "pd.Series[float]", part: NumericCode) -> Floats:
    out = np.zeros((len(values), part.width))
    part.write(values, out)
    return out[:, 0]


def _between(space: _Space, inside: Mask, n: int, rng: np.random.Generator) -> Floats:
    """``n`` points between the rows inside and their neighbours inside."""
    from imblearn.over_sampling import SMOTENC  # slow to import, and only this control needs it

    size = int(inside.sum())
    sampler = SMOTENC(
        categorical_features=list(space.categorical),
        sampling_strategy={1: size + n},
        k_neighbors=min(NEIGHBOURS, size - 1),
        random_state=int(rng.integers(2**31)),
    )
    rows, _ = sampler.fit_resample(space.rows, inside.astype(int))
    return np.asarray(rows[len(space.rows) :], dtype=float)
