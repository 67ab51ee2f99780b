"""Which table a researcher's message names: found on this computer, before anybody hears of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from synthcraft.catalogue import DATASETS

# As data/given has it, which loads pandas.
KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    ".xpt": "xpt",
}
DATA = "DATA"
HOLDOUT = "HOLDOUT"
ABSENT = "(a file that is not there)"
FOLDER = "(a folder)"
_ENDING = re.compile(r"\.(?:csv|tsv|txt|parquet|pq|xpt)(?:\.gz)?(?![\w.]*\w)", re.IGNORECASE)
_STARTS = re.compile(r"(?<![^\s\"'«“‘`(=,;:])(?=[^\s\"'«»“”‘’`(),;])")
_ROOT = re.compile(r"[/~\\]|[A-Za-z]:[/\\]")
_FOLDER = re.compile(r"(?<![\w/.])(?:[A-Za-z]:)?~?(?:[/\\][\w.+~-]+){2,}[/\\]?")
_HELD_OUT = re.compile(r"\b(?:hold|held)[- ]?out\b[^.]*$", re.IGNORECASE)
_TABLE = r"(?:data ?sets?|data|tables?|cohorts?|study|survey|registry)"
_WORDS_IN_PATH = 8
COMMON = ("breast_cancer", "diabetes", "lung", "simulated")
"""Built-in tables whose names are ordinary words: meant only beside a word such as *data*."""


@dataclass(frozen=True)
class Named:
    """What a message names: a plug-in with its parameters, files that are absent, and the message
    as interviewers may hear it, without the names of files and folders.

    ``held_out`` tells that its only file stands after a word such as *holdout*: beside a table that
    is at hand, it is that table's.
    """

    heard: str
    plugin: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    held_out: bool = False
    absent: tuple[str, ...] = ()


def named(text: str) -> Named:
    """The table that a message names, if any.

    A file counts where it exists; a built-in table where its name stands alone as a word (for
    names that are ordinary words: beside *data*, *table*, *cohort* …). A second file that follows
    the word *holdout* holds rows that no generator may see.

    >>> named("Use the NHANES survey").plugin, named("who gets diabetes?").plugin
    ('nhanes', '')
    >>> named("my file is none.csv").heard
    'my file is (a file that is not there)'
    """
    heard, params, absent = text, dict[str, Any](), list[str]()
    places = list(_files(text))
    alone = len(places) == 1
    for start, end in reversed(places):
        path = _expanded(text[start:end])
        if not Path(path).is_file():
            absent.append(path)
            shown = ABSENT
        elif _HELD_OUT.search(text[:start]) and not alone:
            params["holdout_path"], shown = path, HOLDOUT
        else:
            params["path"], shown = path, DATA
        heard = heard[:start] + shown + heard[end:]
    heard = _without_folders(heard)
    if "path" in params:
        kind = KINDS[_suffix(params["path"])]
        held_out = alone and bool(_HELD_OUT.search(text[: places[0][0]]))
        params = dict(sorted(params.items(), reverse=True))
        return Named(heard, kind, params, held_out, tuple(absent))
    return Named(heard, _built_in(heard), absent=tuple(reversed(absent)))


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


def nearest_file(path: str) -> str:
    """A hint that names the closest table in the same folder.

    >>> nearest_file("nowhere/x.csv")
    'There is no such folder.'
    """
    folder = Path(path).expanduser().parent
    if not folder.is_dir():
        return "There is no such folder."
    names = [item.name for item in folder.iterdir() if _suffix(item.name) in KINDS]
    close = get_close_matches(Path(path).name, names, n=1)
    if close:
        return f"Did you mean {str(folder / close[0])!r}?"
    return f"Tables end in {', '.join(KINDS)}."


def _suffix(path: str) -> str:
    ends = [end.lower() for end in Path(path).suffixes if end.lower() != ".gz"]
    return ends[-1] if ends else ""


def _files(text: str) -> Iterator[tuple[int, int]]:
    """Where file names stand: with blanks where such a file exists, else up to the last blank."""
    taken = 0
    for match in _ENDING.finditer(text):
        end = match.end()
        starts = [m.start() for m in _STARTS.finditer(text, taken, match.start() + 1)]
        if not starts:
            continue
        longest_first = starts[-_WORDS_IN_PATH:]
        there = [s for s in longest_first if Path(text[s:end]).expanduser().is_file()]
        rooted = [s for s in longest_first if _ROOT.match(text, s)]
        start = (there or rooted or starts[-1:])[0]
        yield start, end
        taken = end


def _without_folders(text: str) -> str:
    """The text without the names of other places on this computer, which may name a person."""
    return _FOLDER.sub(FOLDER, text)


def _built_in(text: str) -> str:
    """The built-in table that a text names; those that need a file are none."""
    for card in DATASETS:
        if any(info.is_required() for info in card.params.model_fields.values()):
            continue
        name = re.escape(card.name).replace("_", "[_ -]")
        beside = rf"\b{name}[ -]{_TABLE}\b|\b{_TABLE} {name}\b|^\W*{name}\W*$"
        pattern = beside if card.name in COMMON else rf"\b{name}\b"
        if re.search(pattern, text, re.IGNORECASE):
            return card.name
    return ""
