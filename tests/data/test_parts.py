"""Declared parts: a holdout file, a column, a list, or none, and every way to get them wrong."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.describe import fingerprint
from synthcraft.data.load import load_table
from synthcraft.data.parts import twin_problems
from synthcraft.data.split import apply_split, make_split
from synthcraft.spec.types import DatasetSpec, FractionsSpec


@pytest.fixture
def files(people, tmp_path, monkeypatch):
    """``real.csv`` with a column of parts, and the same rows as two files."""
    monkeypatch.chdir(tmp_path)
    people = people.assign(person=[f"p{i}" for i in range(len(people))])
    used = np.arange(len(people)) % 4 > 0
    people.assign(used=np.where(used, "Yes", "no")).to_csv("real.csv", index=False)
    people[used].to_csv("train.csv", index=False)
    people[~used].to_csv("holdout.csv", index=False)
    people[["person"]][used].to_csv("persons.csv", index=False)
    pd.DataFrame({"row": np.flatnonzero(used) + 1}).to_csv("rows.csv", index=False)
    return people


def load(path="real.csv", drop=("used", "person"), **params):
    spec = DatasetSpec(plugin="csv", params={"path": path, **params}, target="sick", drop=drop)
    return load_table(spec, seed=0)


def parts_of(table):
    split = make_split(table, FractionsSpec(), seed=0, index=0)
    parts = apply_split(table, split)
    return parts.train.frame, parts.holdout.frame


@pytest.mark.parametrize("given", ["used", "persons.csv", "rows.csv"])
def test_a_column_or_a_list_tells_the_same_parts_as_two_files(files, given):
    two = load("train.csv", drop=("person",), holdout_path="holdout.csv")
    drop = ("person",) if given == "used" else ("used", "person")
    one = load(trained_on=given, drop=drop)
    for ours, theirs in zip(parts_of(one), parts_of(two), strict=True):
        pd.testing.assert_frame_equal(ours, theirs)
    assert [len(part) for part in parts_of(one)] == [150, 50]


def test_all_holds_nothing_out_and_says_what_is_missing(files):
    table = load(trained_on="all")
    train, holdout = parts_of(table)
    assert (len(train), len(holdout)) == (200, 0)
    assert "No row was held out" in table.notes[0]


def test_rows_that_are_dropped_keep_the_parts_of_the_others(files):
    frame = pd.read_csv("real.csv")
    frame.loc[:9, "sick"] = None
    frame.to_csv("real.csv", index=False)
    table = load(trained_on="used", drop=("person",))
    assert table.held_out is not None
    assert table.held_out.tolist() == [i % 4 == 0 for i in range(10, 200)]


def test_a_part_of_a_part_is_drawn_again(files):
    """The halves of a holdout (fresh_real) are not declared by anybody."""
    split = make_split(load(trained_on="used", drop=("person",)), FractionsSpec(), seed=0, index=0)
    holdout = apply_split(load(trained_on="used", drop=("person",)), split).holdout
    halves = make_split(holdout, FractionsSpec(holdout=0.5), seed=0, index=0)
    assert (len(halves.train), len(halves.holdout)) == (25, 25)


def test_the_parts_are_part_of_the_fingerprint(files):
    first = load(trained_on="used", drop=("person",))
    assert fingerprint(first) != fingerprint(load(drop=("used", "person")))
    assert fingerprint(first) != fingerprint(load(trained_on="all"))


def test_a_subsample_keeps_the_parts(files):
    table = load(trained_on="used", drop=("person",), sample=100)
    assert table.held_out is not None
    assert len(table.held_out) == 100
    assert 10 < table.held_out.sum() < 40


WRONG = {
    "same file": (
        {"path": "train.csv", "holdout_path": "train.csv", "drop": ("person",)},
        {"dataset.params.holdout_path": "same file"},
    ),
    "no file": (
        {"path": "train.csv", "holdout_path": "hold.csv", "drop": ("person",)},
        {"dataset.params.holdout_path": "holdout.csv"},
    ),
    "other columns": (
        {"path": "real.csv", "holdout_path": "holdout.csv"},
        {"dataset.params.holdout_path": "no column 'used'"},
    ),
    "two ways": (
        {"holdout_path": "holdout.csv", "trained_on": "used"},
        {"dataset.params.trained_on": "together"},
    ),
    "unclear marks": ({"trained_on": "sex"}, {"dataset.params.trained_on": "200 rows"}),
    "neither column nor file": ({"trained_on": "usd"}, {"dataset.params.trained_on": "'used'"}),
    "list of what?": ({"trained_on": "names.csv"}, {"dataset.params.trained_on": "be: row"}),
    "wrong numbers": ({"trained_on": "zero.csv"}, {"dataset.params.trained_on": "from 1 to 200"}),
    "unknown values": ({"trained_on": "others.csv"}, {"dataset.params.trained_on": "1 of"}),
    "no rest": ({"trained_on": "every.csv"}, {"dataset.params.trained_on": "write: all"}),
    "too few": ({"trained_on": "most.csv"}, {"dataset": "fewer than 10 usable holdout rows"}),
}


@pytest.mark.parametrize("case", WRONG)
def test_parts_that_cannot_be_used(case, files, problems_of):
    pd.DataFrame({"name": ["x"]}).to_csv("names.csv", index=False)
    pd.DataFrame({"row": [0, 1]}).to_csv("zero.csv", index=False)
    pd.DataFrame({"person": ["p1", "nobody"]}).to_csv("others.csv", index=False)
    pd.DataFrame({"row": range(1, 201)}).to_csv("every.csv", index=False)
    pd.DataFrame({"row": range(1, 196)}).to_csv("most.csv", index=False)
    given, told = WRONG[case]
    problems = problems_of(load, **given)
    assert set(told) <= set(problems)
    for path, words in told.items():
        assert words in problems[path]


def test_kinds_that_differ_between_the_files_are_told(files, problems_of):
    pd.read_csv("holdout.csv").assign(age="old").to_csv("holdout.csv", index=False)
    problems = problems_of(load, "train.csv", drop=("person",), holdout_path="holdout.csv")
    assert "'age' holds text" in problems["dataset.params.holdout_path"]


def test_nobody_is_in_both_parts(files, problems_of):
    frame = pd.read_csv("real.csv").assign(person=lambda rows: np.arange(len(rows)) // 2)
    frame.to_csv("real.csv", index=False)
    spec = DatasetSpec(
        plugin="csv", params={"path": "real.csv", "trained_on": "used"}, target="sick", id="person"
    )
    assert "both train and holdout" in problems_of(load_table, spec, seed=0)["dataset.id"]


@pytest.mark.parametrize("given", [{"path": "train.csv", "holdout_path": "both.csv"}, {}])
def test_a_holdout_that_the_generator_has_seen_is_refused(files, problems_of, given):
    """50 people that nobody used, and 50 train rows."""
    train, holdout = (pd.read_csv(f"{name}.csv") for name in ("train", "holdout"))
    both = pd.concat([holdout, train.head(50).assign(person="somebody else")])
    both.to_csv("both.csv", index=False)
    marked = pd.concat([train.assign(used="yes"), both.assign(used="no")])
    marked.to_csv("marked.csv", index=False)
    drop = ("person",)
    problems = problems_of(
        load, **(given or {"path": "marked.csv", "trained_on": "used"}), drop=drop
    )
    assert "50 of 100 holdout rows equal a train row" in problems["dataset"]


def test_people_who_are_alike_by_chance_are_no_twins():
    """Of 2^k kinds of people: few or many twins, none of which anybody has seen."""
    rng = np.random.default_rng(0)
    held_out = np.arange(600) >= 400
    for kinds in (2**k for k in range(1, 14)):
        for _ in range(20):
            # Four standard deviations and five rows: not once in 260 tables.
            rows = pd.DataFrame({"kind": rng.integers(kinds, size=600)})
            assert twin_problems(rows, held_out) == []


@pytest.mark.parametrize("kinds", [50, 400, 6000])
def test_of_a_coarse_table_too_a_shared_half_is_noticed(kinds):
    """Three in ten rows are of five kinds only: these have twins anyway."""
    rng = np.random.default_rng(1)
    common, rare = rng.integers(5, size=600), rng.integers(kinds * 10, size=600)
    people = np.where(rng.random(600) < 0.3, common, rare)
    held_out = np.arange(600) >= 400
    people[500:] = people[:100]  # half of the holdout
    assert twin_problems(pd.DataFrame({"kind": people}), held_out)
