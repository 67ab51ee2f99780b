"""What an interviewer hears and answers: the contract of the model and of the offline rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from synthcraft.chat.draft import Change, Draft
from synthcraft.data.profile import Profile


@dataclass(frozen=True)
class Data:
    """The table that the conversation is about: where it is, and its profile.

    ``plugin`` and ``params`` are the researcher's (a file, or a named source); no interviewer may
    change them. ``profile`` is all that is known of the rows outside of local checks.
    """

    plugin: str
    params: Mapping[str, Any]
    profile: Profile


@dataclass(frozen=True)
class Exchange:
    """One message of the researcher and the answer to it.

    ``data`` is the table that it was about: what was said of one table must not reach those who
    may only hear of another.
    """

    said: str
    answer: str
    data: Data | None = None


@dataclass(frozen=True)
class Talk:
    """The state of a conversation, as an interviewer sees it."""

    draft: Draft = field(default_factory=Draft)
    data: Data | None = None
    exchanges: tuple[Exchange, ...] = ()
    confirmed: frozenset[str] = frozenset()
    """Dotted settings that the researcher has confirmed when asked: dataset.target and task."""

    @property
    def turn(self) -> int:
        """The number of the message that is answered next; the first is 1."""
        return len(self.exchanges) + 1


@dataclass(frozen=True)
class Reply:
    """An interviewer's answer: words for the researcher, and changes to the draft."""

    text: str
    changes: tuple[Change, ...] = ()
    asks: tuple[str, ...] = ()
    """Names of the slots (chat/slots) that the text asks about."""
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    """Tokens and requests: ``input``, ``output``, ``requests``, ``repairs``."""


class Interviewer(Protocol):
    """Whoever leads the conversation. It proposes; schema, checks and researcher decide."""

    def reply(self, talk: Talk, said: str) -> Reply:
        """The answer to what the researcher said.

        Raises
        ------
        ChatError
            When no answer can be had (chat/errors); the conversation is kept.
        """
        ...
