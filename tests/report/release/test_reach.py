from dataclasses import replace

import pytest

from synthcraft.report.release.reach import reach, results
from synthcraft.report.summary import Quantity
from synthcraft.results import load_run
from tests.report.release.attacked import attacked


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def of(summary, arm):
    return next(c for c in summary.contenders if c.arm.id == arm)


def test_the_largest_mean_and_the_largest_bound_of_all_attacks(run):
    values = {
        "singling_out": {"arf": (0.11, 0.12, 0.13)},
        "mia_distance": {"arf": (-0.2, 0.0, 0.2)},  # a smaller mean, a larger bound
    }
    summary = attacked(run, values)
    found = reach(summary, of(summary, "arf"))
    bound = summary.score("arf", Quantity("mia_distance", role="excess")).estimate.high
    assert (found.mean, found.deed) == (12, "pick out a person")
    assert found.bound == 76  # s = 0.2, J = 3, ratio 3/7: 4.303 · 0.2 · √(1/3 + 3/7) = 0.7512
    assert 100 * bound <= found.bound < 100 * bound + 1


def test_an_attack_without_an_interval_leaves_the_bound_unknown(run):
    summary = attacked(run, {"singling_out": {"arf": (0.1, 0.1, 0.1)}})
    bare = tuple(
        replace(r, measures=tuple(replace(m, low=None, high=None) for m in r.measures))
        for r in summary.run.records
    )
    summary = type(summary)(replace(summary.run, records=bare))
    found = reach(summary, of(summary, "arf"))
    assert (found.mean, found.bound) == (10, None)
    assert found.text == "10 of 100, no bound known"


def test_a_blind_attack_takes_no_part(run):
    values = {
        "linkability": {"arf": (0.5, 0.6, 0.7), "train_copy": (0.0, 0.3, -0.3)},
        "singling_out": {"arf": (0.01, 0.02, 0.03)},
    }
    summary = attacked(run, values)
    assert reach(summary, of(summary, "arf")).mean == 2


def test_without_attacks_there_is_nothing(run):
    summary = attacked(run, {})
    assert reach(summary, of(summary, "arf")) is None
    assert results(summary) == ()
