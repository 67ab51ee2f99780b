"""A simulated cohort with known coefficients and a known best possible accuracy."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from synthcraft.data.cards import SimulatedParams
from synthcraft.data.source import Source
from synthcraft.ids import Purpose, seed_for
from synthcraft.spec.types import ColumnSpec

COEFFICIENTS: dict[str, float] = {
    "age": 0.05,
    "bmi": 0.06,
    "sbp": 0.02,
    "crp": 0.08,
    "sex=male": 0.4,
    "smoking=former": 0.3,
    "smoking=current": 0.9,
    "group=B": -0.3,
    "group=C": 0.8,
}
NOISE = 1.0
_POPULATION = 200_000
_BATCHES = 20
_COLUMNS = {
    "age": ColumnSpec(
        type="numeric", label="Age", unit="years", low=20, high=90, decimals=0, bins=14
    ),
    "sex": ColumnSpec(type="categorical", label="Sex", levels=("female", "male")),
    "group": ColumnSpec(type="categorical", label="Population group", levels=("A", "B", "C")),
    "smoking": ColumnSpec(
        type="categorical", label="Smoking", levels=("never", "former", "current")
    ),
    "bmi": ColumnSpec(
        type="numeric",
        label="Body mass index",
        unit="kg/m²",
        low=12,
        high=70,
        decimals=1,
        bins=(18.5, 21, 23, 25, 27.5, 30, 32.5, 35, 40),
    ),
    "sbp": ColumnSpec(
        type="numeric",
        label="Systolic blood pressure",
        unit="mmHg",
        low=70,
        high=250,
        decimals=0,
        bins=tuple(range(90, 200, 10)),
    ),
    "crp": ColumnSpec(
        type="numeric",
        label="C-reactive protein",
        unit="mg/L",
        low=0,
        high=200,
        decimals=1,
        bins=(0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 20),
    ),
}
_OUTCOMES = {
    "binary": ColumnSpec(type="categorical", label="Outcome", levels=("no", "yes")),
    "continuous": ColumnSpec(
        type="numeric", label="Outcome", low=-50, high=50, decimals=3, bins=tuple(range(-6, 7))
    ),
}


def load(params: SimulatedParams, *, seed: int) -> Source:
    """``params.n`` simulated people; ``truth`` holds the model that made their outcome.

    The linear predictor is ``intercept + Σ coefficient · value`` over the values as they stand in
    the table (``name=level`` is 1 or 0). A binary outcome is Bernoulli(expit(predictor)); a
    continuous one is the predictor plus normal noise. ``bayes_auroc`` (or ``best_r2``) is what the
    true predictor reaches on complete rows, by Monte Carlo with its standard error.

    >>> source = load(SimulatedParams(n=100), seed=0)
    >>> len(source.frame), source.truth["coefficients"]["smoking=current"]
    (100, 0.9)
    """
    rng = np.random.default_rng(seed_for(seed, 0, 0, Purpose.SUBSAMPLE))
    features = _people(params.n, params.minority, rng)
    truth = _truth(params)
    predictor = truth["intercept"] + _predict(features)
    if params.outcome == "binary":
        outcome = np.where(rng.random(params.n) < expit(predictor), "yes", "no")
        defaults = {"task": "classification", "positive": "yes"}
    else:
        outcome = np.round(predictor + rng.normal(0, NOISE, params.n), 3)
        defaults = {"task": "regression"}
    absent = rng.random(features.shape) < params.missing
    frame = features.mask(absent & (features.columns != "group")).assign(outcome=outcome)
    return Source(
        frame=frame,
        columns={**_COLUMNS, "outcome": _OUTCOMES[params.outcome]},
        defaults=defaults,
        truth=truth,
        notes=("Simulated people; nobody real is in these data.",),
    )


def _people(n: int, minority: float, rng: np.random.Generator) -> pd.DataFrame:
    shares = np.array([0.75 * (1 - minority), 0.25 * (1 - minority), minority])
    age = np.round(np.clip(rng.normal(52, 15, n), 20, 90))
    return pd.DataFrame(
        {
            "age": age,
            "sex": rng.choice(["female", "male"], n),
            "group": rng.choice(["A", "B", "C"], n, p=shares),
            "smoking": rng.choice(["never", "former", "current"], n, p=[0.55, 0.25, 0.2]),
            "bmi": np.round(np.clip(rng.gamma(32, 0.86, n), 12, 70), 1),
            "sbp": np.round(np.clip(96 + 0.55 * age + rng.normal(0, 14, n), 70, 250)),
            "crp": np.round(np.clip(rng.lognormal(0.6, 0.9, n), 0, 200), 1),
        }
    )


def _predict(features: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Σ coefficient · value, without the intercept."""
    total = np.zeros(len(features))
    for term, coefficient in COEFFICIENTS.items():
        name, _, level = term.partition("=")
        values = (features[name] == level) if level else features[name]
        total += coefficient * values.to_numpy(dtype=float)
    return total


def _truth(params: SimulatedParams) -> dict[str, Any]:
    # Its own fixed stream: the truth belongs to the population, not to one drawn cohort.
    population = _predict(_people(_POPULATION, params.minority, np.random.default_rng(0)))
    common = {
        "coefficients": dict(COEFFICIENTS),
        "missing": params.missing,
        "monte_carlo_rows": _POPULATION,
    }
    if params.outcome == "continuous":
        spread = float(np.var(population))
        return {
            "model": "linear",
            "intercept": round(-float(population.mean()), 6),
            "noise_sd": NOISE,
            "best_r2": round(spread / (spread + NOISE**2), 5),
            **common,
        }
    intercept = round(_intercept(population, params.prevalence), 6)
    auroc, error = _bayes_auroc(intercept + population)
    return {
        "model": "logistic",
        "intercept": intercept,
        "prevalence": params.prevalence,
        "bayes_auroc": round(auroc, 5),
        "bayes_auroc_error": round(error, 5),
        **common,
    }


def _intercept(population: "np.ndarray[Any, np.dtype[np.float64]]", prevalence: float) -> float:
    def excess(intercept: float) -> float:
        return float(expit(intercept + population).mean()) - prevalence

    return float(brentq(excess, -100, 100, xtol=1e-9))


def _bayes_auroc(predictor: "np.ndarray[Any, np.dtype[np.float64]]") -> tuple[float, float]:
    """AUROC of the true predictor and its standard error over batches.

    Each person counts as a case with its probability and as a control with the rest, so no
    outcome is drawn and only the covariates are random.
    """
    scores = [_expected_auroc(batch) for batch in np.array_split(predictor, _BATCHES)]
    return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(_BATCHES))


def _expected_auroc(predictor: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
    case = expit(np.sort(predictor))
    control = 1 - case
    below = np.cumsum(control) - control
    # A person is never compared with itself; the predictor has next to no ties.
    return float((case * below).sum() / (case.sum() * control.sum() - (case * control).sum()))
