"""What columns must declare before a private release, and what they declare wrongly."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from synthcraft.data.table import Column, Table
from synthcraft.errors import Problem
from synthcraft.privacy.bins import (
    DEFAULT_BINS,
    FEW_VALUES,
    digits_of,
    ends,
    few_values,
    has,
    range_of,
)
from synthcraft.spec.types import PrivacySpec

LARGEST = 1e15  # beyond it, neighbouring integers are no longer told apart
CLIPPED = 0.05  # share of a column's values outside what is declared, from which one is warned


def domain_problems(table: Table, privacy: PrivacySpec) -> list[Problem]:
    """What keeps the table from a private release on the spec's terms, one problem per fault.

    Nothing is asked of a domain that is taken from the data: there ε is void.
    """
    if privacy.domain == "from_data":
        return []
    return [
        *column_problems(table.columns, private=privacy.domain == "private"),
        *_imputed(table.columns),
    ]


def column_problems(columns: Sequence[Column], *, private: bool) -> Iterator[Problem]:
    """Declarations that columns lack for a declared, or a private, domain, and false ones."""
    for column in columns:
        found = _type_problem(column, private=private) or _content_problem(column, private=private)
        if found is not None:
            yield found


def clipped_warnings(table: Table) -> list[str]:
    """Columns of which more than 5 % of the values lie outside what is declared.

    For the eyes of whoever holds the data, never for a journal or report: it looks at real rows.
    """
    warnings = []
    for column in table.columns:
        values = table.frame[column.name].dropna()
        if column.numeric:
            low = range_of(column)[0] if has(column, "low") else -np.inf
            high = range_of(column)[1] if has(column, "high") else np.inf
            outside, what = (values < low) | (values > high), "range; they count as its ends"
        else:
            outside = ~values.isin(column.levels)
            what = "levels; they count as missing"
        if outside.mean() > CLIPPED:
            warnings.append(
                f"{_path(column)}: more than {CLIPPED:.0%} of the values are outside the declared "
                f"{what} in private releases. (Told here only, because it looks at real rows.)"
            )
    return warnings


def _type_problem(column: Column, *, private: bool) -> Problem | None:
    # Low and high imply numbers, if the data agree; where they do not, levels are missing.
    implied = column.numeric and has(column, "low") and has(column, "high")
    if column.origin == "declared" or implied:
        return None
    message = "its type is not declared, and a private release must not infer it from the rows"
    hint = f"Declare its type (it looks {column.type})." if private else _write(column)
    return Problem(_path(column), message, hint)


def _content_problem(column: Column, *, private: bool) -> Problem | None:
    if not column.numeric:
        if private or has(column, "levels"):
            return None
        return Problem(_path(column), "its levels are not declared", _write(column))
    for side in ("low", "high"):
        bound = getattr(column, side)
        if not has(column, side):
            if private:
                continue
            return Problem(_path(column), f"its {side} is not declared", _write(column))
        if not abs(bound) < LARGEST:
            message = f"{bound:g} is beyond {LARGEST:g}, where values are no longer told apart"
            return Problem(f"{_path(column)}.{side}", message, "Use a larger unit, or a cap.")
    if has(column, "low") and has(column, "high"):
        return _range_problem(column, private=private)
    return _edge_problem(column)


def _range_problem(column: Column, *, private: bool) -> Problem | None:
    low, high = range_of(column)
    if low >= high:
        message = f"low {low:g} is not below high {high:g}"
        return Problem(_path(column), message, "Give the range of all possible values.")
    first, last = ends(low, high, digits_of(column, low, high))
    if first > last:
        message = f"no value with its decimals lies between low {low:g} and high {high:g}"
        return Problem(_path(column), message, "Move one of them, or use a smaller unit.")
    if column.bins is None and not private and not few_values(column):
        return Problem(
            f"{_path(column)}.bins",
            f"a continuous column without bins (more than {FEW_VALUES} possible values)",
            f"Write bins: {DEFAULT_BINS} for equally wide ones, or their inner edges in ascending "
            f"order, by what is known in public: bins: [{_example(low, high)}].",
        )
    return _edge_problem(column)


def _edge_problem(column: Column) -> Problem | None:
    if not isinstance(column.bins, tuple):
        return None
    path, inner = f"{_path(column)}.bins", column.bins
    if not np.isfinite(inner).all() or any(a >= b for a, b in pairwise(inner)):
        return Problem(path, "the inner edges do not ascend", "Sort them, each once.")
    for edge in inner:
        below = has(column, "low") and edge <= (column.low or 0.0)
        above = has(column, "high") and edge >= (column.high or 0.0)
        if below or above:
            message = f"{edge:g} is not an inner edge: low and high are edges already"
            return Problem(path, message, "Give edges above low and below high only.")
    return None


def _imputed(columns: Sequence[Column]) -> Iterator[Problem]:
    """Columns whose gaps are to be filled by what the real rows show."""
    for column in columns:
        if column.missing == "impute":
            yield Problem(
                f"{_path(column)}.missing",
                "imputing looks at the real rows without noise",
                "Set dataset.missing: model (absent values are a level of their own), or drop.",
            )


def _path(column: Column) -> str:
    return f"dataset.columns.{column.name}"


def _write(column: Column) -> str:
    what = (
        "{type: numeric, low: …, high: …, decimals: …, bins: …}"
        if column.numeric
        else "{type: categorical, levels: […]}"
    )
    return (
        f"Declare {what} by what is known in public, never by these data; or drop the column, or "
        "declare its type and buy the rest (privacy.domain: private)."
    )


def _example(low: float, high: float) -> str:
    return ", ".join(f"{low + (high - low) * part / 4:.3g}" for part in (1, 2, 3)) + ", …"
