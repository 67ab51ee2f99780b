"""The interviewer by rules: whole conversations in a few messages."""

import pytest

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.offline.rules import Rules
from synthcraft.chat.proposals import complete
from synthcraft.chat.talk import Data, Exchange, Talk
from synthcraft.data.profile import profile_dataset
from synthcraft.spec.types import DatasetSpec
from synthcraft.spec.validate import parse


@pytest.fixture(scope="session")
def nhanes():
    return Data("nhanes", {}, profile_dataset(DatasetSpec(plugin="nhanes")))


def talk_about(data, *messages):
    """The talk after these messages."""
    plugin = [Change(("dataset", "plugin"), data.plugin, "said")] if data else []
    talk = Talk(Draft().changed(plugin, turn=0), data)
    for said in messages:
        reply = Rules().reply(talk, said)
        draft = talk.draft.changed(reply.changes, turn=talk.turn)
        talk = Talk(draft, data, (*talk.exchanges, Exchange(said, reply.text)))
    return talk


def test_a_clear_message_settles_what_it_says(nhanes):
    talk = talk_about(
        nhanes,
        "I want to predict stroke in adults. Ethnicity and gender are sensitive, and an attacker "
        "could know age, sex and education.",
        "Sharing with other hospitals; nobody must be re-identified. No.",
        "arf and ctgan. Ten minutes.",
    )
    draft = talk.draft
    assert draft.get("dataset", "target") == "stroke"
    assert draft.get("dataset", "task") == "classification"
    assert draft.get("dataset", "sensitive") == ["ethnicity", "sex"]
    assert draft.get("dataset", "quasi_identifiers") == ["age", "sex", "education"]
    assert draft.get("objective", "use") == "data access for exploration"
    assert "singled_out" in draft.get("objective", "constraints")
    assert set(draft.get("generators")) == {"arf", "ctgan"}
    assert draft.get("budget", "seconds") == 600
    assert draft.get("privacy") is None
    parse(draft.changed(complete(draft, nhanes), turn=0).plain)
