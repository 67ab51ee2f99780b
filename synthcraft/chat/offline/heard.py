"""What a sentence is read in, and what is read from it."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.offline.columns import Lexicon, Mention, mentions
from synthcraft.chat.offline.words import plain
from synthcraft.chat.slots import SLOTS
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile


@dataclass(frozen=True)
class Context:
    """What is known when a sentence is read; ``asked`` are the slots that wait for an answer."""

    draft: Draft
    data: Data | None
    known: Lexicon
    asked: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnProfile | None:
        """The profile of a column, or None."""
        columns = self.data.profile.columns if self.data else ()
        return next((column for column in columns if column.name == name), None)

    def was_said(self, *path: str) -> bool:
        """Whether a setting, or something below it, was said by the researcher."""
        return any(
            origin.how == "said"
            for place, origin in self.draft.origins.items()
            if place[: len(path)] == path
        )

    def after(self, heard: "Heard", turn: int) -> "Context":
        """What is known after a sentence: its changes made, the slots that it settles not open."""
        answered = heard.slots
        return replace(
            self,
            draft=self.draft.changed(heard.changes, turn=turn),
            asked=tuple(slot for slot in self.asked if slot not in answered),
        )


@dataclass(frozen=True)
class Sentence:
    """A sentence as it was written, in plain text, and the columns that it means."""

    original: str
    known: Lexicon

    @cached_property
    def text(self) -> str:
        """In plain text."""
        return plain(self.original)

    @cached_property
    def mentions(self) -> list[Mention]:
        """The columns that it means, in order."""
        return mentions(self.text, self.known)


@dataclass(frozen=True)
class Heard:
    """What was read from a sentence: settings, and what is to be answered to it.

    ``answers`` are slots that it settles without a setting, such as "no" to differential privacy.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    answers: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.changes or self.notes or self.answers)

    def __add__(self, other: "Heard") -> "Heard":
        notes = (*self.notes, *(note for note in other.notes if note not in self.notes))
        return Heard((*self.changes, *other.changes), notes, self.answers | other.answers)

    @property
    def slots(self) -> frozenset[str]:
        """The slots that it settles."""
        return self.answers | {slot for change in self.changes for slot in slots_of(change)}


NOTHING = Heard()


def slots_of(change: Change) -> set[str]:
    """The slots that a change decides.

    >>> slots_of(Change(("dataset", "target"), "died", "said"))
    {'outcome'}
    """
    dotted = ".".join(change.path)
    return {
        slot.name
        for slot in SLOTS
        for path in slot.paths
        if f"{dotted}.".startswith(f"{path}.") or f"{path}.".startswith(f"{dotted}.")
    }
