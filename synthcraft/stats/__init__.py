"""Intervals, comparisons and tests: pure functions of numbers, used by metrics and reports alike.

Each concept has its module; what most callers need is named here.
"""

from synthcraft.stats.bayes import Posterior, signed_rank_rope
from synthcraft.stats.bootstrap import bca, left_out
from synthcraft.stats.gains import bootstrap_t, sign_flip
from synthcraft.stats.inferiority import NonInferiority, non_inferior
from synthcraft.stats.multiplicity import benjamini_hochberg, holm
from synthcraft.stats.ranks import Friedman, Pair, TooFew, friedman, pairwise, ranked
from synthcraft.stats.shares import difference_of_shares, mover, wilson, z
from synthcraft.stats.splits import (
    LEVEL,
    BySplit,
    Estimate,
    Informative,
    calibrated,
    clipped,
    detectable,
    deviation,
    gain_ratio,
    in_order,
    informative,
    over_splits,
    p_value,
    paired,
    placed,
)
from synthcraft.stats.standing import alike, chance_of_best, wins

__all__ = [
    "LEVEL",
    "BySplit",
    "Estimate",
    "Friedman",
    "Informative",
    "NonInferiority",
    "Pair",
    "Posterior",
    "TooFew",
    "alike",
    "bca",
    "benjamini_hochberg",
    "bootstrap_t",
    "calibrated",
    "chance_of_best",
    "clipped",
    "detectable",
    "deviation",
    "difference_of_shares",
    "friedman",
    "gain_ratio",
    "holm",
    "in_order",
    "informative",
    "left_out",
    "mover",
    "non_inferior",
    "over_splits",
    "p_value",
    "paired",
    "pairwise",
    "placed",
    "ranked",
    "sign_flip",
    "signed_rank_rope",
    "wilson",
    "wins",
    "z",
]
