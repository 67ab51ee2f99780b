"""What a run shows of a risk, generator by generator."""

from collections.abc import Sequence
from typing import Literal

from synthcraft.report.choice import leading
from synthcraft.report.inference import endpoints
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


def judged_risks(summary: Summary) -> tuple[Quantity, ...]:
    """The risks that tell anything here, first the one that decides, if that does."""
    found = endpoints(summary).get("privacy")
    first = (found,) if found is not None and summary.ranked(found) else ()
    return tuple(dict.fromkeys((*first, *leading(summary, "privacy"))))


def highest(risks: Sequence[Risk]) -> Risk:
    """Whose interval reaches highest; where none has an interval, who has the highest mean."""
    bounded = [risk for risk in risks if is_bounded(risk[1])]
    return max(bounded or risks, key=lambda risk: upper(risk[1]))


def upper(score: Score) -> float:
    """The upper end of a score's interval; its mean where there is none."""
    estimate = score.estimate
    if estimate is None:
        return float("-inf")
    return estimate.mean if estimate.high is None else estimate.high


def is_bounded(score: Score) -> bool:
    """Whether a score has an interval."""
    return score.estimate is not None and score.estimate.high is not None


def splits_above(
    summary: Summary, contender: Contender, quantity: Quantity
) -> list[tuple[float, float]]:
    """The intervals within one split that lie above 0."""
    own = summary.own_intervals(contender.arm.id, quantity)
    return [(low, high) for low, high in own.values() if low > 0]
