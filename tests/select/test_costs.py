import numpy as np
import pytest

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.costs import expect
from synthcraft.select.prior import SECONDS, Level, Prior, Quantity, flat
from tests.select.world import CANDIDATES, World, arena

WORTH = (0.5, 0.5, 0.5)


def test_recorded_seconds_are_expected(learned):
    world = World.of("B", np.random.default_rng(0))
    # 20 tables whose log seconds vary by 0.45 (and arms by 0.2): 3 standard errors of a mean
    assert np.log(expect(arena(), learned).seconds) == pytest.approx(np.log(world.seconds), abs=0.4)


def test_a_slow_machine_is_noticed_for_all_arms(learned):
    before = expect(arena(), learned)
    after = before
    for candidate in (0, 5, 9):
        after = after.told(Pull(candidate, 0, 3 * float(before.seconds[candidate]), WORTH))
    others = [c for c in range(len(CANDIDATES)) if CANDIDATES[c].arm not in (0, 1, 3)]
    ratio = (after.seconds / before.seconds)[others]
    assert (ratio > 1.8).all()
    assert (ratio < 3.0).all()


def test_larger_tables_take_longer(learned):
    def seconds(rows):
        place = arena()
        return expect(
            Arena(place.names, place.plugins, place.kinds, place.candidates, 6, place.weights,
                  context={"rows": rows, "columns": 10.0}), learned,
        ).seconds  # fmt: skip

    # all recorded tables have one size: the default slope stands
    assert seconds(5000.0) / seconds(500.0) == pytest.approx(np.full(36, 10**0.7))
    assert seconds(500.0) == pytest.approx(expect(arena(), learned).seconds)


def test_without_a_size_the_recorded_one_is_assumed(learned):
    place = arena()
    bare = Arena(place.names, place.plugins, place.kinds, place.candidates, 6, place.weights)
    assert expect(bare, learned).seconds == pytest.approx(expect(place, learned).seconds)


def test_more_work_takes_in_proportion_longer_and_is_less_certain():
    """Recorded: 1 s at a half, 2 s at full effort. So 3 times the work takes 6 s."""
    logs = (float(np.log(1)), float(np.log(2)))
    level = Level("k", logs, 0.01, 10**9)
    seconds = Quantity(
        SECONDS, rungs=(0.5, 1.0), common=logs, scale=(1.0, 1.0), levels={("a", "x"): level}
    )
    prior = Prior(flat().worths, seconds, centre=(0.0, 0.0), work={"x": 10.0})

    def told(work):
        place = Arena(("a",), ("x",), ("k",), (Candidate(0, 0.5), Candidate(0)), 3, (1, 0, 0),
                      work=work)  # fmt: skip
        return expect(place, prior)

    assert told(()).seconds == pytest.approx([1, 2])
    assert told((10.0,)).seconds == pytest.approx([1, 2])
    assert told((30.0,)).seconds == pytest.approx([3, 6])
    assert told((5.0,)).seconds == pytest.approx([1, 1])  # nothing is known below a half
    assert told((30.0,)).logs.cov[0, 1, 1] > told((10.0,)).logs.cov[0, 1, 1]


def test_a_crash_tells_less_than_a_success(learned):
    before = expect(arena(), learned)
    second = float(before.seconds[5]) / 10
    failed, worked = (before.told(Pull(5, 0, second, w)).seconds[5] for w in (None, WORTH))
    assert worked < failed < before.seconds[5]


def test_without_records_the_budget_is_one_sweep():
    candidates = (Candidate(0, 0.5), Candidate(0), Candidate(1))
    place = Arena(("a", "b"), ("x", "y"), ("k", "l"), candidates, 3, (1, 0, 0), seconds=100)
    costs = expect(place, flat())
    assert costs.seconds == pytest.approx([25, 50, 50])
    told = costs.told(Pull(2, 0, 1.0, WORTH)).seconds
    assert told[2] == pytest.approx(1, rel=0.05)
    assert (told[:2] < [2, 4]).all()


def test_no_time_is_a_time(learned):
    assert np.isfinite(expect(arena(), learned).told(Pull(0, 0, 0.0, WORTH)).seconds).all()
