"""Intervals, comparisons and tests: pure functions of numbers, used by metrics and reports alike.

Each concept has its module; what most callers need is named here.
"""

from synthcraft.stats.bootstrap import bca, left_out
from synthcraft.stats.shares import difference_of_shares, wilson
from synthcraft.stats.splits import (
    LEVEL,
    BySplit,
    Estimate,
    Informative,
    calibrated,
    detectable,
    in_order,
    informative,
    over_splits,
    paired,
)

__all__ = [
    "LEVEL",
    "BySplit",
    "Estimate",
    "Informative",
    "bca",
    "calibrated",
    "detectable",
    "difference_of_shares",
    "in_order",
    "informative",
    "left_out",
    "over_splits",
    "paired",
    "wilson",
]
