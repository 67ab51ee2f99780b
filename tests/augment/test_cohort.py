"""Which real rows generators and models see, which are withheld, and which judge."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.augment.cohort import Cohort, make_cohort, rows_of, sizes_of
from synthcraft.data.split import Split, make_inner, make_split
from synthcraft.data.table import Column, Pool, Table
from synthcraft.errors import DataError
from synthcraft.spec.types import AugmentationSpec, FractionsSpec
from tests.augment.tables import people

FRACTIONS = FractionsSpec(holdout=0.3, validation=0.2)


def cohort_of(table: Table, *, seed: int = 0, index: int = 0, **settings: Any) -> Cohort:
    aug = AugmentationSpec(**{"column": "race", **settings})
    return make_cohort(table, split_of(table, seed, index), aug, FRACTIONS, seed=seed)


def split_of(table: Table, seed: int = 0, index: int = 0) -> Split:
    return make_split(table, FRACTIONS, seed=seed, index=index)


def numbered(table: Table) -> Table:
    """The same people, each with a number of their own in ``age``."""
    return replace(table, frame=table.frame.assign(age=np.arange(len(table), dtype=float)))


def numbers(*parts: Table) -> list[float]:
    return sorted(number for part in parts for number in part.frame["age"])


@pytest.mark.parametrize("undersample", [None, 20, 0.25])
@pytest.mark.parametrize("task", ["classification", "survival"])
def test_every_row_is_in_one_part_and_the_holdout_is_the_split_s(
    task: str, undersample: float | None
) -> None:
    table = numbered(people(task=task))
    cohort = cohort_of(table, undersample=undersample)
    parts = (cohort.train, cohort.validation, cohort.withheld, cohort.holdout)
    assert numbers(*parts) == numbers(table)
    assert numbers(cohort.holdout) == split_of(table).holdout.tolist()
    assert {part.names for part in parts} == {table.names}
    assert {part.columns for part in parts} == {cohort.train.columns}


def test_a_regression_is_cut_by_group_alone() -> None:
    cohort = cohort_of(people(task="regression"), undersample=0.5)
    assert abs(cohort.sizes["race=black"] - 0.5 * 0.8 * 210) < 25  # the holdout knows no groups
    sizes = [sizes_of(cohort.grouping, part) for part in (cohort.validation, cohort.train)]
    assert abs(sizes[0]["race=white"] / sum(sizes[0].values()) - 900 / 1440) < 0.03


def test_the_validation_part_has_each_group_and_class_in_its_share() -> None:
    cohort = cohort_of(people())
    rest = pd.concat([cohort.train.frame, cohort.validation.frame])
    whole = rest.groupby(["race", "ill"], observed=True).size()
    found = cohort.validation.frame.groupby(["race", "ill"], observed=True).size()
    # largest remainder: within one person of a stratum's share
    assert ((found - whole * 0.2).abs() <= 1).all()


def test_so_many_of_each_target_stay_and_all_of_the_others() -> None:
    whole, cohort = cohort_of(people()), cohort_of(people(), undersample=30)
    assert cohort.sizes == whole.sizes | {"race=black": 30, "race=asian": 30}
    gone = sizes_of(cohort.grouping, cohort.withheld)
    assert gone == {name: whole.sizes[name] - cohort.sizes[name] for name in whole.sizes}
    for name in cohort.grouping.targets:
        kept = cohort.train.frame.iloc[rows_of(cohort.grouping, cohort.train, name)]
        assert abs((kept["ill"] == "yes").sum() - 10) <= 1  # a third, as before
    assert numbers(numbered_cohort(30).validation) == numbers(numbered_cohort(None).validation)


def numbered_cohort(undersample: int | None) -> Cohort:
    return cohort_of(numbered(people()), undersample=undersample)


def test_a_group_that_is_small_enough_keeps_all() -> None:
    cohort = cohort_of(people(), undersample=5000)
    assert len(cohort.withheld) == 0
    assert cohort.sizes == cohort_of(people()).sizes


def test_same_seed_same_rows_other_seed_or_split_others() -> None:
    def drawn(seed: int, index: int) -> list[float]:
        cohort = cohort_of(numbered(people()), seed=seed, index=index, undersample=30)
        return numbers(cohort.withheld)

    assert drawn(0, 0) == drawn(0, 0)
    assert drawn(0, 0) != drawn(1, 0)
    assert drawn(0, 0) != drawn(0, 1)


def test_rows_of_one_person_stay_together() -> None:
    table = people()
    table = replace(table, groups=np.arange(len(table)) // 3 % 200)
    cohort = cohort_of(table, undersample=0.5)
    whole = {"train": cohort.train, "validation": cohort.validation, "holdout": cohort.holdout}
    persons = {
        name: set(part.groups.tolist()) for name, part in whole.items() if part.groups is not None
    }
    assert not persons["train"] & persons["validation"]
    assert not (persons["train"] | persons["validation"]) & persons["holdout"]


def test_what_others_have_changes_nothing_that_is_learnt() -> None:
    """Fill values, levels and screened columns follow from the remaining train rows alone."""
    table = gappy(people())
    aug = AugmentationSpec(column="race", undersample=30)
    split = split_of(table)
    cohort = make_cohort(table, split, aug, FRACTIONS, seed=0)
    seen = set(numbers(cohort.train))
    others = ~table.frame["age"].isin(seen).to_numpy()
    assert table.pool is not None
    changed = replace(
        table,
        frame=table.frame.assign(bmi=np.where(others, 1e6, table.frame["bmi"])),
        pool=replace(
            table.pool,
            frame=table.pool.frame.assign(
                g0=np.where(others, 1e9 * np.arange(len(table)), table.pool.frame["g0"])
            ),
        ),
    )
    again = make_cohort(changed, split, aug, FRACTIONS, seed=0)
    pd.testing.assert_frame_equal(cohort.train.frame, again.train.frame)
    assert cohort.train.columns == again.train.columns
    assert "g0" not in cohort.train.names  # of the least variance among train rows
    assert "bmi_missing" in cohort.train.names
    # and it is they that fill: the median of the whole table's is another
    fill = cohort.train.column("bmi").filled
    known = table.frame.loc[~others, "bmi"].dropna()
    assert fill == round(float(known.median()), 1)


def gappy(table: Table) -> Table:
    rng = np.random.default_rng(2)
    bmi = np.where(rng.random(len(table)) < 0.2, np.nan, table.frame["bmi"])
    genes = pd.DataFrame({f"g{i}": rng.normal(0, 1 + i, len(table)) for i in range(4)})
    columns = tuple(replace(c, missing="impute") if c.name == "bmi" else c for c in table.columns)
    pool = Pool(genes, tuple(Column(f"g{i}", "numeric") for i in range(4)), top=2)
    frame = table.frame.assign(bmi=bmi, age=np.arange(len(table), dtype=float))
    return replace(table, frame=frame, columns=columns, pool=pool)


def test_a_hashed_cut_looks_at_nobody_else() -> None:
    """Whoever leaves the table changes nobody else's part."""
    table = numbered(people())
    aug = AugmentationSpec(column="race", rule="counts", counts={"asian": 50})

    def trained(rows: Any) -> set[float]:
        part = table.take(rows)
        split = make_split(part, FRACTIONS, seed=0, index=0, cut="hashed")
        cohort = make_cohort(part, split, aug, FRACTIONS, seed=0, cut="hashed")
        return set(numbers(cohort.train))

    everybody = trained(np.arange(len(table)))
    assert trained(np.arange(5, len(table))) == everybody - set(range(5))
    assert 0.45 < len(everybody) / len(table) < 0.67  # 0.56 is left, five standard errors of 0.02


