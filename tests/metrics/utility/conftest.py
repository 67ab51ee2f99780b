"""Survival tables whose hazards are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform

COLUMNS = (
    *(Column(name, "numeric") for name in ("x", "z", "u", "v")),
    Column("arm", "categorical", ("a", "b")),
    Column("died", "categorical", ("no", "yes")),
    Column("days", "numeric"),
)


def draw_survival(n: int, seed: int, censoring: float = 0.5) -> Table:
    """Exponential times of hazard exp(x + 0.5 · [arm = b]), censored at rate ``censoring``."""
    rng = np.random.default_rng([seed, n])
    numbers = {name: rng.normal(size=n) for name in ("x", "z", "u", "v")}
    arm = rng.choice(["a", "b"], n)
    died = rng.exponential(np.exp(-numbers["x"] - 0.5 * (arm == "b")))
    left = rng.exponential(1 / censoring, n)
    frame = pd.DataFrame(
        {
            **numbers,
            "arm": arm,
            "died": np.where(died <= left, "yes", "no"),
            "days": np.minimum(died, left),
        }
    )
    return Table(conform(frame, COLUMNS), COLUMNS, "survival", "died", "yes", time="days")


@pytest.fixture(scope="session")
def survival() -> Callable[..., Table]:
    """``survival(n, seed, censoring=0.5)``: a table of n rows."""
    return draw_survival
