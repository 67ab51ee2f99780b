"""Parts that the data declare: which rows a generator has learnt from, where that is settled.

Synthetic rows that were made elsewhere can only be judged by rows that their maker did not use.
Which these are is a fact about the data, so it comes with them: never by drawing lots.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.cards import FileParams
from synthcraft.data.columns import kind_of, texts
from synthcraft.data.source import Source
from synthcraft.errors import DataError, Problem, nearest

ALL = "all"  # of dataset.params.trained_on: no row was held out
ROW = "row"  # heads a list of row numbers
FEWEST = 10  # rows of a part
FAR, FEW_TWINS = 4, 5  # standard deviations, and rows, by which twins are no chance
_TRAIN = ("yes", "y", "1", "true", "train")
_KINDS = {"number": "numbers", "boolean": "truth values", "text": "text", "other": "other things"}
_HOLDOUT = ("no", "n", "0", "false", "holdout")
NO_HOLDOUT = (
    "No row was held out (dataset.params.trained_on: all): everything that needs people whom the "
    "generator has not seen is missing here: fidelity, utility, and what privacy attacks find "
    "beyond chance (control and excess)."
)


def with_parts(source: Source, params: FileParams, *, reader: Callable[[Any], Source]) -> Source:
    """The source with the rows that are held out, as its parameters tell; as it is if they do not.

    Raises
    ------
    DataError
        when the holdout file does not fit the table or is the same file, or when what is named in
        ``trained_on`` does not tell of every row whether it is a train row.
    """
    if params.holdout_path is not None and params.trained_on is not None:
        raise _error("trained_on", "given together with holdout_path", "Leave one of them out.")
    if params.holdout_path is not None:
        return _joined(source, params, reader=reader)
    if params.trained_on is None:
        return source
    if params.trained_on == ALL:
        nobody = np.zeros(len(source.frame), dtype=bool)
        return replace(source, held_out=nobody, notes=(*source.notes, NO_HOLDOUT))
    if params.trained_on in source.frame.columns:
        return _by_column(source, params.trained_on)
    return _by_list(source, params.trained_on)


def part_problems(held_out: Any, groups: Any) -> list[Problem]:
    """What keeps declared parts from judging: too few rows, or persons that are in both.

    >>> held_out, groups = np.array([True] * 12 + [False] * 12), np.arange(24) % 12
    >>> print(*part_problems(held_out, groups))
    dataset.id: 12 persons have rows in both train and holdout. Keep each person in one of them.
    """
    rows = {"train": int((~held_out).sum()), "holdout": int(held_out.sum())}
    problems = [
        Problem("dataset", f"fewer than {FEWEST} usable {part} rows", "Give more of them.")
        for part, count in rows.items()
        if count < FEWEST and not (part == "holdout" and count == 0)
    ]
    if groups is not None:
        both = len(set(groups[held_out]) & set(groups[~held_out]))
        if both:
            message = f"{both:,} persons have rows in both train and holdout"
            problems.append(Problem("dataset.id", message, "Keep each person in one of them."))
    return problems


def twin_problems(rows: pd.DataFrame, held_out: Any) -> list[Problem]:
    """More holdout rows equal to a train row than chance explains: the generator has seen them.

    What is given away of rows in both parts would be taken for chance, and no excess would show it.

    >>> rows, held_out = pd.DataFrame({"a": range(60)}), np.arange(60) >= 40
    >>> twin_problems(rows, held_out)
    []
    >>> twin_problems(rows % 40, held_out)[0].message
    '20 of 20 holdout rows equal a train row; were they other people, about 0 would'
    """
    hashes = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    train, holdout = hashes[~held_out], hashes[held_out]
    if not len(train) or not len(holdout):
        return []
    found = int(np.isin(holdout, train).sum())
    # Rows of one population have as many twins in the train rows, whichever part they are in.
    share = float(pd.Series(train).duplicated(keep=False).mean())
    # Binomial; the share itself, too, is counted, in train rows whose twins come in pairs.
    variance = share * (1 - share) * len(holdout) * (1 + 2 * len(holdout) / len(train))
    if found <= share * len(holdout) + FAR * variance**0.5 + FEW_TWINS:
        return []
    message = (
        f"{found:,} of {len(holdout):,} holdout rows equal a train row; were they other people, "
        f"about {share * len(holdout):,.0f} would"
    )
    hint = "Take rows that the generator has never seen, of the same population."
    return [Problem("dataset", message, hint)]


def _joined(source: Source, params: FileParams, *, reader: Callable[[Any], Source]) -> Source:
    """Train rows of the first file, then holdout rows of the second."""
    given = str(params.holdout_path)
    try:
        fresh = reader(params.model_copy(update={"path": given})).frame
    except DataError as exc:
        raise told_at(exc, "dataset.params.holdout_path") from None
    if Path(params.path).expanduser().read_bytes() == Path(given).expanduser().read_bytes():
        raise _error(
            "holdout_path",
            "is the same file as dataset.params.path",
            "The holdout must be rows that the generator has never seen; where there are none, set "
            "dataset.params.trained_on: all instead (command line: leave --holdout out).",
        )
    problems = column_problems(source.frame, fresh, path="dataset.params.holdout_path")
    if problems:
        raise DataError(problems)
    rows = [source.frame, fresh[list(source.frame.columns)]]
    held_out = np.repeat([False, True], [len(part) for part in rows])
    return replace(source, frame=pd.concat(rows, ignore_index=True), held_out=held_out)


def column_problems(table: pd.DataFrame, other: pd.DataFrame, *, path: str) -> list[Problem]:
    """In which columns another file differs from the table: names, and kinds of values."""
    names, others = list(table.columns), list(other.columns)
    absent = [
        Problem(path, f"has no column {name!r}", nearest(name, set(others) - set(names)))
        for name in names
        if name not in others
    ]
    more = [
        Problem(path, f"has a column {name!r}, which the table does not have", "Remove it there.")
        for name in others
        if name not in names
    ]
    kinds = [
        Problem(
            path,
            f"column {name!r} holds {_KINDS[kind_of(other[name])]}, the table's holds "
            f"{_KINDS[kind_of(table[name])]}",
            "Write both files in the same way.",
        )
        for name in names
        if name in others
        and table[name].notna().any()
        and other[name].notna().any()
        and kind_of(table[name]) != kind_of(other[name])
    ]
    return [*absent, *more, *kinds]


def told_at(error: DataError, path: str) -> DataError:
    """The problems of reading a file, told at the setting that names it."""
    return DataError(replace(p, path=path) for p in error.problems)


def _by_column(source: Source, name: str) -> Source:
    marks = texts(source.frame[name]).str.lower()
    unclear = int((~marks.isin([*_TRAIN, *_HOLDOUT])).sum())
    if unclear:
        raise _error(
            "trained_on",
            f"column {name!r} does not say of {unclear:,} rows whether they are train rows",
            "Write yes or no, 1 or 0, true or false, or train or holdout in every row.",
        )
    return _marked(source, marks.isin(_TRAIN).to_numpy(), without=[name])


def _by_list(source: Source, given: str) -> Source:
    path = Path(given).expanduser()
    if not path.is_file():
        hint = f"{nearest(given, source.frame.columns)} Or name a file, or write: all"
        raise _error("trained_on", f"{given!r} is neither a column of the table nor a file", hint)
    try:
        listed = pd.read_csv(path, dtype=str, skipinitialspace=True)
    except (ValueError, OSError):  # pandas' own errors of parsing are ValueErrors
        raise _error(
            "trained_on", f"{path.name} is not a text list", "One value per line."
        ) from None
    known = [name for name in listed.columns if name in {ROW, *source.frame.columns}]
    if len(known) != 1:
        raise _error(
            "trained_on",
            f"the first line of {path.name} must name one column of the table, or be: {ROW}",
            "Under it stand the values of the train rows, or their numbers (1 is the first row).",
        )
    values = listed[known[0]].dropna().str.strip()
    if known[0] not in source.frame.columns:
        return _marked(source, _numbered(values, len(source.frame)))
    rows = texts(source.frame[known[0]])
    if unknown := int((~values.isin(rows.dropna())).sum()):
        message = f"{unknown:,} of the values in {path.name} are not in column {known[0]!r}"
        raise _error("trained_on", message, "Is it a list of this table's rows?")
    return _marked(source, rows.isin(values).to_numpy())


def _numbered(values: "pd.Series[str]", rows: int) -> Any:
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = int((~numbers.isin(range(1, rows + 1))).sum())
    if wrong:
        message = f"{wrong:,} of the row numbers are not whole numbers from 1 to {rows:,}"
        raise _error("trained_on", message, "Row 1 is the first under the header.")
    return np.isin(np.arange(1, rows + 1), numbers)


def _marked(source: Source, train: Any, *, without: Sequence[str] = ()) -> Source:
    if train.all() or not train.any():
        some = "every row is a train row" if train.all() else "no row is a train row"
        raise _error("trained_on", some, "Where no row was held out, write: all")
    return replace(source, frame=source.frame.drop(columns=list(without)), held_out=~train)


def _error(name: str, message: str, hint: str) -> DataError:
    return DataError([Problem(f"dataset.params.{name}", message, hint)])
