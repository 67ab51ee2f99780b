"""Scaling cohort by cohort is seen; cohorts that really differ, or do not, are left in peace."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f_oneway

from synthcraft.data.tcga.cohorts import scaled_by_cohort, variance_ratio


def cohorts(sizes, *, shift=0.0, seed=0, genes=200):
    """Genes that differ between cohorts by about ``shift`` of their spread."""
    rng = np.random.default_rng(seed)
    labels = pd.Series(np.repeat([f"C{n}" for n in range(len(sizes))], sizes))
    own = rng.normal(0, 1, (len(sizes), genes)) * shift
    values = rng.normal(8, 1, (sum(sizes), genes)) + own[pd.factorize(labels)[0]]
    return pd.DataFrame(values, columns=[f"g{n}" for n in range(genes)]), labels


def test_the_ratio_is_that_of_an_analysis_of_variance():
    rows, labels = cohorts([30, 50, 20], shift=0.3, genes=9)
    rows.iloc[4, 3] = np.nan  # this gene does not count
    groups = [rows.drop(columns="g3")[labels == label] for label in labels.unique()]
    assert variance_ratio(rows, labels) == pytest.approx(np.median(f_oneway(*groups).statistic))


@pytest.mark.parametrize("sizes", [(40, 60), (10, 300, 25), (6, 7, 8, 9)])
@pytest.mark.parametrize("shift", [0.0, 0.2, 3.0])
def test_real_cohorts_are_left_in_peace(sizes, shift):
    rows, labels = cohorts(sizes, shift=shift)
    assert scaled_by_cohort(rows, labels) == ""
    # Nor does scaling over all of them matter.
    assert scaled_by_cohort((rows - rows.mean()) / rows.std(), labels) == ""


@pytest.mark.parametrize("sizes", [(40, 60), (10, 300, 25), (6, 7, 8, 9)])
@pytest.mark.parametrize("decimals", [2, 8])
def test_scaling_apart_is_seen(sizes, decimals):
    rows, labels = cohorts(sizes, shift=2.0)
    apart = rows.groupby(labels).transform(lambda x: (x - x.mean()) / x.std()).round(decimals)
    assert "same mean in each cohort" in scaled_by_cohort(apart, labels)


def test_scaling_apart_is_seen_where_samples_were_left_out_afterwards():
    rows, labels = cohorts([40, 60, 300], shift=2.0)
    apart = rows.groupby(labels).transform(lambda x: (x - x.mean()) / x.std())
    kept = np.arange(len(rows)) % 20 > 0  # without 5 %
    # By chance the median of F(2, large) is 0.69: here it is 0.05 of that, give or take 0.01.
    assert variance_ratio(apart[kept], labels[kept]) == pytest.approx(0.035, abs=0.02)
    assert "same mean" in scaled_by_cohort(apart[kept], labels[kept])


def test_constants_of_each_cohort_are_seen():
    rows, labels = cohorts([20, 20], shift=1.0)
    rows["g7"] = 0.0
    assert scaled_by_cohort(rows, labels) == ""
    rows["g8"] = np.where(labels == "C0", -0.31, 0.02)
    assert scaled_by_cohort(rows, labels).startswith("1 genes are constants")


def test_one_cohort_or_few_samples_tell_nothing():
    rows, labels = cohorts([20, 4], shift=1.0)
    rows["g8"] = np.where(labels == "C0", -0.31, 0.02)
    assert scaled_by_cohort(rows, labels) == ""
    assert scaled_by_cohort(rows[:20], labels[:20]) == ""
