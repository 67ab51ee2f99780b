"""What a metric is, and what it may look at: the real side of a split and a synthetic table.

A metric plug-in is a class that is called with its typed parameters (keyword ``params``)::

    class Mine:
        def __init__(self, *, params: MyParams) -> None: ...
        def prepare(self, real: Real) -> Any: ...
        def measure(self, real: Real, prepared: Any, synthetic: Synthetic) -> Iterable[Measure]: ...

``prepare`` computes what depends on real rows only, once per split; its result travels to every
trial through a pipe, so it must be picklable and modest in size (arrays, numbers; no fitted
models). ``measure`` must be pure: the same inputs give the same measures; random numbers come from
``real.stream(purpose)`` or ``synthetic.stream(purpose)``. A metric that cannot be computed raises:
the caller turns the exception into a row. One that does not apply raises ``NotApplicable``.
Several tables of one fit are averaged, measure by measure, unless the class has its own rule
``combine(draws: Sequence[Sequence[Measure]]) -> Sequence[Measure]``. What a figure needs beside
measures, a class may tell with ``picture(prepared, synthetic) -> dict``: plain JSON, in which
no real cell under 10 stands or follows from others; where it raises, measures stay as they are.

What several metrics need is a cached property here. One that depends on real rows only belongs to
``Real`` and must be touched in ``prepare``, or else every trial computes it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import pandas as pd

from synthcraft.data.reduce import Reduction
from synthcraft.data.table import Table
from synthcraft.errors import SynthCraftError
from synthcraft.metrics.encode import Encoder, Floats, Ints, fit_encoder
from synthcraft.metrics.neighbours import Neighbours, Points, nearest
from synthcraft.records import Measure

TARGETS = 2000  # attacked rows of each side at most: an AUC then has a standard error of 0.009
DRAWS = 5  # common-size draws over which size-dependent metrics are averaged, at most
DRAWN_ROWS = 10_000  # rows that draws hold together: more draws of large tables gain little
MAX_COMMON = 50_000  # the common size of larger tables; a measure's n shows it
MIN_ROWS = 10


class NotApplicable(SynthCraftError):
    """Raised by a metric that has nothing to measure on these data; the message says why."""


@dataclass(frozen=True, eq=False)
class Real:
    """The real side of one split: train rows (what generators saw) and holdout rows (unseen).

    ``n_synthetic`` is the planned number of synthetic rows; ``seed`` feeds every random stream;
    ``device`` is where distances are computed ("cpu", or a torch device). Where no rows were held
    out, train rows stand in for them and ``has_holdout`` is False: what a metric says of them is
    not told.
    """

    train: Table
    holdout: Table
    n_synthetic: int
    seed: int
    device: str = "cpu"
    has_holdout: bool = True

    def stream(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for each purpose, the same for all arms of the split."""
        return _stream(self.seed, purpose)

    def __getstate__(self) -> dict[str, Any]:
        """All but the fitted models, which stay where they were fitted."""
        return {name: value for name, value in self.__dict__.items() if name != "models"}

    @cached_property
    def models(self) -> dict[Any, Any]:
        """Models trained on real rows and their predictions, kept by utility/trained."""
        return {}

    @cached_property
    def encoder(self) -> Encoder:
        """Fitted on the train rows; it can tell the holdout's levels apart."""
        return fit_encoder(self.train, self.holdout)

    @cached_property
    def train_points(self) -> Points:
        """Distinct encoded train rows."""
        return Points.of(self.encoder.points(self.train.frame))

    @cached_property
    def holdout_rows(self) -> Floats:
        """Encoded holdout rows, in their order."""
        return self.encoder.points(self.holdout.frame)

    @cached_property
    def holdout_codes(self) -> Floats:
        """Holdout rows as trees take them, in their order."""
        return self.encoder.codes(self.holdout.frame)

    @cached_property
    def holdout_points(self) -> Points:
        """Distinct encoded holdout rows."""
        return Points.of(self.holdout_rows)

    @cached_property
    def holdout_to_train(self) -> Neighbours:
        """Nearest distinct train rows of each holdout row: how near fresh real rows come."""
        return nearest(self.holdout_rows, self.train_points, device=self.device)

    def n_common(self, n_synthetic: int) -> int:
        """The size at which whatever depends on sample size is compared."""
        return min(n_synthetic, len(self.train), len(self.holdout), MAX_COMMON)

    def samples(self, n_synthetic: int) -> tuple[Ints, ...]:
        """Row positions of the holdout at the common size: a single sample where it is whole.

        The same for every synthetic table of that size.
        """
        n, rows = self.n_common(n_synthetic), len(self.holdout)
        stream = self.stream("draws")
        number = 1 if n == rows else _draws(n)
        return tuple(choose(stream, rows, n) for _ in range(number))

    @cached_property
    def train_to_train(self) -> Floats:
        """Distance from each distinct train row to the nearest other one; 0 where it is repeated.

        In the order of ``train_points``.
        """
        points = self.train_points
        if len(points.distinct) < 2:
            return np.where(points.counts > 1, 0.0, np.inf)
        others = nearest(points.distinct, points, device=self.device).distance[:, 1]
        return np.where(points.counts > 1, 0.0, others)

    @cached_property
    def attacked(self) -> "Attacked":
        """The rows that membership attacks are tried on: equal numbers, at most 2,000 of each."""
        sizes = len(self.train), len(self.holdout)
        n, stream = min(*sizes, TARGETS), self.stream("attacked")
        train, holdout = (choose(stream, rows, n) for rows in sizes)
        members = self.encoder.points(self.train.frame.iloc[train])
        return Attacked(train, holdout, members, self.holdout_rows[holdout])

    @cached_property
    def train_hashes(self) -> Any:
        """64-bit hashes of the distinct decoded train rows, sorted."""
        return np.unique(hash_rows(self.train.frame))


