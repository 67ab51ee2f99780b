"""Whose rows are added to, and how much: as people say it, and what is never taken for it."""

import pytest

from synthcraft import shipped
from synthcraft.chat.proposals import complete
from synthcraft.spec.validate import parse
from tests.chat.offline.cohort import CLINIC, converse, settings

FEW = "We have too few Asian patients and want to predict readmitted."
USE = shipped.option("objective", "augmentation")["use"]


@pytest.mark.parametrize(
    ("said", "columns", "groups"),
    [
        (FEW, ["ethnic_group"], ["Asian"]),
        ("Augment the Asian and Black patients; readmitted is the target", ["ethnic_group"],
         ["Asian", "Black"]),
        ("Add synthetic rows for small groups of ethnic_group", ["ethnic_group"], None),
        ("Augment treatment B, predict readmitted", ["treatment"], ["B"]),
        ("Augment the rows of female Asian patients", ["ethnic_group", "gender"],
         ["Asian & female"]),
        ("Augment gender and ethnic_group", ["ethnic_group", "gender"], None),
    ],
)  # fmt: skip
def test_groups(said, columns, groups):
    found = settings(said)
    assert sorted(found["augmentation.column"]) == columns
    told = found.get("augmentation.groups")
    assert (told and [" & ".join(sorted(g.split(" & "))) for g in told]) == groups
    assert set(columns) <= set(found["dataset.sensitive"])
    assert found["objective.use"] == USE


@pytest.mark.parametrize(
    "said",
    [
        "predict readmitted for data access, Asian patients are a sensitive group",
        "there are too few readmitted patients; predict readmitted",  # the outcome is no group
        "too few patients have an hba1c; predict readmitted",  # nor is an amount
        "do not augment the Asian patients; predict readmitted",
        "nothing is to be augmented",
    ],
)
def test_what_gets_no_rows(said):
    assert "augmentation.column" not in settings(said)


@pytest.mark.parametrize(
    ("said", "rule", "doses"),
    [
        ("Add 50 and 100 % of them.", None, [50, 100]),
        ("doses of 25, 50, 100 and 12.5 percent please", None, [12.5, 25, 50, 100]),
        ("Double their number.", None, [100]),
        ("Three times as many would be good to have, and twice as many", None, [100, 200]),
        ("Add so many that they are as many as the largest group.", "equal", None),
        ("add rows until the groups are balanced", "equal", None),
        ("Hold out 25 % when you add rows.", None, None),
        ("30 percent of them smoke.", None, None),
    ],
)
def test_doses(said, rule, doses):
    found = settings(FEW, said)
    assert found.get("augmentation.rule") == rule
    assert found.get("augmentation.doses") == doses
    without = settings("predict readmitted", said)
    assert "augmentation.doses" not in without and "augmentation.rule" not in without


def test_another_column_has_other_groups_and_the_same_column_keeps_them():
    assert settings(FEW, "augment ethnic_group")["augmentation.groups"] == ["Asian"]
    found = settings(FEW, "rather augment gender")
    assert found["augmentation.column"] == ["gender"]
    assert "augmentation.groups" not in found


def test_who_wants_something_else_gets_no_trial():
    assert not [path for path in settings(FEW, "no, for data access") if "augmentation" in path]
    asked, _ = converse("predict readmitted, for augmentation", "female", "age", "no")
    assert asked.draft.get("augmentation") is None and asked.draft.get("objective") is None
    target = settings(FEW, "the target is ethnic_group")
    assert "augmentation.column" not in target


@pytest.mark.parametrize("order", [1, -1])
def test_within_a_limit_of_time_a_selector_chooses_whom_to_augment_with(order):
    talk, _ = converse(*[FEW, "it may take ten minutes"][::order])
    draft = talk.draft.changed(complete(talk.draft, CLINIC), turn=3)
    assert draft.get("selector", "plugin") == "kg" and draft.get("budget", "seconds") == 600
    assert draft.get("augmentation", "groups") == ["Asian"]
    parse(draft.plain)


def test_what_was_left_open_is_offered_with_its_reason():
    before = ("predict readmitted, for augmentation", "a patient\ngender and ethnic_group", "age")
    _, replies = converse(*before)
    assert "Which groups shall get synthetic rows" in replies[-1].text
    assert "(I would take: gender.)" in replies[-1].text
    for said in ("yes", "I don't know"):
        talk, _ = converse(*before, said)
        assert talk.draft.get("augmentation", "column") == ["gender"]
