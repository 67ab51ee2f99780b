"""Settings that only the researcher's own words may change: where files are, and what is kept."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from synthcraft.chat.draft import Change, Draft, Path, leaf_paths
from synthcraft.errors import Problem

_PLACE = re.compile(
    r"(?:.*_)?(?:paths?|files?|folders?|dir|directory|urls?|cache|download|sha256)|trained_on"
    r"|population|prior|expression|clinical"
)
_KEEP = re.compile(
    r"sampl|keep|kept|save|store|parquet|behalt|speicher|conserv|gard|enregistr|guard",
    re.IGNORECASE,
)


def guarded(path: Path) -> bool:
    """Whether a setting names data, or a file or address: no interviewer may set it.

    >>> guarded(("dataset", "params", "path")), guarded(("dataset", "params", "sample"))
    (True, False)
    """
    return path[:2] == ("dataset", "plugin") or ("params" in path and _is_place(path))


def _is_place(path: Path) -> bool:
    return any(_PLACE.fullmatch(key.lower()) for key in path[path.index("params") + 1 :])


def permitted(
    changes: Iterable[Change], draft: Draft, *, said: Sequence[str]
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """The changes that an interviewer may make, and what is refused of the others.

    >>> change = Change(("dataset", "params", "path"), "/etc/passwd", "said")
    >>> kept, refused = permitted([change], Draft(), said=["read it"])
    >>> kept, refused[0].path
    ((), 'dataset.params.path')
    """
    kept: list[Change] = []
    refused: list[Problem] = []
    for change in changes:
        problems = list(_refusals(change, draft, said))
        refused += problems
        if not problems:
            kept.append(change)
    return tuple(kept), tuple(refused)


def _refusals(change: Change, draft: Draft, said: Sequence[str]) -> Iterator[Problem]:
    depth = len(change.path)
    new = {path: _below(change.value, path[depth:]) for path in _leaves(change)}
    # What the change replaces: settings at its place and below, and a leaf that it goes below.
    old = {
        path
        for path in draft.origins
        if path[:depth] == change.path or change.path[: len(path)] == path
    }
    for path in sorted({*new, *old}):
        if guarded(path) and new.get(path) != draft.get(*path):
            yield Problem(
                ".".join(path),
                "only you can set this, by naming a file or a table in your message",
                "Nothing was changed here.",
            )
        elif path[0] == "outputs" and new.get(path) and not _asked_to_keep(change, said):
            yield Problem(
                ".".join(path),
                "synthetic tables are kept only where you ask for it",
                "Say so if you want them: keep the samples.",
            )


def _leaves(change: Change) -> list[Path]:
    return leaf_paths(change.value, change.path) or [change.path]


def _below(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key] if isinstance(value, Mapping) else None
    return value


def _asked_to_keep(change: Change, said: Sequence[str]) -> bool:
    return change.how == "said" and any(_KEEP.search(text) for text in said)
