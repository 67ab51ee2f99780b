"""Reference generators: known ends of every scale, without any learning.

Noise is the worst a generator can do, independent marginals ignore all relations, train copies
reproduce everything and protect nobody, fresh real rows are as good as data get.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from synthcraft.catalogue import NoParams
from synthcraft.data.table import Column, Table, conform
from synthcraft.generators.fitted import MemoryOnly


@dataclass(frozen=True)
class TrainCopy:
    """A memoriser: its synthetic rows are train rows.

    Fidelity and utility are at their best and privacy at its worst; a privacy metric that does
    not see that is broken.
    """

    params: NoParams = field(default_factory=NoParams)
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "FittedTrainCopy":  # noqa: ARG002
        """Remember the train rows."""
        return FittedTrainCopy(conform(train.frame, train.columns))


@dataclass(frozen=True)
class FittedTrainCopy(MemoryOnly):
    """The train rows, to be handed out again."""

    rows: pd.DataFrame

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """Train rows in random order, each once before any of them twice."""
        rng = np.random.default_rng(seed)
        rounds = -(-n // len(self.rows))
        order = np.concatenate([rng.permutation(len(self.rows)) for _ in range(rounds)])
        return self.rows.iloc[order[:n]].reset_index(drop=True)


@dataclass(frozen=True)
class Marginals:
    """Every column drawn on its own from its train values, missing ones included.

    Marginal fidelity is at its best, every relation between columns is gone.
    """

    params: NoParams = field(default_factory=NoParams)
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "FittedMarginals":  # noqa: ARG002
        """Remember the train columns."""
        return FittedMarginals(conform(train.frame, train.columns))


@dataclass(frozen=True)
class FittedMarginals(MemoryOnly):
    """The train columns, to be drawn from independently."""

    rows: pd.DataFrame

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """Rows whose values are independent draws with replacement from each train column."""
        rng = np.random.default_rng(seed)
        drawn = {
            name: values.iloc[rng.integers(len(values), size=n)].reset_index(drop=True)
            for name, values in self.rows.items()
        }
        return pd.DataFrame(drawn, columns=self.rows.columns)


@dataclass(frozen=True)
class Noise:
    """Uniform draws over each column's range or levels, at each column's missing rate."""

    params: NoParams = field(default_factory=NoParams)
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> "FittedNoise":  # noqa: ARG002
        """Remember each column's range, levels and missing rate, and no row."""
        frame = conform(train.frame, train.columns)
        return FittedNoise(tuple(_spread(frame[c.name], c) for c in train.columns), train.columns)


@dataclass(frozen=True)
class Spread:
    """What noise knows of a column: its values if categorical, else its range."""

    levels: tuple[str, ...]
    low: float
    high: float
    missing: float

    def draw(self, n: int, rng: np.random.Generator) -> Any:
        """``n`` uniform values, some of them missing."""
        absent = rng.random(n) < self.missing
        if self.levels:
            codes = rng.integers(len(self.levels), size=n)
            drawn = np.array(self.levels, dtype=object)[codes]
            drawn[absent] = None
            return drawn
        return np.where(absent, np.nan, rng.uniform(self.low, self.high, n))


@dataclass(frozen=True)
class FittedNoise(MemoryOnly):
    """Ranges and levels to draw from."""

    spreads: tuple[Spread, ...]
    columns: tuple[Column, ...]

    def sample(self, n: int, *, seed: int) -> pd.DataFrame:
        """Rows of independent uniform values."""
        rng = np.random.default_rng(seed)
        drawn = {c.name: s.draw(n, rng) for c, s in zip(self.columns, self.spreads, strict=True)}
        return conform(pd.DataFrame(drawn), self.columns)


def _spread(values: pd.Series, column: Column) -> Spread:
    missing = float(values.isna().mean())
    if not column.numeric:
        seen = tuple(values.cat.remove_unused_categories().cat.categories)
        return Spread(seen or ("",), 0.0, 0.0, missing)
    if missing == 1:
        return Spread((), 0.0, 0.0, missing)
    return Spread((), float(values.min()), float(values.max()), missing)


@dataclass(frozen=True)
class FreshReal:
    """A place for real rows that no generator saw; the engine hands out halves of the holdout."""

    params: NoParams = field(default_factory=NoParams)
    device: str = "cpu"

    def fit(self, train: Table, *, seed: int) -> NoReturn:  # noqa: ARG002
        """Never: a generator sees train rows only, and these rows come from the holdout."""
        raise TypeError(
            "fresh_real cannot be fitted: it stands for holdout rows, which the engine hands out "
            "and which no generator may see. Run it through an experiment, as reference generator."
        )
