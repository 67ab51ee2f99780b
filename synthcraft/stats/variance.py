"""Where the spread of repeated trials comes from: datasets, splits, generator seeds.

A value of generator g on dataset d, split s of it, seed r of that is a fixed mean of the generator
plus random parts: of the dataset and of the split, each once for all generators alike and once for
the generator alone, and of the seed. What moves all generators alike cancels where they are
compared; the rest does not.
"""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.stats import chi2
from scipy.stats import f as fisher

from synthcraft.stats.splits import LEVEL

Source = Literal["dataset", "dataset × generator", "split", "split × generator", "seed"]
SOURCES: tuple[Source, ...] = (
    *("dataset", "dataset × generator", "split", "split × generator"),
    "seed",
)
Values = Mapping[str, Mapping[Hashable, Mapping[int, Sequence[float]]]]
"""By generator, dataset and split of it: the values of its seeds, one or several."""
_Matrix = NDArray[np.float64]
_SMALL = 1e-9  # of a column's length, below which it adds nothing to those before it


@dataclass(frozen=True)
class Variance:
    """An estimated variance, at least 0, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Term:
    """A source of spread that the data tell apart from others, and those that they do not.

    ``freedom`` are the degrees of freedom of its mean square; ``weights`` are those with which the
    mean squares of all terms add up to its variance.
    """

    sources: tuple[Source, ...]
    square: float
    freedom: int
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Decomposition:
    """Variance by source; ``generators``, ``datasets``, ``splits``, ``values`` are counts."""

    terms: tuple[Term, ...]
    generators: int
    datasets: int
    splits: int
    values: int

    def term(self, source: Source) -> Term | None:
        """The term that holds a source; None where the data do not tell anything of it."""
        return next((term for term in self.terms if source in term.sources), None)

    def separate(self, source: Source) -> bool:
        """Whether a source is told apart from all others."""
        found = self.term(source)
        return found is not None and len(found.sources) == 1

    def variance(self, source: Source, *, level: float = LEVEL) -> Variance:
        """The variance of a source with its interval, together with those not told apart from it.

        The interval is by the modified large-sample method for sums and differences of mean squares
        (Ting et al. 1990, Journal of Statistical Computation and Simulation 35:135-143; Burdick &
        Graybill 1992, Confidence Intervals on Variance Components). What is estimated below 0 is 0,
        and so are an interval's ends.

        Raises
        ------
        ValueError
            When the data tell nothing of the source.

        >>> found = decompose({"a": {0: {0: [1.0, 3.0], 1: [6.0, 8.0]}}})
        >>> [round(found.variance(source).value, 6) for source in ("seed", "split")]
        [2.0, 11.5]
        """
        found = self.term(source)
        if found is None:
            raise ValueError(f"the data tell nothing of {source}")
        terms = zip(found.weights, self.terms, strict=True)
        squares = [weight * term.square for weight, term in terms]
        below, above = _margins(squares, [term.freedom for term in self.terms], level)
        value = math.fsum(squares)
        return Variance(*(max(0.0, end) for end in (value, value - below, value + above)))

    def total(self, counts: Mapping[Source, float]) -> float:
        """Σ count · variance over sources, no variance being below 0.

        Of sources that are not told apart, the first in the order of ``SOURCES`` counts for all.

        >>> found = decompose({"a": {0: {0: [1.0, 3.0], 1: [6.0, 8.0]}}})
        >>> round(found.total({"split": 1, "seed": 0.5}), 6)
        12.5
        """
        total = 0.0
        for term in self.terms:
            count = next((counts[source] for source in term.sources if source in counts), 0.0)
            terms = zip(term.weights, self.terms, strict=True)
            total += count * max(0.0, math.fsum(weight * t.square for weight, t in terms))
        return total


def decompose(values: Values) -> Decomposition:
    """The variances of dataset, split and seed, for all generators alike and for each alone.

    By moments: sums of squares of the sources, each fitted after those before it, are set equal to
    their expectations (Henderson's method III; Searle, Casella & McCulloch 1992, Variance
    Components, ch. 5). Unbiased, whatever trials are lacking; where none is, it is the analysis of
    variance. Sources that the data do not tell apart (the seed, where each split has one) are one
    term; a source of which there is only one case is absent.

    Raises
    ------
    ValueError
        When nothing varies by chance: there is one value of each generator.

    >>> found = decompose({"a": {0: {0: [1.0], 1: [2.0]}}, "b": {0: {0: [3.0], 1: [6.0]}}})
    >>> [(term.sources, term.freedom) for term in found.terms]
    [(('split',), 1), (('split × generator', 'seed'), 1)]
    >>> [round(found.variance(source).value, 6) for source in ("split", "split × generator")]
    [1.5, 1.0]
    """
    cells = list(_cells(values))
    sizes = np.array([len(cell.values) for cell in cells], dtype=float)
    means = np.array([math.fsum(cell.values) / len(cell.values) for cell in cells])
    within = math.fsum(
        math.fsum((v - mean) ** 2 for v in cell.values)
        for cell, mean in zip(cells, means, strict=True)
    )
    keys: dict[Source, list[Hashable]] = {
        "dataset": [c.dataset for c in cells],
        "dataset × generator": [(c.generator, c.dataset) for c in cells],
        "split": [(c.dataset, c.split) for c in cells],
        "split × generator": [(c.generator, c.dataset, c.split) for c in cells],
    }
    # Cells weigh by the root of their size: the geometry of single values, in fewer rows.
    roots = np.sqrt(sizes)
    coarse = {s: roots[:, None] * _indicators(keys[s]) for s in SOURCES[:3]}
    fixed = roots[:, None] * _indicators([c.generator for c in cells])
    fits = _fitted(fixed, coarse, roots, roots * means)
    left = int(sizes.sum()) - len(cells)
    if left:
        fits["seed"] = _Fit(within, left, dict.fromkeys(SOURCES[:-1], 0.0))
    if not fits:
        raise ValueError("one value of each generator tells no spread")
    return Decomposition(
        terms=tuple(_solved(fits, _aliases(keys, fits, sizes))),
        generators=len(values),
        datasets=len({c.dataset for c in cells}),
        splits=len({(c.dataset, c.split) for c in cells}),
        values=int(sizes.sum()),
    )


@dataclass(frozen=True)
class _Cell:
    """The values of one generator on one split."""

    generator: str
    dataset: Hashable
    split: int
    values: Sequence[float]


@dataclass(frozen=True)
class _Fit:
    """A sum of squares, its degrees of freedom, and how much of each variance is expected in it."""

    total: float
    freedom: int
    expected: Mapping[Source, float]


def _cells(values: Values) -> Iterator[_Cell]:
    for generator, by_dataset in values.items():
        for dataset, by_split in by_dataset.items():
            for split, found in by_split.items():
                if found:
                    yield _Cell(generator, dataset, split, found)


def _places(keys: Sequence[Hashable]) -> list[int]:
    """Each key's place in the order of first appearance."""
    order = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return [order[key] for key in keys]


