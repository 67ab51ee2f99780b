"""TCGA as one table: expression, clinical columns and follow-up, one row for each patient."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.cards import TcgaParams
from synthcraft.data.describe import count_text
from synthcraft.data.source import Source, subsample, unusable
from synthcraft.data.tcga.barcodes import PATIENT, is_sample, kind_of_sample, one_each, patient_of
from synthcraft.data.tcga.clinical import (
    CONCEPTS,
    OUTCOMES,
    PRESET,
    Concept,
    follow_up,
    patients_of,
    read_table,
)
from synthcraft.data.tcga.cohorts import scaled_by_cohort
from synthcraft.data.tcga.files import Found, locate
from synthcraft.data.tcga.matrix import Matrix, chosen_genes, read_matrix, read_star_counts
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.spec.types import ColumnSpec

_SURVIVAL = {"task": "survival", "target": "event", "positive": "Yes", "time": "days"}
_TELLING = ("cohort", "histology")  # labels that the cohort is, or nearly is


def load(params: TcgaParams, *, seed: int) -> Source:
    """One row for each patient with an expression profile: clinical columns, follow-up, genes.

    Normal tissue is left out, one aliquot stands for each patient, and words for no answer are
    missing. Genes stay as the files have them; without a list of them, ``dataset.screen`` is
    proposed, so that each split's train rows choose.

    Raises
    ------
    DataError
        for files that are not there, cannot be fetched, or are something else; barcodes that do
        not meet; a sample twice, or a patient with contradicting rows; cohort labels beside values
        that were scaled in each cohort by itself.
    """
    found = locate(params)
    tables = {path.name: read_table(path) for path in found.clinical}
    cohorts = _cohorts(tables, params)
    matrix = _expression(found, cohorts, params)
    barcodes = one_each(matrix.rows.index, params.samples)
    if not barcodes:
        raise _no_patients(matrix, params)
    known = pd.Series(cohorts).reindex(list(barcodes)) if cohorts else None
    artefact = _artefact(matrix, cohorts)
    people = patients_of(tables, _concepts(params), barcodes)
    _check_labels(params, people, artefact)
    people = _without_labels(people, artefact)
    if known is not None and "cohort" in params.variables:
        people["cohort"] = known
    genes, codes = _genes(matrix, list(barcodes.values()), params)
    frame = _only(pd.concat([people, genes.set_axis(people.index, axis=0)], axis=1), params)
    source = Source(
        frame=frame.reset_index(names="patient"),
        columns=_meanings(people, params),
        defaults=_roles(people, frame, params),
        notes=(*_notes(matrix, barcodes, people, frame, artefact, params), *codes),
    )
    return subsample(source, params.sample, seed=seed)


def _cohorts(tables: Mapping[str, pd.DataFrame], params: TcgaParams) -> dict[str, str]:
    """The cohort of each patient; of one cohort's own files all that they hold."""
    everybody = list(dict.fromkeys(p for table in tables.values() for p in table["patient"]))
    everyone = {patient: patient for patient in everybody}
    known = patients_of(tables, {"cohort": CONCEPTS["cohort"]}, everyone)
    if "cohort" not in known:
        if len(params.cohorts) > 1:
            hint = "A table of patients needs a column such as 'cancer type abbreviation'."
            raise unusable(
                "nothing tells which patient belongs to which cohort", hint, at="cohorts"
            )
        return {}
    return {str(p): str(c) for p, c in known["cohort"].items() if c in params.cohorts}


def _expression(found: Found, cohorts: Mapping[str, str], params: TcgaParams) -> Matrix:
    """All samples of the cohorts' patients, normal ones too: they show how it was scaled."""

    def wanted(barcode: str) -> bool:
        return not cohorts or barcode[:PATIENT] in cohorts

    if params.hub == "star" and not params.expression:
        kinds = {b: path for b, path in found.star.items() if kind_of_sample(b) in params.samples}
        return read_star_counts({b: p for b, p in kinds.items() if wanted(b)}, params.measure)
    matrices = [read_matrix(path, wanted) for path in found.expression]
    rows = pd.concat([one.rows for one in matrices], join="inner")
    if not rows.index.is_unique:
        twice = int(rows.index.duplicated().sum())
        raise unusable(f"{twice:,} samples are in several matrices", "Name each matrix once.")
    return Matrix(rows, tuple(dict.fromkeys(note for one in matrices for note in one.notes)))


def _no_patients(matrix: Matrix, params: TcgaParams) -> DataError:
    kinds = sorted({kind_of_sample(name) for name in matrix.rows.index if is_sample(name)})
    if kinds:
        message = f"no sample of kind {', '.join(params.samples)}"
        return unusable(message, f"The matrix has {', '.join(kinds)}.", at="samples")
    message = f"no patient of {', '.join(params.cohorts)} is both in a matrix and in a table"
    return unusable(message, "Do the files belong together?", at="cohorts")


def _genes(
    matrix: Matrix, barcodes: Sequence[str], params: TcgaParams
) -> tuple[pd.DataFrame, list[str]]:
    """The chosen samples' genes: those of the list, or all with more than two values, and a note.

    Two values would be read as categories, which a screening does not choose from.
    """
    if params.genes:
        return chosen_genes(matrix, params.genes).loc[list(barcodes)], []
    rows = matrix.rows.loc[list(barcodes)]
    varying = rows.nunique() > 2
    flat = int((~varying).sum())
    told = [f"Left out of the matrix: {flat:,} genes with at most two values."] if flat else []
    return rows.loc[:, varying], told


