"""Splits: exact, stratified, of whole persons; imputation learns from train rows only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.data.load import build_table
from synthcraft.data.split import (
    Split,
    apply_split,
    make_split,
    person_keys,
    split_to_json,
)
from synthcraft.data.table import Column, Table
from synthcraft.errors import UserError
from synthcraft.spec.types import DatasetSpec, FractionsSpec

HALF = FractionsSpec(holdout=0.5)


def table_of(classes, groups=None, task="classification"):
    frame = pd.DataFrame({"x": np.arange(float(len(classes))), "y": pd.Categorical(classes)})
    levels = tuple(frame["y"].cat.categories)
    columns = (Column("x", "numeric"), Column("y", "categorical", levels))
    time = "x" if task == "survival" else None
    return Table(frame, columns, task, "y", time=time, groups=groups)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(10, 60), min_size=2, max_size=4),
    holdout=st.floats(0.06, 0.79),
    seed=st.integers(0, 2**31 - 1),
)
def test_split_is_exact_disjoint_exhaustive_and_stratified(sizes, holdout, seed):
    classes = [level for level, size in zip("abcd", sizes, strict=False) for _ in range(size)]
    table = table_of(classes)
    split = make_split(table, FractionsSpec(holdout=holdout), seed=seed, index=0)
    assert sorted([*split.train, *split.holdout]) == list(range(len(table)))
    assert (np.diff(split.train) > 0).all()
    # Each class must stay on both sides; only that may move the total from its exact value.
    forced = sum(1 for size in sizes if size * holdout < 1)
    assert abs(len(split.holdout) - round(holdout * len(table))) <= forced
    for level, size in zip("abcd", sizes, strict=False):
        inside = (table.frame["y"].iloc[split.holdout] == level).sum()
        assert 1 <= inside < size
        assert abs(inside - holdout * size) <= 1 + forced


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(60, 150))
def test_persons_never_straddle(seed, rows):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 40, rows)
    table = table_of(rng.choice(["a", "b"], rows, p=[0.9, 0.1]), groups)
    split = make_split(table, FractionsSpec(), seed=seed, index=0)
    assert not set(groups[split.train]) & set(groups[split.holdout])
    assert sorted([*split.train, *split.holdout]) == list(range(rows))
    persons = len(np.unique(groups))
    # At most the two strata (persons with a rare row, and without) are forced by one each.
    assert abs(len(np.unique(groups[split.holdout])) - round(0.3 * persons)) <= 2


def test_seeds_and_indices_give_other_splits_and_the_same_ones_again():
    table = table_of(["a", "b"] * 50)
    first = make_split(table, HALF, seed=0, index=0)
    assert split_to_json(first) == split_to_json(make_split(table, HALF, seed=0, index=0))
    for seed, index in ((0, 1), (1, 0)):
        other = make_split(table, HALF, seed=seed, index=index)
        assert other.holdout.tolist() != first.holdout.tolist()


def test_every_row_is_held_out_equally_often():
    table = table_of(["a", "b"] * 20)
    counts = np.zeros(40)
    for index in range(400):
        counts[make_split(table, HALF, seed=0, index=index).holdout] += 1
    # 400 draws at 1/2: standard deviation 10; the largest of 40 is beyond 45 once in 10^4.
    assert np.abs(counts - 200).max() < 45


def test_survival_is_stratified_by_event():
    table = table_of(["0"] * 90 + ["1"] * 10, task="survival")
    split = make_split(table, FractionsSpec(holdout=0.3), seed=0, index=0)
    assert (len(split.holdout), (table.frame["y"].iloc[split.holdout] == "1").sum()) == (30, 3)


def test_a_survival_split_and_its_size_survive_the_parts():
    # PITFALLS C.VI 15: synthcity's survival loader forgets the seed, and the size once encoded.
    table = table_of(["0"] * 80 + ["1"] * 20, task="survival")
    held_out = set()
    for seed in (0, 99):
        split = make_split(table, HALF, seed=seed, index=0)
        parts = apply_split(table, split)
        for part, rows in ((parts.train, split.train), (parts.holdout, split.holdout)):
            assert part.task == "survival" and len(part) == 50
            assert part.frame["y"].astype(str).tolist() == table.frame["y"].iloc[rows].tolist()
        held_out.add(tuple(split.holdout))
    assert len(held_out) == 2


def test_size_survives_another_seed_and_a_regression(people, build):
    table = build(people, target="bmi", keep=["age", "sex", "bmi"])
    for seed in range(5):
        assert len(make_split(table, FractionsSpec(holdout=0.25), seed=seed, index=0).holdout) == 50


def test_its_plain_form_holds_positions_only():
    split = make_split(table_of(["a", "b"] * 30), HALF, seed=0, index=2)
    plain = split_to_json(split)
    assert plain == {"index": 2, "train": list(split.train), "holdout": list(split.holdout)}


def gappy(**policies):
    """Rows 0 to 59 train, 60 to 99 hold out; x lacks train rows, z lacks only holdout rows."""
    x, z = np.arange(100.0), np.arange(100.0)
    x[[1, 2, 70]] = np.nan
    z[80] = np.nan
    c = np.array(["a"] * 50 + ["b"] * 50, dtype=object)
    c[[3, 90]] = None
    frame = pd.DataFrame(
        {
            "x": x,
            "z": z,
            "c": pd.Categorical(c, categories=["a", "b"]),
            "y": pd.Categorical(["p", "q"] * 50),
        }
    )
    columns = (
        Column("x", "numeric", decimals=0, missing=policies.get("x", "impute")),
        Column("z", "numeric", declared=("decimals",), missing=policies.get("z", "impute")),
        Column("c", "categorical", ("a", "b"), missing=policies.get("c", "impute")),
        Column("y", "categorical", ("p", "q"), missing="impute"),
    )
    return Table(frame, columns, "classification", "y", groups=np.arange(100))


SPLIT = Split(0, np.arange(60), np.arange(60, 100))


def test_imputation_learns_from_train_rows_only():
    parts = apply_split(gappy(), SPLIT)
    names = ("x", "z", "c", "y", "x_missing", "c_missing")
    assert parts.train.names == parts.holdout.names == names
    assert tuple(parts.train.frame) == tuple(parts.holdout.frame) == names
    # Train x is 0, 3, 4, …, 59: its median is 30.5, rounded to whole numbers (half to even).
    assert parts.train.frame["x"].iloc[1] == parts.holdout.frame["x"].iloc[10] == 30
    assert parts.holdout.frame["z"].iloc[20] == 29.5
    assert parts.holdout.frame["c"].iloc[30] == "a"
    assert parts.train.frame["x_missing"].tolist()[:4] == ["no", "yes", "yes", "no"]
    assert (parts.holdout.frame["x_missing"] == "yes").sum() == 1
    assert parts.train.column("c_missing").levels == ("no", "yes")
    assert not parts.train.frame.isna().any().any()
    assert len(parts.notes) == 3


def test_holdout_values_do_not_reach_train():
    table = gappy()
    frame = table.frame.copy()
    frame.loc[60:, "x"] = 1e6
    changed = apply_split(replace(table, frame=frame), SPLIT)
    assert changed.train.frame.equals(apply_split(table, SPLIT).train.frame)


def extremes(build, **columns):
    """90 train rows, and 10 holdout rows that hold all extremes and a level of their own."""
    frame = pd.DataFrame(
        {
            "dose": [*np.arange(90) % 30 + 1.0, *[950.25] * 10],
            "ward": ["a", "b", "c"] * 30 + ["locked"] * 10,
            "sick": ["yes", "no"] * 50,
        }
    )
    split = Split(0, np.arange(90), np.arange(90, 100))
    return apply_split(build(frame, target="sick", columns=columns), split)


def test_what_is_inferred_comes_from_train_rows_alone(build):
    parts = extremes(build)
    assert parts.train.columns == parts.holdout.columns
    dose, ward = parts.train.column("dose"), parts.train.column("ward")
    assert (dose.low, dose.high, dose.decimals) == (1.0, 30.0, 0)
    assert ward.levels == tuple(parts.train.frame["ward"].cat.categories) == ("a", "b", "c")
    # The holdout is left as it is: metrics must see what train lacks.
    assert set(parts.holdout.frame["dose"]) == {950.25}
    assert set(parts.holdout.frame["ward"]) == {"locked"}
    assert list(parts.holdout.frame["ward"].cat.categories) == ["a", "b", "c", "locked"]


def test_what_is_declared_stays(build):
    levels = ("a", "b", "c", "locked", "other")
    declared = {"low": 0, "high": 1000, "decimals": 2}
    train = extremes(build, dose=declared, ward={"levels": levels}).train
    dose = train.column("dose")
    assert (dose.low, dose.high, dose.decimals) == (0, 1000, 2)
    assert train.column("ward").levels == tuple(train.frame["ward"].cat.categories) == levels
    dose = extremes(build, dose={"high": 1000}).train.column("dose")
    assert (dose.low, dose.high, dose.decimals) == (1, 1000, 0)


def test_modelled_gaps_stay():
    parts = apply_split(gappy(x="model", z="model", c="model"), SPLIT)
    assert parts.train.names == ("x", "z", "c", "y")
    assert parts.train.frame["x"].isna().sum() == 2
    assert parts.notes == ()


def test_nothing_to_impute_from(problems_of):
    table = gappy()
    frame = table.frame.assign(z=[np.nan] * 60 + [1.0] * 40)
    problems = problems_of(apply_split, replace(table, frame=frame), SPLIT)
    assert list(problems) == ["dataset.columns.z.missing"]


def test_parts_keep_persons():
    parts = apply_split(gappy(), SPLIT)
    assert parts.holdout.groups.tolist() == list(range(60, 100))
    with pytest.raises(UserError):
        apply_split(replace(gappy(), frame=gappy().frame.assign(x=np.nan)), SPLIT)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(0, 3), st.booleans())
def test_a_hashed_cut_moves_nobody_when_a_person_joins(seed, index, with_ids):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": [f"{number:03d}" for number in rng.permutation(150).repeat(2)],
            "x": rng.normal(size=300),
            "y": rng.choice(["a", "b"], 300),
        }
    )
    # The newcomer comes first, has a level of their own, and turns numbers of persons into text.
    newcomer = pd.DataFrame({"id": ["A1"], "x": [9.5], "y": ["c"]})
    spec = {"target": "x", "task": "regression", "id": "id" if with_ids else None}
    spec |= {} if with_ids else {"drop": ("id",)}
    dataset = DatasetSpec(plugin="csv", **spec)
    tables = [
        build_table(frame.astype({"id": int}), dataset),
        build_table(pd.concat([newcomer, frame], ignore_index=True), dataset),
    ]
    parts = [
        make_split(table, FractionsSpec(), seed=seed, index=index, cut="hashed") for table in tables
    ]
    before, after = (set(split.holdout) for split in parts)
    assert {row + 1 for row in before} == after - {0}


def test_a_hashed_cut_keeps_persons_together_and_shares_within_chance():
    groups = np.arange(4000) // 2
    keys = person_keys(pd.Series(groups))
    table = replace(table_of(["a", "b"] * 2000, groups), keys=keys)
    splits = [make_split(table, FractionsSpec(), seed=0, index=i, cut="hashed") for i in range(5)]
    for split in splits:
        assert sorted([*split.train, *split.holdout]) == list(range(4000))
        assert not set(groups[split.train]) & set(groups[split.holdout])
        # 2,000 persons at 0.3: a standard deviation of 0.0102, four of them.
        assert abs(len(split.holdout) / 4000 - 0.3) < 0.041
    both = set(splits[0].holdout) & set(splits[1].holdout)
    assert abs(len(both) / 4000 - 0.09) < 0.026  # independent: 0.0064, four of them
    assert set(make_split(table, FractionsSpec(), seed=1, index=0, cut="hashed").holdout) != set(
        splits[0].holdout
    )


def test_a_hashed_cut_of_few_rows_is_refused():
    with pytest.raises(UserError, match=r"design\.cut"):
        make_split(table_of(["a", "b"] * 9), HALF, seed=0, index=0, cut="hashed")


def test_keys_tell_nothing_of_the_order_and_travel_with_their_rows():
    keys = person_keys(pd.Series(["b", "a", "b"]))
    assert keys[0] == keys[2] != keys[1]
    assert person_keys(pd.Series(["a"]))[0] == keys[1]
    table = replace(table_of(["a", "b", "a"]), keys=keys)
    assert table.take([1]).keys.tolist() == [keys[1]]
    assert "keys" not in split_to_json(make_split(table, HALF, seed=0, index=0))
