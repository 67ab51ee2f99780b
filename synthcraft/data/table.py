"""A typed table: one canonical form of the data for generators and metrics alike.

Numeric columns are float64 (missing: NaN); categorical columns are pandas ``category`` of strings
(missing: NaN). A table of train rows, of holdout rows and a synthetic table have the same columns
in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.catalogue import Task

ColumnType = Literal["numeric", "categorical"]
Missing = Literal["drop", "impute", "model"]


@dataclass(frozen=True)
class Column:
    """One column's declared or inferred meaning.

    ``decimals`` is the number of decimal places that the values carry (0 for integers), None when
    no rounding applies; ``levels`` are a categorical column's values; ``low``/``high`` a numeric
    column's range. ``missing`` says how absent values are treated; ``origin`` whether the meaning
    was declared in the spec or inferred from the data; ``declared`` which of low, high, decimals
    and levels were. ``filled`` is what stands in train and holdout rows for absent values, where
    they were imputed, and ``gaps`` in how many rows of this part of a split; ``indicates`` the
    column whose absent values this one tells of.
    """

    name: str
    type: ColumnType
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    bins: int | tuple[float, ...] | None = None
    missing: Missing = "model"
    label: str = ""
    unit: str = ""
    origin: Literal["declared", "inferred"] = "inferred"
    declared: tuple[str, ...] = ()
    filled: float | str | None = None
    gaps: int = 0
    indicates: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.type == "numeric"


@dataclass(frozen=True, eq=False)
class Pool:
    """Numeric columns (rows × columns) of which each split uses ``top`` (data/screen)."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    top: int
    by: Literal["variance", "mad"] = "variance"


@dataclass(frozen=True)
class Table:
    """Rows with their columns' meanings and roles.

    ``positive`` is the level of a binary target that counts as an event; ``rules`` are statements
    that hold in every plausible row (spec/rules), by name. ``truth`` holds what is
    known of how the data were made (simulated data), ``notes`` what the reader must be told (rows
    dropped, values recoded), both free of row-level values. ``groups`` is a person identifier per
    row where rows of one person must stay together (in order of appearance), ``keys`` a number
    per row that depends on that person's identifier alone; ``held_out`` marks the rows that no
    generator has seen, where the data declare it; ``weights`` are survey weights, and ``clusters``
    a number per stratum and one per cluster in it (rows × 2), which only weighted analyses use;
    ``pool`` holds columns that are not in the table before a split has chosen among them.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    task: Task
    target: str
    positive: str | None = None
    time: str | None = None
    sensitive: tuple[str, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)
    groups: np.ndarray[Any, np.dtype[Any]] | None = None
    keys: np.ndarray[Any, np.dtype[np.uint64]] | None = None
    held_out: np.ndarray[Any, np.dtype[np.bool_]] | None = None
    weights: np.ndarray[Any, np.dtype[np.float64]] | None = None
    clusters: np.ndarray[Any, np.dtype[np.int64]] | None = None
    pool: Pool | None = None
    truth: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The names of the numeric columns, in order."""
        return tuple(column.name for column in self.columns if column.numeric)

    @property
    def categorical(self) -> tuple[str, ...]:
        """The names of the categorical columns, in order."""
        return tuple(column.name for column in self.columns if not column.numeric)

    @property
    def features(self) -> tuple[str, ...]:
        """All columns but the outcome (target, and time for survival)."""
        return tuple(name for name in self.names if name not in (self.target, self.time))

    @property
    def all_levels(self) -> tuple[str, ...]:
        """Every level of each categorical column, declared or seen: what texts must not hold."""
        seen = (level for name in self.categorical for level in self.frame[name].cat.categories)
        return tuple({*seen, *(level for column in self.columns for level in column.levels)})

    def column(self, name: str) -> Column:
        """The meaning of the column with this name."""
        return next(column for column in self.columns if column.name == name)

    def take(self, rows: Sequence[int] | np.ndarray[Any, np.dtype[Any]]) -> "Table":
        """The same table with only these row positions, in this order."""
        positions = np.asarray(rows, dtype=int)
        return replace(
            self,
            frame=self.frame.iloc[positions].reset_index(drop=True),
            groups=None if self.groups is None else self.groups[positions],
            keys=None if self.keys is None else self.keys[positions],
            held_out=None if self.held_out is None else self.held_out[positions],
            weights=None if self.weights is None else self.weights[positions],
            clusters=None if self.clusters is None else self.clusters[positions],
            pool=None
            if self.pool is None
            else replace(self.pool, frame=self.pool.frame.iloc[positions].reset_index(drop=True)),
        )

    def with_frame(self, frame: pd.DataFrame) -> "Table":
        """A table of other rows (synthetic ones) under the same columns, in canonical form."""
        return replace(
            self,
            frame=conform(frame, self.columns),
            groups=None,
            keys=None,
            held_out=None,
            weights=None,
            clusters=None,
            pool=None,
        )


def conform(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The frame in canonical form: columns in order, numbers rounded, levels as text.

    Levels that the column does not know are kept as they are: a metric must see them.

    >>> columns = [Column("age", "numeric", decimals=0), Column("sex", "categorical", ("f", "m"))]
    >>> out = conform(pd.DataFrame({"sex": ["m", None], "age": [41.6, 30.2]}), columns)
    >>> out.age.tolist(), list(out.sex.cat.categories), out.sex.isna().tolist()
    ([42.0, 30.0], ['f', 'm'], [False, True])
    """
    out: dict[str, Any] = {}
    for column in columns:
        values = frame[column.name]
        if column.numeric:
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            out[column.name] = (
                numbers if column.decimals is None else np.round(numbers, column.decimals)
            )
        else:
            out[column.name] = _categories(values, column.levels)
    return pd.DataFrame(out, columns=[column.name for column in columns])


def _categories(values: pd.Series, levels: Sequence[str]) -> pd.Categorical:
    codes, found = pd.factorize(values)  # absent: -1
    text = [str(value) for value in found]
    unseen = sorted({*text} - {*levels})
    categories = pd.Index([*levels, *unseen], dtype=object)
    places = np.append(categories.get_indexer(pd.Index(text, dtype=object)), -1)
    return pd.Categorical.from_codes(places[codes].tolist(), categories=categories)
