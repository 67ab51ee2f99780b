"""What the columns mean: tables, variables, codes and units, made alike in all cycles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from synthcraft.data.cdc.cycles import ORDER, Cycle, table_name
from synthcraft.data.nhanes import COLUMNS as EMBEDDED
from synthcraft.spec.types import ColumnSpec

Reader = Callable[[pd.DataFrame], "pd.Series"]


class NotInCodebook(Exception):
    """Raised by a reader for values that are none of a variable's codes."""

    def __init__(self, variable: str, codes: Sequence[int], rows: int) -> None:
        super().__init__(variable)
        self.variable, self.codes, self.rows = variable, codes, rows


@dataclass(frozen=True)
class Concept:
    """A column: its meaning, the table that holds it, and how it is read.

    ``read`` takes the rows of the table, by SEQN, with upper-case names; it raises KeyError for a
    variable that is not there, and NotInCodebook. ``fasting``: measured in the morning fasting
    subsample only. ``changed``: cycles that began with another method. ``note`` is told wherever
    the column is used.
    """

    column: ColumnSpec
    stem: str
    read: Reader
    fasting: bool = False
    changed: tuple[str, ...] = ()
    note: str = ""

    def missing_from(self, cycles: Sequence[Cycle]) -> tuple[str, ...]:
        """Those of the cycles that did not measure it."""
        return tuple(cycle.name for cycle in cycles if table_name(self.stem, cycle) is None)


def number(*names: str, factors: Mapping[str, float] | None = None) -> Reader:
    """A reader of the one of these variables that the table has, in the last one's unit.

    >>> hdl = number("LBDHDL", "LBXHDD", "LBDHDD")
    >>> hdl(pd.DataFrame({"LBXHDD": [52.0]})).tolist()
    [52.0]
    """

    def read(raw: pd.DataFrame) -> "pd.Series[float]":
        name = next((name for name in names if name in raw), names[-1])
        values: pd.Series[float] = raw[name] * (factors or {}).get(name, 1.0)
        return values

    return read


def answer(name: str, levels: Mapping[int, str], *, none: Sequence[int] = (7, 9)) -> Reader:
    """A reader of a coded answer; refused and don't know, of this variable, are missing.

    >>> told = answer("MCQ160E", {1: "Yes", 2: "No"})
    >>> told(pd.DataFrame({"MCQ160E": [1.0, 9.0, 2.0]})).tolist()
    ['Yes', nan, 'No']
    """

    def read(raw: pd.DataFrame) -> "pd.Series[str]":
        values = raw[name]
        known = (*levels, *none)
        if strangers := int((values.notna() & ~values.isin(known)).sum()):
            raise NotInCodebook(name, known, strangers)
        told: pd.Series[str] = values.map(dict(levels))
        return told

    return read


def mean_reading(prefix: str, readings: int) -> Reader:
    """A reader of the mean of the readings taken, in whole mmHg; 0 is no reading.

    >>> taken = pd.DataFrame({"BPXDI1": [80.0, 0.0], "BPXDI2": [75.0, 0.0]})
    >>> mean_reading("BPXDI", 4)(taken).tolist()
    [78.0, nan]
    """

    def read(raw: pd.DataFrame) -> "pd.Series[float]":
        names = [f"{prefix}{nth}" for nth in range(1, readings + 1)]
        taken = raw[[name for name in names if name in raw]]
        if taken.empty:
            raise KeyError(names[0])
        # Rounded, because thirds would tell that a person has three readings.
        mean: pd.Series[float] = taken.mask(taken == 0).mean(axis=1).round()
        return mean

    return read


def _smoking(raw: pd.DataFrame) -> "pd.Series[str]":
    ever = answer("SMQ020", {1: "Ever", 2: "Never"})(raw)
    now = answer("SMQ040", {1: "Current", 2: "Current", 3: "Former"})(raw)
    return now.mask(ever == "Never", "Never").where(ever.notna())


def _measured(label: str, unit: str, low: float, high: float, decimals: int) -> ColumnSpec:
    return ColumnSpec(type="numeric", label=label, unit=unit, low=low, high=high, decimals=decimals)


def _ranged(name: str, low: float, high: float) -> ColumnSpec:
    """The embedded table's column, in a range that holds every cycle's people."""
    return EMBEDDED[name].model_copy(update={"low": float(low), "high": float(high)})


