"""The local firewall: no message leaves that holds something of the table's rows."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthcraft.chat.errors import Blocked
from synthcraft.chat.outgoing.cells import Cells, Marks, cells_of, hits, near
from synthcraft.chat.outgoing.ordinary import ORDINARY, STUDY
from synthcraft.chat.outgoing.reading import amounts, codes, dates, leaves, words
from synthcraft.chat.outgoing.rows import Rows, rows_of
from synthcraft.data.profile import FEWEST, Profile
from synthcraft.errors import Problem

Kind = Literal["text", "number", "date", "code", "row", "name"]
FEWEST_DIGITS = 4  # significant; numbers with fewer are ordinary talk
_ROUNDED_DIGITS = 6  # from here on a number also stands for those that round to it
_END = "endofline"  # between allowed lines, so that no words become neighbours there
_YEARS = range(1900, 2101)
_HINT = (
    "Nothing was sent. Say it without values of single persons: name the column, or a range that "
    "many share. If it was not you who said it, the model guessed it: try again."
)


@dataclass(frozen=True)
class Found:
    """One thing in a message that must not leave: what it is, and whose column it is in."""

    kind: Kind
    columns: tuple[str, ...]
    identifies: bool = False


@dataclass(frozen=True)
class Allowed:
    """What may be said although a rare cell says it too: words of our own, and what was agreed."""

    lines: frozenset[str] = frozenset()
    grams: tuple[int, ...] = ()
    numbers: frozenset[float] = frozenset()
    days: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    words: str = " "


@dataclass(frozen=True)
class Guard:
    """Compares what would be sent with a table's cells.

    ``unsaid`` are names that must not leave (masked columns, the file). Made by ``guard_of``.
    """

    cells: Cells
    rows: Rows
    k: int = FEWEST
    allowed: Allowed = Allowed()
    unsaid: tuple[str, ...] = ()

    def check(self, text: str) -> None:
        """Nothing, when the text may leave.

        Raises
        ------
        Blocked
            With a problem for each kind of thing found and its column; never with a value.
        """
        if found := tuple(self.found(text)):
            told = [Problem("message", _words_of(one, self.k)) for one in found]
            raise Blocked([*told[:-1], replace(told[-1], hint=_HINT)])

    def found(self, text: str) -> Iterator[Found]:
        """What the text holds of the table.

        A text cell, date or code that fewer than k people share; a number of theirs with four
        significant digits or more; four neighbouring words of a longer text; identifiers, always;
        four cells or more of one row. JSON is opened, and every spelling of a number is tried.
        """
        told = "\n".join(line for line in _lines(text) if line not in self.allowed.lines)
        if not told:
            return
        yield from self._marked(told, self.cells.identifying, Allowed(), identifies=True)
        yield from self._marked(told, self.cells.rare, self.allowed, identifies=False)
        if columns := self.rows.part(told):
            yield Found("row", tuple(self.cells.names[at] for at in columns))
        said = f" {' '.join(words(told))} "
        for name in self.unsaid:
            spoken = f" {' '.join(words(name))} "
            if spoken.strip() and spoken in said and spoken not in self.allowed.words:
                yield Found("name", ())

    def allowing(self, texts: Iterable[str]) -> "Guard":
        """A guard that lets pass what these texts say, in whatever order and company.

        Identifiers and parts of rows are found all the same, unless a whole line is one of theirs.
        """
        lines = frozenset(line for text in texts for line in _lines(text))
        told = f" {_END} ".join(sorted(lines))
        spoken = words(told)
        more = Allowed(
            lines=lines | self.allowed.lines,
            grams=(*self.allowed.grams, *np.unique(self.cells.grams(spoken)).tolist()),
            numbers=frozenset(amounts(told)) | self.allowed.numbers,
            days=frozenset(dates(told)) | self.allowed.days,
            codes=frozenset(codes(told)) | self.allowed.codes,
            words=f"{self.allowed.words}{' '.join(spoken)} ",
        )
        return replace(self, allowed=more)

    def without(self, names: Iterable[str]) -> "Guard":
        """A guard that also blocks these names, where no allowed text says them."""
        return replace(self, unsaid=(*self.unsaid, *names))

    def _marked(
        self, text: str, marks: Marks, allowed: Allowed, *, identifies: bool
    ) -> Iterator[Found]:
        """Each kind of mark in a text, with the columns it is of."""
        keys = self.cells.grams(words(text))
        keys = keys[~np.isin(keys, np.array(allowed.grams, dtype=np.uint64))]
        found: dict[Kind, Iterable[int]] = {
            "text": hits(marks.grams, keys),
            "number": _numbers(text, marks, allowed.numbers),
            "date": (marks.days[day] for day in dates(text) - allowed.days if day in marks.days),
        }
        if marks.codes:
            told = set(codes(text)) & marks.codes.keys()
            found["code"] = (marks.codes[code] for code in told - allowed.codes)
        for kind, columns in found.items():
            if named := tuple(self.cells.names[at] for at in sorted(set(columns))):
                yield Found(kind, named, identifies)


def guard_of(
    frame: pd.DataFrame,
    *,
    allowed: Iterable[str] = (),
    unsaid: Iterable[str] = (),
    identifiers: Collection[str] = (),
    person: str | None = None,
    k: int = FEWEST,
) -> Guard:
    """The guard of a raw table, all its rows and columns, those of a holdout file included.

    Parameters
    ----------
    frame
        rows as they were read.
    allowed
        texts of our own (prompt, schema, catalogue) and what the researcher has agreed to share;
        ordinary words are, always.
    unsaid
        names that must not leave.
    identifiers
        columns whose every value is blocked, whoever says it.
    person
        the column that tells persons apart, where one has several rows.
    k
        people who must share a value for it to be no secret.

    >>> frame = pd.DataFrame({"town": ["Oxford"] * 10 + ["Zennor"], "age": [*range(11)]})
    >>> guard = guard_of(frame)
    >>> guard.check("people of Oxford, n = 5000")
    >>> guard.check("those of ZENNOR?")
    Traceback (most recent call last):
    ...
    synthcraft.chat.errors.Blocked: message: holds a text of 'town' that fewer than 10 people \
