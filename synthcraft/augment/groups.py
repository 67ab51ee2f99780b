"""Who gets rows: the groups of a table by one column, or by several crossed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.metrics.encode import Ints
from synthcraft.metrics.groups import RARE_LEVELS, escaped
from synthcraft.spec.augmentation import ON_OUTCOME, spelled
from synthcraft.spec.types import AugmentationSpec

Levels = tuple[str, ...]
"""One level of each column that groups are made of."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """All groups of a table, in a fixed order, and which of them are targets (get rows).

    ``names`` are as in every group-wise measure: ``ethnicity=NHB`` or ``ethnicity=NHB&sex=male``;
    groups too small to be named share one name, the last, which is never a target. ``levels`` are
    those of each name, none where it is shared.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    targets: tuple[str, ...]
    levels: tuple[Levels, ...]

    def condition(self, name: str) -> dict[str, str]:
        """What a row must be to belong to a group: the level of each column.

        >>> Grouping(("sex",), ("sex=f", "sex=m"), ("sex=f",), (("f",), ("m",))).condition("sex=m")
        {'sex': 'm'}
        """
        return dict(zip(self.columns, self.levels[self.names.index(name)], strict=True))


@dataclass(frozen=True, eq=False)
class Members:
    """The group of each row of a table: its place in ``Grouping.names``, or −1 where unknown."""

    codes: Ints


def grouping(aug: AugmentationSpec, table: Table) -> Grouping:
    """The groups of a whole table: every combination of levels that a row of it has.

    Groups of fewer than 10 rows share a name. Targets are the groups that the spec names, else
    those that its rule has a number for, else all but the largest (the first, of equal ones).

    Raises
    ------
    DataError
        When the spec's columns or groups do not fit the table (``misfits``).

    >>> from synthcraft.data.table import Column
    >>> frame = pd.DataFrame({"race": pd.Categorical(["A"] * 30 + ["B"] * 12 + ["C"] * 3)})
    >>> table = Table(frame, (Column("race", "categorical", ("A", "B", "C")),), "regression", "y")
    >>> found = grouping(AugmentationSpec(column="race"), table)
    >>> found.names, found.targets
    (('race=A', 'race=B', 'race=… (levels under 10 rows)'), ('race=B',))
    """
    if problems := misfits(aug, table):
        raise DataError(problems)
    sizes = _sizes(aug.column, table.frame)
    named = tuple(levels for levels, size in sizes.items() if size >= SMALLEST)
    rare = (_name(aug.column, (RARE_LEVELS,) * len(aug.column)),) if len(named) < len(sizes) else ()
    asked = _asked(aug, sizes)
    return Grouping(
        columns=aug.column,
        names=(*(_named(aug.column, levels) for levels in named), *rare),
        targets=tuple(_named(aug.column, levels) for levels in named if levels in asked),
        levels=(*named, *(() for _ in rare)),
    )


def members(groups: Grouping, frame: pd.DataFrame) -> Members:
    """The group of each row of a frame in canonical form, real or synthetic.

    A row that lacks the level of a column belongs to no group (−1); so does a combination of
    levels that the table does not have, unless there is a name for what is rare.

    >>> groups = Grouping(("sex",), ("sex=f", "sex=m"), ("sex=f",), (("f",), ("m",)))
    >>> members(groups, pd.DataFrame({"sex": pd.Categorical(["m", None, "f"])})).codes.tolist()
    [1, -1, 0]
    """
    shared = groups.levels.index(()) if () in groups.levels else -1
    place = {levels: code for code, levels in enumerate(groups.levels)}
    rows = _rows(groups.columns, frame)
    codes = [-1 if levels is None else place.get(levels, shared) for levels in rows]
    return Members(np.array(codes, dtype=np.intp))


def text_of(levels: Levels) -> str:
    """How a spec names a group.

    >>> text_of(("NHB", "female"))
    'NHB & female'
    """
    return spelled(" & ".join(levels))


