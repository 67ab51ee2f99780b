"""Reduction: few components in place of very many columns, for a generator that cannot take them.

The block (columns that play no part, as for a screening) becomes normal scores, whose main
directions or modules are the components. Both are learnt from train rows. On the way back each
column gets the variation that components do not explain, drawn for itself: what columns share
beyond the components is lost, and ``metrics.reduction`` tells how much that is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from synthcraft.data.columns import outward_range
from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError, Problem
from synthcraft.spec.rules import parse_rule
from synthcraft.spec.types import GeneratorSpec, ReduceSpec

Floats = NDArray[np.float64]

MOST_IN_MODULES = 5000  # columns whose distances to each other are held at once: 0.2 GB
_KNOTS = 100
_FEWEST_ROWS = 10


@dataclass(frozen=True, eq=False)
class Scale:
    """A column's way to normal scores and back: quantiles of its train values at fixed scores.

    The outer two are the ends of the column's range, which are no single row's value.
    """

    scores: Floats
    quantiles: Floats

    def forward(self, values: Floats) -> Floats:
        """Normal scores; a value that many rows share has the mean of their scores."""
        known, place = np.unique(self.quantiles, return_inverse=True)
        means = np.bincount(place, self.scores) / np.bincount(place)
        return np.interp(values, known, means)

    def back(self, scores: Floats) -> Floats:
        """Values at these scores, within the column's range."""
        return np.interp(scores, self.scores, self.quantiles)


@dataclass(frozen=True, eq=False)
class Reduction:
    """What train rows tell of a block of columns, to leave it and to come back.

    ``weights`` (columns × components, orthonormal) make components of standardised normal scores;
    ``mean`` and ``sd`` standardise them, ``rest`` is the standard deviation of what components do
    not explain.
    """

    columns: tuple[Column, ...]
    block: tuple[str, ...]
    components: tuple[Column, ...]
    scales: tuple[Scale, ...]
    mean: Floats
    sd: Floats
    weights: Floats
    rest: Floats

    def apply(self, table: Table) -> Table:
        """The table with the components in place of the block, after all other columns."""
        kept = tuple(column for column in self.columns if column.name not in set(self.block))
        names = [column.name for column in self.components]
        made = pd.DataFrame(
            self.standardised(table.frame) @ self.weights, columns=names, index=table.frame.index
        )
        frame = table.frame[[column.name for column in kept]].join(made)
        return replace(table, columns=(*kept, *self.components), frame=frame)

    def restore(self, frame: pd.DataFrame, *, seed: int) -> pd.DataFrame:
        """Rows of the reduced table as rows of the whole one, in canonical form."""
        noise = np.random.default_rng(seed).normal(size=(len(frame), len(self.block)))
        scores = self._explained(frame) + noise * self.rest
        return self._joined(frame, scores)

    def expected(self, frame: pd.DataFrame) -> pd.DataFrame:
        """As ``restore``, without what components do not explain."""
        return self._joined(frame, self._explained(frame))

    def standardised(self, frame: pd.DataFrame) -> Floats:
        """Normal scores of the block (rows × columns); 0, their mean, for what is missing."""
        scores = np.column_stack(
            [
                scale.forward(frame[name].to_numpy(dtype=float))
                for name, scale in zip(self.block, self.scales, strict=True)
            ]
        )
        return np.nan_to_num((scores - self.mean) / self.sd)

    def _explained(self, frame: pd.DataFrame) -> Floats:
        made = frame[[column.name for column in self.components]].to_numpy(dtype=float)
        explained: Floats = made @ self.weights.T
        return explained

    def _joined(self, frame: pd.DataFrame, standardised: Floats) -> pd.DataFrame:
        scores = standardised * self.sd + self.mean
        made = {
            name: scale.back(scores[:, place])
            for place, (name, scale) in enumerate(zip(self.block, self.scales, strict=True))
        }
        kept = {c.name: frame[c.name] for c in self.columns if c.name not in made}
        return conform(pd.DataFrame({**kept, **made}, index=frame.index), self.columns)


def learn_reduction(train: Table, reduce: ReduceSpec) -> Reduction:
    """The reduction of a table's block, from its rows alone; the same rows give the same one.

    The block has the numeric columns without a role, rule or declared type that have no gap and
    vary. Their normal scores (van der Waerden's, through 101 quantiles) are standardised;
    ``pca`` takes the ``to`` directions of largest variance, ``modules`` the first direction of each
    of ``to`` groups of columns (complete linkage of 1 − |ρ|, so that any two columns of a module
    correlate). There are no more components than rows − 1 or columns.

    Raises
    ------
    DataError
        when no column can be reduced, rows are too few, or there are too many for modules.

    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(50, 1)) + rng.normal(size=(50, 6)) / 2)
    >>> frame = frame.set_axis(list("abcdef"), axis=1).assign(y=np.arange(50.0))
    >>> columns = tuple(Column(name, "numeric") for name in frame.columns)
    >>> table = Table(frame, columns, "regression", "y")
    >>> reduction = learn_reduction(table, ReduceSpec(to=2))
    >>> reduced = reduction.apply(table)
    >>> reduced.names, reduction.restore(reduced.frame, seed=0).shape
    (('y', 'component_1', 'component_2'), (50, 7))
    """
    block = tuple(name for name in free(train) if _usable(train.frame[name]))
    if problem := _unusable(train, block, reduce):
        raise DataError([problem])
    scales = tuple(_scale(train.frame[name], train.column(name)) for name in block)
    raw = np.column_stack(
        [
            scale.forward(train.frame[name].to_numpy(dtype=float))
            for name, scale in zip(block, scales, strict=True)
        ]
    )
    mean, sd = raw.mean(axis=0), raw.std(axis=0)
    z = (raw - mean) / sd
    most = min(reduce.to, len(block), len(train) - 1)
    weights = _directions(z, most) if reduce.by == "pca" else _modules(z, most)
    made = z @ weights
    stem = _unused("component" if reduce.by == "pca" else "module", train.names)
    components = tuple(
        _component(f"{stem}_{place + 1}", made[:, place]) for place in range(made.shape[1])
    )
    rest = (z - made @ weights.T).std(axis=0)
    return Reduction(train.columns, block, components, scales, mean, sd, weights, rest)


