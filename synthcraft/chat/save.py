"""The spec file that a conversation ends in, and beside it where its settings come from."""

import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from synthcraft.chat.draft import Draft, leaf_paths
from synthcraft.chat.explain import Origins, Setting, hash_of, read_origins, sidecar, to_json
from synthcraft.chat.session import Session
from synthcraft.chat.transcript import Transcript
from synthcraft.errors import Problem, RunError, SpecError, UserError
from synthcraft.printable import printable
from synthcraft.spec.read import dump_plain, read_text
from synthcraft.spec.types import Spec
from synthcraft.spec.validate import parse

FOLDER = Path("experiments")
SCHEMA = Path("conf") / "spec.schema.json"
WIDTH = 100


@dataclass(frozen=True)
class Written:
    """A spec that was saved; ``sha256`` is that of the file, ``id`` the spec's own."""

    path: Path
    sha256: str
    id: str


def write(session: Session, path: Path, transcript: Transcript, *, force: bool) -> Written:
    """Write a spec and its sidecar, each in one piece.

    Raises
    ------
    UserError
        When the draft is no valid spec, when the file is there and is not this conversation's own
        (unless ``force``), and when the folder cannot be written.
    """
    spec = parse(session.draft.plain)
    if path.suffix not in (".yaml", ".yml"):
        raise SpecError([Problem(str(path), "is no name of a spec", "It ends in .yaml.")])
    if not (force or may_write(session, path, transcript.path)):
        hint = "Give another name: /save FILE, or replace it with --force."
        raise UserError([Problem(str(path), "is there already", hint)])
    text = "\n".join([*_header(path), spec_text(session.draft)])
    digest = sha256(text.encode()).hexdigest()
    about = {"file": transcript.path.name, "sha256": transcript.head}
    origins = Origins(
        spec=digest,
        transcript=about,
        turns=len(session.exchanges),
        settings=tuple(settings(session.draft)),
        models=session.models,
        usage=session.usage,
    )
    # First the origins: were the process killed between the two, the old file would read as
    # edited by hand, never the new one as explained by an old conversation.
    _replace(sidecar(path), to_json(origins))
    _replace(path, text)
    return Written(path, digest, spec.id)


def settings(draft: Draft) -> Iterator[Setting]:
    """Every setting of a draft with its origin, in the order of a spec.

    >>> from synthcraft.chat.draft import Change
    >>> draft = Draft().changed([Change(("seed",), 3, "said")], turn=2)
    >>> next(settings(draft))
    Setting(path=('seed',), value=3, how='said', turn=2, why='')
    """
    for place in leaf_paths(in_order(draft.plain, Spec)):
        origin = draft.origins[place]
        yield Setting(place, draft.get(*place), origin.how, origin.turn, origin.why)


def spec_text(draft: Draft) -> str:
    """The YAML text of a draft: its settings in a spec's order, above each block why they are so.

    The text reads back as the draft's settings.
    """
    plain = in_order(draft.plain, Spec)
    blocks = [
        "\n".join([*_reasons(draft, key), dump_plain({key: value}).rstrip()])
        for key, value in plain.items()
    ]
    simple = [not isinstance(value, Mapping) for value in plain.values()]
    gaps = ["" if i == 0 or (simple[i] and simple[i - 1]) else "\n" for i in range(len(blocks))]
    text = "\n".join(gap + block for gap, block in zip(gaps, blocks, strict=True)) + "\n"
    assert read_text(text, "") == _plain(plain)  # a comment must never become a setting
    return text


def _header(path: Path) -> Iterator[str]:
    if SCHEMA.is_file():
        yield f"# yaml-language-server: $schema={os.path.relpath(SCHEMA, path.parent)}"
    yield "# Written by synthcraft chat. Where each setting comes from:"
    yield f"#   python -m synthcraft explain {path.name}"


def _reasons(draft: Draft, block: str) -> Iterator[str]:
    """Comments on the settings of a block that nobody stated; equal reasons are told together."""
    told: dict[str, dict[str, None]] = {}
    for place, origin in draft.origins.items():
        if place[0] == block and origin.why and origin.how != "said":
            told.setdefault(origin.why, {})[place[1] if len(place) > 1 else block] = None
    for why, names in told.items():
        line = " ".join(printable(f"{', '.join(names)}: {why}").split())
        yield textwrap.fill(line, WIDTH, initial_indent="# ", subsequent_indent="#   ")


def in_order(plain: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The settings in the order of the model's fields, blocks within it, too.

    >>> list(in_order({"seed": 1, "name": "x"}, Spec))
    ['name', 'seed']
    """
    known = [key for key in model.model_fields if key in plain]
    other = [key for key in plain if key not in model.model_fields]
    return {key: _ordered(plain[key], model, key) for key in (*known, *other)}


def _ordered(value: Any, model: type[BaseModel], key: str) -> Any:
    field = model.model_fields.get(key)
    inner = getattr(field, "annotation", None)
    if isinstance(value, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
        return in_order(value, inner)
    return _plain(value)


def _plain(value: Any) -> Any:
    """Maps and lists as YAML has them."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


# Files -------------------------------------------------------------------------------------------


def may_write(session: Session, path: Path, transcript: Path) -> bool:
    """Whether a file is absent, or just as this conversation left it (be it cut short)."""
    return not path.exists() or _is_own(path, session, transcript)


def _is_own(path: Path, session: Session, transcript: Path) -> bool:
    try:
        found = hash_of(path)
        origins = read_origins(path)
    except (UserError, OSError):
        return False
    cut_short = origins and origins.transcript.get("file") == transcript.name
    return found in session.saves or bool(cut_short and origins and origins.spec == found)


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as exc:
        hint = "Give another file: /save FILE."
        told = f"cannot be written ({exc.strerror or type(exc).__name__})"
        raise RunError([Problem(str(path), told, hint)]) from None
