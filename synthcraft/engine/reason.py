"""Why a trial failed, in words that hold no value of the real table."""

import re
from collections.abc import Iterable

from synthcraft.engine.isolate import place_of
from synthcraft.errors import SynthCraftError

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|`[^`]*`")
_NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?\d[\d.,eE+-]*")


def reason_of(exc: BaseException, *, names: Iterable[str], levels: Iterable[str]) -> str:
    """Type, place and masked message of an exception.

    Our own errors are written to hold no values and are kept. In others, quoted text that is not a
    column name, numbers, and every level of a categorical column become ``…``: a library may quote
    the cell that it choked on.

    >>> reason_of(ValueError("cannot parse 'Smith, 1962' of 'age'"), names=["age"], levels=[])
    "ValueError: cannot parse … of 'age' (an unknown place)"
    """
    if isinstance(exc, SynthCraftError):
        return str(exc)
    message = mask(" ".join(str(exc).split()), names=names, levels=levels)
    return f"{type(exc).__name__}: {message[:300]} ({place_of(exc)})"


def mask(text: str, *, names: Iterable[str], levels: Iterable[str]) -> str:
    """The text with quoted strings, numbers and levels masked; column names stay."""
    known = set(names)
    text = _QUOTED.sub(lambda m: m[0] if m[0][1:-1] in known else "…", text)
    for level in sorted(set(levels) - known, key=len, reverse=True):
        if len(level) > 2:
            text = re.sub(rf"(?<!\w){re.escape(level)}(?!\w)", "…", text)
    return _NUMBER.sub("…", text)
