"""Small tables of people in groups, whose sizes are known."""

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform

RACES = ("white", "black", "asian")


def people(sizes: tuple[int, ...] = (900, 300, 240), *, task: str = "classification") -> Table:
    """So many people of each race; a third of each has the outcome, half of them are women."""
    rng = np.random.default_rng(5)
    n = sum(sizes)
    race = np.repeat(RACES[: len(sizes)], sizes)
    within = np.concatenate([np.arange(size) for size in sizes])
    ill = np.where(within % 3 == 0, "yes", "no")
    frame = pd.DataFrame(
        {
            "race": race,
            "sex": np.where(within % 2 == 0, "f", "m"),
            "age": rng.integers(20, 80, n).astype(float),
            "bmi": np.round(rng.normal(27, 4, n), 1),
            "ill": ill,
        }
    )
    columns = (
        Column("race", "categorical", RACES[: len(sizes)]),
        Column("sex", "categorical", ("f", "m")),
        Column("age", "numeric", decimals=0),
        Column("bmi", "numeric", decimals=1),
        Column("ill", "categorical", ("no", "yes")),
    )
    if task == "regression":
        return Table(conform(frame, columns), columns, "regression", "bmi")
    if task == "survival":
        return Table(
            conform(frame, columns), columns, "survival", "ill", positive="yes", time="age"
        )
    return Table(conform(frame, columns), columns, "classification", "ill", positive="yes")
