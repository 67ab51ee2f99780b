"""Intervals of proportions, and of the difference of two values."""

import math
from functools import lru_cache

from scipy.stats import norm as normal

from synthcraft.stats.splits import LEVEL

WithBounds = tuple[float, float, float]  # a value, its lower and its upper bound


@lru_cache(maxsize=64)
def z(level: float = LEVEL) -> float:
    """How many standard errors an interval reaches to either side, if errors are normal.

    >>> round(z(), 3)
    1.96
    """
    return float(normal.ppf((1 + level) / 2))


def wilson(successes: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927): never degenerate, also at 0 and n successes.

    >>> low, high = wilson(0, 100)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.037)
    """
    reach = z(level)
    share, weight = successes / n, reach * reach / n
    middle = (share + weight / 2) / (1 + weight)
    half = reach * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def mover(first: WithBounds, second: WithBounds) -> tuple[float, float]:
    """Interval of the difference of two independent values from their own intervals.

    "Method of variance estimates recovery": Zou & Donner (2008, Statistics in Medicine
    27:1693-1702).

    >>> mover((5.0, 2.0, 8.0), (1.0, -3.0, 5.0))
    (-1.0, 9.0)
    """
    (p1, l1, u1), (p2, l2, u2) = first, second
    below, above = math.hypot(p1 - l1, u2 - p2), math.hypot(u1 - p1, p2 - l2)
    return p1 - p2 - below, p1 - p2 + above


def difference_of_shares(
    first: tuple[float, int], second: tuple[float, int], *, level: float = LEVEL
) -> tuple[float, float]:
    """Interval of the difference of two independent proportions, each as (successes, n).

    Newcombe (1998, Statistics in Medicine 17:873-890), method 10: two score intervals by MOVER.

    >>> low, high = difference_of_shares((56, 70), (48, 80))  # his example
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (x1, n1), (x2, n2) = first, second
    return mover((x1 / n1, *wilson(x1, n1, level=level)), (x2 / n2, *wilson(x2, n2, level=level)))
