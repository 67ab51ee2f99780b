import numpy as np
import pytest

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.limits import Limits

WORTH = (0.5, 0.5, 0.5)
ARENA = Arena(("a", "b", "c"), ("x", "y", "z"), ("k", "k", "k"),
              (Candidate(0), Candidate(1), Candidate(2), Candidate(2, 0.1)), 9, (1, 0, 0),
              limits=2)  # fmt: skip


def kept(*pulls):
    limits = Limits.of(ARENA)
    for candidate, *slacks in pulls:
        limits = limits.told(ARENA, Pull(candidate, 0, 1.0, WORTH, tuple(slacks)))
    return limits.kept()


def test_before_the_first_pull_nobody_is_suspected():
    assert kept().tolist() == [1, 1, 1]


def test_one_pull_shows_nothing_three_clear_ones_decide_and_close_ones_do_not():
    once = kept((0, 0.3, 0.3), (1, -0.3, 0.3))
    assert 0.05 < once[1] < 0.2 < 0.7 < once[0] < 0.9
    clear = kept(*[(0, 0.3, 0.3), (1, -0.3, 0.3)] * 3)
    assert clear[0] > 0.95 and clear[1] < 0.05
    close = kept(*[(0, 0.3, 0.3), (1, 0.002, 0.3)] * 3)
    assert 0.4 < close[1] < 0.7


def test_one_violated_limit_is_enough():
    assert kept(*[(0, 0.5, -0.5)] * 3)[0] < 0.05


def test_more_pulls_make_surer():
    few = kept((0, 0.05, 1), (1, 0.3, 1))
    many = kept(*[(0, 0.05, 1)] * 6, (1, 0.3, 1))
    assert few[0] < 0.9 < many[0]


def test_a_low_effort_weighs_less():
    low, full = kept((3, -0.1, 1), (0, 0.3, 1)), kept((2, -0.1, 1), (0, 0.3, 1))
    assert full[2] < low[2] < 0.5


def test_failures_and_arenas_without_limits():
    free = Arena(("a",), ("x",), ("k",), (Candidate(0),), 9, (1, 0, 0))
    assert Limits.of(free).told(free, Pull(0, 0, 1.0, WORTH)).kept().tolist() == [1]
    assert (Limits.of(ARENA).told(ARENA, Pull(0, 0, 1.0, None)).kept() == 1).all()


def test_an_unknown_slack_says_neither():
    assert kept(*[(0, float("nan"), 1)] * 6)[0] == pytest.approx(0.5, abs=1e-3)
    assert np.isfinite(kept((0, float("nan"), float("nan")))).all()
