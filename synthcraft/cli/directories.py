"""Run directories that a user names: looked at before anything slow is loaded or written."""

from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthcraft.errors import Problem, RunError
from synthcraft.journal import FILE, unreadable


def folder(text: str) -> Path:
    """A folder to write to, as an option names it; refused where it names none.

    >>> folder("out").name
    'out'
    """
    if not text.strip():
        raise ArgumentTypeError("is empty: name a folder")
    return Path(text)


def require_runs(directories: Sequence[Path]) -> None:
    """Nothing, where every directory holds a run with a journal.

    Raises
    ------
    RunError
        With every directory that is absent or unreadable, holds no run, or a run that was
        interrupted before the first entry of its journal.
    """
    problems = [problem for path in directories for problem in _looked_at(path)]
    if problems:
        raise RunError(problems)


def require_own(directory: Path) -> None:
    """Nothing, where a run may be written into the directory: it is absent, empty or a run's.

    Raises
    ------
    RunError
        When it holds other files, among which a run would be hard to find and to remove.
    """
    if directory.is_file():
        raise RunError([Problem(str(directory), "is a file", "Name a directory.")])
    if not directory.is_dir() or (directory / FILE).exists():
        return
    from synthcraft.results import SPEC_FILE

    before_journal = {SPEC_FILE, f"{SPEC_FILE}.partial", ".lock"}
    if any(path.name not in before_journal for path in directory.iterdir()):
        hint = "Name a directory that is empty or not there yet."
        raise RunError([Problem(str(directory), "holds files that are no run's", hint)])


def _looked_at(path: Path) -> list[Problem]:
    try:
        return list(_problems(path))
    except OSError as exc:
        return [unreadable(path, exc)]


def _problems(path: Path) -> Iterator[Problem]:
    from synthcraft.results import SPEC_FILE

    if not path.exists():
        yield Problem(str(path), "there is no such directory", "Runs are in runs/NAME-ID.")
    elif not path.is_dir():
        yield Problem(str(path), "is a file", "Name the run directory that holds it.")
    elif _is_empty(path / FILE):
        if (path / SPEC_FILE).exists():
            hint = "The same run command goes on."
            yield Problem(str(path), "was interrupted before its first entry", hint)
        else:
            yield Problem(str(path), "there is no run here", "Name a directory that run made.")


def _is_empty(journal: Path) -> bool:
    """Whether a journal has no complete line."""
    return not journal.is_file() or b"\n" not in journal.read_bytes()
