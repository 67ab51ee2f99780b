"""A bound on ε is as large as it may be, and exceeds the true ε no more often than promised."""

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from synthcraft.privacy.audit import choose, judge, largest, lower_bound, unplayed
from synthcraft.spec.types import AuditSpec

TERMS = {"delta": 1e-5, "confidence": 0.95}
REPLICATES = 1000


def test_bounds_are_clopper_pearson_ends() -> None:
    bound = lower_bound(30, 4, 50, **TERMS)
    # The ends are where the binomial tails are exactly (1 − 0.95) / 2.
    assert binom.sf(29, 50, bound.tpr_low) == pytest.approx(0.025)
    assert binom.cdf(4, 50, bound.fpr_high) == pytest.approx(0.025)
    assert bound.epsilon == pytest.approx(math.log((bound.tpr_low - 1e-5) / bound.fpr_high))


def test_largest_is_that_of_a_perfect_game() -> None:
    # n hits of n: TPR_low = (α/2)^(1/n); no alarm: FPR_high = 1 − (α/2)^(1/n).
    for fits, shown in ((100, 3.3), (500, 4.9)):
        end = 0.025 ** (1 / fits)
        assert largest(fits, delta=0, confidence=0.95) == pytest.approx(math.log(end / (1 - end)))
        assert round(largest(fits, **TERMS), 1) == shown


@pytest.mark.parametrize(("hits", "alarms"), [(0, 0), (0, 50), (50, 50), (3, 40)])
def test_nothing_is_shown_where_worlds_look_alike(hits: int, alarms: int) -> None:
    assert lower_bound(hits, alarms, 50, **TERMS).epsilon == 0


def test_delta_lowers_the_bound() -> None:
    bounds = [lower_bound(20, 0, 50, delta=d, confidence=0.95).epsilon for d in (0, 0.1, 0.5)]
    assert bounds[0] > bounds[1] > bounds[2] == 0


def test_every_direction_is_tried() -> None:
    ranks = np.arange(40.0)[:, None]
    flat = np.zeros((40, 1))
    # Each puts what tells the worlds apart elsewhere: upper or lower end, with or without.
    cases = {
        (True, "with"): (flat + np.r_[[9.0] * 9, [0] * 31][:, None], flat),
        (False, "with"): (flat - np.r_[[9.0] * 9, [0] * 31][:, None], flat),
        (True, "without"): (flat, flat + np.r_[[9.0] * 9, [0] * 31][:, None]),
        (False, "without"): (flat, flat - np.r_[[9.0] * 9, [0] * 31][:, None]),
    }
    for (above, world), (present, absent) in cases.items():
        shown, event = choose(present, absent, **TERMS)
        assert shown > 0
        assert (event.above, event.world) == (above, world)
    shifted = np.hstack([flat, ranks - 40])
    assert choose(np.hstack([flat, ranks]), shifted, **TERMS)[1].statistic == 1


def test_the_choice_is_the_best_of_all_events() -> None:
    rng = np.random.default_rng(0)
    present, absent = rng.normal(0.7, 1, (30, 2)), rng.normal(0, 1, (30, 2))
    shown, event = choose(present, absent, **TERMS)
    brute = max(
        lower_bound(*counts, 30, **TERMS).epsilon
        for i in range(2)
        for t in np.r_[present[:, i], absent[:, i]]
        for one, two in (
            ((present[:, i] >= t).sum(), (absent[:, i] >= t).sum()),
            ((present[:, i] <= t).sum(), (absent[:, i] <= t).sum()),
        )
        for counts in ((int(one), int(two)), (int(two), int(one)))
    )
    assert shown == pytest.approx(brute)
    assert judge(event, present, absent, **TERMS).epsilon == pytest.approx(brute)


def gaussian(rng: np.random.Generator, world: int, n: int) -> np.ndarray:
    return rng.normal(world, 1, n)


def laplace(rng: np.random.Generator, world: int, n: int) -> np.ndarray:
    return rng.laplace(world, 1, n)


def randomised_response(rng: np.random.Generator, world: int, n: int) -> np.ndarray:
    honest = rng.random(n) < math.e / (1 + math.e)
    return np.where(honest, world, 1 - world).astype(float)


def exact_epsilon(delta: float) -> float:
    """ε of N(0,1) against N(1,1) at δ (Balle and Wang, 2018, Theorem 8), by bisection."""
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        spent = norm.cdf(0.5 - middle) - math.exp(middle) * norm.cdf(-0.5 - middle)
        low, high = (middle, high) if spent > delta else (low, middle)
    return high


# Gaussian at δ = 0.1, where ε is small enough that the bound can come near it.
@pytest.mark.parametrize(
    ("mechanism", "delta", "epsilon"),
    [(gaussian, 0.1, None), (laplace, 0.0, 1.0), (randomised_response, 0.0, 1.0)],
)
def test_the_bound_exceeds_epsilon_no_more_often_than_promised(mechanism, delta, epsilon) -> None:
    truth = exact_epsilon(delta) if epsilon is None else epsilon
    terms = {"delta": delta, "confidence": 0.95}
    rng, exceeded, naive = np.random.default_rng(1), 0, 0
    for _ in range(REPLICATES):
        present, absent = (mechanism(rng, world, 150)[:, None] for world in (1, 0))
        shown, event = choose(present[:50], absent[:50], **terms)
        exceeded += judge(event, present[50:], absent[50:], **terms).epsilon > truth
        naive += shown > truth
    # At most α = 5 % of replicates: 50, and 3.3 standard deviations of Bin(1000, 0.05), 23.
    assert exceeded <= 73
    if mechanism is not randomised_response:  # which has but one event to choose
        assert naive > exceeded  # the fits that chose would have told too much


def test_an_unplayed_game_says_what_could_be_shown() -> None:
    start = unplayed("aim", AuditSpec(fits=100), epsilon=1.0, delta=1e-5)
    assert round(start.largest, 1) == 3.3
    assert start.pilot == 50
    assert not start.flagged
    assert start.to_json()["flagged"] is False
