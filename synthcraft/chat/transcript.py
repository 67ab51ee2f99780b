"""What happened in a conversation, event by event, in a hash-chained file that stays local.

The file (``NAME.chat.jsonl``) is kept like a run's journal: each event is on disk before the next
step is taken, so that a conversation goes on where it was, however it ended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import TypeAdapter
from pydantic import ValidationError as ModelError

from synthcraft.chat.draft import Change
from synthcraft.chat.talk import Data
from synthcraft.errors import Problem, RunError
from synthcraft.journal import Chain, Entry, read

ENDING = ".chat.jsonl"
UNNAMED = "conversation-"
"""How the name of a transcript begins while its spec has none."""


@dataclass(frozen=True)
class Started:
    """A conversation begins, from nothing or with the settings of a spec file."""

    version: str
    source: str = ""
    settings: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Said:
    """The researcher's message: as typed, and as interviewers hear it (files are not named)."""

    text: str
    heard: str


@dataclass(frozen=True)
class Found:
    """A table was loaded and profiled on this computer."""

    data: Data


@dataclass(frozen=True)
class Agreed:
    """The researcher agreed that exactly this text about the table may be sent to this address."""

    sha256: str
    text: str
    to: str = ""


@dataclass(frozen=True)
class Declined:
    """The researcher did not agree; nothing of the table is sent there."""

    sha256: str
    to: str = ""


@dataclass(frozen=True)
class Sent:
    """A request went to a server: hash and size of its body; ``model`` as it was asked for."""

    sha256: str
    bytes: int
    url: str
    model: str = ""


@dataclass(frozen=True)
class Answered:
    """The answer to the last message, what it changed and what was refused of it."""

    text: str
    changes: tuple[Change, ...] = ()
    refused: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    asks: tuple[str, ...] = ()
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """The researcher was asked whether this target and task (and time) are right."""

    outcome: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """No answer could be had; the message waits to be sent again."""

    reason: str


@dataclass(frozen=True)
class Confirmed:
    """The researcher said yes to this target and task (and time), or named them in so many words.

    ``how`` is ``said``, or ``proposed`` where a script agreed to everything beforehand.
    """

    outcome: Mapping[str, Any]
    how: Literal["said", "proposed"] = "said"


@dataclass(frozen=True)
class Undone:
    """What the last message had changed was taken back."""


@dataclass(frozen=True)
class Completed:
    """Settings that nobody had spoken of were filled in, for the spec to be complete."""

    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Saved:
    """The spec was written; ``sha256`` is that of the file."""

    file: str
    sha256: str


Event = (
    Started
    | Said
    | Found
    | Agreed
    | Declined
    | Sent
    | Answered
    | Asked
    | Failed
    | Confirmed
    | Undone
    | Completed
    | Saved
)
KINDS: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in Event.__args__}


def free(spec: Path) -> Path:
    """Where the transcript of a new conversation about a spec file goes; an old one is kept.

    >>> free(Path("nowhere/mi.yaml")).name
    'mi.chat.jsonl'
    """
    path, number = spec.with_name(f"{spec.stem}{ENDING}"), 2
    while path.exists():
        path, number = spec.with_name(f"{spec.stem}-{number}{ENDING}"), number + 1
    return path


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def written(event: Event) -> tuple[str, dict[str, Any]]:
    """An event as the kind and the payload of a line.

    >>> written(Said("use a.csv", "use DATA"))
    ('said', {'text': 'use a.csv', 'heard': 'use DATA'})
    """
    kind = type(event).__name__.lower()
    return kind, _adapter(kind).dump_python(event, mode="json")


def event_of(entry: Entry) -> Event:
    """The event that a line tells.

    Raises
    ------
    ValueError
        When the line is none of a conversation.

    >>> event_of(Entry(0, "undone", {}))
    Undone()
    """
    if entry.kind not in KINDS:
        raise ValueError(f"unknown kind {entry.kind!r}")
    event: Event = _adapter(entry.kind).validate_python(entry.payload)
    return event


def events_of(path: Path) -> tuple[Event, ...]:
    """All events of a transcript; a torn last line is left out.

    Raises
    ------
    RunError
        When the file is absent or empty, was edited, or is no transcript of this version.
    """
    if not path.is_file():
        hint = f"Transcripts end in {ENDING} and lie beside the spec."
        raise RunError([Problem(str(path), "there is no transcript here", hint)])
    events = _events(read(path), path)
    if not events:
        hint = f"Transcripts end in {ENDING} and lie beside the spec."
        raise RunError([Problem(str(path), "holds no conversation", hint)])
    return events


def _events(entries: Iterable[Entry], path: Path) -> tuple[Event, ...]:
    events: list[Event] = []
    for entry in entries:
        try:
            events.append(event_of(entry))
        except (ValueError, ModelError):
            # Not the cause's own words: they would quote what was said.
            told = "this is no event of a conversation"
            hint = "Was it written by another version of SynthCraft?"
            raise RunError([Problem(f"{path}:{entry.seq + 1}", told, hint)]) from None
    if events and not isinstance(events[0], Started):
        raise RunError([Problem(str(path), "does not start with the start of a conversation")])
    return tuple(events)


class Transcript:
    """A transcript opened for appending, locked against other processes; a context manager.

    Raises
    ------
    RunError
        When another process has the conversation open, the file was edited, or the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self._lock = path.with_name(f".{path.name}.lock")
        self._chain = Chain(path, lock=self._lock)

    def __enter__(self) -> Self:
        self._chain.__enter__()
        try:
            self.events = _events(self._chain.entries, self.path)
        except BaseException:
            self._chain.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not any(isinstance(event, Said) for event in self.events):
            self.path.unlink(missing_ok=True)  # nothing was said
        self._lock.unlink(missing_ok=True)  # specs lie beside it, for people to see
        self._chain.__exit__()

    @property
    def path(self) -> Path:
        """Where the transcript is."""
        return self._chain.path

    @property
    def head(self) -> str:
        """sha256 of the last line, which stands for all lines before it."""
        return self._chain.head

    def move(self, path: Path) -> None:
        """Give the open transcript another place; where the system refuses, it keeps its own."""
        self._chain.move(path)

    def append(self, event: Event) -> None:
        """Write one event and wait until it is on disk."""
        kind, payload = written(event)
        self._chain.append(kind, payload)
        self.events = (*self.events, event)
