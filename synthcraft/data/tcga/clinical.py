"""What is known of patients: columns by concept, from the tables of Xena and the GDC."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.data.describe import count_text
from synthcraft.data.source import unusable
from synthcraft.data.tcga.barcodes import PATIENT, patient_of
from synthcraft.spec.types import ColumnSpec

# Words for "no answer", in small letters and without brackets.
NO_ANSWER = frozenset(
    {
        *("", "-", "--", "'--", "na", "nan", "n/a", "null", "not available", "not evaluated"),
        *("not applicable", "not reported", "not allowed to collect", "unknown", "discrepancy"),
        *("completed", "pending", "stage x", "cannot be determined"),
    }
)
_YES_NO = ("No", "Yes")
_YEAR = 365.25  # days
_RACES = {
    "white": "White",
    "black or african american": "Black or African American",
    "asian": "Asian",
    "american indian or alaska native": "American Indian or Alaska Native",
    "native hawaiian or other pacific islander": "Native Hawaiian or Pacific Islander",
}
_ORIGINS = {"hispanic or latino": "Hispanic", "not hispanic or latino": "Not Hispanic"}
_STAGES = ("I", "II", "III", "IV")
_PAM50 = {
    "luma": "LumA",
    "luminal a": "LumA",
    "lumb": "LumB",
    "luminal b": "LumB",
    "her2": "Her2",
    "her2-enriched": "Her2",
    "basal": "Basal",
    "basal-like": "Basal",
    "normal": "Normal",
    "normal-like": "Normal",
}


@dataclass(frozen=True)
class Concept:
    """A column: its meaning, the names that tables have for it, and how their text is read."""

    column: ColumnSpec
    names: tuple[str, ...]
    read: Callable[["pd.Series[Any]"], "pd.Series[Any]"]


def read_table(path: Path) -> pd.DataFrame:
    """A table of text with tabs by patient (``patient``, ``barcode``), words of no answer missing.

    Raises
    ------
    DataError
        for a file that is no table, or has no column of barcodes.
    """
    try:
        frame = pd.read_csv(
            path, sep="\t", dtype=str, keep_default_na=False, quoting=csv.QUOTE_NONE
        )
    except (OSError, EOFError, ValueError):
        raise unusable(
            f"{path.name} is no table with tabs, or cut short", "Fetch it again."
        ) from None
    for name in frame.columns:
        patients = frame[name].map(patient_of)
        if len(frame) and patients.notna().mean() > 0.9:
            found: pd.DataFrame = frame.loc[patients.notna()].map(_answer)
            barcodes = frame.loc[patients.notna(), name]
            return found.assign(patient=patients.dropna(), barcode=barcodes)
    hint = "It needs a column such as sample or _PATIENT, with TCGA-3C-AALI or TCGA-3C-AALI-01."
    raise unusable(f"{path.name} has no column of barcodes", hint)


def patients_of(
    tables: Mapping[str, pd.DataFrame], concepts: Mapping[str, Concept], barcodes: Mapping[str, str]
) -> pd.DataFrame:
    """The concepts that the tables have, one row for each patient (``barcodes``: their samples).

    A concept is read from the first table that has it. A row of the patient's own sample wins over
    rows of others.

    Raises
    ------
    DataError
        where rows of one patient contradict each other.
    """
    found: dict[str, pd.Series[Any]] = {}
    for name, concept in concepts.items():
        for file, table in tables.items():
            if (column := column_of(table, concept)) is not None:
                rows = _own_rows(table, barcodes)
                values = concept.read(rows[column].rename(column))
                found[name] = _one_each(values, rows["patient"], f"{column} in {file}")
                break
    return pd.DataFrame(found, index=pd.Index(barcodes, name="patient"))


def column_of(table: pd.DataFrame, concept: Concept) -> str | None:
    """The first column of the table that has one of the concept's names.

    The GDC writes ``race.demographic`` or ``demographic.race``: either part may be the name.
    """
    whole = {name.lower(): name for name in table.columns}
    parts: dict[str, str] = {}
    for name in table.columns:
        for part in (name.split(".")[0], name.split(".")[-1]):
            parts.setdefault(part.lower(), name)
    for name in concept.names:
        if found := whole.get(name.lower()) or parts.get(name.lower()):
            return found
    return None


def follow_up(outcome: str) -> dict[str, Concept]:
    """Days and event of overall survival (OS) or another endpoint, as Xena's tables have them."""
    label = OUTCOMES[outcome]
    return {
        "days": Concept(
            ColumnSpec(type="numeric", label=f"{label}: time", unit="days"),
            (f"{outcome}.time",),
            _number,
        ),
        "event": Concept(
            ColumnSpec(type="categorical", label=label, levels=_YES_NO),
            (outcome,),
            _coded({"0": "No", "1": "Yes", "0.0": "No", "1.0": "Yes"}),
        ),
    }


