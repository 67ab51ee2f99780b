"""One setting of a command line that composes no spec with Hydra."""

import re
from typing import Any

from synthcraft.errors import Problem, SpecError

_SETTING = re.compile(r"(?P<path>[A-Za-z_][^=]*)=(?P<value>.*)", re.DOTALL)
_NAMED = ("dataset.columns.", "dataset.params.missing_codes.")


def put(plain: dict[str, Any], word: str) -> None:
    """Put one ``key=value`` of a command line into a spec; names of columns may hold dots.

    Raises
    ------
    SpecError
        When it is no setting, or its path leads through a value.

    >>> plain = {}
    >>> put(plain, "dataset.columns.OS.time.low=0")
    >>> plain
    {'dataset': {'columns': {'OS.time': {'low': 0}}}}
    """
    from synthcraft.spec.read import read_value

    match = _SETTING.fullmatch(word)
    if match is None:
        hint = "Example: dataset.params.encoding=latin-1"
        raise SpecError([Problem(word, "is neither an option nor key=value", hint)])
    path = match["path"]
    start = next((start for start in _NAMED if path.startswith(start)), "")
    inner = path.removeprefix(start)  # names of columns may hold dots
    ends: list[str] = inner.split(".")
    if start:
        ends = inner.rsplit(".", 1) if start == _NAMED[0] else [inner]
    *above, last = (*start.split(".")[:-1], *ends)
    block = plain
    for key in above:
        block = block.setdefault(key, {})
        if not isinstance(block, dict):
            raise SpecError([Problem(path, f"{key} is no map of settings", "Check the path.")])
    block[last] = read_value(match["value"])
