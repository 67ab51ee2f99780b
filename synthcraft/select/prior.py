"""What recorded runs tell about arms on a table that nobody has seen yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Prior:
    """Beliefs before the first pull."""


def learn(rows: Iterable[Mapping[str, object]]) -> Prior:
    """The prior that a recorded table teaches (rows by column name, as csv.DictReader gives)."""
    raise NotImplementedError


def load(name: str) -> Prior:
    """The prior by its name in a spec: ``bundled``, ``none`` or the path of a recorded table."""
    raise NotImplementedError
