"""Small tables on which every generator is tried."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform

SITES = tuple(f"site {i}" for i in range(14))


@pytest.fixture(scope="session")
def mixed() -> Table:
    """A clinic-like table with awkward names, missing values, and types that invite guessing."""
    return mixed_table(240)


def mixed_table(n: int) -> Table:
    """``n`` rows: integers, decimals, few-valued numbers, many-levelled and constant categories."""
    rng = np.random.default_rng(0)
    age = rng.integers(20, 81, n).astype(float)
    sick = rng.random(n) < 0.1 + 0.3 * (age > 60)
    bmi = np.round(rng.normal(27, 4, n), 1)
    frame = pd.DataFrame(
        {
            "age (years)": age,
            "index": np.where(rng.random(n) < 0.2, np.nan, bmi),
            "children": rng.integers(0, 4, n).astype(float),
            "weight / kg": rng.normal(75, 12, n),
            "5": np.full(n, 5.0),
            "sex": rng.choice(["f", "m"], n),
            "site": rng.choice(SITES, n),
            "smoking": np.where(rng.random(n) < 0.15, None, rng.choice(["never", "now"], n)),
            "cohort": ["a"] * n,
            "ill": np.where(sick, "yes", "no"),
        }
    )
    columns = (
        Column("age (years)", "numeric", low=18, high=80, decimals=0),
        Column("index", "numeric", decimals=1),
        Column("children", "numeric", decimals=0),
        Column("weight / kg", "numeric"),
        Column("5", "numeric", decimals=0),
        Column("sex", "categorical", ("f", "m")),
        Column("site", "categorical", SITES),
        Column("smoking", "categorical", ("never", "now", "used to")),
        Column("cohort", "categorical", ("a", "b")),
        Column("ill", "categorical", ("no", "yes")),
    )
    return Table(conform(frame, columns), columns, "classification", "ill", positive="yes")


@pytest.fixture(scope="session")
def breast_cancer() -> Table:
    """Survival of 200 women with breast cancer (GBSG-2)."""
    lifelines = pytest.importorskip("lifelines.datasets")
    frame = lifelines.load_gbsg2().sample(200, random_state=0)
    levels = {"horTh": ("no", "yes"), "menostat": ("Pre", "Post"), "tgrade": ("I", "II", "III")}
    columns = tuple(
        Column(name, "categorical", {**levels, "cens": ("0", "1")}[name])
        if name in levels or name == "cens"
        else Column(name, "numeric", decimals=0)
        for name in frame.columns
    )
    return Table(
        conform(frame.reset_index(drop=True), columns),
        columns,
        "survival",
        "cens",
        positive="1",
        time="time",
    )
