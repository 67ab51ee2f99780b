"""Against scipy, SDMetrics and closed forms."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, norm, wasserstein_distance
from sdmetrics.single_column import KSComplement, TVComplement

from synthcraft.data.table import Column, Table
from synthcraft.metrics.fidelity.cells import cell_counts, jensen_shannon, quantile_edges, tv
from synthcraft.metrics.fidelity.marginals import ks_and_wasserstein


@pytest.mark.parametrize("digits", [8, 0])
def test_ks_and_wasserstein_are_scipys_with_and_without_ties(digits: int) -> None:
    rng = np.random.default_rng(0)
    a = np.sort(np.round(rng.normal(size=200), digits))
    b = np.sort(np.round(rng.normal(0.5, 2, size=150), digits))
    ks, w1 = ks_and_wasserstein(a, b)
    assert ks == pytest.approx(ks_2samp(a, b).statistic)
    assert w1 == pytest.approx(wasserstein_distance(a, b))


def test_ks_and_wasserstein_of_shifted_normals_are_the_closed_forms() -> None:
    n, shift = 4000, 1.0
    rng = np.random.default_rng(1)
    a, b = np.sort(rng.normal(size=n)), np.sort(rng.normal(shift, size=n))
    ks, w1 = ks_and_wasserstein(a, b)
    # sup |F - G| = 2 Φ(shift / 2) - 1; each empirical function strays by more than 1.63/sqrt(n)
    # with probability 1 %: margin 2 * 1.63 / sqrt(4000) = 0.052.
    assert ks == pytest.approx(2 * norm.cdf(shift / 2) - 1, abs=0.052)
    # W1 is the difference of means where one lies below the other: se sqrt(2/4000) = 0.022, three.
    assert w1 == pytest.approx(shift, abs=0.067)


def test_similarities_are_those_of_sdmetrics(cohort: Callable, measured: Callable) -> None:
    real, other = cohort(300, 0), cohort(300, 5)
    found = measured(real, real, other.frame, "marginals")
    for name in real.numeric:
        theirs = KSComplement.compute(real.frame[name], other.frame[name])
        assert found["ks_complement", name].value == pytest.approx(theirs)
    for name in real.categorical:
        # SDMetrics drops missing values; we count them as a level.
        texts = [f[name].astype(object).fillna("missing") for f in (real.frame, other.frame)]
        assert found["tv_complement", name].value == pytest.approx(TVComplement.compute(*texts))


def test_wasserstein_is_in_standard_deviations_of_train(
    numbers: Callable, measured: Callable
) -> None:
    train = numbers(np.arange(100.0))
    found = measured(train, train, numbers(np.arange(100.0) + 50).frame, "marginals")
    assert found["wasserstein_1", "x"].value == pytest.approx(50 / np.std(np.arange(100)))


def test_jensen_shannon_is_scipys_and_one_when_disjoint() -> None:
    rng = np.random.default_rng(2)
    p, q = rng.integers(0, 9, 12), rng.integers(0, 9, 12)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2))
    assert jensen_shannon([3, 1, 0], [0, 0, 2]) == 1


def test_values_outside_the_range_of_train_have_cells_of_their_own() -> None:
    edges = quantile_edges(pd.Series(np.arange(10.0)), 3)
    assert edges.tolist() == [0, 3, 6, 9]
    assert cell_counts(np.array([-1.0, 0, 5, 9, 9.5]), edges).tolist() == [1, 1, 1, 1, 1]
    constant = quantile_edges(pd.Series([4.0] * 5), 3)
    below, same, above = (cell_counts(np.array([v]), constant).tolist() for v in (3.0, 4.0, 5.0))
    assert len({tuple(below), tuple(same), tuple(above)}) == 3


def test_tv_by_hand() -> None:
    assert tv(["a", "a", "b", "b"], ["a", "b", "b", "c"]) == pytest.approx(0.25)


def test_flipped_prevalence_is_seen_by_every_marginal_metric(
    numbers: Callable, measured: Callable
) -> None:
    # C.VI 2: matched by rank instead of name, 10 % and 90 % would look the same.
    rare = numbers(np.arange(100.0), ["yes"] * 10 + ["no"] * 90)
    common = numbers(np.arange(100.0), ["yes"] * 90 + ["no"] * 10)
    found = measured(rare, rare, common.frame, "marginals", "contingency")
    assert found["tv_complement", "y"].value == pytest.approx(0.2)
    assert found["jensen_shannon", "y"].value == pytest.approx(
        jensenshannon([0.1, 0.9], [0.9, 0.1], base=2)
    )
    assert found["contingency_similarity", ""].value < 0.3


def test_a_flipped_number_is_seen_as_a_flipped_level_is(
    numbers: Callable, measured: Callable
) -> None:
    rare, common = (numbers(np.repeat([0.0, 1.0], [100 - k, k])) for k in (10, 90))
    found = measured(rare, rare, common.frame, "marginals")
    assert found["ks_complement", "x"].value == pytest.approx(0.2)
    assert found["wasserstein_1", "x"].value == pytest.approx(0.8 / 0.3)


def test_a_column_without_values_has_nothing_in_common(
    numbers: Callable, measured: Callable
) -> None:
    real = numbers(np.arange(100.0))
    found = measured(real, real, numbers(np.full(100, np.nan)).frame, "marginals")
    assert found["ks_complement", "x"].value == 0
    assert found["jensen_shannon", "x"].value == 1
    assert found["missingness", "x"].value == 1
    assert found["missingness_pattern", ""].value == 1
    # No distance can be given, and a mean over the other columns would be a reward.
    assert found["wasserstein_1", "x"].status == "not_applicable"
    assert found["wasserstein_1", ""].status == "not_applicable"


@pytest.mark.parametrize("value", [1.0, 0.8])  # 50 times 0.8 have a deviation of 1e-16: rounding
def test_a_constant_column_has_no_standard_deviation_and_is_left_out(
    value: float, measured: Callable
) -> None:
    columns = (Column("a", "numeric"), Column("b", "numeric"))
    real = Table(pd.DataFrame({"a": np.arange(50.0), "b": value}), columns, "regression", "a")
    found = measured(real, real, real.frame + 1, "marginals")
    assert found["wasserstein_1", "b"].status == "not_applicable"
    assert found["wasserstein_1", ""].value == found["wasserstein_1", "a"].value
    assert found["jensen_shannon", "b"].value == 1


def test_infinite_values_count_as_missing(numbers: Callable, measured: Callable) -> None:
    real = numbers(np.arange(100.0))
    found = measured(real, real, numbers(np.full(100, np.inf)).frame, "marginals")
    assert found["missingness", "x"].value == 1


def test_missing_patterns_differ_where_rates_agree(measured: Callable) -> None:
    columns = tuple(Column(name, "numeric") for name in "ab")
    both, either = np.arange(100.0), np.arange(100.0)
    both[:20], either[20:40] = np.nan, np.nan
    real = Table(pd.DataFrame({"a": both, "b": both}), columns, "regression", "a")
    found = measured(real, real, pd.DataFrame({"a": both, "b": either}), "marginals")
    assert found["missingness", ""].value == 0
    # Patterns: real 20 % both, 80 % none; synthetic 20 % a, 20 % b, 60 % none.
    assert found["missingness_pattern", ""].value == pytest.approx(0.4)


def test_no_rate_tells_a_number_of_missing_values_under_ten(measured: Callable) -> None:
    columns = tuple(Column(name, "numeric") for name in "abc")
    few, many = np.arange(100.0), np.arange(100.0)
    few[:2], many[:30] = np.nan, np.nan
    frame = pd.DataFrame({"a": few, "b": many, "c": np.arange(100.0)})
    real = Table(frame, columns, "regression", "c")
    made = pd.DataFrame({name: np.arange(100.0) for name in "abc"})
    found = measured(real, real, made, "marginals")  # 4 missing in train and holdout together
    assert found["missingness", "a"].status == "not_applicable"
    assert (found["missingness", "b"].value, found["missingness", "c"].value) == (0.3, 0)
    # Neither the mean nor the patterns hold the column, or they would tell its rate.
    assert found["missingness", ""].value == pytest.approx(0.15)
    assert found["missingness_pattern", ""].value == pytest.approx(0.3)


def test_levels_that_only_holdout_rows_have_are_not_those_that_only_synthetic_rows_have(
    numbers: Callable, measured: Callable
) -> None:
    train, holdout = numbers(np.arange(60.0)), numbers(np.arange(60.0), ["late"] * 60)
    found = measured(train, holdout, numbers(np.arange(60.0), ["new"] * 60).frame, "marginals")
    assert found["tv_complement", "y"].value == 0
    assert found["jensen_shannon", "y"].value == 1


def test_against_train_marginals_would_beat_fresh_rows(plain: Callable, measured: Callable) -> None:
    # ▪ Columns of train, each shuffled, are train column by column: nothing fresh is as near. So
    # fidelity is measured against rows that neither has seen: there both are equally good
    # column by column, and only fresh rows keep what joins the columns.
    rng = np.random.default_rng(4)
    wins, joint = [], []
    for _ in range(12):
        train, holdout, fresh = (
            plain(rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 300)) for _ in range(3)
        )
        shuffled = train.frame.apply(lambda column: rng.permutation(column.to_numpy()))
        for reference in (train, holdout):
            ours, theirs = (
                measured(train, reference, frame, "marginals", "correlation")
                for frame in (fresh.frame, shuffled)
            )
            key = ("ks_complement", "")
            wins.append(ours[key].value - theirs[key].value)
            key = ("correlation_similarity", "")
            joint.append(ours[key].value - theirs[key].value)
    against_train, against_holdout = wins[::2], wins[1::2]
    assert max(against_train) < 0
    # Independent tables: three standard errors of the mean difference.
    assert abs(np.mean(against_holdout)) < 3 * np.std(against_holdout, ddof=1) / 12**0.5
    assert min(joint) > 0.1


def test_of_very_many_columns_one_score_each_and_all_means_are_told(
    plain: Callable, measured: Callable
) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(40, 101))
    means = ("ks_complement", "wasserstein_1", "jensen_shannon", "missingness")

    def found(columns: int) -> dict[tuple[str, str], float | None]:
        real, made = plain(matrix[:, :columns]), plain(matrix[::-1, :columns] + 0.1).frame
        return {key: m.value for key, m in measured(real, real, made, "marginals").items()}

    few, many = found(100), found(101)
    for name in means:
        assert sum(metric == name and column != "" for metric, column in few) == 100
        assert many[name, ""] == pytest.approx(few[name, ""], abs=0.02)
    told = {metric for metric, column in many if column}
    assert told == {"ks_complement"}
    assert all(many[key] == few[key] for key in few if key[0] == "ks_complement" and key[1])
