"""What one column means: declared in the spec, or inferred from its values by stated rules."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Missing
from synthcraft.errors import Problem
from synthcraft.spec.types import ColumnSpec

Kind = Literal["number", "boolean", "text", "other"]
Outside = Literal["refuse", "keep"]
"""What becomes of values outside a declared range or declared levels."""
INFERABLE = ("low", "high", "decimals", "levels")
MOST_DECIMALS = 6
MOST_CODES = 20  # different values of a column that is named for persons, yet may hold codes
ID_ROWS = 50  # in smaller tables distinct values prove nothing
ID_LEVELS = 0.8  # levels per row from which text tells persons apart
ID_SHARE = 0.2  # different values per row that a column named as an identifier may have
OWN_VALUES = "every row has its own value"
SMALLEST_WIDTH = 1e-200
LARGEST = 1e30  # squares of larger numbers leave single precision, in which networks train
_PERSONS = re.compile(
    r"^(id|ids|identifier|patient|subject|person|participant)$"
    r"|\b(patient|subject|person|participant) ?(id|no|nr|num|number|code)\b"
    r"|\b(seqn|mrn|uuid|guid|ptid|u?subjid)\b"
)
_IDENTIFIERS = re.compile(r"\b(id|ids|identifier)\b")
_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")


@dataclass(frozen=True)
class ReadColumn:
    """A column's canonical values with their meaning, or what is wrong with it."""

    values: "pd.Series[Any]"
    column: Column
    problems: tuple[Problem, ...] = ()


def read_column(
    values: "pd.Series[Any]",
    declared: ColumnSpec,
    *,
    missing: Missing,
    max_levels: int,
    categorical: bool = False,
    outside: Outside = "refuse",
) -> ReadColumn:
    """The column's values in canonical form (numbers, or text) with its meaning.

    Rules where the spec is silent: text, booleans and numbers with at most two different values
    are categorical; all other numbers are numeric, codes too, until they are declared categorical;
    ``categorical`` asks for levels (the target of a classification). Levels are sorted, by value
    where all are numbers. A numeric column's decimals are the fewest (up to 6) that hold all its
    values; its range is rounded outwards, so that it tells no single row's value.

    Values outside what is declared are a problem; ``outside="keep"`` lets them be, for a domain
    that is settled without the rows. Decimals are then not inferred either.

    Problems name counts and declared levels, never a cell's value.

    >>> dose = pd.Series([0.5, 2.0, 12.25], name="dose")
    >>> column = read_column(dose, ColumnSpec(), missing="model", max_levels=100).column
    >>> column.type, column.decimals, column.low, column.high
    ('numeric', 2, 0.0, 13.0)
    """
    name = str(values.name)
    found = kind_of(values)
    common: dict[str, Any] = {
        "name": name,
        "missing": declared.missing or missing,
        "label": declared.label or "",
        "unit": declared.unit or "",
        "bins": declared.bins,
        "origin": "declared" if declared.type or declared.levels else "inferred",
        "declared": tuple(key for key in INFERABLE if getattr(declared, key) is not None),
    }
    if found == "other":
        problem = _problem(
            name,
            "holds neither numbers nor text",
            "Turn dates into numbers (days since …), or leave the column out through dataset.drop.",
        )
        unread = pd.Series(None, index=values.index, name=name, dtype="object")
        return ReadColumn(unread, Column(type="categorical", **common), (problem,))
    if _is_numeric(values, found, declared, categorical=categorical):
        return _read_numbers(values, declared, common, outside=outside)
    return _read_levels(values, found, declared, common, max_levels=max_levels, outside=outside)


