"""Weighted regressions: against repeated rows, sums by hand, and repeated surveys."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sklearn.linear_model import LogisticRegression

from synthcraft.data.table import Column, Table
from synthcraft.metrics.cards.estimand import Analysis
from synthcraft.metrics.cox import fit_cox
from synthcraft.metrics.estimand.analyses import settle
from synthcraft.metrics.estimand.survey import (
    Survey,
    cluster_covariance,
    fit_survey,
    fit_survey_cox,
)
from synthcraft.metrics.likelihood import fit_linear, fit_logistic

Cohort = Callable[[int, int], Table]


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 2))
    event = (rng.random(240) < 1 / (1 + np.exp(-0.5 - x @ [1.0, -0.7]))).astype(float)
    clusters = np.column_stack([np.repeat([0, 1, 2], 80), np.repeat(np.arange(24), 10) % 8])
    return x, event, Survey(rng.integers(1, 5, 240).astype(float), clusters)


def test_coefficients_are_those_of_repeated_rows(rows):
    x, event, survey = rows
    times = survey.weights.astype(int)
    again = np.repeat(x, times, axis=0)
    for model, fit in (("linear", fit_linear), ("logistic", fit_logistic)):
        beta, _ = fit_survey(model, x, event, survey)
        assert beta == pytest.approx(fit(again, np.repeat(event, times))[0], abs=1e-8)
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(x, event, sample_weight=survey.weights)
    assert fit_survey("logistic", x, event, survey)[0][1:] == pytest.approx(peer.coef_[0], abs=1e-5)


def test_the_sandwich_by_hand(rows):
    x, event, survey = rows
    beta, covariance = fit_survey("logistic", x, event, survey)
    full, w = np.column_stack([np.ones(240), x]), survey.weights
    chance = 1 / (1 + np.exp(-full @ beta))
    size = w * chance * (1 - chance)
    bread = np.linalg.inv(sum(size[i] * np.outer(full[i], full[i]) for i in range(240)))
    meat = np.zeros((3, 3))
    for stratum in range(3):
        sums = []
        for cluster in range(8):
            mine = (survey.clusters == [stratum, cluster]).all(axis=1)
            sums.append(sum(w[i] * (event[i] - chance[i]) * full[i] for i in np.flatnonzero(mine)))
        off = np.array(sums) - np.mean(sums, axis=0)
        meat += 8 / 7 * sum(np.outer(one, one) for one in off)
    assert covariance == pytest.approx(bread @ meat @ bread, rel=1e-8)


def test_errors_do_not_depend_on_the_weights_unit(rows):
    x, event, survey = rows
    one = fit_survey("logistic", x, event, survey)
    other = fit_survey("logistic", x, event, Survey(survey.weights * 9000, survey.clusters))
    assert one[0] == pytest.approx(other[0])
    assert one[1] == pytest.approx(other[1])


def test_a_constant_column_has_no_coefficient(rows):
    _, event, survey = rows
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit_survey("linear", np.ones((240, 1)), event, survey)


def test_an_analysis_is_weighted(cohort: Cohort) -> None:
    table = replace(cohort(400, 0), weights=np.random.default_rng(1).uniform(1, 9, 400))
    settled = settle("a", Analysis(model="logistic", terms=("age", "sex")), table)
    assert set(settled.weighted(table)) == set(settled.terms)
    # Equal weights give the plain coefficients, and nearly the plain errors (of a sandwich).
    equal = settled.weighted(replace(table, weights=np.full(400, 5.0)))
    for term, plain in settled.estimate(table.frame).items():
        assert equal[term].estimate == pytest.approx(plain.estimate, rel=1e-6)
        assert equal[term].error == pytest.approx(plain.error, rel=0.15)
    # Who weighs nothing does not count.
    first = np.arange(400) < 300
    some = settled.weighted(replace(table, weights=np.where(first, 5.0, 0.0)))
    for term, plain in settled.estimate(table.frame[first]).items():
        assert some[term].estimate == pytest.approx(plain.estimate, rel=1e-6)
        assert some[term].rows == plain.rows


def test_the_error_of_a_weighted_slope_is_that_of_repeated_surveys() -> None:
    """400 surveys of 2 strata × 15 clusters × 12 people, whose places shift the log odds."""
    rng = np.random.default_rng(7)
    strata = np.repeat([0, 1], 180)
    clusters = np.column_stack([strata, np.tile(np.repeat(np.arange(15), 12), 2)])
    survey = Survey(np.where(strata == 0, 1.0, 3.0), clusters)
    slopes, errors = [], []
    for _ in range(400):
        exposed = np.repeat(rng.normal(size=30), 12) + rng.normal(size=360) / 2
        place = np.repeat(rng.normal(0, 0.7, 30), 12)
        event = rng.random(360) < 1 / (1 + np.exp(0.5 - 0.8 * exposed - place))
        beta, covariance = fit_survey("logistic", exposed[:, None], event.astype(float), survey)
        slopes.append(beta[1])
        errors.append(covariance[1, 1])
    # The standard deviation of 400 has a relative error of 3.5 %: four of them; a sandwich of 30
    # clusters is known to be some percent too small.
    assert np.sqrt(np.mean(errors)) / np.std(slopes, ddof=1) == pytest.approx(0.95, abs=0.14)


def test_clusters_vary_within_their_strata() -> None:
    """Against 600 surveys: 3 strata of unlike level, 8 clusters drawn in each, 10 people."""
    rng = np.random.default_rng(6)
    columns = (Column("y", "numeric"), Column("z", "numeric"))
    strata = np.repeat([0, 1, 2], 80)
    clusters = np.column_stack([strata, np.tile(np.repeat(np.arange(8), 10), 3)])
    found = []
    for _ in range(600):
        place = np.repeat(rng.normal(0, 1, 24), 10)
        y = 5.0 * strata + place + rng.normal(0, 1, 240)
        frame = pd.DataFrame({"y": y, "z": y})
        weights = np.array([1.0, 2.0, 3.0])[strata]
        table = Table(frame, columns, "regression", "y", weights=weights, clusters=clusters)
        settled = settle("a", Analysis(model="mean"), table)
        found.append(settled.weighted(table)["y"])
    # Var = Σ (W_h / W)² (1 + 1/10) / 8 with W_h/W = 1/6, 2/6, 3/6: 0.231 ** 2.
    truth = np.sqrt((1 + 4 + 9) / 36 * 1.1 / 8)
    spread = np.std([one.estimate for one in found], ddof=1)
    # The standard deviation of 600 has a relative error of 1/sqrt(1200) = 2.9 %: four of them.
    assert spread == pytest.approx(truth, rel=0.12)
    # A variance on 21 degrees of freedom scatters by sqrt(2/21) = 31 %; the root of the mean of
    # 600 by 0.6 %: four of them, and 2 % for the strata's unequal weights.
    assert np.sqrt(np.mean([one.error**2 for one in found])) == pytest.approx(truth, rel=0.045)


def test_a_stratums_only_cluster_counts_from_the_middle() -> None:
    parts = np.array([[1.0], [5.0], [3.0]])
    clusters = np.array([[0, 0], [0, 1], [1, 0]])
    # 2·((1 − 3)² + (5 − 3)²) and (3 − 3)².
    assert cluster_covariance(parts, clusters) == pytest.approx(16)
    parts[2] = 9.0
    assert cluster_covariance(parts, clusters) == pytest.approx(16 + (9 - 5) ** 2)


def test_a_subpopulation_keeps_the_clusters_that_have_none_of_it() -> None:
    """Its mean is a ratio of two totals of the whole survey, linearised by hand."""
    rng = np.random.default_rng(8)
    clusters = np.column_stack([np.repeat([0, 1], 60), np.tile(np.repeat(np.arange(4), 15), 2)])
    weights, y = rng.uniform(1, 5, 120), rng.normal(5, 2, 120)
    asked = rng.random(120) < 0.5
    asked[45:75] = False  # the last cluster of the first stratum, and the first of the second
    columns = (Column("y", "numeric"), Column("z", "numeric"))
    frame = pd.DataFrame({"y": np.where(asked, y, np.nan), "z": y})
    table = Table(frame, columns, "regression", "y", weights=weights, clusters=clusters)
    found = settle("a", Analysis(model="mean", outcome="y"), table).weighted(table)["y"]
    size = weights[asked].sum()
    mean = (weights * y)[asked].sum() / size
    variance = 0.0
    for stratum in range(2):
        totals = [
            (asked * weights * (y - mean) / size)[(clusters == [stratum, c]).all(axis=1)].sum()
            for c in range(4)
        ]
        variance += 4 / 3 * sum((total - np.mean(totals)) ** 2 for total in totals)
    assert (found.estimate, found.error) == pytest.approx((mean, variance**0.5))


@pytest.fixture
def patients():
    rng = np.random.default_rng(11)
    clusters = np.column_stack([np.repeat([0, 1, 2], 80), np.repeat(np.arange(24), 10) % 8])
    x = rng.normal(size=(240, 2)) + np.repeat(rng.normal(0, 0.5, 24), 10)[:, None]
    died, left = rng.exponential(np.exp(-x @ [0.8, -0.4])), rng.exponential(1.5, 240)
    survey = Survey(rng.integers(1, 5, 240).astype(float), clusters)
    return x, np.minimum(died, left), (died <= left).astype(float), survey


def test_a_weighted_cox_model_is_that_of_repeated_rows(patients) -> None:
    x, time, event, survey = patients
    times = survey.weights.astype(int)
    for rounded in (time, np.round(time, 1)):  # with ties, too
        again = fit_cox(*(np.repeat(part, times, axis=0) for part in (x, rounded, event)))
        beta, _ = fit_survey_cox(x, rounded, event, survey)
        assert beta == pytest.approx(again.coefficients, abs=1e-8)


def test_its_sandwich_by_hand(patients) -> None:
    """Binder's score residuals, with loops over events and the rows at risk, ties included."""
    x, time, event, survey = patients
    time, w = np.round(time, 1), survey.weights
    beta, covariance = fit_survey_cox(x, time, event, survey)
    risk = np.exp(x @ beta)
    residuals, information = np.zeros((240, 2)), np.zeros((2, 2))
    for k in np.flatnonzero(event):
        there = np.flatnonzero(time >= time[k])
        whole = (w * risk)[there].sum()
        mean = (w * risk)[there] @ x[there] / whole
        residuals[k] += x[k] - mean
        residuals[there] -= w[k] / whole * risk[there, None] * (x[there] - mean)
        off = x[there] - mean
        information += w[k] / whole * off.T @ ((w * risk)[there, None] * off)
    assert w @ residuals == pytest.approx(np.zeros(2), abs=1e-6)
    meat = np.zeros((2, 2))
    for stratum in range(3):
        mine = [(survey.clusters == [stratum, c]).all(axis=1) for c in range(8)]
        sums = np.array([(w[one, None] * residuals[one]).sum(axis=0) for one in mine])
        off = sums - sums.mean(axis=0)
        meat += 8 / 7 * off.T @ off
    bread = np.linalg.inv(information)
    assert covariance == pytest.approx(bread @ meat @ bread, rel=1e-6)


