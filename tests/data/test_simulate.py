"""The simulated cohort: its truth is true."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score

from synthcraft.data.cards import SimulatedParams
from synthcraft.data.load import load_table
from synthcraft.data.simulate import COEFFICIENTS, load
from synthcraft.spec.types import DatasetSpec


def design(frame):
    """The columns of the linear predictor, one for each coefficient."""
    columns = []
    for term in COEFFICIENTS:
        name, _, level = term.partition("=")
        columns.append((frame[name] == level if level else frame[name]).to_numpy(dtype=float))
    return np.column_stack(columns)


def test_logistic_truth():
    source = load(SimulatedParams(n=40_000, prevalence=0.3), seed=3)
    terms, case = design(source.frame), source.frame["outcome"].to_numpy() == "yes"
    predictor = source.truth["intercept"] + terms @ list(source.truth["coefficients"].values())
    # Binomial error at 40,000 rows: 0.0023; four of them.
    assert abs(case.mean() - 0.3) < 0.0092
    # Hanley-McNeil error of the AUROC with 12,000 cases is at most 0.0025; four of them.
    assert abs(roc_auc_score(case, predictor) - source.truth["bayes_auroc"]) < 0.01
    # Calibrated: the mean residual within each tenth has error at most sqrt(.25/4000) = 0.008.
    for tenth in np.array_split(np.argsort(predictor), 10):
        assert abs(case[tenth].mean() - expit(predictor[tenth]).mean()) < 0.032


def test_coefficients_can_be_estimated():
    source = load(SimulatedParams(n=40_000, prevalence=0.3), seed=4)
    terms, case = design(source.frame), source.frame["outcome"] == "yes"
    scale = terms.std(axis=0)
    model = LogisticRegression(C=1e6, max_iter=500).fit(terms / scale, case)
    estimated = model.coef_[0] / scale
    fisher = expit(model.decision_function(terms / scale))
    weights = (fisher * (1 - fisher))[:, None]
    centred = np.column_stack([np.ones(len(terms)), terms])
    error = np.sqrt(np.diag(np.linalg.inv(centred.T @ (weights * centred))))[1:]
    # Nine estimates, each within four of its own standard errors.
    assert (np.abs(estimated - list(COEFFICIENTS.values())) < 4 * error).all()


def test_linear_truth():
    source = load(SimulatedParams(n=20_000, outcome="continuous"), seed=0)
    terms, outcome = design(source.frame), source.frame["outcome"]
    # R² has error below 2(1-R²)sqrt(R²/n) = 0.007 here; four of them.
    fit = LinearRegression().fit(terms, outcome)
    assert abs(fit.score(terms, outcome) - source.truth["best_r2"]) < 0.028
    assert np.allclose(fit.coef_, list(COEFFICIENTS.values()), atol=0.15)


def test_bayes_auroc_error_is_small_and_truth_is_of_the_population():
    first, second = (load(SimulatedParams(n=100), seed=seed) for seed in (0, 1))
    assert first.truth == second.truth
    assert not first.frame.equals(second.frame)
    assert first.truth["bayes_auroc_error"] < 0.001


def test_minority_and_missing_shares():
    source = load(SimulatedParams(n=10_000, minority=0.05, missing=0.2), seed=0)
    # Binomial errors 0.0022 and 0.004; four of them.
    assert abs((source.frame["group"] == "C").mean() - 0.05) < 0.0088
    assert abs(source.frame["bmi"].isna().mean() - 0.2) < 0.016
    assert source.frame[["group", "outcome"]].notna().all().all()


@pytest.mark.parametrize(
    ("outcome", "task"), [("binary", "classification"), ("continuous", "regression")]
)
def test_table_carries_the_truth(outcome, task):
    spec = DatasetSpec(plugin="simulated", params={"n": 200, "outcome": outcome})
    table = load_table(spec, seed=0)
    assert table.task == task
    assert table.truth["coefficients"] == COEFFICIENTS
    assert table.column("age").decimals == 0
