"""What a membership game shows of a mechanism: a lower bound on its ε, with stated confidence.

A mechanism is fitted many times on a table and many times on the same table with one person more.
Every fit yields some statistics, and is independent of all others. Whatever event of its outcome
is looked at, (ε, δ) grants P(event | one world) ≤ exp(ε)·P(event | other world) + δ; a pair of
frequencies that cannot be reconciled with that refutes ε. Which event is looked at is chosen on
fits of its own (pilot), so that the judging fits are fresh.

Sources: Jagielski, Ullman and Oprea, 2020 (arXiv 2006.07709), for the bound from Clopper–Pearson
intervals; Nasr et al., 2021 (arXiv 2101.04535) and 2023 (arXiv 2302.07956), for worst-case tables
and independent fits; Annamalai, Ganev and De Cristofaro, 2024 (arXiv 2405.10994), for the game on
generators of synthetic tables. A bound below ε proves nothing: another table, canary or event may
show more.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from scipy.stats import beta

from synthcraft.spec.types import AuditSpec

World = Literal["with", "without"]
WORLDS: tuple[World, ...] = get_args(World)
Counts = np.ndarray[Any, np.dtype[np.int64]]
Scores = np.ndarray[Any, np.dtype[np.float64]]
Rates = np.ndarray[Any, np.dtype[np.float64]]
ENOUGH = 1500
"""Fits per world at which an audit finds a quarter of the noise, at ε = 1, in 9 of 10 cases."""
POWER = (
    "In simulations at an epsilon of 1, a mechanism with only a quarter of its noise was found by "
    "about 2 % of audits of 100 fits per world, about half of those of 500 and nine in ten of "
    "those of 1,500. To pass a small audit is weak evidence."
)
"""What an audit's size is worth, as benchmarks/audit.py measured it."""


@dataclass(frozen=True)
class Event:
    """An outcome to be counted: a statistic at or beyond a threshold.

    ``above``: the statistic is at least the threshold, else at most; ``world`` is where the event
    is expected to be the likelier: with the canary person in the table, or without.
    """

    statistic: int
    threshold: float
    above: bool
    world: World

    def count(self, scores: Scores) -> int:
        """In how many fits (rows of ``scores``; columns are statistics) the event occurs.

        >>> Event(0, 0.5, True, "with").count(np.array([[0.2], [0.5], [0.9]]))
        2
        """
        column = scores[:, self.statistic]
        met = column >= self.threshold if self.above else column <= self.threshold
        return int(met.sum())


@dataclass(frozen=True)
class Bound:
    """What counted events show: ``epsilon`` is a lower bound, 0 where nothing is shown.

    ``tpr`` and ``fpr`` are the event's frequencies where it is the likelier and where not,
    ``tpr_low`` and ``fpr_high`` their one-sided bounds, which hold together with the confidence.
    """

    epsilon: float
    tpr: float
    tpr_low: float
    fpr: float
    fpr_high: float


def lower_bound(hits: int, alarms: int, fits: int, *, delta: float, confidence: float) -> Bound:
    """The lower bound on ε from ``hits`` and ``alarms``, each out of ``fits`` fits of its world.

    ε_low = log((TPR_low − δ) / FPR_high), with one-sided Clopper–Pearson bounds at (1 − confidence)
    / 2 each, so that both hold together (Jagielski et al., 2020, Section 4).

    >>> round(lower_bound(100, 0, 100, delta=0, confidence=0.95).epsilon, 2)
    3.28
    """
    tail = (1 - confidence) / 2
    low, high = _at_least(np.array([hits]), fits, tail), _at_most(np.array([alarms]), fits, tail)
    shown = float(_epsilons(low, high, delta)[0])
    return Bound(max(0.0, shown), hits / fits, float(low[0]), alarms / fits, float(high[0]))


def largest(fits: int, *, delta: float, confidence: float) -> float:
    """The largest lower bound that so many judging fits per world can show: all hits, no alarm.

    >>> [round(largest(n, delta=0, confidence=0.95), 1) for n in (100, 500)]
    [3.3, 4.9]
    """
    return lower_bound(fits, 0, fits, delta=delta, confidence=confidence).epsilon


