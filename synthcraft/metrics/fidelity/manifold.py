"""Neighbourhood balls: are synthetic rows where real rows are, and real rows where they are?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthcraft.metrics.cards.fidelity import ManifoldParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired
from synthcraft.metrics.neighbours import overlap, radii
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class Balls:
    """Rows and the distance from each to its k-th nearest other row."""

    rows: Floats
    radius: Floats


class Manifold:
    """``precision``, ``recall``, ``density`` and its score, ``coverage``."""

    def __init__(self, *, params: ManifoldParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> tuple[Floats, ...]:
        """Radii of the balls around the holdout samples' rows."""
        return of_samples(
            real, lambda rows: holdout_balls(real, rows, self.params.neighbours).radius
        )

    def measure(
        self, real: Real, prepared: tuple[Floats, ...], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Means over the draws."""
        k, values = self.params.neighbours, []
        for draw, radius in paired(
            synthetic, prepared, lambda rows: holdout_balls(real, rows, k).radius
        ):
            theirs = Balls(real.holdout_rows[draw.holdout], radius)
            ours = balls(synthetic.points[draw.synthetic], k, real.device)
            values.append(prdc(theirs, ours, k, real.device))
        found = np.mean(values, axis=0)
        for name, value in zip(("precision", "recall", "density", "coverage"), found, strict=True):
            yield fidelity(name, value, synthetic)
        yield fidelity("density_score", -abs(found[2] - 1), synthetic)


def holdout_balls(real: Real, rows: Ints, k: int) -> Balls:
    """Balls around the holdout rows of a sample."""
    return balls(real.holdout_rows[rows], k, real.device)


def balls(rows: Floats, k: int, device: str = "cpu") -> Balls:
    """A ball around each row that reaches to its k-th nearest other row."""
    if len(rows) <= k:
        raise NotApplicable(f"needs more than {k} rows at the common size")
    return Balls(rows, radii(rows, k, device=device))


def prdc(real: Balls, synthetic: Balls, k: int, device: str = "cpu") -> tuple[float, ...]:
    """Precision, recall, density, coverage (Naeem et al. 2020); borders of balls are inside.

    >>> same = balls(np.arange(9.0)[:, None], 2)
    >>> prdc(same, same, 2)[:2]
    (1.0, 1.0)
    """
    found = overlap(synthetic.rows, synthetic.radius, real.rows, real.radius, device=device)
    return (
        float(found.within.mean()),
        float(found.reached.mean()),
        found.pairs / (k * len(synthetic.rows)),
        float(found.holding.mean()),
    )
