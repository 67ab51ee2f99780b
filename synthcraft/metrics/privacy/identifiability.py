"""Identifiability: train rows that have a synthetic row nearer than any other train row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import persons_of
from synthcraft.metrics.neighbours import TOLERANCE, Neighbours, Points, nearest
from synthcraft.metrics.privacy.intervals import Bounded, difference, share
from synthcraft.metrics.privacy.roles import roles
from synthcraft.records import Measure

BINS = 10  # of a numeric column, by train quantiles, for its entropy


@dataclass(frozen=True, eq=False)
class Target:
    """Attacked rows: how near a synthetic row must come to each, and which count together."""

    reach: Floats
    units: Any = None

    def hit(self, distance: Floats) -> Bounded:
        """The share of the rows that a synthetic row comes nearer to; a tie is not nearer."""
        return share(distance * (1 + TOLERANCE) + TOLERANCE < self.reach, self.units)


@dataclass(frozen=True, eq=False)
class Targets:
    """Both sides of the attack, and the weights of the coordinates."""

    weights: Floats
    train: Target
    holdout: Target


class Identifiability:
    """``identifiability`` (Yoon et al. 2020): coordinates are divided by their column's entropy.

    A train row is compared with train rows of other persons (of other rows, where none are
    declared), a holdout row in the control with those of all train persons but a random one.
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Targets:
        """Weights of the coordinates, and distances to the nearest train row."""
        weights = entropy_weights(real)
        train = _Train.of(weights * real.encoder.points(real.train.frame), persons_of(real.train))
        if len(train.points.distinct) < 3:
            raise NotApplicable("needs three distinct train rows")
        random = real.stream("identifiability").integers(len(real.train), size=len(real.holdout))
        members, others = _nearest(real, weights, train.points, train.most + 1)
        units, units_of_others = real.attacked.persons(real)
        return Targets(
            weights,
            Target(
                train.without(train.persons[real.attacked.train], members),
                linked(members, train.points) if units is None else units,
            ),
            Target(
                train.without(train.persons[random[: len(others.index)]], others), units_of_others
            ),
        )

    def measure(self, real: Real, prepared: Targets, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        points = Points.of(prepared.weights * synthetic.points)
        members, others = _nearest(real, prepared.weights, points)
        main = prepared.train.hit(members.distance[:, 0])
        control = prepared.holdout.hit(others.distance[:, 0])
        excess, n = difference(main, control), len(real.attacked.train)
        yield from roles("identifiability", main, control, excess, n=n, n_control=n)


@dataclass(frozen=True, eq=False)
class _Train:
    """Distinct train rows, the person of each row, and how often a person is at a point."""

    points: Points
    persons: Ints
    pairs: Ints  # person × number of points + point, sorted
    times: Ints

    @classmethod
    def of(cls, rows: Floats, persons: Ints) -> "_Train":
        distinct, point, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        pairs, times = np.unique(persons * len(distinct) + point.ravel(), return_counts=True)
        return cls(Points(distinct, counts), persons, pairs, times)

    @property
    def most(self) -> int:
        """The largest number of points of one person."""
        return int(np.bincount(self.pairs // len(self.points.distinct)).max())

    def without(self, persons: Ints, found: Neighbours) -> Floats:
        """Distance to the nearest train row that is not of this person; one for each query."""
        asked = persons[:, None] * len(self.points.distinct) + found.index
        at = np.minimum(np.searchsorted(self.pairs, asked), len(self.pairs) - 1)
        own = np.where(self.pairs[at] == asked, self.times[at], 0)
        first = (self.points.counts[found.index] > own).argmax(axis=1)
        return np.asarray(found.distance[np.arange(len(first)), first])


def entropy_weights(real: Real) -> Floats:
    """One over the entropy of the column, for each coordinate; 0 where train has a single value.

    Numeric columns are cut at their train deciles; missing is a value like any other.
    """
    weights = []
    for part in real.encoder.parts:
        values = real.train.frame[part.name]
        if real.train.column(part.name).numeric:
            values = pd.qcut(values, BINS, labels=False, duplicates="drop")
        shares = values.value_counts(normalize=True, dropna=False).to_numpy()
        shares = shares[shares > 0]
        entropy = float(-(shares * np.log(shares)).sum())
        weights.append(np.full(part.width, 1 / entropy if entropy > 0 else 0.0, np.float32))
    return np.concatenate(weights)


def _nearest(
    real: Real, weights: Floats, points: Points, k: int = 2
) -> tuple[Neighbours, Neighbours]:
    """Nearest points of the attacked train and holdout rows, in weighted coordinates."""
    members, others = (
        nearest(weights * rows, points, k, device=real.device)
        for rows in (real.attacked.members, real.attacked.others)
    )
    return members, others


def linked(found: Neighbours, points: Points) -> Any:
    """A number per train row, one for all that nearest neighbours link: their hits go together.

    Repeated rows are never hit, so that they depend on no other.
    """
    first, second = found.index[:, :2].T
    alone, number = points.counts[first] > 1, len(points.distinct)
    ends = first[~alone], second[~alone]
    links = coo_array((np.ones(len(ends[0])), ends), shape=(number, number))
    groups = connected_components(links, directed=False)[1]
    return np.where(alone, -1 - np.arange(len(first)), groups[first])
