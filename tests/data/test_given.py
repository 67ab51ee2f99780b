"""Synthetic files under real columns: what is read alike, and what does not fit."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.cards import TextFormat
from synthcraft.data.given import extra_columns, kind_of_file, read_rows, under_columns
from synthcraft.data.split import apply_split, make_split
from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError
from synthcraft.spec.types import FractionsSpec

COLUMNS = (
    Column("age", "numeric", low=20, high=80, decimals=0),
    Column("sex", "categorical", ("f", "m")),
    Column("ill", "categorical", ("0", "1")),
)


def rows(**changed):
    n = 20
    return pd.DataFrame(
        {"age": np.arange(20, 20 + n), "sex": ["f", "m"] * 10, "ill": [0, 1] * 10} | changed
    )


def problems(frame):
    with pytest.raises(DataError) as caught:
        under_columns(frame, COLUMNS, path="s.csv")
    return "\n".join(map(str, caught.value.problems))


@pytest.mark.parametrize("ill", [[0, 1] * 10, [0.0, 1.0] * 10, ["0", "1"] * 10])
def test_levels_are_read_as_in_the_real_table(ill):
    assert set(under_columns(rows(ill=ill), COLUMNS, path="s").ill) == {"0", "1"}


def test_columns_take_the_real_order_and_unseen_levels_stay():
    frame = rows(sex=["f", "x"] * 10)[["ill", "sex", "age"]]
    read = under_columns(frame, COLUMNS, path="s")
    assert list(read) == ["age", "sex", "ill"]
    assert set(read.sex) == {"f", "x"}


def test_infinite_numbers_are_no_values():
    assert under_columns(rows(age=[np.inf] + [30.0] * 19), COLUMNS, path="s").age.isna().sum() == 1


def test_missing_values_are_imputed_as_those_of_the_real_rows():
    table = Table(
        pd.DataFrame({"age": [20.0, None, 40.0, 30.0] * 10, "ill": [0, 1] * 20}),
        (Column("age", "numeric", missing="impute", decimals=0), COLUMNS[2]),
        "classification",
        "ill",
        "1",
    )
    table = table.with_frame(table.frame.astype({"ill": str}))
    parts = apply_split(table, make_split(table, FractionsSpec(), seed=0, index=0))
    made = pd.DataFrame({"age": [np.nan, np.inf] + [33] * 8, "ill": [0, 1] * 5})
    read = under_columns(made, parts.train.columns, path="s")
    assert list(read) == list(parts.train.frame)
    assert list(read.age[:3]) == [30, 30, 33]
    assert list(read.age_missing[:3]) == ["yes", "yes", "no"]
    own = made.assign(age_missing=["no"] * 10)  # a file may have the indicator itself
    assert set(under_columns(own, parts.train.columns, path="s").age_missing) == {"no"}


def test_a_column_without_any_value_is_judged_not_refused():
    assert under_columns(rows(sex=None), COLUMNS, path="s").sex.isna().all()


def test_all_that_does_not_fit_is_told_at_once():
    told = problems(rows(age=["old"] * 20, sex=["F", "M"] * 10).drop(columns="ill").head(9))
    assert "'age': 9 values are not numbers" in told
    assert "'sex' has no level in common" in told
    assert "no column 'ill'" in told
    assert "got 9 rows" in told
    assert "old" not in told  # a cell may be a person's own word


def test_truth_values_for_codes_are_told():
    assert "'ill' has no level in common" in problems(rows(ill=[True, False] * 10))


def test_what_only_the_synthetic_file_has_is_told():
    told = extra_columns(rows(agee=1), {"age", "sex", "ill"}, path="s.csv")
    assert [str(problem) for problem in told] == [
        "s.csv: column 'agee' is not in the real table, so nothing can be said of it. Remove it, "
        "or correct its name. Did you mean 'age'?"
    ]


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.tsv", "s.parquet"])
def test_every_form_gives_the_same_rows(name, tmp_path):
    path, sep = tmp_path / name, "\t" if ".tsv" in name else ","
    rows().to_parquet(path) if "parquet" in name else rows().to_csv(path, index=False, sep=sep)
    read = read_rows(str(path), TextFormat(), {"age": (21,), "absent": (1,)})
    pd.testing.assert_frame_equal(read, rows().assign(age=rows().age.mask(rows().age == 21)))


def test_problems_of_reading_stand_under_the_files_name(tmp_path):
    path = str(tmp_path / "s.csv")
    with pytest.raises(DataError, match=r"s\.csv: .*does not exist"):
        read_rows(path, TextFormat(), {})
    with pytest.raises(DataError, match="what kind of table"):
        kind_of_file("s.xlsx")
