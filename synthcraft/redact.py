"""Why something failed, in words that hold no value of a real table (docs/adr/0004)."""

import re
from collections.abc import Iterable

from synthcraft.errors import SynthCraftError

# An apostrophe inside a word ("can't") opens no quotation.
_QUOTED = re.compile(r"(?<!\w)'.*?'(?!\w)|\"[^\"]*\"|«[^»]*»|`[^`]*`")
_PATH = re.compile(r"(?<![\w/])(?:[A-Za-z]:)?(?:[/\\][\w.+~-]+){2,}")
_NUMBER = re.compile(r"(?<![A-Za-z_0-9.])[-+]?\d[\d.,eE+-]*")


def reason_of(exc: BaseException, *, names: Iterable[str], levels: Iterable[str]) -> str:
    """Type, masked message and place of an exception.

    Our own errors are written to hold no values and are kept. In others, quoted text that is not a
    column name, numbers, and every level of a categorical column become ``…``: a library may quote
    the cell that it choked on. So do folders of this machine, which may name a person.

    >>> reason_of(ValueError("cannot parse 'Smith, 1962' of 'age'"), names=["age"], levels=[])
    "ValueError: cannot parse … of 'age' (an unknown place)"
    """
    if isinstance(exc, SynthCraftError):
        return str(exc)
    message = mask(" ".join(str(exc).split()), names=names, levels=levels)
    return f"{type(exc).__name__}: {message[:300]} ({place_of(exc)})"


def mask(text: str, *, names: Iterable[str], levels: Iterable[str]) -> str:
    """The text with levels, quoted strings and numbers masked; quoted column names stay.

    >>> mask("no 'x y' among Smith and 3.5 in 'age'", names=["age"], levels=["Smith"])
    "no … among … and … in 'age'"
    """
    known = set(names)
    for level in sorted(set(levels) - known, key=len, reverse=True):
        if level:
            text = re.sub(rf"(?<!\w){re.escape(level)}(?!\w)", "…", text)
    text = _QUOTED.sub(lambda m: m[0] if m[0][1:-1] in known else "…", text)
    return _NUMBER.sub("…", _PATH.sub("…", text))


def place_of(exc: BaseException) -> str:
    """Where an exception arose, as ``package/module.py:line``, without its message."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    parts = trace.tb_frame.f_code.co_filename.replace("\\", "/").split("/")
    return f"{'/'.join(parts[-2:])}:{trace.tb_lineno}"
