"""Files of synthetic rows, read under the columns of a real table."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.cards import CsvParams, FileParams, TextFormat
from synthcraft.data.columns import numbers, texts
from synthcraft.data.files import is_one_of, read_csv, read_parquet, read_xpt
from synthcraft.data.parts import told_at
from synthcraft.data.split import impute
from synthcraft.data.table import Column, conform
from synthcraft.errors import DataError, Problem, nearest

FEWEST = 10  # rows that can be judged
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    ".xpt": "xpt",
}


def kind_of_file(path: str) -> str:
    """The dataset plug-in that reads a file of this name.

    Raises
    ------
    DataError
        for a name that ends in none of the known ways.

    >>> kind_of_file("a/synthetic.CSV.gz"), kind_of_file("b.parquet")
    ('csv', 'parquet')
    """
    ends = [end.lower() for end in Path(path).suffixes if end.lower() != ".gz"]
    if not ends or ends[-1] not in KINDS:
        hint = f"Accepted: {', '.join(KINDS)}; text tables may end in .gz."
        raise DataError(
            [Problem(path or "''", "its name does not tell what kind of table it is", hint)]
        )
    return KINDS[ends[-1]]


def read_rows(
    path: str, form: TextFormat, missing_codes: dict[str, tuple[float | str, ...]]
) -> pd.DataFrame:
    """The raw rows of a file of any known kind; problems are told under its name."""
    kind = kind_of_file(path)
    written: dict[str, Any] = {name: getattr(form, name) for name in TextFormat.model_fields}
    try:
        if kind == "csv":
            frame = read_csv(CsvParams(path=path, **written)).frame
        else:
            frame = (read_parquet if kind == "parquet" else read_xpt)(FileParams(path=path)).frame
    except DataError as exc:
        raise told_at(exc, path) from None
    codes = {name: found for name, found in missing_codes.items() if name in frame.columns}
    return frame.assign(
        **{n: frame[n].mask(is_one_of(frame[n], found)) for n, found in codes.items()}
    )


def under_columns(frame: pd.DataFrame, columns: Sequence[Column], *, path: str) -> pd.DataFrame:
    """The rows in the canonical form of a real table's columns; other columns are left out.

    A level that the real table does not have is kept: metrics must see it. Numbers beyond its
    range are kept, too. Where the real table's absent values were imputed, these are alike.

    Raises
    ------
    DataError
        with every column that is absent, holds text where the table has numbers, or has no level
        in common with it, and when there are fewer than 10 rows.

    >>> columns = [Column("sex", "categorical", ("0", "1"))]
    >>> under_columns(pd.DataFrame({"sex": [1.0] * 10}), columns, path="s.csv").sex[0]
    '1'
    """
    written = [c for c in columns if c.name in frame or not c.indicates]
    problems = [*_absent(frame, written, path), *_misread(frame, written, path)]
    if len(frame) < FEWEST:
        few = f"got {len(frame)} rows, at least {FEWEST} are needed"
        problems.append(Problem(path, few, "Give more synthetic rows."))
    if problems:
        raise DataError(problems)
    read = {c.name: numbers(frame[c.name]) if c.numeric else texts(frame[c.name]) for c in written}
    rows = pd.DataFrame(read).replace([np.inf, -np.inf], np.nan)
    return conform(impute(rows, columns), columns)


def extra_columns(frame: pd.DataFrame, known: Iterable[str], *, path: str) -> list[Problem]:
    """The columns that no real table has: they would be released without being judged."""
    names = sorted(known)
    return [
        Problem(
            path,
            f"column {str(name)!r} is not in the real table, so nothing can be said of it",
            f"Remove it, or correct its name. {nearest(str(name), names)}",
        )
        for name in frame.columns
        if str(name) not in names
    ]


def unjudged_columns(frame: pd.DataFrame, judged: Iterable[str], *, path: str) -> list[Problem]:
    """The columns that no measure looks at: under a policy they would be passed unseen.

    >>> frame = pd.DataFrame({"age": [41], "number": [7]})
    >>> [problem.message for problem in unjudged_columns(frame, ["age"], path="s.csv")]
    ["column 'number' is not judged (identifier, weight, left out or constant)"]
    """
    names = {*judged}
    return [
        Problem(
            path,
            f"column {str(name)!r} is not judged (identifier, weight, left out or constant)",
            "Remove it from the file: a policy is about what may leave.",
        )
        for name in frame.columns
        if str(name) not in names
    ]


def file_hash(path: str) -> str:
    """sha256 (64 hex digits) of a file's bytes."""
    return sha256(Path(path).expanduser().read_bytes()).hexdigest()


def _absent(frame: pd.DataFrame, columns: Sequence[Column], path: str) -> list[Problem]:
    known = {column.name for column in columns}
    others = [str(name) for name in frame.columns if str(name) not in known]
    return [
        Problem(
            path,
            f"has no column {column.name!r}, which the real table has",
            _meant(column.name, others),
        )
        for column in columns
        if column.name not in frame.columns
    ]


def _meant(name: str, others: Sequence[str]) -> str:
    """The column of the file that may be meant; those that resemble nothing are no suggestion."""
    near = get_close_matches(name, others, 1)
    return f"Did you mean {near[0]!r}?" if near else "Every column of the real table is judged."


def _misread(frame: pd.DataFrame, columns: Sequence[Column], path: str) -> Iterable[Problem]:
    for column in columns:
        if column.name not in frame.columns or frame[column.name].isna().all():
            continue
        values = frame[column.name].dropna()
        if column.numeric:
            unread = int(numbers(values).isna().sum())
            if unread:
                message = f"column {column.name!r}: {unread:,} values are not numbers"
                yield Problem(path, message, "In the real table it is numeric: write it alike.")
        elif column.levels and not texts(values).isin(column.levels).any():
            message = f"column {column.name!r} has no level in common with the real table"
            yield Problem(path, message, "Write its levels (codes, spelling, case) alike.")
