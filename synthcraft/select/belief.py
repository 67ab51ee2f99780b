"""What is believed of every candidate's worths, given the pulls so far.

For each family the values of all candidates and the effects of all splits are one Gaussian vector;
a pull observes the sum of two of its entries and noise. The posterior is that of Gaussian
regression, by one update of rank one for each pull (Rasmussen and Williams 2006, A.2 and ch. 2).
Split effects are part of it because they cancel only between arms pulled on the same splits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthcraft.select.arena import Arena, Candidate, Pull, Worth
from synthcraft.select.prior import Prior, moments, noises, without

Floats = NDArray[np.float64]

FLOOR = 0.0  # what a failed pull counts as: the least worth …
WIDE = 0.5**2  # … with a noise variance that makes it a hint, since a crash measured nothing
LEAST = 1e-12  # keeps a variance positive where nothing is left to learn


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Independent Gaussian vectors: means (vectors × entries), covariances (… × entries)."""

    mean: Floats
    cov: Floats

    def told(self, at: Sequence[int], values: Floats | float, noise: Floats | float) -> "Gaussian":
        """Given that the sum of some entries was observed, one value and noise for each vector."""
        gain, variance = self._gain(at, noise)
        error = values - self.mean[:, at].sum(axis=1)
        mean = self.mean + gain * (error / variance)[:, None]
        return Gaussian(mean, self._left(gain, variance))

    def foreseen(self, at: Sequence[int], noise: Floats | float) -> "Gaussian":
        """As if an observation were on its way: what is uncertain shrinks, means stay."""
        return replace(self, cov=self._left(*self._gain(at, noise)))

    def _gain(self, at: Sequence[int], noise: Floats | float) -> tuple[Floats, Floats]:
        gain = self.cov[:, :, at].sum(axis=2)
        return gain, np.maximum(gain[:, at].sum(axis=1) + noise, LEAST)

    def _left(self, gain: Floats, variance: Floats) -> Floats:
        root: Floats = gain / np.sqrt(variance)[:, None]
        left: Floats = self.cov - root[:, :, None] * root[:, None, :]
        return left


@dataclass(frozen=True, eq=False)
class Belief:
    """Beliefs on fidelity, utility and privacy (the vectors of ``worths``).

    The entries are the candidates in the arena's order, then the splits. ``noise`` is the noise
    variance of a pull (families × candidates).
    """

    worths: Gaussian
    noise: Floats

    @property
    def candidates(self) -> int:
        """How many entries are candidates."""
        return int(self.noise.shape[1])

    def told(self, pull: Pull) -> "Belief":
        """The belief once a pull has ended; a failure is a hint of the least worth.

        A worth that is NaN (a family that tells nothing on this table) teaches nothing.
        """
        at = [pull.candidate, self.candidates + pull.split]
        if pull.worth is None:
            return replace(self, worths=self.worths.told(at, FLOOR, WIDE))
        values, noise = np.array(pull.worth), self.noise[:, pull.candidate]
        silent = np.isnan(values)
        if silent.any():
            values, noise = np.where(silent, 0, values), np.where(silent, np.inf, noise)
        return replace(self, worths=self.worths.told(at, values, noise))

    def foreseen(self, candidate: int, split: int) -> "Belief":
        """As if this pull were on its way."""
        at = [candidate, self.candidates + split]
        return replace(self, worths=self.worths.foreseen(at, self.noise[:, candidate]))

    def weighted(self, weights: Worth) -> tuple[Floats, Floats]:
        """Mean and covariance of the weighted worth of every entry."""
        share = np.array(weights)
        families, entries = self.worths.mean.shape
        cov = (share**2) @ self.worths.cov.reshape(families, -1)
        return share @ self.worths.mean, cov.reshape(entries, entries)


def believe(arena: Arena, prior: Prior, *, kappa: float = 1, noise_scale: float = 1) -> Belief:
    """The belief before the first pull; prior covariances × kappa, noise variances × noise_scale.

    Of the families that the arena calls unrecorded the prior says nothing.

    >>> from synthcraft.select.prior import flat
    >>> arena = Arena(("a",), ("arf",), ("tree",), (Candidate(0),), splits=3, weights=(1, 0, 0))
    >>> before = believe(arena, flat())
    >>> after = before.told(Pull(0, split=0, seconds=1, worth=(0.9, 0.5, 0.5)))
    >>> before.worths.mean[:, 0].round(2).tolist(), after.worths.mean[:, 0].round(2).tolist()
    ([0.5, 0.5, 0.5], [0.89, 0.5, 0.5])
    """
    arms = (arena.names, arena.plugins, arena.kinds)
    prior = without(prior, arena.unrecorded)
    return _believe(prior, *arms, arena.candidates, arena.splits, kappa, noise_scale)


@lru_cache(maxsize=256)
def _believe(
    prior: Prior,
    names: tuple[str, ...],
    plugins: tuple[str, ...],
    kinds: tuple[str, ...],
    candidates: tuple[Candidate, ...],
    splits: int,
    kappa: float,
    noise_scale: float,
) -> Belief:
    count = len(candidates)
    mean = np.zeros((len(prior.worths), count + splits))
    cov = np.zeros((*mean.shape, count + splits))
    for f, quantity in enumerate(prior.worths):
        mean[f, :count], cov[f, :count, :count] = moments(
            quantity, names, plugins, kinds, candidates
        )
        cov[f, count:, count:] = np.eye(splits) * quantity.variances.split
    noise = np.array([noises(quantity, names, plugins) for quantity in prior.worths])
    own = noise[:, [c.arm for c in candidates]]
    return Belief(Gaussian(mean, kappa * cov), noise_scale * own)
