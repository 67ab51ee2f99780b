"""Counts and sums that a state keeps: arrays that are never written to."""

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Number = TypeVar("Number", np.int64, np.float64)


def plus(values: NDArray[Number], at: int, more: ArrayLike = 1) -> NDArray[Number]:
    """A copy with more at one place (of a matrix: in one row).

    >>> plus(np.array([2, 0]), 1).tolist(), plus(np.zeros((2, 2)), 0, [1.0, 3.0]).tolist()
    ([2, 1], [[1.0, 3.0], [0.0, 0.0]])
    """
    changed = values.copy()
    changed[at] += more
    return changed