def _said(label: str, variable: str, stem: str) -> Concept:
    column = ColumnSpec(type="categorical", label=label, levels=("No", "Yes"))
    return Concept(column, stem, answer(variable, {1: "Yes", 2: "No"}))


_EDUCATION = dict(enumerate(EMBEDDED["education"].levels or (), start=1))
_DIABETES = {2: "No", 3: "Borderline", 1: "Yes"}

# Ranges are limits of what can be measured, wide enough for every cycle.
_CONCEPTS: dict[str, Concept] = {
    "sex": Concept(EMBEDDED["sex"], "DEMO", answer("RIAGENDR", {1: "Male", 2: "Female"}, none=())),
    "education": Concept(EMBEDDED["education"], "DEMO", answer("DMDEDUC2", _EDUCATION)),
    "income_ratio": Concept(EMBEDDED["income_ratio"], "DEMO", number("INDFMPIR")),
    "bmi": Concept(_ranged("bmi", 8, 200), "BMX", number("BMXBMI")),
    "waist": Concept(_ranged("waist", 30, 250), "BMX", number("BMXWAIST")),
    "sbp": Concept(_ranged("sbp", 40, 320), "BPX", mean_reading("BPXSY", 4)),
    "dbp": Concept(_ranged("dbp", 0, 200), "BPX", mean_reading("BPXDI", 4)),
    "sbp_oscillometric": Concept(
        _ranged("sbp", 40, 320).model_copy(
            update={"label": "Systolic blood pressure, mean of oscillometric readings"}
        ),
        "BPXO",
        mean_reading("BPXOSY", 3),
    ),
    "dbp_oscillometric": Concept(
        _ranged("dbp", 0, 200).model_copy(
            update={"label": "Diastolic blood pressure, mean of oscillometric readings"}
        ),
        "BPXO",
        mean_reading("BPXODI", 3),
    ),
    "total_chol": Concept(
        _ranged("total_chol", 10, 1000), "TCHOL", number("LBXTC"), changed=("2007-2008",)
    ),
    "hdl": Concept(
        _ranged("hdl", 1, 300),
        "HDL",
        number("LBDHDL", "LBXHDD", "LBDHDD"),
        changed=("2003-2004", "2007-2008"),
    ),
    "ldl": Concept(
        _measured("LDL cholesterol (Friedewald)", "mg/dL", 0, 1000, 0),
        "TRIGLY",
        number("LBDLDL"),
        fasting=True,
    ),
    "triglycerides": Concept(
        _measured("Triglycerides, fasting", "mg/dL", 1, 10_000, 0),
        "TRIGLY",
        number("LBXTR"),
        fasting=True,
    ),
    "fasting_glucose": Concept(
        _measured("Plasma glucose, fasting", "mg/dL", 1, 1000, 0),
        "GLU",
        number("LBXGLU"),
        fasting=True,
        changed=("2005-2006", "2007-2008", "2015-2016"),
    ),
    "fasting_insulin": Concept(
        _measured("Insulin, fasting", "µU/mL", 0, 2000, 2),
        "INS",
        number("LBXIN"),
        fasting=True,
        changed=("2003-2004", "2005-2006", "2011-2012", "2013-2014"),
    ),
    "hba1c": Concept(_ranged("hba1c", 1, 30), "GHB", number("LBXGH")),
    "cotinine": Concept(
        _measured("Cotinine in serum", "ng/mL", 0, 5000, 3),
        "COT",
        number("LBXCOT"),
        note="Values of cotinine below the limit of detection are that limit over √2: many people "
        "share one value, which generators may smooth over.",
    ),
    "creatinine": Concept(
        _measured("Creatinine in serum", "mg/dL", 0, 50, 2),
        "BIOPRO",
        number("LBXSCR", "LBDSCR"),
        # The first cycle's are too low (Selvin et al. 2007, Am J Kidney Dis 50:918-926).
        changed=("2001-2002",),
    ),
    "glucose": Concept(
        _measured("Glucose in serum, not fasting", "mg/dL", 1, 2000, 0), "BIOPRO", number("LBXSGL")
    ),
    "crp": Concept(
        _measured("C-reactive protein", "mg/L", 0, 1000, 2),
        "HSCRP",
        number("LBXCRP", "LBXHSCRP", factors={"LBXCRP": 10.0}),
        changed=("2015-2016",),
        note="C-reactive protein is in mg/L; cycles before 2011 gave it in mg/dL.",
    ),
    "smoking": Concept(EMBEDDED["smoking"], "SMQ", _smoking),
    "diabetes": Concept(EMBEDDED["diabetes"], "DIQ", answer("DIQ010", _DIABETES)),
    "takes_insulin": _said("Takes insulin", "DIQ050", "DIQ"),
    "hypertension": _said("Ever told of high blood pressure", "BPQ020", "BPQ"),
    "heart_failure": _said("Ever told of congestive heart failure", "MCQ160B", "MCQ"),
    "coronary_disease": _said("Ever told of coronary heart disease", "MCQ160C", "MCQ"),
    "angina": _said("Ever told of angina", "MCQ160D", "MCQ"),
    "stroke": _said("Ever told of a stroke", "MCQ160F", "MCQ"),
    "heart_attack": _said("Ever told of a heart attack", "MCQ160E", "MCQ"),
}

