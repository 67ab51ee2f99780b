"""Tables of several kinds, and the attacks on them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import METRICS
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.evaluate import measure_metric, prepare_metric
from synthcraft.records import Measure

Found = dict[tuple[str, str, str, str], Measure]
NUMERIC = tuple(Column(name, "numeric", decimals=2) for name in "abc")
BINARY = tuple(Column(name, "categorical", ("0", "1")) for name in "defgh")


def draw(kind: str, n: int, rng: np.random.Generator) -> Table:
    """Rows of five uneven binary columns, of three normal ones, or of both."""
    numbers = pd.DataFrame(rng.normal(size=(n, 3)).round(2), columns=list("abc"))
    shares = (0.5, 0.3, 0.1, 0.05, 0.5)
    flags = {c.name: rng.random(n) < p for c, p in zip(BINARY, shares, strict=True)}
    flags["e"] ^= flags["d"] & (rng.random(n) < 0.7)
    levels = pd.DataFrame(flags).astype(int).astype(str)
    columns = {"binary": BINARY, "numeric": NUMERIC, "mixed": NUMERIC + BINARY}[kind]
    frame = pd.concat([numbers, levels], axis=1)[[c.name for c in columns]]
    return Table(conform(frame, columns), columns, "regression", columns[0].name)


def attacked(
    name: str, train: Table, holdout: Table, frame: pd.DataFrame, seed: int = 0, **params: object
) -> Found:
    """The measures of one metric by (name, model, column, role)."""
    real = Real(train, holdout, len(frame), seed)
    prepared = prepare_metric(METRICS.get(name), params, real)
    found = measure_metric(prepared, Synthetic(real, train.with_frame(frame), seed))
    return {(m.metric, m.model, m.column, m.role): m for m in found}


@pytest.fixture(scope="session")
def attack() -> Callable[..., Found]:
    """``attack(metric, train, holdout, synthetic_frame, seed, **params)``."""
    return attacked
