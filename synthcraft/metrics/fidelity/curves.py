"""α-precision and β-recall in the encoded space, integrated over their curves."""

from collections.abc import Iterator

import numpy as np

from synthcraft.metrics.cards.fidelity import CurvesParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired
from synthcraft.metrics.fidelity.manifold import Balls, holdout_balls
from synthcraft.metrics.neighbours import lowest_in_balls
from synthcraft.records import Measure

LEVELS = np.linspace(0, 1, 101)


class Curves:
    """``alpha_precision_naive`` and ``beta_recall_naive``."""

    def __init__(self, *, params: CurvesParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> tuple[Floats, ...]:
        """Radii of the balls around the holdout samples' rows."""
        k = self.params.neighbours
        return of_samples(real, lambda rows: holdout_balls(real, rows, k).radius)

    def measure(
        self, real: Real, prepared: tuple[Floats, ...], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Means over the draws."""
        k, alpha, beta = self.params.neighbours, [], []
        for draw, radius in paired(
            synthetic, prepared, lambda rows: holdout_balls(real, rows, k).radius
        ):
            theirs = Balls(real.holdout_rows[draw.holdout], radius)
            ours = synthetic.points[draw.synthetic]
            alpha.append(integrated(alpha_precision(theirs.rows, ours)))
            beta.append(integrated(beta_recall(theirs, ours, device=real.device)))
        yield fidelity("alpha_precision_naive", np.mean(alpha), synthetic)
        yield fidelity("beta_recall_naive", np.mean(beta), synthetic)


def alpha_precision(real: Floats, synthetic: Floats) -> Floats:
    """For each α, the share of synthetic rows in the smallest centred ball of a share α of real.

    >>> rows = np.arange(-50.0, 51.0)[:, None]
    >>> alpha_precision(rows, rows / 1000)[[0, 50, 100]].round(2)  # all near the centre
    array([0.01, 1.  , 1.  ])
    """
    centre = real.mean(axis=0, dtype=float)
    reach = np.quantile(_from(centre, real), LEVELS)
    return _share_within(_from(centre, synthetic), reach)


def beta_recall(real: Balls, synthetic: Floats, *, device: str = "cpu") -> Floats:
    """For each β, the share of real rows whose ball holds a row of the synthetic β-support.

    That support is the smallest ball around the synthetic mean with a share β of synthetic rows.
    """
    away = _from(synthetic.mean(axis=0, dtype=float), synthetic)
    nearest = lowest_in_balls(real.rows, real.radius, synthetic, away, device=device)
    return _share_within(nearest, np.quantile(away, LEVELS))


def integrated(curve: Floats) -> float:
    """1 − 2 ∫ |curve(α) − α| dα; 1: the diagonal.

    >>> integrated(LEVELS), integrated(np.ones(101))
    (1.0, 0.0)
    """
    return round(1 - 2 * float(np.trapezoid(np.abs(curve - LEVELS), LEVELS)), 12)


def _from(centre: Floats, rows: Floats) -> Floats:
    return np.asarray(np.linalg.norm(rows - centre, axis=1))


def _share_within(distances: Floats, reach: Floats) -> Floats:
    # Quantiles are interpolated: what they touch up to rounding is inside.
    return np.searchsorted(np.sort(distances), reach * (1 + 1e-9), side="right") / len(distances)
