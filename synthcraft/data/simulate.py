"""A simulated cohort with known coefficients and a known best possible accuracy."""

from collections.abc import Callable
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
TURNING: dict[str, float] = {"age": 52, "sbp": 125}
"""The values about which the smallest group's slopes differ (``shift``)."""
NOISE = 1.0
FOLLOWED = 10.0  # years at most
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
    "survival": ColumnSpec(type="categorical", label="Event", levels=("no", "yes")),
}
_TIME = ColumnSpec(
    type="numeric", label="Follow-up", unit="years", low=0, high=FOLLOWED, decimals=2, bins=10
)
Floats = np.ndarray[Any, np.dtype[np.float64]]


def load(params: SimulatedParams, *, seed: int) -> Source:
    """``params.n`` simulated people; ``truth`` holds the model that made their outcome.

    The linear predictor is ``intercept + Σ coefficient · value`` over the values as they stand in
    the table (``name=level`` is 1 or 0). A binary outcome is Bernoulli(expit(predictor)); a
    continuous one is the predictor plus normal noise; the time to an event is exponential with
    hazard exp(predictor) a year, censored after 10 years, for half of the people at a uniform time
    before. ``bayes_auroc`` (or ``best_r2``, ``best_c``) is what the true predictor reaches on
    complete rows, by Monte Carlo with its standard error; with ``shift`` also by group.

    >>> source = load(SimulatedParams(n=100), seed=0)
    >>> len(source.frame), source.truth["coefficients"]["smoking=current"]
    (100, 0.9)
    """
    rng = np.random.default_rng(seed_for(seed, 0, 0, Purpose.SUBSAMPLE))
    features = _people(params.n, params.minority, rng)
    truth = _truth(params)
    predictor = truth["intercept"] + _predict(features, params.shift)
    columns = {**_COLUMNS, "outcome": _OUTCOMES[params.outcome]}
    more: dict[str, Any] = {}
    if params.outcome == "survival":
        more["time"], outcome = _followed(predictor, rng)
        columns["time"] = _TIME
        defaults = {"task": "survival", "positive": "yes", "time": "time"}
    elif params.outcome == "binary":
        outcome = np.where(rng.random(params.n) < expit(predictor), "yes", "no")
        defaults = {"task": "classification", "positive": "yes"}
    else:
        outcome = np.round(predictor + rng.normal(0, NOISE, params.n), 3)
        defaults = {"task": "regression"}
    absent = rng.random(features.shape) < params.missing
    frame = features.mask(absent & (features.columns != "group")).assign(outcome=outcome, **more)
    return Source(
        frame=frame,
        columns=columns,
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


def _followed(predictor: Floats, rng: np.random.Generator) -> tuple[Floats, Any]:
    """Years until the event or the end of follow-up, and whether the event was seen."""
    event = rng.exponential(np.exp(-predictor))
    end = np.minimum(FOLLOWED, rng.uniform(0, 2 * FOLLOWED, len(predictor)))
    years = np.round(np.minimum(event, end), 2)
    return years, np.where(event <= end, "yes", "no")


def _seen(predictor: Floats) -> Floats:
    """The chance that the event is seen before follow-up ends."""
    expected = FOLLOWED * np.exp(predictor)
    return 1 - (np.exp(-expected) - np.expm1(-expected) / expected) / 2


def _predict(features: pd.DataFrame, shift: float | None) -> Floats:
    """Σ coefficient · value, without the intercept."""
    total = np.zeros(len(features))
    for term, coefficient in COEFFICIENTS.items():
        name, _, level = term.partition("=")
        values = (features[name] == level) if level else features[name]
        total += coefficient * values.to_numpy(dtype=float)
    if shift is not None:
        smallest = (features["group"] == "C").to_numpy()
        for name, middle in TURNING.items():
            total -= smallest * shift * COEFFICIENTS[name] * (features[name].to_numpy() - middle)
    return total


def _truth(params: SimulatedParams) -> dict[str, Any]:
    # Its own fixed stream: the truth belongs to the population, not to one drawn cohort.
    people = _people(_POPULATION, params.minority, np.random.default_rng(0))
    population = _predict(people, params.shift)
    common: dict[str, Any] = {
        "coefficients": dict(COEFFICIENTS),
        "missing": params.missing,
        "monte_carlo_rows": _POPULATION,
    }
    if params.shift is not None:
        common |= {"shift": params.shift, "turning": dict(TURNING)}
    if params.outcome == "continuous":
        spread = float(np.var(population))
        return {
            "model": "linear",
            "intercept": round(-float(population.mean()), 6),
            "noise_sd": NOISE,
            "best_r2": round(spread / (spread + NOISE**2), 5),
            **common,
        }
    binary = params.outcome == "binary"
    chance: Callable[[Floats], Floats] = expit if binary else _seen
    intercept = round(_intercept(population, chance, params.prevalence), 6)
    name, score = ("bayes_auroc", _expected_auroc) if binary else ("best_c", _expected_c)
    best, error = _over_batches(score, intercept + population)
    if params.shift is not None:
        by_group = {
            group: _over_batches(score, intercept + population[people["group"] == group])[0]
            for group in ("A", "B", "C")
        }
        common[f"{name}_by_group"] = {group: round(own, 5) for group, own in by_group.items()}
    return {
        "model": "logistic" if binary else "exponential",
        "intercept": intercept,
        "prevalence": params.prevalence,
        name: round(best, 5),
        f"{name}_error": round(error, 5),
        **common,
    }


def _intercept(population: Floats, chance: Callable[[Floats], Floats], prevalence: float) -> float:
    def excess(intercept: float) -> float:
        return float(chance(intercept + population).mean()) - prevalence

    return float(brentq(excess, -100, 100, xtol=1e-9))


def _over_batches(score: Callable[[Floats], float], predictor: Floats) -> tuple[float, float]:
    """What the true predictor reaches, and the standard error over batches."""
    scores = [score(batch) for batch in np.array_split(predictor, _BATCHES)]
    return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(_BATCHES))


def _expected_c(predictor: Floats) -> float:
    """The chance that of two people one of whom has the event in time the riskier is the first.

    Of two exponential times the first ends at the sum of both rates.
    """
    half = len(predictor) // 2
    first, second = np.exp(predictor[:half]), np.exp(predictor[half : 2 * half])
    both = first + second
    ended = -np.expm1(-both * FOLLOWED)
    return float((ended * np.maximum(first, second) / both).sum() / ended.sum())


def _expected_auroc(predictor: Floats) -> float:
    """AUROC where each person counts as a case with its probability, as a control with the rest.

    So no outcome is drawn, and only the covariates are random.
    """
    case = expit(np.sort(predictor))
    control = 1 - case
    below = np.cumsum(control) - control
    # A person is never compared with itself; the predictor has next to no ties.
    return float((case * below).sum() / (case.sum() * control.sum() - (case * control).sum()))
