"""Against simulations with known expectation."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from synthcraft.metrics.context import NotApplicable
from synthcraft.metrics.fidelity.propensity import pmse_ratio

N, D, REPEATS = 200, 5, 400


def mean_ratio(synthesise: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> float:
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(REPEATS):
        real = rng.normal(size=(N, D))
        ratios.append(pmse_ratio(real, synthesise(real, rng)))
    return float(np.mean(ratios))


def test_fresh_rows_have_two() -> None:
    # ▪ The ratio is 2 χ²(5) / 5: sd 1.26, se over 400 repeats 0.063; the fit is finite-sample, with
    # an upward bias of order k / N = 0.03 of the value. Three errors and the bias.
    assert mean_ratio(lambda real, rng: rng.normal(size=real.shape)) == pytest.approx(2, abs=0.25)


def test_synthesis_from_the_fitted_model_has_one() -> None:
    def fitted(real: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return rng.multivariate_normal(real.mean(axis=0), np.cov(real.T), len(real))

    # Half of the above: se 0.032.
    assert mean_ratio(fitted) == pytest.approx(1, abs=0.13)


def test_chances_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(150, 3)), rng.normal(0.5, 2, size=(100, 3))
    rows, labels = np.concatenate([real, made]), np.repeat([0, 1], [150, 100])
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows, labels)
    error = np.mean((model.predict_proba(rows)[:, 1] - 0.4) ** 2)
    assert pmse_ratio(real, made) == pytest.approx(error / (3 * 0.6**2 * 0.4 / 250), rel=1e-4)


def test_redundant_columns_are_no_parameters() -> None:
    rng = np.random.default_rng(2)
    real, made = rng.normal(size=(2, 300, 2))
    doubled = [
        np.column_stack([rows, rows[:, 0] - rows[:, 1], np.ones(300)]) for rows in (real, made)
    ]
    assert pmse_ratio(*doubled) == pytest.approx(pmse_ratio(real, made), rel=1e-6)


def test_rows_told_apart_for_sure_reach_the_extreme() -> None:
    rng = np.random.default_rng(3)
    real = rng.normal(size=(100, 2))
    # pMSE = ¼ where every chance is 0 or 1; null = 2 · ⅛ / 200.
    assert pmse_ratio(real, real + 100) == pytest.approx(0.25 / (2 / 8 / 200), rel=1e-3)


def test_more_parameters_than_rows_is_not_applicable() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(NotApplicable, match="too many"):
        pmse_ratio(*rng.normal(size=(2, 30, 50)))
