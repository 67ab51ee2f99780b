"""Generators over several datasets: ranks in which failures count, Friedman and Wilcoxon tests.

After Demšar (2006, JMLR 7:1-30). A table holds the scores of each generator, dataset by dataset in
one order; None where it failed. A failure is worse than any score, and as bad as another failure.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher
from scipy.stats import rankdata

from synthcraft.errors import SynthCraftError
from synthcraft.stats.multiplicity import holm

SIGNIFICANT = 0.05
Table = Mapping[str, Sequence[float | None]]


class TooFew(SynthCraftError):
    """Raised where no outcome whatever could be significant; the message says how many would do."""


@dataclass(frozen=True)
class Friedman:
    """Whether generators differ over datasets: mean ranks (1 is best) and p of their difference."""

    ranks: Mapping[str, float]
    statistic: float
    p: float
    datasets: int


@dataclass(frozen=True)
class Pair:
    """Two generators over datasets: wins of the first, ties, losses; p as it is, and by Holm."""

    first: str
    second: str
    wins: int
    ties: int
    losses: int
    p: float
    adjusted: float


def ranked(scores: Sequence[float | None], *, falling: bool) -> list[float]:
    """Ranks from 1, the best, ties averaged; None, a failure, comes after every score.

    ``falling`` says that less is better.

    >>> ranked([0.7, None, 0.9, None, 0.7], falling=False)
    [2.5, 4.5, 1.0, 4.5, 2.5]
    """
    worth = [math.inf if s is None else s if falling else -s for s in scores]
    return [float(rank) for rank in rankdata(worth)]


def friedman(table: Table, *, falling: bool, level: float = SIGNIFICANT) -> Friedman:
    """Friedman's test, corrected for ties, with the p value of Iman and Davenport's F.

    Raises
    ------
    TooFew
        When even the same order on every dataset, of chance (1 / k!)^(N − 1), would not be
        significant.

    >>> found = friedman({"a": [1, 2, 3, 4, 5, 6], "b": [2, 3, 4, 5, 6, 7]}, falling=True)
    >>> dict(found.ranks), round(found.p, 3)
    ({'a': 1.0, 'b': 2.0}, 0.031)
    """
    k, n = len(table), _datasets(table)
    least = float(math.factorial(k)) ** (1 - n)
    if least > level:
        needed = 1 + math.ceil(-math.log(level) / math.log(math.factorial(k)))
        raise TooFew(_refusal(f"Friedman's test of {k} generators", least, n, needed))
    columns = zip(*table.values(), strict=True)
    ranks = np.array([ranked(scores, falling=falling) for scores in columns])
    means = ranks.mean(axis=0)
    spread = float(np.sum((ranks - (k + 1) / 2) ** 2)) / (n * (k - 1))
    between = float(np.sum((means - (k + 1) / 2) ** 2))
    statistic = n * between / spread if spread else 0.0
    rest = n * (k - 1) - statistic
    ratio = (n - 1) * statistic / rest if rest > 1e-9 else math.inf
    p = max(least, float(fisher.sf(ratio, k - 1, (k - 1) * (n - 1))))
    return Friedman(dict(zip(table, map(float, means), strict=True)), statistic, p, n)


def pairwise(table: Table, *, falling: bool, level: float = SIGNIFICANT) -> tuple[Pair, ...]:
    """Every two generators by Wilcoxon's signed-rank test, exact, with Holm's adjustment.

    Raises
    ------
    TooFew
        When even a win on every dataset, of p 2^(1 − N), would not be significant after Holm.

    >>> scores = {"a": [1, 2, 3, 4, 5, 6], "b": [2, 3, 4, 5, 6, 7]}
    >>> pair, = pairwise(scores, falling=True)
    >>> pair.wins, pair.p
    (6, 0.03125)
    """
    pairs, n = list(itertools.combinations(table, 2)), _datasets(table)
    least = len(pairs) * 2.0 ** (1 - n)
    if least > level:
        needed = 1 + math.ceil(math.log2(len(pairs) / level))
        of = "two generators" if len(pairs) == 1 else f"{len(pairs)} pairs of generators"
        raise TooFew(_refusal(f"Wilcoxon's test of {of}", least, n, needed))
    gains = {(a, b): _gains(table[a], table[b], falling=falling) for a, b in pairs}
    p = {pair: signed_rank(gain) for pair, gain in gains.items()}
    adjusted = holm(p)
    return tuple(
        Pair(
            *pair,
            wins=sum(g > 0 for g in gain),
            ties=sum(g == 0 for g in gain),
            losses=sum(g < 0 for g in gain),
            p=p[pair],
            adjusted=adjusted[pair],
        )
        for pair, gain in gains.items()
    )


def signed_rank(gains: Sequence[float]) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, exact also with ties.

    Zeros keep their ranks and count for neither side (Pratt 1959), which is Demšar's even split.

    >>> signed_rank([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    0.03125
    """
    doubled = np.rint(2 * rankdata(np.abs(gains))).astype(int)
    moving = doubled[np.asarray(gains) != 0]
    positive = int(doubled[np.asarray(gains) > 0].sum())
    ways = _ways(moving)
    tail = min(positive, int(moving.sum()) - positive)
    return min(1.0, 2 * float(ways[: tail + 1].sum()))


def _ways(ranks: NDArray[np.int_]) -> NDArray[np.float64]:
    """The chance of each sum of ranks when every sign is a fair coin."""
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0] = 1.0
    for rank in ranks:
        shifted = np.zeros_like(chances)
        shifted[rank:] = chances[: len(chances) - rank]
        chances = (chances + shifted) / 2
    return chances


def _gains(
    first: Sequence[float | None], second: Sequence[float | None], *, falling: bool
) -> list[float]:
    """By how much the first is better; a failure is worse by more than anything else."""

    def gain(a: float | None, b: float | None) -> float:
        if a is None or b is None:
            return 0.0 if a is b else -math.inf if a is None else math.inf
        return b - a if falling else a - b

    return [gain(a, b) for a, b in zip(first, second, strict=True)]


def _datasets(table: Table) -> int:
    sizes = {len(scores) for scores in table.values()}
    if len(table) < 2 or len(sizes) != 1:
        raise ValueError("needs two generators or more, with a score or None for each dataset")
    return sizes.pop()


def _refusal(test: str, least: float, n: int, needed: int) -> str:
    return (
        f"{test} on {n} dataset{'' if n == 1 else 's'} cannot be significant whatever comes out: "
        f"the smallest p it could give is {min(1.0, least):.2g}; it takes {needed} datasets or more"
    )
