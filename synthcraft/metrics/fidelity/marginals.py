"""Columns one by one: distributions, levels and missing values."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.cards.fidelity import MarginalsParams
from synthcraft.metrics.context import Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, not_applicable, of_samples, paired
from synthcraft.metrics.fidelity.cells import (
    Cells,
    cell_counts,
    fit_cells,
    jensen_shannon,
    tv,
)
from synthcraft.records import Measure

_BY_COLUMN = ("ks_complement", "wasserstein_1", "tv_complement", "jensen_shannon", "missingness")
_ALWAYS = ("ks_complement", "tv_complement")  # of each column, however many there are
_MANY = 100  # columns; of thousands of genes, four rows each would fill the journal
_UNSEEN = "no value is observed in the synthetic rows"

Values = Mapping[tuple[str, str], Sequence[float]]  # of measure and column, one per draw


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows at the common size, column by column: what comparisons need of one side.

    ``ordered``: observed numbers, sorted. ``counts``: rows in each cell of a categorical column.
    """

    ordered: Mapping[str, Floats]
    counts: Mapping[str, Ints]
    missing: Mapping[str, float]
    patterns: Any


@dataclass(frozen=True, eq=False)
class Prepared:
    """Cells, the train columns' standard deviations, columns that hide missing values, samples."""

    cells: Cells
    spread: Mapping[str, float]
    hidden: tuple[str, ...]
    samples: tuple[Sample, ...]


