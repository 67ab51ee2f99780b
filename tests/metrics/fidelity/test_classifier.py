"""Against the AUC of two shifted normals, and rows that must not tell themselves."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm


def test_auc_comes_near_that_of_the_best_classifier(plain: Callable, measured: Callable) -> None:
    rng = np.random.default_rng(0)
    shift, n = 1.0, 1500
    rows = rng.normal(size=(2, n, 2))
    rows[1, :, 0] += shift
    real, other = (plain(side) for side in rows)
    found = measured(real, real, other.frame, "c2st")
    best = norm.cdf(shift / np.sqrt(2))  # of any classifier, by the first column alone
    # se of an AUC of 0.76 at 2 * 1500 rows: 0.009; small trees lose up to 0.03 to overfitting.
    assert best - 0.05 < found["c2st_auc", ""].value < best + 0.027
    assert found["c2st", ""].value == pytest.approx(2 - 2 * found["c2st_auc", ""].value)


def test_the_classifier_is_not_told_by_copies_within_the_synthetic_rows(
    cohort: Callable, measured: Callable
) -> None:
    train, holdout = cohort(400, 0), cohort(200, 1)
    twice = pd.concat([cohort(100, 2).frame.astype(object)] * 2, ignore_index=True)
    found = measured(train, holdout, twice, "c2st")
    # With twins in both training and test folds the AUC is near 0.9; se of a null AUC at 100
    # distinct against 200 rows: sqrt(301 / (12 * 100 * 200)) = 0.035, three of them.
    assert found["c2st_auc", ""].value < 0.5 + 0.106


def test_a_row_of_both_sides_shares_a_fold(cohort: Callable, measured: Callable) -> None:
    table = cohort(200, 3)
    # A copy of the holdout is told apart from it by nothing at all: each row is in both classes.
    found = measured(table, table, table.frame, "c2st")
    assert found["c2st_auc", ""].value == pytest.approx(0.5, abs=1e-9)


def test_a_number_beyond_single_precision_is_told_apart_and_no_failure(
    cohort: Callable, measured: Callable
) -> None:
    train, holdout = cohort(200, 0), cohort(200, 1)
    found = measured(train, holdout, cohort(200, 2).frame.assign(sbp=1e300), "c2st")
    assert found["c2st_auc", ""].value > 0.99


def test_few_distinct_synthetic_rows_are_no_way_out(cohort: Callable, measured: Callable) -> None:
    train, holdout = cohort(200, 0), cohort(100, 1)
    for seed in range(4):
        two = cohort(200, seed).frame.iloc[np.arange(200) % 2]
        assert measured(train, holdout, two, "c2st")["c2st", ""].status == "ok"
    one = measured(train, holdout, train.frame.iloc[np.zeros(200, int)], "c2st")["c2st", ""]
    assert one.status == "not_applicable"
    assert "all synthetic rows are the same" in one.reason
