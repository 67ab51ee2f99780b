"""Ranges and levels that are bought from the budget: what noisy counts let pass.

Neighbouring tables differ by one person, who has at most ``contribution`` rows: a histogram's
counts then differ by at most that in Euclidean norm, whichever bins or levels the rows are in.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

EXPONENTS = range(-20, 50)
FAILURE = 0.01
"""Chance that a range is too wide because an empty bucket's noise passes the threshold."""
_POWERS = np.array([2.0**k for k in EXPONENTS])
EDGES = np.concatenate([-_POWERS[::-1], _POWERS])
"""Edges of the buckets: signed powers of 2, from 2^−20 to 2^49; fixed before any row is seen."""


def noisy_range(
    values: "pd.Series[float]", contribution: int, rho: float, rng: np.random.Generator
) -> tuple[float, float]:
    """A range (low < high) that holds most values, at ρ-zCDP.

    Noisy counts of the fixed buckets between signed powers of 2; the range goes from the lowest to
    the highest bucket above the threshold, or is the bucket of the largest noisy count. The
    threshold lets pass an empty bucket with a chance of 1 % in all. This is the approximate-bounds
    algorithm of Google's differential-privacy library (Wilson et al., 2020, "Differentially
    private SQL with bounded user contribution", appendix), with Gaussian noise of scale
    contribution / √(2ρ) (Bun and Steinke, 2016, Proposition 1.6).

    >>> ages = pd.Series(np.repeat([25.0, 50.0, 70.0], 1000))
    >>> noisy_range(ages, 1, 0.1, np.random.default_rng(0))
    (16.0, 128.0)
    """
    present = values.dropna().to_numpy(dtype=float)
    inside = np.clip(present, EDGES[0], EDGES[-1])
    scale = contribution / np.sqrt(2 * rho)
    counts = np.histogram(inside, EDGES)[0] + rng.normal(0, scale, len(EDGES) - 1)
    passing = np.flatnonzero(counts > scale * norm.isf(FAILURE / len(counts)))
    if not len(passing):
        passing = np.array([counts.argmax()])
    low, high = EDGES[passing[0]], EDGES[passing[-1] + 1]
    # The middle bucket is zero; its width only serves to tell it from other numbers.
    middle = 2.0 ** EXPONENTS[0]
    return (0.0 if low == -middle else float(low)), (0.0 if high == middle else float(high))


def level_threshold(contribution: int, rho: float, delta: float) -> float:
    """The noisy count that a level must exceed: one person's levels do so with chance δ at most.

    contribution + σ·Φ⁻¹(1 − δ / contribution), σ = contribution / √(2ρ): at most ``contribution``
    levels are that person's alone, each in at most that many rows (Korolova et al., 2009,
    "Releasing search queries and clicks privately"; with Gaussian noise: Wilkins et al., 2024,
    "Exact privacy analysis of the Gaussian sparse histogram mechanism").

    >>> round(level_threshold(1, 0.005, 1e-6), 2)
    48.53
    """
    scale = contribution / math.sqrt(2 * rho)
    return contribution + scale * float(norm.isf(delta / contribution))


def noisy_levels(
    values: "pd.Series[Any]",
    contribution: int,
    rho: float,
    delta: float,
    rng: np.random.Generator,
) -> tuple[str, ...]:
    """The levels whose noisy counts pass ``level_threshold``, sorted, at δ-approximate ρ-zCDP.

    Where no level of one person alone passes, the counts of all others are a Gaussian mechanism's
    on fixed bins (Bun and Steinke, 2016, Definition 8.1); δ bounds the chance that one does.

    >>> few = pd.Series(["f"] * 500 + ["m"] * 400 + ["someone"])
    >>> noisy_levels(few, 1, 0.01, 1e-6, np.random.default_rng(0))
    ('f', 'm')
    """
    counts = values.dropna().astype(str).value_counts().sort_index()
    noisy = counts + rng.normal(0, contribution / np.sqrt(2 * rho), len(counts))
    threshold = level_threshold(contribution, rho, delta)
    return tuple(str(level) for level in counts.index[noisy > threshold])
