"""Controls: which rows they train on, with which weights, and what they refuse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.augment.cards import CONTROLS
from synthcraft.augment.cohort import make_cohort, rows_of
from synthcraft.augment.controls import balancing, control_trainings
from synthcraft.augment.smote import smote_nc
from synthcraft.data.split import make_split
from synthcraft.data.table import Column
from synthcraft.spec.types import AugmentationSpec, FractionsSpec
from tests.augment.tables import people

AUG = AugmentationSpec(
    column="race", groups=("black", "asian"), doses=(50, 100, 250), undersample=40
)
DOSED = ("duplication", "smote_nc", "real")


def cohort_of(table, aug=AUG):
    split = make_split(table, FractionsSpec(), seed=0, index=0)
    return make_cohort(table, split, aug, FractionsSpec(), seed=0)


@pytest.fixture(scope="module")
def cohort():
    return cohort_of(people())


def added(cohort, training):
    n = len(cohort.train)
    pd.testing.assert_frame_equal(
        training.frame.iloc[:n].astype(object), cohort.train.frame.astype(object)
    )
    return training.frame.iloc[n:]


def rows(frame):
    return [tuple(map(str, row)) for row in frame.itertuples(index=False)]


def test_every_control_of_the_spec_has_a_card():
    assert set(CONTROLS) == set(AugmentationSpec(column="race").controls)


def test_controls_without_doses(cohort):
    by_name = {
        name: control_trainings(name, cohort, AUG, seed=0)
        for name in ("none", "majority_only", "minority_only", "weights")
    }
    assert all(len(t) == 1 and t[0].augmentation == "" for t in by_name.values())
    frames = {name: t[0].frame for name, t in by_name.items()}
    pd.testing.assert_frame_equal(frames["none"], cohort.train.frame)
    assert set(frames["majority_only"]["race"]) == {"white"}
    assert set(frames["minority_only"]["race"]) == {"black", "asian"}
    assert len(frames["majority_only"]) + len(frames["minority_only"]) == len(cohort.train)
    weights = by_name["weights"][0].weights
    totals = pd.Series(weights).groupby(frames["weights"]["race"].astype(str)).sum()
    assert np.allclose(totals, len(cohort.train) / 3)
    assert weights.mean() == pytest.approx(1)


def test_balancing_keeps_rows_of_no_group_and_skips_empty_groups():
    found = balancing(np.array([0, 0, 0, 2, -1]))
    assert found.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2, 1])


def test_rows_that_share_a_name_for_being_rare_weigh_nothing_more():
    table = people((900, 300, 9))
    aug = AugmentationSpec(column="race", groups=("black",))
    cohort = cohort_of(table, aug)
    (training,) = control_trainings("weights", cohort, aug, seed=0)
    weights, race = training.weights, training.frame["race"].astype(str)
    assert set(weights[race == "asian"]) == {1.0}
    totals = [weights[race == name].sum() for name in ("white", "black")]
    assert totals[0] == pytest.approx(totals[1])


@pytest.mark.parametrize("name", DOSED)
def test_doses_are_nested_counted_and_within_the_group(cohort, name):
    aug = AUG.model_copy(update={"doses": (50.0, 100.0)})
    half, full = control_trainings(name, cohort, aug, seed=1)
    assert [half.augmentation, full.augmentation] == ["dose=50", "dose=100"]
    for race in ("black", "asian"):
        parts = [added(cohort, t) for t in (half, full)]
        small, large = (rows(p[p["race"] == race]) for p in parts)
        assert (len(small), len(large)) == (20, 40)
        assert large[:20] == small
    assert set(added(cohort, full)["race"]) == {"black", "asian"}
    again = control_trainings(name, cohort, aug, seed=1)[1]
    pd.testing.assert_frame_equal(again.frame, full.frame)
    other = control_trainings(name, cohort, aug, seed=2)[1]
    assert rows(other.frame) != rows(full.frame)


def test_copies_come_in_rounds(cohort):
    half, full, more = control_trainings("duplication", cohort, AUG, seed=0)
    own = rows(cohort.train.frame.iloc[rows_of(cohort.grouping, cohort.train, "race=black")])
    for training, least, most in ((half, 0, 1), (full, 1, 1), (more, 2, 3)):
        frame = added(cohort, training)
        copies = rows(frame[frame["race"] == "black"])
        times = [copies.count(row) / own.count(row) for row in own]
        assert min(times) >= least
        assert max(times) <= most


def test_real_rows_are_those_withheld(cohort):
    *_, full, _ = control_trainings("real", cohort, AUG, seed=0)
    withheld = rows(cohort.withheld.frame)
    extra = rows(added(cohort, full))
    assert all(extra.count(row) <= withheld.count(row) for row in extra)


def test_more_real_rows_than_were_withheld_are_refused_with_the_numbers(cohort):
    *_, large = control_trainings("real", cohort, AUG, seed=0)
    there = (cohort.withheld.frame["race"] == "asian").sum()
    assert large.refused == f"race=asian: 100 rows are asked for, and {there} are withheld"
    few = replace(cohort, withheld=cohort.withheld.take(np.arange(0)))
    half, *_ = control_trainings("real", few, AUG, seed=0)
    assert half.refused == "race=black: 20 rows are asked for, and 0 are withheld"
    three = np.flatnonzero(cohort.withheld.frame["race"] == "black")[:3]
    some = replace(cohort, withheld=cohort.withheld.take(three))
    half, *_ = control_trainings("real", some, AUG, seed=0)
    assert half.refused.endswith("and fewer than 10 are withheld")


# SMOTE-NC --------------------------------------------------------------------------------------


def inside(cohort, race="black"):
    return (cohort.train.frame["race"] == race).to_numpy()


def test_points_lie_between_rows_of_their_class_and_keep_its_share(cohort):
    found = smote_nc(cohort.train, inside(cohort), 300, np.random.default_rng(0))
    own = cohort.train.frame[inside(cohort)]
    assert set(found["race"]) == {"black"}
    for part in (found, found.iloc[:90]):
        # A third has the outcome, to one row.
        assert abs((part["ill"] == "yes").sum() - len(part) * (own["ill"] == "yes").mean()) <= 1
    for ill, points in found.groupby(found["ill"].astype(str)):
        same = own[own["ill"] == ill]
        for name in ("age", "bmi"):
            assert points[name].between(same[name].min(), same[name].max()).all()
    # New people, not copies.
    assert len({*rows(found)} - {*rows(own)}) > 200


def test_neighbours_are_near_in_scaled_columns():
    """A wide column that means nothing must not choose the neighbours of a narrow one that does."""
    rng = np.random.default_rng(0)
    table = people((400, 200))
    side = np.arange(600) % 2
    frame = table.frame.assign(age=rng.normal(0, 1e6, 600), bmi=30.0 * side + rng.normal(size=600))
    columns = tuple(
        Column(c.name, "numeric", decimals=3) if c.numeric else c for c in table.columns
    )
    table = replace(table, frame=frame, columns=columns)
    mask = (frame["race"] == "black").to_numpy()
    found = smote_nc(table, mask, 300, np.random.default_rng(0))
    # Two heaps at 0 and 30: between them lie only points of neighbours from both.
    assert found["bmi"].between(5, 25).mean() < 0.02


def test_gaps_are_a_level_and_stay_gaps():
    table = people((400, 200))
    frame = table.frame.copy()
    frame.loc[frame["sex"] == "f", "bmi"] = np.nan
    frame.loc[frame.index % 7 == 0, "sex"] = np.nan
    table = replace(table, frame=frame)
    mask = (frame["race"] == "black").to_numpy()
    found = smote_nc(table, mask, 400, np.random.default_rng(0))
    # Women have no value, men have one: the gap tells neighbours apart.
    assert found.loc[found["sex"] == "f", "bmi"].isna().mean() > 0.9
    assert found.loc[found["sex"] == "m", "bmi"].isna().mean() < 0.1
    assert found["age"].notna().all()
    assert found["sex"].isna().any()


def test_few_rows_have_fewer_neighbours_and_one_row_none():
    table = people((400, 40))
    black = np.flatnonzero(table.frame["race"] == "black")
    ill = [row for row in black if table.frame["ill"].iloc[row] == "yes"]
    for number in (3, 2):
        mask = np.isin(np.arange(440), [*ill[:number], *(set(black) - set(ill))])
        found = smote_nc(table, mask, 40, np.random.default_rng(0))
        assert (found["ill"] == "yes").any()
    mask = np.isin(np.arange(440), [ill[0], *(set(black) - set(ill))])
    refused = smote_nc(table, mask, 40, np.random.default_rng(0))
    assert refused == "SMOTE-NC needs two rows of each class of the outcome in the group"


def test_tables_without_numbers_are_refused(cohort):
    names = [c.name for c in cohort.train.columns if not c.numeric]
    bare = replace(
        cohort.train,
        frame=cohort.train.frame[names],
        columns=tuple(c for c in cohort.train.columns if not c.numeric),
    )
    mask = inside(cohort)
    refused = smote_nc(bare, mask, 10, np.random.default_rng(0))
    assert refused == "SMOTE-NC needs a column of numbers"


def test_follow_up_is_joined_within_its_end_and_amounts_with_any():
    survival = cohort_of(people(task="survival"))
    found = smote_nc(survival.train, inside(survival), 120, np.random.default_rng(0))
    own = survival.train.frame[inside(survival)]
    for end, points in found.groupby(found["ill"].astype(str)):
        times = own.loc[own["ill"] == end, "age"]
        assert points["age"].between(times.min(), times.max()).all()
    regression = cohort_of(people(task="regression"))
    found = smote_nc(regression.train, inside(regression), 50, np.random.default_rng(0))
    own = regression.train.frame[inside(regression)]
    assert found["bmi"].between(own["bmi"].min(), own["bmi"].max()).all()
    assert found["bmi"].nunique() > 20
