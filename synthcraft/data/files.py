"""Tables from the user's own files: text, Parquet and SAS transport."""

import csv
import gzip
import io
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from synthcraft.data.cards import CsvParams, FileParams
from synthcraft.data.columns import plain
from synthcraft.data.parts import with_parts
from synthcraft.data.source import Source, subsample, unusable
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.spec.types import ColumnSpec

_SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_XPT_START, _XPT_ROWS = b"HEADER RECORD*******LIB", b"HEADER RECORD*******OBS"
_XPT_RECORD = 80  # bytes
_TABLES = (".csv", ".tsv", ".parquet", ".pq", ".xpt")  # .txt can be anything


def load_csv(params: CsvParams, *, seed: int) -> Source:
    """The rows of a text table whose first line names the columns.

    "None" and "-" are ordinary values unless ``na_values`` lists them.

    Raises
    ------
    DataError
        when the file is missing, empty, in another encoding or with another separator, or when a
        column has no name or shares it with another.
    """
    return _load(read_csv, params, seed=seed)


def load_parquet(params: FileParams, *, seed: int) -> Source:
    """The rows of a Parquet file; an unnamed pandas index in it is left out.

    Raises
    ------
    DataError
        when the file is missing or is not a Parquet file, or has no rows.
    """
    return _load(read_parquet, params, seed=seed)


def load_xpt(params: FileParams, *, seed: int) -> Source:
    """The rows of a SAS transport file (version 5 or 8), with the labels it gives its columns.

    Raises
    ------
    DataError
        when the file is missing or is something else (web servers answer with an HTML page when
        an address has moved), or has no rows.
    """
    return _load(read_xpt, params, seed=seed)


def _load(reader: Any, params: FileParams, *, seed: int) -> Source:
    source = with_parts(reader(params), params, reader=reader)
    return subsample(source, params.sample, seed=seed)


def read_csv(params: CsvParams) -> Source:
    """All rows of one text table; see ``load_csv``."""
    path = _existing(params.path)
    if other := _other_content(path):
        raise unusable(f"{path.name} is not a text table", other)
    sep = params.sep or ("\t" if ".tsv" in path.suffixes else ",")
    try:
        _check_header(_header(path, sep, params.encoding), sep)
        frame = _read_csv(path, sep, params)
    except UnicodeDecodeError:
        raise unusable(
            f"the file is not {params.encoding} text",
            "Name its encoding, for example dataset.params.encoding=latin-1.",
            at="encoding",
        ) from None
    except (OSError, EOFError):
        raise unusable(
            f"{path.name} cannot be read to its end",
            "It may be cut short or damaged: fetch or export it again.",
        ) from None
    except LookupError:
        raise unusable(
            f"unknown encoding {params.encoding!r}",
            "Use utf-8-sig, latin-1, cp1252 or utf-16.",
            at="encoding",
        ) from None
    _check_rows(frame)
    return Source(_without_codes(frame, params))


def read_parquet(params: FileParams) -> Source:
    """All rows of one Parquet file; see ``load_parquet``."""
    import pyarrow as pa
    from pyarrow import parquet

    path = _existing(params.path)
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError):
        raise unusable(f"{path.name} is not a Parquet file", _content_hint(path)) from None
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    _check_names(names)
    frame = table.select(names).to_pandas(ignore_metadata=True)
    _check_rows(frame)
    return Source(_without_codes(frame, params))


def read_xpt(params: FileParams) -> Source:
    """All rows of one SAS transport file; see ``load_xpt``."""
    import pyreadstat

    path = _existing(params.path)
    with _open(path) as file:
        start = _first_bytes(file)
    if not start.startswith(_XPT_START):
        raise unusable(f"{path.name} is not a SAS transport file", _content_hint(path))
    try:
        with _unpacked(path) as plain:
            frame, meta = pyreadstat.read_xport(plain, disable_datetime_conversion=True)
            whole = _ends_with_a_row(plain, len(frame), sum(meta.variable_storage_width.values()))
    except (pyreadstat.ReadstatError, ValueError, OSError, EOFError):
        raise unusable(
            f"{path.name} cannot be read to its end",
            "It may be cut short or damaged: fetch or export it again.",
        ) from None
    if not whole:
        raise unusable(
            f"{path.name} is cut short in the middle of a row", "Fetch or export it again."
        )
    _check_names(list(frame.columns))
    _check_rows(frame)
    # SAS has no other sign for absent text than blanks.
    frame = frame.replace({name: {"": None} for name in frame.select_dtypes("object")})
    columns = {
        name: ColumnSpec(label=label)
        for name, label in meta.column_names_to_labels.items()
        if label
    }
    return Source(_without_codes(frame, params), columns=columns)


def _ends_with_a_row(path: Path, rows: int, width: int) -> bool:
    """Whether nothing but blanks follows the rows (of so many bytes) of a SAS transport file."""
    with path.open("rb") as file:
        before = 0
        while _XPT_ROWS not in (record := file.read(_XPT_RECORD)):
            if not record:
                return True
            before += _XPT_RECORD
        file.seek(before + _XPT_RECORD + rows * width)
        rest = file.read(width)
    # A whole row that was not read would mean that it has another width than we think.
    return len(rest) == width or not rest.strip(b" \0")


