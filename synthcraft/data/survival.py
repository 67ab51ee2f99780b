"""Tables of follow-up (time and event) that lifelines ships, read without importing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.data.cards import SampledParams
from synthcraft.data.source import Source, subsample
from synthcraft.errors import DataError, Problem
from synthcraft.spec.types import ColumnSpec

_YES_NO = {0: "No", 1: "Yes"}


@dataclass(frozen=True)
class _Variable:
    """A column of ours: the file's name for it, its meaning, and what its codes stand for."""

    source: str
    column: ColumnSpec
    codes: Mapping[Any, str] | None = None

    def read(self, raw: pd.DataFrame) -> "pd.Series[Any]":
        """The column from the file's rows."""
        values = raw[self.source]
        return values if self.codes is None else values.map(dict(self.codes))


def _amount(
    source: str,
    label: str,
    unit: str = "",
    *,
    low: float | None = 0,
    high: float | None = None,
    decimals: int = 0,
) -> _Variable:
    column = ColumnSpec(
        type="numeric", label=label, unit=unit or None, low=low, high=high, decimals=decimals
    )
    return _Variable(source, column)


def _coded(source: str, label: str, codes: Mapping[Any, str]) -> _Variable:
    levels = tuple(dict.fromkeys(codes.values()))
    return _Variable(source, ColumnSpec(type="categorical", label=label, levels=levels), codes)


def _same(*levels: str) -> dict[str, str]:
    return {level: level for level in levels}


_GBSG2 = {
    "hormone_therapy": _coded("horTh", "Hormonal therapy", {"no": "No", "yes": "Yes"}),
    "age": _amount("age", "Age", "years"),
    "menopause": _coded("menostat", "Menopausal status", _same("Pre", "Post")),
    "tumour_size": _amount("tsize", "Tumour size", "mm"),
    "grade": _coded("tgrade", "Tumour grade", _same("I", "II", "III")),
    "nodes": _amount("pnodes", "Positive lymph nodes"),
    "progesterone": _amount("progrec", "Progesterone receptor", "fmol/mg"),
    "oestrogen": _amount("estrec", "Oestrogen receptor", "fmol/mg"),
    "days": _amount("time", "Recurrence-free survival", "days"),
    "event": _coded("cens", "Recurrence or death", _YES_NO),
}
_LUNG = {
    "age": _amount("age", "Age", "years"),
    "sex": _coded("sex", "Sex", {1: "Male", 2: "Female"}),
    "ecog": _amount("ph.ecog", "ECOG performance, by the physician (0 good, 5 dead)", high=5),
    "karnofsky": _amount("ph.karno", "Karnofsky score, by the physician", high=100),
    "karnofsky_patient": _amount("pat.karno", "Karnofsky score, by the patient", high=100),
    "calories": _amount("meal.cal", "Energy eaten at meals", "kcal"),
    "weight_loss": _amount("wt.loss", "Weight lost in six months", "lb", low=None),
    "days": _amount("time", "Survival", "days"),
    "died": _coded("status", "Died", _YES_NO),
}
_ROSSI = {
    "aid": _coded("fin", "Financial aid after release (randomised)", _YES_NO),
    "age": _amount("age", "Age at release", "years"),
    "race": _coded("race", "Race", {1: "Black", 0: "Other"}),
    "work": _coded("wexp", "Full-time work before prison", _YES_NO),
    "married": _coded("mar", "Married at release", _YES_NO),
    "parole": _coded("paro", "Released on parole", _YES_NO),
    "convictions": _amount("prio", "Convictions before"),
    "weeks": _amount("week", "Time to arrest", "weeks", high=52),
    "arrested": _coded("arrest", "Arrested within a year", _YES_NO),
}
_KIDNEY = {
    "age": _amount("age", "Age at transplantation", "years"),
    "sex": _coded("sex", "Sex", _same("Female", "Male")),
    "race": _coded("race", "Race", _same("Black", "White")),
    "days": _amount("time", "Survival", "days"),
    "died": _coded("death", "Died", _YES_NO),
}
# What was measured later than at entry (cd420, cd496, cd820, r, offtrt) would tell of the outcome;
# zprior is the same for all, str2 follows from strat, treat from arms.
_ACTG175 = {
    "arm": _coded(
        "arms",
        "Treatment (randomised)",
        {
            0: "Zidovudine",
            1: "Zidovudine and didanosine",
            2: "Zidovudine and zalcitabine",
            3: "Didanosine",
        },
    ),
    "age": _amount("age", "Age", "years"),
    "weight": _amount("wtkg", "Weight", "kg", decimals=1),
    "sex": _coded("gender", "Sex", {0: "Female", 1: "Male"}),
    "race": _coded("race", "Race", {0: "White", 1: "Not white"}),
    "haemophilia": _coded("hemo", "Haemophilia", _YES_NO),
    "homosexual_activity": _coded("homo", "Homosexual activity", _YES_NO),
    "injected_drugs": _coded("drugs", "Ever injected drugs", _YES_NO),
    "karnofsky": _amount("karnof", "Karnofsky score", high=100),
    "other_antiretrovirals": _coded("oprior", "Antiretrovirals but zidovudine before", _YES_NO),
    "recent_zidovudine": _coded("z30", "Zidovudine in the 30 days before", _YES_NO),
    "days_treated": _amount("preanti", "Antiretroviral treatment before", "days"),
    "treated": _coded(
        "strat",
        "Antiretroviral treatment before",
        {1: "Never", 2: "Up to 52 weeks", 3: "More than 52 weeks"},
    ),
    "symptoms": _coded("symptom", "Symptoms of HIV infection", _YES_NO),
    "cd4": _amount("cd40", "CD4 cells at entry", "per mm³"),
    "cd8": _amount("cd80", "CD8 cells at entry", "per mm³"),
    "days": _amount("days", "Time to event", "days"),
    "event": _coded("cens", "CD4 cells halved, AIDS, or death", _YES_NO),
}


