"""Tuning on a made-up table: what it may see and may not, and that stopping changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from synthcraft.catalogue import SELECTORS
from synthcraft.errors import DataError, RunError, UserError
from synthcraft.select import tune as tuning
from synthcraft.select.kg import Kg
from synthcraft.select.params import KgParams
from synthcraft.select.policies.params import UcbEParams
from synthcraft.select.prior import learn
from synthcraft.select.replay import episodes, recordings, simulate
from synthcraft.select.spaces import SPACES, space_of
from synthcraft.select.tune import Bench, Design, Held, Search, Tuning, studied, tune
from synthcraft.select.uses import USES
from tests.select.recorded import recorded

UCB = Design("ucb_e", UcbEParams(a=1e-3), folds=2)
SECONDS = {"arm2": 1, "arm3": 1, "arm4": 1, "arm6": 10}


@pytest.fixture(scope="module", autouse=True)
def one_budget():
    """One of the four budgets, which is faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "BUDGETS", (0.1,))
        yield


@pytest.fixture(scope="module")
def rows():
    """Cheap arms that are hard to tell apart: what UCB-E recommends depends on its exploration."""
    return [
        {**row, "fit_seconds": SECONDS[row["arm"]]}
        for row in recorded(datasets=4, splits=12, noise=0.06)
        if row["arm"] in SECONDS and row["rung"] == 1
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(rows, folder):
    return tune(rows, UCB, folder, trials=6, digest="t")


def tried(folder):
    return [(trial.params, trial.value) for trial in studied(folder, 6).trials]


class Stopped(Exception):
    pass


def stop_at(calls):
    """A watcher that breaks the tuning off at a call."""
    seen = []

    def watch(*told):
        seen.append(told)
        if len(seen) == calls:
            raise Stopped

    return watch


# Spaces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", SPACES)
def test_what_is_tuned_is_a_parameter_and_its_range_is_accepted(policy):
    model = SELECTORS.get(policy).params
    for name, found in SPACES[policy].items():
        for value in (found.low, found.high):
            assert getattr(model.model_validate({name: value}), name) == value
        assert found.low <= getattr(model(), name) <= found.high
        assert not found.log or found.low > 0


def test_promises_and_accepted_risks_are_never_tuned():
    tuned = {name for space in SPACES.values() for name in space}
    assert not tuned & {"epsilon", "delta", "price", "rungs", "prior"}


def test_a_policy_without_parameters_to_tune_is_refused():
    with pytest.raises(UserError, match=r"nothing to tune of 'uniform'. Accepted: kg, "):
        space_of("uniform")


# Loss -----------------------------------------------------------------------------------------


def test_a_loss_is_the_mean_regret_and_the_price_of_the_seconds(rows):
    design = Design("kg", KgParams(price=1e-4))
    bench = Bench(rows, design)
    prior = learn(row for row in rows if row["dataset"] != "table2")
    found = bench.losses({"gamma": 1.0}, {"table2": prior})
    one = next(r for r in recordings(rows) if r.dataset == "table2")
    seed = int(np.random.SeedSequence([0, 0]).generate_state(1)[0])
    policy = Kg(params=KgParams(price=1e-4, gamma=1.0), prior=prior)
    lost = []
    for use in USES:
        for episode in episodes(one, use, budgets=(0.1,), seed=seed):
            run = simulate(policy, episode, seed=seed)
            lost.append(run.regret + 1e-4 * sum(pull.seconds for pull in run.pulls))
    assert len(lost) == 8  # uses × halves × budgets
    assert found == {"table2": pytest.approx(np.mean(lost), rel=1e-12)}


# Leaving out ----------------------------------------------------------------------------------


def test_no_prior_knows_the_table_that_is_played_on_or_those_held(rows, tmp_path, monkeypatch):
    learned, played = [], []

    def spy_learn(some):
        some = list(some)
        learned.append(frozenset(row["dataset"] for row in some))
        return learned[-1]

    def spy_losses(self, values, priors):
        played.append(dict(priors))
        return dict.fromkeys(priors, 0.5)

    monkeypatch.setattr(tuning, "learn", spy_learn)
    monkeypatch.setattr(Bench, "losses", spy_losses)
    tuned = tune(rows, UCB, tmp_path, trials=1, digest="t")
    every = {"table0", "table1", "table2", "table3"}
    whole, first, *judged = played[0], played[1], *played[2:]
    assert whole == {name: every - {name} for name in every}
    fold = {one.dataset for one in tuned.held if one.fold == 1}
    assert len(fold) == 2
    assert first == {name: every - fold - {name} for name in every - fold}
    assert judged[0] == judged[1] == dict.fromkeys(fold, every - fold)
    assert {one.dataset for one in tuned.held} == every


def test_found_values_and_defaults_are_judged_alike_on_the_fold(rows, whole):
    bench = Bench(rows, UCB)
    for place, search in enumerate(whole.folds, start=1):
        fold = [one.dataset for one in whole.held if one.fold == place]
        priors = dict.fromkeys(fold, bench.prior(fold))
        default, found = bench.losses(UCB.defaults, priors), bench.losses(search.values, priors)
        for one in whole.held:
            if one.fold == place:
                assert (one.default, one.tuned) == (default[one.dataset], found[one.dataset])
    assert any(one.gain for one in whole.held)


def test_what_a_fold_s_search_finds_does_not_depend_on_the_fold(rows, whole, tmp_path):
    fold = {one.dataset for one in whole.held if one.fold == 1}
    other = [
        {**row, "fidelity": 1 - row["fidelity"], "utility": row["privacy"], "fit_seconds": 9.0}
        if row["dataset"] in fold
        else row
        for row in rows
    ]
    changed = tune(other, UCB, tmp_path, trials=6, digest="t")
    assert changed.folds[0] == whole.folds[0]
    assert changed.folds[1] != whole.folds[1]
    assert changed.held != whole.held


# Studies --------------------------------------------------------------------------------------


def test_the_defaults_are_tried_first_and_win_a_tie(whole, rows, tmp_path):
    assert whole.found.loss <= whole.found.default
    assert whole.found.values != whole.design.defaults  # else the tests above show little
    flat = [{**row, "fidelity": 0.5, "utility": 0.5, "privacy": 0.5} for row in rows]
    same = tune(flat, UCB, tmp_path, trials=3, digest="t")
    assert same.found.values == UCB.defaults == {"a": 1e-3}
    assert (same.found.loss, same.gain, same.significant) == (0, 0, False)


@pytest.mark.parametrize("calls", [1, 4, 10])
def test_a_study_that_was_stopped_goes_on_to_the_same_numbers(rows, whole, folder, tmp_path, calls):
    with pytest.raises(Stopped):
        tune(rows, UCB, tmp_path, trials=6, digest="t", watch=stop_at(calls))
    assert tune(rows, UCB, tmp_path, trials=6, digest="t") == whole
    assert tried(tmp_path) == tried(folder)


def test_a_study_whose_process_was_killed_goes_on_to_the_same_numbers(
    rows, whole, folder, tmp_path, monkeypatch
):
    losses, calls = Bench.losses, []

    def dies(self, values, priors):
        calls.append(values)
        if len(calls) == 3:
            raise Stopped
        return losses(self, values, priors)

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Bench, "losses", dies)  # in a trial that then never ends
        tune(rows, UCB, tmp_path, trials=6, digest="t")
    journal = tmp_path / tuning.JOURNAL
    with journal.open("ab") as stream:
        stream.write(b'{"op_code":6,"torn')  # and in a line that it was writing
    (tmp_path / f"{tuning.JOURNAL}.lock").symlink_to(journal)
    assert tune(rows, UCB, tmp_path, trials=6, digest="t") == whole
    assert tried(tmp_path) == tried(folder)
    with tuning._storage(tmp_path) as storage:
        states = [trial.state.name for trial in storage.get_all_trials(0)]
    assert states == ["COMPLETE"] * 2 + ["FAIL"] + ["COMPLETE"] * 4


