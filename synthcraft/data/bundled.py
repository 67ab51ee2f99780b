"""Small tables that scikit-learn ships."""

from sklearn import datasets

from synthcraft.data.cards import SampledParams
from synthcraft.data.source import Source, subsample
from synthcraft.spec.types import ColumnSpec

_DIABETES_LABELS = {
    "age": ("Age", "years"),
    "bmi": ("Body mass index", "kg/m²"),
    "bp": ("Mean arterial blood pressure", "mmHg"),
    "s1": ("Total serum cholesterol", "mg/dL"),
    "s2": ("LDL cholesterol", "mg/dL"),
    "s3": ("HDL cholesterol", "mg/dL"),
    "s4": ("Total to HDL cholesterol ratio", ""),
    "s5": ("Log of serum triglycerides", ""),
    "s6": ("Blood glucose", "mg/dL"),
    "progression": ("Disease progression after one year", ""),
}


def load_breast_cancer(params: SampledParams, *, seed: int) -> Source:
    """569 tumours with 30 measurements and their diagnosis (212 malignant)."""
    data = datasets.load_breast_cancer(as_frame=True)
    frame = data.data.assign(diagnosis=data.target.map({0: "malignant", 1: "benign"}))
    columns = {"diagnosis": ColumnSpec(label="Diagnosis", levels=("benign", "malignant"))}
    return subsample(Source(frame, columns=columns), params.sample, seed=seed)


def load_diabetes(params: SampledParams, *, seed: int) -> Source:
    """442 patients in their original units, with disease progression after one year."""
    data = datasets.load_diabetes(as_frame=True, scaled=False)
    frame = data.data.assign(sex=data.data["sex"].astype(int), progression=data.target)
    columns = {
        name: ColumnSpec(type="numeric", label=label, unit=unit or None)
        for name, (label, unit) in _DIABETES_LABELS.items()
    }
    sex = ColumnSpec(type="categorical", label="Sex (coded; the source does not say which)")
    return subsample(Source(frame, columns={"sex": sex, **columns}), params.sample, seed=seed)
