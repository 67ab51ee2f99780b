"""Membership inference: can train rows be told from rows that the generator never saw?

As many members (train rows) as non-members (holdout rows) are attacked, each with a score that is
higher the more it looks like a member.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import Group, persons_of, sensitive_groups, shown_sizes
from synthcraft.metrics.neighbours import TOLERANCE, Points, nearest
from synthcraft.metrics.privacy.intervals import Bounded, area, caught
from synthcraft.metrics.privacy.roles import roles, untold
from synthcraft.records import Measure

NULL = 0.5  # AUC of guessing
RATE = 0.01  # false positives at which the share of true ones is told
ENOUGH = 1000  # non-members of whom one in a hundred is a number
TELLING = 0.6  # AUC that a copy of train must reach
QUANTILES = (50, 90, 99)


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the attacked members and non-members; rows of a unit (a person) count together.

    Non-members may go together in two ways, a column of units for each, persons first.
    """

    members: Floats
    others: Floats
    units: Any = None
    units_of_others: Any = None

    @property
    def fewest(self) -> int:
        """Number of units, members or others, whichever are fewer."""
        sides = ((self.members, self.units), (self.others, self.units_of_others))
        return min(
            len(rows if units is None else np.unique(units if units.ndim == 1 else units[:, 0]))
            for rows, units in sides
        )

    def area(self) -> Bounded:
        """AUC of the attack."""
        about = {"units": self.units, "units_of_others": self.units_of_others}
        return area(self.members, self.others, **about)

    def caught(self, rate: float) -> Bounded:
        """Members found while this share of non-members is wrongly accused."""
        about = {"units": self.units, "units_of_others": self.units_of_others}
        return caught(self.members, self.others, rate, **about)

    def exposure(self, q: float) -> Bounded:
        """The share of non-members that score below the ``q`` quantile of the members."""
        swapped = Scores(self.others, self.members, self.units_of_others, self.units)
        return swapped.caught(1 - q).scaled(1, 0)

    def of(self, members: Ints, others: Ints) -> "Scores":
        """The scores of some of the rows."""
        return Scores(
            self.members[members],
            self.others[others],
            None if self.units is None else self.units[members],
            None if self.units_of_others is None else self.units_of_others[others],
        )


def scores(real: Real, members: Floats, others: Floats) -> Scores:
    """The scores of the attacked rows with their persons."""
    return Scores(members, others, *real.attacked.persons(real))


class MiaDistance:
    """``mia_distance``: a row is a member if a synthetic row is near."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but which rows are attacked."""
        _ = real.attacked

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """AUC, overall and by sensitive group, and true positives at 1 % false ones."""
        yield from _attack("mia_distance", real, by_distance(real, synthetic))


class RecordRisk:
    """``record_risk_q50`` …: how the scores of ``mia_distance`` spread over train rows."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but which rows are attacked."""
        _ = real.attacked

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Quantiles over train rows, of which none is a single row's."""
        found = by_distance(real, synthetic)
        n = len(found.members)
        for percent in QUANTILES:
            name, q = f"record_risk_q{percent}", percent / 100
            if n * (100 - percent) < 100 * SMALLEST:
                few = f"fewer than {SMALLEST} attacked rows would lie above this quantile"
                yield untold(name, few)
                continue
            main = found.exposure(q)
            yield from roles(name, main, Bounded(q), main.scaled(q, 1), n=n, n_control=n)


def by_distance(real: Real, synthetic: Synthetic) -> Scores:
    """Scores by −distance to the nearest synthetic row."""
    return scores(real, -synthetic.train_to_synthetic, -synthetic.holdout_to_synthetic)


@dataclass(frozen=True, eq=False)
class Reference:
    """Log distances of the attacked rows to the nearest row of a half of the holdout.

    Two holdout rows that are each other's nearest share one distance, and a number in ``pairs``.
    """

    members: Floats
    others: Floats
    pairs: Any


