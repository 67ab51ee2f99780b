"""What a forger does to a report: small changes, and hashes made to fit them."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synthcraft.journal import head_of
from synthcraft.report.crate import placed
from synthcraft.report.manifest import FILE, Listed, read

JOURNAL = "journal.jsonl"
Edit = Callable[[bytes, np.random.Generator], bytes]


def another_digit(raw: bytes, rng: np.random.Generator) -> bytes:
    """One digit of the file is another one."""
    place = int(rng.choice([found.start() for found in re.finditer(rb"\d", raw)]))
    new = (raw[place] - 48 + int(rng.integers(1, 10))) % 10 + 48
    return raw[:place] + bytes([new]) + raw[place + 1 :]


def another_letter(raw: bytes, rng: np.random.Generator) -> bytes:
    """One letter of the file is another one."""
    place = int(rng.choice([found.start() for found in re.finditer(rb"[a-z]", raw)]))
    return raw[:place] + (b"y" if raw[place] == 120 else b"x") + raw[place + 1 :]


def line_removed(raw: bytes, rng: np.random.Generator) -> bytes:
    """A line is gone."""
    lines = raw.splitlines(keepends=True)
    del lines[int(rng.integers(len(lines)))]
    return b"".join(lines)


def line_doubled(raw: bytes, rng: np.random.Generator) -> bytes:
    """A line stands there twice."""
    lines = raw.splitlines(keepends=True)
    place = int(rng.integers(len(lines)))
    return b"".join([*lines[: place + 1], *lines[place:]])


EDITS: tuple[Edit, ...] = (another_digit, another_digit, another_letter, line_removed, line_doubled)


def another_value(raw: bytes, rng: np.random.Generator) -> bytes:
    """A measured value of the journal is larger by a hundredth; the chain is made to fit."""

    def edit(entries: list[dict[str, Any]]) -> None:
        measured = [m for e in entries for m in e.get("measures", ()) if m["value"] is not None]
        chosen = measured[int(rng.integers(len(measured)))]
        chosen["value"] = chosen["value"] * 1.01 + 0.001

    return rechained(raw, edit)


def record_removed(raw: bytes, rng: np.random.Generator) -> bytes:
    """What came of a trial is gone from the journal; the chain is made to fit."""

    def edit(entries: list[dict[str, Any]]) -> None:
        records = [k for k, entry in enumerate(entries) if entry["kind"] == "record"]
        del entries[records[int(rng.integers(len(records)))]]

    return rechained(raw, edit)


def rechained(raw: bytes, edit: Callable[[list[dict[str, Any]]], None]) -> bytes:
    """The journal with its entries edited, numbered and chained anew."""
    entries = [json.loads(line) for line in raw.splitlines()]
    edit(entries)
    previous, lines = "0" * 64, []
    for number, entry in enumerate(entries):
        entry |= {"seq": number, "prev": previous}
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
        previous = hashlib.sha256(line).hexdigest()
        lines.append(line)
    return b"\n".join(lines) + b"\n"


def rehashed(folder: Path) -> None:
    """Make the manifest fit whatever lies there."""
    manifest = read(folder)
    there = {name: folder / name for name in manifest.files if (folder / name).is_file()}
    files = {name: Listed.of(path.read_bytes()) for name, path in there.items()}
    runs = tuple(
        replace(run, journal_head=head_of((folder / placed(run.folder, JOURNAL)).read_bytes()))
        for run in manifest.runs
    )
    (folder / FILE).write_text(replace(manifest, runs=runs, files=files).text(), encoding="utf-8")
