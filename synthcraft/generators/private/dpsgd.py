"""An autoregressive network trained by DP-SGD (Abadi et al., 2016, arXiv:1607.00133).

Every number that shapes the training is public: the steps, the sampling rate (of the declared
rows), the divisor of a step's gradient (the expected sample, never the actual one). There is no
validation, no early stop, no best step: nothing but noisy sums looks at a row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.data.table import Table
from synthcraft.generators.private.autoregressive import Autoregressive, Floats, Network
from synthcraft.generators.private.base import PrivateGenerator
from synthcraft.generators.private.dpsgd_spend import noise_multiplier, sampling_rate
from synthcraft.generators.private.params import DpArParams
from synthcraft.privacy.domain import Codes, Domain

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class DpSgd(PrivateGenerator):
    """The generator ``dp_ar``."""

    params: DpArParams

    def learn_table(self, rows: Table, domain: Domain, rng: np.random.Generator) -> Autoregressive:
        """Train for exactly the steps that ``spend`` told of."""
        network = Network(domain.sizes, self.params.width)
        hot, persons = network.one_hot(domain.encode(rows.frame)), persons_of(rows)
        rate = sampling_rate(self.params, self.release)
        # a person's rows come together, and may together add no more than the norm ``clip``
        per_row = self.params.clip / self.release.contribution
        noise = self.params.clip * noise_multiplier(self.params, self.release)

        def gradient(flat: Floats) -> Floats:
            sample = hot[sampled(persons, rate, rng)]
            total = network.clipped_sum(flat, sample, per_row)
            return noisy(total, noise, rng) / np.float32(rate * self.release.rows)

        flat = descend(network.start(rng), gradient, self.params.steps, self.params.lr)
        return Autoregressive(network, flat)


def persons_of(rows: Table) -> Codes:
    """Each row's person, numbered from 0; every row is a person where none are told."""
    if rows.groups is None:
        return np.arange(len(rows))
    return np.unique(rows.groups, return_inverse=True)[1].astype(np.int64)


def sampled(persons: Codes, rate: float, rng: np.random.Generator) -> Mask:
    """Which rows are in a Poisson sample: each person with probability ``rate``, on their own."""
    chosen = rng.random(persons.max(initial=-1) + 1) < rate
    rows: Mask = chosen[persons]
    return rows


def noisy(total: Floats, scale: float, rng: np.random.Generator) -> Floats:
    """The sum with Gaussian noise of standard deviation ``scale`` in every place.

    Noise is added in double precision; rounding the result costs nothing, and hides low bits.
    """
    return (total + scale * rng.standard_normal(total.shape)).astype(np.float32)


def descend(flat: Floats, gradient: Callable[[Floats], Floats], steps: int, lr: float) -> Floats:
    """Adam (Kingma and Ba, 2015, arXiv:1412.6980), its rate falling from ``lr`` in a line to 0.

    ``gradient`` is called exactly once for each step.
    """
    mean, square = np.zeros_like(flat), np.zeros_like(flat)
    for step in range(1, steps + 1):
        found = gradient(flat)
        mean = 0.9 * mean + 0.1 * found
        square = 0.999 * square + 0.001 * found**2
        root = np.sqrt(square / (1 - 0.999**step))
        rate = lr * (1 - (step - 1) / steps)
        flat = flat - rate * (mean / (1 - 0.9**step)) / (root + 1e-8)
    return flat
