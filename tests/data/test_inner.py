"""Inner splits: of train rows alone, by the rule of the outer ones, with lots of their own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.data.split import Split, make_inner, make_split
from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError
from synthcraft.spec.types import FractionsSpec

FRACTIONS = FractionsSpec(holdout=0.3, validation=0.25)


def table_of(classes, groups=None):
    frame = pd.DataFrame({"x": np.arange(float(len(classes))), "y": pd.Categorical(classes)})
    columns = (Column("x", "numeric"), Column("y", "categorical", ("a", "b")))
    return Table(frame, columns, "classification", "y", groups=groups)


def both(table, *, seed=0, index=0, cut="stratified"):
    outer = make_split(table, FRACTIONS, seed=seed, index=0, cut=cut)
    return outer, make_inner(table, outer, FRACTIONS, seed=seed, index=index, cut=cut)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from(["stratified", "hashed"]), st.booleans())
def test_parts_are_those_of_the_train_rows_and_persons_stay_together(seed, cut, with_ids):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 150, 400) if with_ids else None
    table = table_of(rng.choice(["a", "b"], 400, p=[0.8, 0.2]), groups)
    outer, inner = both(table, seed=seed, cut=cut)
    assert sorted([*inner.train, *inner.holdout]) == outer.train.tolist()
    if with_ids:
        assert not set(groups[inner.train]) & set(groups[inner.holdout])


def test_classes_keep_their_shares():
    _, inner = both(table_of(["a"] * 160 + ["b"] * 40))
    y = np.array(["a"] * 160 + ["b"] * 40)
    # 140 train rows, 112 and 28 by class; a quarter of each.
    assert len(inner.holdout) == 35
    assert (y[inner.holdout] == "b").sum() == 7


def test_each_index_draws_lots_of_its_own():
    table = table_of(["a", "b"] * 100)
    chosen = {tuple(both(table, index=index)[1].holdout) for index in range(5)}
    assert len(chosen) == 5
    assert tuple(both(table, index=3)[1].holdout) in chosen


def test_a_hashed_inner_cut_has_a_key_of_its_own():
    """Under the outer key all train rows lie above the share of 0.3, so none would be below 0.25.

    1,400 train rows or so: the share is within 4 standard errors, √(0.25 · 0.75 / 1400) = 0.0116.
    """
    table = table_of(["a", "b"] * 1000)
    outer, inner = both(table, cut="hashed")
    assert abs(len(inner.holdout) / len(outer.train) - 0.25) < 4 * 0.0116


def test_too_few_validation_rows_are_told():
    table = table_of(["a", "b"] * 20)
    outer = Split(0, np.arange(28), np.arange(28, 40))
    with pytest.raises(DataError, match=r"validation rows in split 0.*design\.fractions\.valid"):
        make_inner(table, outer, FRACTIONS, seed=0, index=0, cut="hashed")


def test_declared_parts_have_inner_splits_of_their_train_rows():
    held_out = np.arange(200) < 60
    table = replace(table_of(["a", "b"] * 100), held_out=held_out)
    for cut in ("stratified", "hashed"):
        outer, inner = both(table, cut=cut)
        assert outer.holdout.tolist() == list(range(60))
        assert min(inner.train.min(), inner.holdout.min()) >= 60
        assert len(inner.holdout) > 0