def kind_of(values: "pd.Series[Any]") -> Kind:
    """What the raw values are: numbers, booleans, text, or something that is none of these.

    >>> kind_of(pd.Series([1, 2.5])), kind_of(pd.Series([True, None])), kind_of(pd.Series(["a"]))
    ('number', 'boolean', 'text')
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "text"
    if pd.api.types.is_bool_dtype(values.dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "number"
    content = pd.api.types.infer_dtype(values, skipna=True)
    if content in _NUMBERS:
        return "number"
    if content == "boolean":
        return "boolean"
    if content in ("string", "empty"):
        return "text"
    plain = content in ("mixed", "mixed-integer") and all(
        isinstance(value, (str, int, float)) for value in values.dropna()
    )
    return "text" if plain else "other"


def is_binary(values: "pd.Series[Any]") -> bool:
    """Whether there are at most two different values (0 and 1, or codes such as 1 and 2)."""
    return values.nunique() <= 2


def numbers(values: "pd.Series[Any]") -> "pd.Series[float]":
    """The values as float64; what is not a number becomes missing.

    Single-precision numbers keep the decimals they were written with.
    """
    if str(values.dtype).lower() == "float32":
        # 1.1 in single precision is 1.10000002384 in double: read its shortest decimal form.
        values = values.astype(str)
    if values.dtype == np.float64:
        return values
    return pd.to_numeric(values, errors="coerce").astype("float64")


def texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """The values as text, whole numbers without a decimal point; missing ones as None.

    >>> texts(pd.Series([1.0, 2.5, None])).tolist()
    ['1', '2.5', None]
    """
    plain = [
        None if absent else _text(value)
        for value, absent in zip(values, values.isna(), strict=True)
    ]
    return pd.Series(plain, index=values.index, name=values.name, dtype="object")


def plain(text: str) -> str:
    """The one text of a cell, however it was stored: other rows decide whether 007 is 7 or "007".

    Numbers, and what pandas reads as a boolean, have one text each; all other text stays.

    >>> plain("007"), plain("7.0"), plain("1.50"), plain("TRUE"), plain("E11")
    ('7', '7', '1.5', 'True', 'E11')
    """
    for number in (int, float):
        try:
            return _text(number(text))
        except ValueError:
            pass
    return text.capitalize() if text.lower() in ("true", "false") else text


def reading(text: str) -> str:
    """What a cell says, to compare it with what was declared.

    >>> reading("007") == reading("7.0"), reading("Yes") == reading("yes"), reading(" b")
    (True, True, 'b')
    """
    return plain(text).strip().lower()


def is_declared(values: "pd.Series[Any]", levels: Sequence[str]) -> "pd.Series[bool]":
    """Whether each value reads as a declared level; a missing one does not.

    >>> is_declared(pd.Series(["yes", "No", "unknown", None]), ["no", "yes"]).tolist()
    [True, True, False, False]
    """
    return _as_declared(texts(values), levels).isin(levels)


def decimals_of(values: "pd.Series[float]") -> int | None:
    """The fewest decimals, up to 6, that hold all values; None when more are needed.

    >>> decimals_of(pd.Series([1.5, 2.25, np.nan])), decimals_of(pd.Series([np.pi]))
    (2, None)
    """
    present = _present(values)
    for decimals in range(MOST_DECIMALS + 1):
        if np.array_equal(np.round(present, decimals), present):
            return decimals
    return None


def outward_range(values: "pd.Series[float]") -> tuple[float | None, float | None]:
    """The range, rounded outwards to the power of ten that is 1 to 10 % of its width.

    >>> outward_range(pd.Series([20.3, 79.6]))
    (20.0, 80.0)
    >>> outward_range(pd.Series([3.0, 3.0]))
    (3.0, 3.0)
    """
    present = _present(values)
    if not len(present):
        return None, None
    low, high = float(present.min()), float(present.max())
    if high - low < SMALLEST_WIDTH:
        return low, high
    digits = 1 - math.floor(math.log10(high - low))
    scale = 10.0**digits
    floor, ceiling = math.floor(low * scale) / scale, math.ceil(high * scale) / scale
    # Division may miss the decimal number by a bit, and then even the value itself.
    return min(low, round(floor, digits)), max(high, round(ceiling, digits))


def _present(values: "pd.Series[float]") -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values that there are; in numpy, for there may be thousands of columns."""
    every = np.asarray(values.to_numpy(dtype=float), dtype=np.float64)
    present: np.ndarray[Any, np.dtype[np.float64]] = every[~np.isnan(every)]
    return present


