"""The exponential mechanism: a private choice of the candidate with about the highest score."""

from collections.abc import Sequence

import numpy as np

from synthcraft.generators.private.measure import Floats


def strength_of(rho: float) -> float:
    """The ε of an exponential mechanism that is ρ-zCDP.

    It is ε-bounded-range, which is ε²/8-zCDP (Cesar and Rogers, 2021, Lemma 3.4): ε = √(8ρ).

    >>> strength_of(0.5)
    2.0
    """
    return float(np.sqrt(8 * rho))


def choose(
    scores: Sequence[float] | Floats, sensitivity: float, rho: float, rng: np.random.Generator
) -> int:
    """The position drawn with probability ∝ exp(ε · score / (2 · sensitivity)), ε = √(8ρ).

    ``sensitivity`` is the most by which one person changes any score. The greatest of scores with
    Gumbel noise is such a draw (McSherry and Talwar, 2007; Gumbel-max trick).
    """
    weighted = strength_of(rho) / (2 * sensitivity) * np.asarray(scores, dtype=float)
    return int(np.argmax(weighted + rng.gumbel(size=len(weighted))))
