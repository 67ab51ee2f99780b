from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, norm, spearmanr

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.metrics.fidelity.cells import tv
from synthcraft.metrics.fidelity.correlation import rank_correlation
from synthcraft.metrics.fidelity.marginals import ks_and_wasserstein
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]
FIDELITY = {name: MetricSpec(plugin=name) for name in ("marginals", "correlation", "contingency")}
C2ST = {"c2st": MetricSpec(plugin="c2st")}


def measured(
    train: Table, holdout: Table, frame: pd.DataFrame, metrics: dict[str, MetricSpec]
) -> dict[tuple[str, str], Measure]:
    real = prepare(train, holdout, metrics, n_synthetic=len(frame), seed=0)
    return {(m.metric, m.column): m for m in evaluate(real, frame, seed=1)}


def numbers(values: np.ndarray, label: list[str] | None = None) -> Table:
    columns = (Column("x", "numeric"), Column("y", "categorical", ("no", "yes")))
    frame = pd.DataFrame({"x": values, "y": label or ["no", "yes"] * (len(values) // 2)})
    return Table(conform(frame, columns), columns, "classification", "y")


def ks_complement(a: pd.Series, b: pd.Series) -> float:
    return 1 - ks_and_wasserstein(*(np.sort(side.to_numpy()) for side in (a, b)))[0]


def test_ks_is_scipys_with_and_without_ties() -> None:
    rng = np.random.default_rng(0)
    for digits in (8, 0):
        a = pd.Series(np.round(rng.normal(size=200), digits))
        b = pd.Series(np.round(rng.normal(0.5, 2, size=150), digits))
        assert ks_complement(a, b) == pytest.approx(1 - ks_2samp(a, b).statistic)


def test_ks_of_shifted_normals_is_the_closed_form() -> None:
    n, shift = 4000, 1.0
    rng = np.random.default_rng(1)
    a, b = pd.Series(rng.normal(size=n)), pd.Series(rng.normal(shift, size=n))
    # sup |F - G| = 2 Φ(shift / 2) - 1; each empirical function strays by more than 1.63/sqrt(n)
    # with probability 1 %: margin 2 * 1.63 / sqrt(4000) = 0.052.
    assert 1 - ks_complement(a, b) == pytest.approx(2 * norm.cdf(shift / 2) - 1, abs=0.052)


def test_tv_by_hand() -> None:
    assert tv(["a", "a", "b", "b"], ["a", "b", "b", "c"]) == pytest.approx(0.25)


def test_flipped_prevalence_is_seen_by_every_marginal_metric() -> None:
    # C.VI 2: matched by rank instead of name, 10 % and 90 % would look the same.
    rare = numbers(np.arange(100.0), ["yes"] * 10 + ["no"] * 90)
    common = numbers(np.arange(100.0), ["yes"] * 90 + ["no"] * 10)
    found = measured(rare, rare, common.frame, FIDELITY)
    assert found["tv_complement", "y"].value == pytest.approx(0.2)
    assert found["contingency_similarity", ""].value < 0.3


def test_disjoint_supports_reach_the_extreme() -> None:
    # C.VI 3
    low, high = numbers(np.arange(100.0)), numbers(np.arange(100.0) + 1e5)
    other = conform(pd.DataFrame({"x": high.frame.x, "y": ["what"] * 100}), high.columns)
    found = measured(low, low, other, FIDELITY | C2ST)
    assert found["ks_complement", "x"].value == 0
    assert found["tv_complement", "y"].value == 0
    assert found["contingency_similarity", ""].value == 0
    assert found["c2st", ""].value == 0
    assert found["c2st_auc", ""].value == 1


def test_a_column_without_values_has_nothing_in_common() -> None:
    real = numbers(np.arange(100.0))
    found = measured(real, real, numbers(np.full(100, np.nan)).frame, FIDELITY)
    assert found["ks_complement", "x"].value == 0
    assert found["missingness", "x"].value == 1
    assert found["missingness_pattern", ""].value == 1


def test_infinite_values_count_as_missing() -> None:
    real = numbers(np.arange(100.0))
    found = measured(real, real, numbers(np.full(100, np.inf)).frame, FIDELITY)
    assert found["missingness", "x"].value == 1


def test_missing_patterns_differ_where_rates_agree() -> None:
    columns = tuple(Column(name, "numeric") for name in "ab")
    both, either = np.arange(100.0), np.arange(100.0)
    both[:20], either[20:40] = np.nan, np.nan
    real = Table(pd.DataFrame({"a": both, "b": both}), columns, "regression", "a")
    found = measured(real, real, pd.DataFrame({"a": both, "b": either}), FIDELITY)
    assert found["missingness", ""].value == 0
    # Patterns: real 20 % both, 80 % none; synthetic 20 % a, 20 % b, 60 % none.
    assert found["missingness_pattern", ""].value == pytest.approx(0.4)


def test_no_rate_tells_a_number_of_missing_values_under_ten() -> None:
    columns = tuple(Column(name, "numeric") for name in "abc")
    few, many = np.arange(100.0), np.arange(100.0)
    few[:2], many[:30] = np.nan, np.nan
    frame = pd.DataFrame({"a": few, "b": many, "c": np.arange(100.0)})
    real = Table(frame, columns, "regression", "c")
    made = pd.DataFrame({name: np.arange(100.0) for name in "abc"})
    found = measured(real, real, made, FIDELITY)  # 4 missing in train and holdout together
    assert found["missingness", "a"].status == "not_applicable"
    assert (found["missingness", "b"].value, found["missingness", "c"].value) == (0.3, 0)
    # Neither the mean nor the patterns hold the column, or they would tell its rate.
    assert found["missingness", ""].value == pytest.approx(0.15)
    assert found["missingness_pattern", ""].value == pytest.approx(0.3)


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(4)
    values = np.round(rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3)), 1)
    assert np.allclose(rank_correlation(values), spearmanr(values).statistic)


def test_a_collapsed_column_loses_its_correlations() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=200)
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    real = Table(pd.DataFrame({"a": x, "b": x}), columns, "regression", "a")
    found = measured(real, real, pd.DataFrame({"a": x, "b": 0.0}), FIDELITY)
    assert found["correlation_similarity", ""].value == pytest.approx(0.5)