def inferred_from(values: "pd.Series[Any]", column: Column) -> Column:
    """The column with all that the spec does not declare inferred from these values alone.

    >>> age = Column("age", "numeric", low=0, high=120, decimals=1, declared=("low",))
    >>> seen = inferred_from(pd.Series([31.0, 64.0]), age)
    >>> seen.low, seen.high, seen.decimals
    (0, 64.0, 0)
    """
    found: dict[str, Any]
    if column.numeric:
        low, high = outward_range(values)
        found = {"low": low, "high": high, "decimals": decimals_of(values)}
    else:
        seen = set(values.dropna().unique())
        found = {"levels": tuple(level for level in column.levels if level in seen)}
    return replace(column, **{k: v for k, v in found.items() if k not in column.declared})


def _is_numeric(
    values: "pd.Series[Any]", found: Kind, declared: ColumnSpec, *, categorical: bool
) -> bool:
    if declared.type is not None:
        return declared.type == "numeric"
    if declared.levels or categorical:
        return False
    if found != "number":
        return False
    bounded = (declared.low, declared.high, declared.decimals) != (None, None, None)
    return bounded or not is_binary(values)


def _read_numbers(
    values: "pd.Series[Any]", declared: ColumnSpec, common: dict[str, Any], *, outside: Outside
) -> ReadColumn:
    name = common["name"]
    read = numbers(values)
    problems = []
    unreadable = int(np.count_nonzero(read.isna().to_numpy() & values.notna().to_numpy()))
    if unreadable:
        problems.append(
            _problem(
                name,
                f"{unreadable:,} values are not numbers",
                "Declare the column categorical, or name such values in dataset.params.na_values.",
            )
        )
    endless = np.abs(read.to_numpy()) > LARGEST
    if endless.any():
        problems.append(
            _problem(
                name,
                f"{int(endless.sum()):,} values are infinite or beyond {LARGEST:g}",
                "Make them missing or cap them.",
            )
        )
        read = read.mask(endless)
    if outside == "refuse":
        problems += _range_problems(name, read, declared)
    else:
        # One value with more decimals than the others must not show in how samples are rounded.
        common = {**common, "declared": tuple({*common["declared"], "decimals"})}
    low, high = outward_range(read)
    column = Column(
        type="numeric",
        low=low if declared.low is None else declared.low,
        high=high if declared.high is None else declared.high,
        decimals=declared.decimals if "decimals" in common["declared"] else decimals_of(read),
        **common,
    )
    return ReadColumn(read, column, tuple(problems))


def _range_problems(name: str, read: "pd.Series[float]", declared: ColumnSpec) -> list[Problem]:
    problems = []
    for side, bound in (("low", declared.low), ("high", declared.high)):
        if bound is None:
            continue
        outside = int((read < bound).sum() if side == "low" else (read > bound).sum())
        if outside:
            beyond = "below" if side == "low" else "above"
            problems.append(
                Problem(
                    f"dataset.columns.{name}.{side}",
                    f"{outside:,} values are {beyond} {bound:g}",
                    f"Move dataset.columns.{name}.{side}, or clean the data.",
                )
            )
    return problems


def _read_levels(
    values: "pd.Series[Any]",
    found: Kind,
    declared: ColumnSpec,
    common: dict[str, Any],
    *,
    max_levels: int,
    outside: Outside,
) -> ReadColumn:
    read = texts(values)
    if outside == "keep":
        read = _as_declared(read, declared.levels or ())
    present = read.dropna()
    seen = set(present.unique())
    column = Column(type="categorical", levels=declared.levels or _sorted_levels(seen), **common)
    problems = []
    unknown = int((~present.isin(declared.levels)).sum()) if declared.levels else 0
    if declared.levels and unknown and outside == "refuse":
        problems.append(
            Problem(
                f"dataset.columns.{column.name}.levels",
                f"{unknown:,} values are not among the {len(declared.levels)} declared levels",
                f"Declared: {', '.join(declared.levels[:10])}. Add what is missing.",
            )
        )
    if found == "text" and column.origin == "inferred" and _mostly_numbers(present):
        problems.append(_misread_numbers(column, present))
    elif len(present) >= ID_ROWS and len(seen) > ID_LEVELS * len(present):
        problems.append(_own_levels(column, len(seen), len(present)))
    elif len(column.levels) > max_levels:
        problems.append(_too_many_levels(column, max_levels=max_levels))
    return ReadColumn(read, column, tuple(problems))


