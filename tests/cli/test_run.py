"""``run`` up to and after the engine, which is put aside here; test_experiments runs it whole."""

import os
from pathlib import Path

import pytest

from synthcraft.cli.run import beside, run_directory
from synthcraft.errors import NoUsableArm, Problem, UserError
from synthcraft.spec.read import read_file
from synthcraft.spec.validate import parse


def test_the_last_line_tells_where_the_report_is(call, engine):
    answer = call("run", "+exp=smoke")
    assert answer.code == 0
    *_, summary, last = answer.out.splitlines()
    assert summary == "summary"
    directory = engine.calls[0]["directory"]
    assert last == f"report: {directory}/report/index.html"


def test_the_directory_is_named_by_the_spec_in_a_run_and_in_a_sweep(call, engine):
    call("run", "+exp=smoke", "seed=1")
    call("run", "-m", "+exp=smoke", "seed=1,2")
    spec = engine.calls[0]["spec"]
    assert engine.calls[0]["directory"] == Path("runs") / f"smoke-{spec.id[:8]}"
    assert [c["directory"] for c in engine.calls[1:]] == [
        engine.calls[0]["directory"],
        run_directory(engine.calls[2]["spec"]),
    ]
    assert engine.calls[1]["directory"] != engine.calls[2]["directory"]


def test_a_directory_of_choice(call, engine):
    call("run", "+exp=smoke", "--dir", "here/it/is")
    assert engine.calls[0]["directory"] == Path("here/it/is")
    answer = call("run", "-m", "+exp=smoke", "seed=1,2", "--dir", "here")
    assert answer.code == 2
    assert "--dir" in answer.err


def test_what_the_user_said_is_told_apart_from_defaults(call, engine):
    call("run", "+exp=smoke", "budget=quick", "execution=local", "seed=4")
    said = engine.calls[0]["said"]
    for path in ("seed", "budget.trial_mb", "dataset.params.sample", "generators.arf.plugin"):
        assert path in said
    assert "execution.workers" not in said  # null: no choice was made
    assert "design.replicates" not in said


def test_options_may_stand_anywhere(call, engine):
    assert call("run", "+exp=smoke", "-m", "seed=1,2", "budget=quick").code == 0
    assert len(engine.calls) == 2
    assert "-m seed=1,2" in engine.calls[0]["command"]


def test_each_run_of_a_sweep_has_its_report_line(call, engine):
    out = call("run", "-m", "+exp=smoke", "seed=1,2").out
    assert sum(line.startswith("report: ") for line in out.splitlines()) == 2


def test_each_run_of_a_sweep_is_told_by_its_directory(call, engine):
    answer = call("run", "-m", "+exp=smoke", "seed=1,2")
    names = [c["directory"].name for c in engine.calls]
    assert len(set(names)) == 2
    assert [c["observer"].name for c in engine.calls] == names
    tables = [line for line in answer.out.splitlines() if line in names]
    assert tables == names
    call("run", "+exp=smoke")
    assert engine.calls[2]["observer"].name == "smoke"


def test_a_failing_run_of_a_sweep_is_told_by_its_words(call, engine):
    engine.fails = {2: UserError([Problem("x", "is wrong")])}
    answer = call("run", "-m", "+exp=smoke", "seed=1,2", "budget=quick")
    assert "+exp=smoke seed=2 budget=quick:\nx: is wrong." in answer.err


def test_one_failing_run_keeps_no_other_from_running_and_the_worst_code_counts(call, engine):
    engine.fails = {1: NoUsableArm("nothing"), 2: UserError([Problem("x", "is wrong")])}
    answer = call("run", "-m", "+exp=smoke", "seed=1,2,3")
    assert answer.code == 2
    assert len(engine.calls) == 3
    assert "x: is wrong." in answer.err


def test_no_usable_arm_still_has_a_report(call, engine):
    engine.fails = {0: NoUsableArm("No generator succeeded.")}
    answer = call("run", "+exp=smoke")
    assert answer.code == 1
    assert "No generator succeeded." in answer.err
    assert answer.out.splitlines()[-1].startswith("report: ")


def test_interrupting_tells_how_to_go_on(call, engine):
    engine.fails = {0: KeyboardInterrupt()}
    answer = call("run", "+exp=smoke", "dataset.target=heart_attack")
    assert answer.code == 130
    assert "python -m synthcraft run +exp=smoke dataset.target=heart_attack" in answer.err
    assert "report:" not in answer.out


def test_hydra_leaves_nothing_behind(call, engine, tmp_path):
    call("run", "+exp=smoke")
    call("run", "-m", "+exp=smoke", "seed=1,2")
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_spec_tells_all_its_problems(call, engine):
    answer = call(
        "run", "+exp=quickstart", "generators.ctgan.params.n_itr=5", "seed=-1", "colour=red"
    )
    assert answer.code == 2
    assert "Did you mean 'n_iter'?" in answer.err
    assert "3 problems" in answer.err
    assert not engine.calls


def test_without_an_experiment_it_is_told_how_to_name_one(call):
    answer = call("run")
    assert answer.code == 2
    assert "+exp=quickstart" in answer.err


@pytest.mark.parametrize("flag", ["--help", "--hydra-help"])
def test_help(call, flag):
    answer = call("run", flag)
    assert answer.code == 0
    if flag == "--help":
        for word in ("quickstart", "breast_cancer", "quick5", "hydra/launcher=joblib"):
            assert word in answer.out


@pytest.fixture
def spec(small_spec):
    return parse(small_spec)


def test_jobs_side_by_side_share_the_cores(spec, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert beside(spec, 1) is spec
    assert beside(spec, 2).execution.workers == 4
    assert beside(spec, -1).execution.workers == 1
    assert beside(spec, 3).id == spec.id
    with pytest.raises(UserError, match="9 jobs on 8 cores"):
        beside(spec, 9)


def test_a_wish_for_few_workers_is_kept(small_spec, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    spec = parse({**small_spec, "execution": {"workers": 2}})
    assert beside(spec, 2).execution.workers == 2
    assert beside(spec, 8).execution.workers == 1


def test_a_composed_spec_equals_the_file(call, engine):
    from synthcraft.shipped import experiments

    call("run", "+exp=quickstart")
    assert engine.calls[0]["spec"] == parse(read_file(experiments()["quickstart"]))
