"""Authenticity: synthetic rows that are no noisy copies of their nearest train row."""

from collections.abc import Iterator
from typing import Any

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.neighbours import TOLERANCE, Neighbours
from synthcraft.metrics.privacy.intervals import difference, share
from synthcraft.metrics.privacy.roles import roles
from synthcraft.records import Measure


class Authenticity:
    """``authenticity``: rows that are not closer to their nearest train row than others of train.

    The holdout rows stand for synthetic ones in the control: fresh rows are not all authentic.
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Any:
        """Which holdout rows are authentic, and how far train rows lie apart."""
        if len(real.train_points.distinct) < 2:
            raise NotApplicable("needs two distinct train rows")
        return authentic(real.holdout_to_train, real.train_to_train)

    def measure(self, real: Real, prepared: Any, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess (control − main)."""
        main = share(authentic(synthetic.to_train, real.train_to_train))
        control = share(prepared, real.holdout.groups)
        n, n_control = len(synthetic), len(real.holdout)
        excess = difference(control, main)
        yield from roles("authenticity", main, control, excess, n=n, n_control=n_control)


def authentic(found: Neighbours, apart: Floats) -> Any:
    """Which rows lie further from their nearest train row than any other train row does.

    ``apart`` holds, per distinct train row, the distance to the nearest other; ties count as
    closer (Alaa et al. 2022).

    >>> import numpy as np
    >>> from synthcraft.metrics.neighbours import Neighbours
    >>> found = Neighbours(np.array([[0], [0]]), np.array([[1.0], [2.0]]))
    >>> authentic(found, np.array([1.0])).tolist()
    [False, True]
    """
    reach = apart[found.index[:, 0]] * (1 + TOLERANCE) + TOLERANCE
    return found.distance[:, 0] > reach