@dataclass(frozen=True, eq=False)
class Attacked:
    """Members (train rows) and non-members (holdout rows), equally many: positions, coordinates."""

    train: Ints
    holdout: Ints
    members: Floats
    others: Floats

    def persons(self, real: Real) -> tuple[Any, Any]:
        """The person of each attacked row of train and of holdout; None where none is declared."""
        sides = ((real.train, self.train), (real.holdout, self.holdout))
        train, holdout = (
            None if table.groups is None else table.groups[rows] for table, rows in sides
        )
        return train, holdout


@dataclass(frozen=True)
class Draw:
    """Row positions of one comparison at the common size."""

    synthetic: Ints
    holdout: Ints


@dataclass(frozen=True, eq=False)
class Synthetic:
    """A synthetic table beside the real side it is judged against.

    ``reduction`` is the one that its generator worked behind, if any.
    """

    real: Real
    table: Table
    seed: int
    reduction: Reduction | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def frame(self) -> pd.DataFrame:
        """The synthetic rows in canonical form."""
        return self.table.frame

    def stream(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for each purpose."""
        return _stream(self.seed, purpose)

    @cached_property
    def models(self) -> dict[Any, Any]:
        """Models trained on these rows and their predictions, kept by utility/trained."""
        return {}

    @property
    def n_common(self) -> int:
        """The size at which whatever depends on sample size is compared."""
        return self.real.n_common(len(self))

    @cached_property
    def draws(self) -> tuple[Draw, ...]:
        """Row positions of the draws at the common size; a single one when nothing is left out.

        Five, or as many as hold 10 000 rows. Draw i takes the holdout's sample i, or its only one.
        """
        n, samples = self.n_common, self.real.samples(len(self))
        number = 1 if n == len(self) == len(self.real.holdout) else _draws(n)
        stream = self.stream("draws")
        return tuple(
            Draw(choose(stream, len(self), n), samples[i % len(samples)]) for i in range(number)
        )

    @cached_property
    def codes(self) -> Floats:
        """Synthetic rows as trees take them."""
        return self.real.encoder.codes(self.frame)

    @cached_property
    def points(self) -> Floats:
        """Encoded synthetic rows."""
        return self.real.encoder.points(self.frame)

    @cached_property
    def to_train(self) -> Neighbours:
        """Nearest distinct train rows of each synthetic row."""
        return nearest(self.points, self.real.train_points, device=self.real.device)

    @cached_property
    def to_holdout(self) -> Neighbours:
        """Nearest distinct holdout rows of each synthetic row."""
        return nearest(self.points, self.real.holdout_points, device=self.real.device)

    @cached_property
    def own_points(self) -> Points:
        """Distinct encoded synthetic rows."""
        return Points.of(self.points)

    @cached_property
    def train_to_synthetic(self) -> Floats:
        """Distance from each attacked train row to the nearest synthetic row."""
        return self._from(self.real.attacked.members)

    @cached_property
    def holdout_to_synthetic(self) -> Floats:
        """Distance from each attacked holdout row to the nearest synthetic row."""
        return self._from(self.real.attacked.others)

    def _from(self, rows: Floats) -> Floats:
        return nearest(rows, self.own_points, device=self.real.device).distance[:, 0]


class Metric(Protocol):
    """A plug-in of one or several measures; see the module's text for the contract."""

    def prepare(self, real: Real, /) -> Any:
        """What depends on real rows only: picklable and modest in size."""
        ...

    def measure(self, real: Real, prepared: Any, synthetic: Synthetic, /) -> Iterable[Measure]:
        """The measures of one synthetic table."""
        ...


def hash_rows(frame: pd.DataFrame) -> Any:
    """A 64-bit hash per row, by value: equal rows have equal hashes whatever their index.

    >>> zero, same, other = hash_rows(pd.DataFrame({"a": [0.0, -0.0, 1.0]}))
    >>> bool(zero == same), bool(zero == other)
    (True, False)
    """
    # Adding zero makes -0.0 and 0.0 the same value.
    same = frame.copy(deep=False)
    for name in frame.select_dtypes("number").columns:
        same[name] = frame[name] + 0.0
    return pd.util.hash_pandas_object(same, index=False).to_numpy()


def _stream(seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode())]))


def _draws(n: int) -> int:
    return max(1, min(DRAWS, DRAWN_ROWS // n))


def choose(stream: np.random.Generator, rows: int, n: int) -> Ints:
    """Positions of ``n`` of so many rows (or columns), in order; all where there are fewer.

    >>> choose(np.random.default_rng(0), 5, 2).tolist(), choose(np.random.default_rng(0), 2, 5)
    ([3, 4], array([0, 1]))
    """
    if n >= rows:
        return np.arange(rows)
    return np.sort(stream.choice(rows, n, replace=False))
