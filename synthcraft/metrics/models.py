"""The models whose usefulness utility measures: linear, a small boosting, a small network."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from synthcraft.metrics.cox import baseline, fit_cox
from synthcraft.metrics.encode import Floats, Ints

ITERATIONS = 60  # of boosting, unless a spec says otherwise
INVERSE_PENALTY = 10.0  # inputs span about 1 between their 5 % and 95 % quantiles
SMOOTHING = 0.001  # λ of p ← (1 − λ) p + λ / K
HIDDEN = (32,)
EPOCHS = 100
_WIDEST = 100.0  # logarithm of a hazard's ratio to the middle row's: e¹⁰⁰ is all the same as more
Answers = Callable[[Floats], Floats]


def classifier(model: str, iterations: int, categorical: Iterable[bool], seed: int) -> Any:
    """An unfitted "logistic" regression, small gradient "boosting", or small network "mlp"."""
    if model == "logistic":
        return LogisticRegression(C=INVERSE_PENALTY, max_iter=300)
    if model == "mlp":
        return MLPClassifier(HIDDEN, max_iter=EPOCHS, random_state=seed)
    return HistGradientBoostingClassifier(**_boosting(iterations, categorical, seed))


def regressor(model: str, iterations: int, categorical: Iterable[bool], seed: int) -> Any:
    """An unfitted "ridge" regression, small gradient "boosting", or small network "mlp"."""
    if model == "ridge":
        return Ridge(alpha=1 / INVERSE_PENALTY)
    if model == "mlp":
        network = MLPRegressor(HIDDEN, max_iter=EPOCHS, random_state=seed)
        return TransformedTargetRegressor(network, transformer=StandardScaler())
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


def fit_chances(
    model: Any, rows: Floats, codes: Ints, classes: int, weights: Floats | None = None
) -> Answers:
    """What a model fitted to rows with these class codes answers: (asked × classes) probabilities.

    A class that the codes lack gets probability 0 before all are smoothed; where only one class is
    left, it is certain. Where rows do not count alike, ``weights`` tells how much each does.
    """
    present = np.unique(codes)
    if len(present) > 1:
        with warnings.catch_warnings():
            # These steps are enough for a ranking; the penalty keeps separable data finite.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(rows, codes, **_weighed(weights))

    def answers(asked: Floats) -> Floats:
        out = np.zeros((len(asked), classes))
        out[:, present] = model.predict_proba(asked) if len(present) > 1 else 1
        return smoothed(out)

    return answers


def _weighed(weights: Floats | None) -> dict[str, Floats]:
    # Not every model takes weights; none is asked to where all rows count alike.
    return {} if weights is None else {"sample_weight": weights}


def fit_amounts(
    model: Any, rows: Floats, amounts: Floats, weights: Floats | None = None
) -> Answers:
    """What a model fitted to rows with these amounts answers: an amount for each asked row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = model.fit(rows, amounts, **_weighed(weights))
    return lambda asked: np.asarray(fitted.predict(asked), dtype=float)


def fit_hazards(
    model: str,
    rows: Floats,
    time: Floats,
    event: Floats,
    times: Floats,
    *,
    iterations: int,
    seed: int,
    weights: Floats | None = None,
) -> Answers:
    """What a "cox" regression or a "boosting" of it answers: (asked × times) cumulative hazards.

    Both rank rows by a log risk; the baseline is Breslow's on the rows that they were fitted to.
    Without events there is no hazard. One row far out leaves all hazards finite. A row of
    ``weights`` k counts as k such rows.
    """
    if not event.any():
        return lambda asked: np.zeros((len(asked), len(times)))
    risk = (
        _linear_risk(rows, time, event, weights)
        if model == "cox"
        else _boosted_risk(rows, time, event, weights, iterations, seed)
    )
    middle = np.median(risk(rows))

    def relative(asked: Floats) -> Floats:
        return np.clip(risk(asked) - middle, -_WIDEST, _WIDEST)

    passed = baseline(time, event, relative(rows), times, weights)
    return lambda asked: np.exp(relative(asked))[:, None] * passed


def _linear_risk(rows: Floats, time: Floats, event: Floats, weights: Floats | None) -> Answers:
    fitted = fit_cox(rows, time, event, penalty=1 / INVERSE_PENALTY, weights=weights)
    return lambda asked: np.asarray(asked @ fitted.coefficients)


def _boosted_risk(
    rows: Floats, time: Floats, event: Floats, weights: Floats | None, iterations: int, seed: int
) -> Answers:
    import xgboost  # a second to import, and only survival needs it

    # xgboost marks censored rows by a negative time; 0 can bear no sign.
    least = time[time > 0].min(initial=1.0) / 2
    signed = np.where(event == 1, 1, -1) * np.maximum(time, least)
    settings = {
        "objective": "survival:cox",
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.1,
        "nthread": 1,
        "seed": seed,
    }
    # Its own objective leaves the weights out of the rows at risk.
    slopes = None if weights is None else _cox_slopes(time, event, weights)
    booster = xgboost.train(settings, xgboost.DMatrix(rows, label=signed), iterations, obj=slopes)

    def risk(asked: Floats) -> Floats:
        margin = booster.predict(xgboost.DMatrix(asked), output_margin=True)
        return np.asarray(margin, dtype=float)

    return risk


def _cox_slopes(time: Floats, event: Floats, weights: Floats) -> Callable[..., Any]:
    """What boosting asks for at given log risks: the loss's first and second derivatives by row.

    The loss is minus Breslow's log partial likelihood; a row of weight k counts as k such rows.
    """
    order = np.argsort(time, kind="stable")
    first = np.searchsorted(time[order], time[order], side="left")
    last = np.searchsorted(time[order], time[order], side="right") - 1
    died = (weights * event)[order]
    back = np.argsort(order, kind="stable")

    def slopes(risk: Floats, _: Any) -> tuple[Floats, Floats]:
        share = np.exp(np.clip(risk - np.median(risk), -_WIDEST, _WIDEST).astype(float))[order]
        at_risk = np.cumsum((weights[order] * share)[::-1])[::-1][first]
        hazard, squared = (np.cumsum(died / at_risk**power)[last] for power in (1, 2))
        bend = share * hazard - share**2 * squared
        return (weights * (share * hazard - event[order])[back], weights * bend[back])

    return slopes


def smoothed(chances: Floats) -> Floats:
    """Probabilities mixed with a little of the uniform ones."""
    return np.asarray((1 - SMOOTHING) * chances + SMOOTHING / chances.shape[1])
