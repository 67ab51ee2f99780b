"""Which real rows generators and models see, which are withheld, and which judge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthcraft.augment.doses import doses_of, primary_of, rows_to_add
from synthcraft.augment.groups import Grouping, grouping, members
from synthcraft.data.describe import SMALLEST
from synthcraft.data.split import Positions, Split, apply_split, divide, make_inner
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.ids import Purpose, seed_for
from synthcraft.metrics.cards.utility import MIN_EVENTS
from synthcraft.metrics.context import NotApplicable
from synthcraft.metrics.encode import Ints
from synthcraft.metrics.groups import support, supporting
from synthcraft.metrics.utility.outcome import outcome_in
from synthcraft.spec.augmentation import MOST_ROWS, too_many
from synthcraft.spec.types import AugmentationSpec, FractionsSpec

VALIDATION, WITHHELD = 2, 3  # lots of their own: 0 and 1 divide holdout and a policy's validation


@dataclass(frozen=True, eq=False)
class Cohort:
    """The real rows of one augmentation trial; four disjoint tables with the same columns.

    Of a split's train rows, ``validation`` (thresholds are found on it) and ``withheld`` rows of
    the targets (what the control "real" adds) are set aside before anything is fitted, imputed or
    screened; ``train`` is what is left, and all that generators and models learn from. ``holdout``
    judges and is never augmented. ``withheld`` may have no rows.
    """

    grouping: Grouping
    train: Table
    validation: Table
    withheld: Table
    holdout: Table

    @property
    def sizes(self) -> dict[str, int]:
        """Train rows of each group, by name."""
        return sizes_of(self.grouping, self.train)


def make_cohort(
    table: Table,
    split: Split,
    aug: AugmentationSpec,
    fractions: FractionsSpec,
    *,
    seed: int,
    cut: Literal["stratified", "hashed"] = "stratified",
) -> Cohort:
    """The four parts of a table in one split: its holdout, and its train rows cut in three.

    ``fractions.validation`` of the train rows, of each group and outcome class alike, become the
    validation part; where the spec undersamples, all but so many of what is left of each target are
    withheld, of each outcome class alike. Rows of one person stay together within a group. Then
    what columns mean, fill values and screened columns follow from the remaining train rows alone
    (data/split.apply_split). A ``hashed`` cut makes the validation part as it made the holdout.

    Raises
    ------
    DataError
        When the block does not fit the table; when a target has fewer than 10 train rows, or too
        few holdout rows to be judged on; when no dose adds a row, or one adds over a million.
    """
    groups = grouping(aug, table)
    codes = members(groups, table.frame).codes
    if cut == "hashed":
        # A key of its own: under that of an inner split, all that remain lie on one side.
        key = seed_for(seed, split.index, VALIDATION, Purpose.SPLIT)
        inner = make_inner(table, split, fractions, seed=key, index=split.index, cut=cut)
        rest, validation = inner.train, inner.holdout
    else:
        rng = np.random.default_rng(seed_for(seed, split.index, VALIDATION, Purpose.SPLIT))
        strata = _strata(table, codes)
        rest, validation = divide(table, split.train, fractions.validation, rng, classes=strata)
    rng = np.random.default_rng(seed_for(seed, split.index, WITHHELD, Purpose.SPLIT))
    withheld = _withheld(table, rest, aug, groups, rng)
    cohort = _cut(table, groups, split, np.setdiff1d(rest, withheld), validation, withheld)
    if problems := list(_shortages(cohort, aug, split.index)):
        raise DataError(problems)
    return cohort


def sizes_of(groups: Grouping, table: Table) -> dict[str, int]:
    """Rows of each group of a table, by name."""
    codes = members(groups, table.frame).codes
    counts = np.bincount(codes[codes >= 0], minlength=len(groups.names))
    return {name: int(n) for name, n in zip(groups.names, counts, strict=True)}


def rows_of(groups: Grouping, table: Table, name: str) -> Ints:
    """The positions of one group's rows in a table."""
    return np.flatnonzero(members(groups, table.frame).codes == groups.names.index(name))


