"""Generators whose distribution is known, or that fail as told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import GeneratorCard, NoParams, Params
from synthcraft.data.table import Table
from tests.augment.tables import RACES

SHARES = (0.8, 0.15, 0.05)
ILL = (0.2, 0.5, 0.8)
FITTED: list[Table] = []
"""The train tables of all fits since a test has emptied it."""
ASKED: list[int] = []
"""The sizes of all samples since then."""
SEEDS: list[int] = []
"""And their seeds."""


@dataclass(frozen=True)
class Known:
    """Knows by heart how people are: shares of races, and of the ill among each."""

    params: Params = field(default_factory=NoParams)
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "Known":
        FITTED.append(train)
        return self

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        ASKED.append(n)
        SEEDS.append(seed)
        rng = np.random.default_rng(seed)
        race = rng.choice(3, n, p=SHARES)
        return pd.DataFrame(
            {
                "race": np.array(RACES)[race],
                "sex": rng.choice(["f", "m"], n),
                "age": rng.integers(20, 80, n).astype(float),
                "bmi": np.where(rng.random(n) < 0.1, np.nan, rng.normal(27, 4, n)),
                "ill": np.where(rng.random(n) < np.array(ILL)[race], "yes", "no"),
            }
        )


@dataclass(frozen=True)
class Regular(Known):
    """Of all rows since ``ASKED`` was emptied the first is Asian, and every tenth after it."""

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        place = sum(ASKED) + np.arange(n)
        return super().sample(n, seed=seed).assign(race=np.where(place % 10, "white", "asian"))


@dataclass(frozen=True)
class Asked(Known):
    """The same, and it can be asked for rows of a race."""

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        made = self.sample(200 * n + 200, seed=seed)
        return made[(made[list(where)] == pd.Series(where)).all(axis=1)].head(n)


@dataclass(frozen=True)
class Liar(Known):
    """Takes a condition and does not keep it (PITFALLS G-8)."""

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        return self.sample(n, seed=seed)


@dataclass(frozen=True)
class Choosy(Known):
    """Cannot learn from few rows."""

    def fit(self, train: Table, *, seed: int) -> "Choosy":
        super().fit(train, seed=seed)
        if len(train) < 150:
            raise ValueError(
                f"too few rows of 'asian' to learn from, such as {train.frame.iloc[0]}"
            )
        return self


def card(generator: type[Any], *, conditional: bool = False) -> GeneratorCard:
    return GeneratorCard(
        name=generator.__name__.lower(),
        family="fake",
        summary="For tests.",
        implementation=f"{__name__}:{generator.__name__}",
        conditional=conditional,
    )
