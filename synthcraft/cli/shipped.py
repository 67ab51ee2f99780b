"""Where the options and experiments are: in the checkout, or shipped inside the wheel."""

from pathlib import Path

import synthcraft

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
