import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError
from synthcraft.generators.coding import Coding, learn_coding


def test_coding_gives_the_table_back(mixed: Table) -> None:
    coding = learn_coding(mixed)
    back = coding.decode(coding.encode(mixed.frame), np.random.default_rng(0))
    pd.testing.assert_frame_equal(back, mixed.frame)


def test_coded_tables_have_no_gaps_and_safe_names(mixed: Table) -> None:
    coded = learn_coding(mixed).encode(mixed.frame)
    assert not coded.isna().any().any()
    assert all(name.isidentifier() for name in coded)
    assert learn_coding(mixed).coded("cohort") == ""


def test_declared_types_decide_what_is_discrete(mixed: Table) -> None:
    coding = learn_coding(mixed)
    assert coding.coded("site") in coding.discrete  # 14 levels
    assert coding.coded("children") not in coding.discrete  # 4 values


def test_numbers_are_rounded_not_truncated() -> None:
    table = ages(np.arange(200) % 60 + 20.0)
    coding = learn_coding(table)
    coded = coding.encode(table.frame)
    rng = np.random.default_rng(0)
    coded["c0"] += rng.normal(0, 0.01, len(coded))
    back = coding.decode(coded, rng)
    # Truncation shifts the mean by -0.5; noise of 0.01 never moves a value by half a unit.
    assert back["age"].mean() == table.frame["age"].mean()


def test_numbers_are_clipped_to_the_declared_range_else_the_train_range() -> None:
    declared, observed = ages(np.arange(40.0, 80.0), low=18, high=120), ages(np.arange(40.0, 80.0))
    for table, expected in ((declared, [18, 120]), (observed, [40, 79])):
        coded = pd.DataFrame({"c0": [-1e9, 1e9], "c1": [0, 1]})
        back = learn_coding(table).decode(coded, np.random.default_rng(0))
        assert back["age"].tolist() == expected


def test_missing_numbers_are_filled_like_the_present_ones() -> None:
    values = np.arange(20.0, 80.0).repeat(10)
    values[::2] = np.nan
    table = ages(values)
    coded = learn_coding(table).encode(table.frame)
    filled, present = coded.loc[coded.c0_missing == 1, "c0"], coded.loc[coded.c0_missing == 0, "c0"]
    # Both are spread over the same 101 quantiles, 0.6 apart: no mean differs by more than two.
    assert abs(filled.mean() - present.mean()) < 2 * 0.6
    assert filled.value_counts(normalize=True).max() < 0.05


def test_values_that_are_not_numbers_are_an_error() -> None:
    coding = learn_coding(ages(np.arange(40.0, 80.0)))
    coded = pd.DataFrame({"c0": [np.nan, np.inf], "c1": [0, 1]})
    with pytest.raises(ValueError, match="2 values that are not numbers"):
        coding.decode(coded, np.random.default_rng(0))


def test_bins_keep_common_values_and_ends() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([np.full(300, 80.0), rng.integers(20, 80, 600)])
    table = ages(values)
    back = round_trip(learn_coding(table, bins=12), table)["age"]
    assert (back == 80).sum() == 300
    # Ten bins of 60 of 600 evenly spread ages are about 6 wide, at most 12 by chance.
    assert (back - values).abs().max() < 12
    # Both ends of a bin keep their full share, so values move up as often as down: the mean moves
    # by at most four standard errors of a uniform error (width / sqrt(6 n), width at most 12).
    assert abs(back.mean() - values.mean()) < 4 * 12 / np.sqrt(6 * len(values))


def test_identifiers_are_refused() -> None:
    n = 60
    columns = (
        Column("name", "categorical", tuple(f"p{i}" for i in range(n))),
        Column("PatientID", "numeric", decimals=0),
        Column("height", "numeric", decimals=1),
        Column("ill", "categorical", ("no", "yes")),
    )
    frame = pd.DataFrame(
        {
            "name": [f"p{i}" for i in range(n)],
            "PatientID": np.arange(n) * 7.0,
            "height": 150 + np.arange(n) / 10,
            "ill": ["no", "yes"] * (n // 2),
        }
    )
    table = Table(conform(frame, columns), columns, "classification", "ill")
    with pytest.raises(DataError) as error:
        learn_coding(table)
    assert [problem.path for problem in error.value.problems] == [
        "dataset.columns.name",
        "dataset.columns.PatientID",
    ]
    assert "p1" not in str(error.value)


def ages(values: np.ndarray, low: float | None = None, high: float | None = None) -> Table:
    columns = (
        Column("age", "numeric", decimals=0, low=low, high=high),
        Column("ill", "categorical", ("no", "yes")),
    )
    frame = pd.DataFrame({"age": values, "ill": np.resize(["no", "yes"], len(values))})
    return Table(conform(frame, columns), columns, "classification", "ill")


def round_trip(coding: Coding, table: Table) -> pd.DataFrame:
    return coding.decode(coding.encode(table.frame), np.random.default_rng(0))