def misfits(aug: AugmentationSpec, table: Table) -> list[Problem]:
    """What the augmentation block names that the table does not have, or cannot be grouped by."""
    problems = [problem for name in aug.column for problem in _column_problems(name, table)]
    return problems or list(_group_problems(aug, _sizes(aug.column, table.frame)))


def _column_problems(name: str, table: Table) -> Iterator[Problem]:
    path = "augmentation.column"
    if name == table.target:
        yield Problem(path, *ON_OUTCOME)
    elif name not in table.names:
        known = [column for column in table.categorical if column != table.target]
        yield Problem(path, f"there is no column {name!r} in the table", nearest(name, known))
    elif table.column(name).numeric:
        yield Problem(
            path,
            f"{name} is a numeric column, and groups are levels",
            f"Name a column of levels, or set dataset.columns.{name}.type: categorical.",
        )
    elif table.column(name).missing == "impute" and table.frame[name].isna().any():
        yield Problem(
            path,
            f"{name} has missing values that would be imputed: that makes up who is in a group",
            f"Set dataset.columns.{name}.missing: model (they belong to no group), or drop.",
        )


def _group_problems(aug: AugmentationSpec, sizes: dict[Levels, int]) -> Iterator[Problem]:
    named = [text_of(levels) for levels, size in sizes.items() if size >= SMALLEST]
    small = [text_of(levels) for levels, size in sizes.items() if size < SMALLEST]
    if len(named) < 2:
        message = f"{' × '.join(aug.column)} has fewer than two groups of {SMALLEST} rows or more"
        yield Problem("augmentation.column", message, "Name a column of more groups.")
        return
    given = {
        "groups": () if aug.groups == "all" else aug.groups,
        "shares": tuple(aug.shares or ()),
        "counts": tuple(aug.counts or ()),
    }
    for setting, texts in given.items():
        for text in map(spelled, texts):
            path = f"augmentation.{setting}"
            if text in small:
                message = f"the group {text!r} has fewer than {SMALLEST} rows"
                yield Problem(path, message, "That is too few to learn from or to be judged on.")
            elif text not in named:
                yield Problem(path, f"there is no group {text!r}", _nearest_group(text, named))


def _nearest_group(text: str, named: Sequence[str]) -> str:
    """A hint at the group that is meant, whatever the order of its levels.

    >>> _nearest_group("black & f", ["f & black", "m & black"])
    "Did you mean 'f & black'?"
    """
    levels = sorted(text.split(" & "))
    same = [name for name in named if sorted(name.split(" & ")) == levels]
    return nearest(same[0] if same else text, named)


def _asked(aug: AugmentationSpec, sizes: dict[Levels, int]) -> set[Levels]:
    """The groups that get rows."""
    texts = aug.groups if aug.groups != "all" else tuple(aug.counts or aug.shares or ())
    if texts:
        wanted = {spelled(text) for text in texts}
        return {levels for levels in sizes if text_of(levels) in wanted}
    return {*sizes} - {max(sizes, key=lambda levels: sizes[levels])}


def _sizes(columns: Sequence[str], frame: pd.DataFrame) -> dict[Levels, int]:
    """Rows by combination of levels, in the order of the columns' levels."""
    counts = Counter(levels for levels in _rows(columns, frame) if levels is not None)
    order = [{level: i for i, level in enumerate(frame[c].cat.categories)} for c in columns]
    ranked = sorted(
        counts, key=lambda found: [rank[one] for rank, one in zip(order, found, strict=True)]
    )
    return {levels: counts[levels] for levels in ranked}


def _rows(columns: Sequence[str], frame: pd.DataFrame) -> Iterator[Levels | None]:
    """The levels of each row, None where one is missing."""
    values = [frame[column].astype(object) for column in columns]
    absent = frame[[*columns]].isna().any(axis=1)
    for missing, *levels in zip(absent, *values, strict=True):
        yield None if missing else tuple(levels)


def _named(columns: Sequence[str], levels: Levels) -> str:
    return _name(columns, [escaped(level) for level in levels])


def _name(columns: Sequence[str], shown: Sequence[str]) -> str:
    return "&".join(f"{escaped(c)}={level}" for c, level in zip(columns, shown, strict=True))
