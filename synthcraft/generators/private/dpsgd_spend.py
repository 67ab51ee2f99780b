"""What training by DP-SGD costs, and how much noise an ε asks for; light to import, no network."""

import math
from functools import lru_cache

import numpy as np
from scipy.special import gammaln, logsumexp

from synthcraft.generators.private.params import DpArParams
from synthcraft.generators.private.spend import spent
from synthcraft.privacy.accountant import ORDERS, compose, zcdp_curve
from synthcraft.privacy.release import Release
from synthcraft.records import Spend


def sampling_rate(params: DpArParams, release: Release) -> float:
    """The probability with which each person is in a step's sample; from public numbers alone."""
    return min(1.0, params.batch / release.rows)


def subsampled_curve(rate: float, noise: float, steps: int) -> tuple[float, ...]:
    """The curve of ``steps`` Gaussian mechanisms, each on a fresh Poisson sample.

    A person is in a sample with probability ``rate``; the noise's standard deviation is ``noise``
    times the norm of what one person can add. Exact at whole orders (Mironov, Talwar and Zhang,
    2019, arXiv:1908.10530, section 3.3); between them an upper bound, because (α − 1)·RDP(α) is
    convex in α and 0 at α = 1.

    >>> round(subsampled_curve(1.0, 2.0, 3)[ORDERS.index(2.0)], 9)
    0.75
    """
    whole = sorted({math.floor(order) for order in ORDERS} | {math.ceil(order) for order in ORDERS})
    moments = np.interp(ORDERS, whole, [_log_moment(rate, noise, order) for order in whole])
    return tuple(float(x) for x in steps * moments / (np.array(ORDERS) - 1))


def _log_moment(rate: float, noise: float, order: int) -> float:
    """(α − 1)·RDP(α) of one step: the log of E[((1 − q) + q·N(1, σ²)/N(0, σ²))^α] over N(0, σ²)."""
    k = np.arange(order + 1)
    gain = k * (k - 1) / (2 * noise**2)
    if rate == 1:
        return float(gain[-1])
    choose = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
    terms = choose + k * math.log(rate) + (order - k) * math.log1p(-rate) + gain
    return max(0.0, float(logsumexp(terms)))


@lru_cache(maxsize=1024)
def noise_multiplier(params: DpArParams, release: Release) -> float:
    """The least noise, in units of the clipping norm, whose spend stays within the release.

    Bisected to a thousandth of itself, from above.
    """

    def affordable(noise: float) -> bool:
        return spend_at(noise, params, release).epsilon <= release.epsilon

    low, high = 0.01, 1.0
    while not affordable(high):
        low, high = high, 2 * high
    while high > 1.001 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if affordable(middle) else (middle, high)
    return high


def spend_at(noise: float, params: DpArParams, release: Release) -> Spend:
    """What a fit of this noise multiplier costs, a private domain included."""
    learning = subsampled_curve(sampling_rate(params, release), noise, params.steps)
    curve = compose([learning, zcdp_curve(release.rho_domain)])
    return spent("DP-SGD", curve, release)


def spend(params: DpArParams, release: Release) -> Spend:
    """What a fit costs, told before it starts: at most the release's ε.

    >>> spend(DpArParams(), Release(1.0, 1e-5, 3000)).epsilon <= 1.0
    True
    """
    return spend_at(noise_multiplier(params, release), params, release)