OUTCOMES = {
    "OS": "Death from any cause",
    "DSS": "Death from the disease",
    "DFI": "Recurrence after being free of disease",
    "PFI": "Progression or death from the disease",
}


def _answer(text: str) -> str | None:
    plain = text.strip().strip("[]'\"").strip()
    return None if plain.lower() in NO_ANSWER else plain


def _own_rows(table: pd.DataFrame, barcodes: Mapping[str, str]) -> pd.DataFrame:
    rows = table[table["patient"].isin(list(barcodes))]
    length = rows["barcode"].str.len().clip(lower=PATIENT)
    own = [
        barcodes[patient].startswith(name) or name.startswith(barcodes[patient])
        for patient, name in zip(rows["patient"], rows["barcode"], strict=True)
    ]
    tells = pd.Series(own, index=rows.index) & (length > PATIENT)
    # Where a patient has a row for the very sample, those of other samples (normal tissue) go.
    return rows[tells | ~rows["patient"].isin(rows.loc[tells, "patient"])]


def _one_each(values: "pd.Series[Any]", patients: "pd.Series[str]", what: str) -> "pd.Series[Any]":
    known = pd.DataFrame({"value": values, "patient": patients}).dropna()
    different = known.groupby("patient")["value"].nunique()
    if several := int((different > 1).sum()):
        raise unusable(
            f"{count_text(several)} patients have several rows with different values of {what}",
            "Leave one row for each patient, or leave the column out.",
            at="clinical",
        )
    return known.drop_duplicates("patient").set_index("patient")["value"]


def _number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    read = pd.to_numeric(values, errors="coerce").astype(float)
    if strangers := int((read.isna() & values.notna()).sum()):
        message = f"{count_text(strangers)} values of {values.name} are not numbers"
        raise unusable(message, "Correct or remove them.", at="clinical")
    return read


def _age(values: "pd.Series[Any]") -> "pd.Series[Any]":
    years = _number(values)
    # The GDC counts days; nobody is 150 years old.
    return (years / _YEAR if years.max() > 150 else years) // 1


def _coded(codes: Mapping[str, str]) -> Callable[["pd.Series[Any]"], "pd.Series[Any]"]:
    def read(values: "pd.Series[Any]") -> "pd.Series[Any]":
        told = values.str.lower().map(dict(codes))
        if strangers := int((told.isna() & values.notna()).sum()):
            message = f"{count_text(strangers)} values of {values.name} have no known meaning"
            hint = f"Known: {', '.join(codes)}."
            raise unusable(message, hint, at="clinical")
        return told

    return read


def _stage(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Stage IIIA and III are III; what is none of I to IV (Stage 0, IS, I/II NOS) is missing."""
    return values.str.upper().str.extract(r"^(?:STAGE )?(IV|I{1,3})[ABCS]?\d?$", expand=False)


def _subtype(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """BRCA.LumA and LumA are LumA; subtypes of other cancers are missing."""
    plain = values.str.replace(r"^BRCA\.", "", regex=True).str.lower()
    return plain.map(_PAM50)


def _category(label: str, *levels: str) -> ColumnSpec:
    return ColumnSpec(type="categorical", label=label, levels=levels or None)


def _as_it_is(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return values


CONCEPTS: dict[str, Concept] = {
    "age": Concept(
        ColumnSpec(type="numeric", label="Age at diagnosis", unit="years", decimals=0, low=0),
        (
            *("age_at_initial_pathologic_diagnosis", "age_at_diagnosis", "age_at_index"),
            "age_at_initial_pathologic_diagnosis_nature2012",
        ),
        _age,
    ),
    "sex": Concept(
        _category("Sex", "Female", "Male"),
        ("gender", "sex", "sex_at_birth"),
        _coded({"female": "Female", "male": "Male"}),
    ),
    "race": Concept(_category("Race", *_RACES.values()), ("race",), _coded(_RACES)),
    "hispanic": Concept(
        _category("Hispanic origin", *_ORIGINS.values()), ("ethnicity",), _coded(_ORIGINS)
    ),
    "stage": Concept(
        _category("Pathologic stage", *_STAGES),
        ("ajcc_pathologic_tumor_stage", "pathologic_stage", "ajcc_pathologic_stage"),
        _stage,
    ),
    "histology": Concept(
        _category("Histology"), ("histological_type", "primary_diagnosis"), _as_it_is
    ),
    "pam50": Concept(
        _category("Subtype of breast cancer (PAM50)", *dict.fromkeys(_PAM50.values())),
        ("PAM50Call_RNAseq", "PAM50", "paper_BRCA_Subtype_PAM50", "Subtype_Selected"),
        _subtype,
    ),
    "cohort": Concept(
        _category("Cohort"),
        ("cancer type abbreviation", "cancer_type_abbreviation", "_cohort", "project_id"),
        lambda values: values.str.removeprefix("TCGA-"),
    ),
}
PRESET: Sequence[str] = ("age", "sex", "race", "stage", "histology", "pam50")
