"""Synthetic rows that were made elsewhere, handed out as they are."""

from dataclasses import dataclass

import pandas as pd

from synthcraft.data.given import file_hash, read_rows, under_columns
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.generators.fitted import MemoryOnly
from synthcraft.generators.params import GivenParams


@dataclass(frozen=True)
class File:
    """Files of synthetic rows; nothing is learnt, and no seed changes anything."""

    params: GivenParams
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "FittedFile":  # noqa: ARG002
        """Read the files under the train table's columns.

        Raises
        ------
        DataError
            when one cannot be read, does not fit the columns, or has changed since its ``sha256``
            was taken.
        """
        check_unchanged(self.params)
        return FittedFile(
            tuple(
                under_columns(
                    read_rows(path, self.params, self.params.missing_codes),
                    train.columns,
                    path=path,
                )
                for path in self.params.paths
            )
        )


@dataclass(frozen=True)
class FittedFile(MemoryOnly):
    """The files' rows (generators/base, Given)."""

    tables: tuple[pd.DataFrame, ...]


def check_unchanged(params: GivenParams) -> None:
    """Nothing, where every file has the content that its ``sha256`` tells.

    Raises
    ------
    DataError
        with every file that has another, and when there are not as many hashes as files.
    """
    if not params.sha256:
        return
    if len(params.sha256) != len(params.paths):
        message = f"{len(params.sha256)} sha256 for {len(params.paths)} files"
        raise DataError([Problem("sha256", message, "Give one for each, or none.")])
    changed = [
        p for p, told in zip(params.paths, params.sha256, strict=True) if file_hash(p) != told
    ]
    if changed:
        hint = "Judge it as a new experiment (evaluate), or bring the old file back."
        raise DataError(Problem(p, "has changed since the spec was written", hint) for p in changed)