# A bar: the first that all chosen cycles have.
PRESETS: dict[str, tuple[str, ...]] = {
    # Without heart failure, coronary disease and angina: they nearly tell of a heart attack.
    "cardiovascular": (
        *("age", "sex", "ethnicity", "education", "income_ratio", "bmi", "waist"),
        *("sbp|sbp_oscillometric", "dbp|dbp_oscillometric"),
        *("total_chol", "hdl", "ldl", "triglycerides", "fasting_glucose", "fasting_insulin"),
        *("hba1c", "cotinine", "smoking", "diabetes", "hypertension", "stroke", "heart_attack"),
    ),
}


def concepts(cycles: Sequence[Cycle], *, adults_from: int = 20) -> dict[str, Concept]:
    """Every known concept by column name, as far as all of these cycles can tell it.

    >>> from synthcraft.data.cdc.cycles import CYCLES
    >>> early, late = ([CYCLES[name]] for name in ("2003-2004", "2013-2014"))
    >>> [len(concepts(one)["ethnicity"].column.levels) for one in (early, late, early + late)]
    [5, 6, 5]
    >>> [concepts(one)["age"].column.high for one in (early, early + late)]
    [85.0, 80.0]
    """
    first = {"age": _age(cycles, adults_from), "ethnicity": _ethnicity(cycles)}
    return {**first, **_CONCEPTS}


def _age(cycles: Sequence[Cycle], adults_from: int) -> Concept:
    """Age in years, with everybody from the lowest top code on in one."""
    top = 85.0 if all(cycle.first_year < 2007 for cycle in cycles) else 80.0
    column = EMBEDDED["age"].model_copy(
        update={"label": f"Age ({top:g} and over: {top:g})", "low": float(adults_from), "high": top}
    )
    mixed = top == 80 and any(cycle.first_year < 2007 for cycle in cycles)
    note = "Ages above 80 count as 80, as cycles from 2007 on give them." if mixed else ""
    return Concept(column, "DEMO", lambda raw: raw["RIDAGEYR"].clip(upper=top), note=note)


def _ethnicity(cycles: Sequence[Cycle]) -> Concept:
    """Race and Hispanic origin; Asian people are apart where every cycle tells them apart."""
    *shared, _, _ = names = EMBEDDED["ethnicity"].levels or ()
    if all(cycle.first_year >= 2011 for cycle in cycles):
        codes = dict(zip((1, 2, 3, 4, 6, 7), names, strict=True))
        return Concept(EMBEDDED["ethnicity"], "DEMO", answer("RIDRETH3", codes, none=()))
    levels = (*shared, "Asian, other or multi-racial")
    note = "Asian people count among the others: cycles before 2011 do not tell them apart."
    return Concept(
        EMBEDDED["ethnicity"].model_copy(update={"levels": levels}),
        "DEMO",
        answer("RIDRETH1", dict(enumerate(levels, start=1)), none=()),
        note=note,
    )


def changes(used: Mapping[str, Concept], cycles: Sequence[Cycle]) -> dict[str, tuple[str, ...]]:
    """By column, the cycles among the chosen from which on another method was used.

    >>> from synthcraft.data.cdc.cycles import CYCLES
    >>> chosen = [CYCLES["2003-2004"], CYCLES["2011-2012"]]
    >>> changes({"fasting_insulin": concepts(chosen)["fasting_insulin"]}, chosen)
    {'fasting_insulin': ('2005-2006', '2011-2012')}
    """
    places = sorted(ORDER.index(cycle.name) for cycle in cycles)
    found = {
        name: tuple(c for c in one.changed if places[0] < ORDER.index(c) <= places[-1])
        for name, one in used.items()
    }
    return {name: told for name, told in found.items() if told}
