"""Rows of the target groups from a generator."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from synthcraft.augment.added import Added, add_rows, way_of
from synthcraft.augment.cohort import Cohort, make_cohort
from synthcraft.augment.groups import members
from synthcraft.catalogue import GENERATORS, GeneratorCard
from synthcraft.data.split import make_split
from synthcraft.data.table import Table, conform
from synthcraft.generators.private.mst import Mst
from synthcraft.privacy.release import Release
from synthcraft.spec.types import AugmentationSpec, FractionsSpec
from tests.augment import fakes
from tests.augment.tables import RACES, people

FRACTIONS = FractionsSpec(holdout=0.3, validation=0.2)
COUNTS = {"black": 1000, "asian": 1000}


def asked(**settings: Any) -> AugmentationSpec:
    usual = {"column": "race", "rule": "counts", "counts": COUNTS, "how": "rejection"}
    return AugmentationSpec(**{**usual, **settings})


def cohort_of(aug: AugmentationSpec, table: Table | None = None) -> Cohort:
    table = people() if table is None else table
    return make_cohort(table, make_split(table, FRACTIONS, seed=0, index=0), aug, FRACTIONS, seed=0)


def added(
    card: GeneratorCard,
    aug: AugmentationSpec,
    *,
    table: Table | None = None,
    sample_seed: int = 2,
    release: Release | None = None,
    **params: Any,
) -> Added:
    fakes.FITTED.clear()
    fakes.ASKED.clear()
    fakes.SEEDS.clear()
    return add_rows(
        card,
        card.params(**params),
        cohort_of(aug, table),
        aug,
        fit_seed=1,
        sample_seed=sample_seed,
        device="cpu",
        release=release,
        tell=lambda phase: None,
    )


def ill(rows: pd.DataFrame) -> list[int]:
    return [int((rows["ill"] == level).sum()) for level in ("no", "yes")]


@pytest.mark.parametrize(
    ("card", "how"),
    [(fakes.card(fakes.Known), "rejection"), (fakes.card(fakes.Asked, conditional=True), None)],
)
def test_rows_are_those_of_the_generator_given_the_group(
    card: GeneratorCard, how: str | None
) -> None:
    aug = asked(how=how)
    found = added(card, aug)
    assert len(fakes.FITTED) == 1
    assert found.failed == {}
    for name, share in (("race=black", 0.5), ("race=asian", 0.8)):
        rows = found.rows[name]
        assert set(rows["race"]) == {name.removeprefix("race=")}
        # six tests at 1e-4 with fixed seeds: a chance of 6e-4 that a right one fails
        assert chisquare(ill(rows), [1000 * (1 - share), 1000 * share]).pvalue > 1e-4
        pd.testing.assert_frame_equal(rows, conform(rows, cohort_of(aug).train.columns))
    races = [int((found.everyone["race"] == race).sum()) for race in RACES]
    assert chisquare(races, [2000 * share for share in fakes.SHARES]).pvalue > 1e-4


def test_of_each_dose_the_first_rows_are_a_fair_sample_too() -> None:
    """No order by batch or by value: a smaller dose takes the first rows."""
    rows = added(fakes.card(fakes.Known), asked()).rows["race=asian"]
    assert chisquare(ill(rows.iloc[:250]), [50, 200]).pvalue > 1e-3


def test_rows_that_are_drawn_are_counted_up_to_the_last_that_was_needed() -> None:
    found = added(fakes.card(fakes.Known), asked())
    for name, share in (("race=black", 0.15), ("race=asian", 0.05)):
        # negative binomial: sd sqrt(n (1 - p)) / p; five of them
        assert abs(found.drawn[name] - 1000 / share) < 5 * np.sqrt(1000 * (1 - share)) / share


def test_rows_are_counted_to_the_row_and_the_limit_is_kept_to_the_row() -> None:
    """The hundredth Asian is row 991; of 500 rows 50 are, and the 501st would be one more."""
    counts = {"asian": 100}
    assert added(fakes.card(fakes.Regular), asked(counts=counts)).drawn == {"race=asian": 991}
    found = added(fakes.card(fakes.Regular), asked(counts=counts, draws=5))
    assert len(found.rows["race=asian"]) == 50
    assert "of 500 rows drawn, 50 are" in found.failed["race=asian"]


def test_there_are_rows_for_the_largest_dose_and_everyone_s_for_the_deciding_one() -> None:
    for how in ("rejection", "per_group"):
        aug = asked(counts={"asian": 100}, doses=(50, 100, 200), how=how)
        found = added(fakes.card(fakes.Known), aug)
        assert (len(found.rows["race=asian"]), len(found.everyone)) == (200, 100)


def test_no_two_samples_share_their_random_numbers() -> None:
    """Neither parts of one stream nor what different groups are given: rows would come again."""
    for generator, conditional in ((fakes.Known, False), (fakes.Asked, True)):
        card = fakes.card(generator, conditional=conditional)
        added(card, asked(how=None))
        assert len(set(fakes.SEEDS)) == len(fakes.SEEDS) > 1


def test_same_seed_same_rows_other_seed_others() -> None:
    one, same, other = (
        added(fakes.card(fakes.Known), asked(), sample_seed=seed) for seed in (2, 2, 3)
    )
    pd.testing.assert_frame_equal(one.rows["race=asian"], same.rows["race=asian"])
    pd.testing.assert_frame_equal(one.everyone, same.everyone)
    assert not one.rows["race=asian"].equals(other.rows["race=asian"])


def test_who_is_too_rare_to_reach_has_failed_and_nobody_else() -> None:
    found = added(fakes.card(fakes.Known), asked(draws=10))  # 1 in 20 is asian, 1 in 7 black
    assert list(found.failed) == ["race=asian"]
    assert "of 10,000 rows drawn" in found.failed["race=asian"]
    assert found.drawn["race=asian"] == 10_000
    assert abs(len(found.rows["race=asian"]) - 500) < 5 * np.sqrt(10_000 * 0.05 * 0.95)
    assert len(found.rows["race=black"]) == 1000


def test_how_much_is_drawn_tells_nothing_of_real_rows() -> None:
    """Under differential privacy a number of draws that followed from them would."""
    sizes = []
    for table in (people((900, 300, 240)), people((240, 900, 300))):
        added(fakes.card(fakes.Known), asked(), table=table)
        sizes.append(list(fakes.ASKED))
    assert sizes[0] == sizes[1]


def test_crossed_groups_and_rules_that_add_nothing() -> None:
    aug = asked(
        column=("race", "sex"),
        rule="proportion",
        counts=None,
        shares={"white & m": 0.2, "black&f": 0.2},  # the first has more than that already
    )
    found = added(fakes.card(fakes.Known), aug)
    assert len(found.rows["race=white&sex=m"]) == 0
    rows = found.rows["race=black&sex=f"]
    assert (rows["race"] == "black").all()
    assert (rows["sex"] == "f").all()
    assert len(found.everyone) == len(rows) > 0


def test_per_group_each_learns_from_its_own_rows_without_the_group_s_columns() -> None:
    aug = asked(how="per_group", column=("race", "sex"), counts={"black & f": 30, "asian & m": 20})
    cohort = cohort_of(aug)
    found = added(fakes.card(fakes.Known), aug)
    names = ("race=black&sex=f", "race=asian&sex=m")
    assert [len(train) for train in fakes.FITTED] == [
        *(cohort.sizes[name] for name in names),
        len(cohort.train),
    ]
    for train in fakes.FITTED[:2]:
        assert train.names == ("age", "bmi", "ill")
    for name, n in zip(names, (30, 20), strict=True):
        assert len(found.rows[name]) == n
        codes = members(cohort.grouping, found.rows[name]).codes
        assert set(codes) == {cohort.grouping.names.index(name)}
    assert len(found.everyone) == 50


def test_a_group_whose_own_fit_fails_is_told_without_any_value() -> None:
    found = added(fakes.card(fakes.Choosy), asked(how="per_group"))
    assert list(found.failed) == ["race=asian"]
    assert "ValueError: too few rows of …" in found.failed["race=asian"]
    assert "asian" not in found.failed["race=asian"]
    assert len(found.rows["race=black"]) == 1000
    assert len(found.rows["race=asian"]) == 0
    assert not found.everyone_failed


def test_a_condition_that_is_not_kept_is_never_taken_for_one() -> None:
    with pytest.raises(AssertionError, match="another group"):
        added(fakes.card(fakes.Liar, conditional=True), asked(how=None))


def test_it_is_asked_only_where_it_can() -> None:
    able, unable = fakes.card(fakes.Asked, conditional=True), fakes.card(fakes.Known)
    assert way_of(able, asked(how=None)) == "conditional"
    assert way_of(unable, asked(how=None)) == "rejection"
    assert way_of(able, asked(how="rejection")) == "rejection"
    assert way_of(unable, asked(how="conditional")) == "rejection"  # references; others are refused
    assert way_of(able, asked(how="per_group")) == "per_group"


@pytest.mark.parametrize("how", ["rejection", "conditional"])
def test_a_private_generator_spends_once(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt = []
    learn = Mst.learn

    def counted(self: Mst, *args: Any) -> Any:
        learnt.append(1)
        return learn(self, *args)

    monkeypatch.setattr(Mst, "learn", counted)
    release = Release(5.0, 1e-5, 800, domain="from_data", seeded=True)
    aug = asked(how=how, counts={"black": 300, "asian": 300}, doses=(50, 100))
    found = added(GENERATORS.get("mst"), aug, release=release, steps=50)
    assert len(learnt) == 1
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        "race=black": 300,
        "race=asian": 300,
    }
    assert len(found.everyone) == 600


@pytest.mark.parametrize("how", [None, "rejection", "per_group"])
@pytest.mark.parametrize("task", ["classification", "regression", "survival"])
def test_a_forest_for_every_task(task: str, how: str | None) -> None:
    table = people(task=task)
    frame = table.frame.assign(
        bmi=table.frame["bmi"]
        if task == "regression"
        else table.frame["bmi"].mask(table.frame.age < 30)
    )
    aug = asked(how=how, counts={"asian": 40})
    found = added(GENERATORS.get("arf"), aug, table=replace(table, frame=frame), num_trees=3)
    rows = found.rows["race=asian"]
    assert len(rows) == 40
    assert set(rows["race"]) == {"asian"}
    assert rows["bmi"].isna().any() == (task != "regression")
    assert len(found.everyone) == 40


@pytest.mark.parametrize("name", ["train_copy", "marginals", "noise"])
@pytest.mark.parametrize("how", [None, "rejection", "per_group"])
def test_references_add_rows_in_every_way(name: str, how: str | None) -> None:
    found = added(GENERATORS.get(name), asked(how=how))
    assert found.failed == {}
    assert {len(rows) for rows in found.rows.values()} == {1000}


def test_rows_are_there_as_they_were_made_too() -> None:
    """What is stored of a private release is not rounded by real rows' decimals (engine/trial)."""
    found = added(fakes.card(fakes.Known), asked())
    made, rows = found.made["race=asian"], found.rows["race=asian"]
    pd.testing.assert_frame_equal(conform(made, cohort_of(asked()).train.columns), rows)
    assert (made["bmi"] != rows["bmi"]).mean() > 0.9
    assert made["race"].dtype == object
