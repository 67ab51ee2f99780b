"""Non-inferiority: is the loss smaller than a margin that was declared before the run."""

from dataclasses import dataclass
from typing import Literal

from scipy.stats import t as student

from synthcraft.stats.splits import ROUNDING, Estimate

Answer = Literal["shown", "not shown", "worse", "unknown"]


@dataclass(frozen=True)
class NonInferiority:
    """What splits say of a loss against its margin.

    "shown": the whole interval of the loss lies under the margin; "worse": above it; "not shown":
    the margin lies within; "unknown": splits give no interval. ``p`` is one-sided, of the
    hypothesis that the loss is as large as the margin; compare it with (1 − level) / 2.
    """

    answer: Answer
    margin: float
    p: float | None


def non_inferior(loss: Estimate, margin: float) -> NonInferiority:
    """Whether a loss (of a model trained on synthetic rows against real ones) is under a margin.

    Raises
    ------
    ValueError
        When the margin is not positive.

    >>> from synthcraft.stats import over_splits
    >>> loss = over_splits({0: [0.010], 1: [0.012], 2: [0.011]}, ratio=0.4)
    >>> non_inferior(loss, 0.05).answer, non_inferior(loss, 0.001).answer
    ('shown', 'worse')
    """
    if margin <= 0:
        raise ValueError(f"got margin {margin:g}, it must be positive")
    if loss.error is None or loss.error <= ROUNDING or loss.low is None or loss.high is None:
        return NonInferiority("unknown", margin, None)
    p = float(student.cdf((loss.mean - margin) / loss.error, loss.splits - 1))
    answer: Answer = "not shown"
    if loss.high < margin:
        answer = "shown"
    elif loss.low > margin:
        answer = "worse"
    return NonInferiority(answer, margin, p)
