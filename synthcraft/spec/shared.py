"""Meanings of columns and rules that several specs share, in a file of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthcraft.errors import Problem, SpecError
from synthcraft.spec.read import read_file
from synthcraft.spec.validate import schema_problems

KEY = "columns_from"
_HELD = ("columns", "rules")


def with_shared(plain: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The plain data of a spec with the contents of its ``dataset.columns_from`` in its place.

    The file holds ``dataset.columns``, ``dataset.rules`` or both, as ``profile --columns`` writes
    it, and lies relative to ``folder``. What the spec itself says of a column or rule goes before
    it. A spec without that key, or with no text there, stays as it is.

    Raises
    ------
    SpecError
        When the file cannot be read, or holds anything else or anything that is not accepted.

    >>> with_shared({"dataset": {"plugin": "csv"}}, Path())
    {'dataset': {'plugin': 'csv'}}
    """
    dataset = plain.get("dataset")
    if not isinstance(dataset, Mapping) or not isinstance(dataset.get(KEY), str):
        return dict(plain)
    path = folder / Path(dataset[KEY]).expanduser()
    shared = _shared(path)
    own = {key: value for key, value in dataset.items() if key != KEY}
    for key, held in shared.items():
        said = own.get(key) or {}
        own[key] = _over(held, said) if isinstance(said, Mapping) else said
    return {**plain, "dataset": own}


def _over(held: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The file's settings with those of the spec over them, setting by setting of a column."""
    merged = dict(held)
    for name, value in said.items():
        both = isinstance(value, Mapping) and isinstance(held.get(name), Mapping)
        merged[name] = {**held[name], **value} if both else value
    return merged


def _shared(path: Path) -> dict[str, Any]:
    """The ``columns`` and ``rules`` that a file holds."""
    try:
        whole = read_file(path)
    except SpecError as error:
        told = [Problem(f"dataset.{KEY}: {p.path}", p.message, p.hint) for p in error.problems]
        raise SpecError(told) from None
    dataset = whole.get("dataset")
    held = dataset if isinstance(dataset, Mapping) else {}
    foreign = [key for key in whole if key != "dataset"]
    foreign += [f"dataset.{key}" for key in held if key not in _HELD]
    problems = [Problem(f"{path}: {key}", "does not belong here", _HINT) for key in foreign]
    if not held:
        problems.append(Problem(str(path), "tells nothing of columns", _HINT))
    if not problems:
        problems = [
            Problem(f"{path}: {problem.path}", problem.message, problem.hint)
            for problem in schema_problems({"dataset": {"plugin": "csv", **held}})
            if problem.path.startswith(tuple(f"dataset.{key}" for key in _HELD))
        ]
    if problems:
        raise SpecError(problems)
    return {key: dict(value) for key, value in held.items() if value}


_HINT = (
    "The file holds dataset.columns and dataset.rules only, as python -m synthcraft profile TABLE "
    "--columns FILE writes it."
)