def test_more_trials_go_on_with_a_study_and_fewer_look_back(rows, whole, tmp_path):
    three = tune(rows, UCB, tmp_path / "a", trials=3, digest="t")
    assert tune(rows, UCB, tmp_path / "a", trials=6, digest="t") == whole
    assert tune(rows, UCB, tmp_path / "a", trials=3, digest="t") == three
    assert len(studied(tmp_path / "a", 3).trials) == 3


def test_another_seed_gives_other_numbers(rows, whole, tmp_path):
    other = tune(rows, replace(UCB, seed=1), tmp_path, trials=6, digest="t")
    assert other.found.default != whole.found.default


def test_a_study_of_another_design_or_table_is_not_gone_on_with(rows, tmp_path):
    tune(rows, UCB, tmp_path, trials=1, digest="t")
    with pytest.raises(RunError, match="holds a study with another divisions, seed"):
        tune(rows, replace(UCB, seed=1, divisions=2), tmp_path, trials=1, digest="t")
    with pytest.raises(RunError, match="holds a study with another table"):
        tune(rows, UCB, tmp_path, trials=1, digest="u")


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"op_code": 4, "x"', b"3"])
def test_a_damaged_journal_is_told(rows, tmp_path, line):
    tune(rows, UCB, tmp_path, trials=1, digest="t")
    journal = tmp_path / tuning.JOURNAL
    lines = journal.read_bytes().splitlines()
    journal.write_bytes(b"\n".join([*lines[:3], line, *lines[3:]]) + b"\n")
    with pytest.raises(RunError, match="the study's journal is damaged"):
        tune(rows, UCB, tmp_path, trials=1, digest="t")


