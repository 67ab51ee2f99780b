"""Identifiability: train rows that have a synthetic row nearer than any other train row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats
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

    The control asks the same of holdout rows. A train row has one train row fewer to be near to
    than a holdout row, itself: so one random train row is left out for each holdout row.
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Targets:
        """Weights of the coordinates, and distances to the nearest train row."""
        weights = entropy_weights(real)
        points = Points.of(weights * real.encoder.points(real.train.frame))
        if len(points.distinct) < 3:
            raise NotApplicable("needs three distinct train rows")
        members, others = _nearest(real, weights, points)
        train, holdout = real.attacked.persons(real)
        return Targets(
            weights,
            Target(
                _to_others(members, points), _pairs(members, points) if train is None else train
            ),
            Target(_to_all_but_one(others, points, real), holdout),
        )

    def measure(self, real: Real, prepared: Targets, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        points = Points.of(prepared.weights * synthetic.points)
        members, others = _nearest(real, prepared.weights, points)
        main = prepared.train.hit(members.distance[:, 0])
        control = prepared.holdout.hit(others.distance[:, 0])
        excess, n = difference(main, control), len(real.attacked.train)
        yield from roles("identifiability", main, control, excess, n=n, n_control=n)


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


def _nearest(real: Real, weights: Floats, points: Points) -> tuple[Neighbours, Neighbours]:
    """Nearest points of the attacked train and holdout rows, in weighted coordinates."""
    members, others = (
        nearest(weights * rows, points, device=real.device)
        for rows in (real.attacked.members, real.attacked.others)
    )
    return members, others


def _to_others(found: Neighbours, points: Points) -> Floats:
    """Distance of train rows to the nearest other train row: 0 where a row is repeated."""
    return np.where(points.counts[found.index[:, 0]] > 1, 0.0, found.distance[:, 1])


def _pairs(found: Neighbours, points: Points) -> Any:
    """A number per train row that two share if each is the other's nearest: hits go together.

    Repeated rows are never hit, so that they depend on no other.
    """
    first, second = np.sort(found.index[:, :2], axis=1).T
    alone = points.counts[found.index[:, 0]] > 1
    return np.where(alone, -1 - np.arange(len(first)), first * len(points.distinct) + second)


def _to_all_but_one(found: Neighbours, points: Points, real: Real) -> Floats:
    """Distance of holdout rows to the nearest of all train rows but a random one for each."""
    chance = real.stream("identifiability").random(len(found.index))
    gone = (chance < 1 / len(real.train)) & (points.counts[found.index[:, 0]] == 1)
    return np.where(gone, found.distance[:, 1], found.distance[:, 0])
