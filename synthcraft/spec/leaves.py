"""Every single setting of nested plain data."""

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(plain: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting that is not a non-empty map, with its dotted path.

    >>> list(leaves({"a": {"b": 1, "c": [2]}}))
    [('a.b', 1), ('a.c', [2])]
    """
    for key, value in plain.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, here)
        else:
            yield here, value
