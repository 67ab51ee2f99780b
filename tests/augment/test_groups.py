"""Who gets rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.augment.groups import grouping, members, misfits
from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError
from synthcraft.spec.types import AugmentationSpec
from tests.augment.tables import people


def asked(**settings: Any) -> AugmentationSpec:
    return AugmentationSpec(**{"column": "race", **settings})


def with_values(table: Table, column: str, values: Any) -> Table:
    return replace(table, frame=table.frame.assign(**{column: values}))


def test_all_but_the_largest_get_rows_in_the_order_of_levels() -> None:
    found = grouping(asked(), people((200, 600, 100)))
    assert found.names == ("race=white", "race=black", "race=asian")
    assert found.targets == ("race=white", "race=asian")


def test_of_groups_of_one_size_the_first_counts_as_the_largest() -> None:
    assert grouping(asked(), people((200, 200))).targets == ("race=black",)


def test_columns_are_crossed_and_members_found_again() -> None:
    table = people()
    found = grouping(asked(column=("race", "sex"), groups=("asian&f", "black & m")), table)
    assert found.names[:2] == ("race=white&sex=f", "race=white&sex=m")
    assert found.targets == ("race=black&sex=m", "race=asian&sex=f")
    codes = members(found, table.frame).codes
    for place, name in enumerate(found.names):
        here = table.frame.assign(age=0)[codes == place]
        assert found.condition(name) == {"race": here.race.iloc[0], "sex": here.sex.iloc[0]}
        assert here[["race", "sex"]].drop_duplicates().shape[0] == 1
    assert np.bincount(codes).tolist() == [450, 450, 150, 150, 120, 120]


def test_names_can_hold_any_level() -> None:
    levels = ("a=b & 5%", "other")
    frame = pd.DataFrame({"x & y": pd.Categorical(np.repeat(levels, 20), categories=levels)})
    table = Table(frame, (Column("x & y", "categorical", levels),), "regression", "z")
    found = grouping(AugmentationSpec(column="x & y", groups=("a=b & 5%",)), table)
    assert found.names == ("x %26 y=a%3Db %26 5%25", "x %26 y=other")
    assert found.targets == found.names[:1]


def test_the_groups_that_a_rule_has_numbers_for_get_rows() -> None:
    table = people((200, 600, 100))
    assert grouping(asked(rule="counts", counts={"black": 5}), table).targets == ("race=black",)
    assert grouping(asked(rule="proportion", shares={"asian": 0.3}), table).targets == (
        "race=asian",
    )


def test_who_lacks_a_level_belongs_to_no_group() -> None:
    table = people((60, 20))
    race = table.frame.race.copy()
    race.iloc[:5] = None
    found = grouping(asked(column=("sex", "race")), with_values(table, "race", race))
    codes = members(found, table.frame.assign(race=race)).codes
    assert (codes[:5] == -1).all()
    assert (codes[5:] >= 0).all()


def test_groups_under_10_rows_share_a_name_and_get_none() -> None:
    table = people((60, 20, 9))
    found = grouping(asked(), table)
    assert found.names == ("race=white", "race=black", "race=… (levels under 10 rows)")
    assert found.targets == ("race=black",)
    assert np.bincount(members(found, table.frame).codes).tolist() == [60, 20, 9]
    assert grouping(asked(), people((60, 20, 10))).names[-1] == "race=asian"


def test_what_the_table_never_has_is_rare_or_unknown() -> None:
    frame = pd.DataFrame({"race": pd.Categorical(["martian"])})
    assert members(grouping(asked(), people((60, 20, 9))), frame).codes.tolist() == [2]
    assert members(grouping(asked(), people((60, 20))), frame).codes.tolist() == [-1]


@pytest.mark.parametrize(
    ("settings", "path", "told"),
    [
        ({"column": "ill"}, "augmentation.column", "prevalence"),
        ({"column": "rce"}, "augmentation.column", "no column 'rce' in the table. Did you mean"),
        ({"column": "bmi"}, "augmentation.column", "numeric column"),
        ({"groups": ("blck",)}, "augmentation.groups", "no group 'blck'. Did you mean 'black'"),
        ({"groups": ("asian",)}, "augmentation.groups", "fewer than 10 rows"),
        ({"column": ("race", "sex"), "groups": ("black",)}, "augmentation.groups", "mean 'black &"),
        ({"column": ("race", "sex"), "groups": ("f&black",)}, "augmentation.groups", "'black & f'"),
        ({"rule": "counts", "counts": {"red": 5}}, "augmentation.counts", "no group 'red'"),
        ({"rule": "proportion", "shares": {"red": 0.1}}, "augmentation.shares", "no group 'red'"),
    ],
)
def test_what_does_not_fit_the_table(settings: dict[str, Any], path: str, told: str) -> None:
    table = people((60, 40, 9))
    problems = misfits(asked(**settings), table)
    assert [problem.path for problem in problems] == [path]
    assert told in str(problems[0])
    with pytest.raises(DataError):
        grouping(asked(**settings), table)


def test_a_table_of_one_group_has_none_to_augment() -> None:
    assert "fewer than two groups" in str(misfits(asked(), people((60, 9)))[0])


def test_nobody_is_put_into_a_group_by_imputation() -> None:
    table = people((60, 40))
    columns = tuple(replace(c, missing="impute") for c in table.columns)
    assert misfits(asked(), replace(table, columns=columns)) == []
    race = table.frame.race.copy()
    race.iloc[0] = None
    gappy = with_values(replace(table, columns=columns), "race", race)
    assert "imputed" in str(misfits(asked(), gappy)[0])
