"""Joint tables of two and of three columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from synthcraft.metrics.cards.fidelity import ContingencyParams, KMarginalParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired, some_columns
from synthcraft.metrics.fidelity.cells import Cells, fit_cells, tv_of_codes
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class PairTables:
    """Cells of the columns that are paired, and the holdout samples' tables of all pairs."""

    cells: Cells
    samples: tuple[Floats, ...]


class Contingency:
    """``contingency_similarity`` over pairs of columns."""

    def __init__(self, *, params: ContingencyParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> PairTables:
        """Cells by train quantiles; tables of the holdout."""
        most = self.params.columns
        names = some_columns(real, real.train.names, most=most, purpose="contingency")
        if len(names) < 2:
            raise NotApplicable("needs two columns")
        cells = fit_cells(real, names, self.params.bins)
        shown = _indicators(cells, real.holdout.frame)
        return PairTables(cells, of_samples(real, lambda rows: _tables(shown[rows])))

    def measure(self, real: Real, prepared: PairTables, synthetic: Synthetic) -> Iterator[Measure]:
        """One value over all pairs."""
        cells = prepared.cells
        ours = _indicators(cells, synthetic.frame)

        def holdout_tables(rows: Ints) -> Floats:
            return _tables(_indicators(cells, real.holdout.frame)[rows])

        starts = np.cumsum([0, *cells.widths[:-1]])
        compared = [
            _mean_pair_tv(_tables(ours[draw.synthetic]), theirs, starts)
            for draw, theirs in paired(synthetic, prepared.samples, holdout_tables)
        ]
        yield fidelity("contingency_similarity", 1 - np.mean(compared), synthetic)


def _indicators(cells: Cells, frame: pd.DataFrame) -> Floats:
    """One-hot matrix of all columns' cells, side by side."""
    out = np.zeros((len(frame), sum(cells.widths)), dtype=np.float32)
    start, rows = 0, np.arange(len(frame))
    for codes, width in zip(cells.codes(frame), cells.widths, strict=True):
        out[rows, start + codes] = 1
        start += width
    return out


def _tables(indicators: Floats) -> Floats:
    # One matrix product holds the joint tables of all pairs as blocks.
    return indicators.T @ indicators / len(indicators)


def _mean_pair_tv(ours: Floats, theirs: Floats, starts: Ints) -> float:
    difference = np.abs(ours - theirs)
    blocks = np.add.reduceat(np.add.reduceat(difference, starts, axis=0), starts, axis=1)
    return float(blocks[np.triu_indices(len(starts), 1)].mean() / 2)


@dataclass(frozen=True, eq=False)
class Triples:
    """Three columns each, as positions among the columns, and the holdout rows' cells."""

    cells: Cells
    columns: tuple[tuple[int, ...], ...]
    holdout: Ints


class KMarginal:
    """``k_marginal``: total variation of sampled joint tables of three columns."""

    def __init__(self, *, params: KMarginalParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Triples:
        """The triples, drawn by a fixed seed, and the cells of the holdout rows."""
        count = len(real.train.names)
        if count < 3:
            raise NotApplicable("needs three columns")
        cells = fit_cells(real, real.train.names, self.params.bins)
        columns = _triples(count, self.params.marginals, real.stream("k_marginal"))
        return Triples(cells, columns, cells.codes(real.holdout.frame))

    def measure(self, _: Real, prepared: Triples, synthetic: Synthetic) -> Iterator[Measure]:
        """One value over all triples."""
        cells, theirs = prepared.cells, prepared.holdout
        ours = cells.codes(synthetic.frame)
        compared = [
            _mean_triple_tv(
                ours[:, draw.synthetic], theirs[:, draw.holdout], prepared.columns, cells.widths
            )
            for draw in synthetic.draws
        ]
        yield fidelity("k_marginal", np.mean(compared), synthetic)


def _triples(columns: int, number: int, stream: np.random.Generator) -> tuple[tuple[int, ...], ...]:
    if comb(columns, 3) <= number:
        return tuple(combinations(range(columns), 3))
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < number:
        drawn[tuple(sorted(stream.choice(columns, 3, replace=False).tolist()))] = None
    return tuple(drawn)


def _mean_triple_tv(
    ours: Ints, theirs: Ints, triples: tuple[tuple[int, ...], ...], widths: list[int]
) -> float:
    found = []
    for i, j, k in triples:
        # Three columns of 1,300 levels have more cells than 32 bits can number.
        first = np.int64(widths[j] * widths[k])
        a, b = (c[i] * first + c[j] * widths[k] + c[k] for c in (ours, theirs))
        found.append(tv_of_codes(a, b, widths[i] * widths[j] * widths[k]))
    return float(np.mean(found))
