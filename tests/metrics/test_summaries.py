import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from synthcraft.data.describe import SMALLEST, describe_table
from synthcraft.data.load import build_table
from synthcraft.data.split import Split, apply_split
from synthcraft.data.table import Column, Table
from synthcraft.metrics import summaries
from synthcraft.metrics.summaries import summarise
from synthcraft.records import POOLED
from synthcraft.spec.types import DatasetSpec

CANARY = 98765.4321
RARE = "canary-level-77"


def cohort(rows: int, *, seed: int = 0, extra: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    age = np.round(rng.uniform(20, 85, rows))
    bmi = np.round(20 + 0.1 * age + rng.normal(0, 3, rows), 1)
    bmi[::17] = np.nan
    group = rng.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]).astype(object)
    group[:3] = RARE
    frame = pd.DataFrame(
        {"age": age, "bmi": bmi, "group": group, "event": np.where(age > 70, "yes", "no")}
    )
    frame.loc[5, "bmi"] = CANARY
    names = [f"extra_column_number_{k}" for k in range(extra)]
    noise = pd.DataFrame(rng.normal(size=(rows, extra)), columns=names)
    frame = pd.concat([frame, noise], axis=1)
    columns = (
        Column("age", "numeric", decimals=0, low=20, high=85),
        Column("bmi", "numeric", decimals=4),
        Column("group", "categorical", ("a", "b", "c", RARE)),
        Column("event", "categorical", ("no", "yes")),
        *(Column(name, "numeric") for name in names),
    )
    table = Table(frame, columns, "classification", "event", "yes", sensitive=("group",))
    return table.with_frame(frame)


def parts(table: Table, *, seed: int = 1) -> tuple[Table, Table]:
    order = np.random.default_rng(seed).permutation(len(table))
    cut = int(0.7 * len(table))
    return table.take(order[:cut]), table.take(order[cut:])


def test_no_rare_or_extreme_real_value_appears_even_of_a_memoriser():
    table = cohort(600)
    train, holdout = parts(table)
    text = json.dumps(summarise(train, holdout, train.frame, seed=0))
    assert RARE not in text
    assert "98765" not in text
    for column in json.loads(text)["columns"]:
        if column["type"] == "numeric":
            seen = np.sort(table.frame[column["name"]].dropna())
            assert seen[9] < column["edges"][0] < column["edges"][-1] < seen[-9]


@pytest.mark.parametrize("rows", [60, 200, 900])
def test_every_published_real_cell_holds_at_least_ten_rows(rows):
    train, holdout = parts(cohort(rows))
    found = summarise(train, holdout, holdout.frame, seed=0)
    for column in found["columns"]:
        assert all(count == 0 or count >= SMALLEST for count in column["real"])
        absent = column["missing"]["real"]
        assert absent is None or absent == 0 or absent >= SMALLEST
    for side in ("real", "synthetic"):
        cells = [c for row in found["embedding"][side] for c in row if c is not None]
        assert all(count >= SMALLEST for count in cells)


@pytest.mark.parametrize("absent", [0, 3, 30, 597])
@pytest.mark.parametrize("name", ["age", "group"])
def test_no_small_number_of_missing_values_follows_from_the_counts(name, absent):
    table = cohort(600)
    values = table.frame[name].astype(object)
    values.iloc[:absent] = None
    train, holdout = parts(table.with_frame(table.frame.assign(**{name: values})))
    found = summarise(train, holdout, holdout.frame, seed=0)
    column = next(c for c in found["columns"] if c["name"] == name)
    rest = found["rows"]["real"] - sum(column["real"])
    assert rest == {0: 0, 3: 0, 30: 30, 597: 600}[absent]
    assert column["missing"]["real"] == {0: 0, 3: None, 30: 30, 597: None}[absent]


def test_rare_levels_are_the_same_in_summaries_and_description():
    # Otherwise the difference of the two would tell a small level.
    table = cohort(300)
    group = np.array(["z"] * 5 + ["y"] * 20 + ["x"] * 20 + ["w"] * 255, dtype=object)
    table = table.with_frame(table.frame.assign(group=group))
    train, holdout = parts(table)
    columns = summarise(train, holdout, holdout.frame, seed=0)["columns"]
    shown = next(column for column in columns if column["name"] == "group")
    described = describe_table(table)["groups"]["group"]
    assert sorted(shown["levels"]) == sorted(v for v, n in described.items() if n and v != POOLED)
    assert shown["real"][-1] == described[POOLED] == 25


def test_no_row_is_lost_in_the_counts():
    train, holdout = parts(cohort(500))
    synthetic = holdout.frame
    for column in summarise(train, holdout, synthetic, seed=0)["columns"]:
        observed = train.frame[column["name"]].notna().sum()
        observed += holdout.frame[column["name"]].notna().sum()
        assert sum(column["real"]) == observed or column["type"] == "categorical"
        assert sum(column["synthetic"]) == synthetic[column["name"]].notna().sum()


def test_numeric_counts_are_those_of_a_hand_count():
    train, holdout = parts(cohort(500))
    age = summarise(train, holdout, holdout.frame, seed=0)["columns"]
    age = next(column for column in age if column["name"] == "age")
    edges = [-math.inf, *age["edges"], math.inf]
    by_hand = np.histogram(holdout.frame.age, bins=edges)[0]
    assert age["synthetic"] == by_hand.tolist()


def test_the_real_side_does_not_depend_on_the_split():
    table = cohort(500)
    one, other = (parts(table, seed=seed) for seed in (1, 2))
    first, second = (summarise(*p, table.frame, seed=0) for p in (one, other))
    assert first == second


