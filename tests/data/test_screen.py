"""Columns are chosen by the train rows of a split, and by nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.describe import fingerprint
from synthcraft.data.split import apply_split, make_inner, make_split
from synthcraft.spec.types import FractionsSpec

GENES = [f"g{n}" for n in range(30)]


@pytest.fixture
def cohort():
    """120 people, 30 genes whose variances rise from gene to gene."""
    rng = np.random.default_rng(0)
    genes = rng.normal(size=(120, 30)) * np.linspace(1, 4, 30)
    return pd.DataFrame(genes, columns=GENES).assign(
        age=rng.integers(30, 80, 120), subtype=np.resize(["a", "b", "a"], 120)
    )


@pytest.fixture
def table(cohort, build):
    return build(cohort, target="subtype", screen={"top": 10}, columns={"age": {"type": "numeric"}})


def chosen(table, **kept):
    split = make_split(table, FractionsSpec(**kept), seed=0, index=0)
    return split, apply_split(table, split)


def test_the_table_has_no_gene_before_a_split_has_chosen(table):
    assert table.names == ("age", "subtype")
    assert len(table.pool.columns) == 30
    assert any("Of 30 numeric columns" in note for note in table.notes)


def test_train_rows_choose(table, cohort):
    split, parts = chosen(table)
    variances = np.var(cohort[GENES].to_numpy()[split.train], axis=0, ddof=1)
    best = {GENES[n] for n in np.argsort(variances)[-10:]}
    assert set(parts.train.names) == {"age", "subtype", *best}
    assert parts.train.names == parts.holdout.names
    assert parts.train.pool is None
    expected = cohort.iloc[split.holdout].reset_index(drop=True)
    for name in best:
        assert np.allclose(parts.holdout.frame[name], expected[name], atol=1e-6)
        # Ranges, too, are those of train rows.
        assert parts.train.column(name).low <= parts.train.frame[name].min()


def test_holdout_rows_have_no_say(table, cohort, build):
    split, parts = chosen(table)
    changed = cohort.copy()
    changed.loc[split.holdout, "g0"] = 1e6 * np.arange(len(split.holdout))
    again = build(
        changed, target="subtype", screen={"top": 10}, columns={"age": {"type": "numeric"}}
    )
    assert apply_split(again, split).train.names == parts.train.names
    # Over all rows it would have been the first to be chosen.
    assert again.pool.frame.var().idxmax() == "g0"
    assert fingerprint(again) != fingerprint(table)


def test_inner_splits_choose_for_themselves(table):
    outer = make_split(table, FractionsSpec(), seed=0, index=0)
    inner = make_inner(table, outer, FractionsSpec(), seed=0, index=0)
    spread = table.pool.frame.iloc[inner.train].var().nlargest(10)
    assert set(spread.index) == set(apply_split(table, inner).train.names) - {"age", "subtype"}


def test_what_plays_a_part_is_not_screened(cohort, build):
    table = build(
        cohort,
        target="subtype",
        screen={"top": 10},
        quasi_identifiers=("g0",),
        rules={"positive": "g1 > -1000"},
        columns={"g2": {"type": "numeric"}, "g3": {"label": "a gene"}},
    )
    # A label is no type.
    assert table.names == ("g0", "g1", "g2", "subtype")
    assert len(table.pool.columns) == 28  # age among them


def test_the_median_deviation_does_not_follow_a_few_extreme_values(cohort, build):
    cohort.loc[:3, "g0"] = 1e4
    by = {
        kind: build(cohort, target="subtype", screen={"top": 3, "by": kind}, drop=("age",))
        for kind in ("variance", "mad")
    }
    names = {kind: set(apply_split(t, make_split(t, FractionsSpec(), seed=0, index=0)).train.names)
             for kind, t in by.items()}  # fmt: skip
    train = make_split(by["mad"], FractionsSpec(), seed=0, index=0).train
    values = cohort[GENES].to_numpy()[train]
    deviations = np.median(np.abs(values - np.median(values, axis=0)), axis=0)
    assert names["mad"] == {"subtype", *(GENES[n] for n in np.argsort(deviations)[-3:])}
    assert "g0" in names["variance"] - names["mad"]
    assert fingerprint(by["mad"]) != fingerprint(by["variance"])


def test_few_columns_stay_as_they_are(cohort, build):
    table = build(cohort, target="subtype", screen={"top": 40})
    assert table.pool is None
    assert table.names == tuple(cohort)


def test_of_equal_columns_the_earlier_is_chosen(cohort, build):
    cohort["g7"] = cohort["g3"] = np.resize([-50.0, 0.5, 50.0], 120)
    table = build(cohort, target="subtype", screen={"top": 1})
    assert chosen(table)[1].train.names == ("subtype", "g3")


def test_a_column_with_one_value_among_the_train_rows_cannot_be_chosen(cohort, build):
    cohort["g5"] = np.where(np.arange(120) == 3, 1e5, np.nan)
    cohort.loc[[4, 5], "g5"] = [2e5, 3e5]
    table = build(cohort, target="subtype", missing="impute", screen={"top": 29})
    split = make_split(table, FractionsSpec(), seed=0, index=0)
    train = np.setdiff1d(np.arange(120), [4, 5])
    names = apply_split(table, replace(split, train=train, holdout=np.array([4, 5]))).train.names
    assert "g5" not in names
    assert len(names) == 30  # the target and 29 others


def test_the_identity_counts_the_number(table, cohort, build):
    other = build(
        cohort, target="subtype", screen={"top": 11}, columns={"age": {"type": "numeric"}}
    )
    assert fingerprint(other) != fingerprint(table)
    assert table.take([1, 0]).pool.frame.iloc[0].equals(table.pool.frame.iloc[1].rename(0))
    assert chosen(table)[1].train.with_frame(chosen(table)[1].train.frame).pool is None


def test_what_it_cannot_be_combined_with(cohort, build, problems_of):
    told = problems_of(build, cohort, target="subtype", missing="drop", screen={"top": 10})
    assert "drop would cost every row" in told["dataset.missing"]


def test_not_under_differential_privacy(cohort, tmp_path, problems_of):
    from synthcraft.data.load import load_table
    from synthcraft.spec.types import DatasetSpec

    cohort.to_csv(tmp_path / "c.csv", index=False)
    spec = DatasetSpec(
        plugin="csv", params={"path": str(tmp_path / "c.csv")}, target="subtype", screen={"top": 5}
    )
    told = problems_of(load_table, spec, seed=0, outside="keep")
    assert "no epsilon is spent on it" in told["dataset.screen"]


def test_where_epsilon_is_void_anyway_columns_are_screened(cohort, tmp_path, problems_of):
    from synthcraft.engine.table import read_table
    from synthcraft.spec.types import Spec

    cohort.to_csv(tmp_path / "c.csv", index=False)

    def spec(domain):
        return Spec.model_validate(
            {
                "name": "x",
                "dataset": {
                    "plugin": "csv",
                    "params": {"path": str(tmp_path / "c.csv")},
                    "target": "subtype",
                    "screen": {"top": 5},
                },
                "generators": {"gan": {"plugin": "pategan"}},
                "privacy": {"rows": 120, "domain": domain},
            }
        )

    assert read_table(spec("from_data")).pool.top == 5
    assert (
        "no epsilon is spent on it" in problems_of(read_table, spec("declared"))["dataset.screen"]
    )
