"""A table as plain numbers without gaps, for a generator's library, and back.

Whatever the library guesses from names, types or numbers of distinct values is taken from it:
columns get safe names, categories become codes 0 … k-1, missing values become a level (categories)
or an indicator column (numbers), and constant columns are put aside. On the way back numbers are
rounded, not truncated, and then clipped to the declared range or, without one, the train range.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError, Problem
from synthcraft.generators.base import Impossible

Values = np.ndarray[Any, np.dtype[Any]]

ID_NAME = re.compile(r"(^|[^a-z])(id|ids|seqn|mrn|uuid|guid|identifier)($|[^a-z])", re.IGNORECASE)
ID_SHARE = 0.9  # a column is likely an identifier if this share of its values are their own level
GOLDEN = (5**0.5 - 1) / 2
ID_ROWS = 20  # in smaller tables distinct values prove nothing


class ColumnCode(Protocol):
    """How one column is coded: as no, one or two coded columns."""

    def encode(self, values: pd.Series) -> dict[str, Values]:
        """Coded columns by name."""
        ...

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> Values:
        """Values of the column, None or NaN where absent."""
        ...

    @property
    def name(self) -> str:
        """Name of the coded column that holds the values; "" where there is none."""
        ...

    @property
    def discrete(self) -> tuple[str, ...]:
        """Names of the coded columns that hold codes 0 … k-1."""
        ...


@dataclass(frozen=True)
class ConstantCode:
    """A column that is the same in every train row: nothing to learn."""

    value: Any

    name = ""
    discrete = ()

    def encode(self, values: pd.Series) -> dict[str, Values]:  # noqa: ARG002
        """Nothing."""
        return {}

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> Values:  # noqa: ARG002
        """The one value."""
        return np.full(len(coded), self.value, dtype=object)


@dataclass(frozen=True)
class LevelCode:
    """A column of levels; ``None`` among them stands for a missing value."""

    name: str
    levels: tuple[Hashable, ...]

    @property
    def discrete(self) -> tuple[str, ...]:
        """The one coded column."""
        return (self.name,)

    def encode(self, values: pd.Series) -> dict[str, Values]:
        """Positions among the levels."""
        codes = {level: code for code, level in enumerate(self.levels)}
        absent = values.isna().to_numpy()
        present = zip(values.astype(object), absent, strict=True)
        coded = [codes[None if missing else value] for value, missing in present]
        return {self.name: np.array(coded, dtype=np.int64)}

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> Values:  # noqa: ARG002
        """The levels at these positions."""
        return np.array(self.levels, dtype=object)[_codes(coded[self.name], len(self.levels))]


@dataclass(frozen=True)
class NumberCode:
    """A numeric column; ``flag`` names the indicator of its missing values, if it has any.

    Missing values are filled with values spread like the present ones: one constant, such as the
    median, would make a spike that generators smear over rows that are not missing. The flag turns
    them back.
    """

    name: str
    flag: str
    quantiles: tuple[float, ...]
    low: float
    high: float
    decimals: int | None

    @property
    def discrete(self) -> tuple[str, ...]:
        """The indicator."""
        return (self.flag,) if self.flag else ()

    def encode(self, values: pd.Series) -> dict[str, Values]:
        """Filled numbers, and their indicator."""
        numbers = values.to_numpy(dtype=float)
        if not self.flag:
            return {self.name: numbers}
        absent = np.isnan(numbers)
        # steps of the golden ratio visit the quantiles evenly, without any random number
        steps = np.arange(absent.sum()) * GOLDEN % 1 * len(self.quantiles)
        filled = numbers.copy()
        filled[absent] = np.array(self.quantiles)[steps.astype(int)]
        return {self.name: filled, self.flag: absent.astype(np.int64)}

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> Values:  # noqa: ARG002
        """Rounded, clipped numbers."""
        numbers = _finite(coded[self.name])
        if self.decimals is not None:
            numbers = np.round(numbers, self.decimals)
        numbers = np.clip(numbers, self.low, self.high)
        if self.flag:
            numbers[_codes(coded[self.flag], 2) == 1] = np.nan
        return numbers


@dataclass(frozen=True)
class BinCode:
    """A numeric column cut into bins, for libraries that know categories only.

    A value that many rows share has a bin of its own and comes back exactly; any other bin gives
    uniform numbers between its smallest and largest train value. The last code stands for missing.
    """

    name: str
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    missing: bool
    step: float

    @property
    def discrete(self) -> tuple[str, ...]:
        """The one coded column."""
        return (self.name,)

    def encode(self, values: pd.Series) -> dict[str, Values]:
        """The bins that the values fall into."""
        numbers = values.to_numpy(dtype=float)
        codes = np.searchsorted(np.array(self.starts), numbers, side="right") - 1
        return {self.name: np.where(np.isnan(numbers), len(self.starts), codes).astype(np.int64)}

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> Values:
        """A number from each bin."""
        codes = _codes(coded[self.name], len(self.starts) + self.missing)
        low, high = np.array([*self.starts, 0.0]), np.array([*self.ends, 0.0])
        # numbers are rounded later: half a step on either side gives both ends their full share
        margin = np.where(high > low, self.step / 2 * (1 - 1e-9), 0.0)
        numbers: Values = rng.uniform(low[codes] - margin[codes], high[codes] + margin[codes])
        numbers[codes == len(self.starts)] = np.nan
        return numbers


@dataclass(frozen=True)
class Coding:
    """How a table is coded, learnt from train rows."""

    columns: tuple[Column, ...]
    codes: tuple[ColumnCode, ...]

    @property
    def discrete(self) -> frozenset[str]:
        """Names of the coded columns that hold codes."""
        return frozenset(name for code in self.codes for name in code.discrete)

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Numbers without gaps: int64 codes and float64 numbers."""
        coded: dict[str, Values] = {}
        for column, code in zip(self.columns, self.codes, strict=True):
            coded.update(code.encode(frame[column.name]))
        return pd.DataFrame(coded)

    def decode(self, coded: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """The table's own columns, in canonical form."""
        columns = zip(self.columns, self.codes, strict=True)
        frame = {column.name: code.decode(coded, rng) for column, code in columns}
        return conform(pd.DataFrame(frame, columns=list(frame)), self.columns)

    def coded(self, name: str) -> str:
        """The name of the coded column that holds this column's values; "" for a constant one."""
        position = [column.name for column in self.columns].index(name)
        return self.codes[position].name

    def where(self, levels: Mapping[str, str]) -> dict[str, int]:
        """The codes, by coded column, of rows that have these levels; none for constant columns.

        Impossible is raised where no train row had such a level: the library knows none.
        """
        known = dict(zip((column.name for column in self.columns), self.codes, strict=True))
        found = {}
        for name, level in levels.items():
            code = known[name]
            if isinstance(code, LevelCode) and level in code.levels:
                found[code.name] = code.levels.index(level)
            elif not (isinstance(code, ConstantCode) and code.value == level):
                raise Impossible(f"no train row has this level of {name}")
        return found


def learn_coding(train: Table, *, bins: int | None = None) -> Coding:
    """The coding of these train rows; numeric columns are cut where ``bins`` are asked for.

    Raises DataError for columns that look like identifiers: a generator would hand them out.

    >>> frame = pd.DataFrame({"sex": ["m", "f", None], "age": [40.0, 50.0, 60.0]})
    >>> columns = (Column("sex", "categorical", ("f", "m")), Column("age", "numeric", decimals=0))
    >>> table = Table(conform(frame, columns), columns, "classification", "sex")
    >>> coding = learn_coding(table)
    >>> coding.encode(table.frame).to_dict("list")
    {'c0': [1, 0, 2], 'c1': [40.0, 50.0, 60.0]}
    """
    refuse_identifiers(train)
    codes = []
    for i, column in enumerate(train.columns):
        values = train.frame[column.name]
        if column.name == train.target and train.task != "regression":
            # a class or an event, even where it is stored as a number; the event comes last
            codes.append(_level_code(f"c{i}", values, column, last=train.positive))
        else:
            codes.append(_learn(f"c{i}", values, column, bins=bins))
    return Coding(train.columns, tuple(codes))


def refuse_identifiers(train: Table) -> None:
    """Raises DataError with every column whose values identify rows rather than describe them."""
    problems = [
        Problem(
            f"dataset.columns.{column.name}",
            reason,
            "Declare it as dataset.id, or leave it out through dataset.drop.",
        )
        for column in train.columns
        if column.name not in (train.target, train.time)
        and (reason := _identifies(train.frame[column.name], column))
    ]
    if problems:
        raise DataError(problems)


def _identifies(values: pd.Series, column: Column) -> str:
    present = values.dropna()
    if len(present) < ID_ROWS:
        return ""
    share = present.nunique() / len(present)
    if not column.numeric and share >= ID_SHARE:
        return f"looks like an identifier: {share:.0%} of its values are levels of their own"
    whole = column.numeric and bool((present == np.floor(present)).all())
    named = ID_NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name)) is not None
    if whole and share == 1 and named:
        return "looks like an identifier, by its name and as no two rows share a value"
    return ""


