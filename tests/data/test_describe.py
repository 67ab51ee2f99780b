"""Fingerprints differ where data differ; descriptions tell nobody's value."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.load import load_table
from synthcraft.data.table import Column, Table
from synthcraft.records import POOLED
from synthcraft.spec.types import DatasetSpec


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "x": [0.0, np.nan, 2.0, 1.0],
            "w": [1.0, 2.0, 3.0, 4.0],
            "c": pd.Categorical(["a", None, "b", "a"], categories=["a", "b"]),
            "y": pd.Categorical(["p", "q", "p", "q"]),
        }
    )
    columns = (
        Column("x", "numeric", decimals=0),
        Column("w", "numeric"),
        Column("c", "categorical", ("a", "b")),
        Column("y", "categorical", ("p", "q")),
    )
    return Table(frame, columns, "classification", "y", positive="p", sensitive=("c",))


def with_values(table, **values):
    return replace(table, frame=table.frame.assign(**values))


def renamed(table, old, new):
    columns = tuple(replace(c, name=new) if c.name == old else c for c in table.columns)
    return replace(table, frame=table.frame.rename(columns={old: new}), columns=columns)


def with_meaning(table, **changes):
    return replace(table, columns=(replace(table.columns[0], **changes), *table.columns[1:]))


CHANGES = {
    "column name": lambda t: renamed(t, "x", "X"),
    "value": lambda t: with_values(t, x=[0.0, np.nan, 2.0, 1.0 + 1e-9]),
    "gap and zero swapped": lambda t: with_values(t, x=[np.nan, 0.0, 2.0, 1.0]),
    "gap instead of zero": lambda t: with_values(t, x=[np.nan, np.nan, 2.0, 1.0]),
    "level": lambda t: with_values(t, c=pd.Categorical(["a", None, "b", "b"])),
    "level instead of gap": lambda t: with_values(t, c=pd.Categorical(["a", "a", "b", "a"])),
    "values of two columns swapped": lambda t: with_values(t, x=t.frame["w"], w=t.frame["x"]),
    "order of rows": lambda t: t.take([1, 0, 2, 3]),
    "fewer rows": lambda t: t.take([0, 1, 2]),
    "order of columns": lambda t: replace(t, columns=t.columns[::-1]),
    "target": lambda t: replace(t, target="c"),
    "task": lambda t: replace(t, task="survival"),
    "positive": lambda t: replace(t, positive="q"),
    "time": lambda t: replace(t, time="w"),
    "sensitive": lambda t: replace(t, sensitive=()),
    "quasi-identifiers": lambda t: replace(t, quasi_identifiers=("x",)),
    "decimals": lambda t: with_meaning(t, decimals=1),
    "range": lambda t: with_meaning(t, low=0.0),
    "missing policy": lambda t: with_meaning(t, missing="impute"),
    "persons": lambda t: replace(t, groups=np.array([0, 0, 1, 2])),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_fingerprint_changes(table, change):
    assert fingerprint(change(table)) != fingerprint(table)


def test_all_changes_differ_from_each_other(table):
    prints = {fingerprint(change(table)) for change in CHANGES.values()}
    assert len(prints) == len(CHANGES)


def test_fingerprint_ignores_what_changes_no_number(table):
    same = with_meaning(table, label="The x", unit="mm", origin="declared")
    assert fingerprint(replace(same, notes=("a note",))) == fingerprint(table)
    assert fingerprint(with_values(table, x=[-0.0, np.nan, 2.0, 1.0])) == fingerprint(table)
    codes = pd.Categorical(table.frame["c"], categories=["b", "a"])
    assert fingerprint(with_values(table, c=codes)) == fingerprint(table)


def test_fingerprint_is_this_one(table):
    # A known value: a change of pandas, or of our code, that alters it makes old runs unresumable.
    known = "7507bde59752a25ca260c4347eeb827b1eeba509f19799ba7dd6f1f9bf248464"
    assert fingerprint(table) == known


def test_description_is_plain_and_tells_no_small_cell(people, build):
    frame = people.assign(group=["rare"] * 3 + ["a", "b"] * 98 + ["a"])
    frame.loc[:4, "bmi"] = np.nan
    table = build(frame, target="sick", id="person", sensitive=["group"])
    plain = json.loads(json.dumps(describe_table(table)))
    # Were only "rare" hidden, the total would tell it: "b" is pooled with it.
    assert plain["groups"] == {"group": {"a": 99, POOLED: 101}}
    assert plain["columns"]["bmi"]["missing"] == "<10"
    assert plain["columns"]["age"]["missing"] == 0
    assert plain["target_balance"] == {"no": 170, "yes": 30}
    assert (plain["rows"], plain["persons"]) == (200, 100)


@pytest.mark.parametrize("absent", [0, 3, 40])
@pytest.mark.parametrize("rare", [(), (4,), (4, 5), (4, 7), (1, 1, 1)])
def test_no_count_under_ten_follows_from_the_others(rare, absent):
    counts = {"a": 80, "b": 25, **{f"r{k}": n for k, n in enumerate(rare)}}
    values = [level for level, n in counts.items() for _ in range(n)] + [None] * absent
    frame = pd.DataFrame({"g": pd.Categorical(values), "x": np.arange(float(len(values)))})
    columns = (Column("g", "categorical", tuple(counts)), Column("x", "numeric"))
    table = Table(frame, columns, "regression", "x", sensitive=("g",))
    plain = describe_table(table)
    shown = plain["groups"]["g"]
    assert min(shown.values()) >= 10
    assert not any(level.startswith("r") for level in shown)
    rest = len(values) - sum(shown.values())
    assert rest == (absent if absent >= 10 else 0)


def test_small_numbers_of_missing_or_of_other_values_are_not_told(table):
    gaps = {"x": [1.0] * 3 + [np.nan] * 97, "w": [1.0] * 97 + [np.nan] * 3}
    frame = pd.concat([table.frame] * 25, ignore_index=True).assign(**gaps)
    columns = describe_table(replace(table, frame=frame))["columns"]
    assert (columns["x"]["missing"], columns["w"]["missing"]) == ("all but <10", "<10")


def test_only_declared_ranges_are_described(people, build):
    table = build(people, target="sick", id="person", columns={"bmi": {"low": 5, "high": 90}})
    columns = describe_table(table)["columns"]
    assert (columns["bmi"]["low"], columns["bmi"]["high"]) == (5, 90)
    assert (columns["age"]["low"], columns["age"]["high"]) == (None, None)
    # A bound alone leaves the other one inferred.
    table = build(people, target="sick", id="person", columns={"bmi": {"low": 5}})
    assert describe_table(table)["columns"]["bmi"]["high"] is None


def test_description_holds_the_truth():
    table = load_table(DatasetSpec(plugin="simulated", params={"n": 100}), seed=0)
    plain = json.loads(json.dumps(describe_table(table)))
    assert plain["truth"]["model"] == "logistic"
    assert plain["columns"]["bmi"]["unit"] == "kg/m²"
