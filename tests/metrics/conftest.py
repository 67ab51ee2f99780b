"""Tables of known structure and the reference generators, as functions of a seed."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform

COLUMNS = (
    Column("age", "numeric", decimals=0),
    Column("bmi (kg/m²)", "numeric", decimals=1),
    Column("sbp", "numeric", decimals=0),
    Column("sex", "categorical", ("f", "m")),
    Column("ethnicity", "categorical", ("a", "b=c & d", "rare")),
    Column("smoker", "categorical", ("no", "yes")),
    Column("event", "categorical", ("no", "yes")),
)


def draw_cohort(n: int, seed: int) -> Table:
    """People whose columns depend on each other strongly, with values missing in two columns."""
    rng = np.random.default_rng([seed, n])
    age = rng.uniform(20, 80, n)
    sex = rng.choice(["f", "m"], n)
    bmi = 22 + age / 10 + rng.normal(0, 2, n)
    sbp = 70 + age * 0.6 + bmi + rng.normal(0, 6, n)
    smoker = np.where(rng.random(n) < np.where(sex == "m", 0.6, 0.1), "yes", "no")
    chance = 1 / (1 + np.exp(-(age - 55) / 6 - np.where(smoker == "yes", 1.5, -1)))
    frame = pd.DataFrame(
        {
            "age": age,
            "bmi (kg/m²)": np.where(rng.random(n) < 0.1, np.nan, bmi),
            "sbp": sbp,
            "sex": sex,
            "ethnicity": rng.choice(["a", "b=c & d", "rare"], n, p=[0.6, 0.37, 0.03]),
            "smoker": np.where(rng.random(n) < 0.05, None, smoker),
            "event": np.where(rng.random(n) < chance, "yes", "no"),
        }
    )
    return Table(
        conform(frame, COLUMNS), COLUMNS, "classification", "event", "yes", sensitive=("ethnicity",)
    )


@pytest.fixture(scope="session")
def cohort() -> Callable[[int, int], Table]:
    """``cohort(n, seed)``: a table of n rows."""
    return draw_cohort


def marginals(train: Table, seed: int) -> pd.DataFrame:
    """Each column resampled on its own."""
    rng = np.random.default_rng(seed)
    frame = train.frame
    return pd.DataFrame({c: frame[c].to_numpy()[rng.permutation(len(frame))] for c in frame})


def noise(train: Table, seed: int) -> pd.DataFrame:
    """Uniform over the observed range or levels, with each column's missing rate."""
    rng = np.random.default_rng(seed)
    out = {}
    for column in train.columns:
        values = train.frame[column.name]
        made = (
            rng.uniform(values.min(), values.max(), len(values))
            if column.numeric
            else rng.choice(values.dropna().unique().astype(object), len(values))
        )
        out[column.name] = pd.Series(made).where(rng.random(len(values)) >= values.isna().mean())
    return pd.DataFrame(out)


def half_copied(train: Table, fresh: pd.DataFrame) -> pd.DataFrame:
    """Half of the rows from train, the others fresh."""
    half = len(train) // 2
    both = [train.frame.iloc[:half].astype(object), fresh.iloc[: len(train) - half].astype(object)]
    return pd.concat(both, ignore_index=True)


@pytest.fixture(scope="session")
def ladder() -> Callable[[Table, pd.DataFrame, int], dict[str, pd.DataFrame]]:
    """``ladder(train, fresh, seed)``: the reference generators' tables, by name."""

    def made(train: Table, fresh: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
        return {
            "train_copy": train.frame,
            "half_copied": half_copied(train, fresh),
            "fresh_real": fresh,
            "marginals": marginals(train, seed),
            "noise": noise(train, seed),
        }

    return made
