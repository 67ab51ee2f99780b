"""The control of what depends on a table's size: train rows exchanged for holdout rows.

Whether a description fits exactly one person depends on how many persons there are, so train and a
smaller holdout cannot be compared, and a train part as small as the holdout would hold few of the
rows that a copy singles out. The control starts from the train table with as many of its rows
exchanged for holdout rows as there are: as large, as if drawn from the same people. Its expectation
over all ways to choose the exchanged rows has a closed form, so nothing is drawn.

Where the holdout is smaller than train, only a share f of the rows that the generator saw is gone,
and a description that fits one of them because it was seen still does with chance 1 − f. So what
is lost by the exchange is f times what strangers would lose: with L = (main − exchanged) / f the
control is main − L. For fresh rows main and exchanged have one expectation, so L is 0 on average;
for a few copies this is exact. Where most of train is copied, that no other train row fits is
also known from the synthetic table, and L is too large, never too small (simulated: a half copy
0.32 for 0.28 at 700/300, where the exchange alone gives 0.17).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from synthcraft.metrics.attacks.risk import (
    Bounds,
    Share,
    excess_bounds,
    excess_risk,
)
from synthcraft.metrics.context import Real
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import persons_of
from synthcraft.stats import z

RELABELLINGS = 200  # give a standard error within 5 % of itself
PLENTY = 30  # expected matches that will not be one match


def exchange(real: Real, description: Ints, row: Ints, descriptions: int) -> "Exchange":
    """The exchange of whole persons, from pairs of (description, row that it fits).

    Rows are numbered through train and holdout; several rows of a person count once.
    """
    train, holdout = persons_of(real.train), persons_of(real.holdout)
    n_train, n_holdout = int(train.max()) + 1, int(holdout.max()) + 1
    person = np.append(train, n_train + holdout)[row]
    if real.train.groups is not None:
        description, person = np.unique(np.stack([description, person]), axis=1)
    return Exchange(description, person, descriptions, n_train, n_holdout)


@dataclass(frozen=True, eq=False)
class Exchange:
    """Pairs of (description, person whom it fits), persons of train first, then of holdout."""

    description: Ints
    person: Ints
    descriptions: int
    n_train: int
    n_holdout: int

    @cached_property
    def counts(self) -> tuple[Ints, Ints]:
        """How many train persons, and how many holdout persons, each description fits."""
        ours = self.person < self.n_train
        train, every = (
            np.bincount(self.description[which], minlength=self.descriptions)
            for which in (ours, slice(None))
        )
        return train, every - train

    @property
    def unique(self) -> Any:
        """Which descriptions fit exactly one train person."""
        return self.counts[0] == 1

    @property
    def unique_after(self) -> Floats:
        """Chance that each description fits exactly one person of the exchanged table.

        >>> pairs = {"description": np.array([0, 1, 1]), "person": np.array([0, 0, 100])}
        >>> Exchange(**pairs, descriptions=2, n_train=100, n_holdout=100).unique_after.tolist()
        [0.0, 1.0]
        >>> Exchange(**pairs, descriptions=2, n_train=100, n_holdout=50).unique_after.tolist()
        [0.5, 0.5]
        """
        return self._chance_of_one(*self.counts)

    @property
    def unique_among_strangers(self) -> Floats:
        """As ``unique``, expected for as many persons of whom none was seen.

        An unbiased estimate, so that of one description may lie outside [0, 1].

        >>> pairs = {"description": np.array([0, 1, 1]), "person": np.array([0, 0, 100])}
        >>> Exchange(**pairs, descriptions=2, n_train=100, n_holdout=50).unique_among_strangers
        array([0., 0.])
        """
        return np.asarray(self.unique - (self.unique - self.unique_after) / self.exchanged)

    @property
    def exchanged(self) -> float:
        """Share of the train persons who are exchanged."""
        return min(self.n_holdout / self.n_train, 1.0)

    def shares(self, n: int, *, of: int) -> tuple[Share, Share]:
        """Main and control: sums over descriptions divided by ``of``; the control within [0, 1]."""
        main, control = (float(x.sum() / of) for x in (self.unique, self.unique_among_strangers))
        return Share(main, n), Share(min(max(control, 0.0), 1.0), n)

    def _chance_of_one(self, train: Ints, holdout: Ints) -> Floats:
        (old_none, old_one), (new_none, new_one) = self._chances
        return np.asarray(
            old_one[train] * new_none[holdout] + old_none[train] * new_one[holdout], dtype=float
        )

    @cached_property
    def _chances(self) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Chance to have none and one of so many matching rows left, or taken over."""
        most = int((self.counts[0] + self.counts[1]).max(initial=0))
        kept, used = max(self.n_train - self.n_holdout, 0), min(self.n_train, self.n_holdout)
        old, new = (
            tuple(hypergeom.pmf(x, rows, np.arange(min(most, rows) + 1), drawn) for x in (0, 1))
            for rows, drawn in ((self.n_train, kept), (self.n_holdout, used))
        )
        return (old[0], old[1]), (new[0], new[1])

    def bounds(
        self, main: Share, control: Share, *, of: int, stream: np.random.Generator
    ) -> Bounds:
        """Interval of the excess: ± 1.96 standard errors, never above 1.

        The standard error of main − control is that of tables without any leak, in which it does
        not matter which of the persons are train: their labels are drawn anew. So descriptions
        that fit the same persons do not count as independent. Main and control are sums over
        descriptions divided by ``of``.
        """
        share = self.n_train / (self.n_train + self.n_holdout)
        train, holdout = self.counts
        few = (train + holdout) * min(share, 1 - share) < PLENTY
        pairs = few[self.description]
        persons, place = np.unique(self.person[pairs], return_inverse=True)
        if not len(persons) or control.value == 1:
            return excess_bounds(main, control)
        differences = []
        for _ in range(RELABELLINGS):
            ours = (stream.random(len(persons)) < share)[place]
            every = self.description[pairs]
            relabelled = np.bincount(every[ours], minlength=self.descriptions)
            others = np.where(few, train + holdout, 0) - relabelled
            won = (relabelled == 1) - self._chance_of_one(
                np.minimum(relabelled, len(self._chances[0][0]) - 1),
                np.minimum(others, len(self._chances[1][0]) - 1),
            )
            differences.append(won[few].sum() / self.exchanged / of)
        error = float(np.std(differences)) / (1 - control.value)
        excess = excess_risk(main.value, control.value)
        return excess - z() * error, min(excess + z() * error, 1.0)
