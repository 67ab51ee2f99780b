"""Expression matrices as UCSC Xena gives them (genes × samples), and GDC's file per sample."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pandas as pd

from synthcraft.data.source import unusable
from synthcraft.data.tcga.barcodes import is_sample
from synthcraft.errors import DataError, Problem, nearest

STAR = "augmented_star_gene_counts.tsv"
MEASURES = ("tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded", "unstranded")
_VERSION = re.compile(r"(ENSG\d+)\.\d+")
_MISSING = ["", "NA", "NaN", "nan", "null"]
Wanted = Callable[[str], bool]


@dataclass(frozen=True, eq=False)
class Matrix:
    """Expression of genes (columns) by barcode (rows), float64, and what was done to get it."""

    rows: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_matrix(path: Path, wanted: Wanted) -> Matrix:
    """The samples that are ``wanted`` (by barcode) of a matrix with tabs, .gz or plain.

    Values stay as they are (Xena's are log2(x + 1)). A matrix with samples in rows is turned, and
    a note tells so.

    Raises
    ------
    DataError
        for a file that is no such matrix, is cut short, holds text among numbers, or has a sample
        twice.
    """
    with _told(path):
        names = _first_line(path)
        if any(is_sample(name) for name in names[1:]):
            return _by_gene(path, names, wanted)
        if _starts_with_barcodes(path):
            return _by_sample(path, wanted)
    hint = "It needs barcodes (TCGA-3C-AALI-01) in its first line, and genes in its first column."
    raise unusable(f"{path.name} has no barcodes of samples", hint)


def read_star_counts(files: dict[str, Path], measure: str) -> Matrix:
    """GDC's files (one a sample, by barcode) as log2(x + 1) of a measure, by gene symbol.

    Raises
    ------
    DataError
        for a file of another kind, or with other genes than the first.
    """
    columns: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    genes: pd.Series[Any] | None = None
    for barcode, path in files.items():
        with _told(path):
            frame = _star_file(path, measure)
        if genes is None:
            genes = frame["gene_name"]
        elif not np.array_equal(frame["gene_name"], genes):
            hint = "Use files of one release of the GDC."
            raise unusable(f"{path.name} has other genes than the files before", hint)
        columns[barcode] = np.log2(frame[measure].to_numpy(dtype=np.float64) + 1)
    if genes is None:
        raise unusable(f"no files *.{STAR}", "Fetch them with gdc-client, with their sample sheet.")
    table = pd.DataFrame(columns)
    table.index = pd.Index(genes.to_numpy())
    matrix = _cleaned(table)
    return Matrix(matrix.rows, (f"Expression is log2({measure} + 1).", *matrix.notes))


def chosen_genes(matrix: Matrix, genes: Sequence[str]) -> pd.DataFrame:
    """The columns of these genes, in this order.

    Raises
    ------
    DataError
        naming each that the matrix does not have.
    """
    problems = [
        Problem("dataset.params.genes", f"the matrix has no gene {gene!r}", _near(gene, matrix))
        for gene in genes
        if gene not in matrix.rows
    ]
    if problems:
        raise DataError(problems)
    return matrix.rows[list(genes)]


def _near(gene: str, matrix: Matrix) -> str:
    alike = [name for name in matrix.rows.columns if name[:2].lower() == gene[:2].lower()]
    if not alike:
        return "Symbols are written as in the file; the GDC hub has Ensembl ids (ENSG…)."
    return nearest(gene, alike)


def _by_gene(path: Path, names: Sequence[str], wanted: Wanted) -> Matrix:
    twice = [name for name, times in Counter(names[1:]).items() if times > 1]
    if twice:
        raise unusable(f"{path.name} has {len(twice):,} samples twice", "Fetch it again.")
    places = [0, *(n for n, name in enumerate(names) if n and is_sample(name) and wanted(name))]
    if len(places) == 1:
        return Matrix(pd.DataFrame(dtype="float64"))
    with _open(path) as file:
        table = _read(file, usecols=places)
    return _cleaned(table)


def _by_sample(path: Path, wanted: Wanted) -> Matrix:
    with _open(path) as file:
        table = _read(file)
    if not table.index.is_unique:
        twice = int(table.index.duplicated().sum())
        raise unusable(f"{path.name} has {twice:,} samples twice", "Fetch it again.")
    kept = [is_sample(str(name)) and wanted(str(name)) for name in table.index]
    matrix = _cleaned(table[kept].T)
    note = f"{path.name} has samples in its rows, not genes as Xena has them: it was turned."
    return Matrix(matrix.rows, (note, *matrix.notes))


def _cleaned(table: pd.DataFrame) -> Matrix:
    """Samples × genes, with one column for each known symbol, and notes of what was left out."""
    names = [_symbol(str(name)) for name in table.index]
    known = np.array([name is not None for name in names], dtype=bool)
    again = pd.Series(names, dtype="object").duplicated().to_numpy() & known
    present = table.notna().any(axis=1).to_numpy()
    kept = known & ~again & present
    rows = table.to_numpy(dtype=np.float64)[kept].T
    genes = [str(name) for name, one in zip(names, kept, strict=True) if one]
    gaps = np.isnan(rows).mean(axis=0) if len(rows) else np.zeros(0)
    told = {
        "rows without a gene's symbol (?|id)": int((~known).sum()),
        "repeated symbols, of which the first row counts": int(again.sum()),
        "genes without any value": int((known & ~again & ~present).sum()),
    }
    notes = [f"Left out of the matrix: {n:,} {what}." for what, n in told.items() if n]
    if some := int((gaps > 0).sum()):
        notes.append(f"{some:,} genes have missing values, at most {gaps.max():.0%} of a gene's.")
    return Matrix(pd.DataFrame(rows, index=table.columns.astype(str), columns=genes), tuple(notes))


def _symbol(name: str) -> str | None:
    """The gene's name without numbers of its record; None where it has none.

    >>> [_symbol(n) for n in ("?|100130426", "A1BG|1", "ENSG00000000003.15", "ENSG1.2_PAR_Y")]
    [None, 'A1BG', 'ENSG00000000003', None]
    """
    symbol = name.partition("|")[0].strip()
    if symbol in ("", "?", "nan") or symbol.endswith("_PAR_Y"):
        return None
    found = _VERSION.fullmatch(symbol)
    return found.group(1) if found else symbol


def _star_file(path: Path, measure: str) -> pd.DataFrame:
    with _open(path) as file:
        frame = pd.read_csv(file, sep="\t", comment="#")
    if not {"gene_id", "gene_name", measure} <= set(frame.columns):
        raise unusable(f"{path.name} is not a file of STAR counts", nearest(measure, frame.columns))
    frame = frame[~frame["gene_id"].str.startswith("N_")]
    # The copies on Y of genes that X and Y share have the symbols of those on X.
    return frame[~frame["gene_id"].str.endswith("_PAR_Y")].reset_index(drop=True)


def _read(file: IO[bytes], **options: Any) -> pd.DataFrame:
    table: pd.DataFrame = pd.read_csv(
        file, sep="\t", index_col=0, na_values=_MISSING, keep_default_na=False, **options
    )
    return table.astype("float64")


def _first_line(path: Path) -> list[str]:
    with _open(path) as file, io.TextIOWrapper(file, encoding="utf-8") as text:
        return next(csv.reader(text, delimiter="\t"), [])


def _starts_with_barcodes(path: Path) -> bool:
    with _open(path) as file, io.TextIOWrapper(file, encoding="utf-8") as text:
        next(text, "")
        return is_sample(next(text, "").partition("\t")[0])


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What can be wrong with a file, in words and without its values."""
    again = "Fetch it again."
    try:
        yield
    except (OSError, EOFError, zlib.error):
        raise unusable(f"{path.name} cannot be read to its end", again) from None
    except pd.errors.ParserError:
        raise unusable(f"{path.name} has lines of different lengths", again) from None
    except UnicodeDecodeError:
        raise unusable(f"{path.name} is not a text table", again) from None
    except (ValueError, TypeError, csv.Error):
        raise unusable(f"{path.name} holds text among its numbers", again) from None