def _artefact(matrix: Matrix, cohorts: Mapping[str, str]) -> str:
    labels = matrix.rows.index.map(lambda name: cohorts.get(str(patient_of(name)), ""))
    return scaled_by_cohort(matrix.rows, pd.Series(labels, index=matrix.rows.index))


def _concepts(params: TcgaParams) -> dict[str, Concept]:
    names: list[str] = [n for n in params.variables if n not in ("clinical", "cohort")]
    if "clinical" in params.variables:
        names = [*PRESET, *names]
    asked = {name: CONCEPTS[name] for name in dict.fromkeys(names)}
    return asked | (follow_up(params.outcome) if params.outcome else {})


def _check_labels(params: TcgaParams, people: pd.DataFrame, artefact: str) -> None:
    named = [name for name in params.variables if name != "clinical"]
    problems = [
        Problem(
            "dataset.params.variables",
            f"no table of patients has {name!r}",
            f"Found: {', '.join(people.columns)}. Another table: dataset.params.clinical.",
        )
        for name in named
        if name not in people and name != "cohort"
    ]
    if params.outcome and not {"days", "event"} <= set(people):
        message = f"no table of patients has {params.outcome} and {params.outcome}.time"
        hint = "Name a table that has, or leave it out: dataset.params.outcome=null."
        problems.append(Problem("dataset.params.outcome", message, hint))
    problems += [
        Problem(
            "dataset.params.variables",
            f"{name!r} cannot be used with these values: {artefact}, so that they were scaled in "
            "each cohort by itself, and any classifier tells cohorts apart",
            "Use values that were scaled over all cohorts (hub pancan), or leave it out.",
        )
        for name in named
        if artefact and name in _TELLING
    ]
    problems += [
        Problem(
            f"dataset.params.only.{name}",
            "is not among the columns",
            nearest(name, map(str, people)),
        )
        for name in params.only
        if name not in people and name != "cohort"
    ]
    if problems:
        raise DataError(problems)


def _without_labels(people: pd.DataFrame, artefact: str) -> pd.DataFrame:
    """Without what only the preset brought in, and what would tell the cohort."""
    if not artefact:
        return people
    return people.drop(columns=[name for name in _TELLING if name in people])


def _only(frame: pd.DataFrame, params: TcgaParams) -> pd.DataFrame:
    kept = np.ones(len(frame), dtype=bool)
    for name, levels in params.only.items():
        fits = frame[name].isin(levels).to_numpy()
        if not fits.any():
            hint = f"Asked for: {', '.join(levels)}. Levels are written as in docs/tcga.md."
            raise unusable("no patient has these levels", hint, at=f"only.{name}")
        kept &= fits
    return frame[kept]


def _meanings(people: pd.DataFrame, params: TcgaParams) -> dict[str, ColumnSpec]:
    known = {name: concept.column for name, concept in _concepts(params).items()}
    known["cohort"] = CONCEPTS["cohort"].column
    used = {str(name): _as_used(known[str(name)], people[name]) for name in people}
    genes = {
        name: ColumnSpec(type="numeric", label=f"Expression of {name}", unit="log2(x + 1)")
        for name in params.genes
    }
    return used | genes


def _as_used(column: ColumnSpec, values: "pd.Series[Any]") -> ColumnSpec:
    """The column with the levels that occur, so that an unused one is not generated."""
    if not column.levels:
        return column
    seen = set(values.dropna())
    levels = tuple(level for level in column.levels if level in seen)
    return column.model_copy(update={"levels": levels or None})


def _roles(people: pd.DataFrame, frame: pd.DataFrame, params: TcgaParams) -> dict[str, Any]:
    # Patients with prostate or ovarian cancer do not differ in sex.
    varying = [name for name in people if frame[name].nunique() > 1]
    return {
        "id": "patient",
        "sensitive": tuple(name for name in ("race",) if name in varying),
        "quasi_identifiers": tuple(name for name in ("age", "sex", "race") if name in varying),
        **(_SURVIVAL if params.outcome else {}),
        **({} if params.genes else {"screen": {"top": 200}}),
    }


def _notes(
    matrix: Matrix,
    barcodes: Mapping[str, str],
    people: pd.DataFrame,
    frame: pd.DataFrame,
    artefact: str,
    params: TcgaParams,
) -> Iterator[str]:
    left = len(matrix.rows) - len(barcodes)
    yield (
        f"TCGA {', '.join(params.cohorts)}: {len(barcodes):,} patients with an expression profile "
        f"(kind of sample {', '.join(params.samples)}); {count_text(left)} other samples left out."
    )
    yield from matrix.notes
    yield from _absent_note(people, params)
    if params.outcome:
        yield f"Follow-up is {OUTCOMES[params.outcome].lower()} ({params.outcome})."
        if zero := int((people["days"] == 0).sum()):
            yield f"{count_text(zero)} patients have a follow-up of 0 days."
    if len(frame) < len(people):
        names = " and ".join(params.only)
        gone = count_text(len(people) - len(frame))
        yield f"{gone} patients left out by dataset.params.only ({names})."
    if artefact:
        yield (
            f"The values were scaled in each cohort by itself ({artefact}): cohort and histology "
            "are left out, and expression cannot be compared between cohorts."
        )


def _absent_note(people: pd.DataFrame, params: TcgaParams) -> Iterator[str]:
    wanted: Sequence[str] = PRESET if "clinical" in params.variables else ()
    if absent := [name for name in wanted if name not in people]:
        yield f"No table of patients has {', '.join(absent)}."
