"""How many splits and generator seeds are enough, foretold from the variances of those there are.

Errors are those that ``over_splits`` would compute: splits of one table overlap, and however many
there are, an error of ``ratio`` times the variance of one split stays (Nadeau & Bengio 2003). Only
more rows, or another table, make that smaller.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from synthcraft.stats.splits import LEVEL, BySplit
from synthcraft.stats.variance import Decomposition, Source

POWER = 0.8
MOST = 100  # splits, or seeds of each, that a spec may ask for
_SUBSETS = 2_000  # a share of so many has an error of at most 0.5 / √2,000 = 0.011


@dataclass(frozen=True)
class Design:
    """How often each generator is fitted: on so many splits, with so many seeds on each."""

    splits: float
    seeds: float

    @property
    def fits(self) -> float:
        """Fits of one generator."""
        return self.splits * self.seeds


def error(found: Decomposition, design: Design, *, ratio: float) -> float:
    """The standard error of one generator's mean that a design would have.

    √((1/splits + ratio) · (split + split × generator + seed / seeds)), ``ratio`` = holdout rows /
    train rows.

    >>> from synthcraft.stats.variance import decompose
    >>> found = decompose({"a": {0: {0: [1.0, 3.0], 1: [6.0, 8.0]}}})  # 11.5 and 2
    >>> round(error(found, Design(4, 2), ratio=0.25) ** 2, 6)
    6.25
    """
    return math.sqrt(found.total(_counts(("split", "split × generator"), design, ratio)))


def paired_error(found: Decomposition, design: Design, *, ratio: float) -> float:
    """The standard error of two generators' mean difference on the same splits.

    √(2 · (1/splits + ratio) · (split × generator + seed / seeds)): what a split does to all alike
    cancels.
    """
    return math.sqrt(2 * found.total(_counts(("split × generator",), design, ratio)))


def _counts(sources: tuple[Source, ...], design: Design, ratio: float) -> dict[Source, float]:
    share = 1 / design.splits + ratio
    return {**dict.fromkeys(sources, share), "seed": share / design.seeds}


def smallest_gap(found: Decomposition, design: Design, *, ratio: float, pairs: int = 1) -> float:
    """The smallest true difference that a design shows in 4 of 5 repetitions.

    (t₁ + t₂) paired errors: t₁ for a two-sided test at 5 % shared among ``pairs`` tests (which is
    what the first of Holm's has), t₂ for a power of 80 %, both with splits − 1 degrees of freedom.
    One split shows nothing: infinity.
    """
    if design.splits < 2:
        return math.inf
    return _reach(design.splits - 1, pairs) * paired_error(found, design, ratio=ratio)


@lru_cache(maxsize=4 * MOST)
def _reach(freedom: float, pairs: int) -> float:
    first = float(student.isf((1 - LEVEL) / (2 * pairs), freedom))
    return first + float(student.ppf(POWER, freedom))


def enough(found: Decomposition, gap: float, *, ratio: float, pairs: int = 1) -> Design | None:
    """The design with fewest fits that shows a true difference of ``gap`` in 4 of 5 repetitions.

    Of equally many fits it is the one with more splits. None where 100 splits with 100 seeds (1
    where the data do not tell what seeds do) are not enough.

    >>> from synthcraft.stats.variance import decompose
    >>> found = decompose({"a": {0: {0: [1.0], 1: [2.0]}}, "b": {0: {0: [3.0], 1: [6.0]}}})
    >>> enough(found, 5.0, ratio=0.0), enough(found, 1.0, ratio=0.4)
    (Design(splits=3, seeds=1), None)
    """
    most = MOST if found.separate("seed") else 1
    if smallest_gap(found, Design(MOST, most), ratio=ratio, pairs=pairs) > gap:
        return None
    best = Design(MOST, most)
    for splits in range(MOST, 1, -1):
        for seeds in range(1, most + 1):
            design = Design(splits, seeds)
            if design.fits >= best.fits:
                break
            if smallest_gap(found, design, ratio=ratio, pairs=pairs) <= gap:
                best = design
                break
    return best


def steadiness(
    values: Mapping[str, BySplit], stream: np.random.Generator, *, falling: bool
) -> dict[int, float]:
    """By number of splits: in what share of subsets of so many the best generator is that of all.

    Splits that some generator lacks do not count; generators that tie share. Of very many subsets
    2,000 are drawn. The share of all splits is 1 by construction, and so it is no proof of who is
    best: it tells whether fewer splits would have told the same.

    >>> values = {"a": {0: [3.0], 1: [1.0], 2: [3.0]}, "b": {0: [2.0], 1: [2.0], 2: [2.0]}}
    >>> found = steadiness(values, np.random.default_rng(0), falling=False)
    >>> {size: round(share, 3) for size, share in found.items()}  # {0, 1} and {1, 2} tie
    {1: 0.667, 2: 0.667, 3: 1.0}
    """
    shared = sorted(set.intersection(*(set(by_split) for by_split in values.values())))
    sign = -1.0 if falling else 1.0
    means = sign * np.array([[fmean(by_split[s]) for s in shared] for by_split in values.values()])
    if not shared:
        return {}
    winner = int(np.argmax(means.mean(axis=1)))
    count = len(shared)
    # The first places of a random order are a random subset, of every size.
    orders = stream.permuted(np.tile(np.arange(count), (_SUBSETS, 1)), axis=1)
    drawn = np.cumsum(means[:, orders], axis=2)
    found = {}
    for size in range(1, count + 1):
        sums = drawn[:, :, size - 1]
        if math.comb(count, size) <= _SUBSETS:
            every = np.array(list(itertools.combinations(range(count), size)))
            sums = means[:, every].sum(axis=2)
        found[size] = _won(sums, winner)
    return found


def _won(sums: NDArray[np.float64], winner: int) -> float:
    """In what share of subsets (columns) the winner has the largest sum; those that tie share."""
    top = sums.max(axis=0)
    first = sums >= top - 1e-12 * np.maximum(1.0, np.abs(top))
    return float((first[winner] / first.sum(axis=0)).mean())
