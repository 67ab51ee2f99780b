"""Against scipy and numpy on whole matrices, and a planted module."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from synthcraft.data.table import Column, Pool, Table
from synthcraft.errors import DataError
from synthcraft.metrics.cards.omics import CoexpressionParams
from synthcraft.metrics.context import Real
from synthcraft.metrics.fidelity import coexpression
from synthcraft.metrics.fidelity.coexpression import Coexpression, compared, triangle
from synthcraft.metrics.fidelity.correlation import Ranks, rank_correlation

UPPER = np.triu_indices(11, 1)


@pytest.fixture
def values() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.round(rng.normal(size=(50, 11)) @ rng.normal(size=(11, 11)), 1)


@pytest.mark.parametrize("block", [1, 3, 4, 11, 512])
def test_blocks_make_up_the_triangle(
    block: int, values: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coexpression, "_BLOCK", block)
    found = triangle(Ranks.of(values, np.float32))
    assert np.allclose(found, spearmanr(values).statistic[UPPER], atol=1e-5)


def test_missing_values_are_passed_over_pair_by_pair(
    values: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    values[np.random.default_rng(2).random(values.shape) < 0.1] = np.nan
    monkeypatch.setattr(coexpression, "_BLOCK", 4)
    ranked = pd.DataFrame(values).rank()
    theirs = ranked.corr().to_numpy()  # of ranks within each column, over rows observed in both
    assert np.allclose(triangle(Ranks.of(values, np.float32)), theirs[UPPER], atol=1e-5)
    assert np.allclose(rank_correlation(values), theirs)


def test_measures_are_those_of_whole_matrices(plain: Callable, measured: Callable) -> None:
    rng = np.random.default_rng(3)
    mixing = rng.normal(size=(30, 30))
    real, other = (plain(rng.normal(size=(80, 30)) @ mixing) for _ in range(2))
    found = measured(real, real, other.frame, "coexpression", "correlation")
    # The target (v0) is no gene.
    theirs, ours = (
        spearmanr(t.frame.iloc[:, 1:]).statistic[np.triu_indices(29, 1)] for t in (real, other)
    )
    assert found["coexpression.concordance", ""].value == pytest.approx(
        np.corrcoef(ours, theirs)[0, 1], abs=1e-5
    )
    assert found["coexpression.difference", ""].value == pytest.approx(
        np.abs(ours - theirs).mean(), abs=1e-5
    )
    top = [set(np.argsort(-np.abs(rho))[:4]) for rho in (ours, theirs)]  # 1 % of 406 pairs
    same = [pair for pair in top[0] & top[1] if np.sign(ours[pair]) == np.sign(theirs[pair])]
    assert found["coexpression.edges", ""].value == pytest.approx(len(same) / 4)
    assert found["coexpression.genes", ""].value == 1


def test_a_module_that_is_lost_loses_its_edges_only() -> None:
    rng = np.random.default_rng(4)
    real = rng.normal(0, 0.05, 1000)
    real[:10] = 0.9  # the module's pairs
    kept, lost = real.copy(), real.copy()
    lost[:10] = 0.0
    assert compared(kept, real, density=0.01) == (pytest.approx(1), 0, 1)
    concordance, difference, edges = compared(lost, real, density=0.01)
    assert edges == 0
    assert difference == pytest.approx(0.9 * 10 / 1000)
    assert concordance < 0.6


def test_an_edge_of_the_other_sign_is_no_shared_one() -> None:
    real = np.array([0.9, 0.1, 0.2, -0.3])
    assert compared(-real, real, density=0.25)[2] == 0


def test_where_nothing_correlates_no_edge_is_shared() -> None:
    nothing = np.zeros(6)
    assert compared(nothing, nothing, density=0.5) == (0, 0, 0)


def test_edges_of_unrelated_networks_are_shared_by_chance() -> None:
    # A pair is in E_syn with chance 0.1, with the right sign half of the time:
    # 0.05 ± 4 · √(.05 · .95 / 2000) = 0.02 at 2,000 real edges.
    ours, theirs = np.random.default_rng(5).normal(size=(2, 20_000))
    assert compared(ours, theirs, density=0.1)[2] == pytest.approx(0.05, abs=0.02)


def test_constant_columns_have_no_correlation(plain: Callable, measured: Callable) -> None:
    real = plain(np.random.default_rng(6).normal(size=(40, 6)))
    found = measured(real, real, pd.DataFrame(0.0, real.frame.index, real.names), "coexpression")
    assert found["coexpression.concordance", ""].value == 0
    theirs = spearmanr(real.frame.iloc[:, 1:]).statistic[np.triu_indices(5, 1)]
    assert found["coexpression.difference", ""].value == pytest.approx(np.abs(theirs).mean())
    assert found["coexpression.edges", ""].value == 0
    blank = plain(np.zeros((40, 6)))
    for m in measured(blank, blank, real.frame, "coexpression").values():
        assert m.status == "not_applicable"


def test_more_genes_than_asked_for_are_drawn_and_told(plain: Callable) -> None:
    real = plain(np.random.default_rng(7).normal(size=(40, 101)))
    few = Coexpression(params=CoexpressionParams(most=20))
    first, again = (few.prepare(Real(real, real, 40, seed=1)) for _ in range(2))
    assert first.genes == again.genes
    assert (len(first.genes), first.all) == (20, 100)


@pytest.fixture
def clinical() -> Table:
    """Three genes, an age, a number that was found to be missing, and a stage."""
    columns = (
        *(Column(name, "numeric") for name in ("ESR1", "ERBB2", "KRT5", "age")),
        Column("age_missing", "numeric", indicates="age"),
        Column("stage", "categorical", ("I", "II")),
    )
    frame = pd.DataFrame(
        np.random.default_rng(0).normal(size=(40, 5)), columns=[c.name for c in columns[:5]]
    )
    return Table(
        frame.assign(stage=pd.Categorical(["I", "II"] * 20)),
        columns,
        "classification",
        "stage",
        quasi_identifiers=("age",),
    )


def test_genes_are_numbers_without_a_role(clinical: Table) -> None:
    found = Coexpression(params=CoexpressionParams()).prepare(Real(clinical, clinical, 40, seed=1))
    assert found.genes == ("ESR1", "ERBB2", "KRT5")


def test_unknown_genes_are_named_with_the_nearest(clinical: Table) -> None:
    params = CoexpressionParams(genes=("ESR", "stage"), without=("agee",))
    with pytest.raises(DataError) as caught:
        Coexpression(params=params).check(clinical)
    told = [(p.path.rsplit(".")[-1], p.message, p.hint) for p in caught.value.problems]
    assert told == [
        ("genes", "no column 'ESR'", "Did you mean 'ESR1'?"),
        ("genes", "'stage' holds no numbers", "Name columns of expression values."),
        ("without", "no column 'agee'", "Did you mean 'age'?"),
    ]


def test_the_triangle_of_many_genes_needs_no_square_matrix() -> None:
    """3,000 genes: 18 MB of correlations; a square matrix of float64 would have 72 MB."""
    import tracemalloc

    ranks = Ranks.of(np.random.default_rng(0).normal(size=(20, 3000)), np.float32)
    tracemalloc.start()
    triangle(ranks)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    # 17 MB of result; a block of 512 × 3,000 float32 has 6 MB, and no more than seven of its kind
    # are there at once.
    assert peak < 17 + 7 * 6


def test_a_gene_that_a_split_may_choose_is_known_and_passed_over_where_it_is_not(
    clinical: Table,
) -> None:
    """``dataset.screen`` keeps candidates apart until a split has chosen among them."""
    pool = Pool(pd.DataFrame({"MKI67": np.zeros(40)}), (Column("MKI67", "numeric"),), top=1)
    params = CoexpressionParams(genes=("MKI67", "ESR1", "ERBB2", "KRT5"))
    Coexpression(params=params).check(replace(clinical, pool=pool))
    found = Coexpression(params=params).prepare(Real(clinical, clinical, 40, seed=1))
    assert found.genes == ("ESR1", "ERBB2", "KRT5")
