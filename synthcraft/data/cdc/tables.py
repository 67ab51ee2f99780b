"""Tables of the CDC: where their files are, and their rows by person."""

import gzip
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthcraft.data.cards import FileParams, NhanesCdcParams
from synthcraft.data.cdc.cycles import Cycle
from synthcraft.data.download import Kind, Remote, cached
from synthcraft.data.files import read_xpt
from synthcraft.data.source import unusable
from synthcraft.errors import DataError, Problem, nearest

_RECORD = 80  # bytes, of a SAS transport file
TRANSPORT = Kind("a SAS transport file", re.compile(rb"HEADER RECORD\*{7}LIB"), _RECORD)
MORTALITY = Kind("a linked-mortality file", re.compile(rb"[\d ]{14}[123]"))
_MORTALITY = "NHANES_{}_MORT_2019_PUBLIC.dat"


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table as the CDC coded it: rows by SEQN, upper-case names, and their labels."""

    file: str
    rows: pd.DataFrame
    labels: dict[str, str]


def locate(
    wanted: Sequence[tuple[Cycle, str]],
    params: NhanesCdcParams,
    *,
    holding: Mapping[str, Sequence[str]],
) -> dict[str, Path]:
    """The file of each table (and of each cycle's linked mortality), by the table's name.

    ``holding`` tells which of the columns asked for a table holds.

    Raises
    ------
    DataError
        naming every file that the folder does not have, and where it comes from; or see
        ``download.cached``.
    """
    remote = {name: _remote(cycle, name, params) for cycle, name in wanted}
    if params.path is None:
        paths = cached(list(remote.values()), Path(params.cache).expanduser(), of="NHANES")
        return {name: paths[file.name] for name, file in remote.items()}
    folder = Path(params.path).expanduser()
    if not folder.is_dir():
        message = f"{params.path} is {'a file' if folder.exists() else 'not there'}"
        hint = "Name the folder that holds the CDC's files, or leave it out to download them."
        raise DataError([Problem("dataset.params.path", message, hint)])
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = {name: _in_folder(file.name, files) for name, file in remote.items()}
    if problems := list(_absent(remote, found, params, holding)):
        raise DataError(problems)
    return {name: path for name, path in found.items() if path is not None}


def _absent(
    remote: Mapping[str, Remote],
    found: Mapping[str, Path | None],
    params: NhanesCdcParams,
    holding: Mapping[str, Sequence[str]],
) -> Iterator[Problem]:
    """The files that the folder lacks, and the columns that it has nevertheless."""
    absent = [name for name in remote if found[name] is None]
    for name in absent:
        held = ", ".join(holding.get(name, ()))
        message = f"{params.path} has no {remote[name].name}{held and f', which holds {held}'}"
        yield Problem("dataset.params.path", message, f"It comes from {remote[name].url}")
    lost = dict.fromkeys(column for name in absent for column in holding.get(name, ()))
    there = dict.fromkeys(c for held in holding.values() for c in held if c not in lost)
    if lost and there:
        message = f"files are missing for {', '.join(lost)}"
        hint = f"To use what is there: dataset.params.variables=[{','.join(there)}]"
        yield Problem("dataset.params.variables", message, hint)


def mortality_name(cycle: Cycle) -> str:
    """By which name ``locate`` knows the linked mortality of a cycle."""
    return _MORTALITY.format(cycle.name.replace("-", "_"))


def _remote(cycle: Cycle, name: str, params: NhanesCdcParams) -> Remote:
    if name == mortality_name(cycle):
        url = f"{params.mortality_url.rstrip('/')}/{name}"
        return Remote(name, url, MORTALITY, "dataset.params.mortality_url")
    url = f"{params.url.rstrip('/')}/{cycle.first_year}/DataFiles/{name}.xpt"
    return Remote(f"{name}.XPT", url, TRANSPORT)


def _in_folder(name: str, files: Sequence[Path]) -> Path | None:
    """The file of this name, in small or capital letters, packed or not; the newest linkage."""
    pattern = re.escape(name).replace("_MORT_2019_", r"_MORT_\d{4}_") + r"(\.gz)?"
    fitting = [path for path in files if re.fullmatch(pattern, path.name, re.IGNORECASE)]
    # Of DEMO.XPT and DEMO.XPT.gz the unpacked one; of two linkages the later.
    return max(fitting, key=lambda path: (path.suffix != ".gz", path.name), default=None)


def read_table(path: Path) -> RawTable:
    """The rows of a SAS transport file by person (SEQN).

    Raises
    ------
    DataError
        for another kind of file, one that is cut short, and one with several rows per person.
    """
    source = read_xpt(FileParams(path=str(path)))
    frame = source.frame.rename(columns=str.upper)
    if "SEQN" not in frame:
        hint = "Only tables of people can be read; " + nearest("SEQN", frame.columns)
        raise unusable(f"{path.name} has no SEQN", hint)
    if _size(path) % _RECORD:
        raise unusable(f"{path.name} is cut short", "Fetch it again.")
    people = pd.to_numeric(frame["SEQN"], errors="coerce")
    if people.isna().any():
        raise unusable(f"{path.name} has rows without a person's number (SEQN)", "Fetch it again.")
    if not people.is_unique:
        message = f"{path.name} has several rows for a person (SEQN)"
        raise unusable(message, "Summarise it beforehand; it cannot be joined as it is.")
    rows = frame.drop(columns="SEQN").set_index(people.astype("int64"))
    # What pandas wrote, or read and wrote again, has 5.397605e-79 where there was 0.
    numbers = rows.select_dtypes("number")
    rows = rows.assign(**numbers.mask(numbers.abs() < 1e-70, 0.0))
    labels = {name.upper(): spec.label or "" for name, spec in source.columns.items()}
    return RawTable(path.name, rows, labels)


def _size(path: Path) -> int:
    """Bytes, unpacked."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return file.seek(0, os.SEEK_END)
