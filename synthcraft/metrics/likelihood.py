"""Coefficients of highest likelihood, by Newton's method."""

from collections.abc import Callable

import numpy as np

from synthcraft.metrics.encode import Floats

_STEPS = 25
_HALVINGS = 20
_SETTLED = 1e-9
_LEFT = 1e-6  # of the information at coefficients of zero, where a column foretells the outcome

Likelihood = Callable[[Floats], tuple[float, Floats, Floats]]


def climb(likelihood: Likelihood, width: int) -> tuple[Floats, Floats]:
    """The ``width`` coefficients of highest likelihood, and their covariance.

    ``likelihood`` gives its logarithm (NaN where coefficients are beyond reason), gradient and
    minus its Hessian. A step that does not climb is halved.

    Raises
    ------
    ValueError
        When no finite coefficients are best: a column foretells the outcome, is constant, or is
        determined by others.

    >>> beta, covariance = climb(lambda b: (float(2 * b[0] - b @ b), 2 - 2 * b, 2 * np.eye(1)), 1)
    >>> beta.tolist(), covariance.tolist()
    ([1.0], [[0.5]])
    """
    beta = np.zeros(width)
    value, slope, bend = likelihood(beta)
    known = np.diag(bend)
    for _ in range(_STEPS):
        step = _inverse(bend) @ slope
        for _ in range(_HALVINGS):
            found = likelihood(beta + step)
            if found[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2
        beta = beta + step
        value, slope, bend = found
        if np.abs(step).max(initial=0) <= _SETTLED * max(1, np.abs(beta).max(initial=0)):
            if (np.diag(bend) > _LEFT * known).all():
                return beta, _inverse(bend)
            break
    raise ValueError("no finite coefficients fit best")


def _inverse(bend: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(bend))
    except np.linalg.LinAlgError:
        raise ValueError("no finite coefficients fit best") from None


def fit_logistic(rows: Floats, event: Floats) -> tuple[Floats, Floats]:
    """Logistic regression of a 0/1 event: coefficients, the intercept first, and covariance.

    Raises
    ------
    ValueError
        As ``climb``.

    >>> beta, covariance = fit_logistic(np.empty((4, 0)), np.array([1, 1, 1, 0]))
    >>> bool(np.isclose(beta[0], np.log(3))), bool(np.isclose(covariance[0, 0], 1 / 3 + 1))
    (True, True)
    """
    x = np.column_stack([np.ones(len(rows)), rows])

    def likelihood(beta: Floats) -> tuple[float, Floats, Floats]:
        score = x @ beta
        chance = 0.5 * (1 + np.tanh(score / 2))
        value = float(event @ score - np.logaddexp(0, score).sum())
        bend = x.T @ ((chance * (1 - chance))[:, None] * x)
        return value, x.T @ (event - chance), bend

    return climb(likelihood, x.shape[1])


def fit_linear(rows: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Least squares: coefficients, the intercept first, and their covariance.

    Raises
    ------
    ValueError
        When a column is constant or determined by others.

    >>> beta, covariance = fit_linear(np.empty((3, 0)), np.array([1.0, 2.0, 3.0]))
    >>> beta.round(6).tolist(), covariance.round(6).tolist()
    ([2.0], [[0.333333]])
    """
    x = np.column_stack([np.ones(len(rows)), rows])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError("no finite coefficients fit best")
    inverse = _inverse(x.T @ x)
    beta = inverse @ (x.T @ values)
    off = values - x @ beta
    return beta, inverse * (off @ off) / (len(x) - x.shape[1])
