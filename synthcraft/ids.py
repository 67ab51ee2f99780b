"""Identity: a canonical text for plain data, its hash, and seeds by purpose."""

import hashlib
import json
import math
from enum import IntEnum
from typing import Any


def canonical(value: Any) -> str:
    """The one JSON text of plain data: key order, ``1`` or ``1.0``, nulls in maps do not matter.

    Maps lose their null entries, so that a field added later with a null default leaves old
    identities as they were.

    >>> canonical({"b": 1.0, "a": None, "c": [1e-5, "x"]})
    '{"b":1,"c":[1e-05,"x"]}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no canonical form")
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest(value: Any) -> str:
    """sha256 (64 hex digits) of the canonical text.

    >>> digest({"a": 1}) == digest({"a": 1.0})
    True
    """
    return hashlib.sha256(canonical(value).encode()).hexdigest()


class Purpose(IntEnum):
    """What a random stream is for; each purpose has its own stream."""

    SPLIT = 1
    FIT = 2
    SAMPLE = 3
    METRIC = 4
    SUBSAMPLE = 5
    SELECT = 6
    AUDIT = 7
    RELEASE = 8
    HANDED = 9


def seed_for(seed: int, split: int, replicate: int, purpose: Purpose, draw: int = 0) -> int:
    """A 31-bit seed from ``SeedSequence([seed, split, replicate, purpose, draw])``.

    It does not depend on the arm: all arms of a plan share their random numbers, so that paired
    differences cancel what is common.

    >>> seed_for(0, 1, 0, Purpose.FIT) == seed_for(0, 1, 0, Purpose.FIT)
    True
    >>> seed_for(0, 1, 0, Purpose.FIT) == seed_for(0, 1, 0, Purpose.SAMPLE)
    False
    """
    from numpy.random import SeedSequence

    words = SeedSequence([seed, split, replicate, int(purpose), draw]).generate_state(1)
    return int(words[0]) >> 1
