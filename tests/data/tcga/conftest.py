"""A small TCGA of invented patients: 30 genes × 20 samples of each cohort, with two tables."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

GENES = ["TP53", "ERBB2", "ESR1", *(f"GENE{n}" for n in range(27))]
TYPES = ("LumA", "Basal")
RACES = ("WHITE", "BLACK OR AFRICAN AMERICAN", "[Not Available]")
Tables = dict[str, pd.DataFrame]


def patient(n: int, cohort: str = "BRCA") -> str:
    return f"TCGA-{cohort[:2]}-{n:04d}"


def expression(people: int, cohort: str, *, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Genes × samples; gene n has spread 1 + n / 10, and the first three tell the subtype."""
    rng = np.random.default_rng(seed)
    values = rng.normal(5 + shift, 1, (30, people)) * (1 + np.arange(30)[:, None] / 30)
    values[:3] += np.arange(people) % 2 * 3
    return pd.DataFrame(
        values.round(4),
        index=pd.Index(GENES, name="sample"),
        columns=[f"{patient(n, cohort)}-01" for n in range(people)],
    )


def clinical(people: int, cohort: str) -> Tables:
    """Pan-cancer survival table, and a clinical matrix, both by sample."""
    which = range(people)
    names = [patient(n, cohort) for n in which]
    survival = pd.DataFrame(
        {
            "sample": [f"{name}-01" for name in names],
            "_PATIENT": names,
            "cancer type abbreviation": cohort,
            "age_at_initial_pathologic_diagnosis": [40 + n % 40 for n in which],
            "gender": ["FEMALE" if n % 10 else "MALE" for n in which],
            "race": [RACES[n % 3] for n in which],
            "ajcc_pathologic_tumor_stage": [
                ("Stage I", "Stage IIA", "Stage IIIC", "Stage X", "Stage IV")[n % 5] for n in which
            ],
            "OS": [n % 2 for n in which],
            "OS.time": [100 + 7 * n for n in which],
        }
    )
    matrix = pd.DataFrame(
        {
            "sampleID": [f"{name}-01" for name in names],
            "_PATIENT": names,
            "histological_type": [
                "Infiltrating Ductal Carcinoma" if n % 4 else "Infiltrating Lobular Carcinoma"
                for n in which
            ],
            "PAM50Call_RNAseq": [TYPES[n % 2] for n in which],
        }
    )
    return {"survival": survival, "matrix": matrix}


def write(frame: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    text = frame.to_csv(sep="\t", index=index).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def write_hub(
    folder: Path,
    *cohorts: str,
    people: int = 60,
    change: Callable[[str, pd.DataFrame], pd.DataFrame] = lambda _, rows: rows,
    extra: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
) -> Path:
    """A legacy hub of cohorts in a folder; ``change`` is of its tables, ``extra`` of matrices."""
    folder.mkdir(exist_ok=True)
    survival = []
    for n, cohort in enumerate(cohorts or ("BRCA",)):
        tables = {k: change(k, rows) for k, rows in clinical(people, cohort).items()}
        survival.append(tables["survival"])
        write(tables["matrix"], folder / f"TCGA.{cohort}.sampleMap_{cohort}_clinicalMatrix")
        rows = extra(expression(people, cohort, seed=n, shift=2.0 * n))
        write(rows, folder / f"TCGA.{cohort}.sampleMap_HiSeqV2.gz", index=True)
    write(pd.concat(survival), folder / "Survival_SupplementalTable_S1_20171025_xena_sp")
    return folder


@pytest.fixture
def hub(tmp_path: Path) -> Callable[..., Path]:
    """Writes a legacy hub into a folder of the test."""
    return lambda *cohorts, **changes: write_hub(tmp_path / "hub", *cohorts, **changes)


def params(folder: Path, **given: Any) -> dict[str, Any]:
    return {"path": str(folder), **given}
