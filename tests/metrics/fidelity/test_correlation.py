"""Against scipy and SDMetrics."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sdmetrics.column_pairs import CorrelationSimilarity

from synthcraft.data.table import Column, Table
from synthcraft.metrics.fidelity.correlation import rank_correlation


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(4)
    values = np.round(rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3)), 1)
    assert np.allclose(rank_correlation(values), spearmanr(values).statistic)


def test_similarity_is_the_mean_of_sdmetrics_over_pairs(
    plain: Callable, measured: Callable
) -> None:
    rng = np.random.default_rng(1)
    real, other = (plain(rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))) for _ in range(2))
    theirs = [
        CorrelationSimilarity.compute(
            real.frame[list(pair)], other.frame[list(pair)], coefficient="Spearman"
        )
        for pair in combinations(real.names, 2)
    ]
    found = measured(real, real, other.frame, "correlation")
    assert found["correlation_similarity", ""].value == pytest.approx(np.mean(theirs))


def test_a_collapsed_column_loses_its_correlations(measured: Callable) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=200)
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    real = Table(pd.DataFrame({"a": x, "b": x}), columns, "regression", "a")
    found = measured(real, real, pd.DataFrame({"a": x, "b": 0.0}), "correlation")
    assert found["correlation_similarity", ""].value == pytest.approx(0.5)
