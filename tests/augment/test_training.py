"""What an arm's rows make to train on."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.augment.added import Added
from synthcraft.augment.cohort import make_cohort
from synthcraft.augment.training import arm_trainings, joined
from synthcraft.data.split import make_split
from synthcraft.spec.types import AugmentationSpec, FractionsSpec
from tests.augment.tables import people

AUG = AugmentationSpec(column="race", groups=("black", "asian"), doses=(50, 100, 200))
LARGEST = 200


@pytest.fixture(scope="module")
def cohort():
    table = people()
    split = make_split(table, FractionsSpec(), seed=0, index=0)
    return make_cohort(table, split, AUG, FractionsSpec(), seed=0)


def made(cohort, *, short=0, **told):
    """As many rows of each target as the largest dose takes, numbered by their age."""
    rows = {}
    for name in cohort.grouping.targets:
        n = cohort.sizes[name] * LARGEST // 100
        own = cohort.train.frame.iloc[:n].copy()
        own = pd.concat([own] * 5, ignore_index=True).iloc[:n]
        own["race"] = pd.Categorical([name.split("=")[1]] * n)
        own["age"] = np.arange(n, dtype=float)
        rows[name] = own
    last = cohort.grouping.targets[-1]
    rows[last] = rows[last].iloc[: len(rows[last]) - short]
    everyone = cohort.train.frame.iloc[: sum(cohort.sizes[t] for t in cohort.grouping.targets)]
    return Added(rows, everyone, **told)


def test_each_dose_is_the_first_rows_of_a_larger_one(cohort):
    trainings = arm_trainings(cohort, made(cohort), AUG)
    labels = ["dose=50", "dose=100", "dose=200", "dose=100&to=everyone"]
    assert [t.augmentation for t in trainings] == labels
    n = len(cohort.train)
    for training, dose in zip(trainings, (50, 100, 200), strict=False):
        assert training.weights is None
        assert not training.refused
        pd.testing.assert_frame_equal(training.frame.iloc[:n], cohort.train.frame)
        added = training.frame.iloc[n:]
        for target in cohort.grouping.targets:
            own = added[added["race"] == target.split("=")[1]]
            wanted = round(cohort.sizes[target] * dose / 100)
            assert own["age"].tolist() == list(range(wanted))


def test_everyone_gets_as_many_rows_as_all_targets_at_the_primary_dose(cohort):
    *_, primary, _, everyone = arm_trainings(cohort, made(cohort), AUG)
    assert everyone.augmentation == "dose=100&to=everyone"
    assert len(everyone.frame) == len(primary.frame)


def test_a_dose_whose_rows_there_are_not_is_refused_and_no_other(cohort):
    added = made(cohort, short=1, failed={"race=asian": "too rare"}, drawn={"race=black": 999})
    half, full, double, everyone = arm_trainings(cohort, added, AUG)
    assert [t.refused for t in (half, full, everyone)] == ["", "", ""]
    assert double.refused == "race=asian: too rare"
    assert not len(double.frame)
    kept = cohort.sizes["race=black"] * LARGEST // 100
    assert full.drawn == {"race=black": pytest.approx(999 / kept)}
    assert not half.drawn


def test_rows_of_everyone_can_fail_alone(cohort):
    *doses, everyone = arm_trainings(cohort, made(cohort, everyone_failed="no memory"), AUG)
    assert everyone.refused == "no memory"
    assert not any(t.refused for t in doses)


def test_joined_rows_have_levels_of_both_and_one_form(cohort):
    part = cohort.train.frame.iloc[:3].assign(
        sex=pd.Categorical(["f", None, "x"]), bmi=[20.04, 20.06, np.nan]
    )
    frame = joined(cohort.train, [part[part.columns[::-1]]])
    last = frame.iloc[-3:]
    assert list(frame.columns) == list(cohort.train.names)
    assert last["sex"].astype(object).where(last["sex"].notna(), None).tolist() == ["f", None, "x"]
    assert last["bmi"].round(9).tolist()[:2] == [20.0, 20.1]
    assert frame["sex"].cat.categories.tolist() == ["f", "m", "x"]
