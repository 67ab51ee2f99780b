"""Small NHANES cycles of invented people, written as the CDC writes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from synthcraft.data.cdc.cycles import CYCLES, table_name

PEOPLE = 120
Tables = dict[str, pd.DataFrame]


def write_xpt(frame: pd.DataFrame, path: Path, *, version: int = 5) -> None:
    pyreadstat.write_xport(frame, path, table_name="T", file_format_version=version)


def invented(name: str, *, first: int = 1) -> Tables:
    """Tables of a cycle by stem: 120 people with every answer, refusals among them."""
    cycle = CYCLES[name]
    rng = np.random.default_rng(first)
    n = PEOPLE

    def some(*codes: float) -> "np.ndarray[Any, Any]":
        return rng.choice([float(code) for code in codes], n)

    seqn = np.arange(first, first + n, dtype=float)
    asian = cycle.first_year >= 2011
    weight = "PRP" if name == "prepandemic" else "2YR"
    demo = {
        "SEQN": seqn,
        "SDDSRVYR": np.full(n, float(cycle.release)),
        "RIDAGEYR": np.tile([10.0, 19, 20, 45, 80, 85 if cycle.first_year < 2007 else 80], n // 6),
        "RIAGENDR": some(1, 2),
        "RIDRETH1": some(1, 2, 3, 4, 5),
        **({"RIDRETH3": some(1, 2, 3, 4, 6, 7)} if asian else {}),
        "DMDEDUC2": some(1, 2, 3, 4, 5, 7, 9, np.nan),
        "INDFMPIR": some(0, 1.25, 5, np.nan),
        **{f"WT{kind}{weight}": some(1000, 3000, 0) for kind in ("INT", "MEC")},
        **({"WTMEC4YR": some(700, 0)} if cycle.first_year < 2003 else {}),
        "SDMVSTRA": some(1, 2),
        "SDMVPSU": some(1, 2),
    }
    hdl = {1999: "LBDHDL", 2001: "LBDHDL", 2003: "LBXHDD"}.get(cycle.first_year, "LBDHDD")
    fasting = seqn[::2]
    tables = {
        "DEMO": demo,
        "BMX": {"SEQN": seqn, "BMXBMI": rng.normal(28, 5, n), "BMXWAIST": rng.normal(98, 9, n)},
        "TCHOL": {"SEQN": seqn, "LBXTC": rng.normal(200, 30, n).round()},
        "HDL": {"SEQN": seqn, hdl: rng.normal(53, 9, n).round()},
        "GLU": {
            "SEQN": fasting,
            "LBXGLU": rng.normal(100, 9, n // 2).round(),
            f"WTSAF{weight}": np.full(n // 2, 5000.0),
        },
        "INS": {"SEQN": fasting, "LBXIN": rng.normal(10, 1, n // 2).round(2)},
        "MCQ": {
            "SEQN": seqn,
            # As the CDC spells them since 2011.
            ("MCQ160e" if asian else "MCQ160E"): some(1, 1, 2, 2, 2, 2, 2, 7, 9),
            ("MCQ160f" if asian else "MCQ160F"): some(2, 2, 1),
        },
        "SMQ": {
            "SEQN": seqn,
            "SMQ020": np.resize([1.0, 1, 1, 2, 7, 9, np.nan], n),
            "SMQ040": np.resize([1.0, 2, 3, np.nan, np.nan, np.nan, np.nan], n),
        },
        "DIQ": {"SEQN": seqn, "DIQ010": some(1, 2, 3, 7, 9)},
        "BPX": {
            "SEQN": seqn,
            "BPXSY1": np.resize([120.0, np.nan], n),
            "BPXSY2": np.resize([125.0, 131], n),
            "BPXDI1": np.resize([80.0, 0], n),
            "BPXDI2": np.resize([75.0, 0], n),
        },
        "BPXO": {"SEQN": seqn, "BPXOSY1": np.full(n, 118.0), "BPXODI1": np.full(n, 71.0)},
    }
    return {stem: pd.DataFrame(columns) for stem, columns in tables.items()}


@pytest.fixture
def write_cycle(tmp_path: Path) -> Callable[..., Path]:
    """Writes an invented cycle into a folder; ``change`` maps a stem to what becomes of its rows.

    Tables of one file (LAB13 holds total cholesterol and HDL) are joined.
    """

    def write(name: str, *, first: int = 1, change: dict[str, Any] | None = None) -> Path:
        folder = tmp_path / "cdc"
        folder.mkdir(exist_ok=True)
        files: Tables = {}
        for stem, rows in invented(name, first=first).items():
            rows = (change or {}).get(stem, lambda same: same)(rows)
            if (file := table_name(stem, CYCLES[name])) is not None:
                files[file] = files[file].merge(rows, on="SEQN") if file in files else rows
        for file, rows in files.items():
            write_xpt(rows, folder / f"{file}.XPT")
        return folder

    return write
