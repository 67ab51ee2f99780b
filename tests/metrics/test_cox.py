import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from synthcraft.metrics.cox import baseline, fit_cox, survivor


def people(n: int, seed: int, digits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)) + 3
    died, left = rng.exponential(np.exp(3 - x[:, 0])), rng.exponential(1.0, n)
    return x, np.round(np.minimum(died, left), digits), (died <= left).astype(float)


@pytest.mark.parametrize("digits", [1, 9])
@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_it_is_scikit_survivals(digits: int, penalty: float) -> None:
    x, time, event = people(300, 0, digits)
    ours = fit_cox(x, time, event, penalty=penalty)
    theirs = CoxPHSurvivalAnalysis(alpha=penalty, ties="breslow")
    theirs.fit(x, Surv.from_arrays(event.astype(bool), time))
    np.testing.assert_allclose(ours.coefficients, theirs.coef_, rtol=1e-6, atol=1e-8)
    steps = theirs.cum_baseline_hazard_
    passed = baseline(time, event, x @ ours.coefficients, steps.x)
    np.testing.assert_allclose(passed, steps.y, rtol=1e-6)


def test_errors_are_lifelines() -> None:
    x, time, event = people(300, 1, 9)
    ours = fit_cox(x, time, event)
    theirs = CoxPHFitter().fit(pd.DataFrame(x).assign(t=time, e=event), "t", "e")
    np.testing.assert_allclose(ours.coefficients, theirs.params_, atol=1e-4)
    np.testing.assert_allclose(
        np.sqrt(np.diag(ours.covariance)), theirs.standard_errors_, atol=1e-4
    )


def test_a_constant_column_gets_nothing_under_a_penalty_and_is_refused_without() -> None:
    x, time, event = people(200, 2, 2)
    x[:, 1] = 7
    assert fit_cox(x, time, event, penalty=0.1).coefficients[1] == 0
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit_cox(x, time, event)


def test_an_event_that_a_column_foretells_is_refused() -> None:
    time = np.arange(50.0)
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit_cox(time[:, None], time, np.ones(50))


def test_kaplan_meier_is_scikit_survivals() -> None:
    _, time, event = people(200, 3, 1)
    times, free = survivor(time, 1 - event, event)
    theirs = kaplan_meier_estimator(event.astype(bool), time, reverse=True)
    np.testing.assert_allclose(np.interp(theirs[0], times, free), theirs[1])


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_a_row_of_weight_k_counts_as_k_rows(penalty: float) -> None:
    x, time, event = people(150, 2, 4)
    weights = np.random.default_rng(0).integers(1, 4, 150)
    often = np.repeat(np.arange(150), weights)
    ours = fit_cox(x, time, event, penalty=penalty, weights=weights.astype(float))
    theirs = fit_cox(x[often], time[often], event[often], penalty=penalty)
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, atol=1e-8)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, atol=1e-8)
    risk, asked = x @ ours.coefficients, np.array([0.1, 1.0, 5.0])
    np.testing.assert_allclose(
        baseline(time, event, risk, asked, weights.astype(float)),
        baseline(time[often], event[often], risk[often], asked),
    )
