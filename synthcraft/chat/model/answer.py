"""A model's answer, put together from what a server sends: in pieces, in one, or in odd forms."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from synthcraft.printable import printable

LONGEST = 60_000
"""Characters of one answer; what is longer is no answer to a question."""


class Endless(Exception):
    """Raised when an answer does not come to an end."""


@dataclass(frozen=True)
class Call:
    """A tool call; ``arguments`` is whatever text the model wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Answer:
    """One answer of a model; ``usage`` has ``input`` and ``output`` tokens where they were told."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: str = ""
    refusal: str = ""
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)


def joined(chunks: Iterable[Mapping[str, Any]], hear: Callable[[str], None]) -> Answer:
    """The answer that the chunks of a stream make up; ``hear`` gets its text as it comes.

    Raises
    ------
    Endless
        When it is longer than any answer.

    >>> chunk = {"choices": [{"delta": {"content": "Which one?"}, "finish_reason": "stop"}]}
    >>> joined([chunk], print).finish
    Which one?
    'stop'
    """
    text, refusal, finish, model, size = "", "", "", "", 0
    calls: dict[int, Call] = {}
    usage: Mapping[str, int] = {}
    for chunk in chunks:
        model = model_name(chunk.get("model")) or model
        usage = _usage(chunk.get("usage")) or usage
        for choice in _maps(chunk.get("choices"))[:1]:
            delta = _map(choice.get("delta"))
            part = printable(_text(delta.get("content")))
            hear(part)
            text += part
            refusal += printable(_text(delta.get("refusal")))
            finish = _text(choice.get("finish_reason")) or finish
            for call in _maps(delta.get("tool_calls")):
                _extend(calls, call)
        size += len(str(chunk.get("choices")))
        if size > 50 * LONGEST or len(text) > LONGEST:
            raise Endless
    return Answer(text, tuple(calls.values()), finish, refusal, model, usage)


def _extend(calls: dict[int, Call], delta: Mapping[str, Any]) -> None:
    """Joins a piece of a tool call to the call that it belongs to."""
    function = _map(delta.get("function"))
    index = delta.get("index")
    at = index if isinstance(index, int) else _next(calls, delta)
    before = calls.get(at, Call("", "", ""))
    calls[at] = Call(
        before.id or _text(delta.get("id")),
        before.name or _text(function.get("name")),
        before.arguments + _text(function.get("arguments")),
    )


def _next(calls: Mapping[int, Call], delta: Mapping[str, Any]) -> int:
    """Where a piece without a number goes: an id begins a new call."""
    return len(calls) if _text(delta.get("id")) or not calls else len(calls) - 1


def whole(body: Any, hear: Callable[[str], None]) -> Answer:
    """The answer in one piece, of a server that does not stream.

    Raises
    ------
    ValueError
        When it is no completion.
    """
    choices = _maps(_map(body).get("choices"))
    if not choices:
        raise ValueError("no choices")
    message = _map(choices[0].get("message"))
    text = printable(_text(message.get("content")))[:LONGEST]
    hear(text)
    calls = [_map(call) for call in _maps(message.get("tool_calls"))]
    return Answer(
        text,
        tuple(
            Call(_text(c.get("id")), _text(f.get("name")), _text(f.get("arguments")))
            for c in calls
            for f in [_map(c.get("function"))]
        ),
        _text(choices[0].get("finish_reason")),
        printable(_text(message.get("refusal"))),
        model_name(body.get("model")),
        _usage(body.get("usage")),
    )


def _usage(told: Any) -> dict[str, int]:
    names = {"input": "prompt_tokens", "output": "completion_tokens"}
    counts = {name: _map(told).get(theirs) for name, theirs in names.items()}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def model_name(value: Any) -> str:
    """A model's name as a server tells it, which is shown and written down."""
    return " ".join(printable(_text(value)).split())[:100]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
