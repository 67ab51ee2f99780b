"""The exponential mechanism draws with its probabilities."""

import numpy as np
import pytest

from synthcraft.generators.private.select import choose, strength_of


def test_choices_follow_the_exponential_mechanism() -> None:
    scores, sensitivity, rho = np.array([0.0, 2.0, 5.0]), 2.0, 0.125
    rng = np.random.default_rng(0)
    drawn = np.bincount([choose(scores, sensitivity, rho, rng) for _ in range(20_000)])
    expected = np.exp(strength_of(rho) * scores / (2 * sensitivity))
    expected /= expected.sum()
    # a share's standard error is at most √(0.25 / 20,000) = 0.0035
    assert drawn / 20_000 == pytest.approx(expected, abs=5 * 0.0035)


def test_the_divergence_of_a_choice_is_within_rho() -> None:
    # two tables whose scores differ by the sensitivity in opposite directions: the worst case
    rho, order = 0.02, 2.0
    p, q = (np.exp(strength_of(rho) * np.array(s) / 2) for s in ([1.0, 0.0], [0.0, 1.0]))
    p, q = p / p.sum(), q / q.sum()
    divergence = np.log((p**order * q ** (1 - order)).sum()) / (order - 1)
    assert 0.9 * rho * order < divergence <= rho * order
