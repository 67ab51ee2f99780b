"""Copies: synthetic rows that are identical to a train row."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.privacy.intervals import Bounded, difference, share
from synthcraft.metrics.privacy.roles import roles
from synthcraft.records import Measure


class ExactMatch:
    """``exact_match_rate``: synthetic rows identical to a train row, holdout rows as control."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Bounded:
        """The share of holdout rows identical to a train row."""
        # Asked of train rows: to leave out tables by their holdout rows would bias the excess.
        if real.train_points.counts.min() > 1:
            raise NotApplicable("no train row is unique: a copy tells nothing about anyone")
        return share(_known(real.holdout.frame, real), real.holdout.groups)

    def measure(self, real: Real, prepared: Bounded, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        main = share(_known(synthetic.frame, real))
        yield from roles(
            "exact_match_rate",
            main,
            prepared,
            difference(main, prepared),
            n=len(synthetic),
            n_control=len(real.holdout),
        )


def _known(frame: Any, real: Real) -> Any:
    return np.isin(hash_rows(frame), real.train_hashes)
