"""Whether a target (and a time) can be predicted as the task asks."""

from synthcraft.catalogue import Task
from synthcraft.data.columns import ReadColumn
from synthcraft.errors import Problem
from synthcraft.spec.types import DatasetSpec

FEWEST_PER_CLASS = 10
MOST_CLASSES = 50
_EVENTS = {"1": "0", "true": "false", "yes": "no", "event": "censored", "dead": "alive"}


def outcome_problems(
    read: dict[str, ReadColumn], dataset: DatasetSpec, *, task: Task
) -> list[Problem]:
    """What keeps the target, positive level and time from fitting the task."""
    target = read[str(dataset.target)]
    if target.problems:
        return []  # told already; nothing more can be said of values that cannot be read
    if target.values.notna().sum() == 0:
        return [Problem("dataset.target", f"{dataset.target!r} has no values", "Name another.")]
    if target.values.nunique() == 1:
        return [
            Problem(
                "dataset.target",
                f"{dataset.target!r} has the same value in every row",
                "Name a target that varies.",
            )
        ]
    if task == "regression":
        return _regression_problems(target, dataset)
    problems = _class_problems(target, task=task)
    if not problems:
        problems += _positive_problems(target, dataset, task=task)
    if task == "survival" and dataset.time in read:
        problems += _time_problems(read[dataset.time])
    return problems


def rarer_level(target: ReadColumn) -> str:
    """The level with fewer rows; the later one where both are equally frequent."""
    counts = target.values.value_counts()
    return min(reversed(target.column.levels), key=lambda level: int(counts.get(level, 0)))


def natural_event(target: ReadColumn) -> str | None:
    """The level that says "it happened" (1, true, yes, event, dead), where the levels tell.

    >>> import pandas as pd
    >>> from synthcraft.data.table import Column
    >>> natural_event(ReadColumn(pd.Series(["0", "1"]), Column("e", "categorical", ("0", "1"))))
    '1'
    """
    for event, other in _EVENTS.items():
        by_name = {level.lower(): level for level in target.column.levels}
        if set(by_name) == {event, other}:
            return by_name[event]
    return None


def _regression_problems(target: ReadColumn, dataset: DatasetSpec) -> list[Problem]:
    if target.column.numeric and dataset.positive is not None:
        return [
            Problem(
                "dataset.positive",
                f"is given, but {target.column.name!r} is an amount (the task is regression)",
                "Set dataset.task=classification if its numbers are codes of classes; "
                "otherwise leave dataset.positive out (command line: ~dataset.positive).",
            )
        ]
    if target.column.numeric:
        return []
    return [
        Problem(
            "dataset.task",
            f"regression needs numbers, but {target.column.name!r} is categorical",
            "Set dataset.task=classification, or declare "
            f"dataset.columns.{target.column.name}.type: numeric.",
        )
    ]


def _class_problems(target: ReadColumn, *, task: Task) -> list[Problem]:
    name = target.column.name
    if target.column.numeric:
        return [
            Problem(
                "dataset.task",
                f"{task} needs classes, but {name!r} is declared numeric",
                f"Set dataset.task=regression, or dataset.columns.{name}.type: categorical.",
            )
        ]
    counts = target.values.value_counts()
    if task == "survival" and len(counts) != 2:
        return [
            Problem(
                "dataset.target",
                f"{name!r} has {len(counts)} values, but an event indicator has two",
                "Name a column of 0 (censored) and 1 (event).",
            )
        ]
    if len(counts) > MOST_CLASSES:
        return [
            Problem(
                "dataset.task",
                f"{task}, but {name!r} has {len(counts):,} different values",
                "Set dataset.task=regression if they are amounts; otherwise group the classes.",
            )
        ]
    rare = [level for level in target.column.levels if counts.get(level, 0) < FEWEST_PER_CLASS]
    if not rare:
        return []
    # An undeclared class of few rows may be a person's own words: it is counted, not named.
    named = rare[:5] if "levels" in target.column.declared else []
    shown = f": {', '.join(map(repr, named))}{', …' if len(rare) > 5 else ''}" if named else ""
    classes = "1 class" if len(rare) == 1 else f"{len(rare):,} classes"
    return [
        Problem(
            "dataset.target",
            f"{name!r} has {classes} of fewer than {FEWEST_PER_CLASS} rows{shown}",
            "Merge them, or leave their rows out (dataset.params.missing_codes); if the values "
            "are amounts, set dataset.task=regression.",
        )
    ]


def _positive_problems(target: ReadColumn, dataset: DatasetSpec, *, task: Task) -> list[Problem]:
    levels = target.column.levels
    counts = target.values.value_counts()
    declared = "levels" in target.column.declared
    named = [level for level in levels if declared or counts[level] >= FEWEST_PER_CLASS]
    shown = f"Its levels: {', '.join(named)}." if 0 < len(named) <= 10 else ""
    if dataset.positive is not None and dataset.positive not in levels:
        return [
            Problem(
                "dataset.positive", f"{target.column.name!r} has no {dataset.positive!r}", shown
            )
        ]
    if dataset.positive is not None and len(levels) > 2:
        return [
            Problem(
                "dataset.positive",
                f"is given, but {target.column.name!r} has {len(levels)} levels",
                "Only a target of two levels has a positive one: merge the others, or leave "
                "dataset.positive out (command line: ~dataset.positive).",
            )
        ]
    if task == "survival" and dataset.positive is None and natural_event(target) is None:
        return [Problem("dataset.positive", "not given", f"Name the level of an event. {shown}")]
    return []


def _time_problems(time: ReadColumn) -> list[Problem]:
    name = time.column.name
    if not time.column.numeric:
        return [Problem("dataset.time", f"{name!r} is not numeric", "Name a column of durations.")]
    if negative := int((time.values < 0).sum()):
        return [
            Problem(
                "dataset.time",
                f"{negative:,} times in {name!r} are negative",
                "Follow-up times start at 0: clean the data.",
            )
        ]
    return []
