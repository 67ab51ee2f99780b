"""Values with closed-form intervals: shares, quantiles, areas under ROC curves, differences.

None needs a bootstrap. Rows of one person count together where ``units`` (a person per row) are
given: an interval is that of as many independent rows as would be equally uncertain. Two columns of
units are two ways in which rows go together.
"""

from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np

from synthcraft.metrics.encode import Floats
from synthcraft.stats import mover, wilson


@dataclass(frozen=True)
class Bounded:
    """A value with its 95 % interval, or without one where it is known."""

    value: float
    low: float | None = None
    high: float | None = None

    def scaled(self, null: float, full: float) -> "Bounded":
        """The same on a scale where ``null`` is 0 and ``full`` is 1.

        >>> Bounded(0.75, 0.5, 1.0).scaled(0.5, 1.0)
        Bounded(value=0.5, low=0.0, high=1.0)
        """
        span = full - null
        value = (self.value - null) / span
        if self.low is None or self.high is None:
            return Bounded(value)
        low, high = sorted(((self.low - null) / span, (self.high - null) / span))
        return Bounded(value, low, high)


def share(hits: Any, units: Any = None) -> Bounded:
    """The share of true entries, with Wilson's interval (1927).

    >>> share(np.array([True, False, False, False])).value
    0.25
    """
    value, n = float(np.mean(hits)), effective_rows(np.asarray(hits, dtype=float), units)
    return Bounded(value, *wilson(value * n, n))


def quantile(values: Floats, q: float, units: Any = None) -> Bounded:
    """A quantile: median-unbiased (Hyndman & Fan 1996, 8), so that sizes do not shift it.

    Its interval lies between the quantiles of the ends of Wilson's interval of ``q`` (Woodruff
    1952).

    >>> quantile(np.arange(101.0), 0.5).value
    50.0
    """
    value = float(_quantile(values, q))
    n = effective_rows((values <= value).astype(float), units)
    low, high = wilson(q * n, n)
    return Bounded(value, float(_quantile(values, low)), float(_quantile(values, high)))


def difference(first: Bounded, second: Bounded) -> Bounded:
    """The difference of two independent values from their own intervals.

    Newcombe 1998 (method 10) for shares, Zou & Donner 2008 (MOVER) for any others.

    >>> found = difference(share(np.arange(70) < 56), share(np.arange(80) < 48))
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    value = first.value - second.value
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return Bounded(value)
    sides = (first.value, first.low, first.high), (second.value, second.low, second.high)
    return Bounded(value, *mover(*sides))


def area(
    members: Floats, others: Floats, *, units: Any = None, units_of_others: Any = None
) -> Bounded:
    """Area under the ROC curve: the chance that a member scores above another, ties half.

    The variance is that of DeLong et al. (1988), rows of one unit together (Obuchowski 1997). The
    interval is Wilson's with as many rows as would give that variance (Mee 1990), which also holds
    at 1.

    >>> area(np.array([2.0, 3.0]), np.array([1.0, 2.0])).value
    0.875
    """
    of_members = standing(members, others)
    of_others = 1 - standing(others, members)
    value = float(of_members.mean())
    variance = _variance(of_members, units) + _variance(of_others, units_of_others)
    fewest = min(_number(members, units), _number(others, units_of_others))
    own = value * (1 - value)
    n = own / variance if own > 0 and variance > 0 else fewest
    return Bounded(value, *wilson(value * n, n))


def standing(scores: Floats, others: Floats) -> Floats:
    """The share of ``others`` below each score, ties half.

    >>> standing(np.array([2.0]), np.array([1.0, 2.0])).tolist()
    [0.75]
    """
    ranked = np.sort(others)
    sides = [np.searchsorted(ranked, scores, side=side) for side in ("left", "right")]
    return np.asarray((sides[0] + sides[1]) / 2 / len(others))


def caught(
    members: Floats, others: Floats, rate: float, *, units: Any = None, units_of_others: Any = None
) -> Bounded:
    """The share of members above the score that a share ``rate`` of the others exceeds.

    Of members tied at that score the part counts that makes the rate exact. The interval adds up
    what the members' share and the threshold leave open, each by Wilson's interval (MOVER).

    >>> caught(np.arange(0.5, 10.5), np.arange(9.0), 0.2).value
    0.3
    """
    value = _caught(members, others, rate)
    threshold = np.quantile(others, 1 - rate)
    own = effective_rows((members > threshold).astype(float), units)
    theirs = effective_rows((others > threshold).astype(float), units_of_others)
    low, high = wilson(value * own, own)
    at_low, at_high = (_caught(members, others, end) for end in wilson(rate * theirs, theirs))
    below, above = hypot(value - low, value - at_low), hypot(high - value, at_high - value)
    return Bounded(value, max(0.0, value - below), min(1.0, value + above))


def effective_rows(values: Floats, units: Any) -> float:
    """How many independent rows would make the mean as uncertain as these rows of persons do.

    >>> effective_rows(np.array([0.0, 0.0, 1.0, 1.0]), np.array([1, 1, 2, 2]))
    2.0
    """
    number = _number(values, units)
    own, of_mean = float(np.var(values)), _variance(values, units) * (1 - 1 / number)
    return own / of_mean if 1 < number < len(values) and own > 0 and of_mean > 0 else float(number)


def _caught(members: Floats, others: Floats, rate: float) -> float:
    """Mean over random orders of ties of the members before the others of rank (n + 1) × rate.

    Before the k-th of n others of the same kind, k / (n + 1) of the members are expected: 0 bias.
    """
    levels, tied = np.unique(others, return_counts=True)
    levels, tied = levels[::-1], tied[::-1]
    ranked, before = np.sort(members), np.cumsum(tied) - tied
    above = len(members) - np.searchsorted(ranked, levels, side="right")
    within = len(members) - np.searchsorted(ranked, levels, side="left") - above
    rank = np.column_stack([before + 1, before + tied])
    hits = above[:, None] + within[:, None] * np.column_stack([1 / (tied + 1), tied / (tied + 1)])
    n = len(others) + 1
    found = np.interp(n * rate, [0, *rank.ravel(), n], [0, *hits.ravel(), len(members)])
    return float(found / len(members))


def _quantile(values: Floats, q: float) -> Any:
    return np.quantile(values, q, method="median_unbiased")


def _number(values: Floats, units: Any) -> int:
    if units is None:
        return len(values)
    return min(len(np.unique(way)) for way in np.atleast_2d(np.transpose(units)))


def _variance(values: Floats, units: Any) -> float:
    """Variance of the mean, from the sums over persons.

    Rows that go together in two ways (a column of units for each) add up as in Cameron, Gelbach and
    Miller (2011): what both ways count is taken off once.
    """
    if np.ndim(units) == 2:
        ways = [_variance(values, way) for way in np.transpose(units)]
        both = np.unique(units, axis=0, return_inverse=True)[1].ravel()
        return max(sum(ways) - _variance(values, both), *ways)
    spread = values - values.mean()
    sums = (
        spread if units is None else np.bincount(np.unique(units, return_inverse=True)[1], spread)
    )
    number = len(sums)
    return float((sums**2).sum() / len(values) ** 2 * number / max(number - 1, 1))