def _withheld(
    table: Table,
    rest: Positions,
    aug: AugmentationSpec,
    groups: Grouping,
    rng: np.random.Generator,
) -> Positions:
    """Those of the rows that the targets do not keep, ascending."""
    stays, taken = aug.undersample, [np.zeros(0, dtype=np.int64)]
    if stays is None:
        return taken[0]
    for name in groups.targets:
        own = np.intersect1d(rest, rows_of(groups, table, name))
        share = 1 - stays if isinstance(stays, float) else max(0.0, 1 - stays / max(len(own), 1))
        if round(share * len(own)):
            classes = _strata(table, np.zeros(len(table), dtype=np.intp))
            taken.append(divide(table, own, share, rng, classes=classes)[1])
    return np.sort(np.concatenate(taken))


def _strata(table: Table, codes: Ints) -> Positions:
    """A number from 0 for each row, the same for rows of one group and outcome class."""
    numeric = table.column(table.target).numeric
    classes = np.zeros(len(table)) if numeric else table.frame[table.target].cat.codes.to_numpy()
    both = np.column_stack([codes, classes])
    found: Positions = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    return found


def _cut(
    table: Table,
    groups: Grouping,
    split: Split,
    train: Positions,
    validation: Positions,
    withheld: Positions,
) -> Cohort:
    """The parts as tables, all others by what the train rows tell."""
    others = (validation, withheld, split.holdout)
    parts = apply_split(table, Split(split.index, train, np.concatenate(others)))
    ends = np.cumsum([len(rows) for rows in others])
    aside = [
        parts.holdout.take(np.arange(end - len(rows), end))
        for rows, end in zip(others, ends, strict=True)
    ]
    return Cohort(groups, parts.train, *aside)


def _shortages(cohort: Cohort, aug: AugmentationSpec, split: int) -> Iterator[Problem]:
    """Why this split cannot answer what the block asks."""
    sizes, path = cohort.sizes, "augmentation.groups"
    hint = "Name larger groups, or set other shares of rows aside (design.fractions, undersample)."
    for name in cohort.grouping.targets:
        if sizes[name] < SMALLEST:
            message = f"{name} has fewer than {SMALLEST} rows to learn from in split {split}"
            yield Problem(path, message, hint)
        elif wanted := _wanted(cohort, name):
            message = f"{name} has too few rows to be judged on in split {split}: needs {wanted}"
            yield Problem(path, message, hint)
    yield from _amounts(aug, cohort.grouping, sizes)


def _wanted(cohort: Cohort, name: str) -> str:
    """What a group needs to be judged on its holdout rows; empty where it has that."""
    rows = rows_of(cohort.grouping, cohort.holdout, name)
    try:
        outcome = outcome_in(cohort.holdout, cohort.train).take(rows)
    except NotApplicable:  # no group can be judged: measures say so
        return ""
    return "" if support(outcome) >= MIN_EVENTS else supporting(outcome, MIN_EVENTS)


def _amounts(
    aug: AugmentationSpec, groups: Grouping, sizes: Mapping[str, int]
) -> Iterator[Problem]:
    largest = sum(rows_to_add(aug, groups, sizes, max(doses_of(aug))).values())
    if largest > MOST_ROWS:
        yield Problem("augmentation.doses", *too_many(largest))
    elif not sum(rows_to_add(aug, groups, sizes, primary_of(aug)).values()):
        told = f"adds no row to any group at the primary dose of {primary_of(aug):g} %"
        if aug.rule in ("dose", "counts"):
            yield Problem("augmentation.doses", told, "Give larger ones.")
        else:
            hint = "Set rule: dose, or declare other numbers."
            yield Problem("augmentation.rule", f"got {aug.rule}, which {told}", hint)