def _learn(name: str, values: pd.Series, column: Column, *, bins: int | None) -> ColumnCode:
    if values.nunique(dropna=False) <= 1:
        return ConstantCode(values.iloc[0] if values.notna().any() else None)
    if not column.numeric or values.nunique() == 1:
        return _level_code(name, values, column)
    if bins is not None:
        return _bin_code(name, values, column, bins)
    present = values.dropna()
    return NumberCode(
        name=name,
        flag=f"{name}_missing" if values.isna().any() else "",
        quantiles=tuple(np.quantile(present, np.linspace(0, 1, 101), method="nearest").tolist()),
        low=float(present.min()) if column.low is None else column.low,
        high=float(present.max()) if column.high is None else column.high,
        decimals=column.decimals,
    )


def _level_code(
    name: str, values: pd.Series, column: Column, *, last: str | None = None
) -> ColumnCode:
    seen = values.dropna().unique()
    if column.numeric:
        levels: list[Hashable] = [*sorted(float(value) for value in seen)]
    else:
        levels = [level for level in values.cat.categories if level in set(seen)]
        levels.sort(key=lambda level: level == last)
    if values.isna().any():
        levels.append(None)
    return LevelCode(name, tuple(levels)) if len(levels) > 1 else ConstantCode(levels[0])


def _bin_code(name: str, values: pd.Series, column: Column, bins: int) -> BinCode:
    present = np.sort(values.dropna().to_numpy(dtype=float))
    distinct, counts = np.unique(present, return_counts=True)
    common = counts >= len(present) / bins
    after_common = np.append(False, common[:-1])
    starts = np.union1d(
        distinct[common | after_common],
        present[np.arange(bins) * len(present) // bins],
    )
    ends = np.append(distinct[np.searchsorted(distinct, starts[1:]) - 1], distinct[-1])
    return BinCode(
        name=name,
        starts=tuple(starts.tolist()),
        ends=tuple(ends.tolist()),
        missing=bool(values.isna().any()),
        step=0.0 if column.decimals is None else 10.0**-column.decimals,
    )


def _codes(values: pd.Series, count: int) -> Values:
    return np.clip(np.round(_finite(values)), 0, count - 1).astype(np.int64)


def _finite(values: pd.Series) -> Values:
    numbers = np.array(pd.to_numeric(values), dtype=float)
    if not np.isfinite(numbers).all():
        bad = int((~np.isfinite(numbers)).sum())
        raise ValueError(f"the generator gave {bad} values that are not numbers: it diverged")
    return numbers
