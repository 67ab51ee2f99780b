"""``explain``: each setting of a spec file, where it comes from, and what it means."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.text import paragraph
from synthcraft.errors import Problem, UserError, nearest
from synthcraft.printable import printable

if TYPE_CHECKING:
    from synthcraft.chat.explain import Explained, Origins


def parser() -> argparse.ArgumentParser:
    """The options of ``explain``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft explain",
        description="Tell where each setting of a spec file comes from (said, read from the table, "
        "proposed, default, or edited by hand since), and what it means.",
    )
    this.add_argument("file", type=Path, metavar="FILE", help="a spec file")
    this.add_argument("field", nargs="?", metavar="FIELD", help="only this setting, or this block")
    this.add_argument("--json", action="store_true", help="print JSON")
    return this


def main(argv: Sequence[str]) -> int:
    """Print every setting with its origin and meaning; 2 when the file cannot be read."""
    options = parser().parse_args(argv)
    from synthcraft.chat.explain import explained, read_origins
    from synthcraft.spec.read import read_file

    plain, origins = read_file(options.file), read_origins(options.file)
    found = explained(plain, origins)
    if options.field:
        found = tuple(one for one in found if _within(one.path, options.field))
        if not found:
            _refuse(options.field, plain)
    told = as_json(found, origins) if options.json else "\n".join(as_text(found, origins))
    print(printable(told))
    return 0


def _within(path: str, field: str) -> bool:
    return f"{path}.".startswith(f"{field}.") or path.rpartition(".")[2] == field


def _refuse(field: str, plain: dict[str, Any]) -> None:
    """Of a setting that the file does not hold: what it means, and that its default holds."""
    from synthcraft.chat.explain import explained, topic

    paths = [one.path for one in explained(plain, None)]
    known = [*paths, *(path.rpartition(".")[2] for path in paths)]
    try:
        meaning = " ".join(topic(field, plain))
    except UserError:
        raise UserError(
            [Problem(field, "the spec has no such setting", nearest(field, known))]
        ) from None
    raise UserError([Problem(field, "is not in the file: its default holds", meaning)])


def as_text(found: Sequence["Explained"], origins: "Origins | None") -> Iterator[str]:
    """The settings in lines: value and origin, and below them what they mean."""
    from synthcraft.chat.explain import HOWS

    if origins is None:
        yield "No conversation has left its origins beside this file; here is what it means."
    else:
        models = ", ".join(origins.models)
        who = f"with {models}" if models else "by rules, without a model"
        messages = "1 message" if origins.turns == 1 else f"{origins.turns} messages"
        yield f"From a conversation of {messages} {who}."
    for one in found:
        yield ""
        yield f"{one.path}: {json.dumps(one.value, ensure_ascii=False)}"
        if origins is not None:
            message = f", message {one.turn}" if one.turn else ""
            why = f": {one.why}" if one.why else ""
            yield paragraph(f"{HOWS[one.how]}{message}{why}", indent=4)
        if one.meaning:
            yield paragraph(one.meaning, indent=4)


def as_json(found: Sequence["Explained"], origins: "Origins | None") -> str:
    """One JSON object: what is known of the conversation (null if nothing), and the settings."""
    known = None
    if origins is not None:
        known = {key: value for key, value in asdict(origins).items() if key != "settings"}
    told = {"conversation": known, "settings": [asdict(one) for one in found]}
    return json.dumps(told, ensure_ascii=False, indent=2)