def _existing(given: str) -> Path:
    path = Path(given).expanduser()
    if path.is_dir():
        raise unusable(f"{given} is a directory", "Name one file in it.")
    if path.is_file():
        return path
    if not path.parent.is_dir():
        raise unusable(f"{given} does not exist, nor does its directory", "Check the path.")
    beside = [other.name for other in path.parent.iterdir() if other.is_file()]
    tables = [name for name in beside if name.lower().removesuffix(".gz").endswith(_TABLES)]
    hint = nearest(path.name, tables) if tables else "There is no table in that directory."
    raise unusable(f"{given} does not exist", hint)


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _first_bytes(file: IO[bytes]) -> bytes:
    try:
        return file.read(80)
    except (OSError, EOFError):
        return b""


def _content_hint(path: Path) -> str:
    """What the file seems to be instead."""
    return _other_content(path) or "For a text table use dataset=csv."


def _other_content(path: Path) -> str:
    """What the first bytes tell that the file is; "" when it may be a text table."""
    with path.open("rb") as file:
        start = _first_bytes(file)
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "It holds an HTML page: the address it was fetched from may have moved."
    if not start:
        return "It is empty."
    if start.startswith(b"PAR1"):
        return "It is a Parquet file: use dataset=parquet."
    if start.startswith(_XPT_START):
        return "It is a SAS transport file: use dataset=xpt."
    if start.startswith(b"PK"):
        return "It is a zip archive or an Excel workbook: save it as CSV."
    if start.startswith(b"\x1f\x8b") and path.suffix != ".gz":
        return "It is gzip-compressed: its name must end in .gz."
    return ""


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself, or a temporary unpacked copy of a .gz file that is gone afterwards."""
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, path.stem)
        with gzip.open(path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
        yield plain


def _header(path: Path, sep: str, encoding: str) -> list[str]:
    """The names in the first line, before pandas makes duplicates unique."""
    with _open(path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        try:
            return next((names for names in csv.reader(text, delimiter=sep) if names), [])
        except csv.Error:
            raise unusable(f"{path.name} is not a text table", _content_hint(path)) from None


def _check_header(names: Sequence[str], sep: str) -> None:
    if not any(names):
        raise unusable("the file is empty", "It needs a header line and at least 50 rows.")
    if len(names) == 1:
        _raise_one_column(names[0], sep)
    _check_names(names)


def _raise_one_column(header: str, sep: str) -> None:
    found = [other for other in _SEPARATORS if other != sep and other in header]
    if not found:
        raise unusable(
            "the table has only one column", "A target and at least one other column are needed."
        )
    likely = max(found, key=header.count)
    raise unusable(
        f"the table has only one column when {_SEPARATORS.get(sep, repr(sep))} separates cells, "
        f"but its header holds {_SEPARATORS[likely]}",
        f"Set dataset.params.sep={likely!r}.",
        at="sep",
    )


def _check_names(names: Sequence[str]) -> None:
    problems = [
        Problem(
            "dataset.params.path",
            f"column {position} of {len(names)} has no name",
            "Name it in the header; a pandas index is left out by to_csv(index=False).",
        )
        for position, name in enumerate(names, start=1)
        if not name.strip()
    ]
    problems += [
        Problem(
            "dataset.params.path",
            f"{times} columns are called {name!r}",
            "Each column needs a name of its own.",
        )
        for name, times in Counter(names).items()
        if times > 1 and name.strip()
    ]
    if problems:
        raise DataError(problems)


def _check_rows(frame: pd.DataFrame) -> None:
    if frame.empty:
        raise unusable("the table has a header but no rows", "At least 50 rows are needed.")


def _without_codes(frame: pd.DataFrame, params: FileParams) -> pd.DataFrame:
    """The rows with each column's codes for "no answer" made missing."""
    problems = [
        Problem(
            f"dataset.params.missing_codes.{name}",
            f"the table has no column {name!r}",
            nearest(name, frame.columns),
        )
        for name in params.missing_codes
        if name not in frame.columns
    ]
    if problems:
        raise DataError(problems)
    cleaned = {
        name: frame[name].mask(is_one_of(frame[name], codes))
        for name, codes in params.missing_codes.items()
    }
    return frame.assign(**cleaned)


def is_one_of(values: "pd.Series[Any]", codes: Sequence[float | str]) -> "pd.Series[bool]":
    """Which values are one of the codes, be the column stored as numbers or as text."""
    meant = {plain(str(code)) for code in codes}
    return values.isin([value for value in values.dropna().unique() if plain(str(value)) in meant])


def _read_csv(path: Path, sep: str, params: CsvParams) -> pd.DataFrame:
    options: dict[str, Any] = {
        "sep": sep,
        "encoding": params.encoding,
        "decimal": params.decimal,
        "na_values": list(params.na_values),
        "keep_default_na": False,
        "index_col": False,
        "low_memory": False,
    }
    with warnings.catch_warnings():
        # pandas only warns when it throws away cells beyond the header's columns.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return cast(pd.DataFrame, pd.read_csv(path, **options))
        except (pd.errors.ParserError, pd.errors.ParserWarning):
            raise unusable(
                "some rows have more cells than the header has names",
                "Check quotes around cells that hold the separator, and dataset.params.sep.",
            ) from None
