"""How a text table is written: separator, decimal mark and encoding, seen in its first lines."""

import codecs
import csv
import gzip
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SEPARATORS = (",", ";", "\t", "|")
_LOOKED_AT = 1_000_000  # bytes
_LINES = 200
_COMMA, _POINT = re.compile(r"-?\d+,\d+"), re.compile(r"-?\d+\.\d+")


def dialect(path: str) -> dict[str, str]:
    """The parameters of the csv plug-in that a file needs beside its path; none for a plain one.

    Parameters
    ----------
    path
        a text table, also packed (``.gz``); nothing is found of one that cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "clinic.csv"
    ...     _ = file.write_text("Größe;CRP\\n1,80;3,5\\n", encoding="latin-1")
    ...     dialect(str(file))
    {'encoding': 'cp1252', 'sep': ';', 'decimal': ','}
    """
    file = Path(path).expanduser()
    try:
        with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as stream:
            raw = stream.read(_LOOKED_AT)
    except (OSError, EOFError):
        return {}
    encoding = _encoding(raw)
    usual = "\t" if ".tsv" in file.suffixes else ","
    lines = raw.decode(encoding, "replace").splitlines()[:_LINES]
    sep = _separator(lines[0] if lines else "", usual)
    decimal = "," if sep != "," and _has_commas(lines[1:], sep) else "."
    found = {"encoding": encoding, "sep": sep, "decimal": decimal}
    plain = {"encoding": "utf-8-sig", "sep": usual, "decimal": "."}
    return {key: value for key, value in found.items() if value != plain[key]}


def with_dialect(plugin: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a table that also say how it is written, where they are silent on that.

    >>> with_dialect("parquet", {"path": "a.parquet"})
    {'path': 'a.parquet'}
    """
    seen = dialect(str(params["path"])) if plugin == "csv" and "path" in params else {}
    return {**params, **{key: params.get(key, value) for key, value in seen.items()}}


def _encoding(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)  # the last letter may be cut in two
    except UnicodeDecodeError:
        # It has every letter of latin-1 and the marks of Windows; five bytes are none of its.
        return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", raw) else "cp1252"
    return "utf-8-sig"


def _separator(header: str, usual: str) -> str:
    found = [sep for sep in SEPARATORS if sep in header]
    return usual if usual in found or not found else max(found, key=header.count)


def _has_commas(lines: Sequence[str], sep: str) -> bool:
    """Whether numbers have a decimal comma, and none a point."""
    cells = [cell.strip() for row in csv.reader(lines, delimiter=sep) for cell in row]
    points = any(_POINT.fullmatch(cell) for cell in cells)
    return not points and any(_COMMA.fullmatch(cell) for cell in cells)
