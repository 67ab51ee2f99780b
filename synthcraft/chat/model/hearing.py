"""What a model's answer says: words for the researcher, and proposals, wherever they stand."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from synthcraft.chat.model.answer import Answer, Call
from synthcraft.chat.model.proposal import TOOL

T = TypeVar("T")
_ENDS = {"<think>": "</think>", "```json": "```", "```": "```", "<tool_call>": "</tool_call>"}
_BEGIN = re.compile("|".join(_ENDS))
_PROPOSES = re.compile(r'"(?:changes|arguments|parameters)"')


@dataclass(frozen=True)
class _Part:
    """A piece of an answer: plain words, or what stands between two marks (``closed``: both)."""

    text: str
    mark: str = ""
    closed: bool = True

    @property
    def is_proposal(self) -> bool:
        if self.mark == "<tool_call>" or (self.mark == "```json" and not self.closed):
            return True
        block = self.mark.startswith("```") and self.text.lstrip().startswith("{")
        return block and bool(_PROPOSES.search(self.text))

    @property
    def words(self) -> str:
        if self.mark == "<think>":
            return " "
        return self.mark + self.text + (_ENDS[self.mark] if self.mark and self.closed else "")


def _parts(text: str) -> Iterator[_Part]:
    """The pieces of an answer, in one pass: a model in a loop may write marks without end."""
    at = 0
    while begin := _BEGIN.search(text, at):
        yield _Part(text[at : begin.start()])
        end = text.find(_ENDS[begin[0]], begin.end())
        if end < 0:
            yield _Part(text[begin.end() :], begin[0], closed=False)
            return
        yield _Part(text[begin.end() : end], begin[0])
        at = end + len(_ENDS[begin[0]])
    yield _Part(text[at:])


def understood(answer: Answer) -> tuple[str, tuple[Call, ...]]:
    """The words of an answer for the researcher, and its proposals.

    Models without tools write a proposal as one JSON object, in a fenced block, or between tags;
    what they think aloud is nobody's.

    >>> words, calls = understood(Answer('Noted.\\n```json\\n{"changes": {"seed": 1}}\\n```'))
    >>> words, calls[0].arguments
    ('Noted.', '{"changes": {"seed": 1}}')
    """
    parts = list(_parts(answer.text))
    words = "".join(part.words for part in parts if not part.is_proposal).strip()
    if words.startswith("{") and not answer.calls:
        return _of_object(words)
    calls = tuple(_call(part.text.strip()) for part in parts if part.is_proposal)
    return _spaced(words), answer.calls or calls


def visible(text: str) -> str:
    """What can be shown of an answer that is still being written: whole words, and no proposal.

    >>> visible("<think>hm</think>Which colu"), visible('Noted. ```json\\n{"cha')
    ('Which', 'Noted.')
    """
    shown = ""
    for part in _parts(text):
        if part.mark and not (part.mark == "<think>" and part.closed):
            break
        shown += part.words
    else:
        shown = shown[: len(shown) - len(re.split(r"\s", shown)[-1])]
    shown = shown.strip()
    return "" if shown.startswith("{") else _spaced(shown)


class Names(Protocol):
    """Masks of column names (chat/outgoing/sharing)."""

    def hide(self, value: T) -> T:
        """The text, or plain data with texts in it, as it may leave."""
        ...

    def show(self, value: T) -> T:
        """The same with the real names."""
        ...


class Ear:
    """Passes an answer's words on while they come; ``quiet`` where they come inside of JSON."""

    def __init__(self, hear: Callable[[str], None], names: Names, *, begun: bool) -> None:
        self._hear, self._names, self._begun = hear, names, begun
        self._text = self._told = ""
        self.quiet = False

    def __call__(self, part: str) -> None:
        """The next piece of the answer."""
        self._text += part
        if not self.quiet:
            self._tell(visible(self._text))

    def close(self, words: str) -> None:
        """Tell what is left, now that the whole answer is there."""
        self._tell(words)

    def _tell(self, words: str) -> None:
        if not words.startswith(self._told) or words == self._told:
            return
        apart = "\n\n" if self._begun and not self._told else ""
        self._hear(apart + self._names.show(words[len(self._told) :]))
        self._told = words


def _of_object(text: str) -> tuple[str, tuple[Call, ...]]:
    """An answer that is one JSON object: words under ``text``, and the proposal."""
    call = _call(text)
    plain = _plain(call.arguments)
    if not isinstance(plain, dict):
        return "", (call,)
    words = plain.get("text")
    proposes = any(plain.get(part) for part in ("changes", "asks")) or "text" not in plain
    return words.strip() if isinstance(words, str) else "", (call,) if proposes else ()


def _call(text: str) -> Call:
    """A proposal in a text; some models write it as a call of the tool, with its name."""
    plain = _plain(text)
    if isinstance(plain, dict) and isinstance(plain.get("name"), str):
        arguments = plain.get("arguments", plain.get("parameters"))
        if isinstance(arguments, dict):
            return Call("", plain["name"], json.dumps(arguments, ensure_ascii=False))
    return Call("", TOOL, text)


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _spaced(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text)
