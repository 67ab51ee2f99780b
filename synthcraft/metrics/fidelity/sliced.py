"""Sliced Wasserstein distance: many one-dimensional views of the encoded rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthcraft.metrics.cards.fidelity import SlicedParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class Slices:
    """Unit vectors (coordinates × projections) and the sorted projections of holdout samples."""

    directions: Floats
    samples: tuple[Floats, ...]


class SlicedWasserstein:
    """``sliced_wasserstein_2`` in the encoded space."""

    def __init__(self, *, params: SlicedParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Slices:
        """Directions drawn by a fixed seed; the holdout's projections, sorted."""
        stream = real.stream("sliced_wasserstein_2")
        directions = unit_vectors(real.encoder.width, self.params.projections, stream)
        return Slices(
            directions,
            of_samples(real, lambda rows: projections(real.holdout_rows[rows], directions)),
        )

    def measure(self, real: Real, prepared: Slices, synthetic: Synthetic) -> Iterator[Measure]:
        """One value."""
        directions = prepared.directions

        def of_holdout(rows: Ints) -> Floats:
            return projections(real.holdout_rows[rows], directions)

        found = [
            sliced_distance(projections(synthetic.points[draw.synthetic], directions), theirs)
            for draw, theirs in paired(synthetic, prepared.samples, of_holdout)
        ]
        yield fidelity("sliced_wasserstein_2", np.mean(found), synthetic)


def unit_vectors(width: int, number: int, stream: np.random.Generator) -> Floats:
    """(width × number) directions, uniform on the sphere."""
    drawn = stream.normal(size=(width, number))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=0), dtype=np.float32)


def projections(rows: Floats, directions: Floats) -> Floats:
    """(projections × rows) coordinates along each direction, sorted."""
    return np.asarray(np.sort(directions.T @ rows.T, axis=1))


def sliced_distance(ours: Floats, theirs: Floats) -> float:
    """Root of the mean squared difference of sorted projections, two samples of one size.

    >>> sliced_distance(np.array([[0.0, 1.0]]), np.array([[2.0, 3.0]]))
    2.0
    """
    return float(np.sqrt(np.mean((ours - theirs) ** 2, dtype=float)))
