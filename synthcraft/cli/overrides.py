"""What the words of a command line ask for, in the terms of Hydra's override grammar."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthcraft.errors import Problem, SpecError, nearest

BLOCK = {"generator": "generators"}
_ABOUT = {"dataset": ("question",)}  # what an experiment says of a block that is replaced
FILE = "_file"
_COLUMN = re.compile(
    r"\+{0,2}dataset\.columns\.(?P<name>.+?)\.(?P<setting>[a-z_]+)=(?P<value>.*)", re.S
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORD = re.compile(r"(?P<prefix>\+\+|\+|~)?(?P<key>[^=]*)(?P<value>=.*)?", re.DOTALL)


@dataclass(frozen=True)
class ColumnSetting:
    """One setting of a column whose name Hydra's grammar cannot write: "visit date", "lab%"."""

    name: str
    setting: str
    value: str


@dataclass(frozen=True)
class Request:
    """Overrides for Hydra, the experiments it may name, and the settings that these lose.

    Hydra merges deeply: a block that a group replaces is left out of the experiment, or the
    experiment's own settings would stay beside it. With the dataset goes the question, which is
    about other data.
    """

    overrides: tuple[str, ...] = ()
    columns: tuple["ColumnSetting", ...] = ()
    replaced: frozenset[str] = frozenset()
    experiments: Mapping[str, Path] = field(default_factory=dict)
    named: frozenset[str] = frozenset()


def read(
    words: Sequence[str], *, groups: Collection[str], experiments: Mapping[str, Path]
) -> Request:
    """The request that words such as ``+exp=smoke dataset=csv seed=3`` or ``my.yaml`` make.

    Raises
    ------
    SpecError
        For words that are neither ``key=value`` nor a YAML file, and for a second experiment.

    >>> request = read(["+exp=smoke", "dataset=csv", "seed=3"], groups=["dataset"], experiments={})
    >>> request.overrides
    ('+exp=smoke', 'dataset=csv', '++seed=3')
    >>> sorted(request.replaced)
    ['dataset', 'question']
    """
    known = dict(experiments)
    overrides: list[str] = []
    columns: list[ColumnSetting] = []
    replaced: set[str] = set()
    problems: list[Problem] = []
    for word in words:
        if column := _column(word):
            columns.append(column)
            continue
        prefix, key, value = _split(word)
        if value is None and prefix != "~":
            if not is_file(key):
                problems.append(_stray(word, experiments))
                continue
            known[FILE] = Path(key)
            key, value = "exp", f"={FILE}"
        if key in groups and (value or "").startswith("={"):
            hint = f"Set single settings: {BLOCK.get(key, key)}.KEY=…"
            problems.append(Problem(word, "a group takes the name of an option", hint))
            continue
        if key in groups:
            replaced.update((BLOCK.get(key, key), *_ABOUT.get(key, ())))
        translated = _translate(prefix, key, value, groups)
        if translated:
            overrides.append(translated)
    chosen = [word.partition("=")[2] for word in overrides if word.startswith("+exp=")]
    if len(chosen) > 1:
        problems.append(
            Problem("exp", "more than one experiment is named", "Give one, or -m +exp=a,b.")
        )
    if problems:
        raise SpecError(problems)
    return Request(
        overrides=tuple(overrides),
        columns=tuple(columns),
        replaced=frozenset(replaced),
        experiments=known,
        named=frozenset(re.split(r"[,\s\[\]()'\"]+", ",".join(chosen))) - {""},
    )


def is_file(word: str) -> bool:
    """Whether a word of the command line names a spec file.

    >>> is_file("study.yaml"), is_file("dataset.params.path=table.yaml")
    (True, False)
    """
    return "=" not in word and word.endswith((".yaml", ".yml"))


def _column(word: str) -> ColumnSetting | None:
    match = _COLUMN.fullmatch(word)
    if match is None or _PLAIN.fullmatch(match["name"]):
        return None
    return ColumnSetting(**match.groupdict())


def _split(word: str) -> tuple[str, str, str | None]:
    match = _WORD.fullmatch(word)
    assert match is not None  # the pattern matches any text
    return match["prefix"] or "", match["key"], match["value"]


def _translate(prefix: str, key: str, value: str | None, groups: Collection[str]) -> str:
    if key == "exp":
        return f"+exp{value}"
    if key in groups:
        return "" if prefix == "~" else f"{key}{value}"
    if key == "hydra" or key.startswith(("hydra.", "hydra/")):
        return f"{prefix}{key}{value or ''}"
    if prefix == "~":
        return f"~{key}{value or ''}"
    # Forced in, so that unknown settings reach our validator and its hints instead of Hydra's.
    return f"++{key}{value}"


def _stray(word: str, experiments: Mapping[str, Path]) -> Problem:
    if word in experiments:
        return Problem(word, "is an experiment, not a setting", f"Did you mean +exp={word}?")
    return Problem(word, "is neither key=value nor a YAML file", "Example: +exp=quickstart seed=1")


def unknown_experiment(name: str, experiments: Mapping[str, Path]) -> Problem:
    """The problem of an experiment that is not there, with the nearest one that is."""
    return Problem(
        "exp", f"there is no experiment {name!r}", nearest(name, set(experiments) - {FILE})
    )


def absent_file(path: Path, experiments: Mapping[str, Path]) -> Problem:
    """The problem of a spec file that is not there: a file beside it or an experiment is near.

    >>> print(absent_file(Path("quickstrt.yaml"), {"quickstart": Path("experiments/q.yaml")}))
    quickstrt.yaml: no such file. Did you mean '+exp=quickstart'?
    """
    from synthcraft.spec.read import spec_files

    known = {name.rpartition("/")[2]: f"+exp={name}" for name in experiments if name != FILE}
    known |= {file.stem: str(file) for file in spec_files(path.parent)}
    close = difflib.get_close_matches(path.stem, known, n=1)
    meant = f"Did you mean {known[close[0]]!r}?" if close else ""
    names = ", ".join(sorted(set(experiments) - {FILE}))
    return Problem(str(path), "no such file", meant or f"Experiments (+exp=NAME): {names}.")
