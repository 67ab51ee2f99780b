"""Adjusted p values: what remains of many comparisons once their number is paid for."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def holm(p: Mapping[K, float]) -> dict[K, float]:
    """Adjusted p values that keep the chance of any false claim (Holm 1979), in the given order.

    Where the data chose the comparisons (to the best), give all that could have been chosen: with
    the chosen ones alone, ten equal generators look different in 9 to 13 of 100 runs instead of 5.

    >>> {k: round(v, 3) for k, v in holm({"a": 0.01, "b": 0.04, "c": 0.03}).items()}
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    adjusted: dict[K, float] = {}
    largest = 0.0
    for place, name in enumerate(sorted(p, key=lambda name: p[name])):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p}


def benjamini_hochberg(p: Mapping[K, float]) -> dict[K, float]:
    """Adjusted p values that keep the share of false claims (Benjamini & Hochberg 1995).

    >>> benjamini_hochberg({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.04, 'c': 0.04}
    """
    adjusted: dict[K, float] = {}
    least = 1.0
    falling = sorted(p, key=lambda name: p[name], reverse=True)
    for place, name in enumerate(falling):
        least = min(least, p[name] * len(p) / (len(p) - place))
        adjusted[name] = least
    return {name: adjusted[name] for name in p}
