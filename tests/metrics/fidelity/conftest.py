"""Small tables and the measures of one synthetic table."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

Found = dict[tuple[str, str], Measure]


@pytest.fixture(scope="session")
def measured() -> Callable[..., Found]:
    """``measured(train, holdout, frame, *names)``: measures by name and column."""

    def measure(train: Table, holdout: Table, frame: pd.DataFrame, *names: str) -> Found:
        specs = {name: MetricSpec(plugin=name) for name in names}
        real = prepare(train, holdout, specs, n_synthetic=len(frame), seed=0)
        return {(m.metric, m.column): m for m in evaluate(real, frame, seed=1)}

    return measure


@pytest.fixture(scope="session")
def numbers() -> Callable[..., Table]:
    """``numbers(values, labels)``: a numeric column x and a categorical y (alternating)."""

    def make(values: np.ndarray, labels: Sequence[str] | None = None) -> Table:
        columns = (Column("x", "numeric"), Column("y", "categorical", ("no", "yes")))
        shown = labels or ["no", "yes"] * (len(values) // 2)
        frame = pd.DataFrame({"x": values, "y": shown})
        return Table(conform(frame, columns), columns, "classification", "y")

    return make


@pytest.fixture(scope="session")
def plain() -> Callable[[np.ndarray], Table]:
    """``plain(matrix)``: numeric columns a, b, c, …"""

    def make(matrix: np.ndarray) -> Table:
        names = [f"v{k}" for k in range(matrix.shape[1])]
        columns = tuple(Column(name, "numeric") for name in names)
        return Table(pd.DataFrame(matrix, columns=names), columns, "regression", "v0")

    return make
