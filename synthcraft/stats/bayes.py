"""Bayesian signed-rank test with a region of practical equivalence (ROPE)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR = 0.5  # weight of the prior's one pseudo-dataset, on which both are equal
DRAWS = 50_000


@dataclass(frozen=True)
class Posterior:
    """Probabilities that the first is worse, practically equal, or better on a next dataset.

    They are the shares of posterior draws in which that answer is the most probable one.
    ``expected`` are the three posterior mean probabilities.
    """

    worse: float
    equal: float
    better: float
    expected: tuple[float, float, float]


def signed_rank_rope(
    gains: Sequence[float], stream: np.random.Generator, *, rope: float
) -> Posterior:
    """What gains over datasets say of the next one, if gains within ±rope do not matter.

    Benavoli, Corani, Demšar & Zaffalon (2017, JMLR 18(77):1-36): a Dirichlet process over the
    gains, whose prior is one pseudo-dataset of gain 0 with weight ½; the statistic is the median of
    pairwise means (Walsh averages). As the package baycomp counts it.

    >>> found = signed_rank_rope([0.1, 0.2, 0.15, 0.3, 0.12], np.random.default_rng(0), rope=0.01)
    >>> found.better > 0.95
    True
    """
    values = np.concatenate([[0.0], np.asarray(gains, dtype=float)])
    prior = np.concatenate([[PRIOR], np.ones(len(gains))])
    walsh = (values[:, None] + values) / 2
    better, worse = _beyond(walsh, rope), _beyond(-walsh, rope)
    weights = stream.dirichlet(prior, DRAWS)
    shares = np.empty((DRAWS, 3))
    for column, sides in ((0, worse), (2, better)):
        shares[:, column] = np.einsum("ij,ij->i", weights @ sides, weights)
    shares[:, 1] = 1 - shares[:, 0] - shares[:, 2]
    most = np.bincount(np.argmax(shares, axis=1), minlength=3) / DRAWS
    low, middle, high = (float(share) for share in shares.mean(axis=0))
    return Posterior(float(most[0]), float(most[1]), float(most[2]), (low, middle, high))


def _beyond(walsh: NDArray[np.float64], rope: float) -> NDArray[np.float64]:
    """1 where a pair's mean gain lies beyond the region, ½ on its edge."""
    return np.asarray((walsh > rope) + 0.5 * (walsh == rope))