def test_without_strata_it_is_lifelines(patients) -> None:
    """Whose robust errors lack the factor clusters / (clusters − 1)."""
    x, time, event, survey = patients
    place = survey.clusters @ [8, 1]
    one = Survey(survey.weights, np.column_stack([np.zeros(240, dtype=int), place]))
    beta, covariance = fit_survey_cox(x, time, event, one)
    data = pd.DataFrame(x, columns=["a", "b"]).assign(t=time, e=event, w=survey.weights, c=place)
    peer = CoxPHFitter().fit(data, "t", "e", weights_col="w", cluster_col="c", robust=True)
    assert beta == pytest.approx(peer.params_.to_numpy(), abs=1e-4)
    robust = peer.standard_errors_.to_numpy() ** 2 * 24 / 23
    assert np.diag(covariance) == pytest.approx(robust, rel=1e-3)


def test_its_errors_are_those_of_repeated_surveys() -> None:
    """300 surveys of 2 strata × 15 clusters × 12 people, with frailties of their clusters."""
    rng = np.random.default_rng(9)
    strata = np.repeat([0, 1], 180)
    clusters = np.column_stack([strata, np.tile(np.repeat(np.arange(15), 12), 2)])
    survey = Survey(np.where(strata == 0, 1.0, 3.0), clusters)
    slopes, errors = [], []
    for _ in range(300):
        exposed = np.repeat(rng.normal(size=30), 12) + rng.normal(size=360) / 2
        hazard = np.exp(0.5 * exposed + np.repeat(rng.normal(0, 0.5, 30), 12))
        time = rng.exponential(1 / hazard)
        event = (time <= 2).astype(float)
        beta, covariance = fit_survey_cox(exposed[:, None], np.minimum(time, 2), event, survey)
        slopes.append(beta[0])
        errors.append(covariance[0, 0])
    # The standard deviation of 300 has a relative error of 4.1 %: four of them; a sandwich of 30
    # clusters is known to be some percent too small.
    assert np.sqrt(np.mean(errors)) / np.std(slopes, ddof=1) == pytest.approx(0.95, abs=0.165)
