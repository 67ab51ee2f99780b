"""Means over splits with honest intervals, calibrated values, and paired differences.

A value of one generator on one split is not independent of the next split's: train parts overlap.
Nadeau and Bengio (2003, Machine Learning 52:239-281) correct the variance of the mean for it, with
the ``ratio`` of holdout rows to train rows; ``gain_ratio`` is that of what added rows gain.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import stdev
from typing import Literal

from scipy.stats import t as student

LEVEL = 0.95
ROUNDING = 1e-12  # what arithmetic leaves of a spread of zero
STANDARD_ERRORS = 4.0  # by which the ceiling must exceed the floor for a metric to tell anything

Informative = Literal["yes", "no", "unknown"]
BySplit = Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class Estimate:
    """A mean over splits. ``error`` and the interval are None where one split gives none."""

    mean: float
    error: float | None
    low: float | None
    high: float | None
    splits: int
    values: int
    level: float = LEVEL


def over_splits(values: BySplit, *, ratio: float, level: float = LEVEL) -> Estimate:
    """The mean over splits with its corrected t interval.

    Values of one split (generator seeds) are averaged first. The squared standard error is
    ``(1/J + ratio) s²`` over J splits, ``ratio`` = holdout rows / train rows, with J − 1 degrees
    of freedom (Nadeau & Bengio 2003). One split gives no interval, nor do splits that agree to the
    last digit: a rate that is 0 in each of three splits is not known to be 0.

    Raises
    ------
    ValueError
        When there is no value at all.

    >>> e = over_splits({0: [0.7], 1: [0.8], 2: [0.8, 1.0]}, ratio=0.3 / 0.7)
    >>> round(e.mean, 3), round(e.error, 4), round(e.low, 3), round(e.high, 3)
    (0.8, 0.0873, 0.424, 1.176)
    """
    means = [math.fsum(v) / len(v) for _, v in sorted(values.items()) if v]
    if not means:
        raise ValueError("no value to average")
    mean = math.fsum(means) / len(means)
    error = _corrected_error(means, mean, ratio)
    agree = error is None or error <= ROUNDING * max(1.0, abs(mean))
    half = None if error is None or agree else error * _quantile(level, len(means) - 1)
    return Estimate(
        mean=mean,
        error=error,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        splits=len(means),
        values=sum(len(v) for v in values.values()),
        level=level,
    )


def deviation(values: BySplit) -> float | None:
    """The standard deviation of split means, by J − 1; None with one split.

    >>> round(deviation({0: [0.7], 1: [0.8], 2: [0.8, 1.0]}), 3)
    0.1
    """
    means = [math.fsum(v) / len(v) for _, v in sorted(values.items()) if v]
    return stdev(means) if len(means) > 1 else None


def clipped(estimate: Estimate, least: float, most: float) -> Estimate:
    """The estimate with its interval cut where no value can lie.

    >>> cut = clipped(Estimate(0.9, 0.1, 0.7, 1.1, splits=3, values=3), 0.0, 1.0)
    >>> cut.low, cut.high
    (0.7, 1.0)
    """
    low, high = estimate.low, estimate.high
    return replace(
        estimate,
        low=None if low is None else max(low, least),
        high=None if high is None else min(high, most),
    )


@lru_cache(maxsize=64)
def _quantile(level: float, freedom: int) -> float:
    return float(student.ppf((1 + level) / 2, freedom))


def _corrected_error(means: Sequence[float], mean: float, ratio: float) -> float | None:
    count = len(means)
    if count < 2:
        return None
    variance = math.fsum((value - mean) ** 2 for value in means) / (count - 1)
    return math.sqrt((1 / count + ratio) * variance)


def paired(first: BySplit, second: BySplit, *, ratio: float, level: float = LEVEL) -> Estimate:
    """The mean difference ``first − second`` over the splits that both have, with its interval.

    Raises
    ------
    ValueError
        When they share no split.

    >>> round(paired({0: [3.0], 1: [5.0]}, {0: [1.0], 1: [2.0], 2: [9.0]}, ratio=0.4).mean, 3)
    2.5
    """
    shared = sorted(s for s in first.keys() & second.keys() if first[s] and second[s])
    differences = {
        s: [math.fsum(first[s]) / len(first[s]) - math.fsum(second[s]) / len(second[s])]
        for s in shared
    }
    return over_splits(differences, ratio=ratio, level=level)


def gain_ratio(*, holdout: int, learnt: int, rows: int) -> float:
    """The ``ratio`` for what training on more rows gains: it moves with train rows, too.

    A ratio ρ / (1 − ρ) corrects for values of two splits that correlate by ρ. Nadeau and Bengio
    take the share of rows that are held out, so that two splits share by chance: right where a
    score moves with the rows it is tested on. What a model scores on rows like those that it fits
    best hardly moves with train rows (to second order). A group's score by a model that others
    dominate does (to first order), and so does a gain in it; rows are then shared as often as they
    are ``learnt`` from. Of both shares the larger counts. ``rows`` are all rows of the table,
    ``learnt`` those of a split that any of both models may learn from.

    It is no bound: rows tested on in one split are learnt from in another, which can add to it. By
    simulation (``benchmarks/augmentation.py``) 95 % intervals so hold a gain in 92 to 100 of 100
    runs, at the worst in about 90 (large gains of small groups from copies or weights); by the
    share held out alone, in 75 to 100.

    >>> round(gain_ratio(holdout=300, learnt=525, rows=1000), 3)  # 0.525 / 0.475
    1.105
    >>> gain_ratio(holdout=500, learnt=400, rows=1000)
    1.0
    """
    shared = max(holdout, learnt)
    return shared / (rows - shared)


def detectable(estimate: Estimate) -> float | None:
    """The smallest true mean that would mostly be seen: (t.975 + t.8) standard errors.

    With such an error an interval shows it in 77 (3 splits) to 80 (many) of 100 repetitions. None
    where splits give no error, or all agree.

    >>> e = over_splits({0: [0.1], 1: [0.2], 2: [0.3]}, ratio=0.0)
    >>> round(detectable(e) / e.error, 3)  # 2 degrees of freedom
    5.363
    """
    if not estimate.error or estimate.error <= ROUNDING:
        return None
    freedom = estimate.splits - 1
    return estimate.error * (_quantile(estimate.level, freedom) + _quantile(0.6, freedom))


def p_value(estimate: Estimate) -> float | None:
    """Two-sided p of a mean of zero, by the corrected t; None where splits give no error.

    >>> round(p_value(over_splits({0: [0.1], 1: [0.2], 2: [0.3]}, ratio=0.0)), 4)
    0.0742
    """
    if estimate.error is None or estimate.error <= ROUNDING * max(1.0, abs(estimate.mean)):
        return None
    return float(2 * student.sf(abs(estimate.mean) / estimate.error, estimate.splits - 1))


def calibrated(value: float, *, floor: float, ceiling: float) -> float | None:
    """Where a mean stands between floor (0) and ceiling (1), unclipped; None when they coincide.

    >>> calibrated(0.75, floor=0.5, ceiling=1.0)
    0.5
    >>> calibrated(1.0, floor=1.0, ceiling=1.0) is None
    True
    """
    span = ceiling - floor
    return None if span == 0 else (value - floor) / span


def placed(value: BySplit, floor: BySplit, ceiling: BySplit) -> dict[int, list[float]]:
    """Each split's part of a calibrated value: their mean is that value, their spread its error.

    The calibrated value r is a ratio of means over the splits that all three share; one split's
    part is r + (value − floor − r · (ceiling − floor)) / mean span (delta method for a ratio).
    Empty where no split is shared, or floor and ceiling coincide.

    >>> placed({0: [1.0], 1: [3.0]}, {0: [0.0], 1: [0.0]}, {0: [4.0], 1: [4.0]})
    {0: [0.25], 1: [0.75]}
    """
    shared = sorted(s for s in value.keys() & floor.keys() & ceiling.keys() if value[s])
    mean = {
        s: [math.fsum(side[s]) / len(side[s]) for side in (value, floor, ceiling)] for s in shared
    }
    span = math.fsum(high - low for _, low, high in mean.values())
    if not span:
        return {}
    place = math.fsum(v - low for v, low, _ in mean.values()) / span
    return {
        s: [place + (v - low - place * (high - low)) * len(mean) / span]
        for s, (v, low, high) in mean.items()
    }


def informative(ceiling: BySplit, floor: BySplit, *, ratio: float, ordered: bool) -> Informative:
    """Whether a metric can tell good from bad on these data.

    "yes" when ceiling and floor differ by more than 4 standard errors and the reference
    generators come in the order that the metric declares (``ordered``); "unknown" with one split.

    >>> informative({0: [0.9], 1: [0.91]}, {0: [0.1], 1: [0.12]}, ratio=0.4, ordered=True)
    'yes'
    >>> informative({0: [0.9], 1: [0.5]}, {0: [0.1], 1: [0.8]}, ratio=0.4, ordered=True)
    'no'
    """
    if not ordered:
        return "no"
    span = paired(ceiling, floor, ratio=ratio)
    if span.error is None:
        return "unknown"
    return "yes" if abs(span.mean) > STANDARD_ERRORS * span.error else "no"


def in_order(means: Sequence[float], *, falling: bool) -> bool:
    """Whether the means stand in strict order, best first.

    >>> in_order([0.9, 0.5, 0.1], falling=True), in_order([0.9, 0.9], falling=True)
    (True, False)
    """
    steps = [a - b if falling else b - a for a, b in itertools.pairwise(means)]
    return all(step > 0 for step in steps)
