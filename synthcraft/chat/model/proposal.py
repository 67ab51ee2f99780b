"""What a model's call of propose_spec means, as changes of the draft.

Models write the same thing in several ways; what is clear is taken, the rest goes back to them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from synthcraft import shipped
from synthcraft.catalogue import GENERATORS, METRICS
from synthcraft.chat.draft import Change, Draft, How, Path
from synthcraft.chat.slots import SLOTS
from synthcraft.errors import Problem, SpecError, UserError
from synthcraft.printable import printable
from synthcraft.spec.types import ColumnSpec, Spec

TOOL = "propose_spec"
PRESETS = ("objective", "design", "budget", "selector", "privacy")
"""Blocks of a spec that can be named by an option of the same group in ``conf``."""
LONGEST = 60_000
"""Characters of one proposal; a whole spec of a wide table stays far below."""
_COLUMNS = "dataset.columns."
_PARTS = ("changes", "because", "said", "asks", "text")


class Unreadable(UserError):
    """Raised when a proposal cannot be understood; the problems tell the model what to do."""


@dataclass(frozen=True)
class Proposal:
    """Changes of the draft, in order, the slots that the words ask about, and the words."""

    changes: tuple[Change, ...] = ()
    asks: tuple[str, ...] = ()
    text: str = ""


def read_proposal(
    arguments: str, draft: Draft, *, show: Callable[[str], str] = lambda text: text
) -> Proposal:
    """The proposal that a model wrote as JSON; ``show`` turns masked names into real ones.

    Presets may stand for a block (``objective: data_access``), names for generators and metrics
    (``generators: [arf, ctgan]``), dotted paths for maps.

    Raises
    ------
    Unreadable
        When it is no JSON (a cut-off answer), or of another form.

    >>> text = '{"changes": {"dataset": {"target": "died"}}, "said": ["dataset.target"]}'
    >>> read_proposal(text, Draft()).changes
    (Change(path=('dataset', 'target'), value='died', how='said', why=''),)
    """
    plain = _mapped(_plain(arguments), lambda text: show(printable(text)))
    said = tuple(str(path) for path in _list(plain.get("said")))
    because = plain.get("because")
    reasons = because if isinstance(because, Mapping) else {}
    changes = [
        Change(path, value, _how(path, said), _why(path, reasons))
        for path, value in _leaves(_expanded(_nested(_changes(plain))))
    ]
    names = {slot.name for slot in SLOTS}
    asks = tuple(dict.fromkeys(str(a) for a in _list(plain.get("asks")) if str(a) in names))
    text = plain.get("text")
    return Proposal(
        (*_usual_metrics(changes, draft), *changes), asks, text if isinstance(text, str) else ""
    )


def _plain(arguments: str) -> dict[str, Any]:
    if len(arguments) > LONGEST:
        told = "Call it several times, each with a part of the settings."
        raise Unreadable([Problem(TOOL, "the arguments are too long", told)])
    try:
        plain = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        told = "Call it again with the whole JSON, or with fewer settings at once."
        raise Unreadable([Problem(TOOL, "the arguments are no JSON (cut off?)", told)]) from None
    if not isinstance(plain, dict):
        raise Unreadable([_no_map(TOOL)])
    return plain


def _changes(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """The map ``changes``; settings beside it, or without it, are taken as well."""
    changes = plain.get("changes", {})
    if isinstance(changes, str):
        changes = _plain(changes)
    if not isinstance(changes, Mapping):
        raise Unreadable([_no_map("changes")])
    beside = {key: value for key, value in plain.items() if key not in _PARTS}
    return {**beside, **changes}


def _no_map(path: str) -> Problem:
    return Problem(path, "is no map", "Give settings as a map, such as {dataset: {target: died}}.")


def _nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted paths at the top as maps; below, a column's name may hold a dot.

    >>> _nested({"dataset.target": "died", "dataset": {"task": "classification"}})
    {'dataset': {'target': 'died', 'task': 'classification'}}
    """
    out: dict[str, Any] = {}
    for key, value in changes.items():
        for part in reversed(_place(key)):
            value = {part: value}
        out = _merged(out, value)
    return out


def _place(key: str) -> Path:
    """What a key at the top stands for.

    >>> _place("dataset.columns.s.cr.low"), _place("design.splits")
    (('dataset', 'columns', 's.cr', 'low'), ('design', 'splits'))
    """
    if key.startswith(_COLUMNS):
        name, _, setting = key.removeprefix(_COLUMNS).rpartition(".")
        known = name and setting in ColumnSpec.model_fields
        return ("dataset", "columns", *((name, setting) if known else [key[len(_COLUMNS) :]]))
    first = key.partition(".")[0]
    return tuple(key.split(".")) if first in Spec.model_fields else (key,)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(old)
    for key, value in new.items():
        inner = out.get(key)
        out[key] = _merged(inner, value) if _is_map(inner) and _is_map(value) else value
    return out


def _expanded(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with presets and short forms written out."""
    return {key: _written_out(key, value) for key, value in changes.items()}


def _written_out(block: str, value: Any) -> Any:
    if block in PRESETS and isinstance(value, str):
        try:
            return _Whole(shipped.option(block, value))
        except SpecError as exc:
            raise Unreadable(exc.problems) from None
    if block not in ("generators", "metrics"):
        return value
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        return _Whole({name: {"plugin": name} for name in value if isinstance(name, str)})
    known = {card.name for card in (GENERATORS if block == "generators" else METRICS)}
    return {k: _labelled(k, v, known) for k, v in value.items()} if _is_map(value) else value


def _labelled(label: str, value: Any, known: set[str]) -> Any:
    """One generator or metric, whose label mostly is its plug-in's name."""
    if isinstance(value, str):
        return {"plugin": value}
    if _is_map(value) and "plugin" not in value and label in known:
        return {"plugin": label, **value}
    return value


class _Whole(dict[str, Any]):
    """A block that is set as a whole: what stood there before goes."""


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value and not isinstance(value, _Whole):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif path:
        yield path, dict(value) if isinstance(value, _Whole) else value


def _usual_metrics(changes: list[Change], draft: Draft) -> list[Change]:
    """The usual measures, where others are added to them: naming one would leave out the rest."""
    added = [c for c in changes if c.path[0] == "metrics" and len(c.path) > 1 and c.value]
    if not added or draft.get("metrics"):
        return []
    why = "the usual measures stay, beside the one that was added"
    return [
        Change(("metrics", card.name), {"plugin": card.name}, "default", why)
        for card in METRICS
        if card.default and card.name not in {c.path[1] for c in added}
    ]


def _how(path: Path, said: tuple[str, ...]) -> How:
    dotted = ".".join(path)
    near = (dotted == s or dotted.startswith(f"{s}.") or s.startswith(f"{dotted}.") for s in said)
    return "said" if any(near) else "proposed"


def _why(path: Path, reasons: Mapping[str, Any]) -> str:
    """The reason given for a setting, or for the block that it is in."""
    for length in range(len(path), 0, -1):
        reason = reasons.get(".".join(path[:length]))
        if isinstance(reason, str):
            return reason[:300]
    return ""


def _mapped(value: Any, of: Callable[[str], str]) -> Any:
    """Plain data with all its texts mapped, keys too."""
    if isinstance(value, dict):
        return {of(key): _mapped(inner, of) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, of) for inner in value]
    return of(value) if isinstance(value, str) else value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_map(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)