class Marginals:
    """KS, Wasserstein, total variation and Jensen–Shannon of columns; missing values.

    Of a table of more than 100 columns each column's KS or total variation is told, and the mean
    over columns of all others.
    """

    def __init__(self, *, params: MarginalsParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Prepared:
        """Holdout samples column by column, sorted and counted."""
        cells = fit_cells(real, real.train.names, self.params.bins)
        train = real.train.frame
        spread = {name: _spread(train[name]) for name in real.train.numeric}
        hidden = tuple(name for name in real.train.names if _few_missing(real, name))
        side = _Side.of(real.holdout.frame, cells, hidden)
        return Prepared(cells, spread, hidden, of_samples(real, side.sample))

    def measure(self, real: Real, prepared: Prepared, synthetic: Synthetic) -> Iterator[Measure]:
        """Per column, and as the mean over columns."""
        cells, hidden = prepared.cells, prepared.hidden
        ours = _Side.of(synthetic.frame, cells, hidden)

        def sample(rows: Ints) -> Sample:
            return _Side.of(real.holdout.frame, cells, hidden).sample(rows)

        pairs = [
            (ours.sample(d.synthetic), s) for d, s in paired(synthetic, prepared.samples, sample)
        ]
        found = defaultdict(list)
        for draw in pairs:
            for key, value in _compared(*draw, prepared).items():
                found[key].append(value)
        few = len(real.train.names) <= _MANY
        for metric in _BY_COLUMN:
            each, mean = _by_column(metric, found, synthetic)
            yield from each if few or metric in _ALWAYS else ()
            yield from mean
        yield from (_untold(name) for name in hidden if few)
        # A pattern's share would tell a small count just as a column's rate does.
        patterns = [tv(a.patterns, b.patterns) for a, b in pairs]
        yield fidelity("missingness_pattern", np.mean(patterns), synthetic)


def _spread(values: pd.Series) -> float:
    """Standard deviation; 0 where all values agree, of which rounding leaves more than that."""
    return float(np.nanstd(values)) if values.nunique() > 1 else 0.0


@dataclass(frozen=True, eq=False)
class _Side:
    """All rows of one side, column by column."""

    numbers: Mapping[str, Floats]
    codes: Mapping[str, Ints]
    widths: Mapping[str, int]
    absent: pd.DataFrame
    patterns: Any

    @classmethod
    def of(cls, frame: pd.DataFrame, cells: Cells, hidden: Sequence[str]) -> "_Side":
        levels = [name for name in cells.names if name in cells.levels]
        absent = frame[[name for name in cells.names if name not in hidden]].isna()
        return cls(
            {name: frame[name].to_numpy(dtype=float) for name in cells.edges},
            {name: cells.code(frame[name]) for name in levels},
            {name: cells.width(name) for name in levels},
            absent,
            hash_rows(absent),
        )

    def sample(self, rows: Ints) -> Sample:
        rates = self.absent.to_numpy()[rows].mean(axis=0)
        return Sample(
            {name: _observed(values[rows]) for name, values in self.numbers.items()},
            {n: np.bincount(c[rows], minlength=self.widths[n]) for n, c in self.codes.items()},
            dict(zip(self.absent.columns, rates, strict=True)),
            self.patterns[rows],
        )


def _observed(values: Floats) -> Floats:
    return np.sort(values[~np.isnan(values)])


def _compared(a: Sample, b: Sample, prepared: Prepared) -> dict[tuple[str, str], float]:
    """Every measure of one draw, by name and column; NaN where there is none."""
    found = {}
    for name, x in a.ordered.items():
        y = b.ordered[name]
        ks, w1 = ks_and_wasserstein(x, y)
        spread = prepared.spread[name]
        edges = prepared.cells.edges[name]
        found["ks_complement", name] = 1 - ks
        found["wasserstein_1", name] = w1 / spread if spread > 0 else np.nan
        found["jensen_shannon", name] = (
            jensen_shannon(cell_counts(x, edges), cell_counts(y, edges))
            if len(x) and len(y)
            else float(len(x) != len(y))
        )
    for name, counts in a.counts.items():
        p, q = (c / c.sum() for c in (counts, b.counts[name]))
        found["tv_complement", name] = 1 - float(np.abs(p - q).sum()) / 2
        found["jensen_shannon", name] = jensen_shannon(p, q)
    for name, rate in a.missing.items():
        found["missingness", name] = abs(rate - b.missing[name])
    return found


def ks_and_wasserstein(x: Floats, y: Floats) -> tuple[float, float]:
    """Kolmogorov–Smirnov and Wasserstein-1 distance of two sorted samples, ties handled.

    A side without values has nothing in common with one that has some: KS 1, W1 undefined (NaN).

    >>> ks_and_wasserstein(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    (0.5, 1.0)
    """
    if not len(x) or not len(y):
        return float(len(x) != len(y)), np.nan
    grid = np.sort(np.concatenate([x, y]), kind="stable")
    below_x = np.searchsorted(x, grid, side="right") / len(x)
    below_y = np.searchsorted(y, grid, side="right") / len(y)
    gap = np.abs(below_x - below_y)
    return float(gap.max()), float(gap[:-1] @ np.diff(grid))


def _by_column(
    metric: str, found: Values, synthetic: Synthetic
) -> tuple[list[Measure], list[Measure]]:
    """A measure per column; and their mean, which needs all columns that can have a value."""
    values = {column: float(np.mean(v)) for (name, column), v in found.items() if name == metric}
    flat = {n for n, v in values.items() if np.isnan(v) and _flat(synthetic.real, n)}
    each = []
    for column, value in values.items():
        if np.isnan(value):
            why = "the real column does not vary, or has no value" if column in flat else _UNSEEN
            each.append(not_applicable(metric, why, column=column))
        else:
            each.append(fidelity(metric, value, synthetic, column=column))
    counted = [value for column, value in values.items() if column not in flat]
    if any(np.isnan(counted)):
        # Without the column the mean would reward a generator for losing it.
        return each, [not_applicable(metric, f"{_UNSEEN} in some column")]
    return each, [fidelity(metric, np.mean(counted), synthetic)] if counted else []


def _flat(real: Real, name: str) -> bool:
    """Whether a column has no spread in train, or no value in the holdout: nothing to measure."""
    return real.train.frame[name].nunique() < 2 or bool(real.holdout.frame[name].isna().all())


def _few_missing(real: Real, name: str) -> bool:
    absent = sum(int(part.frame[name].isna().sum()) for part in (real.train, real.holdout))
    present = len(real.train) + len(real.holdout) - absent
    return 0 < absent < SMALLEST or 0 < present < SMALLEST


def _untold(column: str) -> Measure:
    """No rate of missing values: it would tell a number of rows under 10."""
    reason = f"fewer than {SMALLEST} missing values, or fewer than {SMALLEST} others"
    return not_applicable("missingness", reason, column=column)
