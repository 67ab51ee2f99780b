"""Tables whose rows are drawn from known distributions, and their privacy measures."""

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

SUITE = (
    *("exact_match", "dcr", "dcr_share", "nndr", "authenticity", "identifiability"),
    *("mia_distance", "mia_domias", "record_risk"),
)
NUMERIC = tuple(Column(name, "numeric") for name in "abc")
BINARY = tuple(Column(name, "categorical", ("0", "1")) for name in "defgh")


def draw(kind: str, n: int, rng: np.random.Generator) -> Table:
    """Rows of five uneven binary columns, of three normal ones, or of both."""
    numbers = pd.DataFrame(rng.normal(size=(n, 3)).round(2), columns=list("abc"))
    shares = (0.5, 0.3, 0.1, 0.05, 0.5)
    flags = {c.name: rng.random(n) < p for c, p in zip(BINARY, shares, strict=True)}
    levels = pd.DataFrame(flags).astype(int).astype(str)
    columns = {"binary": BINARY, "numeric": NUMERIC, "mixed": NUMERIC + BINARY}[kind]
    frame = pd.concat([numbers, levels], axis=1)[[c.name for c in columns]]
    return Table(conform(frame, columns), columns, "regression", columns[0].name)


def line(values: np.ndarray) -> Table:
    """A table of a single numeric column."""
    columns = (Column("x", "numeric"),)
    return Table(pd.DataFrame({"x": values.astype(float)}), columns, "regression", "x")


def measured(
    train: Table,
    holdout: Table,
    frame: pd.DataFrame,
    *metrics: str,
    seed: int = 0,
) -> dict[tuple[str, str], Measure]:
    """Measures of the whole table by metric and role, of these plug-ins or of all."""
    chosen = {name: MetricSpec(plugin=name) for name in metrics or SUITE}
    real = prepare(train, holdout, chosen, n_synthetic=len(frame), seed=seed)
    found = evaluate(real, frame, seed=seed)
    return {(m.metric, m.role): m for m in found if not m.group}
