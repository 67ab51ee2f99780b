from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from synthcraft.chat.session import Session, after, fold
from synthcraft.chat.talk import Data
from synthcraft.chat.transcript import (
    Agreed,
    Answered,
    Asked,
    Completed,
    Confirmed,
    Declined,
    Failed,
    Found,
    Said,
    Saved,
    Sent,
    Started,
    Undone,
)
from tests.chat.fakes import ARF, OUTCOME, PROFILE, TARGET, said

DATA = Data("csv", {"path": "a.csv"}, PROFILE)
OTHER = Data("csv", {"path": "b.csv"}, PROFILE)
SEED = said("seed", to=3)


def turn(text, *changes, data=None):
    found = [Found(data)] if data else []
    return [Said(text, text), *found, Answered("Good.", changes)]


def test_each_message_has_its_number():
    session = fold([Started("0"), *turn("a", TARGET), *turn("b", SEED)])
    assert session.turn == 3
    assert session.draft.origins[("dataset", "target")].turn == 1
    assert session.draft.origins[("seed",)].turn == 2
    assert [exchange.said for exchange in session.talk.exchanges] == ["a", "b"]


def test_settings_of_a_spec_came_before_the_first_message():
    session = fold([Started("0", "x.yaml", (SEED,))])
    assert (session.source, session.draft.origins[("seed",)].turn) == ("x.yaml", 0)


def test_a_message_waits_until_it_is_answered():
    asked = fold([Started("0"), Said("a.csv", "DATA"), Failed("no server"), Sent("a", 1, "u")])
    assert asked.waiting == "DATA"
    assert asked.said == ("a.csv",)
    assert after(asked, Answered("Here.")).waiting is None


def test_a_table_sets_its_place():
    session = fold([Started("0"), *turn("a", data=DATA)])
    assert session.draft.plain == {"dataset": {"plugin": "csv", "params": {"path": "a.csv"}}}
    assert session.talk.data == DATA


def test_another_table_takes_with_it_what_was_settled_about_the_first():
    first = [Started("0"), *turn("a", TARGET, SEED, data=DATA), Confirmed(OUTCOME)]
    session = fold([*first, *turn("b", data=OTHER)])
    assert session.draft.plain == {
        "seed": 3,
        "dataset": {"plugin": "csv", "params": {"path": "b.csv"}},
    }
    assert session.talk.confirmed == frozenset()


def test_the_same_table_read_again_keeps_it():
    session = fold([Started("0"), *turn("a", TARGET, data=DATA), Found(DATA)])
    assert session.draft.get("dataset", "target") == "died"


def test_a_yes_is_to_what_was_asked_last():
    asked = fold([Started("0"), *turn("a", TARGET, data=DATA), Asked(OUTCOME)])
    assert asked.asked == OUTCOME
    assert after(asked, Answered("More.")).asked == {}
    sure = after(asked, Confirmed(OUTCOME))
    assert sure.is_confirmed(OUTCOME)
    assert sure.talk.confirmed == {"dataset.target", "dataset.task"}
    assert sure.draft.get("dataset", "task") == "classification"
    assert sure.draft.origins[("dataset", "target")].turn == 1  # was said before it was confirmed
    changed = after(after(sure, Said("c", "c")), Answered("", (said("dataset", "target", to="x"),)))
    assert changed.talk.confirmed == {"dataset.task"}


def test_undo_takes_back_one_message_after_the_other_and_goes_no_further():
    events = [Started("0"), *turn("a", TARGET), *turn("why?"), *turn("b", SEED)]
    session = fold(events)
    once = after(session, Undone())
    assert once.draft.plain == {"dataset": {"target": "died"}}
    twice = after(once, Undone())  # over the message that changed nothing
    assert twice.draft.plain == {}
    assert after(twice, Undone()).draft.plain == {}
    assert twice.turn == session.turn + 2  # numbers are not given twice


def test_undo_takes_back_table_and_confirmation():
    first = fold([Started("0"), *turn("a", TARGET, data=DATA), Asked(OUTCOME)])
    yes = [Said("yes", "yes"), Confirmed(OUTCOME), Answered("Good.")]
    sure = fold([Started("0"), *turn("a", TARGET, data=DATA), Asked(OUTCOME), *yes])
    back = after(sure, Undone())
    assert (back.draft, back.data, back.confirmed) == (first.draft, DATA, {})
    assert after(back, Undone()).data is None


def test_agreement_is_by_text_and_can_be_given_later():
    session = fold([Started("0"), Declined("a"), Agreed("b", "text")])
    assert (session.declined, session.agreed) == ({("", "a")}, {("", "b"): "text"})
    assert after(session, Agreed("a", "other")).declined == frozenset()


def test_what_was_saved_is_known():
    session = fold([Started("0"), *turn("a", TARGET), Completed((ARF,)), Saved("x.yaml", "ff")])
    assert session.saves == {"ff": "x.yaml"}
    assert session.kept == session.draft
    assert session.draft.origins[("generators", "arf", "plugin")].why == "fast and faithful"


def test_usage_and_models_are_of_the_whole_conversation():
    answers = [Answered("a", model="m", usage={"input": 2}), Answered("b", model="m")]
    more = Answered("c", model="n", usage={"input": 3, "output": 1})
    session = fold([Started("0"), *answers, more])
    assert (session.models, session.usage) == (("m", "n"), {"input": 5, "output": 1})


EVENTS = st.sampled_from(
    [
        *turn("a", TARGET),
        *turn("b", SEED, data=DATA),
        Found(OTHER),
        Asked(OUTCOME),
        Confirmed(OUTCOME),
        Undone(),
        Completed((ARF,)),
        Saved("x.yaml", "f"),
        Failed("no"),
    ]
)


@given(st.lists(EVENTS, max_size=12), st.integers(0, 12))
def test_a_session_is_the_same_in_whatever_goes_its_events_are_read(events, cut):
    whole = fold([Started("0"), *events])
    session = fold([Started("0"), *events[:cut]])
    for event in events[cut:]:
        session = after(session, event)
    assert session == whole
    assert replace(whole) == whole
    assert isinstance(whole, Session)
