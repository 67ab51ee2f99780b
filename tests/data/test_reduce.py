"""A reduction learns from train rows, keeps what components share, and comes back in form."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr
from sklearn.decomposition import PCA

from synthcraft.data.reduce import free, learn_reduction, reduce_problems
from synthcraft.data.table import Column, Pool, Table
from synthcraft.errors import DataError
from synthcraft.spec.types import GeneratorSpec, ReduceSpec

GENES = tuple(f"g{n}" for n in range(24))


def factors(rows: int, seed: int, noise: float = 0.5) -> pd.DataFrame:
    """24 genes of three modules of eight, each driven by a factor of its own."""
    rng = np.random.default_rng(seed)
    hidden = np.repeat(rng.normal(size=(rows, 3)), 8, axis=1)
    return pd.DataFrame(hidden + noise * rng.normal(size=(rows, 24)), columns=list(GENES))


def table_of(genes: pd.DataFrame, **more: object) -> Table:
    sex = pd.Categorical(np.resize(["f", "m"], len(genes)))
    frame = genes.assign(sex=sex)
    columns = (*(Column(n, "numeric") for n in genes.columns), Column("sex", "categorical", "fm"))
    return replace(Table(frame, columns, "classification", "sex"), **more)


@pytest.fixture(scope="module")
def train() -> Table:
    return table_of(factors(400, seed=0))


def test_components_stand_for_the_block_after_all_other_columns(train):
    reduction = learn_reduction(train, ReduceSpec(to=5))
    reduced = reduction.apply(train)
    assert reduced.names == ("sex", *(f"component_{n}" for n in range(1, 6)))
    assert reduced.target == "sex"
    assert reduced.frame["sex"].equals(train.frame["sex"])
    back = reduction.restore(reduced.frame, seed=1)
    assert tuple(back.columns) == train.names


def test_the_weights_are_those_of_principal_components(train):
    """scikit-learn knows the truth, up to signs."""
    reduction = learn_reduction(train, ReduceSpec(to=3))
    theirs = PCA(3, svd_solver="full").fit(reduction.standardised(train.frame)).components_.T
    assert np.allclose(np.abs(reduction.weights.T @ theirs), np.eye(3), atol=1e-8)
    assert all(column[np.abs(column).argmax()] > 0 for column in reduction.weights.T)


def test_as_many_components_as_columns_lose_nothing(train):
    """But for what 101 quantiles do not tell of a value: a bit of a percentile."""
    reduction = learn_reduction(train, ReduceSpec(to=24))
    back = reduction.restore(reduction.apply(train).frame, seed=0)
    assert np.abs(back[list(GENES)] - train.frame[list(GENES)]).to_numpy().max() < 1e-6


def test_modules_are_the_planted_ones(train):
    weights = learn_reduction(train, ReduceSpec(to=3, by="modules")).weights
    assert weights.shape == (24, 3)
    assert np.array_equal(weights != 0, np.repeat(np.eye(3, dtype=bool), 8, axis=0))
    assert np.allclose(np.linalg.norm(weights, axis=0), 1)


@pytest.mark.parametrize("by", ["pca", "modules"])
def test_restored_rows_have_the_marginals_and_correlations_of_real_ones(train, by):
    """Three components explain all that these genes share, so that nothing but chance is lost.

    KS distances of 400 and 2000 rows exceed 1.63 · √(1/400 + 1/2000) = 0.089 in 1 % of columns;
    correlations of 400 rows have errors of up to 1/√400 = 0.05, 4 of which are 0.2.
    """
    reduction = learn_reduction(train, ReduceSpec(to=3, by=by))
    rng = np.random.default_rng(3)
    made = reduction.apply(train).frame
    drawn = made.iloc[rng.integers(len(made), size=2000)].reset_index(drop=True)
    back = reduction.restore(drawn, seed=4)
    assert all(ks_2samp(back[name], train.frame[name]).statistic < 0.1 for name in GENES)
    ours, theirs = (spearmanr(rows[list(GENES)])[0] for rows in (back, train.frame))
    assert np.abs(ours - theirs).max() < 0.2
    assert np.abs(ours - theirs).mean() < 0.05


def test_what_components_do_not_explain_is_drawn_and_not_left_out(train):
    reduction = learn_reduction(train, ReduceSpec(to=3))
    made = reduction.apply(train).frame
    without, drawn = reduction.expected(made), reduction.restore(made, seed=0)
    real = train.frame[list(GENES)].std().mean()
    assert without[list(GENES)].std().mean() < 0.95 * real
    assert drawn[list(GENES)].std().mean() == pytest.approx(real, rel=0.03)


def test_a_spike_stays_a_spike_and_integers_stay_integers():
    """A third are 0: the share of 300 rows has a standard error of 2.7 %, four are 11 %."""
    genes = factors(300, seed=1)
    genes["g0"] = np.round(np.where(genes["g0"] < genes["g0"].quantile(1 / 3), 0, genes["g0"] ** 2))
    table = table_of(genes)
    columns = (replace(table.columns[0], decimals=0, low=0.0, high=20.0), *table.columns[1:])
    table = replace(table, columns=columns)
    reduction = learn_reduction(table, ReduceSpec(to=3))
    back = reduction.restore(reduction.apply(table).frame, seed=0)["g0"]
    assert (back == 0).mean() == pytest.approx((genes["g0"] == 0).mean(), abs=0.11)
    assert (back == back.round()).all()
    assert back.between(0, 20).all()


def test_the_same_rows_give_the_same_reduction_and_seed_the_same_rows(train):
    one, other = (learn_reduction(train, ReduceSpec(to=4)) for _ in range(2))
    made = one.apply(train).frame
    assert made.equals(other.apply(train).frame)
    assert one.restore(made, seed=1).equals(other.restore(made, seed=1))
    assert not one.restore(made, seed=1).equals(one.restore(made, seed=2))


def test_columns_with_a_part_rule_type_or_gap_stay_as_they_are():
    genes = factors(60, seed=2)
    genes.loc[0, "g5"] = np.nan
    genes["g6"] = 1.0
    table = table_of(
        genes,
        sensitive=("g1",),
        quasi_identifiers=("g2",),
        rules={"positive": "g3 > -99"},
    )
    typed = tuple(replace(c, origin="declared") if c.name == "g4" else c for c in table.columns)
    table = replace(table, columns=typed)
    reduction = learn_reduction(table, ReduceSpec(to=2))
    assert reduction.block == ("g0", *GENES[7:])
    reduced = reduction.apply(table)
    assert {"g1", "g2", "g3", "g4", "g5", "g6", "sex"} <= set(reduced.names)
    back = reduction.restore(reduced.frame, seed=0)
    assert back["g5"].isna().sum() == 1


def test_holdout_rows_have_no_say_and_their_gaps_are_bridged(train):
    reduction = learn_reduction(train, ReduceSpec(to=3))
    holdout = table_of(factors(50, seed=9))
    holdout.frame.loc[:, "g0"] = np.nan
    reduced = reduction.apply(holdout)
    assert reduced.frame.notna().all().all()


def test_names_of_components_are_new():
    genes = factors(60, seed=3).rename(columns={"g0": "component_1"})
    made = learn_reduction(table_of(genes), ReduceSpec(to=2)).components
    assert [column.name for column in made] == ["component__1", "component__2"]


def test_few_rows_give_few_components():
    table = table_of(factors(15, seed=4))
    assert len(learn_reduction(table, ReduceSpec(to=20)).components) == 14


def test_nothing_to_reduce_is_told():
    table = table_of(factors(40, seed=5), quasi_identifiers=GENES)
    with pytest.raises(DataError, match="no numeric column"):
        learn_reduction(table, ReduceSpec())
    with pytest.raises(DataError, match="got 8 train rows"):
        learn_reduction(table_of(factors(8, seed=5)), ReduceSpec())


def test_too_many_columns_for_modules_are_told(train, monkeypatch):
    monkeypatch.setattr("synthcraft.data.reduce.MOST_IN_MODULES", 20)
    with pytest.raises(DataError, match="modules of 24 columns, of more than 20"):
        learn_reduction(train, ReduceSpec(by="modules"))
    learn_reduction(train, ReduceSpec())


def test_a_reduction_to_as_many_columns_is_refused_before_the_run(train):
    def problems(to: int, table: Table) -> list[str]:
        spec = GeneratorSpec(plugin="arf", reduce=ReduceSpec(to=to))
        return [p.path for p in reduce_problems({"a": spec}, table)]

    assert problems(23, train) == []
    assert problems(24, train) == ["generators.a.reduce.to"]
    assert len(free(train)) == 24
    pool = Pool(factors(400, seed=1).add_prefix("p"), train.columns[:24], top=6)
    assert problems(29, replace(train, pool=pool)) == []
    assert problems(30, replace(train, pool=pool)) == ["generators.a.reduce.to"]
    assert list(reduce_problems({"a": GeneratorSpec(plugin="arf")}, train)) == []