def _as_declared(read: "pd.Series[Any]", levels: Sequence[str]) -> "pd.Series[Any]":
    """Each text as the declared level that reads alike, else plain, whatever other rows hold."""
    alike = {reading(level): level for level in levels}
    exact = set(levels)
    different = [text for text in read.dropna().unique() if text not in exact]
    return read.replace({text: alike.get(reading(text), plain(text)) for text in different})


def _as_numbers(present: "pd.Series[Any]") -> "pd.Series[float]":
    return pd.to_numeric(present.str.replace(",", ".", n=1), errors="coerce")


def _mostly_numbers(present: "pd.Series[Any]") -> bool:
    """Whether text is an amount with some words in between, rather than codes and words."""
    read = _as_numbers(present)
    return bool(read.notna().mean() > 0.5) and read.nunique() > MOST_CODES


def _misread_numbers(column: Column, present: "pd.Series[Any]") -> Problem:
    others = int(_as_numbers(present).isna().sum())
    if others:
        message = f"{len(present) - others:,} values are numbers and {others:,} are not"
        hint = "Name those that stand for no answer in dataset.params.na_values"
    else:
        message = "holds numbers with a decimal comma"
        hint = 'Set dataset.params.decimal: ","'
    return _problem(
        column.name, message, f"{hint}, or declare dataset.columns.{column.name}.type: categorical."
    )


def _own_levels(column: Column, levels: int, rows: int) -> Problem:
    return _problem(
        column.name,
        f"{levels:,} levels in {rows:,} rows: it looks like an identifier, a date or free text",
        "Declare it as dataset.id, turn a date into a number (days since …), or leave it out "
        "through dataset.drop.",
    )


def _too_many_levels(column: Column, *, max_levels: int) -> Problem:
    return _problem(
        column.name,
        f"{len(column.levels):,} levels, more than dataset.max_levels={max_levels}",
        "An identifier or free text? Declare it as dataset.id, leave it out through dataset.drop, "
        "group its levels, or raise dataset.max_levels.",
    )


def _identifier(name: str, message: str) -> Problem:
    return _problem(
        name,
        f"{message}: it looks like an identifier",
        "Declare it as dataset.id (rows of one person then stay together), or leave it out "
        f"through dataset.drop; if it is a measurement, state its dataset.columns.{name}.type.",
    )


def identifier_problem(read: ReadColumn) -> Problem | None:
    """What is wrong with whole numbers, or text, that identify persons, unless declared.

    These differ in every row; or their name says so, and they have more than 20 different values
    (names of persons: patient, subject_id, SEQN) or more than one per 5 rows (other identifiers).
    """
    column = read.column
    if column.origin == "declared" or (column.numeric and column.decimals != 0):
        return None
    if column.numeric and _one_each(read.values):
        return _identifier(column.name, OWN_VALUES)
    if _named_like_an_identifier(read):
        different = f"{read.values.nunique():,} different values, and by its name"
        return _identifier(column.name, different)
    return None


def _named_like_an_identifier(one: ReadColumn) -> bool:
    """Whether name and number of different values together suggest persons or records."""
    different = one.values.nunique()
    if _PERSONS.search(words := _words(one.column.name)):
        return different > MOST_CODES
    return _IDENTIFIERS.search(words) is not None and different > ID_SHARE * len(one.values)


def _words(name: str) -> str:
    """The words of a name, small and apart: ``PatientID2`` gives ``patient id``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[a-z]+", apart.lower()))


def _one_each(values: "pd.Series[Any]") -> bool:
    return len(values) >= 50 and bool(values.notna().all()) and values.is_unique


def _sorted_levels(levels: set[str]) -> tuple[str, ...]:
    try:
        return tuple(sorted(levels, key=lambda level: (float(level), level)))
    except ValueError:
        return tuple(sorted(levels))


def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _problem(name: str, message: str, hint: str) -> Problem:
    return Problem(f"dataset.columns.{name}", message, hint)


def names_of(columns: Sequence[Column]) -> str:
    """The columns' names in one line, the first twenty of them."""
    shown = ", ".join(column.name for column in columns[:20])
    return shown + (f", … ({len(columns)} in all)" if len(columns) > 20 else "")
