"""Recorded trials as arrays, halves of splits, regret, and policies that go through them."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from synthcraft.errors import DataError
from synthcraft.select.kg import Kg
from synthcraft.select.params import KgParams
from synthcraft.select.policies.params import SweepParams, UniformParams
from synthcraft.select.policies.sweep import Sweep
from synthcraft.select.policies.uniform import Uniform
from synthcraft.select.replay import Run, Step, episodes, recordings, simulate
from synthcraft.select.uses import USES, Use
from synthcraft.spec.types import ObjectiveSpec
from tests.select.recorded import recorded

EVEN = Use("even", (1, 1, 1))


@pytest.fixture(scope="module")
def rows():
    return recorded(datasets=3)


def test_a_recording_holds_every_trial_at_its_place(rows):
    found = recordings(rows)
    assert [r.dataset for r in found] == ["table0", "table1", "table2"]
    one = found[1]
    assert one.worths.shape == (24, 6, 3) and one.splits == 6
    row = next(
        r
        for r in rows
        if (r["dataset"], r["arm"], r["rung"], r["split"]) == ("table1", "arm3", 0.33, 4)
    )
    place = one.candidates.index(type(one.candidates[0])(3, 0.33))
    assert one.worths[place, 4].tolist() == [row["fidelity"], row["utility"], row["privacy"]]
    assert one.seconds[place, 4] == pytest.approx(row["fit_seconds"] + 0.1)
    assert one.context["rows"] == row["rows"]


def test_cells_may_be_text_and_the_order_of_rows_does_not_matter(rows):
    as_text = [{k: str(v) for k, v in row.items()} for row in reversed(rows)]
    first = {r.dataset: r for r in recordings(rows)}
    second = {r.dataset: r for r in recordings(as_text)}
    for name, one in first.items():
        other = second[name]
        assert set(one.names) == set(other.names)
        for c, candidate in enumerate(one.candidates):
            arm = other.names.index(one.names[candidate.arm])
            there = other.candidates.index(type(candidate)(arm, candidate.rung))
            np.testing.assert_array_equal(one.worths[c], other.worths[there])


def test_halves_are_swapped_and_truth_is_the_mean_of_the_other_half(rows):
    one = recordings(rows)[0]
    first, second = episodes(one, EVEN, budgets=[0.5], seed=7)
    assert first.arena.splits == second.arena.splits == 3
    # each half's truth is the other's mean over what can be observed
    np.testing.assert_allclose(first.truth, second.worths[one.tops].mean(axis=(1, 2)))
    np.testing.assert_allclose(second.truth, first.worths[one.tops].mean(axis=(1, 2)))
    np.testing.assert_allclose(first.everything, (first.truth + second.truth) / 2)
    assert first.sweep == pytest.approx(first.seconds[one.tops].sum())
    assert first.arena.seconds == pytest.approx(first.sweep / 2)


def test_a_family_that_tells_nothing_is_left_out_for_all(rows):
    mute = [{**row, "privacy": ""} for row in rows]
    one = recordings(mute)[0]
    assert one.informative == ("fidelity", "utility")
    episode = next(episodes(one, EVEN, budgets=[1], seed=0))
    assert episode.arena.weights == (0.5, 0.5, 0.0)
    assert not np.isnan(episode.worths).any()
    assert list(episodes(one, Use("private", (0, 1, 9)), budgets=[1], seed=0)) == []


@pytest.mark.parametrize(
    "failed",
    [{"status": "failed"}, {"utility": ""}, {"status": "failed", "fidelity": "", "privacy": ""}],
)
def test_a_failed_trial_is_a_failed_pull_and_counts_nothing_in_the_truth(rows, failed):
    def fail(row):
        fails = (row["dataset"], row["arm"], row["rung"]) == ("table0", "arm2", 1)
        return {**row, **failed} if fails else row

    one = recordings(fail(row) for row in rows)[0]
    episode = next(episodes(one, EVEN, budgets=[1], seed=0))
    pull = episode.pull(int(one.tops[2]), 0)
    assert pull.worth is None and pull.seconds > 0
    assert episode.truth[2] == 0


def test_limits_bind_only_where_asked(rows):
    near = [{**row, "dcr_share": 0.2 if row["arm"] == "arm1" else 0.01} for row in rows]
    one = recordings(near)[0]
    free = next(episodes(one, USES[0], budgets=[1], seed=0))
    bound = next(episodes(one, USES[0], budgets=[1], seed=0, limited=True))
    assert free.arena.limits == 0 and free.truth[1] > 0
    assert bound.arena.limits == 2 and bound.truth[1] == 0
    assert bound.pull(int(one.tops[1]), 0).slacks == pytest.approx((0.05 - 0.2, 0.01))
    run = simulate(Sweep(params=SweepParams()), bound, seed=0)
    assert run.steps[-1].best != 1


def test_regret_by_hand(rows):
    episode = next(episodes(recordings(rows)[0], EVEN, budgets=[1], seed=0))
    truth = episode.truth
    assert episode.regret(int(truth.argmax())) == 0
    assert episode.regret(0) == truth.max() - truth[0]
    assert episode.regret(None) == pytest.approx(np.mean([episode.regret(a) for a in range(8)]))


def test_a_full_sweep_recommends_the_best_of_what_can_be_observed(rows):
    for one in recordings(rows):
        for episode in episodes(one, EVEN, budgets=[1.5], seed=3):
            run = simulate(Sweep(params=SweepParams(repeats=3)), episode, seed=0)
            seen = episode.worths[one.tops] @ np.array(episode.arena.weights)
            assert run.steps[-1].best == seen.mean(axis=1).argmax()
            assert run.seconds == pytest.approx(episode.sweep)
            assert len(run.pulls) == 24


def test_steps_are_before_each_pull_and_at_the_end(rows):
    episode = next(episodes(recordings(rows)[0], EVEN, budgets=[0.2], seed=0))
    run = simulate(Uniform(params=UniformParams()), episode, seed=0)
    assert len(run.steps) == len(run.pulls) + 1
    assert run.steps[0].seconds == 0 and run.steps[0].best is None
    spent = np.cumsum([pull.seconds for pull in run.pulls])
    np.testing.assert_allclose([s.seconds for s in run.steps[1:]], spent)
    assert run.overshoot == max(0, run.seconds - episode.arena.seconds)


def test_the_same_arguments_give_the_same_run(rows):
    def one():
        episode = next(episodes(recordings(rows)[0], EVEN, budgets=[0.2], seed=5))
        return simulate(Uniform(params=UniformParams(order="random")), episode, seed=9)

    assert one() == one()


def test_seconds_within_counts_only_what_lasts():
    def run(*regrets):
        return Run((), tuple(Step(i, 0, r) for i, r in enumerate(regrets)), 0)

    assert run(0.2, 0.0, 0.2, 0.005, 0.0).seconds_within(0.01) == 3
    assert run(0.0, 0.0).seconds_within(0.01) == 0
    assert run(0.0, 0.2).seconds_within(0.01) is None


def test_what_cannot_be_replayed_is_told(rows):
    with pytest.raises(DataError, match="arm1 was not recorded with its full effort"):
        recordings(row for row in rows if (row["arm"], row["rung"]) != ("arm1", 1.0))
    with pytest.raises(DataError, match="got 1 splits"):
        recordings(row for row in rows if row["arm"] != "arm1" or row["split"] == 2)


def test_uses_are_those_of_the_shipped_objectives():
    for use in USES:
        path = Path("conf/objective") / f"{use.name}.yaml"
        shipped = ObjectiveSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        assert dict(zip(("fidelity", "utility", "privacy"), use.weights, strict=True)) == dict(
            shipped.weights
        )
        assert use.limits == {c.measure: c.at_most for c in shipped.constraints.values()}


def test_episodes_of_every_use_are_whole(rows):
    for one in recordings(rows):
        for use in USES:
            for episode in episodes(one, use, budgets=[0.05, 1], seed=1):
                assert math.isclose(sum(episode.arena.weights), 1)
                assert not np.isnan(episode.truth).any()


def test_what_kg_says_of_its_recommendation_is_kept(rows):
    episode = next(episodes(recordings(rows)[0], EVEN, budgets=[0.3], seed=0))
    run = simulate(Kg(params=KgParams(prior="none")), episode, seed=0)
    told = [step for step in run.steps if step.best is not None]
    assert all(0 <= step.p_best <= step.p_close <= 1 for step in told)
    assert run.steps[-1].p_close > run.steps[0].p_close
