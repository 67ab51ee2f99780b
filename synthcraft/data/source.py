"""What a dataset plug-in hands over: raw rows with what it knows about them."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.errors import DataError, Problem
from synthcraft.ids import Purpose, seed_for
from synthcraft.spec.types import ColumnSpec


@dataclass(frozen=True)
class Source:
    """Rows as they were found, and what their source says about them.

    ``columns`` are meanings that the source declares; ``defaults`` are dataset-spec fields that
    depend on the parameters (they win over the card's). ``truth`` is what is known of how the data
    were made; ``notes`` are sentences for the reader, free of row-level values. ``held_out`` marks
    the rows that no generator has seen, where that is not for us to decide.
    """

    frame: pd.DataFrame
    columns: dict[str, ColumnSpec] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    held_out: np.ndarray[Any, np.dtype[np.bool_]] | None = None


def unusable(message: str, hint: str, *, at: str = "path") -> DataError:
    """Why a source cannot be used, at the parameter that is to blame.

    >>> str(unusable("a.csv is empty", "Export it again."))
    'dataset.params.path: a.csv is empty. Export it again.'
    """
    return DataError([Problem(f"dataset.params.{at}", message, hint)])


def subsample(source: Source, rows: int | None, *, seed: int) -> Source:
    """The source with a random ``rows`` of its rows in their old order, and a note that says so.

    >>> full = Source(pd.DataFrame({"x": range(100)}))
    >>> part = subsample(full, 60, seed=0)
    >>> len(part.frame), part.notes
    (60, ('A random 60 of 100 rows are used (dataset.params.sample).',))
    >>> subsample(full, None, seed=0) is full
    True
    """
    total = len(source.frame)
    if rows is None or rows >= total:
        return source
    rng = np.random.default_rng(seed_for(seed, 0, 0, Purpose.SUBSAMPLE))
    chosen = np.sort(rng.choice(total, size=rows, replace=False))
    note = f"A random {rows:,} of {total:,} rows are used (dataset.params.sample)."
    return replace(
        source,
        frame=source.frame.iloc[chosen].reset_index(drop=True),
        held_out=None if source.held_out is None else source.held_out[chosen],
        notes=(*source.notes, note),
    )
