"""What completes a draft: valid, never against what was said, and nothing twice."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft import shipped
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.proposals import (
    BINS,
    ENOUGH,
    NEUTRAL_DELTA,
    NEUTRAL_ROWS,
    PRIVATE,
    complete,
    slug,
)
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile, Profile
from synthcraft.spec.types import NAME
from synthcraft.spec.validate import parse

COHORT = Profile(
    900,
    (
        ColumnProfile("patient_id", "identifier", roles=("id",)),
        ColumnProfile("visit", "date"),
        ColumnProfile("age", "numeric", roles=("known",)),
        ColumnProfile("sex", "categorical", levels=("f", "m"), roles=("sensitive", "known")),
        ColumnProfile("note", "text"),
        ColumnProfile("unit", "constant"),
        ColumnProfile("died", "categorical", levels=("0", "1"), roles=("outcome",)),
        ColumnProfile("months", "numeric", roles=("time",)),
    ),
)
FILE = Data("csv", {"path": "cohort.csv"}, COHORT)
EVENT = ColumnProfile("heart_attack", "categorical", levels=("No", "Yes"))
PUBLIC = Data(
    "nhanes", {}, Profile(5300, (EVENT, ColumnProfile("months", "numeric", roles=("time",))))
)


def said(*settings):
    return Draft().changed([Change(path, value, "said") for path, value in settings], turn=1)


def whole(draft, data):
    return draft.changed(complete(draft, data), turn=1)


DRAFTS = {
    "nothing": said(),
    "private": said((("privacy", "epsilons"), [0.5, 1.0])),
    "survival": said((("dataset", "task"), "survival")),
    "regression": said((("dataset", "target"), "age")),
    "in ten minutes": said((("budget", "seconds"), 600.0)),
    "private generator": said((("generators",), {"aim": {"plugin": "aim"}})),
    "private survival": said((("dataset", "time"), "months"), (("privacy", "rows"), 1000)),
    "for print": said((("design",), shipped.option("design", "paper"))),
    "nothing sensitive": said((("dataset", "sensitive"), [])),
    "claimed": said((("generators",), {"pategan": {"plugin": "pategan"}})),
    "augmentation": said((("objective",), shipped.option("objective", "augmentation"))),
    "rows for women": said((("augmentation",), {"column": ["sex"], "groups": ["f"]})),
    "equal groups": said((("augmentation",), {"column": "sex", "rule": "equal"})),
    "declared rows for women": said(
        (("augmentation",), {"column": ["sex"], "groups": ["f"]}), (("privacy", "rows"), 1000)
    ),
    "private, for augmentation": said(
        (("objective",), shipped.option("objective", "augmentation")), (("privacy", "rows"), 1000)
    ),
}


def test_what_outsiders_know_may_be_sensitive_too():
    draft = whole(said(), FILE)
    assert draft.get("dataset", "sensitive") == ["sex"]
    assert draft.get("dataset", "quasi_identifiers") == ["age", "sex"]


@pytest.mark.parametrize("data", [FILE, PUBLIC], ids=["file", "public"])
@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_a_completed_draft_is_a_valid_spec_that_needs_no_more(draft, data):
    done = whole(draft, data)
    parse(done.plain)
    assert complete(done, data) == ()
    for path, origin in draft.origins.items():
        assert done.get(*path) == draft.get(*path)
        assert done.origins[path] == origin
    assert all(change.why and change.how != "edited" for change in complete(draft, data))


def test_every_training_is_one_that_its_generator_accepts():
    names = [*shipped.option("generator", "quick5")["defaults"], "adsgan", "rtvae", "nflow"]
    for design in ("standard", "paper"):
        for task, labels in (
            ("classification", names),
            ("survival", shipped.option("generator", "survival4")["defaults"]),
        ):
            draft = said(
                (("dataset",), {"task": task}),
                (("generators",), {name: {"plugin": name} for name in labels}),
                (("design",), shipped.option("design", design)),
            )
            done = whole(draft, FILE)
            parse(done.plain)
            assert all(done.get("generators", n, "params") for n in set(labels) - {"arf"})


def test_columns_that_no_table_may_hold_are_left_out():
    assert whole(said(), FILE).get("dataset", "drop") == ["visit", "note"]
    assert whole(said(), FILE).get("dataset", "id") == "patient_id"
    under_dp = whole(said((("privacy", "rows"), 1000)), FILE)
    assert under_dp.get("dataset", "drop") == ["visit", "note", "unit"]
    more = whole(said((("dataset", "drop"), ["age"])), FILE)
    assert more.get("dataset", "drop") == ["age", "visit", "note"]
    assert whole(said((("dataset", "keep"), ["sex", "died"])), FILE).get("dataset", "drop") is None


def test_a_files_number_of_rows_is_never_published():
    done = whole(said((("privacy", "epsilons"), [1.0])), FILE)
    assert done.get("privacy", "rows") is None
    assert done.get("privacy", "delta") == NEUTRAL_DELTA
    assert "900" not in str(done.plain)
    assert whole(said((("privacy", "epsilons"), [1.0])), PUBLIC).get("privacy", "rows") == 5300


def test_no_range_or_level_of_the_profile_becomes_a_declared_domain():
    done = whole(said((("privacy", "epsilons"), [1.0])), FILE)
    assert done.get("privacy", "domain") == "private"
    assert all(set(c) == {"type"} for c in done.get("dataset", "columns").values())


def test_a_declared_domain_is_not_bought():
    columns = {
        "age": {"low": 18, "high": 100},
        "months": {"low": 0, "high": 240, "bins": 12},
        "sex": {"levels": ["f", "m"]},
        "died": {"levels": ["0", "1"]},
    }
    done = whole(said((("privacy", "rows"), 1000), (("dataset", "columns"), columns)), FILE)
    assert done.get("privacy", "domain") is None
    assert done.get("dataset", "columns", "age", "bins") == BINS
    assert done.get("dataset", "columns", "months", "bins") == 12
    parse(done.plain)


def test_privacy_without_a_private_generator_gets_one():
    draft = said((("privacy", "rows"), 1000), (("generators",), {"arf": {"plugin": "arf"}}))
    assert set(whole(draft, FILE).get("generators")) == {"arf", PRIVATE[0]}


@given(st.text(max_size=200))
def test_a_slug_is_a_usable_name_or_nothing(text):
    name = slug(text)
    assert name == "" or (re.fullmatch(NAME, name) and len(name) <= 40)


USE = shipped.option("objective", "augmentation")
CLASSES = {  # people of the levels a to d, and of the outcome's classes
    "all but the largest": ((900, 500, 400, 600), (1800, 600), ("b", "c", "d")),
    "those with enough events": ((900, 500, 40, 600), (2000, 40), ()),
    "some": ((5000, 1200, 200, 40), (6000, 400), ("b",)),
}


@pytest.mark.parametrize(("counts", "classes", "judged"), CLASSES.values(), ids=CLASSES)
def test_rows_are_proposed_for_groups_that_can_be_judged(counts, classes, judged):
    columns = (
        ColumnProfile("race", "categorical", levels=tuple("abcd"), counts=counts),
        ColumnProfile("died", "categorical", levels=("0", "1"), counts=classes),
    )
    data = Data("csv", {"path": "x.csv"}, Profile(sum(counts), columns))
    draft = said((("objective",), USE), (("dataset",), {"target": "died", "sensitive": ["race"]}))
    done = whole(draft, data)
    assert done.get("augmentation", "column") == ["race"]
    assert tuple(done.get("augmentation", "groups") or ()) == judged
    # By hand: people of the level, the usual 30 % of them held out, the rarer class's share.
    expected = [n * 0.3 * min(classes) / sum(classes) for n in counts]
    by_hand = [x for x, n in zip("abcd", expected, strict=True) if n >= ENOUGH and x != "a"]
    assert tuple(by_hand) == judged
    assert done.get("augmentation", "doses") == [25, 50, 100, 200]
    assert "small groups' died" in done.get("question")
    # A selector judges on a quarter of the other 70 %.
    within = [n for n, x in zip(expected, "abcd", strict=True) if n * 0.175 / 0.3 >= ENOUGH]
    hasty = whole(draft.changed([Change(("budget", "seconds"), 600, "said")], turn=2), data)
    assert len(hasty.get("augmentation", "groups") or ()) == max(len(within) - 1, 0)
    assert hasty.get("selector", "plugin") == "kg"
    every = whole(said((("augmentation",), {"column": "race", "rule": "proportion"})), data)
    assert every.get("augmentation", "doses") is None


def test_a_private_trial_declares_its_numbers_and_no_level_of_the_profile():
    done = whole(DRAFTS["declared rows for women"], FILE)
    assert done.get("augmentation", "counts") == {"f": NEUTRAL_ROWS}
    assert done.get("augmentation", "doses") is None
    assert done.get("design", "synthetic_rows") is None
    assert whole(DRAFTS["private, for augmentation"], FILE).get("augmentation") is None
