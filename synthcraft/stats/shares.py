"""Intervals of proportions, and of the difference of two."""

import math

from scipy.stats import norm as normal

from synthcraft.stats.splits import LEVEL


def wilson(successes: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927): never degenerate, also at 0 and n successes.

    >>> low, high = wilson(0, 100)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.037)
    """
    z = float(normal.ppf((1 + level) / 2))
    share, weight = successes / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return (0.0 if share == 0 else middle - half), (1.0 if share == 1 else middle + half)


def difference_of_shares(
    first: tuple[float, int], second: tuple[float, int], *, level: float = LEVEL
) -> tuple[float, float]:
    """Interval of the difference of two independent proportions, each as (successes, n).

    Newcombe (1998, Statistics in Medicine 17:873-890), method 10: hybrid of two score intervals.

    >>> low, high = difference_of_shares((56, 70), (48, 80))  # his example
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (x1, n1), (x2, n2) = first, second
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = wilson(x1, n1, level=level), wilson(x2, n2, level=level)
    below, above = math.hypot(p1 - l1, u2 - p2), math.hypot(u1 - p1, p2 - l2)
    return p1 - p2 - below, p1 - p2 + above
