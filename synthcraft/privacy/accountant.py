"""From a mechanism's Rényi divergence to (ε, δ) and back.

What a fit spends is a curve: its Rényi divergence at each of ``ORDERS``. Curves of fits on the same
people add up; only the sum is turned into ε.
"""

from collections.abc import Iterable, Sequence

import numpy as np

ORDERS: tuple[float, ...] = (
    *(1 + i / 20 for i in range(1, 20)),
    *(2 + i / 4 for i in range(16)),
    *range(6, 32),
    *(round(32 * 1.1**i) for i in range(66)),
)
"""Rényi orders α > 1 at which every curve is told, up to 15,692. Journals rely on this list.

For ε from 0.1 to 20 and δ from 1e-12 to 1e-4, all orders together would grant at most 1 % more ρ.
"""


def zcdp_curve(rho: float) -> tuple[float, ...]:
    """The curve of a ρ-zCDP mechanism: ρ·α (Bun and Steinke, 2016, Definition 1.1).

    >>> zcdp_curve(0.5)[ORDERS.index(2.0)]
    1.0
    """
    return tuple(rho * order for order in ORDERS)


def compose(curves: Iterable[Sequence[float]]) -> tuple[float, ...]:
    """The curve of all mechanisms together: the sum (Mironov, 2017, Proposition 1)."""
    return tuple(float(x) for x in np.sum([np.zeros(len(ORDERS)), *map(np.array, curves)], axis=0))


def epsilon_of(curve: Sequence[float], delta: float) -> float:
    """The smallest ε, 0 or more, that the curve grants at δ.

    Canonne, Kamath and Steinke, 2020, Proposition 12: the least over orders α of
    RDP(α) + log((α − 1)/α) − (log δ + log α)/(α − 1).

    >>> round(epsilon_of(zcdp_curve(0.05), 1e-5), 2)
    1.31
    """
    if not any(curve):
        return 0.0  # the formula leaves a trace of the largest order
    a = np.array(ORDERS)
    found = np.array(curve) + np.log1p(-1 / a) - (np.log(delta) + np.log(a)) / (a - 1)
    return max(0.0, float(found.min()))


def rho_of(epsilon: float, delta: float) -> float:
    """The largest ρ whose zCDP curve grants (ε, δ).

    >>> 0.02 < rho_of(1.0, 1e-5) < 0.04
    True
    """
    a = np.array(ORDERS)
    free = epsilon - np.log1p(-1 / a) + (np.log(delta) + np.log(a)) / (a - 1)
    return max(0.0, float((free / a).max()))
