"""Arms of one private generator at several ε, told together."""

import math
from collections.abc import Sequence

from synthcraft.records import Arm
from synthcraft.report.promise import MARKS
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import listed, short
from synthcraft.spec.privacy import generator_label


def stem(arm: Arm) -> str:
    """What the arms of one generator share: their label without ε.

    >>> stem(Arm("aim@eps=1", "aim", epsilon=1.0)), stem(Arm("ctgan", "ctgan", rung=0.5))
    ('aim', 'ctgan~0.5')
    """
    return arm.id if arm.epsilon is None else generator_label(arm.label)


def level(arm: Arm) -> str:
    """ε and δ of an arm in words; "" where it has none.

    >>> level(Arm("aim@eps=1", "aim", epsilon=1.0, delta=1e-5))
    'ε = 1, δ = 0.00001'
    """
    if arm.epsilon is None:
        return ""
    return f"ε = {arm.epsilon:g}" + ("" if arm.delta is None else f", δ = {tiny(arm.delta)}")


def tiny(value: float) -> str:
    """A small number at two digits, never less than it is, written out down to a billionth.

    >>> tiny(1e-5), tiny(0.00012345), tiny(2.51e-12)
    ('0.00001', '0.00013', '2.6e-12')
    """
    place = math.floor(math.log10(value)) - 1
    up = 10.0**place * math.ceil(value / 10.0**place - 1e-9)  # a round number stays what it is
    return f"{up:.2g}" if value < 1e-9 else f"{up:.{max(1, -place)}f}".rstrip("0")


def by_generator(summary: Summary) -> dict[str, tuple[Contender, ...]]:
    """The arms of each generator, in ascending ε; one without ε stands alone."""
    found: dict[str, list[Contender]] = {}
    for contender in summary.generators:
        found.setdefault(stem(contender.arm), []).append(contender)
    return {
        name: tuple(sorted(arms, key=lambda c: c.arm.epsilon or 0.0))
        for name, arms in found.items()
    }


def named(name: str, arms: Sequence[Contender]) -> str:
    """A generator's name with its levels of ε, for a list of what was tried."""
    levels = [f"{c.arm.epsilon:g}" for c in arms if c.arm.epsilon is not None]
    if not levels:
        return short(name)
    mark = MARKS.get(arms[0].promise, "ε")
    return f"{short(name)} at {mark} {listed(levels, 'or')}"
