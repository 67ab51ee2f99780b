"""Options and experiments: where they are, in the checkout or inside the wheel, and their text."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import synthcraft
from synthcraft.errors import Problem, SpecError, nearest

EXPERIMENTS = "experiments"


def home() -> Path:
    """The folder that holds ``conf`` and ``experiments``: in a wheel, one inside the package."""
    package = Path(synthcraft.__file__).resolve().parent
    shipped = package / "_shipped"
    return shipped if shipped.is_dir() else package.parent


def conf() -> Path:
    """The folder of Hydra's groups and options."""
    return home() / "conf"


def groups() -> dict[str, tuple[str, ...]]:
    """The options of each group of settings, by name.

    >>> "csv" in groups()["dataset"]
    True
    """
    return {
        folder.name: tuple(sorted(option.stem for option in folder.glob("*.yaml")))
        for folder in sorted(conf().iterdir())
        if folder.is_dir() and folder.name != "hydra"
    }


def option(group: str, name: str) -> dict[str, Any]:
    """What an option sets, as plain data, without the settings that it leaves open (null).

    Raises
    ------
    SpecError
        When the group has no such option; the nearest name is told.

    >>> option("objective", "augmentation")["weights"]
    {'fidelity': 2, 'utility': 8, 'privacy': 0}
    """
    known = groups().get(group, ())
    if name not in known:
        raise SpecError([Problem(group, f"{name!r} is not known", nearest(name, known))])
    return _settled(deepcopy(_read(conf() / group / f"{name}.yaml")))


@lru_cache
def _read(path: Path) -> dict[str, Any]:
    # What is shipped does not change; YAML is slow to read, and a conversation asks for it often.
    from synthcraft.spec.read import read_file  # pydantic is slow to load for a --help

    return read_file(path)


def _settled(plain: dict[str, Any]) -> dict[str, Any]:
    """The settings that have a value."""
    inner = {
        key: _settled(value) if isinstance(value, dict) else value for key, value in plain.items()
    }
    return {key: value for key, value in inner.items() if value is not None and value != {}}


def experiments() -> dict[str, Path]:
    """Every experiment by name; those in ./experiments win over shipped ones of the same name.

    >>> "quickstart" in experiments()
    True
    """
    found: dict[str, Path] = {}
    for folder in (home() / EXPERIMENTS, Path(EXPERIMENTS)):
        for path in sorted(folder.rglob("*.yaml")):
            found[path.relative_to(folder).with_suffix("").as_posix()] = path
    return dict(sorted(found.items()))


def experiment(name: str) -> dict[str, Any]:
    """What an experiment that comes with SynthCraft says, as plain data.

    Raises
    ------
    SpecError
        When none of this name was shipped; the nearest name is told.

    >>> experiment("quickstart")["name"]
    'quickstart'
    """
    folder = home() / EXPERIMENTS
    known = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml")}
    if name not in known:
        raise SpecError([Problem("", f"there is no experiment {name!r}", nearest(name, known))])
    return deepcopy(_read(folder / f"{name}.yaml"))
