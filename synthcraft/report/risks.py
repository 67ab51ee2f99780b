"""What a run shows of a risk, generator by generator."""

from typing import Literal

from synthcraft.report.summary import Contender, Quantity, Score, Summary

LARGE_RISK = 0.5  # half way to a table of copies: never left at «not known how far chance moves it»
Risk = tuple[Contender, Score]
Shown = Literal["above", "partly", "within", "unsure"]
"""``above``: an excess over fresh real rows is shown, or large; ``partly``: within some splits, not
over all; ``within``: none is shown; ``unsure``: there is no interval."""


def by_answer(summary: Summary, quantity: Quantity) -> dict[Shown, list[Risk]]:
    """The generators by what the run shows of a risk."""
    found: dict[Shown, list[Risk]] = {}
    for contender, score in summary.ranked(quantity):
        found.setdefault(_shown(summary, contender, score, quantity), []).append((contender, score))
    return found


def _shown(summary: Summary, contender: Contender, score: Score, quantity: Quantity) -> Shown:
    """What a run shows of a risk; a single split that shows an excess is never passed over."""
    estimate = score.estimate
    assert estimate is not None  # of ranked contenders
    if estimate.low is not None and estimate.low > 0:
        return "above"
    if estimate.low is None and estimate.mean >= LARGE_RISK:
        return "above"
    if splits_above(summary, contender, quantity):
        return "partly"
    return "unsure" if estimate.low is None else "within"


def splits_above(
    summary: Summary, contender: Contender, quantity: Quantity
) -> list[tuple[float, float]]:
    """The intervals within one split that lie above 0."""
    own = summary.own_intervals(contender.arm.id, quantity)
    return [(low, high) for low, high in own.values() if low > 0]