def test_association_is_spearman_for_numbers_and_one_for_copies():
    train, holdout = parts(cohort(600))
    found = summarise(train, holdout, holdout.frame, seed=0)["association"]
    names = found["columns"]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    value = found["synthetic"][pairs.index(("age", "bmi"))]
    rho = spearmanr(holdout.frame.age, holdout.frame.bmi, nan_policy="omit").statistic
    # Ranks are taken over all rows before pairs with a missing value are dropped: small difference.
    assert value == pytest.approx(rho, abs=0.01)
    twin = holdout.frame.group.cat.codes.to_numpy().astype(int)
    assert summaries._cramers_v(twin, twin) == pytest.approx(1.0)
    assert summaries._correlation_ratio(twin.astype(float), twin * 2.0) == pytest.approx(1.0)


def test_a_shifted_table_stands_elsewhere_in_the_embedding():
    table = cohort(900)
    train, holdout = parts(table)
    shifted = table.frame.assign(age=85.0, bmi=60.0)
    same = summarise(train, holdout, table.frame, seed=0)["embedding"]
    moved = summarise(train, holdout, shifted, seed=0)["embedding"]
    assert same["synthetic"] == same["real"]
    assert moved["synthetic"] != moved["real"]


def test_a_wide_table_stays_small_and_keeps_its_outcome():
    train, holdout = parts(cohort(700, extra=120))
    found = summarise(train, holdout, holdout.frame, seed=0)
    assert len(json.dumps(found, separators=(",", ":"))) < 40_000
    assert [column["name"] for column in found["columns"][:2]] == ["event", "group"]


def test_unseen_levels_and_all_missing_synthetic_columns_are_counted():
    train, holdout = parts(cohort(300))
    frame = holdout.frame.assign(group="never seen", bmi=np.nan)
    found = {c["name"]: c for c in summarise(train, holdout, frame, seed=0)["columns"]}
    assert found["group"]["synthetic"][-1] == len(frame)
    assert "never seen" not in json.dumps(found)
    assert found["bmi"]["missing"]["synthetic"] == len(frame)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("shape", [(30, 80), (40, 41)])
def test_more_columns_than_rows_have_the_same_components(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(3).normal(size=shape) * np.linspace(1, 3, shape[1])
    values, axes, total = summaries._wide(matrix)
    expected, theirs, whole = summaries._narrow(matrix)
    assert np.allclose(values, expected)
    assert np.allclose(np.abs(np.sum(axes * theirs, axis=0)), 1)
    assert total == pytest.approx(whole)


def test_an_axis_along_which_nothing_varies_is_none() -> None:
    matrix = np.outer(np.arange(5.0), np.ones(20))
    values, axes, total = summaries._wide(matrix)
    assert values == pytest.approx([total, 0])
    assert np.allclose(np.abs(axes[:, 0]), 20**-0.5)
    assert not axes[:, 1].any()


@settings(max_examples=100, deadline=None)
@given(rows=st.integers(1, 300), cells=st.integers(2, 8), seed=st.integers(0, 10_000))
def test_hidden_cells_hold_ten_together_or_nobody(rows: int, cells: int, seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(rows, 2))
    edges = [list(np.linspace(-2, 2, cells))] * 2
    shown = [c for row in summaries.cells_of(points, edges) for c in row if c is not None]
    assert all(count >= SMALLEST for count in shown)
    hidden = rows - sum(shown)
    assert hidden == 0 or hidden >= SMALLEST or not shown


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([10, 11, 30, 0], [10, 11, 30, None]),
        ([9, 1, 30, 12], [None, None, 30, 12]),  # the hidden ones hold 10 together
        ([9, 12, 30, 12], [None, None, 30, None]),  # both that are smallest: 12 is no choice
        ([9, 12, 13, 30], [None, None, 13, 30]),
        ([9, 12, 0, 0], [None] * 4),
    ],
)
def test_the_smallest_cells_hide_what_the_total_would_tell(counts, told) -> None:
    x = np.repeat([0.0, 1.0, 2.0, 3.0], counts)
    points = np.column_stack([x, np.zeros(len(x))])
    assert summaries.cells_of(points, [[0.5, 1.5, 2.5], []]) == [told]


@pytest.mark.parametrize("gaps", [6, 40])
def test_splits_that_impute_otherwise_do_not_tell_how_few_values_were_missing(gaps: int) -> None:
    rng = np.random.default_rng(0)
    values, levels = rng.integers(0, 40, 300).astype(float), rng.choice(["a", "b"], 300)
    values[rng.choice(300, gaps, replace=False)] = np.nan
    levels[rng.choice(300, gaps, replace=False)] = ""
    outcome = rng.choice(["no", "yes"], 300)
    frame = pd.DataFrame({"x": values, "level": levels, "y": outcome}).replace("", None)
    table = build_table(frame, DatasetSpec(plugin="csv", target="y", missing="impute"))
    fills, told = set(), set()
    for seed in range(12):
        rows = np.random.default_rng(seed).permutation(300)
        parts = apply_split(table, Split(seed, rows[:200], rows[200:]))
        found = summarise(parts.train, parts.holdout, parts.train.frame, seed=0)["columns"]
        fills.add((parts.train.column("x").filled, parts.train.column("level").filled))
        own = [column for column in found if column["name"] in ("x", "level")]
        told.add(json.dumps([{**column, "synthetic": None} for column in own]))
        assert [column["missing"]["real"] for column in own] == [None if gaps < 10 else 0] * 2
    assert len(fills) > 1, "splits fill in different values"
    # Differences of 10 and more are no small counts, and a fill of many is part of the picture.
    assert (len(told) == 1) == (gaps < 10)