def free(table: Table) -> tuple[str, ...]:
    """Numeric columns that play no part, are in no rule and have no declared type."""
    ruled = {name for key, text in table.rules.items() for name in _columns_of(key, text)}
    parts = {table.target, table.time, *table.sensitive, *table.quasi_identifiers, *ruled}
    return tuple(
        column.name
        for column in table.columns
        if column.numeric and column.origin == "inferred" and column.name not in parts
    )


def reduce_problems(generators: Mapping[str, GeneratorSpec], table: Table) -> Iterator[Problem]:
    """Reductions that would reduce nothing: the table has no more columns than are asked for."""
    count = len(free(table)) + (min(table.pool.top, len(table.pool.columns)) if table.pool else 0)
    for label, generator in generators.items():
        if generator.reduce is not None and count <= generator.reduce.to:
            yield Problem(
                f"generators.{label}.reduce.to",
                f"got {generator.reduce.to}, but {count} numeric columns can be reduced: those "
                "without a part, a rule or a declared type",
                "Give fewer, or leave generators.NAME.reduce out.",
            )


def _columns_of(name: str, text: str) -> frozenset[str]:
    return frozenset(parse_rule(text, path=f"dataset.rules.{name}").columns)


def _usable(values: "pd.Series[Any]") -> bool:
    return bool(values.notna().all()) and values.nunique() > 1


def _unusable(train: Table, block: tuple[str, ...], reduce: ReduceSpec) -> Problem | None:
    path = "generators.NAME.reduce"
    if not block:
        message = (
            "no numeric column without a part, a rule, a declared type or a gap can be reduced"
        )
        return Problem(path, message, "Leave it out.")
    if len(train) < _FEWEST_ROWS:
        message = f"got {len(train)} train rows, a reduction needs {_FEWEST_ROWS}"
        return Problem(path, message, "Use more rows.")
    if reduce.by == "modules" and len(block) > MOST_IN_MODULES:
        message = f"modules of {len(block):,} columns, of more than {MOST_IN_MODULES:,}"
        return Problem(f"{path}.by", message, "Set by: pca, or screen the columns first.")
    return None


def _scale(values: "pd.Series[Any]", column: Column) -> Scale:
    numbers = values.to_numpy(dtype=float)
    shares = np.linspace(0, 1, _KNOTS + 1)
    quantiles = np.quantile(numbers, shares)
    low, high = outward_range(values)
    quantiles[0] = min(numbers.min(), column.low if column.low is not None else low)
    quantiles[-1] = max(numbers.max(), column.high if column.high is not None else high)
    end = 0.5 / len(numbers)
    return Scale(ndtri(np.clip(shares, end, 1 - end)), quantiles)


def _directions(z: Floats, most: int) -> Floats:
    """The right singular vectors of the largest values, their largest weight positive."""
    vectors = np.linalg.svd(z, full_matrices=False)[2][:most]
    largest = np.abs(vectors).argmax(axis=1)
    signs = np.sign(vectors[np.arange(len(vectors)), largest])
    return np.asarray((vectors * signs[:, None]).T)


def _modules(z: Floats, most: int) -> Floats:
    """The first direction of each module, 0 outside of it, in the order of first columns."""
    from scipy.cluster.hierarchy import fcluster, linkage  # slow to load, seldom needed
    from scipy.spatial.distance import squareform

    distances = 1 - np.abs(z.T @ z) / len(z)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(np.clip(distances, 0, 1), checks=False), "complete")
    found = fcluster(tree, most, "maxclust")
    weights = np.zeros((z.shape[1], 0))
    for module in dict.fromkeys(found.tolist()):
        inside = np.flatnonzero(found == module)
        own = np.zeros((z.shape[1], 1))
        own[inside] = _directions(z[:, inside], 1)
        weights = np.hstack([weights, own])
    return weights


def _component(name: str, values: Floats) -> Column:
    low, high = outward_range(pd.Series(values))
    return Column(name, "numeric", low=low, high=high)


def _unused(stem: str, names: tuple[str, ...]) -> str:
    while any(name.startswith(f"{stem}_") for name in names):
        stem = f"{stem}_"
    return stem
