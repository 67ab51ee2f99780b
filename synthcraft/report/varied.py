"""Settings of several runs: all of them, and those that differ."""

from collections.abc import Sequence

from synthcraft.report.summary import Summary
from synthcraft.report.words import clean
from synthcraft.spec.leaves import leaves

Settings = dict[str, str]
_OWN = ("name", "question", "seed", "report.", "execution.")  # of a run, and no matter of results
_PLUGIN = ".plugin"


def settings(summary: Summary) -> Settings:
    """Every setting of a run's spec, by its dotted path."""
    plain = summary.run.spec.model_dump(mode="json")
    return {path: clean(_told(value)) for path, value in leaves(plain)}


def _told(value: object) -> str:
    """A setting as a reader would write it.

    >>> _told(["age", "sex"]), _told([]), _told(None), _told(0.5)
    ('age, sex', 'none', 'not set', '0.5')
    """
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)


def without_absent(found: Sequence[Settings]) -> list[Settings]:
    """Of generators and metrics that some run lacks, only their plug-in: not every parameter."""
    plugins = [frozenset(p for p in one if p.endswith(_PLUGIN)) for one in found]
    common = plugins[0].intersection(*plugins)
    lacking = tuple(p.removesuffix("plugin") for one in plugins for p in one - common)
    return [
        {p: v for p, v in one.items() if p.endswith(_PLUGIN) or not p.startswith(lacking)}
        for one in found
    ]


def varied(found: Sequence[Settings]) -> list[str]:
    """The paths of settings that differ, but for seeds and names.

    Of a block whose plug-in differs it is the plug-in alone, from which the rest follows; of
    generators and metrics that some run lacks, nothing.

    >>> one = {"dataset.plugin": "nhanes", "dataset.target": "mi", "design.splits": "3"}
    >>> two = {"dataset.plugin": "lung", "dataset.target": "status", "design.splits": "5"}
    >>> varied([one, two])
    ['dataset.plugin', 'design.splits']
    """
    whole = without_absent(found) if found else []
    paths = dict.fromkeys(path for one in whole for path in one)
    differing = [p for p in paths if len({one.get(p) for one in whole}) > 1]
    blocks = [p.removesuffix("plugin") for p in differing if p.endswith(_PLUGIN)]
    kept = [
        path
        for path in differing
        if not path.startswith(_OWN) and not any(path.startswith(block) for block in blocks)
    ]
    everywhere = (b + "plugin" for b in blocks if all(b + "plugin" in one for one in whole))
    return sorted([*kept, *everywhere])


def in_order(values: Sequence[str]) -> list[tuple[bool, float, str]]:
    """What sorts values of settings: numbers by size, and before text.

    >>> sorted([("100",), ("20",), ("a",)], key=in_order)
    [('20',), ('100',), ('a',)]
    """
    return [_place(value) for value in values]


def _place(value: str) -> tuple[bool, float, str]:
    try:
        return False, float(value), ""
    except ValueError:
        return True, 0.0, value
