import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.chat.model.answer import Answer, Call
from synthcraft.chat.model.hearing import Ear, understood, visible
from synthcraft.chat.model.interviewer import Unmasked
from synthcraft.chat.outgoing.sharing import Names

BLOCK = '```json\n{"changes": {"seed": 1}}\n```'


@pytest.mark.parametrize(
    ("text", "words", "arguments"),
    [
        ("Which one?", "Which one?", []),
        (f"Noted.\n{BLOCK}\nWhich one?", "Noted.\n\nWhich one?", ['{"changes": {"seed": 1}}']),
        (
            '{"text": "Hi", "changes": {"seed": 1}}',
            "Hi",
            ['{"text": "Hi", "changes": {"seed": 1}}'],
        ),
        ('{"text": "Hi", "changes": {}}', "Hi", []),
        (
            '{"text": "Hi", "changes": {}, "asks": ["data"]}',
            "Hi",
            ['{"text": "Hi", "changes": {}, "asks": ["data"]}'],
        ),
        ('{"text": "Hi", "chan', "", ['{"text": "Hi", "chan']),
        ('Noted.\n```json\n{"changes": {"se', "Noted.", ['{"changes": {"se']),
        ("<think>Hm {</think>\nHi", "Hi", []),
        ("<think>Hm, and then", "", []),
        ('For example:\n```json\n{"age": 3}\n```', 'For example:\n```json\n{"age": 3}\n```', []),
        ("Use ```yaml\na: 1\n``` so", "Use ```yaml\na: 1\n``` so", []),
    ],
)
def test_words_and_proposals_of_a_text(text: str, words: str, arguments: list[str]) -> None:
    found, calls = understood(Answer(text))
    assert found == words
    assert [call.arguments for call in calls] == arguments


def test_a_call_in_a_text_keeps_the_tools_name() -> None:
    text = '<tool_call>{"name": "read_file", "arguments": {"path": "x"}}</tool_call>'
    assert understood(Answer(text))[1] == (Call("", "read_file", '{"path": "x"}'),)


def test_real_calls_count_before_those_in_the_text() -> None:
    call = Call("1", "propose_spec", "{}")
    assert understood(Answer(f"Hi {BLOCK}", (call,))) == ("Hi", (call,))


def _listen(text: str, size: int, names: Names | Unmasked) -> list[str]:
    heard: list[str] = []
    ear = Ear(heard.append, names, begun=False)
    for at in range(0, len(text), size):
        ear(text[at : at + size])
    ear.close(understood(Answer(text))[0])
    return heard


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    "text",
    [
        "Which column is the outcome, col1 or col10?",
        f"Noted.\n\n{BLOCK}\n\nWhich one?",
        f"<think>what {BLOCK}</think>\n\n  So: a < b, and col1.  ",
        '{"text": "Hi"}',
        "a <b> c `d` e",
    ],
)
def test_what_is_heard_in_pieces_is_what_is_understood(text: str, size: int) -> None:
    names = Names({"age": "col1"}, known=("age",))
    heard = "".join(_listen(text, size, names))
    assert heard == names.show(understood(Answer(text))[0])
    assert "changes" not in heard and "think" not in heard


_PIECES = st.sampled_from(
    ["a", "b ", "<", "<think>", "</think>", "`", "```", "json", "\n", "{", "}"]
)
_TEXT = st.lists(_PIECES | st.just(BLOCK), max_size=12).map("".join)


@given(_TEXT, st.integers(1, 5))
def test_nothing_is_heard_twice_or_lost(text: str, size: int) -> None:
    assert "".join(_listen(text, size, Unmasked())) == understood(Answer(text))[0]


@given(_TEXT, st.integers(1, 5))
def test_pieces_never_take_back_what_was_heard(text: str, size: int) -> None:
    told = ""
    for at in range(0, len(text) + 1, size):
        now = visible(text[:at])
        assert now.startswith(told)
        told = now


def test_nothing_is_heard_of_json_before_its_end() -> None:
    heard: list[str] = []
    ear = Ear(heard.append, Unmasked(), begun=True)
    ear.quiet = True
    ear("Some words ")
    assert heard == []
    ear.close("Some words")
    assert heard == ["\n\nSome words"]


@pytest.mark.parametrize(
    "piece", ["<think>", "```json {", "<tool_call>", "</think><think>", "```{"]
)
def test_marks_without_end_cost_no_time(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    began = time.perf_counter()
    understood(Answer(text))
    visible(text)
    assert time.perf_counter() - began < 1  # some milliseconds; minutes where it is quadratic