def test_two_processes_do_not_tune_in_one_folder(rows, tmp_path):
    with tuning._storage(tmp_path), pytest.raises(RunError, match="another process is tuning"):
        tune(rows, UCB, tmp_path, trials=1, digest="t")


def test_what_is_fixed_is_not_tuned(rows, tmp_path):
    design = Design("kg", KgParams(kappa=2), frozenset({"kappa", "floor", "reserve"}), folds=2)
    assert sorted(design.space) == ["gamma", "noise_scale"]
    assert design.defaults == {"gamma": 0.5, "noise_scale": 1.3}


# What it is worth -----------------------------------------------------------------------------


def made(gains):
    search = Search({"a": 0.1}, loss=0.02, default=0.045, trials=5)
    held = tuple(Held(f"d{i}", 1 + i % 2, 0.05, 0.05 - gain) for i, gain in enumerate(gains))
    return Tuning(UCB, search, (search, search), held)


def test_a_gain_counts_where_test_and_interval_agree():
    better = made([0.01, 0.02, 0.01, 0.03, 0.02, 0.015])
    assert better.gain == pytest.approx(0.0175)
    assert better.p == pytest.approx(2 / 2**6)  # both patterns of one sign
    assert better.interval[0] > 0 and better.significant
    assert better.optimism == pytest.approx(0.025 - 0.0175)


@pytest.mark.parametrize(
    "gains",
    [
        [-0.01, -0.02, -0.01, -0.03, -0.02, -0.015],  # worse
        [0.01, 0.02, 0.01, 0.03, 0.02],  # five tables: p is at least 1/16
        [0.01, 0.02, 0.01, 0.03, -0.02, -0.015],
        [0.0] * 8,
    ],
)
def test_no_other_gain_counts(gains):
    assert not made(gains).significant


def test_the_defaults_are_never_proposed():
    gains = [0.01, 0.02, 0.01, 0.03, 0.02, 0.015]
    search = Search({}, loss=0.045, default=0.045, trials=5)
    assert not replace(made(gains), found=search).significant


# Tables ---------------------------------------------------------------------------------------


def test_tables_that_are_too_few_or_too_small_are_refused(rows):
    with pytest.raises(DataError, match="got 3 datasets, at least 4 are needed"):
        Bench([row for row in rows if row["dataset"] != "table1"], UCB)
    with pytest.raises(DataError, match=r"table3: got 3 splits .* at least 4"):
        Bench([row for row in rows if row["dataset"] != "table3" or row["split"] < 3], UCB)
    with pytest.raises(DataError, match="got 0 datasets"):
        Bench([], UCB)


@pytest.mark.parametrize("column", ["split", "correlation", "dcr_share", "utility"])
def test_a_word_for_a_number_is_told(rows, column):
    with pytest.raises(UserError, match="something other than a number"):
        Bench([{**rows[0], column: "many"}, *rows[1:]], UCB)


def test_a_table_that_tells_nothing_for_any_use_is_refused(rows):
    mute = [
        {**row, "fidelity": "", "utility": "", "privacy": ""} if row["dataset"] == "table0" else row
        for row in rows
    ]
    with pytest.raises(DataError, match="table0: no family of worths tells anything"):
        Bench(mute, UCB)
