"""Where each setting of a spec comes from: the sidecar that a conversation leaves, and its reading.

``NAME.origins.json`` lies beside ``NAME.yaml``. A setting whose value in the file is no longer the
one that was saved was edited by hand since.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic import ValidationError as ModelError

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS
from synthcraft.chat.draft import Change, How, leaf_paths
from synthcraft.chat.draft import Path as Place
from synthcraft.chat.slots import SLOTS
from synthcraft.errors import Problem, SpecError, UserError, nearest
from synthcraft.registry import Registry
from synthcraft.spec.read import read_file
from synthcraft.spec.schema import json_schema
from synthcraft.spec.shared import with_shared

CATALOGUE: tuple[Registry[Any], ...] = (GENERATORS, METRICS, SELECTORS, DATASETS)
ENDING = ".origins.json"
HOWS = {
    "said": "said by you",
    "profile": "read from the table",
    "proposed": "proposed",
    "default": "default",
    "edited": "edited by hand",
    "": "unknown",
}
"""How each origin is told; the empty one is that of a file without a sidecar."""


@dataclass(frozen=True)
class Setting:
    """One setting as it was saved, and where it came from."""

    path: Place
    value: Any
    how: How
    turn: int = 0
    why: str = ""


@dataclass(frozen=True)
class Origins:
    """What a conversation tells of the spec that it saved.

    ``spec`` is the sha256 of the file as it was written; ``transcript`` the name of the transcript
    and the sha256 of its last line then, which stands for all lines before. ``usage`` counts tokens
    and requests.
    """

    spec: str
    transcript: Mapping[str, str]
    turns: int
    settings: tuple[Setting, ...]
    models: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True)
class Explained:
    """One setting of a spec, told: its dotted path, value, origin, and what it means."""

    path: str
    value: Any
    how: str
    turn: int
    why: str
    meaning: str


def sidecar(spec: Path) -> Path:
    """Where the origins of a spec file are.

    >>> sidecar(Path("experiments/mi.yaml")).name
    'mi.origins.json'
    """
    return spec.with_name(f"{spec.stem}{ENDING}")


def to_json(origins: Origins) -> str:
    """The text of a sidecar."""
    plain = TypeAdapter(Origins).dump_python(origins, mode="json")
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def read_origins(spec: Path) -> Origins | None:
    """The origins of a spec file's settings; None where no conversation has left any.

    Raises
    ------
    SpecError
        When the sidecar is there but cannot be read.
    """
    path = sidecar(spec)
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Origins).validate_json(path.read_bytes())
    except (OSError, ModelError):
        told = "cannot be read as the origins of a spec's settings"
        hint = "Save the conversation again, or remove the file."
        raise SpecError([Problem(str(path), told, hint)]) from None


def explained(plain: Mapping[str, Any], origins: Origins | None) -> tuple[Explained, ...]:
    """Every setting of a spec with its origin and meaning, in the spec's order.

    >>> one = explained({"dataset": {"target": "died"}}, None)[0]
    >>> one.path, one.how, one.meaning
    ('dataset.target', '', "Outcome column (survival: the event); the plug-in's own when absent.")
    """
    known = {setting.path: setting for setting in origins.settings} if origins else {}
    told = []
    for path in leaf_paths(plain):
        value, was = _at(plain, path), known.get(path)
        how: str = "edited" if origins else ""
        turn, why = 0, ""
        if was is not None and _same(was.value, value):
            how, turn, why = was.how, was.turn, was.why
        told.append(Explained(".".join(path), value, how, turn, why, meaning(plain, path)))
    return tuple(told)


def changes_of(spec: Path) -> tuple[Change, ...]:
    """The settings of a spec file as a conversation about it starts with them.

    Raises
    ------
    SpecError
        When the file, or the origins beside it, cannot be read.
    """
    plain, origins = with_shared(read_file(spec), spec.parent), read_origins(spec)
    known = {setting.path: setting for setting in origins.settings} if origins else {}
    found = []
    for path in leaf_paths(plain):
        value, was = _at(plain, path), known.get(path)
        same = was is not None and _same(was.value, value)
        how, why = (was.how, was.why) if was and same else ("edited", "")
        found.append(Change(path, value, how, why))
    return tuple(found)


def edited(plain: Mapping[str, Any], origins: Origins) -> bool:
    """Whether a spec's settings are other than those that the conversation saved."""
    now = {path: _at(plain, path) for path in leaf_paths(plain)}
    then = {setting.path: setting.value for setting in origins.settings}
    return now.keys() != then.keys() or not all(_same(then[path], now[path]) for path in now)