def test_inner_splits_of_a_hashed_cut_have_a_validation_part_too() -> None:
    """A policy's inner splits divide by a hash as well; theirs must not be asked a second time."""
    table = numbered(people((1800, 600)))
    aug = AugmentationSpec(column="race", rule="counts", counts={"black": 50})
    outer = make_split(table, FRACTIONS, seed=0, index=0, cut="hashed")
    for index in range(2):
        inner = make_inner(table, outer, FRACTIONS, seed=0, index=index, cut="hashed")
        cohort = make_cohort(table, inner, aug, FRACTIONS, seed=0, cut="hashed")
        # A fifth of some 1344 rows: 0.2 with a standard error of 0.011, so five of them.
        assert 0.145 < len(cohort.validation) / len(inner.train) < 0.255
        assert len(cohort.train) + len(cohort.validation) == len(inner.train)


@pytest.mark.parametrize(
    ("sizes", "settings", "told"),
    [
        ((600, 200, 12), {}, "race=asian has fewer than 10 rows to learn from in split 0"),
        (
            (600, 200, 24),
            {},
            "race=asian has too few rows to be judged on in split 0: needs 10 events",
        ),
        ((600, 200, 100), {"doses": (10_000,), "rule": "equal", "groups": ("black",)}, ""),
        ((20_000, 300, 200), {"doses": (10_000,), "rule": "equal"}, "1,000,000 is the most"),
        (
            (600, 200),
            {"rule": "proportion", "shares": {"black": 0.1}},
            "got proportion, which",
        ),
        ((600, 200), {"doses": (0.01,)}, "doses: adds no row to any group at the primary dose of"),
    ],
)
def test_what_cannot_be_answered(
    sizes: tuple[int, ...], settings: dict[str, Any], told: str
) -> None:
    if not told:
        cohort_of(people(sizes), **settings)
        return
    with pytest.raises(DataError, match=told) as caught:
        cohort_of(people(sizes), **settings)
    assert all(problem.path.startswith("augmentation.") for problem in caught.value.problems)


def test_too_few_events_of_follow_up() -> None:
    with pytest.raises(DataError, match="20 holdout rows, 10 of them with the event"):
        cohort_of(people((600, 200, 40), task="survival"))


def test_no_count_under_ten_is_told() -> None:
    with pytest.raises(DataError) as caught:
        cohort_of(people((600, 200, 12)))
    told = str(caught.value)
    assert not [digit for digit in "3456789" if digit in told]
