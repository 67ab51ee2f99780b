"""The spec that a conversation is about, unfinished, and where each of its settings comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Path = tuple[str, ...]
"""A setting's place in a spec; not dotted text, because a column's name may hold a dot."""
How = Literal["said", "profile", "proposed", "default", "edited"]


@dataclass(frozen=True)
class Origin:
    """Where a setting comes from.

    ``how``: ``said`` by the researcher, read from the ``profile`` of the data, ``proposed`` by the
    model or by the rules, a ``default`` that nobody spoke of, or ``edited`` by hand in the file.
    ``turn`` is the number of the researcher's message that it followed (0: before the first).
    """

    how: How
    turn: int = 0
    why: str = ""


@dataclass(frozen=True)
class Change:
    """One setting, given a new value; None takes it away, with all below it."""

    path: Path
    value: Any
    how: How
    why: str = ""


@dataclass(frozen=True)
class Draft:
    """Plain data as a spec file has them, without what is left to defaults.

    ``origins`` has an entry for each leaf of ``plain``: each value that is not a non-empty map.
    """

    plain: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[Path, Origin] = field(default_factory=dict)

    def get(self, *path: str) -> Any:
        """The value at a place, or None."""
        value: Any = self.plain
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        return value

    def changed(self, changes: Iterable[Change], *, turn: int) -> "Draft":
        """The draft with these changes, in their order.

        >>> draft = Draft().changed([Change(("dataset", "target"), "died", "said")], turn=1)
        >>> draft.get("dataset", "target"), draft.origins[("dataset", "target")].turn
        ('died', 1)
        >>> draft.changed([Change(("dataset",), None, "said")], turn=2).plain
        {}
        """
        plain, origins = dict(self.plain), dict(self.origins)
        for change in changes:
            plain = _set(plain, change.path, change.value)
            origins = {path: o for path, o in origins.items() if not _within(path, change.path)}
            # A value is no longer a leaf once something stands below it.
            origins = {path: o for path, o in origins.items() if not _within(change.path, path)}
            for path in leaf_paths(change.value, change.path):
                origins[path] = Origin(change.how, turn, change.why)
        return Draft(plain, origins)


def leaf_paths(value: Any, path: Path = ()) -> list[Path]:
    """The place of every leaf of a value; none where it is None.

    >>> leaf_paths({"a": {"b": 1, "c": {}}})
    [('a', 'b'), ('a', 'c')]
    """
    if value is None:
        return []
    if isinstance(value, Mapping) and value:
        return [leaf for key, inner in value.items() for leaf in leaf_paths(inner, (*path, key))]
    return [path]


def _within(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _set(plain: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The map with a value at a place; maps that become empty go with it."""
    key, rest = path[0], path[1:]
    out = dict(plain)
    inner = out.get(key)
    new = _set(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value
    if new is None or (rest and new == {}):
        out.pop(key, None)
    else:
        out[key] = new
    return out
