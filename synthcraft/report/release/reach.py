"""How far the attackers came with a table, on one scale that everybody can read."""

import math
from dataclasses import dataclass

from synthcraft.report.release.risks import MEMBERSHIP, WP29, measured
from synthcraft.report.release.subject import subjects
from synthcraft.report.summary import Contender, Quantity, Summary

ATTACKS = (*WP29, *MEMBERSHIP)
DEEDS = {
    "singling_out": "pick out a person",
    "linkability": "link two files about a person",
    "attribute_inference": "learn a secret",
    "mia": "tell whether a person’s data had been used",
}
"""What each attack tries, by how the name of its measure begins."""


def results(summary: Summary) -> tuple[Quantity, ...]:
    """The attacks with a value for any of the tables that the pack is about."""
    arms = [contender.arm.id for contender in subjects(summary)]
    return tuple(
        q for q in measured(summary, ATTACKS) if any(summary.samples(arm, q) for arm in arms)
    )


@dataclass(frozen=True)
class Reach:
    """The largest mean and the largest upper bound of the attacks on one table, of 100.

    ``bound`` is None where any attack has no interval; ``deed`` is what the best attack did.
    """

    mean: int
    bound: int | None
    deed: str

    @property
    def text(self) -> str:
        """In words, such as "12 of 100, up to 26 not ruled out"."""
        bound = "no bound known" if self.bound is None else f"up to {self.bound} not ruled out"
        return f"{self.mean} of 100, {bound}"


def reach(summary: Summary, contender: Contender) -> Reach | None:
    """How far the attacks with a control came, of 100; None where none has a value.

    An attack that hardly tells a copy of the train rows from strangers takes no part.
    """
    found = [
        (estimate, q.metric)
        for q in measured(summary, ATTACKS)
        if q.role == "excess"
        and summary.informative(q) != "no"
        and (estimate := summary.score(contender.arm.id, q).estimate) is not None
    ]
    if not found:
        return None
    best, name = max(found, key=lambda pair: pair[0].mean)
    highs = [estimate.high for estimate, _ in found]
    bounded = [high for high in highs if high is not None]
    deed = next(deed for key, deed in DEEDS.items() if name.startswith(key))
    whole = len(bounded) == len(highs)
    return Reach(hundredths(best.mean), hundredths(max(bounded), up=True) if whole else None, deed)


def hundredths(value: float, *, up: bool = False) -> int:
    """A share of 100, none below 0; an upper bound is rounded up.

    >>> hundredths(0.124), hundredths(0.124, up=True), hundredths(-0.2)
    (12, 13, 0)
    """
    scaled = 100 * max(0.0, value)
    return math.ceil(scaled - 1e-9) if up else round(scaled)
