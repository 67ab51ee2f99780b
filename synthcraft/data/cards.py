"""Cards of the datasets: their names, parameters and proposals, without loading any data."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from synthcraft.catalogue import DatasetCard, Params
from synthcraft.data.cdc.cycles import CycleName


class SampledParams(Params):
    """Of datasets whose rows can be subsampled."""

    sample: int | None = Field(
        None,
        ge=50,
        description="Use only this many random rows (drawn by the seed); all when absent.",
    )


class FileParams(SampledParams):
    """Of datasets that are one file."""

    path: str = Field(
        min_length=1, description="The file; relative to the directory the command is run in."
    )
    holdout_path: str | None = Field(
        None,
        min_length=1,
        description="A second file of the same form: the rows that no generator has seen. All rows "
        "of the first are then train rows, and there is one split.",
    )
    trained_on: str | None = Field(
        None,
        min_length=1,
        description="Which rows are train rows, where that is settled: a column that says so (yes "
        "or no, 1 or 0, true or false, train or holdout), a text file with a column of the numbers "
        "of these rows (named row; 1 is the first) or of their values in a column of the table "
        "(named as that), or the word all, where no row was held out.",
    )
    missing_codes: dict[str, tuple[float | str, ...]] = Field(
        default_factory=dict,
        description="Codes that mean no answer, by column, such as MCQ160E: [7, 9].",
    )


class TextFormat(Params):
    """How a text table is written."""

    sep: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="Separator between cells; when absent a comma, or a tab for .tsv files.",
    )
    encoding: str = Field("utf-8-sig", description="Text encoding, such as utf-8-sig or latin-1.")
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers.")
    na_values: tuple[str, ...] = Field(
        ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "."),
        description="Cells that mean: no value.",
    )


class CsvParams(TextFormat, FileParams):
    """A text table."""


class SimulatedParams(Params):
    """What cohort is simulated."""

    n: int = Field(2000, ge=50, le=1_000_000, description="Number of people.")
    outcome: Literal["binary", "continuous", "survival"] = Field(
        "binary",
        description="A logistic model of disease, a linear model of a score, or an exponential "
        "model of the time to an event, followed for up to 10 years.",
    )
    prevalence: float = Field(
        0.2,
        gt=0.01,
        lt=0.99,
        description="Expected share of people with a binary outcome, or whose event is seen.",
    )
    minority: float = Field(0.1, gt=0, lt=0.5, description="Share of people in the smallest group.")
    missing: float = Field(
        0.0, ge=0, lt=0.9, description="Chance that a measured value is absent, at random."
    )
    shift: float | None = Field(
        None,
        gt=0,
        le=2,
        description="How far the smallest group's outcome follows another model: its slopes of age "
        "and blood pressure are 1 − shift times those of all others (1: none, 2: the opposite), "
        "about 52 years and 125 mmHg; one model for all when absent.",
    )


# The survey stopped in March 2020; what people look for has another name.
_STOPPED = "2019-2020 was never finished: its people are in prepandemic, with those of 2017-2018."
_HINTS = dict.fromkeys(("2019-2020", "2017-2020"), _STOPPED)


class NhanesCdcParams(SampledParams):
    """Which cycles and variables of NHANES, and where their files come from."""

    cycles: tuple[Annotated[CycleName, Field(json_schema_extra={"x-hints": _HINTS})], ...] = Field(
        ("2017-2018",),
        min_length=1,
        description="Cycles that are stacked; prepandemic (2017 to March 2020) holds the people of "
        "2017-2018 again, so that only one of the two can be used.",
    )
    variables: tuple[str, ...] = Field(
        ("cardiovascular",),
        min_length=1,
        description="A preset (cardiovascular), columns by concept (age, sex, ldl, …; see "
        "docs/nhanes.md), or TABLE.VARIABLE for a variable as it was coded, such as ALQ.ALQ130.",
    )
    adults_from: int = Field(20, ge=18, le=79, description="Youngest age in years.")
    mortality: bool = Field(
        default=False,
        description="Add linked mortality (1999-2018): months from the interview on, and died; "
        "the task is then survival.",
    )
    weights: Literal["examination", "interview", "fasting"] = Field(
        "examination",
        description="Whose survey weights: of all examined, all interviewed, or the morning "
        "fasting subsample.",
    )
    missing_codes: dict[str, tuple[float | str, ...]] = Field(
        default_factory=dict,
        description="Of variables named as TABLE.VARIABLE, codes that mean no answer, such as "
        "ALQ130: [777, 999].",
    )
    path: str | None = Field(
        None,
        min_length=1,
        description="Folder with the CDC's files (DEMO_C.XPT, …; .gz allowed); downloaded when "
        "absent.",
    )
    url: str = Field(
        "https://wwwn.cdc.gov/Nchs/Data/Nhanes/Public",
        description="Where files are downloaded from: URL/<first year>/DataFiles/<TABLE>.xpt.",
    )
    mortality_url: str = Field(
        "https://ftp.cdc.gov/pub/Health_Statistics/NCHS/datalinkage/linked_mortality",
        description="Where linked mortality is downloaded from.",
    )
    cache: str = Field(
        "~/.cache/synthcraft/nhanes", description="Folder that keeps what was downloaded."
    )

    @field_validator("cycles")
    @classmethod
    def _nobody_twice(cls, cycles: tuple[CycleName, ...]) -> tuple[CycleName, ...]:
        if len(set(cycles)) < len(cycles):
            raise ValueError("a cycle is named twice: name each once")
        if {"2017-2018", "prepandemic"} <= set(cycles):
            told = (
                "prepandemic holds the people of 2017-2018 again under other numbers: use one of "
                "the two"
            )
            raise ValueError(told)
        return cycles

    @field_validator("mortality")
    @classmethod
    def _linked(cls, mortality: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        late = [n for n in info.data.get("cycles", ()) if n == "prepandemic" or n > "2018"]
        if mortality and late:
            told = f"mortality is linked to 1999-2018 only, not to {', '.join(late)}"
            raise ValueError(f"{told}: leave it or these cycles out")
        return mortality


class TcgaParams(SampledParams):
    """Which cohorts, genes and clinical columns of TCGA, and where their files come from."""

    cohorts: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")], ...] = Field(
        ("BRCA",), min_length=1, description="Cohorts by TCGA's abbreviations, such as BRCA, LUAD."
    )
    genes: tuple[str, ...] = Field(
        (),
        description="Genes by symbol, as the file writes them; when absent all, among which each "
        "split chooses (dataset.screen; 200 when that is absent).",
    )
    variables: tuple[
        Literal[
            "clinical", "age", "sex", "race", "hispanic", "stage", "histology", "pam50", "cohort"
        ],
        ...,
    ] = Field(
        ("clinical",),
        description="Columns by concept (docs/tcga.md); clinical is age, sex, race, stage, "
        "histology and pam50, as far as the files have them.",
    )
    outcome: Literal["OS", "DSS", "DFI", "PFI"] | None = Field(
        "OS",
        description="Follow-up: overall, disease-specific, disease-free or progression-free "
        "survival (days, event; the task is then survival); null leaves it out.",
    )
    only: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Only patients with these levels, by column, such as histology: [Infiltrating "
        "Ductal Carcinoma, Infiltrating Lobular Carcinoma].",
    )
    samples: tuple[Annotated[str, Field(pattern=r"^\d\d$")], ...] = Field(
        ("01",),
        min_length=1,
        description="Kinds of samples by the two digits of the barcode: 01 primary tumour, 03 "
        "blood cancer, 06 metastasis; one aliquot for each patient, of the earlier kind.",
    )
    hub: Literal["legacy", "gdc", "pancan", "star"] = Field(
        "legacy",
        description="Whose files: UCSC Xena's of each cohort (legacy, gdc) or of all cohorts "
        "(pancan), or the GDC's one file a sample (star; a folder only).",
    )
    measure: Literal["tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded", "unstranded"] = (
        Field("tpm_unstranded", description="Which column of a star file; log2(x + 1) is taken.")
    )
    expression: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        description="Other matrices: file names in the folder, or addresses; a {cohort} in it "
        "stands for each cohort.",
    )
    clinical: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        description="Other tables of patients (clinical, survival, subtypes), likewise; a concept "
        "is read from the first that has it.",
    )
    path: str | None = Field(
        None, min_length=1, description="Folder with the files; downloaded when absent."
    )
    url: str | None = Field(
        None,
        min_length=1,
        description="Where files are downloaded from; the hub's own address when absent.",
    )
    cache: str = Field(
        "~/.cache/synthcraft/tcga", description="Folder that keeps what was downloaded."
    )

    @field_validator("cohorts", "genes", "variables", "samples")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("a name stands there twice: name each once")
        return names

    @field_validator("samples")
    @classmethod
    def _no_normal_tissue(cls, samples: tuple[str, ...]) -> tuple[str, ...]:
        if healthy := [kind for kind in samples if kind >= "10"]:
            told = "is not a tumour: normal tissue and controls of the same patients tell labels"
            raise ValueError(f"{', '.join(healthy)} {told}")
        return samples

    @field_validator("path")
    @classmethod
    def _star_is_local(cls, path: str | None, info: ValidationInfo) -> str | None:
        if path is None and info.data.get("hub") == "star":
            raise ValueError("the GDC's files are read from a folder: fetch them with gdc-client")
        return path


NHANES = DatasetCard(
    name="nhanes",
    summary="NHANES 2017-18: 5,265 adults, 17 cardiovascular columns, 6 ethnic groups",
    implementation="synthcraft.data.nhanes:load",
    params=SampledParams,
    source="CDC/NCHS, National Health and Nutrition Examination Survey 2017-2018 (public domain)",
    defaults={
        "task": "classification",
        "target": "heart_attack",
        "positive": "Yes",
        "sensitive": ("ethnicity",),
        "quasi_identifiers": ("age", "sex", "ethnicity", "education"),
    },
)

NHANES_CDC = DatasetCard(
    name="nhanes_cdc",
    summary="NHANES 1999-2023 from the CDC's own files: cycles, variables, survey design, deaths",
    implementation="synthcraft.data.cdc.load:load",
    params=NhanesCdcParams,
    source="CDC/NCHS, National Health and Nutrition Examination Survey (public domain)",
)

TCGA = DatasetCard(
    name="tcga",
    summary="TCGA: gene expression with clinical columns and survival, of any cohorts",
    implementation="synthcraft.data.tcga.load:load",
    params=TcgaParams,
    source="The Cancer Genome Atlas Research Network, https://www.cancer.gov/tcga (open tier), "
    "through UCSC Xena or the GDC; do not try to identify anyone",
)

CSV = DatasetCard(
    name="csv",
    summary="Your own text table (.csv, .tsv; .gz allowed) with a header line",
    implementation="synthcraft.data.files:load_csv",
    params=CsvParams,
)

PARQUET = DatasetCard(
    name="parquet",
    summary="Your own Parquet file",
    implementation="synthcraft.data.files:load_parquet",
    params=FileParams,
)

XPT = DatasetCard(
    name="xpt",
    summary="Your own SAS transport file (.xpt of version 5 or 8; .gz allowed)",
    implementation="synthcraft.data.files:load_xpt",
    params=FileParams,
)

BREAST_CANCER = DatasetCard(
    name="breast_cancer",
    summary="Wisconsin diagnostic breast cancer: 569 tumours, 30 measurements of cell nuclei",
    implementation="synthcraft.data.bundled:load_breast_cancer",
    params=SampledParams,
    source="Street, Wolberg, Mangasarian 1993, as shipped with scikit-learn",
    defaults={"task": "classification", "target": "diagnosis", "positive": "malignant"},
)

DIABETES = DatasetCard(
    name="diabetes",
    summary="Diabetes progression after one year: 442 patients, 10 baseline columns",
    implementation="synthcraft.data.bundled:load_diabetes",
    params=SampledParams,
    source="Efron, Hastie, Johnstone, Tibshirani 2004, as shipped with scikit-learn",
    defaults={"task": "regression", "target": "progression", "sensitive": ("sex",)},
)

SIMULATED = DatasetCard(
    name="simulated",
    summary="Simulated cohort with known coefficients and known best possible accuracy",
    implementation="synthcraft.data.simulate:load",
    params=SimulatedParams,
    defaults={"target": "outcome", "sensitive": ("group",)},
)


def _followed(name: str, summary: str, source: str, **roles: object) -> DatasetCard:
    """A table of follow-up that lifelines ships."""
    return DatasetCard(
        name=name,
        summary=summary,
        implementation=f"synthcraft.data.survival:load_{name}",
        params=SampledParams,
        source=f"{source}, as shipped with lifelines",
        defaults={"task": "survival", "positive": "Yes", **roles},
    )


GBSG2 = _followed(
    "gbsg2",
    "Breast cancer: 686 women, 8 columns, followed to recurrence or death (299)",
    "German Breast Cancer Study Group, Schumacher et al. 1994",
    target="event",
    time="days",
    sensitive=("menopause",),
    quasi_identifiers=("age", "menopause"),
)

LUNG = _followed(
    "lung",
    "Advanced lung cancer: 228 people, 7 columns, followed to death (165); gaps",
    "North Central Cancer Treatment Group, Loprinzi et al. 1994",
    target="died",
    time="days",
    sensitive=("sex",),
    quasi_identifiers=("age", "sex"),
)

ROSSI = _followed(
    "rossi",
    "Released from prison: 432 men, 7 columns, followed to arrest (114); not clinical",
    "Rossi, Berk, Lenihan 1980",
    target="arrested",
    time="weeks",
    sensitive=("race",),
    quasi_identifiers=("age", "race", "married"),
)

KIDNEY_TRANSPLANT = _followed(
    "kidney_transplant",
    "Kidney transplantation: 863 people, 3 columns, followed to death (140)",
    "Klein and Moeschberger 1997",
    target="died",
    time="days",
    sensitive=("race", "sex"),
    quasi_identifiers=("age", "sex", "race"),
)

ACTG175 = _followed(
    "actg175",
    "HIV: 2,139 people in a trial of four treatments, 16 columns, 521 events",
    "AIDS Clinical Trials Group 175, Hammer et al. 1996",
    target="event",
    time="days",
    sensitive=("race", "sex"),
    quasi_identifiers=("age", "sex", "race"),
)
