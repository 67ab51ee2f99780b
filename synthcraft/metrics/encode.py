"""Rows as numbers: coordinates for distances and linear models, codes for trees."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Table

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]
Ints = np.ndarray[Any, np.dtype[np.intp]]

MAX_LEVELS = 250  # gradient boosting takes no more; rarer levels are one code to it
_FAR = 1e6  # scaled values beyond are all as far: float32 could not square them
_HALF = np.float32(np.sqrt(0.5))  # two different levels are then at distance 1


@dataclass(frozen=True)
class NumericCode:
    """How one numeric column becomes coordinates: centred, scaled, missing filled and flagged."""

    name: str
    centre: float
    scale: float
    flagged: bool

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return 1 + self.flagged

    def write(self, values: pd.Series, out: Floats) -> None:
        """Put the coordinates of the values into ``out`` (rows × width, zeros)."""
        numbers = values.to_numpy(dtype=float)
        missing = np.isnan(numbers)
        scaled = np.clip((numbers - self.centre) / self.scale, -_FAR, _FAR)
        out[:, 0] = np.where(missing, 0.0, scaled)
        if self.flagged:
            out[:, 1] = missing

    def code(self, values: pd.Series) -> Floats:
        """The values as they are."""
        return values.to_numpy(dtype=float)


@dataclass(frozen=True)
class LevelCode:
    """How one categorical column becomes coordinates: one per level, missing, and unseen.

    ``levels`` are those of all real rows, the commonest of train first: two levels that only
    holdout rows have are as far apart as any others, or fresh rows would seem alike. Models know
    the first ``learnt`` of them.
    """

    name: str
    levels: tuple[str, ...]
    learnt: int
    missing: bool

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return len(self.levels) + self.missing + 1

    def write(self, values: pd.Series, out: Floats) -> None:
        """Put the coordinates of the values into ``out`` (rows × width, zeros)."""
        index = self.index(values)
        index[index == len(self.levels)] = self.width - 1
        # A missing value where train has none is something unseen.
        index[index < 0] = len(self.levels)
        out[np.arange(len(index)), index] = _HALF

    def code(self, values: pd.Series) -> Floats:
        """The position of each value among the learnt levels, one past them if not, or NaN."""
        index = np.minimum(self.index(values), self.learnt).astype(float)
        index[index < 0] = np.nan
        return index

    def index(self, values: pd.Series) -> Ints:
        """Position of each value among the levels, one past the end if unseen, -1 if missing."""
        known = pd.Index(self.levels, dtype=object).get_indexer(
            values.cat.categories.astype(object)
        )
        known = np.append(np.where(known < 0, len(self.levels), known), -1)
        return known[values.cat.codes.to_numpy()].astype(np.intp)


@dataclass(frozen=True)
class Encoder:
    """Turns canonical frames into numbers by what ``fit_encoder`` learnt from the train rows.

    In ``points`` the Euclidean distance adds up, per column, 1 for two different levels and
    (difference / (95 % − 5 % quantile))² for two numbers.
    """

    parts: tuple[NumericCode | LevelCode, ...]

    @property
    def width(self) -> int:
        """Number of coordinates of a row."""
        return sum(part.width for part in self.parts)

    @property
    def categorical(self) -> tuple[bool, ...]:
        """Which columns of ``codes`` are levels rather than amounts."""
        return tuple(isinstance(part, LevelCode) for part in self.parts)

    def only(self, names: Collection[str]) -> "Encoder":
        """The encoder of these columns alone."""
        return Encoder(tuple(part for part in self.parts if part.name in names))

    def points(self, frame: pd.DataFrame) -> Floats:
        """Coordinates, (rows × width) float32."""
        out = np.zeros((len(frame), self.width), dtype=np.float32)
        start = 0
        for part in self.parts:
            part.write(frame[part.name], out[:, start : start + part.width])
            start += part.width
        return out

    def codes(self, frame: pd.DataFrame) -> Floats:
        """A float64 column per column: numbers as they are, levels by position, missing as NaN."""
        return np.column_stack([part.code(frame[part.name]) for part in self.parts])


def fit_encoder(train: Table, holdout: Table | None = None) -> Encoder:
    """The encoder of a table's columns: centres, scales and learnt levels from train rows only.

    Of the holdout it knows which levels and gaps exist, so that distances can tell them apart.

    >>> from synthcraft.data.table import Column
    >>> frame = pd.DataFrame({"age": [40.0, 50.0, np.nan], "sex": pd.Categorical(["f", "m", "f"])})
    >>> columns = (Column("age", "numeric"), Column("sex", "categorical", ("f", "m")))
    >>> encoder = fit_encoder(Table(frame, columns, "classification", "sex"))
    >>> encoder.width  # age and its flag; f, m, unseen
    5
    >>> encoder.points(frame)[2].round(2).tolist()
    [0.0, 1.0, 0.7099999785423279, 0.0, 0.0]
    """
    fresh = train.frame.iloc[:0] if holdout is None else holdout.frame
    return Encoder(
        tuple(
            _numeric_code(train.frame[column.name], fresh[column.name])
            if column.numeric
            else _level_code(train.frame[column.name], fresh[column.name])
            for column in train.columns
        )
    )


def _numeric_code(values: pd.Series, fresh: pd.Series) -> NumericCode:
    seen = values.dropna().to_numpy(dtype=float)
    flagged = bool(values.isna().any() or fresh.isna().any())
    if not len(seen):
        return NumericCode(str(values.name), 0.0, 1.0, flagged)
    low, centre, high = np.quantile(seen, [0.05, 0.5, 0.95])
    # A column that is nearly always one value has no quantile range, but may have a spread (that of
    # one whose values all agree is what rounding leaves, not always 0).
    scale = (high - low) or (seen.std() if np.ptp(seen) else 0.0) or 1.0
    return NumericCode(str(values.name), float(centre), float(scale), flagged)


def _level_code(values: pd.Series, fresh: pd.Series) -> LevelCode:
    counts = values.astype(str)[values.notna()].value_counts()
    known = sorted(counts.index, key=lambda level: (-counts[level], level))
    others = sorted(set(fresh.dropna().astype(str)) - set(known))
    return LevelCode(
        str(values.name),
        (*known, *others),
        min(len(known), MAX_LEVELS),
        bool(values.isna().any() or fresh.isna().any()),
    )
