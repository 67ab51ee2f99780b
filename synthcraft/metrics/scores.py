"""Scores of predictions under many row weightings at once: for a value and its interval.

``weights`` is (draws × rows); every score returns one number per draw. Binary scores take the
outcome as 0/1 and the probability of 1.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from synthcraft.metrics.encode import Floats, Ints
from synthcraft.stats import LEVEL, left_out

BLOCK_CELLS = 4_000_000
BINS = 10  # of the calibration error
_STEPS = 25  # of Newton's method; a slope that needs more has no finite value
_SETTLED = 1e-8


def auroc(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Probability that an event has the higher chance, ties counting half; NaN without a pair.

    >>> auroc(np.array([0, 1, 1]), np.array([0.1, 0.1, 0.9]), np.ones((1, 3))).tolist()
    [0.75]
    """
    events, others = _tied_sums(event, chance, weights)
    below = np.cumsum(others, axis=1) - others
    with np.errstate(invalid="ignore"):
        pairs = events.sum(axis=1) * others.sum(axis=1)
        return np.asarray((events * (below + others / 2)).sum(axis=1) / pairs)


def auprc(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Average precision (step-wise area under the precision–recall curve); NaN without events.

    >>> auprc(np.array([0, 1, 1]), np.array([0.5, 0.1, 0.9]), np.ones((1, 3))).round(3).tolist()
    [0.833]
    """
    events, others = (sums[:, ::-1] for sums in _tied_sums(event, chance, weights))
    caught = np.cumsum(events, axis=1)
    called = caught + np.cumsum(others, axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (events * (caught / np.maximum(called, 1e-12))).sum(axis=1) / events.sum(axis=1)
        )


def _tied_sums(event: Floats, chance: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of events and of others at each distinct chance, lowest first."""
    order = np.argsort(chance, kind="stable")
    ranked = chance[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    weights = weights[:, order].astype(float)
    events = np.add.reduceat(weights * event[order], starts, axis=1)
    return events, np.add.reduceat(weights, starts, axis=1) - events


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean of the values under each weighting; NaN where all weights are 0.

    >>> weighted_mean(np.array([1.0, 4.0]), np.array([[1, 1], [2, 1]])).tolist()
    [2.5, 2.0]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(weights @ values / weights.sum(axis=1))


def calibration_error(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """Expected calibration error: |mean chance − share of events|, mean over bins of equal size.

    The bins are cut at the deciles of the (unweighted) chances; equal chances share a bin, so
    there may be fewer than 10. Not debiased: 0 only where every bin hits its share exactly.

    >>> calibration_error(np.array([0, 1, 1, 1]), np.full(4, 0.5), np.ones((1, 4))).tolist()
    [0.25]
    """
    bins = bins_of(chance)
    inside = bins[:, None] == np.arange(bins.max() + 1)
    off = weights @ (inside * (chance - event)[:, None])
    return np.asarray(np.abs(off).sum(axis=1) / weights.sum(axis=1))


def bins_of(chance: Floats) -> Ints:
    """The bin of each row, by rising chance: at most 10, cut at the deciles.

    Equal chances share a bin, so that some may have no row.

    >>> bins_of(np.array([0.1, 0.1, 0.9])).tolist()
    [0, 0, 5]
    """
    cuts = np.quantile(chance, np.arange(1, BINS) / BINS)
    return np.searchsorted(np.unique(cuts), chance, side="left")


def calibration(event: Floats, chance: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the logistic regression of the event on the logit of its chance.

    A slope below 1: chances are too extreme; an intercept above 0 (at slope 1): too low. Both are
    NaN where no finite line fits best: one outcome only, chances that do not vary, or perfect
    separation. Chances must lie strictly between 0 and 1 (Cox 1958, Biometrika 45:562-565).

    >>> event, chance = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.8])
    >>> [float(part[0].round(2)) for part in calibration(event, chance, np.ones((1, 5)))]
    [0.67, 0.71]
    """
    logit = np.log(chance / (1 - chance))
    a, b = np.zeros(len(weights)), np.ones(len(weights))
    step = np.full(len(weights), np.inf)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            expected = 1 / (1 + np.exp(-(a[:, None] + b[:, None] * logit)))
            off = weights * (event - expected)
            bend = weights * expected * (1 - expected)
            s0, s1, s2 = bend.sum(axis=1), bend @ logit, bend @ logit**2
            g0, g1 = off.sum(axis=1), off @ logit
            det = s0 * s2 - s1**2
            da, db = (s2 * g0 - s1 * g1) / det, (s0 * g1 - s1 * g0) / det
            a, b, step = a + da, b + db, np.abs(da) + np.abs(db)
            if not (step > _SETTLED).any():
                break
        settled = step <= _SETTLED * np.maximum(1, np.abs(a) + np.abs(b))
    return np.where(settled, a, np.nan), np.where(settled, b, np.nan)


def calibration_slope(event: Floats, chance: Floats, weights: Floats) -> Floats:
    """The slope of ``calibration``: 1 where chances are neither too extreme nor too timid.

    >>> event, chance = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.8])
    >>> calibration_slope(event, chance, np.ones((1, 5))).round(2).tolist()
    [0.71]
    """
    return calibration(event, chance, weights)[1]


def calibration_in_the_large(event: Floats, chance: Floats) -> float:
    """The intercept of ``calibration`` with the slope held at 1: above 0 where chances are too low.

    On the logit scale; NaN where all rows or none are events. Chances must lie strictly between 0
    and 1 (the calibration intercept of Van Calster et al. 2019, BMC Medicine 17:230).

    >>> round(calibration_in_the_large(np.array([0, 0, 0, 1]), np.full(4, 0.5)), 4)
    -1.0986
    """
    if not 0 < event.sum() < len(event):
        return float("nan")
    logit = np.log(chance / (1 - chance))
    # Beyond the widest logit, expected events are fewer, or more, than observed ones.
    reach = float(np.abs(logit).max()) + np.log(len(event)) + 1

    def excess(intercept: float) -> float:
        return float((expit(intercept + logit) - event).sum())

    return float(brentq(excess, -reach, reach, xtol=1e-10))


def concordance(
    time: Floats, event: Floats, risk: Floats, weights: Floats, rows: Floats
) -> list[Floats]:
    """Share of comparable pairs in which the earlier event has the higher risk, ties half.

    A pair is comparable where one had the event before the other's time; at equal times, where one
    had the event and the other was censored. ``rows`` (kinds × rows) weighs each pair by its
    earlier row: ones give Harrell's C (1996), ``1/G²`` before a horizon Uno's (2011). One array of
    draws per kind; NaN without a pair. Time: events × rows × draws, in blocks.

    >>> time, event = np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1])
    >>> harrell, = concordance(time, event, np.array([5, 5, 1]), np.ones((1, 3)), np.ones((1, 3)))
    >>> harrell.tolist()
    [0.75]
    """
    earlier = np.flatnonzero(event)
    compared = _weight_after(time, event, weights)[:, earlier]
    pairs = [(weights[:, earlier] * kind[earlier] * compared).sum(axis=1) for kind in rows]
    right, light = np.zeros((len(rows), len(weights))), weights.astype(np.float32)
    size = max(1, BLOCK_CELLS // len(time))
    for start in range(0, len(earlier), size):
        i = earlier[start : start + size]
        later = (time > time[i, None]) | ((time == time[i, None]) & (event == 0))
        lower = (risk < risk[i, None]) + np.float32(0.5) * (risk == risk[i, None])
        ordered = light @ (later * lower).T
        right += [(weights[:, i] * kind[i] * ordered).sum(axis=1) for kind in rows]
    with np.errstate(invalid="ignore"):
        return list(right / np.asarray(pairs))


def _weight_after(time: Floats, event: Floats, weights: Floats) -> Floats:
    """For each row, the weight of those that are later: after it, or censored at its time."""
    order = np.lexsort((-event, time))
    ranked = time[order]
    # Where the events of a row's time end and those censored then begin.
    begins = np.searchsorted(ranked, time, side="left")
    died = np.bincount(begins, weights=event, minlength=len(time))[begins].astype(int)
    total = np.cumsum(weights[:, order], axis=1)
    total = np.concatenate([np.zeros((len(weights), 1)), total], axis=1)
    return total[:, -1:] - total[:, begins + died]


def brier_over_time(
    time: Floats, event: Floats, survival: Floats, grid: Floats, kept: Floats, kept_at: Floats
) -> Floats:
    """What each row adds to the integrated Brier score (Graf et al. 1999); their mean is the score.

    ``survival`` (rows × grid) is the predicted chance to be free of the event after each time of
    ``grid`` (rising, at least two); ``kept`` the chance not to be censored until just before each
    row's time, ``kept_at`` until each time of the grid. Integrated by trapezia over the grid and
    divided by its length.

    >>> survival = np.array([[1.0, 0.0], [1.0, 1.0]])  # events at 1 and never: known perfectly
    >>> brier_over_time(np.array([1.0, 9.0]), np.array([1, 0]), survival, np.array([0.5, 2.0]),
    ...     np.ones(2), np.ones(2)).tolist()
    [0.0, 0.0]
    """
    before = time[:, None] <= grid
    with np.errstate(divide="ignore", invalid="ignore"):
        gone = np.where(before & (event == 1)[:, None], survival**2 / kept[:, None], 0.0)
        free = np.where(before, 0.0, (1 - survival) ** 2 / kept_at)
    return np.asarray(np.trapezoid(gone + free, grid, axis=1) / (grid[-1] - grid[0]))


def weightings(
    strata: Ints, groups: Any, resamples: int, stream: np.random.Generator
) -> Iterator[Floats]:
    """Row weights in blocks (draws × rows): ones, bootstrap counts within strata, parts left out.

    Where ``groups`` are given, whole groups (persons) are drawn, in the stratum of their first row.
    The parts that are left out in turn, for BCa intervals, are those of ``stats.left_out``.
    """
    rows = len(strata)
    unit = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    _, first = np.unique(unit, return_index=True)
    members = [np.flatnonzero(strata[first] == stratum) for stratum in np.unique(strata)]
    yield np.ones((1, rows))
    size = max(1, BLOCK_CELLS // rows)
    for start in range(0, resamples, size):
        draws = range(start, min(start + size, resamples))
        yield np.stack([_drawn(members, len(first), stream)[unit] for _ in draws])
    yield left_out(unit, strata)


def _drawn(members: list[Ints], units: int, stream: np.random.Generator) -> Ints:
    chosen = [stratum[stream.integers(len(stratum), size=len(stratum))] for stratum in members]
    return np.bincount(np.concatenate(chosen), minlength=units)


def interval(draws: Floats) -> tuple[float | None, float | None]:
    """Percentile interval of bootstrap draws; none where a third of them is undefined."""
    known = draws[np.isfinite(draws)]
    if 3 * len(known) < 2 * len(draws) or not len(known):
        return None, None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
