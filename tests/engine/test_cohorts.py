"""What a run tells of its cohorts, and refuses."""

from dataclasses import replace

import numpy as np
import pytest

from synthcraft.augment.cohort import make_cohort
from synthcraft.data.split import make_split
from synthcraft.engine.cohorts import FEW, check_withheld, told, told_rows
from synthcraft.errors import DataError
from synthcraft.spec.types import AugmentationSpec, FractionsSpec
from tests.augment.tables import people

FRACTIONS = FractionsSpec(holdout=0.3, validation=0.2)


def cohort_of(sizes, **settings):
    aug = AugmentationSpec(column="race", **settings)
    table = people(sizes)
    split = make_split(table, FRACTIONS, seed=0, index=0)
    return aug, make_cohort(table, split, aug, FRACTIONS, seed=0)


def test_no_number_under_ten_follows_from_what_is_told():
    rng = np.random.default_rng(0)
    hidden = 0
    for _ in range(300):
        events, others = ({g: int(n) for g, n in zip("abcd", ns, strict=True)} for ns in draws(rng))
        unknown = rng.integers(0, 5, 2)
        totals = [sum(events.values()) + unknown[0], sum(others.values()) + unknown[1]]
        shown = told([events, others], totals)
        few = {g for g in events if 0 < others[g] < 10}  # and without events: a group hidden itself
        known = [g for g, n in shown.items() if isinstance(n, int) and not (n == 0 and g in few)]
        assert not few & {*known}
        assert all(shown[g] == events[g] for g in known)
        assert all((shown[g] == FEW) == (0 < events[g] < 10) for g in events)
        for counts, total in zip((events, others), totals, strict=True):
            rest = total - sum(counts[g] for g in known)
            assert rest == 0 or rest >= 10 or not any(events[g] for g in known)
        hidden += len(known) < 4
    assert hidden > 100


def draws(rng):
    return np.where(rng.random((2, 4)) < 0.25, rng.integers(0, 12, (2, 4)), 40)


def test_the_rows_of_a_rare_group_do_not_follow_from_those_of_others():
    aug, cohort = cohort_of((600, 200, 8), undersample=60)
    rows = told_rows(aug, cohort)
    rare = cohort.grouping.names[-1]
    for part in ("train", "holdout", "events"):
        assert rows[part][rare] in (0, FEW)
        assert len([n for n in rows[part].values() if isinstance(n, str)]) == 2
        # A target's rows follow from its doses, and from what its synthetic rows are judged on.
        assert isinstance(rows[part]["race=black"], int)
    assert rows["train"]["race=black"] == 60


def test_few_without_events_do_not_follow_from_many_with():
    table = people((300, 600))
    black, few = table.frame["race"] == "black", np.arange(900) % 60 == 0  # 10 of 600 stay well
    ill = table.frame["ill"].mask(black & few, "no").mask(black & ~few, "yes")
    aug, split = AugmentationSpec(column="race"), make_split(table, FRACTIONS, seed=0, index=0)
    cohort = make_cohort(
        replace(table, frame=table.frame.assign(ill=ill)), split, aug, FRACTIONS, seed=0
    )
    assert set(told_rows(aug, cohort)["events"].values()) == {"≥10"}


def test_numbers_that_betray_nobody_are_told():
    aug, cohort = cohort_of((900, 300, 240), undersample=60)
    rows = told_rows(aug, cohort)
    assert sum(rows["holdout"].values()) == len(cohort.holdout)
    assert rows["train"] == cohort.sizes


def test_to_undersample_without_withholding_anybody_is_refused():
    aug, cohort = cohort_of((600, 200), undersample=5000)
    with pytest.raises(DataError, match="got 5,000: each target group keeps all"):
        check_withheld(aug, [cohort])
    check_withheld(None, [])
    less, fewer = cohort_of((600, 200), undersample=60)
    check_withheld(less, [fewer])
