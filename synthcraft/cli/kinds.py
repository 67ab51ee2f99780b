"""The kinds of things that a spec can name, for ``list`` and ``describe``."""

from typing import Any

from synthcraft.errors import Problem, UserError, nearest
from synthcraft.registry import Registry

KINDS = ("datasets", "generators", "metrics", "selectors", "experiments")


def plural(word: str) -> str:
    """The kind that a word means, in singular or plural.

    >>> plural("dataset"), plural("generators")
    ('datasets', 'generators')
    """
    kind = word if word.endswith("s") else f"{word}s"
    if kind not in KINDS:
        raise UserError([Problem("", f"unknown kind {word!r}", nearest(kind, KINDS))])
    return kind


def registry(kind: str) -> Registry[Any]:
    """The cards of a kind (not of experiments)."""
    from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS

    of: dict[str, Registry[Any]] = {
        "datasets": DATASETS,
        "generators": GENERATORS,
        "metrics": METRICS,
        "selectors": SELECTORS,
    }
    return of[kind]
