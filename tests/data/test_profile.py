"""A profile tells what a table is, and nothing that rests on fewer than k people."""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.data.load import build_table
from synthcraft.data.profile import (
    Profile,
    declared,
    domain,
    left_out,
    profile_dataset,
    profile_source,
)
from synthcraft.data.source import Source
from synthcraft.spec.types import ColumnSpec, DatasetSpec
from tests.data.test_any_frame import frames

N = 400


def profile_of(frame, k=10, **fields) -> Profile:
    return profile_source(Source(frame), DatasetSpec(plugin="csv", **fields), k=k)


def text_of(profile) -> str:
    return json.dumps(asdict(profile), ensure_ascii=False)


@pytest.fixture
def clinic():
    """400 rows of 200 people, with one column of every kind."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(1000, 1000 + N // 2), 2),
            "age": rng.integers(18, 95, N),
            "bmi": np.round(rng.normal(27, 4, N), 1),
            "sex": rng.choice(["f", "m"], N),
            "ethnicity": rng.choice(["White", "Black", "Asian"], N),
            "RIDRETH1": rng.choice([1, 2, 3, 4, 5], N),
            "MCQ160E": rng.choice([1, 2, 9], N, p=[0.1, 0.8, 0.1]),
            "visit": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D"),
            "seen": [f"{d:02}.{m:02}.2020" for d, m in rng.integers(1, 12, (N, 2))],
            "comments": rng.choice(["all fine", "came with daughter", "in pain"], N),
            "report": [f"the patient number {i} walked in" for i in range(N)],
            "sample": [f"S{i:05}" for i in range(N)],
            "os_months": rng.exponential(20, N),
            "died": rng.choice([0, 1], N),
            "site": "Oxford",
            "nothing": None,
        }
    )


def test_every_kind_of_column_is_told_apart(clinic):
    kinds = {column.name: column.kind for column in profile_of(clinic).columns}
    assert kinds == {
        "patient_id": "identifier",
        "age": "numeric",
        "bmi": "numeric",
        "sex": "categorical",
        "ethnicity": "categorical",
        "RIDRETH1": "categorical",
        "MCQ160E": "categorical",
        "visit": "date",
        "seen": "date",
        "comments": "text",
        "report": "text",
        "sample": "identifier",
        "os_months": "numeric",
        "died": "categorical",
        "site": "constant",
        "nothing": "empty",
    }


def test_roles_are_guessed_from_names_and_values(clinic):
    roles = {column.name: column.roles for column in profile_of(clinic).columns if column.roles}
    assert roles == {
        "patient_id": ("id",),
        "age": ("known",),
        "sex": ("sensitive", "known"),
        "ethnicity": ("sensitive", "known"),
        "RIDRETH1": ("sensitive", "known"),
        "os_months": ("time",),
        "died": ("outcome",),
    }


def test_what_the_spec_says_of_roles_comes_first(clinic):
    profile = profile_of(clinic, target="sex", sensitive=("died",))
    assert profile.column("sex").roles == ("outcome", "sensitive", "known")
    assert profile.column("died").roles == ("sensitive", "outcome")
    assert profile.column("absent") is None


def test_numbers_of_rows_people_and_levels_are_rounded(clinic):
    profile = profile_of(clinic.iloc[:387])
    assert (profile.rows, profile.persons) == (390, 190)
    assert all(count % 10 == 0 for column in profile.columns for count in column.counts)
    assert profile_of(clinic.drop(columns="patient_id")).persons is None


def test_codes_for_no_answer_are_pointed_at_and_leave_the_range(clinic):
    rng = np.random.default_rng(1)
    hours = np.where(rng.random(N) < 0.1, 99, rng.integers(0, 24, N))
    profile = profile_of(clinic.assign(hours=hours))
    assert profile.column("MCQ160E").codes == ("9",)
    assert "missing_codes" in profile.column("MCQ160E").hint
    column = profile.column("hours")
    assert (column.codes, column.low) == (("99",), 0)
    assert column.high < 30


# Nothing of few people ---------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(frame=frames(), k=st.integers(2, 15))
def test_no_level_of_any_frame_is_named_that_fewer_than_k_people_hold(frame, k):
    profile = profile_of(frame, k)
    text_of(profile)
    for column in profile.columns:
        held = [str(value) for value in frame[column.name].dropna()]
        for level in (*column.levels, *column.codes):
            alike = [v for v in held if v == level or v.removesuffix(".0") == level]
            as_number = [v for v in held if level.replace(".", "").isdigit() and _equal(v, level)]
            assert max(len(alike), len(as_number)) >= k
        if column.kind in ("text", "identifier", "date", "constant", "empty"):
            assert column.levels == column.codes == ()
            assert column.low is column.high is None


def _equal(one, other):
    try:
        return float(one) == float(other)
    except ValueError:
        return False


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.integers(-200, 900), min_size=60, max_size=90),
    beyond=st.lists(st.integers(1, 10**6), min_size=9, max_size=9),
    k=st.integers(3, 10),
)
def test_what_fewer_than_k_people_have_beyond_the_others_changes_no_bound(values, beyond, k):
    """The k - 1 largest values may be anything larger, and the k - 1 smallest anything smaller."""
    ordered = np.sort(np.array(values, dtype=float))
    moved = ordered.copy()
    moved[len(moved) - k + 1 :] += np.array(beyond[: k - 1])
    moved[: k - 1] -= np.array(beyond[: k - 1])
    told = [
        profile_of(pd.DataFrame({"x": x, "y": "a"}), k, columns={"x": ColumnSpec(type="numeric")})
        for x in (ordered, moved)
    ]
    first, second = (p.column("x") for p in told)
    # Other codes may be found among other values; a range is that of all that are no codes.
    if first.low is not None and not first.codes and not second.codes:
        assert (first.low, first.high, first.decimals) == (second.low, second.high, second.decimals)


def test_bounds_are_those_of_people_not_of_rows():
    """One person's 30 rows of 500 are no 30 people."""
    rng = np.random.default_rng(0)
    values = [*rng.integers(20, 80, 120), *[500] * 30]
    people = [*range(120), *[999] * 30]
    frame = pd.DataFrame({"sbp": values, "who": people})
    assert profile_of(frame, id="who").column("sbp").high == 80
    assert profile_of(frame).column("sbp").high >= 500


