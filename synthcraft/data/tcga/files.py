"""Where the files of TCGA are: in a folder, or on Xena's servers by way of a cache."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from synthcraft.data.cards import TcgaParams
from synthcraft.data.download import Kind, Remote, cached
from synthcraft.data.tcga.barcodes import is_sample
from synthcraft.data.tcga.matrix import STAR
from synthcraft.errors import DataError, Problem, nearest

PACKED = Kind("a gzip file", re.compile(rb"\x1f\x8b"))
TABLE = Kind("a table with tabs", re.compile(rb"(?!\s*<)[^\n\x00]*\t"))
_SHEET = re.compile(r"gdc_sample_sheet.*\.tsv")
_ADDRESS = re.compile(r"\w+://")
_PANCAN = "https://tcga-pancan-atlas-hub.s3.us-east-1.amazonaws.com/download"
_SURVIVAL = f"{_PANCAN}/Survival_SupplementalTable_S1_20171025_xena_sp"


@dataclass(frozen=True)
class Hub:
    """Where a hub's files are: matrices, and tables of patients in the order of their say."""

    url: str
    expression: tuple[str, ...]
    clinical: tuple[str, ...]


HUBS = {
    # The legacy clinical matrices have histology and subtypes; race is in the supplement only.
    "legacy": Hub(
        "https://tcga-xena-hub.s3.us-east-1.amazonaws.com/download",
        ("TCGA.{cohort}.sampleMap%2FHiSeqV2.gz",),
        (_SURVIVAL, "TCGA.{cohort}.sampleMap%2F{cohort}_clinicalMatrix"),
    ),
    "gdc": Hub(
        "https://gdc-hub.s3.us-east-1.amazonaws.com/download",
        ("TCGA-{cohort}.star_tpm.tsv.gz",),
        ("TCGA-{cohort}.clinical.tsv.gz", "TCGA-{cohort}.survival.tsv.gz"),
    ),
    "pancan": Hub(
        _PANCAN,
        ("EB%2B%2BAdjustPANCAN_IlluminaHiSeq_RNASeqV2.geneExp.xena.gz",),
        (_SURVIVAL,),
    ),
    "star": Hub("", (), ("TCGA-{cohort}.clinical.tsv.gz", "TCGA-{cohort}.survival.tsv.gz")),
}


@dataclass(frozen=True)
class Found:
    """The files of a dataset; of a star folder the matrices are files by barcode."""

    expression: tuple[Path, ...]
    clinical: tuple[Path, ...]
    star: dict[str, Path]


def locate(params: TcgaParams) -> Found:
    """The files that the parameters ask for.

    Raises
    ------
    DataError
        naming every file that the folder does not have; or see ``download.cached``.
    """
    hub = HUBS[params.hub]
    expression = _for_each(params.expression or hub.expression, params.cohorts)
    clinical = _for_each(params.clinical or hub.clinical, params.cohorts)
    if params.path is None:
        return _fetched(expression, clinical, params)
    folder = Path(params.path).expanduser()
    if not folder.is_dir():
        message = f"{params.path} is {'a file' if folder.exists() else 'not there'}"
        hint = "Name the folder that holds the files, or leave it out to download them."
        raise DataError([Problem("dataset.params.path", message, hint)])
    files = sorted(path for path in folder.iterdir() if path.is_file())
    wanted = {name: _in_folder(name, files) for name in (*expression, *clinical)}
    if problems := [_absent(name, files, params) for name, path in wanted.items() if not path]:
        raise DataError(problems)
    there = {name: path for name, path in wanted.items() if path}
    return Found(
        tuple(there[name] for name in expression),
        tuple(there[name] for name in clinical),
        _star_files(folder, files) if params.hub == "star" and not params.expression else {},
    )


def file_name(name: str) -> str:
    """How a file is called in a folder: the end of its address, as a browser saves it.

    >>> file_name("https://x.org/download/TCGA.BRCA.sampleMap%2FHiSeqV2.gz")
    'TCGA.BRCA.sampleMap_HiSeqV2.gz'
    """
    return unquote(name.rpartition("/")[2]).replace("/", "_")


def _for_each(names: Sequence[str], cohorts: Sequence[str]) -> list[str]:
    """The names with each cohort in place of {cohort}."""
    filled = (name.replace("{cohort}", cohort) for name in names for cohort in cohorts)
    return list(dict.fromkeys(filled))


def _fetched(expression: Sequence[str], clinical: Sequence[str], params: TcgaParams) -> Found:
    files = [_remote(name, params) for name in (*expression, *clinical)]
    paths = cached(files, Path(params.cache).expanduser(), of="TCGA")
    return Found(
        tuple(paths[file_name(name)] for name in expression),
        tuple(paths[file_name(name)] for name in clinical),
        {},
    )


def _remote(name: str, params: TcgaParams) -> Remote:
    base = (params.url or HUBS[params.hub].url).rstrip("/")
    moved = params.url is not None and name in HUBS[params.hub].clinical
    # A mirror has all files of a hub side by side, wherever they come from.
    whole = _ADDRESS.match(name) and not moved
    url = name if whole else f"{base}/{name.rpartition('/')[2]}"
    return Remote(file_name(name), url, PACKED if name.endswith(".gz") else TABLE)


def _in_folder(name: str, files: Sequence[Path]) -> Path | None:
    """The file of this name, packed or not."""
    plain = file_name(name).removesuffix(".gz").lower()
    # Xena's own name ends after the folder's: HiSeqV2 of TCGA.BRCA.sampleMap/HiSeqV2.
    short = unquote(name).rpartition("/")[2].removesuffix(".gz").lower()
    for wanted in (plain, short):
        for path in files:
            if path.name.lower().removesuffix(".gz") == wanted:
                return path
    return None


def _absent(name: str, files: Sequence[Path], params: TcgaParams) -> Problem:
    base = HUBS[params.hub].url
    url = name if _ADDRESS.match(name) else f"{base}/{name}"
    come = f"It comes from {url}; " if _ADDRESS.match(url) else ""
    own = "another file can be named by dataset.params.expression or .clinical."
    near = nearest(file_name(name), [path.name for path in files])
    message = f"{params.path} has no {file_name(name)}"
    return Problem("dataset.params.path", message, f"{come}{own} {near}")


def _star_files(folder: Path, files: Sequence[Path]) -> dict[str, Path]:
    """The GDC's files by barcode, as its sample sheet tells; they may lie in folders of their own.

    Of several files for one sample the first by name counts.
    """
    sheets = [path for path in files if _SHEET.fullmatch(path.name)]
    if len(sheets) != 1:
        message = f"{folder} has {len(sheets) or 'no'} sample sheet{'s' * (len(sheets) > 1)}"
        hint = "The GDC gives gdc_sample_sheet….tsv beside the files; leave one of them there."
        raise DataError([Problem("dataset.params.path", message, hint)])
    sheet = pd.read_csv(sheets[0], sep="\t", dtype=str)
    if absent := [name for name in ("File Name", "Sample ID") if name not in sheet]:
        hint = nearest(absent[0], sheet.columns)
        message = f"{sheets[0].name} has no column {absent[0]!r}"
        raise DataError([Problem("dataset.params.path", message, hint)])
    there = {path.name.removesuffix(".gz"): path for path in sorted(folder.rglob(f"*{STAR}*"))}
    listed = sheet[sheet["File Name"].isin(list(there))].sort_values("File Name")
    listed = listed[listed["Sample ID"].map(is_sample)].drop_duplicates("Sample ID")
    return {
        str(sample): there[str(file)]
        for sample, file in zip(listed["Sample ID"], listed["File Name"], strict=True)
    }
