from dataclasses import replace

import pytest

from synthcraft.chat.confirm import answer_in, names_target, outcome, question
from synthcraft.chat.draft import Draft
from synthcraft.chat.talk import Data
from tests.chat.fakes import PROFILE, said

DATA = Data("csv", {"path": "a.csv"}, PROFILE)


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes.", "y", "ok!", "Ja, genau", "oui", "Sí", "that's right", "It is correct.", "YES "],
)
def test_a_yes_is_read(text):
    assert answer_in(text)[0] == "yes"


@pytest.mark.parametrize(
    "text", ["no", "No.", "nein", "non, c'est faux", "yes, but it is stroke", "wrong", "not quite"]
)
def test_a_no_is_read(text):
    assert answer_in(text)[0] == "no"


@pytest.mark.parametrize(
    "text",
    [
        "no idea",
        "I don't know",
        "not sure",
        "right now I want arf",
        "yesterday",
        "nobody",
        "y axis",
        "true positives matter",
        "ok computer",
        "",
        "what is a split?",
    ],
)
def test_anything_else_is_neither(text):
    assert answer_in(text)[0] == "other"


def draft(**dataset):
    return Draft().changed(
        [said("dataset", key, to=value) for key, value in dataset.items()], turn=1
    )


def test_the_task_follows_from_the_target():
    assert outcome(draft(target="died"), DATA)["dataset.task"] == "classification"
    assert outcome(draft(target="months"), DATA)["dataset.task"] == "regression"
    timed = outcome(draft(target="died", time="months"), DATA)
    assert timed == {
        "dataset.target": "died",
        "dataset.task": "survival",
        "dataset.time": "months",
    }
    told = outcome(draft(target="months", task="classification", positive="9"), DATA)
    assert told["dataset.task"] == "classification"


def test_the_event_is_the_rarer_level_unless_told_otherwise():
    died, *others = PROFILE.columns

    def event(**counted):
        column = replace(died, **counted)
        data = Data("csv", {}, replace(PROFILE, columns=(column, *others)))
        return outcome(draft(target="died"), data).get("dataset.positive")

    assert event(counts=(150, 50)) == "yes"
    assert event(counts=(50, 150)) == "no"
    assert event(counts=(100, 100)) is None
    assert event(counts=()) is None
    assert event(counts=(150, 50), hidden=True) is None
    said_so = outcome(draft(target="died", positive="no"), DATA)
    assert said_so["dataset.positive"] == "no"


def test_a_built_in_tables_outcome_is_its_own():
    nhanes = Data("nhanes", {}, PROFILE)
    assert outcome(draft(target="died"), nhanes).get("dataset.positive") is None
    own = Data("breast_cancer", {}, PROFILE)
    assert outcome(draft(target="diagnosis"), own) == {}  # no column of this (other) profile


def test_nothing_is_asked_about_a_column_that_there_is_not():
    assert outcome(draft(target="dead"), DATA) == {}
    assert outcome(draft(target="died"), None) == {}


def test_the_question_names_all_that_is_settled():
    text = question(outcome(draft(target="died", time="months", positive="yes"), DATA))
    assert all(name in text for name in ("'died'", "'months'", "survival"))


@pytest.mark.parametrize(
    ("text", "named"),
    [("who DIED?", True), ("diedrich", False), ("has died.", True), ("who is dead?", False)],
)
def test_the_target_counts_as_named_as_a_whole_word(text, named):
    assert names_target([text], {"dataset.target": "died"}, DATA) is named
