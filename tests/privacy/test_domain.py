"""Domains: of declarations alone, exact in both directions, and bought at the stated price."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.data.load import build_table, load_table
from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError
from synthcraft.privacy import domain as module
from synthcraft.privacy.domain import bounded, declared_domain, domain_problems, settle
from synthcraft.privacy.release import Release
from synthcraft.spec.types import DatasetSpec, PrivacySpec

DECLARED = ("low", "high", "decimals", "levels")
RELEASE = Release(1.0, 1e-5, 1000)


def number(low, high, decimals=None, bins=None, name="x"):
    told = {"low": low, "high": high, "decimals": decimals}
    declared = tuple(key for key, value in told.items() if value is not None)
    return Column(name, "numeric", **told, bins=bins, origin="declared", declared=declared)


def levels(*names, name="g"):
    return Column(name, "categorical", names, origin="declared", declared=("levels",))


def table_of(frame, *columns, groups=None):
    return Table(frame, columns, "regression", columns[0].name, groups=groups)


def attribute(column):
    return declared_domain([column]).attributes[0]


@st.composite
def numeric_columns(draw):
    decimals = draw(st.none() | st.integers(0, 6))
    low = draw(st.floats(-1e6, 1e6))
    width = draw(st.floats(1e-3, 1e6))
    if decimals is not None:
        low, width = round(low, decimals), max(round(width, decimals), 10.0**-decimals)
    if draw(st.booleans()):
        return number(low, low + width, decimals, draw(st.integers(1, 50)))
    parts = draw(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=10, unique=True))
    inner = tuple(sorted({low + width * part for part in parts} - {low, low + width}))
    return number(low, low + width, decimals, tuple(e for e in inner if low < e < low + width))


@settings(max_examples=200, deadline=None)
@given(numeric_columns(), st.integers(0, 2**31 - 1))
def test_every_code_comes_back_from_its_values_within_the_range(column, seed):
    domain = declared_domain([column])
    one = domain.attributes[0]
    codes = np.repeat(np.arange(one.size), 20)[:, None]
    frame = domain.decode(codes, np.random.default_rng(seed))
    values = frame["x"].dropna().to_numpy()
    assert (domain.encode(frame) == codes).all()
    assert column.low <= values.min() <= values.max() <= column.high
    digits = one.column.decimals
    assert (np.round(values, digits) == values).all()
    assert digits == column.decimals if column.decimals is not None else 0 <= digits <= 12


def test_bins_of_few_integers_are_its_values_and_each_is_attained():
    one = attribute(number(1, 6, 0))
    assert one.edges == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0)
    assert one.encode(pd.Series([1, 2, 6, np.nan, -9, 99])).tolist() == [0, 1, 5, 6, 0, 5]
    assert one.decode(np.arange(7), np.random.default_rng(0)).tolist()[:6] == [1, 2, 3, 4, 5, 6]


def test_values_of_a_bin_are_equally_likely_and_its_upper_edge_belongs_to_the_next():
    one = attribute(number(0, 10, 0, (4.0,)))
    low, high = (one.decode(np.full(20_000, code), np.random.default_rng(code)) for code in (0, 1))
    assert set(low) == {0, 1, 2, 3}
    assert set(high) == {4, 5, 6, 7, 8, 9, 10}
    # A share of 1/4 of 20,000 draws has a standard deviation of 0.003: five of them.
    assert np.allclose([(low == value).mean() for value in range(4)], 0.25, atol=0.016)
    assert np.allclose([(high == value).mean() for value in range(4, 11)], 1 / 7, atol=0.016)


def test_decimals_that_are_not_declared_are_three_digits_of_a_bins_width():
    assert attribute(number(0, 100, bins=10)).column.decimals == 1
    assert attribute(number(0, 1, bins=4)).column.decimals == 3
    assert attribute(number(0, 1e6, bins=10)).column.decimals == 0


def test_empty_bins_are_merged():
    assert attribute(number(0, 4, 0, (1.2, 1.6, 3))).edges == (0.0, 2.0, 3.0, 4.0)


frames = st.lists(
    st.tuples(
        st.floats(allow_nan=True, allow_infinity=False, width=32), st.sampled_from(["a", "b", "??"])
    ),
    min_size=2,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(frames)
def test_neighbouring_tables_have_the_same_declared_domain(rows):
    columns = (number(0, 9, 0), levels("a", "b"))
    frame = pd.DataFrame(rows, columns=["x", "g"])
    both = [table_of(part, *columns) for part in (frame, frame.iloc[1:])]
    first, second = (settle(table, RELEASE, np.random.default_rng(0)) for table in both)
    assert first == second
    codes = first.encode(frame)
    assert codes.min() >= 0 and (codes < first.sizes).all()


def test_inferred_ranges_and_levels_are_never_used():
    inferred = Column("x", "numeric", low=1.0, high=2.0, decimals=0)
    with pytest.raises(DataError):
        declared_domain([inferred])
    with pytest.raises(DataError):
        declared_domain([Column("g", "categorical", ("a", "rare"))])
    declared = replace(number(0, 1, bins=2), decimals=7)  # decimals of the rows
    assert attribute(declared).column.decimals != 7


@pytest.mark.parametrize(
    ("column", "path", "part"),
    [
        (Column("x", "numeric", low=0, high=9), "dataset.columns.x", "type"),
        (number(0, None, 0), "dataset.columns.x", "high is not declared"),
        (Column("g", "categorical", ("a",), origin="declared"), "dataset.columns.g", "levels"),
        (number(5, 5, 0), "dataset.columns.x", "not below"),
        (number(0.2, 0.8, 0), "dataset.columns.x", "no value"),
        (number(0, 1e16, 0, 5), "dataset.columns.x.high", "beyond"),
        (number(0, 33, 0), "dataset.columns.x.bins", "continuous column without bins"),
        (number(0, 1), "dataset.columns.x.bins", "continuous column without bins"),
        (number(0, 9, 0, (3.0, 2.0)), "dataset.columns.x.bins", "ascend"),
        (number(0, 9, 0, (0.0, 2.0)), "dataset.columns.x.bins", "inner edge"),
    ],
)
def test_what_is_not_declared_is_told_with_what_to_write(column, path, part):
    table = table_of(pd.DataFrame({column.name: []}), column)
    (problem,) = domain_problems(table, PrivacySpec(rows=100))
    assert problem.path == path
    assert part in problem.message
    assert problem.hint
    assert domain_problems(table, PrivacySpec(rows=100, domain="from_data")) == []


def test_a_private_domain_needs_types_only_and_no_imputer():
    private = PrivacySpec(rows=100, domain="private")
    number_only = Column("x", "numeric", origin="declared")
    table = table_of(pd.DataFrame(), number_only, Column("g", "categorical", origin="declared"))
    assert domain_problems(table, private) == []
    filled = table_of(pd.DataFrame(), replace(number(0, 9, 0), missing="impute"))
    assert [p.path for p in domain_problems(filled, private)] == ["dataset.columns.x.missing"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=3, max_size=40), st.integers(1, 4))
def test_contributions_are_bounded_by_each_persons_own_rows(people, contribution):
    frame = pd.DataFrame({"x": np.arange(float(len(people))) // 3})  # equal rows, too
    table = table_of(frame, Column("x", "numeric"), groups=np.array(people))
    kept = bounded(table, contribution)
    for person in set(people):
        own = np.array(people) == person
        assert (kept.groups == person).sum() == min(contribution, own.sum())
        alone = bounded(table.take(np.flatnonzero(own)), contribution)
        assert kept.frame.x[kept.groups == person].tolist() == alone.frame.x.tolist()


def test_a_private_domain_spends_its_share_once(monkeypatch):
    spent = []

    def told(values, contribution, rho, *rest):
        spent.append((rho, rest[0] if len(rest) == 2 else 0.0))
        return ("a",) if len(rest) == 2 else (0.0, 8.0)

    monkeypatch.setattr(module, "noisy_range", told)
    monkeypatch.setattr(module, "noisy_levels", told)
    columns = [Column(n, "numeric", origin="declared") for n in "ab"]
    columns += [Column("c", "categorical", origin="declared"), number(0, 9, 0, name="d")]
    frame = pd.DataFrame({"a": [1.0], "b": [2.0], "c": ["a"], "d": [3.0]})
    release = Release(1.0, 1e-5, 1000, domain="private")
    domain = settle(table_of(frame, *columns), release, np.random.default_rng(0))
    assert len(spent) == 3
    assert math.isclose(sum(rho for rho, _ in spent), release.rho_domain)
    assert sum(delta for _, delta in spent) <= release.delta_domain
    assert domain.sizes == (21, 21, 2, 11)


def test_values_outside_are_kept_on_request_and_a_constant_column_is_refused(people_frame):
    spec = {"target": "sick", "columns": {"age": {"low": 30, "high": 90}, "sex": {"levels": ["f"]}}}
    dataset = DatasetSpec(plugin="csv", **spec)
    with pytest.raises(DataError):
        build_table(people_frame, dataset)
    table = build_table(people_frame, dataset, outside="keep")
    assert table.frame["age"].min() == 20
    assert set(table.frame["sex"]) == {"f", "m"}
    assert table.column("bmi").decimals is None
    with pytest.raises(DataError) as caught:
        build_table(people_frame.assign(one=1), dataset, outside="keep")
    assert "dataset.columns.one" in str(caught.value)


def test_more_than_five_percent_outside_is_a_warning_without_counts(people_frame):
    columns = {"age": {"low": 30, "high": 90}, "bmi": {"low": 1, "high": 90}}
    dataset = DatasetSpec(plugin="csv", target="sick", columns=columns)
    table = build_table(people_frame, dataset, outside="keep")
    (warning,) = module.clipped_warnings(table)
    assert warning.startswith("dataset.columns.age: more than 5% of the values are outside")


def test_a_newcomers_text_changes_neither_levels_nor_persons_of_others(tmp_path):
    # Of the file, pandas reads 01 as 1 and 0012 as 12, unless some other cell there is text.
    rows = [f"{i // 2 % 50:0{3 + i % 2}d},{'0' * (i % 2)}{i % 3},{i % 7}.5" for i in range(300)]
    path = tmp_path / "t.csv"
    tables = []
    for more in ([], ["A1,E11,0.5"]):
        path.write_text("\n".join(["id,code,x", *rows, *more]))
        spec = {"target": "x", "id": "id", "task": "regression"}
        columns = {"code": {"type": "categorical"}, "x": {"low": 0, "high": 9}}
        dataset = DatasetSpec(plugin="csv", params={"path": str(path)}, columns=columns, **spec)
        tables.append(load_table(dataset, seed=0, outside="keep"))
    before, after = tables[0], tables[1].take(range(300))
    assert before.frame["code"].tolist() == after.frame["code"].tolist()
    assert (before.groups == after.groups).all()
    first, second = (bounded(table, 1).frame.astype(object) for table in (before, after))
    assert len(first) == 50
    assert first.equals(second)


@pytest.fixture
def people_frame():
    n = 200
    return pd.DataFrame(
        {
            "age": np.resize(np.arange(20, 80), n),
            "bmi": np.round(np.linspace(15, 45, n), 1),
            "sex": np.resize(["f", "m", "f"], n),
            "sick": np.resize(["no", "yes", "no", "no"], n),
        }
    )
