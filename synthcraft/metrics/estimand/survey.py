"""Regressions of survey rows: weighted, with errors of clusters that were drawn within strata."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.data.table import Table
from synthcraft.metrics.cox import fit_cox, score_residuals
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.likelihood import climb

_Ints = np.ndarray[Any, np.dtype[np.int64]]
_Function = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Survey:
    """A weight for each row, and the numbers of its stratum and of its cluster in it (rows × 2).

    ``drawn`` (clusters × 2) are all clusters of the survey where these are some of its rows: one
    that has none of them was drawn all the same. None: those of the rows.
    """

    weights: Floats
    clusters: _Ints
    drawn: _Ints | None = None

    @classmethod
    def of(cls, table: Table) -> "Survey | None":
        """The table's own, where it has weights; without clusters every row is one."""
        if table.weights is None:
            return None
        alone = np.column_stack([np.zeros(len(table), dtype=int), np.arange(len(table))])
        clusters = alone if table.clusters is None else table.clusters
        return cls(table.weights, clusters, np.unique(clusters, axis=0))

    def take(self, rows: "np.ndarray[Any, np.dtype[np.bool_]]") -> "Survey":
        """That of these rows only: a subpopulation of the same survey."""
        return replace(self, weights=self.weights[rows], clusters=self.clusters[rows])


def _same(score: Floats) -> Floats:
    return score


def _chance(score: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(score / 2)))


# The cumulant of each family with its first and second derivative, by the score.
_FAMILIES: dict[str, tuple[_Function, _Function, _Function]] = {
    "linear": (lambda score: score**2 / 2, _same, np.ones_like),
    "logistic": (
        lambda score: np.logaddexp(0, score),
        _chance,
        lambda score: _chance(score) * (1 - _chance(score)),
    ),
}


def fit_survey(model: str, rows: Floats, response: Floats, survey: Survey) -> tuple[Floats, Floats]:
    """Weighted linear or logistic regression: coefficients, the intercept first, and covariance.

    Coefficients solve Σ w·(y − ŷ)·x = 0; the covariance is the sandwich of the inverse information
    and the clusters' sums of w·(y − ŷ)·x (Binder 1983, International Statistical Review 51:279-292;
    as svyglm of R's survey). With the intercept only it is the weighted mean.

    Raises
    ------
    ValueError
        When a column is constant or determined by others, or foretells the outcome.

    >>> survey = Survey(np.array([1.0, 3.0]), np.array([[0, 0], [0, 1]]))
    >>> beta, covariance = fit_survey("linear", np.empty((2, 0)), np.array([0.0, 4.0]), survey)
    >>> beta.tolist(), covariance.round(6).tolist()  # 2/(2 − 1)·2·(¼·3)²
    ([3.0], [[2.25]])
    """
    cumulant, mean, spread = _FAMILIES[model]
    x = np.column_stack([np.ones(len(rows)), rows])
    weights = survey.weights / survey.weights.mean()
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError("no finite coefficients fit best")

    def likelihood(beta: Floats) -> tuple[float, Floats, Floats]:
        score = x @ beta
        value = float(weights @ (response * score - cumulant(score)))
        bend = x.T @ ((weights * spread(score))[:, None] * x)
        return value, x.T @ (weights * (response - mean(score))), bend

    beta, bread = climb(likelihood, x.shape[1])
    parts = (weights * (response - mean(x @ beta)))[:, None] * x
    return beta, bread @ cluster_covariance(parts, survey.clusters, survey.drawn) @ bread


def fit_survey_cox(
    rows: Floats, time: Floats, event: Floats, survey: Survey
) -> tuple[Floats, Floats]:
    """Weighted proportional hazards: coefficients and their covariance.

    Coefficients maximise the weighted partial likelihood, ties by Breslow; the covariance is the
    sandwich of the inverse information and the clusters' sums of weighted score residuals (Binder
    1992, Biometrika 79:139-147; as svycoxph of R's survey).

    Raises
    ------
    ValueError
        As ``fit_cox``.

    >>> x, time, one = np.array([[0.0], [1.0], [0.0]]), np.array([1.0, 2.0, 3.0]), np.ones(3)
    >>> survey = Survey(one, np.array([[0, 0], [0, 1], [0, 2]]))
    >>> beta, covariance = fit_survey_cox(x, time, one, survey)
    >>> bool(np.isclose(beta[0], np.log(np.sqrt(2)))), covariance.shape
    (True, (1, 1))
    """
    weights = survey.weights / survey.weights.mean()
    fitted = fit_cox(rows, time, event, weights=weights)
    beta, bread = fitted.coefficients, fitted.covariance
    parts = weights[:, None] * score_residuals(rows, time, event, weights, beta)
    return beta, bread @ cluster_covariance(parts, survey.clusters, survey.drawn) @ bread


def cluster_covariance(parts: Floats, clusters: _Ints, drawn: _Ints | None = None) -> Floats:
    """Covariance of sums over rows whose clusters were drawn, with replacement, within strata.

    Σ_h n_h/(n_h − 1) Σ_c (t_hc − t̄_h)(t_hc − t̄_h)ᵀ, with the sums t_hc of each of the n_h clusters
    of stratum h; a stratum's only cluster counts by its distance from the mean of all clusters
    ("adjust" of R's survey). A cluster that was drawn but has none of the rows has sums of 0, as in
    the estimate of a subpopulation. Source: Lohr 2021, Sampling.

    Parameters
    ----------
    parts
        (rows × sums): the terms of each sum.
    clusters
        (rows × 2): a number of the stratum, and one of the cluster in it.
    drawn
        (clusters × 2): all clusters that were drawn; None: those of the rows.

    >>> parts, strata = np.array([[1.0], [3.0], [4.0], [8.0]]), [0, 0, 1, 1]
    >>> cluster_covariance(parts, np.column_stack([strata, [0, 1, 0, 1]]))  # 2·(1 + 1) + 2·(4 + 4)
    array([[20.]])
    """
    sums = pd.DataFrame(parts).groupby([clusters[:, 0], clusters[:, 1]]).sum()
    if drawn is not None:
        sums = sums.reindex(pd.MultiIndex.from_arrays([drawn[:, 0], drawn[:, 1]]), fill_value=0.0)
    strata = sums.groupby(level=0)
    size = strata[0].transform("size").to_numpy()[:, None]
    alone = size == 1
    centre = np.where(alone, sums.mean().to_numpy(), strata.transform("mean").to_numpy())
    off = (sums.to_numpy() - centre) * np.sqrt(size / np.where(alone, 1, size - 1))
    return np.asarray(off.T @ off)
