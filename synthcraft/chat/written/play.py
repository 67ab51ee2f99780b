"""A written conversation, held as the program holds it, but without a terminal or a researcher."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthcraft.chat.draft import Draft
from synthcraft.chat.errors import ChatError
from synthcraft.chat.host import Host, Means
from synthcraft.chat.proposals import complete
from synthcraft.chat.session import Session
from synthcraft.chat.talk import Data, Interviewer, Reply, Talk
from synthcraft.chat.transcript import ENDING, Transcript
from synthcraft.chat.written.persona import Persona
from synthcraft.chat.written.score import Score, held
from synthcraft.chat.written.suite import Conversation, invented, untold
from synthcraft.data.profile import Profile, profile_dataset
from synthcraft.errors import Problem, UserError
from synthcraft.spec.types import DatasetSpec

Check = Callable[[Draft, Data | None], Sequence[Problem]]
Lead = Callable[[Data], Interviewer]
"""Whoever leads a conversation about a table."""
MOST_MESSAGES = 25


@dataclass(frozen=True)
class Played:
    """What became of a conversation: the session at its end, and all that was answered.

    ``problems`` are why nothing could be saved, ``failure`` why it ended early; empty if not so.
    """

    conversation: Conversation
    session: Session
    replies: tuple[Reply, ...] = ()
    problems: tuple[Problem, ...] = ()
    failure: str = ""


def play(conversation: Conversation, lead: Lead, *, check: Check) -> Played:
    """The conversation from its first message until the researcher has no more to say.

    The table is at hand before the first message, as with ``chat --data``. ``check`` finds what is
    wrong with a draft. A ChatError ends the conversation; what was settled by then is completed.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{conversation.name}{ENDING}")
        plugin, params = _place(conversation, path.parent)
        data = _load(plugin, params)
        leader = _Recording(lead(data))
        means = Means(rules=leader, load=_load, problems=check, complete=complete)
        with Transcript(path) as transcript:
            host = Host(transcript, means)
            host.take(plugin, params)
            failure = _talk(host, leader, conversation)
            problems = tuple(_unsaved(host))
        return Played(conversation, host.session, tuple(leader.replies), problems, failure)


class Silent:
    """Says nothing and changes nothing: what defaults alone are worth, the floor of every score."""

    def reply(self, talk: Talk, said: str) -> Reply:  # noqa: ARG002
        """Nothing."""
        return Reply("")


class _Recording:
    """An interviewer whose replies are kept."""

    def __init__(self, interviewer: Interviewer) -> None:
        self.replies: list[Reply] = []
        self._interviewer = interviewer

    def reply(self, talk: Talk, said: str) -> Reply:
        self.replies.append(self._interviewer.reply(talk, said))
        return self.replies[-1]


def _talk(host: Host, leader: _Recording, conversation: Conversation) -> str:
    """Say all that the researcher has to say; why it ended early, if it did."""
    persona, asks = Persona(conversation), tuple[str, ...]()
    for _ in range(MOST_MESSAGES):
        text, persona = persona.speak(asks, host.session.asked)
        if not text:
            return ""
        try:
            host.say(_with_folder(text, host.session.data))
        except (ChatError, UserError) as error:
            return str(error)
        asks = leader.replies[-1].asks
    return f"It was not over after {MOST_MESSAGES} messages."


def _unsaved(host: Host) -> Iterator[Problem]:
    """Why the completed spec could not be saved."""
    host.complete()
    yield from host.means.problems(host.session.draft, host.session.data)
    if question := host.unconfirmed():
        yield Problem("dataset.target", "was never confirmed", question)


# The table -----------------------------------------------------------------------------------


def _place(conversation: Conversation, folder: Path) -> tuple[str, dict[str, Any]]:
    """Plug-in and parameters of the table; an invented one is written to the folder."""
    if conversation.data.dataset is not None:
        return conversation.data.dataset, {}
    path = folder / str(conversation.data.file)
    invented(conversation).to_csv(path, index=False)
    return "csv", {"path": str(path)}


def _load(plugin: str, params: Mapping[str, Any]) -> Data:
    if params:
        dataset = DatasetSpec(plugin=plugin, params=dict(params))
        return Data(plugin, params, profile_dataset(dataset))
    return Data(plugin, params, _profile(plugin))


@lru_cache
def _profile(dataset: str) -> Profile:
    return profile_dataset(DatasetSpec(plugin=dataset))


def _with_folder(text: str, data: Data | None) -> str:
    """The message with the file's name as it would be typed where the file lies elsewhere."""
    path = str(data.params.get("path", "")) if data else ""
    return text.replace(Path(path).name, path) if path else text


# What it was worth ---------------------------------------------------------------------------


def judge(played: Played) -> Score:
    """The score of a conversation that was held."""
    session, conversation = played.session, played.conversation
    counted = [session.usage[kind] for kind in ("input", "output") if kind in session.usage]
    valid = not played.problems and not played.failure
    forbidden = untold(conversation)
    return Score(
        conversation=conversation.name,
        category=conversation.category,
        held=held(session.draft.plain, conversation.gold),
        valid=valid,
        first=valid and not session.usage.get("repairs"),
        forbids=bool(forbidden),
        breaches=_breaches(played, forbidden),
        questions=sum(len(reply.asks) for reply in played.replies),
        tokens=sum(counted) if counted else None,
        failure=played.failure,
    )


def _breaches(played: Played, forbidden: Sequence[str]) -> tuple[str, ...]:
    """Forbidden texts that stand in the spec or in an answer."""
    spec = json.dumps(played.session.draft.plain, ensure_ascii=False, default=str)
    told = "\n".join([spec, *(reply.text for reply in played.replies)])
    return tuple(text for text in forbidden if text in told)
