"""Maximum mean discrepancy: distance between distributions in a kernel's feature space."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, choose
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired
from synthcraft.metrics.neighbours import kernel_sum, kernel_sum_within
from synthcraft.records import Measure

HEURISTIC_ROWS = 1000  # train rows whose median distance is the bandwidth


@dataclass(frozen=True)
class Bandwidth:
    """The kernel's width, and its sums over pairs of different rows of each holdout sample."""

    width: float
    samples: tuple[float, ...]


class Mmd:
    """``mmd2``: unbiased, Gaussian kernel, bandwidth = median distance of train rows."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Bandwidth:
        """The bandwidth, and what depends on the holdout only."""
        train = real.encoder.points(real.train.frame)
        width = median_distance(train, real.stream("mmd2"))
        return Bandwidth(width, of_samples(real, lambda rows: _within(real, rows, width)))

    def measure(self, real: Real, prepared: Bandwidth, synthetic: Synthetic) -> Iterator[Measure]:
        """One value."""
        width, n, found = prepared.width, synthetic.n_common, []
        for draw, theirs in paired(
            synthetic, prepared.samples, lambda rows: _within(real, rows, width)
        ):
            rows = synthetic.points[draw.synthetic]
            ours = kernel_sum_within(rows, width, device=real.device)
            across = kernel_sum(rows, real.holdout_rows[draw.holdout], width, device=real.device)
            found.append(_unbiased(ours, theirs, across, n, n))
        yield fidelity("mmd2", np.mean(found), synthetic)


def _within(real: Real, rows: Ints, width: float) -> float:
    return kernel_sum_within(real.holdout_rows[rows], width, device=real.device)


def median_distance(rows: Floats, stream: np.random.Generator) -> float:
    """Median distance between (at most 1 000, drawn) rows."""
    some = rows[choose(stream, len(rows), HEURISTIC_ROWS)]
    distances = pdist(some.astype(float))
    median = float(np.median(distances)) or float(distances.mean())
    if not median:
        raise NotApplicable("all train rows are the same")
    return median


def mmd2(x: Floats, y: Floats, bandwidth: float) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy; about 0 when the same.

    Gretton et al. 2012, Lemma 6, with k(a, b) = exp(−|a − b|² / (2 bandwidth²)).

    >>> same, other = np.zeros((5, 1)), np.full((5, 1), 100.0)
    >>> mmd2(same, same, 1.0), mmd2(same, other, 1.0)
    (0.0, 2.0)
    """
    within_x, within_y = (kernel_sum_within(side, bandwidth) for side in (x, y))
    return _unbiased(within_x, within_y, kernel_sum(x, y, bandwidth), len(x), len(y))


def _unbiased(within_x: float, within_y: float, across: float, n: int, m: int) -> float:
    return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * across / (n * m)