def conversation(spec: Path, plain: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a run's provenance tells of the conversation behind a spec file; no word of its text.

    ``plain`` are the settings that are run, so that changes of the file or on the command line
    count as edited.
    """
    origins = read_origins(spec)
    if origins is None:
        return None
    return {
        "transcript_sha256": origins.transcript.get("sha256", ""),
        "spec_sha256": origins.spec,
        "models": list(origins.models),
        "turns": origins.turns,
        "requests": origins.usage.get("requests", 0),
        "tokens": origins.usage.get("input", 0) + origins.usage.get("output", 0),
        "origins": dict(sorted(Counter(one.how for one in origins.settings).items())),
        "edited": edited(plain, origins),
    }


def hash_of(path: Path) -> str:
    """sha256 of a file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


def _at(plain: Mapping[str, Any], path: Place) -> Any:
    value: Any = plain
    for key in path:
        value = value[key]
    return value


def _same(one: Any, other: Any) -> bool:
    """Equal as settings are: lists and tuples alike, but true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# What a setting means ----------------------------------------------------------------------------


def topic(word: str, plain: Mapping[str, Any]) -> tuple[str, ...]:
    """What can be said of a setting, a subject, a plug-in or a measure, in lines.

    Raises
    ------
    UserError
        When nothing of that name is known; the nearest is told.

    >>> topic("purpose", {})[0][:33]
    'What are the synthetic data for: '
    """
    for slot in SLOTS:
        if word.casefold() == slot.name:
            return (slot.question, slot.meaning, f"It sets: {', '.join(slot.paths)}.")
    if cards := tuple(_of_catalogue(word)):
        return cards
    known = {".".join(path): path for path in (*leaf_paths(plain), *_places()) if path}
    exact = [known[word]] if word in known else []
    ends = [path for path in known.values() if word.casefold() in (path[-1], path[-1].rstrip("s"))]
    found = list(dict.fromkeys(exact or ends))
    if not found:
        names = {*known, *(path[-1] for path in known.values()), *(slot.name for slot in SLOTS)}
        names |= {card.name for cards in CATALOGUE for card in cards}
        problem = Problem(word, "no setting and no subject has this name", nearest(word, names))
        raise UserError([problem])
    lines = [f"{'.'.join(path)}: {meaning(plain, path)}" for path in found]
    return (*lines, *dict.fromkeys(_background(path) for path in found if _background(path)))


def _of_catalogue(word: str) -> Iterator[str]:
    """What a generator, metric, measure, selector or dataset of this name is."""
    for cards in CATALOGUE:
        for card in cards:
            if card.name == word:
                yield f"{card.name}: {card.summary}"
                yield from filter(None, [getattr(card, "caveat", "")])
            for measure in getattr(card, "measures", ()):
                if measure.name == word:
                    yield f"{measure.name}: {measure.question}"


def _background(path: Place) -> str:
    """What the subject that a setting belongs to means, in plain words."""
    dotted = f"{'.'.join(path)}."
    about = [slot for slot in SLOTS for one in slot.paths if dotted.startswith(f"{one}.")]
    return about[0].meaning if about else ""


@lru_cache(maxsize=1)
def _places() -> tuple[Place, ...]:
    """The settings that every spec can have, those below labels and parameters left out."""
    return tuple(_named_below(_schema(), ()))


def _named_below(node: Mapping[str, Any], path: Place) -> Iterator[Place]:
    for key, inner in node.get("properties", {}).items():
        here = (*path, key)
        yield here
        if key != "params":
            yield from _named_below(_resolved(inner), here)


def meaning(plain: Mapping[str, Any], path: Place) -> str:
    """What a setting means, in the words of the schema; of a parameter, in those of its plug-in.

    >>> meaning({"generators": {"a": {"plugin": "ctgan"}}}, ("generators", "a", "params", "n_iter"))
    'Passes over the train rows.'
    """
    node = _schema()
    told = ""
    for depth, key in enumerate(path):
        node = _child(node, key, plain, path[:depth])
        told = node.get("description", told)
        node = _resolved(node)
    return str(told)


def _child(
    node: Mapping[str, Any], key: str, plain: Mapping[str, Any], above: Place
) -> Mapping[str, Any]:
    """The schema of one key; parameters are those of the plug-in that stands beside them."""
    if above and above[-1] == "params":
        return dict(node.get("properties", {}).get(key, {}))
    if key == "params" and "allOf" in node:
        plugin, described = _plugin_at(plain, above), node["properties"]["params"]
        for branch in node["allOf"]:
            if branch["if"]["properties"]["plugin"]["const"] == plugin:
                inner = branch["then"]["properties"]["params"]
                return {"description": described["description"], **inner}
    labelled = list(node.get("patternProperties", {}).values()) or [
        node.get("additionalProperties")
    ]
    child = node.get("properties", {}).get(key, labelled[0])
    return dict(child) if isinstance(child, Mapping) else {}


def _plugin_at(plain: Mapping[str, Any], above: Place) -> str:
    try:
        return str(_at(plain, (*above, "plugin")))
    except (KeyError, TypeError):
        return "exhaustive" if above == ("selector",) else ""


@lru_cache(maxsize=1)
def _schema() -> Mapping[str, Any]:
    return json_schema()


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that a schema refers to; of alternatives, the one that is no null."""
    for branch in node.get("anyOf", ()):
        if branch.get("type") != "null":
            node = {**branch, **{k: v for k, v in node.items() if k == "description"}}
            break
    reference = node.get("$ref", "")
    if reference:
        return dict(_schema()["$defs"][reference.removeprefix("#/$defs/")])
    return node
