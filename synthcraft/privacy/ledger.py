"""What fits have spent, and what they have spent together.

Every fit counts, whatever became of it: spends are journalled before it starts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthcraft.privacy.accountant import ORDERS, compose, epsilon_of
from synthcraft.privacy.guarantee import guarantee
from synthcraft.records import Plan, Spend, Start
from synthcraft.spec.types import Spec


@dataclass(frozen=True)
class Total:
    """ε at δ of ``fits`` together; ε is infinite (nothing is promised) where δ reaches 1."""

    epsilon: float = 0.0
    delta: float = 0.0
    fits: int = 0


@dataclass(frozen=True)
class Line:
    """The fits of one arm: ε and δ of each, and of all together.

    ``claimed`` ones are their library's word; ``unrecorded`` of the fits have no record: they were
    killed, and count all the same.
    """

    arm: str
    plugin: str
    mechanism: str
    epsilon: float
    delta: float
    together: Total
    claimed: bool
    unrecorded: int


@dataclass(frozen=True)
class Ledger:
    """All fits of one run that spend; ``void`` says why no ε of it is a promise."""

    run: str
    lines: tuple[Line, ...]
    spends: tuple[Spend, ...]
    void: tuple[str, ...]

    @property
    def accounted(self) -> Total:
        """What the fits that we account for have spent together."""
        return total(spend for spend in self.spends if not spend.claimed)

    @property
    def claimed(self) -> Total:
        """What the other fits have spent together by their libraries' word, which nobody checks."""
        return total(spend for spend in self.spends if spend.claimed)


def ledger(
    run: str, spec: Spec, plan: Plan, starts: Sequence[Start], recorded: Iterable[str]
) -> Ledger:
    """The ledger of one run, from its starts and the ids of the trials that have a record."""
    done = list(recorded)
    found = {start.trial.arm for start in starts}
    return Ledger(
        run=run,
        lines=tuple(
            _line(plan, arm.id, [start for start in starts if start.trial.arm == arm.id], done)
            for arm in plan.arms
            if arm.id in found
        ),
        spends=tuple(spend for start in starts for spend in start.spends),
        void=guarantee(spec).void if spec.privacy else (),
    )


def _line(plan: Plan, arm: str, starts: Sequence[Start], recorded: Sequence[str]) -> Line:
    first = starts[0].spends
    ended = {start.trial.id for start in starts} & set(recorded)
    each = total(first)
    return Line(
        arm=arm,
        plugin=plan.arm(arm).plugin,
        mechanism=", ".join(dict.fromkeys(spend.mechanism for spend in first)),
        epsilon=each.epsilon,
        delta=each.delta,
        together=total(spend for start in starts for spend in start.spends),
        claimed=any(spend.claimed for spend in first),
        unrecorded=len(starts) - len(ended),
    )


def total(spends: Iterable[Spend]) -> Total:
    """ε of all spends together at the sum of their δ, as if all were on the same people.

    The smaller of two upper bounds: the sum of all ε (Dwork and Roth, 2014, Theorem 3.16); and the
    sum of the Rényi curves, converted at the δ that private domains have left, plus the ε of what
    has no curve.

    >>> from synthcraft.privacy.accountant import rho_of, zcdp_curve
    >>> one = Spend("zCDP", 1.0, 1e-5, zcdp_curve(rho_of(1.0, 1e-5)))
    >>> total([one]).epsilon, round(total([one] * 9).epsilon, 2), round(total([one] * 9).delta, 7)
    (1.0, 2.97, 9e-05)
    """
    spent = tuple(spends)
    delta = math.fsum(spend.delta for spend in spent)
    if not spent or delta >= 1:
        return Total(math.inf if spent else 0.0, delta, len(spent))
    # A curve of another length was told at other orders, by another version.
    known = [spend for spend in spent if len(spend.curve) == len(ORDERS)]
    rest = math.fsum(spend.epsilon for spend in spent if spend not in known)
    summed = math.fsum(spend.epsilon for spend in spent)
    if not known:
        return Total(summed, delta, len(spent))
    left = math.fsum(spend.delta - spend.delta_domain for spend in known)
    composed = rest + epsilon_of(compose(spend.curve for spend in known), left)
    return Total(min(summed, composed), delta, len(spent))
