"""What a model's answer says: words for the researcher, and proposals, wherever they stand."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from synthcraft.chat.client import Answer, Call
from synthcraft.chat.proposal import TOOL

_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_UNENDED = re.compile(r"<think>.*\Z", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*(\{.*?\})\s*```", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)
_TORN = re.compile(r"(?:```json|<tool_call>)((?:(?!```).)*)\Z", re.DOTALL)
_PROPOSES = re.compile(r'"(?:changes|arguments|parameters)"')
_HELD_BACK = re.compile(r"```|<(?:think|tool_call)>|\A\{")


def understood(answer: Answer) -> tuple[str, tuple[Call, ...]]:
    """The words of an answer for the researcher, and its proposals.

    Models without tools write a proposal as one JSON object, in a fenced block, or between tags;
    what they think aloud is nobody's.

    >>> words, calls = understood(Answer('Noted.\\n```json\\n{"changes": {"seed": 1}}\\n```'))
    >>> words, calls[0].arguments
    ('Noted.', '{"changes": {"seed": 1}}')
    """
    text = _UNENDED.sub("", _THOUGHT.sub(" ", answer.text)).strip()
    if answer.calls:
        return _words(text), answer.calls
    if text.startswith("{"):
        return _of_object(text)
    blocks = [match[1] for kind in (_TAGGED, _FENCED) for match in kind.finditer(text)]
    calls = tuple(_call(block) for block in blocks if _PROPOSES.search(block))
    if not calls and (torn := _TORN.search(text)):
        return _spaced(text[: torn.start()].strip()), (_call(torn[1].strip("`\n ")),)
    return _words(text), calls


def visible(text: str) -> str:
    """What can be shown of an answer that is still being written: whole words, and no proposal.

    >>> visible("<think>hm</think>Which colu"), visible('Noted. ```json\\n{"cha')
    ('Which', 'Noted.')
    """
    text = _THOUGHT.sub(" ", text).lstrip()
    if held := _HELD_BACK.search(text):
        text = text[: held.start()]
    else:
        text = text[: len(text) - len(re.split(r"\s", text)[-1])]
    return _spaced(text.rstrip())


class Names(Protocol):
    """Masks of column names (chat/sharing)."""

    def hide(self, text: str) -> str:
        """The text as it may leave."""
        ...

    def show(self, text: str) -> str:
        """The text with the real names."""
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


def _words(text: str) -> str:
    """The text without proposals; other blocks are for the researcher."""
    for kind in (_TAGGED, _FENCED):
        text = kind.sub(lambda match: "" if _PROPOSES.search(match[1]) else match[0], text)
    return _spaced(text.strip())


def _spaced(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text)
