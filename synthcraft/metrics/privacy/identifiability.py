"""Identifiability: train rows that have a synthetic row nearer than any other train row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthcraft.catalogue import NoParams
from synthcraft.data.table import Table
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.neighbours import TOLERANCE, Points, nearest
from synthcraft.metrics.privacy.intervals import difference, share
from synthcraft.metrics.privacy.roles import roles
from synthcraft.records import Measure

BINS = 10  # of a numeric column, by train quantiles, for its entropy


@dataclass(frozen=True, eq=False)
class Reach:
    """How near a synthetic row must come to each attacked row, in weighted coordinates."""

    weights: Floats
    train: Floats
    holdout: Floats


class Identifiability:
    """``identifiability`` (Yoon et al. 2020): coordinates are divided by their column's entropy.

    The control asks the same of holdout rows. A train row has one train row fewer to be near to
    than a holdout row, itself: so one random train row is left out for each holdout row.
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Reach:
        """Weights of the coordinates, and distances to the nearest train row."""
        weights = entropy_weights(real)
        points = Points.of(weights * real.encoder.points(real.train.frame))
        if len(points.distinct) < 3:
            raise NotApplicable("needs three distinct train rows")
        members = _weighted(weights, real, real.train, real.attacked.train)
        others = _weighted(weights, real, real.holdout, real.attacked.holdout)
        return Reach(weights, _to_others(members, points), _to_all_but_one(others, points, real))

    def measure(self, real: Real, prepared: Reach, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        points = Points.of(prepared.weights * synthetic.points)
        sides = (
            (real.train, real.attacked.train, prepared.train),
            (real.holdout, real.attacked.holdout, prepared.holdout),
        )
        main, control = (
            share(
                _nearer(_weighted(prepared.weights, real, table, rows), points, reach),
                None if table.groups is None else table.groups[rows],
            )
            for table, rows, reach in sides
        )
        n = len(real.attacked.train)
        yield from roles(
            "identifiability", main, control, difference(main, control), n=n, n_control=n
        )


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


def _weighted(weights: Floats, real: Real, table: Table, rows: Ints) -> Floats:
    return weights * real.encoder.points(table.frame.iloc[rows])


def _to_others(rows: Floats, points: Points) -> Floats:
    """Distance of train rows to the nearest other train row: 0 where a row is repeated."""
    found = nearest(rows, points)
    return np.where(points.counts[found.index[:, 0]] > 1, 0.0, found.distance[:, 1])


def _to_all_but_one(rows: Floats, points: Points, real: Real) -> Floats:
    """Distance of holdout rows to the nearest of all train rows but a random one for each."""
    found = nearest(rows, points)
    chance = real.stream("identifiability").random(len(rows))
    gone = (chance < 1 / len(real.train)) & (points.counts[found.index[:, 0]] == 1)
    return np.where(gone, found.distance[:, 1], found.distance[:, 0])


def _nearer(rows: Floats, points: Points, reach: Floats) -> Floats:
    distance = nearest(rows, points).distance[:, 0]
    return np.asarray(distance * (1 + TOLERANCE) + TOLERANCE < reach)
