"""The simulated cohort: its truth is true."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score

from synthcraft.data.cards import SimulatedParams
from synthcraft.data.load import load_table
from synthcraft.data.simulate import COEFFICIENTS, load
from synthcraft.metrics.cox import fit_cox
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
    ("outcome", "task"),
    [("binary", "classification"), ("continuous", "regression"), ("survival", "survival")],
)
def test_table_carries_the_truth(outcome, task):
    spec = DatasetSpec(plugin="simulated", params={"n": 200, "outcome": outcome})
    table = load_table(spec, seed=0)
    assert table.task == task
    assert table.truth["coefficients"] == COEFFICIENTS
    assert table.column("age").decimals == 0


def test_the_smallest_group_follows_a_model_of_its_own():
    source = load(SimulatedParams(n=60_000, minority=0.4, prevalence=0.3, shift=2), seed=5)
    terms, case = design(source.frame), source.frame["outcome"] == "yes"
    names = list(COEFFICIENTS)
    for group, expected in (("A", (0.05, 0.02)), ("C", (-0.05, -0.02))):
        rows = (source.frame["group"] == group).to_numpy()
        inside = terms[rows][:, :7]  # without the groups' own
        scale = inside.std(axis=0)
        model = LogisticRegression(C=1e6, max_iter=500).fit(inside / scale, case[rows])
        fitted = dict(zip(names[:7], model.coef_[0] / scale, strict=True))
        # Standard errors at 24,000 rows: below 0.0015 (age, sd 15) and 0.0016 (sbp); four of them.
        assert abs(fitted["age"] - expected[0]) < 0.006
        assert abs(fitted["sbp"] - expected[1]) < 0.0065
        assert abs(fitted["smoking=current"] - 0.9) < 0.2
    # The group's own best accuracy is that of its own predictor.
    rows = (source.frame["group"] == "C").to_numpy()
    predictor = terms @ list(COEFFICIENTS.values())
    middle = source.frame[["age", "sbp"]].to_numpy() - [52, 125]
    own = predictor[rows] - 2 * middle[rows] @ [0.05, 0.02]
    # Hanley-McNeil error with 7,000 cases is at most 0.0035; four of them.
    truth = source.truth["bayes_auroc_by_group"]["C"]
    assert abs(roc_auc_score(case[rows], own) - truth) < 0.014
    assert roc_auc_score(case[rows], predictor[rows]) < 0.5


def test_survival_truth():
    source = load(SimulatedParams(n=20_000, outcome="survival", prevalence=0.35), seed=6)
    terms, frame = design(source.frame), source.frame
    event = (frame["outcome"] == "yes").to_numpy(dtype=float)
    # Binomial error at 20,000 rows: 0.0034; four of them.
    assert abs(event.mean() - 0.35) < 0.0136
    assert frame["time"].between(0, 10).all()
    scale = terms.std(axis=0)
    fitted = fit_cox(terms / scale, frame["time"].to_numpy(), event)
    error = np.sqrt(np.diag(fitted.covariance)) / scale
    # Nine estimates, each within four of its own standard errors.
    off = fitted.coefficients / scale - list(COEFFICIENTS.values())
    assert (np.abs(off) < 4 * error).all()


def test_best_concordance_is_that_of_uncensored_people_within_ten_years():
    source = load(SimulatedParams(n=100, outcome="survival", prevalence=0.35), seed=0)
    people = load(SimulatedParams(n=20_000, outcome="survival", prevalence=0.35), seed=7).frame
    risk = source.truth["intercept"] + design(people) @ list(COEFFICIENTS.values())
    rng = np.random.default_rng(0)
    time = rng.exponential(np.exp(-risk))
    first, second = np.arange(0, 20_000, 2), np.arange(1, 20_000, 2)
    ended = np.minimum(time[first], time[second]) < 10
    right = (time[first] < time[second]) == (risk[first] > risk[second])
    # About 6,000 pairs: binomial error below 0.0062; four of them.
    assert abs(right[ended].mean() - source.truth["best_c"]) < 0.025
    assert source.truth["best_c_error"] < 0.002


def test_a_shift_leaves_everything_else_as_it_was():
    plain, shifted = (load(SimulatedParams(n=500, shift=s), seed=1) for s in (None, 1))
    features = [name for name in plain.frame if name != "outcome"]
    assert plain.frame[features].equals(shifted.frame[features])
    assert "shift" not in plain.truth
