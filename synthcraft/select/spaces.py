"""What can be tuned of each policy, and between which values.

Only what steers exploration: what a use case is, what it may cost, which risk is accepted and, of
private arms, ε and δ are questions for a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from synthcraft.errors import Problem, UserError, nearest


@dataclass(frozen=True)
class Range:
    """Values from ``low`` to ``high``, searched on a log scale where ``log``."""

    low: float
    high: float
    log: bool = False


Space = Mapping[str, Range]

TRUST = {"kappa": Range(0.25, 8, log=True), "noise_scale": Range(0.25, 8, log=True)}
SPACES: Mapping[str, Space] = {
    "kg": {"gamma": Range(0, 1.2), **TRUST, "reserve": Range(0, 0.4), "floor": Range(0, 0.3)},
    "ttts": {"beta": Range(0.1, 1), **TRUST},
    "ucb_e": {"a": Range(1e-4, 1, log=True)},
    "max_ucb": {"alpha": Range(0.01, 10, log=True)},
    "successive_halving": {"eta": Range(1.5, 6)},
}


def space_of(policy: str) -> Space:
    """What can be tuned of a policy.

    Raises
    ------
    UserError
        When there is nothing.

    >>> sorted(space_of("kg"))
    ['floor', 'gamma', 'kappa', 'noise_scale', 'reserve']
    """
    if policy not in SPACES:
        message = f"there is nothing to tune of {policy!r}"
        raise UserError([Problem("selector", message, nearest("", SPACES))])
    return SPACES[policy]
