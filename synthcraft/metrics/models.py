"""The models whose usefulness utility measures: a regularised linear one and a small boosting."""

import warnings
from collections.abc import Iterable

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from synthcraft.metrics.encode import Floats, Ints

INVERSE_PENALTY = 10.0  # inputs span about 1 between their 5 % and 95 % quantiles
SMOOTHING = 0.001  # λ of p ← (1 − λ) p + λ / K


def boosting_classifier(
    iterations: int, categorical: Iterable[bool], stream: np.random.Generator
) -> HistGradientBoostingClassifier:
    """A small gradient boosting that takes missing values and levels as they are."""
    return HistGradientBoostingClassifier(
        max_iter=iterations,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        categorical_features=list(categorical),
        random_state=int(stream.integers(2**31)),
    )


def boosting_regressor(
    iterations: int, categorical: Iterable[bool], stream: np.random.Generator
) -> HistGradientBoostingRegressor:
    """The same for a numeric target."""
    return HistGradientBoostingRegressor(
        max_iter=iterations,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        categorical_features=list(categorical),
        random_state=int(stream.integers(2**31)),
    )


def logistic() -> LogisticRegression:
    """Logistic regression with an L2 penalty."""
    return LogisticRegression(C=INVERSE_PENALTY, max_iter=300)


def ridge() -> Ridge:
    """Linear regression with an L2 penalty."""
    return Ridge(alpha=1 / INVERSE_PENALTY)


def chances(
    model: LogisticRegression | HistGradientBoostingClassifier,
    rows: Floats,
    codes: Ints,
    asked: Floats,
    classes: int,
) -> Floats:
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
