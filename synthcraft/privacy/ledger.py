"""What fits have spent, and what they have spent together.

Every fit counts, whatever became of it: spends are journalled before it starts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthcraft.privacy.accountant import ORDERS, compose, epsilon_of
from synthcraft.privacy.guarantee import guarantee
from synthcraft.records import Plan, Selection, Spend, Start
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
    """All fits of one run that spend; ``void`` says why no ε of it is a promise.

    ``selections`` are what private selections of the arm to release have spent beside the fits: one
    for each time that it was begun.
    """

    run: str
    lines: tuple[Line, ...]
    spends: tuple[Spend, ...]
    void: tuple[str, ...]
    selections: tuple[Spend, ...] = ()

    @property
    def accounted(self) -> Total:
        """What the fits that we account for, and private selections, have spent together."""
        return together([self], claimed=False)

    @property
    def claimed(self) -> Total:
        """What the other fits have spent together by their libraries' word, which nobody checks."""
        return together([self], claimed=True)


def ledger(
    run: str,
    spec: Spec,
    plan: Plan,
    starts: Sequence[Start],
    recorded: Iterable[str],
    selection: Selection | None = None,
) -> Ledger:
    """The ledger of one run: its starts, the ids of trials with a record, its selection if any."""
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
        selections=selection.spends if selection else (),
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


def together(ledgers: Sequence[Ledger], *, claimed: bool) -> Total:
    """What several runs have spent, as if on the same people: accounted for by us, or claimed."""
    fits = (s for one in ledgers for s in one.spends if s.claimed == claimed)
    return total(fits, () if claimed else (s for one in ledgers for s in one.selections))


def total(spends: Iterable[Spend], selections: Iterable[Spend] = ()) -> Total:
    """ε of all spends together at the sum of their δ, as if all were on the same people.

    ``spends`` are those of fits; ``selections`` add to ε and δ, but are no fits.

    The smaller of two upper bounds: the sum of all ε (Dwork and Roth, 2014, Theorem 3.16); and the
    sum of the Rényi curves, converted at the δ that private domains have left, plus the ε of what
    has no curve.

    >>> from synthcraft.privacy.accountant import rho_of, zcdp_curve
    >>> one = Spend("zCDP", 1.0, 1e-5, zcdp_curve(rho_of(1.0, 1e-5)))
    >>> total([one]).epsilon, round(total([one] * 9).epsilon, 2), round(total([one] * 9).delta, 7)
    (1.0, 2.97, 9e-05)
    """
    fits = tuple(spends)
    spent = (*fits, *selections)
    delta = math.fsum(spend.delta for spend in spent)
    if not spent or delta >= 1:
        return Total(math.inf if spent else 0.0, delta, len(fits))
    # A curve of another length was told at other orders, by another version.
    known = [spend for spend in spent if len(spend.curve) == len(ORDERS)]
    rest = math.fsum(spend.epsilon for spend in spent if spend not in known)
    summed = math.fsum(spend.epsilon for spend in spent)
    left = math.fsum(spend.delta - spend.delta_domain for spend in known)
    if left <= 0:  # without δ no curve is converted
        return Total(summed, delta, len(fits))
    composed = rest + epsilon_of(compose(spend.curve for spend in known), left)
    return Total(min(summed, composed), delta, len(fits))
