"""Proportional hazards: Cox regression with Breslow's ties and baseline, and Kaplan–Meier curves.

Written out because constant columns, which synthetic tables have, make lifelines' fitter diverge.
"""

from dataclasses import dataclass

import numpy as np

from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.likelihood import climb

_WIDEST = 100.0  # logarithm of the ratio of two rows' hazards


@dataclass(frozen=True, eq=False)
class Cox:
    """A fitted model: ``hazard = baseline · exp(rows @ coefficients)``; covariance of them."""

    coefficients: Floats
    covariance: Floats


def fit_cox(
    rows: Floats,
    time: Floats,
    event: Floats,
    *,
    penalty: float = 0.0,
    weights: Floats | None = None,
) -> Cox:
    """The coefficients that maximise the partial likelihood − penalty/2 · Σ coefficient².

    Ties by Breslow (1974). A row of ``weights`` k counts as k such rows.

    Raises
    ------
    ValueError
        When no finite coefficients fit best, which a penalty prevents (see ``climb``).

    >>> rows, time = np.array([[0.0], [1.0], [0.0]]), np.array([1.0, 2.0, 3.0])
    >>> bool(np.isclose(fit_cox(rows, time, np.ones(3)).coefficients[0], np.log(np.sqrt(2))))
    True
    """
    order = np.argsort(-time, kind="stable")
    x = (rows - rows.mean(axis=0))[order].astype(float)
    # Rows at risk at a row's time: all up to the last one of the same time.
    last = np.searchsorted(-time[order], -time[order], side="right") - 1
    counts = np.ones(len(x)) if weights is None else weights[order]
    died = counts * event[order]
    return Cox(*climb(lambda beta: _likelihood(x, counts, last, died, beta, penalty), x.shape[1]))


def _likelihood(
    x: Floats, counts: Floats, last: Ints, died: Floats, beta: Floats, penalty: float
) -> tuple[float, Floats, Floats]:
    """Penalised log partial likelihood, its gradient, and minus its Hessian; latest rows first.

    ``counts`` is how often each row counts, ``died`` the same where it had the event, or else 0.
    """
    score = x @ beta
    if np.ptp(score) > _WIDEST:
        return np.nan, beta, np.eye(len(beta))
    top = score.max(initial=0)
    share = counts * np.exp(score - top)
    at_risk = np.cumsum(share)[last]
    mean = np.cumsum(share[:, None] * x, axis=0)[last] / at_risk[:, None]
    value = died @ (score - top - np.log(at_risk)) - penalty / 2 * beta @ beta
    slope = died @ (x - mean) - penalty * beta
    # Σ over events of E[xxᵀ]: each row counts with the hazard that passed while it was at risk.
    passed = np.bincount(last, weights=died / at_risk, minlength=len(x))
    hazard = share * np.cumsum(passed[::-1])[::-1]
    events = died > 0
    means = np.sqrt(died[events])[:, None] * mean[events]
    second = x.T @ (hazard[:, None] * x) - means.T @ means
    return float(value), slope, second + penalty * np.eye(len(beta))


def score_residuals(
    rows: Floats, time: Floats, event: Floats, weights: Floats, coefficients: Floats
) -> Floats:
    """What each row adds to the gradient of the weighted partial likelihood (rows × coefficients).

    δ·(x − x̄(t)) − Σ over events up to t of (its weight / weighted risk set) · exp(x·β)·(x − x̄),
    without the row's own weight; weighted by it, rows add up to 0 at the best coefficients (Binder
    1992, Biometrika 79:139-147; Lin & Wei 1989). Ties by Breslow.

    >>> x, time, one = np.array([[0.0], [1.0]]), np.array([1.0, 2.0]), np.ones(2)
    >>> score_residuals(x, time, one, one, np.zeros(1)).tolist()  # x̄ is ½, then 1
    [[-0.25], [-0.25]]
    """
    order = np.argsort(-time, kind="stable")
    last = np.searchsorted(-time[order], -time[order], side="right") - 1
    x, weight, died = (part[order].astype(float) for part in (rows, weights, event))
    score = x @ coefficients
    relative = np.exp(score - score.max(initial=0))
    at_risk = np.cumsum(weight * relative)[last]
    mean = np.cumsum((weight * relative)[:, None] * x, axis=0)[last] / at_risk[:, None]
    step = weight * died / at_risk
    # Both sums run over events at the row's time and before, which stand after it.
    passed = np.cumsum(np.bincount(last, step, len(x))[::-1])[::-1]
    moments = np.column_stack([np.bincount(last, step * column, len(x)) for column in mean.T])
    before = np.cumsum(moments[::-1], axis=0)[::-1]
    found = died[:, None] * (x - mean) - relative[:, None] * (passed[:, None] * x - before)
    residuals = np.empty_like(x)
    residuals[order] = found
    return residuals


def baseline(
    time: Floats, event: Floats, risk: Floats, asked: Floats, weights: Floats | None = None
) -> Floats:
    """Breslow's cumulative baseline hazard at the asked times, of rows with these log risks.

    A row of ``weights`` k counts as k such rows.

    >>> baseline(np.array([1.0, 2.0]), np.ones(2), np.zeros(2), np.array([0.5, 1.0, 3.0])).tolist()
    [0.0, 0.5, 1.5]
    """
    order = np.argsort(-time, kind="stable")
    latest = -time[order]
    last = np.searchsorted(latest, latest, side="right") - 1
    counts = np.ones(len(time)) if weights is None else weights[order]
    steps = counts * event[order] / np.cumsum(counts * np.exp(risk[order]))[last]
    total = np.append(0.0, np.cumsum(steps[::-1]))
    return np.asarray(total[np.searchsorted(time[order][::-1], asked, side="right")])


def survivor(time: Floats, ended: Floats, before: Floats) -> tuple[Floats, Floats]:
    """A Kaplan–Meier curve: its rising distinct times and the chance to be there after each.

    ``ended`` marks the rows whose time ends it; where others leave at the same time, those with
    ``before`` leave first (events before censorings), the rest after.

    >>> survivor(np.array([1.0, 2.0, 2.0]), np.array([0, 1, 0]), np.array([1, 0, 1]))
    (array([1., 2.]), array([1., 0.]))
    """
    times, place = np.unique(time, return_inverse=True)
    here = np.bincount(place)
    at_risk = len(time) - np.append(0, np.cumsum(here)[:-1]) - np.bincount(place, weights=before)
    gone = np.bincount(place, weights=ended)
    return times, np.cumprod(1 - gone / np.maximum(at_risk, 1))
