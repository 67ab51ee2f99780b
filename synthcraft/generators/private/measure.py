"""Noisy counts of a marginal: the only way that numbers of the real rows get into a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from synthcraft.generators.private.budget import Budget
from synthcraft.privacy.domain import Codes
from synthcraft.privacy.release import Release

Floats = np.ndarray[Any, np.dtype[np.float64]]
Clique = tuple[int, ...]
"""Positions of a marginal's columns, ascending."""


@dataclass(frozen=True)
class Measurement:
    """Noisy counts of one marginal, shaped as its columns' numbers of codes, and the noise's σ."""

    clique: Clique
    counts: Floats
    sigma: float


def sigma_of(rho: float, contribution: int) -> float:
    """The Gaussian noise that makes the counts of one marginal ρ-zCDP.

    A person adds at most ``contribution`` rows, at worst all to one cell, so the counts move by at
    most that in L2; σ = Δ / √(2ρ) (Bun and Steinke, 2016, Proposition 1.6).

    >>> sigma_of(0.5, contribution=3)
    3.0
    """
    return contribution / float(np.sqrt(2 * rho))


def exact_counts(codes: Codes, sizes: Sequence[int], clique: Clique) -> Floats:
    """How many rows have each combination of the clique's codes; never to leave a mechanism.

    >>> exact_counts(np.array([[0, 1], [0, 1], [1, 0]]), (2, 2), (0, 1)).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    shape = tuple(sizes[i] for i in clique)
    cells = np.ravel_multi_index(tuple(codes[:, i] for i in clique), shape)
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape).astype(float)


@dataclass(frozen=True)
class Access:
    """The codes of real rows (rows × columns), behind the budget and the noise of one fit."""

    codes: Codes
    sizes: tuple[int, ...]
    contribution: int
    budget: Budget
    rng: np.random.Generator

    @classmethod
    def open(
        cls, codes: Codes, sizes: tuple[int, ...], release: Release, rng: np.random.Generator
    ) -> Self:
        """Access on a release's terms, with its whole budget for learning."""
        return cls(codes, sizes, release.contribution, Budget(release.rho_model), rng)

    def measure(self, clique: Clique, rho: float) -> Measurement:
        """Noisy counts of a marginal, for ρ of the budget.

        Rounding to whole numbers comes after the noise: it costs nothing, and it hides the low
        bits of the floating-point sum, which tell of the exact count (Mironov, CCS 2012).
        """
        sigma = sigma_of(self.budget.take(rho), self.contribution)
        counts = exact_counts(self.codes, self.sizes, clique)
        return Measurement(clique, np.rint(counts + self.rng.normal(0, sigma, counts.shape)), sigma)


def total_of(measurements: Sequence[Measurement]) -> float:
    """The number of rows as the noisy counts tell it, at least 1.

    Each marginal's sum estimates it with variance (cells · σ²); they are weighted by its inverse.

    >>> total_of([Measurement((0,), np.array([40.0, 60.0]), 1.0)])
    100.0
    """
    weights = [1 / (m.counts.size * m.sigma**2) for m in measurements]
    return max(1.0, float(np.average([m.counts.sum() for m in measurements], weights=weights)))
