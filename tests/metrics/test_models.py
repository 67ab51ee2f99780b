"""Models take weights: a row of weight k counts as k such rows."""

import numpy as np
import pytest
import xgboost

from synthcraft.metrics import models
from synthcraft.metrics.scores import concordance

ROWS, ASKED = 300, 200


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS + ASKED, 3))
    weights = rng.integers(1, 4, ROWS)
    often = np.repeat(np.arange(ROWS), weights)
    return x[:ROWS], x[ROWS:], weights.astype(float), often, rng


def test_chances(rows):
    x, asked, weights, often, rng = rows
    codes = (rng.random(ROWS) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    # Lower tolerance than by default, so that both reach the same optimum.
    one, other = (models.classifier("logistic", 0, (), 0).set_params(tol=1e-10) for _ in "ab")
    ours = models.fit_chances(one, x, codes, 2, weights)(asked)
    theirs = models.fit_chances(other, x[often], codes[often], 2)(asked)
    # scikit-learn's penalty is not divided by the weights' sum, so neither differs in it.
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    plain = models.fit_chances(models.classifier("logistic", 0, (), 0), x, codes, 2)(asked)
    assert np.abs(plain - ours).max() > 0.01


def test_amounts(rows):
    x, asked, weights, often, rng = rows
    amounts = x[:, 0] + rng.normal(size=ROWS)
    ours = models.fit_amounts(models.regressor("ridge", 0, (), 0), x, amounts, weights)(asked)
    ridge = models.regressor("ridge", 0, (), 0)
    theirs = models.fit_amounts(ridge, x[often], amounts[often])(asked)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@pytest.mark.parametrize(("model", "off"), [("cox", 1e-6), ("boosting", 0.05)])
def test_hazards(rows, model, off):
    x, asked, weights, often, rng = rows
    time = rng.exponential(np.exp(-x[:, 0]))
    event = (rng.random(ROWS) < 0.7).astype(float)
    about = {"iterations": 20, "seed": 0}
    times = np.array([0.2, 1.0])
    ours = models.fit_hazards(model, x, time, event, times, **about, weights=weights)(asked)
    theirs = models.fit_hazards(model, x[often], time[often], event[often], times, **about)(asked)
    # Boosting cuts at other quantiles where rows stand there several times.
    assert np.median(np.abs(np.log(ours / theirs))) < off


def test_boosting_by_our_slopes_is_xgboosts_own_where_all_weights_are_one(rows):
    x, asked, _, _, rng = rows
    # Distinct times: at ties xgboost's rows at risk are not Breslow's in every version.
    time = rng.permutation(ROWS) + 1.0
    event = (rng.random(ROWS) < 0.7).astype(float)
    signed = np.where(event == 1, 1, -1) * time
    matrix = xgboost.DMatrix(x, label=signed)
    settings = {"max_depth": 3, "eta": 0.1, "nthread": 1, "tree_method": "hist"}
    theirs = xgboost.train({**settings, "objective": "survival:cox"}, matrix, 20)
    slopes = models._cox_slopes(time, event, np.ones(ROWS))
    ours = xgboost.train({**settings, "base_score": 0}, matrix, 20, obj=slopes)
    risks = [m.predict(xgboost.DMatrix(asked), output_margin=True) for m in (theirs, ours)]
    # A constant is no difference; float32 sums are.
    assert np.ptp(risks[0] - risks[1]) < 1e-3


def test_weights_tell_which_rows_matter(rows):
    x, _, _, _, rng = rows
    flipped = np.arange(ROWS) < ROWS // 2
    risk = np.where(flipped, -x[:, 0], x[:, 0]) * 2
    time = rng.exponential(np.exp(-risk))
    event = np.ones(ROWS)
    for heavy, sign in ((flipped, -1), (~flipped, 1)):
        for model in ("cox", "boosting"):
            answers = models.fit_hazards(
                *(model, x, time, event, np.array([1.0])),
                iterations=20,
                seed=0,
                weights=np.where(heavy, 1.0, 0.01),
            )
            hazard = answers(x[heavy])[:, 0]
            ones = np.ones((1, int(heavy.sum())))
            (c,) = concordance(time[heavy], event[heavy], hazard, ones, ones)
            # The hazard's ratio is e² per unit: concordance about 0.85 on rows that were seen.
            assert c[0] > 0.75
            assert np.corrcoef(np.log(hazard), x[heavy, 0])[0, 1] * sign > 0.5
