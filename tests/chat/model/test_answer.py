from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.chat.model.answer import LONGEST, Answer, Call, Endless, joined, whole


def _ignore(text: str) -> None:
    pass


_KEYS = st.sampled_from(
    [
        *("choices", "delta", "message", "content", "tool_calls", "index", "id", "function"),
        *("name", "arguments", "finish_reason", "usage", "prompt_tokens", "refusal", "model"),
    ]
)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(_KEYS, _PLAIN, max_size=4), max_size=4))
def test_whatever_a_server_sends_in_pieces_is_read(chunks: list[dict[str, Any]]) -> None:
    heard: list[str] = []
    answer = joined(chunks, heard.append)
    assert "".join(heard) == answer.text
    assert all(isinstance(count, int) for count in answer.usage.values())


@settings(deadline=None)
@given(_PLAIN)
def test_whatever_a_server_sends_in_one_piece_is_read_or_refused(body: Any) -> None:
    try:
        assert isinstance(whole(body, _ignore), Answer)
    except ValueError as exc:
        assert str(exc) == "no choices"


def _piece(arguments: str, **more: Any) -> dict[str, Any]:
    call = {"function": {"name": more.pop("name", None), "arguments": arguments}, **more}
    return {"choices": [{"delta": {"tool_calls": [call]}}]}


@pytest.mark.parametrize("numbered", [True, False])
def test_calls_are_told_apart_by_number_or_by_id(numbered: bool) -> None:
    # Some servers leave the number out.
    at: list[dict[str, Any]] = [{"index": i // 2} if numbered else {} for i in range(4)]
    chunks = [
        _piece('{"a"', id="x", name="f", **at[0]),
        _piece(": 1}", **at[1]),
        _piece('{"b"', id="y", name="g", **at[2]),
        _piece(": 2}", **at[3]),
    ]
    assert joined(chunks, _ignore).calls == (Call("x", "f", '{"a": 1}'), Call("y", "g", '{"b": 2}'))


def test_an_answer_without_end() -> None:
    long = {"choices": [{"delta": {"content": "x" * 1000}}]}
    with pytest.raises(Endless):
        joined([long] * (LONGEST // 1000 + 1), _ignore)
    odd = {"choices": [{"delta": {"nothing": "x" * LONGEST}}]}
    with pytest.raises(Endless):
        joined([odd] * 51, _ignore)
