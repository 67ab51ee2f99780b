"""Co-expression: whether genes that rise and fall together in real rows do so in synthetic ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from synthcraft.data.table import Table
from synthcraft.errors import DataError
from synthcraft.metrics.cards.omics import CoexpressionParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired, some_columns
from synthcraft.metrics.fidelity.correlation import Ranks
from synthcraft.metrics.genes import genes, unfit
from synthcraft.records import Measure

Signs = NDArray[np.int8]

_BLOCK = 512  # genes whose correlations with all later ones are held at once
_FEWEST = 3  # genes: two have a single correlation, which cannot be compared with others


@dataclass(frozen=True, eq=False)
class Expressed:
    """The genes that are compared, of how many, and their ranks in the holdout samples."""

    genes: tuple[str, ...]
    all: int
    samples: tuple[Ranks, ...]


class Coexpression:
    """``coexpression.*`` over pairs of genes."""

    def __init__(self, *, params: CoexpressionParams) -> None:
        self.params = params

    def check(self, table: Table) -> None:
        """Nothing, or a DataError with all genes that the table does not have as numbers."""
        if problems := list(unfit("metrics.coexpression.params", table, self.params)):
            raise DataError(problems)

    def prepare(self, real: Real) -> Expressed:
        """Ranks of the holdout; their correlations are many more numbers, and soon computed."""
        every = genes(real.train, self.params)
        names = some_columns(real, every, most=self.params.most, purpose="coexpression")
        if len(names) < _FEWEST:
            raise NotApplicable(f"needs {_FEWEST} columns of numbers without a role")
        ranks = of_samples(real, lambda rows: _ranks(real.holdout, names, rows))
        return Expressed(names, len(every), ranks)

    def measure(self, real: Real, prepared: Expressed, synthetic: Synthetic) -> Iterator[Measure]:
        """Means over the draws."""
        names = prepared.genes
        pairs = paired(synthetic, prepared.samples, lambda rows: _ranks(real.holdout, names, rows))
        found = [
            compared(
                triangle(_ranks(synthetic.table, names, draw.synthetic)),
                triangle(theirs),
                density=self.params.density,
            )
            for draw, theirs in islice(pairs, self.params.draws)
        ]
        for name, value in zip(
            ("concordance", "difference", "edges"), np.mean(found, axis=0), strict=True
        ):
            yield fidelity(f"coexpression.{name}", value, synthetic)
        yield fidelity("coexpression.genes", len(names) / prepared.all, synthetic)


def _ranks(table: Table, names: tuple[str, ...], rows: Ints) -> Ranks:
    return Ranks.of(table.frame[list(names)].to_numpy()[rows], np.float32)


def triangle(ranks: Ranks) -> Floats:
    """Spearman correlations of all pairs i < j, row by row, float32; never the whole matrix.

    >>> values = np.array([[1.0, 9.0, 2.0], [2.0, 7.0, 3.0], [4.0, 3.0, 1.0]])
    >>> triangle(Ranks.of(values)).tolist()
    [-1.0, -0.5, 0.5]
    """
    width = ranks.x.shape[1]
    out = np.empty(width * (width - 1) // 2, dtype=np.float32)
    filled = 0
    for start in range(0, width, _BLOCK):
        block = ranks.correlations(slice(start, start + _BLOCK), slice(start, None))
        above = block[np.tri(*block.shape) == 0]
        out[filled : filled + len(above)] = above
        filled += len(above)
    return out


def compared(ours: Floats, theirs: Floats, *, density: float) -> tuple[float, float, float]:
    """Concordance, mean absolute difference and shared edges of two triangles of correlations.

    Pairs unknown in ``theirs`` are passed over; those unknown in ``ours`` have correlation 0.

    >>> real = np.array([0.9, 0.1, -0.4, 0.0])
    >>> compared(real / 2, real, density=0.25)  # all weaker, in the same proportions
    (1.0, 0.175, 1.0)
    """
    known = ~np.isnan(theirs)
    if not known.any():
        raise NotApplicable("no pair of these columns varies in the holdout")
    if not known.all():  # millions of pairs are not copied without need
        ours, theirs = ours[known], theirs[known]
    ours = np.nan_to_num(ours)
    difference = float(np.abs(ours - theirs).mean(dtype=float))
    return _concordance(ours, theirs), difference, _shared(ours, theirs, density)


def _concordance(ours: Floats, theirs: Floats) -> float:
    """Pearson's correlation of two vectors; 0 where one does not vary."""
    a, b = (side - side.dtype.type(side.mean(dtype=float)) for side in (ours, theirs))
    norm = float(np.sqrt((a * a).sum(dtype=float) * (b * b).sum(dtype=float)))
    return float((a * b).sum(dtype=float)) / norm if norm > 0 else 0.0


def _shared(ours: Floats, theirs: Floats, density: float) -> float:
    """Dice's share of the strongest correlations of either side that both have, sign included."""
    most = max(1, round(density * len(theirs)))
    mine, real = _edges(ours, most), _edges(theirs, most)
    shared = np.count_nonzero((mine == real) & (real != 0))
    edges = np.count_nonzero(mine) + np.count_nonzero(real)
    return float(2 * shared / edges) if edges else 0.0


def _edges(correlations: Floats, most: int) -> Signs:
    """Signs of the strongest correlations (of all that tie with the last of them), 0 elsewhere."""
    size = np.abs(correlations)
    least = np.partition(size, len(size) - most)[len(size) - most]
    return np.where(size >= least, np.sign(correlations), 0).astype(np.int8)