def load_gbsg2(params: SampledParams, *, seed: int) -> Source:
    """686 women with node-positive breast cancer, followed to recurrence or death (299 events)."""
    return _load("gbsg2.csv", _GBSG2, params, seed=seed)


def load_lung(params: SampledParams, *, seed: int) -> Source:
    """228 people with advanced lung cancer (165 died); the hospital is left out."""
    return _load("lung.csv", _LUNG, params, seed=seed)


def load_rossi(params: SampledParams, *, seed: int) -> Source:
    """432 men released from prison, followed for a year to arrest (114 were)."""
    return _load("rossi.csv", _ROSSI, params, seed=seed)


def load_kidney_transplant(params: SampledParams, *, seed: int) -> Source:
    """863 people after a kidney transplantation (140 died), with sex and race."""
    return _load("kidney_transplant.csv", _KIDNEY, params, seed=seed)


def load_actg175(params: SampledParams, *, seed: int) -> Source:
    """2,139 people with HIV in a trial of four treatments (521 events), as they were at entry.

    Raises
    ------
    DataError
        when the installed lifelines is older than 0.30, which does not hold it.
    """
    return _load("ACTG175.csv", _ACTG175, params, seed=seed)


def _load(
    name: str, variables: Mapping[str, _Variable], params: SampledParams, *, seed: int
) -> Source:
    raw = pd.read_csv(_location(name))
    if name == "kidney_transplant.csv":
        raw = _with_sex_and_race(raw)
    source = Source(
        frame=pd.DataFrame({new: variable.read(raw) for new, variable in variables.items()}),
        columns={new: variable.column for new, variable in variables.items()},
    )
    return subsample(source, params.sample, seed=seed)


def _with_sex_and_race(raw: pd.DataFrame) -> pd.DataFrame:
    """The file has one indicator for each group but white women."""

    def where(names: Sequence[str], then: str, otherwise: str) -> "pd.Series[Any]":
        return raw[list(names)].any(axis=1).map({True: then, False: otherwise})

    return raw.assign(
        sex=where(["black_male", "white_male"], "Male", "Female"),
        race=where(["black_male", "black_female"], "Black", "White"),
    )


def _location(name: str) -> Path:
    try:
        listed = files("lifelines") or []
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if file.name == name:
            return Path(str(file.locate()))
    message = f"the installed package 'lifelines' has no {name}, or is not installed"
    hint = "Install a newer one: pip install 'lifelines>=0.30'"
    raise DataError([Problem("dataset.plugin", message, hint)])