def choose(
    present: Scores, absent: Scores, *, delta: float, confidence: float
) -> tuple[float, Event]:
    """The event for which these fits show the largest ε, and that (it may be negative).

    ``present`` are scores (fits × statistics) with the canary person, ``absent`` those of as many
    fits without. Thresholds are the values that occur. Judge the event on other fits: on these its
    bound is too high.

    >>> present, absent = np.array([[3.0], [4.0], [5.0]]), np.array([[0.0], [1.0], [2.0]])
    >>> choose(present, absent, delta=0, confidence=0.95)[1]
    Event(statistic=0, threshold=3.0, above=True, world='with')
    """
    fits, tail = len(present), (1 - confidence) / 2
    low, high = (
        _at_least(np.arange(fits + 1), fits, tail),
        _at_most(np.arange(fits + 1), fits, tail),
    )
    found = []
    for statistic in range(present.shape[1]):
        one, other = present[:, statistic], absent[:, statistic]
        thresholds = np.unique(np.concatenate([one, other]))
        for above in (True, False):
            counts = [_counts(scores, thresholds, above=above) for scores in (one, other)]
            for world, (hits, alarms) in zip(WORLDS, (counts, counts[::-1]), strict=True):
                shown = _epsilons(low[hits], high[alarms], delta)
                best = int(shown.argmax())
                event = Event(statistic, float(thresholds[best]), above, world)
                found.append((float(shown[best]), event))
    return max(found, key=lambda pair: pair[0])


def judge(
    event: Event, present: Scores, absent: Scores, *, delta: float, confidence: float
) -> Bound:
    """What the event shows in fits that did not choose it.

    >>> event = Event(0, 0.5, True, "with")
    >>> judge(event, np.ones((9, 1)), np.zeros((9, 1)), delta=0, confidence=0.95).epsilon > 0.6
    True
    """
    hits, alarms = event.count(present), event.count(absent)
    if event.world == "without":
        hits, alarms = alarms, hits
    return lower_bound(hits, alarms, len(present), delta=delta, confidence=confidence)


@dataclass(frozen=True)
class AuditResult:
    """What the membership game showed of one arm.

    ``epsilon`` is the promised or claimed one; ``fits`` per world judged, after ``pilot`` others
    on each table had chosen ``table`` and ``event``; ``largest`` is the largest bound that they
    could have shown. ``bound`` is absent, with the ``reason``, where no game could be played.
    """

    arm: str
    epsilon: float
    delta: float
    confidence: float
    fits: int
    pilot: int
    largest: float
    table: str = ""
    statistic: str = ""
    event: Event | None = None
    bound: Bound | None = None
    reason: str = ""

    @property
    def flagged(self) -> bool:
        """Whether the bound exceeds ε: the promise is refuted at the confidence."""
        return self.bound is not None and self.bound.epsilon > self.epsilon

    @property
    def weak(self) -> bool:
        """Whether so few fits would often overlook even a gross fault: see ``POWER``."""
        return self.fits < ENOUGH

    def to_json(self) -> dict[str, Any]:
        """The plain form, for journals and files."""
        return {**asdict(self), "flagged": self.flagged}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "AuditResult":
        """The result of a plain form.

        >>> result = unplayed("aim@eps=1", AuditSpec(), epsilon=1.0, delta=1e-5)
        >>> AuditResult.from_json(result.to_json()) == result
        True
        """
        event, bound = plain["event"], plain["bound"]
        told = {name: value for name, value in plain.items() if name != "flagged"}
        return cls(**told | {"event": event and Event(**event), "bound": bound and Bound(**bound)})


def pilot_fits(terms: AuditSpec) -> int:
    """Fits per world and table that choose the event, beside those that judge: half as many.

    >>> pilot_fits(AuditSpec(fits=100))
    50
    """
    return terms.fits // 2


def unplayed(arm: str, terms: AuditSpec, *, epsilon: float, delta: float) -> AuditResult:
    """The result before any fit: what is claimed, and what could be shown at most."""
    most = largest(terms.fits, delta=delta, confidence=terms.confidence)
    return AuditResult(arm, epsilon, delta, terms.confidence, terms.fits, pilot_fits(terms), most)


def _counts(scores: Scores, thresholds: Scores, *, above: bool) -> Counts:
    ranked = np.sort(scores)
    if above:
        return len(ranked) - np.searchsorted(ranked, thresholds, side="left")
    return np.searchsorted(ranked, thresholds, side="right")


def _at_least(hits: Counts, fits: int, tail: float) -> Rates:
    """Clopper–Pearson: the rate that is exceeded but for ``tail``."""
    return np.where(hits > 0, beta.ppf(tail, np.maximum(hits, 1), fits - hits + 1), 0.0)


def _at_most(alarms: Counts, fits: int, tail: float) -> Rates:
    """Clopper–Pearson: the rate that is not reached but for ``tail``."""
    inner = np.minimum(alarms, fits - 1)
    return np.where(alarms < fits, beta.ppf(1 - tail, inner + 1, fits - inner), 1.0)


def _epsilons(low: Rates, high: Rates, delta: float) -> Rates:
    excess = low - delta
    return np.where(excess > 0, np.log(np.maximum(excess, 1e-300) / high), -math.inf)