share. Nothing was sent. Say it without values of single persons: name the column, or a range that \
many share. If it was not you who said it, the model guessed it: try again.
    """
    people = None if person is None else pd.factorize(frame[person].astype(str))[0]
    if people is not None and people.max(initial=-1) + 1 == len(frame):
        people = None  # a row each
    named = {*identifiers} | ({person} if person is not None else set())
    guard = Guard(
        cells=cells_of(frame, k=k, people=people, identifiers=named),
        rows=rows_of(frame, k=k, people=people),
        k=k,
        unsaid=tuple(unsaid),
    )
    return guard.allowing((*ORDINARY, *allowed))


def guard_for(
    frame: pd.DataFrame,
    profile: Profile,
    *,
    allowed: Iterable[str] = (),
    unsaid: Iterable[str] = (),
) -> Guard:
    """The guard of a table as its profile sees it: which columns identify, and who is a person.

    >>> from synthcraft.data.profile import profile_source
    >>> from synthcraft.data.source import Source
    >>> frame = pd.DataFrame({"patient_id": range(70_001, 70_101), "sex": ["f", "m"] * 50})
    >>> guard = guard_for(frame, profile_source(Source(frame)))
    >>> [found.kind for found in guard.found("what about 70,014?")]
    ['number', 'code']
    """
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    telling = [one.name for one in profile.columns if one.kind == "identifier"]
    persons = [one.name for one in profile.columns if one.name in telling and "id" in one.roles]
    # Where several could tell persons apart, the one with the fewest values is the safe choice.
    person = min(persons, key=lambda name: frame[name].nunique(), default=None)
    return guard_of(
        frame, allowed=allowed, unsaid=unsaid, identifiers=telling, person=person, k=profile.k
    )


def place_names(paths: Iterable[str]) -> tuple[str, ...]:
    """What of files' places must not be told: files with their ending, and folders that are named
    so that they could be somebody's; words such as ``data`` only together with a neighbour.

    Words that any talk of a study uses tell nothing, even together: nobody could speak of "our
    stroke registry" otherwise, where the file is called so.

    >>> place_names(["/home/anna/ward_7/patients.csv"])
    ('patients.csv', 'ward_7', 'home anna', 'anna ward 7', 'ward 7 patients')
    >>> place_names(["stroke_registry.csv"])
    ('stroke_registry.csv',)
    """
    out: list[str] = []
    for path in paths:
        parts = [part for part in re.split(r"[/\\]+", path) if words(part)]
        named = [Path(parts[-1]).stem, *reversed(parts[:-1])] if parts else []
        out += parts[-1:] + [part for part in named if len(words(part)) > 1 or _has_digit(part)]
        chain = [" ".join(words(part)) for part in reversed(named)]
        out += [f"{first} {second}" for first, second in pairwise(chain)]
    ending = tuple(part for part in out if Path(part).suffix)
    return tuple(one for one in dict.fromkeys(out) if one in ending or not _is_talk(one))


def _is_talk(name: str) -> bool:
    """Whether each word of a name is one of any talk of a study."""
    return {*words(name)} <= {*ORDINARY, *STUDY}


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _lines(text: str) -> Iterator[str]:
    """Its lines, without marks of lists and quotations before them."""
    for leaf in leaves(text):
        yield from (line.strip(" \t|>-*") for line in leaf.splitlines())


def _numbers(text: str, marks: Marks, allowed: Collection[float]) -> Iterator[int]:
    """Columns of the specific numbers in a text."""
    for amount, digits in amounts(text).items():
        ordinary = digits < FEWEST_DIGITS or amount in _YEARS or not np.isfinite(amount)
        if ordinary or amount in allowed:
            continue
        half = 0.5 * 10.0 ** (np.floor(np.log10(amount)) - digits + 1)
        column = near(marks.numbers, amount, within=half if digits >= _ROUNDED_DIGITS else 0.0)
        if column is not None:
            yield column


def _words_of(found: Found, k: int) -> str:
    shown = ", ".join(repr(name) for name in found.columns[:4])
    what: dict[Any, str] = {
        "text": f"holds a text of {shown}",
        "number": f"holds a number of {shown}",
        "date": f"holds a date of {shown}",
        "code": f"holds a code of {shown}",
        "row": f"holds part of a row ({shown} …)",
        "name": "holds a name that stays on this computer (a masked column, a file or a folder)",
    }
    if found.kind in ("row", "name"):
        return what[found.kind]
    why = "which tells persons apart" if found.identifies else f"that fewer than {k} people share"
    return f"{what[found.kind]} {why}"