class MiaDomias:
    """``mia_domias``: a row is a member if synthetic rows are denser there than real ones.

    After van Breugel et al. (2023), with nearest-neighbour densities: their ratio ranks rows as
    the ratio of the distances to the nearest reference row and to the nearest synthetic one does,
    whatever the dimension. Each half of the holdout is the reference for the other.
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Reference:
        """Distances to the reference, once a copy of train is seen to be found out."""
        reference = _reference(real)
        copied = np.full(len(reference.members), _log(np.zeros(1))[0])
        fresh = _log(real.holdout_to_train.distance[real.attacked.holdout, 0])
        best = area(reference.members - copied, reference.others - fresh).value
        if best < TELLING:
            raise NotApplicable(
                f"not informative here: even a copy of train is found out with AUC {best:.2f} only"
            )
        return reference

    def measure(self, real: Real, prepared: Reference, synthetic: Synthetic) -> Iterator[Measure]:
        """AUC, overall and by sensitive group, and true positives at 1 % false ones."""
        ours, theirs = _log(synthetic.train_to_synthetic), _log(synthetic.holdout_to_synthetic)
        found = scores(real, prepared.members - ours, prepared.others - theirs)
        persons, pairs = found.units_of_others, prepared.pairs
        ways = (pairs,) if persons is None else (persons, pairs)
        found = replace(found, units_of_others=np.column_stack(ways))
        yield from _attack("mia_domias", real, found)


def _reference(real: Real) -> Reference:
    stream, holdout, attacked = real.stream("domias"), real.holdout, real.attacked
    first = _half(persons_of(holdout), stream)
    halves = Points.of(real.holdout_rows[first]), Points.of(real.holdout_rows[~first])
    # A row is never compared with the half that it, or another row of its person, is in.
    ours = [nearest(attacked.members, half, device=real.device) for half in halves]
    theirs = [nearest(attacked.others, half, device=real.device) for half in halves]
    member_first = _half(np.arange(len(attacked.train)), stream)
    other_first = first[attacked.holdout]
    near, far = (found.index[:, 0] for found in theirs)
    return Reference(
        _log(np.where(member_first, ours[0].distance[:, 0], ours[1].distance[:, 0])),
        _log(np.where(other_first, theirs[1].distance[:, 0], theirs[0].distance[:, 0])),
        near * len(halves[1].distinct) + far,
    )


def _half(units: Any, stream: np.random.Generator) -> Any:
    """Whether each row is in the first of two random halves; rows of a unit stay together."""
    kinds, code = np.unique(units, return_inverse=True)
    return (stream.permutation(len(kinds)) < len(kinds) // 2)[code]


def _log(distance: Floats) -> Floats:
    # Two rows that are no further apart than float noise are the same row.
    return np.asarray(np.log(np.maximum(distance, TOLERANCE)))


def _attack(name: str, real: Real, found: Scores) -> Iterator[Measure]:
    n = len(found.members)
    auc = found.area()
    yield from roles(name, auc, Bounded(NULL), auc.scaled(NULL, 1), n=n, n_control=n)
    if n < ENOUGH:
        few = f"1 % of the non-members is no number to tell: needs {ENOUGH:,} attacked holdout rows"
        yield untold(f"{name}_tpr", few)
    else:
        main = found.caught(RATE)
        excess = main.scaled(RATE, 1)
        yield from roles(f"{name}_tpr", main, Bounded(RATE), excess, n=n, n_control=n)
    yield from _by_group(name, real, found)


def _by_group(name: str, real: Real, found: Scores) -> Iterator[Measure]:
    """The same AUC within each sensitive group that has ten persons to attack on both sides."""
    members = {g.name: g for g in _attacked(real, real.train, real.attacked.train)}
    others = {g.name: g for g in _attacked(real, real.holdout, real.attacked.holdout)}
    within = {
        group: found.of(members[group].rows, others[group].rows)
        for group in members
        if group in others
    }
    enough = [group for group, part in within.items() if part.fewest >= SMALLEST]
    sizes, sizes_of_others = (
        shown_sizes([side[group] for group in enough], len(found.members))
        for side in (members, others)
    )
    for group, part in within.items():
        if group not in enough:
            few = f"too few: needs {SMALLEST} attacked train and holdout rows or persons"
            yield untold(name, few, group=group)
            continue
        auc = part.area()
        yield from roles(
            name,
            auc,
            Bounded(NULL),
            auc.scaled(NULL, 1),
            n=sizes[group],
            n_control=sizes_of_others[group],
            group=group,
        )


def _attacked(real: Real, table: Table, rows: Ints) -> Iterator[Group]:
    """The groups of a table as positions among its attacked rows."""
    for group in sensitive_groups(real, table):
        within = np.flatnonzero(np.isin(rows, group.rows))
        yield Group(group.name, within, group.column)
