"""Distances to the closest train row, and to the closest against the second closest."""

from collections.abc import Iterator

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.neighbours import Neighbours
from synthcraft.metrics.privacy.intervals import Bounded, difference, quantile
from synthcraft.metrics.privacy.roles import roles
from synthcraft.records import Measure

QUANTILES = {"dcr_q05": 0.05, "dcr_median": 0.5}


class Dcr:
    """``dcr_q05`` and ``dcr_median``: distance to the closest train row."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> dict[str, Bounded]:
        """The holdout rows' distances to train rows."""
        distance = real.holdout_to_train.distance[:, 0]
        return {name: quantile(distance, q, real.holdout.groups) for name, q in QUANTILES.items()}

    def measure(
        self, real: Real, prepared: dict[str, Bounded], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Main, control and excess of each quantile."""
        n, n_control = len(synthetic), len(real.holdout)
        for name, q in QUANTILES.items():
            main, control = quantile(synthetic.to_train.distance[:, 0], q), prepared[name]
            excess = difference(control, main)
            yield from roles(name, main, control, excess, n=n, n_control=n_control)


class Nndr:
    """``nndr``: ratio of the distances to the closest and second closest distinct train row."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Bounded:
        """The holdout rows' median ratio."""
        if len(real.train_points.distinct) < 2:
            raise NotApplicable("needs two distinct train rows")
        return quantile(_ratio(real.holdout_to_train), 0.5, real.holdout.groups)

    def measure(self, real: Real, prepared: Bounded, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        main = quantile(_ratio(synthetic.to_train), 0.5)
        n, n_control = len(synthetic), len(real.holdout)
        excess = difference(prepared, main)
        yield from roles("nndr", main, prepared, excess, n=n, n_control=n_control)


def _ratio(found: Neighbours) -> np.ndarray:
    return np.asarray(found.distance[:, 0] / found.distance[:, 1])
