"""Which rows a trial learns from, and which judge it, by its stage."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from synthcraft.augment.cohort import Cohort
from synthcraft.data.split import (
    Parts,
    Split,
    apply_split,
    make_inner,
    make_split,
    split_to_json,
)
from synthcraft.data.table import Table
from synthcraft.engine.cohorts import check_withheld, cohort_of, of_targets, told_rows
from synthcraft.errors import DataError
from synthcraft.records import Plan, Stage
from synthcraft.spec.privacy import cut_of
from synthcraft.spec.types import Spec

Ground = Literal["outer", "inner", "optimism"]
Place = tuple[Ground, int]
"""A pair of parts and the number of its split; trials of one place share their real side."""
GROUNDS: Mapping[Stage, Ground] = {
    "reference": "outer",
    "control": "outer",
    "report": "outer",
    "select": "inner",
    "confirm": "inner",
    "optimism": "optimism",
}
WORDS: Mapping[Ground, str] = {
    "outer": "split",
    "inner": "inner split",
    "optimism": "holdout for inner split",
}


@dataclass(frozen=True)
class Division:
    """The splits of a run, and at each place the parts that synthetic rows are judged against.

    Generators learn from the train part; with augmentation from the train rows of the place's
    cohort, of which the parts are the targets' rows.
    """

    splits: tuple[Split, ...]
    inner: tuple[Split, ...]
    parts: Mapping[Place, Parts]
    cohorts: Mapping[Place, Cohort] = field(default_factory=dict)


def divide(spec: Spec, plan: Plan, table: Table) -> Division:
    """All parts of a run.

    An inner split divides the first split's train rows. Its train rows are judged twice: on its
    own validation rows, and ("optimism") on the first split's holdout.

    Raises
    ------
    DataError
        When a part has too few rows for what the spec asks.
    """
    fractions, cut = spec.design.fractions, cut_of(spec)
    splits = tuple(
        make_split(table, fractions, seed=spec.seed, index=index, cut=cut)
        for index in range(plan.splits)
    )
    inner = tuple(
        make_inner(table, splits[0], fractions, seed=spec.seed, index=index, cut=cut)
        for index in range(plan.inner)
    )
    again = (Split(split.index, split.train, splits[0].holdout) for split in inner)
    grounds: dict[Ground, Iterable[Split]] = {"outer": splits, "inner": inner, "optimism": again}
    parts: dict[Place, Parts] = {}
    cohorts: dict[Place, Cohort] = {}
    for ground, own in grounds.items():
        for split in own:
            place, cohort = (ground, split.index), _cohort(spec, table, ground, split)
            if cohort is not None:
                cohorts[place] = cohort
            parts[place] = of_targets(cohort) if cohort else apply_split(table, split)
    judging = (cohort for (ground, _), cohort in cohorts.items() if ground == "outer")
    check_withheld(spec.augmentation, judging)
    return Division(splits, inner, parts, cohorts)


def _cohort(spec: Spec, table: Table, ground: Ground, split: Split) -> Cohort | None:
    try:
        return cohort_of(spec, table, split)
    except DataError as error:
        if ground == "outer":
            raise
        where = f"{WORDS[ground]} {split.index}, on which {spec.selector.plugin} chooses"
        told = [replace(p, message=f"{where}: {p.message}") for p in error.problems]
        raise DataError(told) from None


def sizes(spec: Spec, division: Division) -> dict[str, Any]:
    """Row counts of each split and what was done to its parts, for the journal."""
    told = {"splits": [_size(spec, division, "outer", s) for s in division.splits]}
    if division.inner:
        told["inner"] = [_size(spec, division, "inner", s) for s in division.inner]
    return told


def write_splits(division: Division, directory: Path) -> None:
    """Row positions of each split, as ``splits/split-0.json`` and ``splits/inner-0.json``."""
    folder = directory / "splits"
    folder.mkdir(exist_ok=True)
    for name, splits in (("split", division.splits), ("inner", division.inner)):
        for split in splits:
            text = json.dumps(split_to_json(split))
            (folder / f"{name}-{split.index}.json").write_text(text, encoding="utf-8")


def listed(places: Sequence[Place]) -> str:
    """Places in words.

    >>> listed([("outer", 0), ("outer", 1)]), listed([("optimism", 2)])
    ('split 0, 1', 'holdout for inner split 2')
    """
    return "; ".join(
        f"{words} {', '.join(str(index) for ground, index in places if ground == name)}"
        for name, words in WORDS.items()
        if any(ground == name for ground, _ in places)
    )


def _size(spec: Spec, division: Division, ground: Ground, split: Split) -> dict[str, Any]:
    place, aug = (ground, split.index), spec.augmentation
    return {
        "index": split.index,
        "train": len(split.train),
        "holdout": len(split.holdout),
        "notes": list(division.parts[place].notes),
        **({} if aug is None else {"augmentation": told_rows(aug, division.cohorts[place])}),
    }