def _indicators(keys: Sequence[Hashable]) -> _Matrix:
    places = _places(keys)
    return np.eye(max(places, default=-1) + 1)[places]


def _fitted(
    fixed: _Matrix, coarse: Mapping[Source, _Matrix], roots: _Matrix, y: _Matrix
) -> dict[Source, _Fit]:
    """What each source adds to the fit of those before it; absent where it adds nothing.

    Last come the cells, of which each is a source of its own: what is left is theirs.
    """
    found: dict[Source, _Fit] = {}
    basis = _added(np.empty((len(y), 0)), fixed)
    for source, block in coarse.items():
        new = _added(basis, block)
        if new.shape[1]:
            expected = {s: _length(new.T @ b) for s, b in coarse.items()}
            expected["split × generator"] = _length(new.T * roots)
            found[source] = _Fit(_length(new.T @ y), new.shape[1], expected)
            basis = np.column_stack([basis, new])
    if left := len(y) - basis.shape[1]:
        total = _length(y - basis @ (basis.T @ y))
        own = _length(roots) - _length(basis.T * roots)
        none = dict.fromkeys(coarse, 0.0)
        found["split × generator"] = _Fit(total, left, {**none, "split × generator": own})
    return found


def _length(values: _Matrix) -> float:
    """The sum of squares."""
    return float((values**2).sum())


