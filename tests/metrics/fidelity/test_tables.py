"""Against SDMetrics, and tables counted by pandas."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sdmetrics.column_pairs import ContingencySimilarity

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.context import Real
from synthcraft.metrics.fidelity.cells import fit_cells, tv, tv_of_codes
from synthcraft.metrics.fidelity.tables import _mean_triple_tv


@pytest.fixture(scope="module")
def levels() -> Callable[[int, int], Table]:
    """Four categorical columns of three levels."""
    columns = tuple(Column(name, "categorical", ("0", "1", "2")) for name in "abcd")

    def make(n: int, seed: int) -> Table:
        drawn = np.random.default_rng(seed).integers(0, 3, (n, 4))
        frame = pd.DataFrame(drawn, columns=list("abcd")).astype(str)
        return Table(conform(frame, columns), columns, "classification", "a")

    return make


def test_contingency_is_the_mean_of_sdmetrics_over_pairs(
    levels: Callable, measured: Callable
) -> None:
    real, other = levels(300, 1), levels(300, 2)
    theirs = [
        ContingencySimilarity.compute(
            *(part.frame[list(pair)].astype(object) for part in (real, other))
        )
        for pair in combinations("abcd", 2)
    ]
    found = measured(real, real, other.frame, "contingency")
    # Shares are float32.
    assert found["contingency_similarity", ""].value == pytest.approx(np.mean(theirs), abs=1e-5)


def test_k_marginal_is_the_mean_total_variation_of_the_joint_tables(
    levels: Callable, measured: Callable
) -> None:
    real, other = levels(300, 3), levels(300, 4)
    expected = []
    for triple in combinations("abcd", 3):
        p, q = (
            part.frame[list(triple)].astype(object).value_counts(normalize=True)
            for part in (real, other)
        )
        expected.append(p.sub(q, fill_value=0).abs().sum() / 2)
    found = measured(real, real, other.frame, "k_marginal")
    assert found["k_marginal", ""].value == pytest.approx(np.mean(expected))


def test_three_columns_that_depend_only_together_are_told_apart(measured: Callable) -> None:
    # An exclusive or: every pair of columns is independent, in real and synthetic rows alike.
    columns = tuple(Column(name, "categorical", ("0", "1")) for name in "abc")
    rng = np.random.default_rng(5)

    def make(*, tied: bool) -> Table:
        drawn = rng.integers(0, 2, (1000, 3))
        if tied:
            drawn[:, 2] = drawn[:, 0] ^ drawn[:, 1]
        frame = pd.DataFrame(drawn, columns=list("abc")).astype(str)
        return Table(conform(frame, columns), columns, "classification", "a")

    real = make(tied=True)
    found = measured(real, real, make(tied=False).frame, "contingency", "k_marginal")
    # Half of all synthetic rows fall where no real row is; se sqrt(0.25 / 1000) = 0.016, and the
    # four shares of real rows add about 0.02.
    assert found["k_marginal", ""].value == pytest.approx(0.5, abs=0.06)
    assert found["contingency_similarity", ""].value > 0.94


def test_large_tables_are_counted_without_being_built() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 10**9, (2, 50))
    b[:25] = a[:25]
    assert tv_of_codes(a, b, 10**9) == tv(a, b) == pytest.approx(0.5)


def test_wide_tables_pair_a_fixed_choice_of_columns(plain: Callable, measured: Callable) -> None:
    rng = np.random.default_rng(7)
    real = plain(rng.normal(size=(40, 90)))
    other = plain(rng.normal(size=(40, 90)))
    first = measured(real, real, other.frame, "contingency", "k_marginal")
    assert 0 < first["contingency_similarity", ""].value < 1
    assert first == measured(real, real, other.frame, "contingency", "k_marginal")


def test_cells_tell_the_largest_train_value_from_larger_ones(numbers: Callable) -> None:
    table = numbers(np.arange(10.0))
    for values in (np.arange(10.0), np.full(10, 9.0)):
        real = Real(numbers(values), table, 10, 0)
        cells = fit_cells(real, ["x"], 3)
        inside, beyond, gap = cells.code(pd.Series([9.0, 9.5, np.nan], name="x"))
        assert len({inside, beyond, gap}) == 3
        assert max(inside, beyond, gap) < cells.width("x")


def test_columns_of_many_levels_have_cells_of_their_own() -> None:
    # 2,048³ cells: in 32 bits, level 0 and level 1,024 of the first column would share theirs.
    ours, theirs = np.zeros((2, 3, 10), dtype=np.int32)
    theirs[0] = 1024
    assert _mean_triple_tv(ours, theirs, ((0, 1, 2),), [2048] * 3) == 1