def test_contingency_is_the_mean_total_variation_of_the_joint_tables() -> None:
    rng = np.random.default_rng(6)
    columns = tuple(Column(name, "categorical", ("0", "1", "2")) for name in "abc")

    def make(n: int) -> Table:
        frame = pd.DataFrame(rng.integers(0, 3, (n, 3)), columns=list("abc")).astype(str)
        return Table(conform(frame, columns), columns, "classification", "a")

    real, other = make(300), make(300)
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    joint = [
        tv(real.frame[i].astype(str) + real.frame[j].astype(str),
           other.frame[i].astype(str) + other.frame[j].astype(str))
        for i, j in pairs
    ]  # fmt: skip
    found = measured(real, real, other.frame, FIDELITY)
    assert found["contingency_similarity", ""].value == pytest.approx(1 - np.mean(joint), abs=1e-5)


def test_values_are_compared_at_the_common_size(cohort: Cohort) -> None:
    train, holdout = cohort(300, 0), cohort(120, 1)
    small = measured(train, holdout, cohort(120, 2).frame, FIDELITY)
    large = measured(train, holdout, cohort(5000, 2).frame, FIDELITY)
    assert {m.n for m in (*small.values(), *large.values())} == {120}
    # A table of 5,000 rows compared whole would gain about 0.03 in similarity by its size alone;
    # the standard error of one draw at n = 120 is about 0.01.
    key = ("contingency_similarity", "")
    assert large[key].value == pytest.approx(small[key].value, abs=0.02)


def test_the_classifier_is_not_told_by_copies_within_the_synthetic_rows(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(200, 1)
    twice = pd.concat([cohort(100, 2).frame.astype(object)] * 2, ignore_index=True)
    found = measured(train, holdout, twice, C2ST)
    # With twins in both training and test folds the AUC is near 0.9; se of a null AUC at 100
    # distinct against 200 rows: sqrt(301 / (12 * 100 * 200)) = 0.035, three of them.
    assert found["c2st_auc", ""].value < 0.5 + 0.106


def test_wide_tables_pair_a_fixed_choice_of_columns() -> None:
    rng = np.random.default_rng(7)
    columns = tuple(Column(f"g{k}", "numeric") for k in range(90))

    def make() -> Table:
        frame = pd.DataFrame(rng.normal(size=(40, 90)), columns=[c.name for c in columns])
        return Table(frame, columns, "regression", "g0")

    real = make()
    first = measured(real, real, make().frame, FIDELITY)["contingency_similarity", ""]
    assert 0 < first.value < 1
