"""The models whose usefulness utility measures: a regularised linear one and a small boosting."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from synthcraft.metrics.encode import Floats, Ints

INVERSE_PENALTY = 10.0  # inputs span about 1 between their 5 % and 95 % quantiles
SMOOTHING = 0.001  # λ of p ← (1 − λ) p + λ / K


def classifier(model: str, iterations: int, categorical: Iterable[bool], seed: int) -> Any:
    """An unfitted "logistic" regression, or a small gradient "boosting"."""
    if model == "logistic":
        return LogisticRegression(C=INVERSE_PENALTY, max_iter=300)
    return HistGradientBoostingClassifier(**_boosting(iterations, categorical, seed))


def regressor(model: str, iterations: int, categorical: Iterable[bool], seed: int) -> Any:
    """An unfitted "ridge" regression, or a small gradient "boosting"."""
    if model == "ridge":
        return Ridge(alpha=1 / INVERSE_PENALTY)
    return HistGradientBoostingRegressor(**_boosting(iterations, categorical, seed))


def _boosting(iterations: int, categorical: Iterable[bool], seed: int) -> dict[str, Any]:
    # Small trees, as the tables are small; missing values and levels go in as they are.
    return {
        "max_iter": iterations,
        "max_leaf_nodes": 15,
        "l2_regularization": 1.0,
        "early_stopping": False,
        "categorical_features": list(categorical),
        "random_state": seed,
    }


def chances(model: Any, rows: Floats, codes: Ints, asked: Floats, classes: int) -> Floats:
    """(asked rows × classes) probabilities of a model fitted to rows with these class codes.

    A class that the codes lack gets probability 0 before all are smoothed; where only one class is
    left, it is certain.
    """
    present = np.unique(codes)
    out = np.zeros((len(asked), classes))
    if len(present) == 1:
        out[:, present] = 1
    else:
        with warnings.catch_warnings():
            # 300 steps are enough for a ranking; the penalty keeps separable data finite.
            warnings.simplefilter("ignore", ConvergenceWarning)
            out[:, present] = model.fit(rows, codes).predict_proba(asked)
    return smoothed(out)


def smoothed(chances: Floats) -> Floats:
    """Probabilities mixed with a little of the uniform ones."""
    return np.asarray((1 - SMOOTHING) * chances + SMOOTHING / chances.shape[1])
