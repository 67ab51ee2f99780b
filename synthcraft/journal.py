"""Append-only, hash-chained files of JSON lines: the journal of a run, and what is kept like it.

Each line is ``{"v", "seq", "prev", "kind", ...payload}``; ``prev`` is the sha256 of the line
before.
Kinds of a run's journal, in the order in which they can appear:

- ``header``: spec id, data fingerprint, plan, descriptions of the table and the generators, what
  is asked of augmentation, provenance (once, first)
- ``resume``: provenance of a later process that continued the run
- ``splits``: row counts of each split; with augmentation, of each group in it
- ``round``: a selector's decision, with the trials it asked for, before their work starts
- ``start``: a trial is about to fit, with what it will spend (only for arms that spend)
- ``record``: what came of a trial
- ``selecting``: the arm to release is about to be selected privately, with what that spends
- ``selected``: the arm that was selected, or the reason why there is none
- ``audit``: what a membership game showed of a private arm (only where the spec asks for it)
- ``end``: the plan is complete
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from synthcraft.errors import Problem, RunError

VERSION = 1
FILE = "journal.jsonl"
_GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One line of a journal."""

    seq: int
    kind: str
    payload: dict[str, Any]


def read(path: Path) -> tuple[Entry, ...]:
    """All complete entries; a torn last line is left out.

    Raises
    ------
    RunError
        When the file is absent or cannot be read, a line is not JSON, or the hash chain is broken:
        the file was edited or lines are missing; or when a later version wrote it in another
        format.
    """
    try:
        raw = path.read_bytes() if path.is_file() else None
    except OSError as exc:
        raise RunError([unreadable(path, exc)]) from exc
    if raw is None:
        raise RunError([Problem(str(path), "there is no journal here", "Is this a run directory?")])
    return tuple(_parse(_complete_lines(raw), path))


def unreadable(path: Path, why: OSError) -> Problem:
    """That the system does not let a file be read.

    >>> print(unreadable(Path("journal.jsonl"), PermissionError(13, "Permission denied")))
    journal.jsonl: cannot be read (Permission denied). Ask its owner for permission.
    """
    what = f"cannot be read ({why.strerror or type(why).__name__})"
    return Problem(str(path), what, "Ask its owner for permission.")


def through(path: Path, seq: int) -> bytes:
    """The file as it stood when the entry of that number had been written; b"" for -1.

    What another process appends meanwhile, and a torn last line, are left out.
    """
    return b"".join(line + b"\n" for line in _complete_lines(path.read_bytes())[: seq + 1])


def head_of(raw: bytes) -> str:
    """sha256 of the last complete line of a journal's bytes, which stands for all before it."""
    lines = _complete_lines(raw)
    return hashlib.sha256(lines[-1]).hexdigest() if lines else _GENESIS


def _complete_lines(raw: bytes) -> list[bytes]:
    return raw[: raw.rfind(b"\n") + 1].splitlines()


def _parse(lines: list[bytes], path: Path) -> Iterator[Entry]:
    previous = _GENESIS
    for number, line in enumerate(lines):
        try:
            plain = json.loads(line)
            found = (plain.pop("v"), plain.pop("seq"), plain.pop("prev"))
            kind = plain.pop("kind")
        except (ValueError, KeyError, AttributeError, TypeError) as exc:
            raise RunError([_broken(path, number, "not an entry")]) from exc
        if isinstance(found[0], int) and found[0] > VERSION:
            raise RunError([_later(path, found[0])])
        if found != (VERSION, number, previous):
            raise RunError([_broken(path, number, "it does not continue the line before")])
        previous = hashlib.sha256(line).hexdigest()
        yield Entry(number, kind, plain)


def _later(path: Path, version: int) -> Problem:
    what = f"a later version of SynthCraft wrote this journal (format {version}, known: {VERSION})"
    return Problem(str(path), what, "Read it with that version.")


def _broken(path: Path, number: int, what: str) -> Problem:
    return Problem(
        f"{path}:{number + 1}",
        f"the journal is damaged here: {what}",
        "Restore the file, or start again in another directory.",
    )


class Chain:
    """A hash-chained file opened for appending, locked against other processes.

    Use as a context manager. A torn last line (the process died while writing) is cut off on
    opening. Every append reaches the disk before it returns. The lock is the operating system's: it
    ends with the process, however that ends, and a left ``.lock`` file locks nothing.

    Raises
    ------
    RunError
        When another process writes here, the file is damaged, or the disk refuses (it is full, or
        the file may not be written); what was appended before is kept.
    """

    def __init__(self, path: Path, *, lock: Path) -> None:
        self.path = path
        self._lock = FileLock(lock)

    def __enter__(self) -> Self:
        with _refusals_told(self.path):
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise RunError([self._busy()]) from None
        try:
            with _refusals_told(self.path):
                self._entries = list(self._open())
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # every line that counts was written and synced before
            self._stream.close()
        self._lock.release()

    def _busy(self) -> Problem:
        hint = "Wait for it to end; the same command then goes on."
        return Problem(str(self.path), "another process is writing here", hint)

    def _open(self) -> tuple[Entry, ...]:
        raw = self.path.read_bytes() if self.path.exists() else b""
        lines = _complete_lines(raw)
        entries = tuple(_parse(lines, self.path))
        self._previous = hashlib.sha256(lines[-1]).hexdigest() if lines else _GENESIS
        whole = raw.rfind(b"\n") + 1
        start = self._start(len(entries)).encode()
        torn = raw[whole:].rstrip(b"\0")  # what some file systems leave of a write cut short
        if not start.startswith(torn[: len(start)]):
            raise RunError([_broken(self.path, len(entries), "not an entry")])
        self._stream = self.path.open("ab")
        self._stream.truncate(whole)
        return entries

    def _start(self, seq: int) -> str:
        """How the line of that number begins; only such a line is cut off when it is torn."""
        return f'{{"v":{VERSION},"seq":{seq},"prev":"{self._previous}","kind":"'

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries so far."""
        return tuple(self._entries)

    @property
    def head(self) -> str:
        """sha256 of the last line (zeros before the first); it stands for all lines before."""
        return self._previous

    def move(self, path: Path) -> None:
        """Give the open file another name; where the system refuses, it keeps its own."""
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.path = self.path.rename(path)

    def append(self, kind: str, payload: dict[str, Any]) -> Entry:
        """Write one entry and wait until it is on disk."""
        entry = Entry(len(self._entries), kind, payload)
        line = json.dumps(
            {"v": VERSION, "seq": entry.seq, "prev": self._previous, "kind": kind, **payload},
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        ).encode()
        with _refusals_told(self.path):
            self._stream.write(line + b"\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())
        self._previous = hashlib.sha256(line).hexdigest()
        self._entries.append(entry)
        return entry


class Journal(Chain):
    """The journal of the run in a directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / FILE, lock=directory / ".lock")

    def _busy(self) -> Problem:
        hint = "Wait for it to end; the same command then resumes."
        return Problem(str(self.path.parent), "another process is running here", hint)


@contextmanager
def _refusals_told(path: Path) -> Iterator[None]:
    """What the operating system refuses, as a RunError."""
    try:
        yield
    except OSError as exc:
        raise RunError(
            [
                Problem(
                    str(path),
                    f"cannot be written ({exc.strerror or type(exc).__name__})",
                    "Make room or give permission; the same command then resumes.",
                )
            ]
        ) from exc
