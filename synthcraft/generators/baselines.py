"""Reference generators: known ends of every scale, without any learning.

Noise is the worst a generator can do, independent marginals ignore all relations, train copies
reproduce everything and protect nobody, fresh real rows are as good as data get.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from synthcraft.catalogue import NoParams
from synthcraft.data.table import Column, Table, conform
from synthcraft.generators.base import Impossible
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
        return _handed_out(self.rows, n, np.random.default_rng(seed))

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """Train rows of these levels, in the same way; Impossible if there are none."""
        ours = (self.rows[list(where)] == pd.Series(where)).all(axis=1)
        if not ours.any():
            raise Impossible("no train row has these levels together")
        return _handed_out(self.rows[ours], n, np.random.default_rng(seed))


def _handed_out(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    rounds = -(-n // len(rows))
    order = np.concatenate([rng.permutation(len(rows)) for _ in range(max(1, rounds))])
    out: pd.DataFrame = rows.iloc[order[:n]].reset_index(drop=True)
    return out


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

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """The same, of these levels; Impossible where no train row has one of them."""
        if not all((self.rows[name] == level).any() for name, level in where.items()):
            raise Impossible("no train row has one of these levels")
        return _levelled(self.sample(n, seed=seed), where)


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

    def sample_where(self, n: int, where: Mapping[str, str], *, seed: int) -> pd.DataFrame:
        """The same, of these levels; Impossible where no train row has one of them."""
        known = dict(zip((c.name for c in self.columns), self.spreads, strict=True))
        if not all(level in known[name].levels for name, level in where.items()):
            raise Impossible("no train row has one of these levels")
        return _levelled(self.sample(n, seed=seed), where)


def _levelled(rows: pd.DataFrame, where: Mapping[str, str]) -> pd.DataFrame:
    """The rows with these levels instead of those that they have."""
    types = {name: rows[name].dtype for name in where}
    return rows.assign(**where).astype(types)


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
