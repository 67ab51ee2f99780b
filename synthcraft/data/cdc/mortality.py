"""Linked mortality of NHANES: who was followed, for how long, and who died."""

from pathlib import Path

import pandas as pd

from synthcraft.errors import DataError, Problem
from synthcraft.spec.types import ColumnSpec

COLUMNS: dict[str, ColumnSpec] = {
    "months": ColumnSpec(
        type="numeric", label="Months from the interview on", unit="months", low=0, high=600,
        decimals=0,
    ),
    "died": ColumnSpec(type="categorical", label="Died", levels=("No", "Yes")),
}  # fmt: skip
NOTE = (
    "Deaths and follow-up are those of the public-use linked mortality files, in months from the "
    "interview on; the CDC has changed the times or causes of some deaths so that nobody can be "
    "recognised. People who could not be linked have neither."
)
# Places in each line, from 0 (NCHS, description of the public-use linked mortality files).
_PLACES = {"SEQN": (0, 14), "ELIGSTAT": (14, 15), "MORTSTAT": (15, 16), "PERMTH_INT": (42, 45)}


def read_mortality(path: Path) -> pd.DataFrame:
    """``months`` and ``died`` (No, Yes) by SEQN; missing for who was not eligible for linkage.

    Raises
    ------
    DataError
        when the file has another layout, or several lines for a person.
    """
    try:
        lines = pd.read_fwf(
            path, colspecs=list(_PLACES.values()), names=list(_PLACES), na_values=["."], dtype=str
        )
        told = lines.apply(pd.to_numeric).astype({"SEQN": "int64"}).set_index("SEQN")
    except (ValueError, UnicodeDecodeError, EOFError, OSError):
        raise _error(path, "is not a public-use linked mortality file") from None
    vital = told["MORTSTAT"].dropna().isin((0, 1))
    if told.empty or not (told["ELIGSTAT"].isin((1, 2, 3)).all() and vital.all()):
        raise _error(path, "is not a public-use linked mortality file")
    if not told.index.is_unique:
        raise _error(path, "has several lines for a person")
    died = told["MORTSTAT"].map({0: "No", 1: "Yes"})
    return pd.DataFrame({"months": told["PERMTH_INT"], "died": died})


def _error(path: Path, message: str) -> DataError:
    hint = "Fetch it again: lines of 48 places, as described by the NCHS."
    return DataError([Problem("dataset.params.mortality", f"{path.name} {message}", hint)])
