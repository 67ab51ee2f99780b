"""Kaplan–Meier curves as a figure may show them: at a few times, with the numbers at risk.

A step at each event would tell when a person died. The curve of real rows is told just before some
of the edges at which the follow-up times are counted elsewhere (``summaries.edges_of``): between
two of them, and after the last, at least 10 rows have the event, and none or at least 10 end
without it. So no small number follows from numbers at risk, nor from their differences to counts of
times or outcomes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.summaries import edges_of, every_row
from synthcraft.metrics.utility.outcome import followed
from synthcraft.stats import z

DIGITS = 3  # of a survival estimate


def real_curve(train: Table, holdout: Table) -> dict[str, Any]:
    """The curve of all real rows, train and holdout together, which is the same in every split.

    ``times`` at which it is told, ``real``: ``survival`` just before each of them with its
    pointwise ``low`` and ``high`` (95 %), and ``at_risk``, the number of rows still followed then;
    ``rows`` is their number at time 0. Nothing where small numbers would follow.
    """
    table = every_row(train, holdout)
    time, event, known = followed(table)
    if _small(~known & (event == 1)) or _small(~known & (event == 0)):
        return {}
    time, event = time[known], event[known]
    decimals = table.column(str(table.time)).decimals
    seen = np.sort(table.frame[str(table.time)].dropna().to_numpy(dtype=float))
    times = told_times(time, event, edges_of(seen, decimals=decimals))
    if not times:
        return {}
    survival, low, high = estimated(time, event, times)
    real = {"survival": survival, "low": low, "high": high, "at_risk": _at_risk(time, times)}
    return {"times": times, "rows": len(time), "real": real}


def synthetic_curve(table: Table, times: Sequence[float]) -> dict[str, Any]:
    """The curve of synthetic rows at these times, as far as 10 of them are still followed."""
    time, event, known = followed(table)
    time, event = time[known], event[known]
    at_risk = [n for n in _at_risk(time, times) if n >= SMALLEST]
    survival = estimated(time, event, times[: len(at_risk)])[0]
    return {"survival": survival, "at_risk": at_risk, "rows": len(time)}


def told_times(time: Floats, event: Floats, edges: Sequence[float]) -> list[float]:
    """The edges, from the left, that cut rows into parts of which none tells a small number.

    >>> time, event = np.arange(1.0, 41.0), np.ones(40)
    >>> told_times(time, event, [5.5, 10.5, 15.5, 20.5, 35.5])
    [10.5, 20.5]
    """
    kept: list[float] = []
    before = -np.inf
    for edge in edges:
        here, rest = (time >= before) & (time < edge), time >= edge
        if all(_cut(event[part]) for part in (here, rest)):
            kept.append(edge)
            before = edge
    return kept


def _cut(event: Floats) -> bool:
    ended = event == 1
    return bool(ended.sum() >= SMALLEST) and not _small(~ended)


def _small(rows: Any) -> bool:
    return bool(0 < rows.sum() < SMALLEST)


def _at_risk(time: Floats, times: Sequence[float]) -> list[int]:
    return [int((time >= at).sum()) for at in times]


def estimated(
    time: Floats, event: Floats, times: Sequence[float]
) -> tuple[list[float], list[float], list[float]]:
    """Kaplan–Meier survival just before each time, with Greenwood's log-log bounds (95 %).

    S · exp(±z·√V / ln S) in the exponent: S^exp(±z·√V / ln S), V = Σ d / (n (n − d)) over event
    times before (Kalbfleisch & Prentice 1980). Bounds are S itself where it is 0 or 1.

    >>> estimated(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 1, 1]), [1.0, 2.0, 3.5])[0]
    [1.0, 0.75, 0.375]
    """
    at, place = np.unique(time, return_inverse=True)
    died = np.bincount(place, weights=event, minlength=len(at))
    there = len(time) - np.append(0, np.cumsum(np.bincount(place))[:-1])
    survival = np.append(1.0, np.cumprod(1 - died / there))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.append(0.0, np.cumsum(died / (there * (there - died))))
        reach = z() * np.sqrt(variance) / np.log(survival)
        bounds = [survival ** np.exp(side * reach) for side in (1, -1)]
    known = (survival > 0) & (survival < 1)
    low, high = (np.where(known, bound, survival) for bound in bounds)
    before = np.searchsorted(at, times, side="left")
    shown = (np.minimum(low, high), np.maximum(low, high))
    return (
        _rounded(survival[before]),
        _rounded(shown[0][before]),
        _rounded(shown[1][before]),
    )


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