def _added(basis: _Matrix, block: _Matrix) -> _Matrix:
    """An orthonormal basis of what columns span beyond an orthonormal basis."""
    rest = block - basis @ (basis.T @ block)
    rest = rest - basis @ (basis.T @ rest)  # twice is enough (Parlett 1980)
    new, triangle, _ = qr(rest, mode="economic", pivoting=True)
    return np.asarray(new[:, np.abs(np.diag(triangle)) > _SMALL * np.linalg.norm(block)])


def _aliases(
    keys: Mapping[Source, Sequence[Hashable]], fits: Mapping[Source, _Fit], sizes: _Matrix
) -> dict[Source, tuple[Source, ...]]:
    """By source that is fitted: itself, and those that divide the values exactly as it does."""
    divided: dict[Source, list[int]] = {source: _places(key) for source, key in keys.items()}
    if sizes.max(initial=1) == 1:
        divided["seed"] = list(range(len(sizes)))
    lost = [source for source in divided if source not in fits]
    return {
        source: (source, *(o for o in lost if source in divided and divided[o] == divided[source]))
        for source in fits
    }


def _solved(
    fits: Mapping[Source, _Fit], sources: Mapping[Source, tuple[Source, ...]]
) -> Iterator[Term]:
    """Mean squares and the weights that make variances of them."""
    expected = np.array(
        [[fit.freedom if s == "seed" else fit.expected[s] for s in fits] for fit in fits.values()]
    )
    freedoms = np.array([fit.freedom for fit in fits.values()])
    weights = np.linalg.inv(expected / freedoms[:, None])
    for (source, fit), row in zip(fits.items(), weights, strict=True):
        square = fit.total / fit.freedom
        yield Term(sources[source], square, fit.freedom, tuple(map(float, row)))


# Intervals ----------------------------------------------------------------------------------------


def _margins(
    squares: Sequence[float], freedoms: Sequence[int], level: float
) -> tuple[float, float]:
    """How far an interval reaches below and above the sum of weighted mean squares."""
    alpha = (1 - level) / 2
    added = [(s, n) for s, n in zip(squares, freedoms, strict=True) if s > 0]
    taken = [(-s, n) for s, n in zip(squares, freedoms, strict=True) if s < 0]
    below = _reach(added, taken, alpha)
    above = _reach(taken, added, alpha)
    return math.sqrt(max(0.0, below)), math.sqrt(max(0.0, above))


_Part = tuple[float, int]  # a weighted mean square above 0, and its degrees of freedom


def _reach(falling: Sequence[_Part], rising: Sequence[_Part], alpha: float) -> float:
    """The squared distance to the end where ``falling`` parts are small and ``rising`` are large.

    It is exact where all parts but one, or but two of unlike sign, are 0.
    """
    own = sum((_low(n, alpha) * s) ** 2 for s, n in falling)
    own += sum((_high(n, alpha) * s) ** 2 for s, n in rising)
    for s, n in falling:
        for t, m in rising:
            quantile = float(fisher.isf(alpha, n, m))
            unlike = (quantile - 1) ** 2 - (_low(n, alpha) * quantile) ** 2 - _high(m, alpha) ** 2
            own += unlike / quantile * s * t
    for (s, n), (t, m) in combinations(falling, 2):
        both = _low(n + m, alpha) ** 2 * (n + m) ** 2 / (n * m)
        alike = both - _low(n, alpha) ** 2 * n / m - _low(m, alpha) ** 2 * m / n
        own += alike / (len(falling) - 1) * s * t
    return own


def _low(freedom: int, alpha: float) -> float:
    """By what share of a mean square its variance may lie below it."""
    return 1 - freedom / float(chi2.isf(alpha, freedom))


def _high(freedom: int, alpha: float) -> float:
    """By what multiple of a mean square its variance may lie above it."""
    return freedom / float(chi2.ppf(alpha, freedom)) - 1
