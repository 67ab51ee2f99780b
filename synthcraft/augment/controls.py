"""What augmentation by a generator is compared with: controls that need none."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from synthcraft.augment.cohort import Cohort, rows_of
from synthcraft.augment.doses import doses_of, label, rows_to_add
from synthcraft.augment.groups import members
from synthcraft.augment.smote import smote_nc
from synthcraft.augment.training import Training, joined, refusal
from synthcraft.data.describe import count_text
from synthcraft.data.table import Table
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.spec.types import AugmentationSpec


def control_trainings(
    name: str, cohort: Cohort, aug: AugmentationSpec, *, seed: int
) -> tuple[Training, ...]:
    """What a control of ``cards.CONTROLS`` trains models on: once, or with each dose.

    Doses are nested as an arm's are. A dose that cannot be had is refused, with the reason.
    """
    if name in _ADDED:
        return tuple(_doses(_ADDED[name], cohort, aug, seed))
    codes = members(cohort.grouping, cohort.train.frame).codes
    target = np.isin(codes, [cohort.grouping.names.index(t) for t in cohort.grouping.targets])
    kept = {"majority_only": ~target, "minority_only": target}.get(name, np.ones_like(target))
    if not kept.any():
        return (refusal(cohort, "", "there are no such train rows"),)
    # A few rows that share a name for being rare must not count as much as a group.
    named = np.array([bool(levels) for levels in cohort.grouping.levels])
    weights = balancing(np.where(named[codes], codes, -1)) if name == "weights" else None
    return (Training(cohort.train.frame[kept].reset_index(drop=True), weights),)


def balancing(codes: Ints) -> Floats:
    """Weights of rows by group number that give every group the same total, 1 on average.

    Rows of no known group (−1) have weight 1.

    >>> balancing(np.array([0, 0, 0, 1, -1])).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0, 1.0]
    """
    known = codes >= 0
    counts = np.bincount(codes[known])
    share = known.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(known, share[codes], 1.0)


_More = Callable[[Cohort, str, int, np.random.Generator], pd.DataFrame | str]


def _doses(more: _More, cohort: Cohort, aug: AugmentationSpec, seed: int) -> Iterator[Training]:
    """Each dose: the first of the rows that there are for the largest one."""
    largest = rows_to_add(aug, cohort.grouping, cohort.sizes, max(doses_of(aug)))
    found = {
        name: more(cohort, name, n, np.random.default_rng([seed, place]))
        for place, (name, n) in enumerate(largest.items())
    }
    for dose in doses_of(aug):
        wanted = rows_to_add(aug, cohort.grouping, cohort.sizes, dose)
        parts = [_first(name, found[name], n) for name, n in wanted.items()]
        lacking = [part for part in parts if isinstance(part, str)]
        if lacking:
            yield refusal(cohort, label(dose), lacking[0])
        else:
            frames = [part for part in parts if not isinstance(part, str)]
            yield Training(joined(cohort.train, frames), augmentation=label(dose))


def _first(name: str, rows: pd.DataFrame | str, n: int) -> pd.DataFrame | str:
    if isinstance(rows, str):
        return f"{name}: {rows}"
    if len(rows) < n:
        return f"{name}: {n:,} rows are asked for, and {count_text(len(rows)).lower()} are withheld"
    return rows.iloc[:n]


def _duplicates(cohort: Cohort, name: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Copies of the group's rows, in rounds of all of them, each in an order of its own."""
    own = _own(cohort, cohort.train, name)
    rounds = [rng.permutation(len(own)) for _ in range(-(-n // len(own)))]
    copies: pd.DataFrame = own.iloc[np.ravel(rounds)[:n].astype(int)]
    return copies


def _withheld(cohort: Cohort, name: str, _: int, rng: np.random.Generator) -> pd.DataFrame:
    own = _own(cohort, cohort.withheld, name)
    return own.iloc[rng.permutation(len(own))]


def _between(cohort: Cohort, name: str, n: int, rng: np.random.Generator) -> pd.DataFrame | str:
    codes = members(cohort.grouping, cohort.train.frame).codes
    return smote_nc(cohort.train, codes == cohort.grouping.names.index(name), n, rng)


def _own(cohort: Cohort, table: Table, name: str) -> pd.DataFrame:
    own: pd.DataFrame = table.frame.iloc[rows_of(cohort.grouping, table, name)]
    return own


_ADDED: dict[str, _More] = {
    "duplication": _duplicates,
    "smote_nc": _between,
    "real": _withheld,
}