def test_bounds_agree_with_brute_force():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"who": rng.integers(0, 60, 300), "x": rng.normal(100, 30, 300)})
    column = profile_of(frame, k=10, id="who").column("x")
    lows = sorted(group.x.min() for _, group in frame.groupby("who"))
    highs = sorted((group.x.max() for _, group in frame.groupby("who")), reverse=True)
    low, high = lows[9], highs[9]
    assert column.low <= low
    assert column.high >= high
    step = min(s for s in (1, 2, 5, 10, 20, 50, 100) if (high - low) / s < 12.5)
    assert (column.low, column.high) == (np.floor(low / step) * step, np.ceil(high / step) * step)


def test_levels_are_those_of_people_not_of_rows():
    frame = pd.DataFrame(
        {"subject": [*range(100), *[100] * 50], "gene": [*["a", "b"] * 50, *["rare"] * 50]}
    )
    gene = profile_of(frame).column("gene")
    assert (gene.levels, gene.counts, gene.hidden) == (("a", "b"), (50, 50), True)


def test_a_canary_is_nowhere(clinic):
    """One person's words, code, extreme value, town, and the decimals of a measurement."""
    frame = clinic.assign(town=np.resize(["Leeds", "York"], N), name=np.resize(["Ann", "Bo"], N))
    frame = frame.astype({"bmi": float, "age": float})
    frame.loc[7, ["sex", "town", "comments", "bmi", "age"]] = (
        "canary-x", "canary-town", "canary said", 987654.321, -4242.0,
    )  # fmt: skip
    frame.loc[8:12, "ethnicity"] = "canary people"
    profile = profile_of(frame)
    text = text_of(profile).lower()
    assert "canary" not in text
    assert not any(secret in text for secret in ("98765", "4242", "ann", '"s0', "2020", "1000"))
    assert profile.column("bmi").decimals == 1
    assert profile.column("ethnicity").hidden


def test_a_table_of_few_people_tells_nothing_of_them(clinic):
    profile = profile_of(clinic.iloc[:16])  # 8 people
    assert all(not c.levels and c.low is None for c in profile.columns)


def test_a_single_value_is_no_range():
    column = profile_of(pd.DataFrame({"x": [0.0] * 200 + [3.5, 7.0]})).column("x")
    assert (column.low, column.high) == (None, None)


@pytest.mark.parametrize(
    ("absent", "rows", "told"),
    # steps of 1 % from 1,000 people on, of 10 % with 100
    [
        (0, 1000, 0),
        (3, 1000, 0.01),
        (101, 1000, 0.11),
        (3, 100, 0.1),
        (95, 100, 1),
        (1, 5000, 0.01),
    ],
)
def test_shares_of_missing_values_hide_few_people(absent, rows, told):
    values = [None] * absent + list(np.arange(rows - absent) % 7)
    assert profile_of(pd.DataFrame({"x": values})).column("x").missing == told


def test_long_levels_are_somebodys_words():
    column = profile_of(pd.DataFrame({"x": ["yes", "no", "w" * 81] * 30})).column("x")
    assert (column.levels, column.hidden) == (("no", "yes"), True)


# What a spec may declare -------------------------------------------------------------------------


def test_what_is_declared_refuses_no_row(clinic):
    profile = profile_of(clinic)
    drop = tuple(name for name in left_out(profile) if name != "patient_id")
    clinic.loc[3, "ethnicity"] = "another"
    clinic.loc[4, "age"] = 340
    profile = profile_of(clinic)
    spec = DatasetSpec(
        plugin="csv", target="died", id="patient_id", drop=drop, columns=declared(profile)
    )
    table = build_table(clinic, spec)
    assert len(table) == N
    assert "another" in table.column("ethnicity").levels
    assert table.column("sex").declared == ("levels",)


def test_a_domain_has_ranges_and_levels(clinic):
    found = domain(profile_of(clinic))
    assert (found["age"].low, found["age"].high) == (10, 100)
    assert found["ethnicity"].levels == ("Asian", "Black", "White")
    assert not {"patient_id", "report", "site"} & set(found)


def test_built_in_tables_bring_their_own_meanings():
    profile = profile_dataset(DatasetSpec(plugin="nhanes", params={"sample": 800}))
    assert profile.column("heart_attack").roles[0] == "outcome"
    assert (profile.column("sbp").low, profile.column("sbp").unit) == (60, "mmHg")
    assert left_out(profile) == ()


def test_names_that_are_no_text_are_told_as_text():
    profile = profile_of(pd.DataFrame({0: range(60), "y": ["a", "b"] * 30}))
    assert profile.names == ("0", "y")


def test_a_profile_does_not_depend_on_the_order_of_rows(clinic):
    shuffled = clinic.sample(frac=1, random_state=0).reset_index(drop=True)
    assert profile_of(shuffled) == replace(profile_of(clinic))
