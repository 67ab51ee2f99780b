"""A policy's run: right parts by stage, nothing beyond the budget, and the same after a kill."""

import json
import signal

import pytest

from synthcraft.data.load import load_table
from synthcraft.engine import run as engine
from synthcraft.engine.parts import divide
from synthcraft.errors import RunError
from synthcraft.journal import FILE, Journal, read
from synthcraft.plan import make_plan
from synthcraft.records import Trial
from synthcraft.results import load_run
from synthcraft.select.base import Round
from synthcraft.spec.validate import parse
from tests.engine.test_run import drive, numbers, spec_file, start  # noqa: F401 (a fixture)

CHOOSING = {
    "selector": {"plugin": "uniform"},
    "budget": {"pulls": 3},
    "design": {"splits": 2},
    "objective": {"weights": {"fidelity": 1, "utility": 0, "privacy": 0}},
    "generators": {"good": {"plugin": "resample"}, "bad": {"plugin": "raises"}},
}


def rounds(directory):
    return [e.payload for e in read(directory / FILE) if e.kind == "round"]


def decisions(directory):
    """What was decided, without seconds."""
    return [(r["before"], [Trial.from_json(t).id for t in r["trials"]]) for r in rounds(directory)]


def test_a_campaign_chooses_confirms_and_reports(spec_file, tmp_path):  # noqa: F811
    code, _, _ = drive(spec_file(**CHOOSING), tmp_path / "run")
    assert code == 0
    own = [Trial(**json.loads(key)) for key in numbers(tmp_path / "run")]
    own = [trial for trial in own if trial.arm in ("good", "bad")]
    chosen = [trial for trial in own if trial.stage == "select"]
    assert len(chosen) == 3
    judged_again = {trial.split for trial in own if trial.stage == "optimism"}
    assert judged_again == {trial.split for trial in chosen if trial.arm == "good"}
    assert [trial.id for trial in own if trial.stage == "report"] == ["good.s0.r0.report"]
    why = rounds(tmp_path / "run")[-1]["why"]
    assert (why["best"], why["pulls"], why["overshoot"]) == ("good", 3, 0.0)
    files = sorted(path.name for path in (tmp_path / "run" / "splits").iterdir())
    assert files == ["inner-0.json", "inner-1.json", "split-0.json"]
    assert load_run(tmp_path / "run").missing == ()


@pytest.mark.slow
def test_a_campaign_killed_again_and_again_decides_alike(spec_file, tmp_path):  # noqa: F811
    """After every sixth record: among references, in choosing, and in the last round."""
    spec = spec_file(**CHOOSING)
    drive(spec, tmp_path / "whole")
    kills = 0
    while True:
        process = start(spec, tmp_path / "killed")
        assert process.stdout is not None
        if not all(process.stdout.readline() for _ in range(6)):
            assert process.wait(timeout=120) == 0
            break
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        kills += 1
    assert kills >= 3
    assert decisions(tmp_path / "killed") == decisions(tmp_path / "whole")
    assert numbers(tmp_path / "killed") == numbers(tmp_path / "whole")


def test_nobody_to_recommend_is_exit_code_1_with_the_reason(spec_file, tmp_path):  # noqa: F811
    spec = spec_file(**{**CHOOSING, "generators": {"bad": {"plugin": "raises"}}})
    code, _, err = drive(spec, tmp_path / "run")
    assert code == 1
    assert "The selector uniform recommends none: every generator that was tried failed." in err
    assert drive(spec, tmp_path / "run")[0] == 1


@pytest.mark.slow
def test_private_fits_of_choosing_are_counted_and_the_report_is_paid_for(spec_file, tmp_path):  # noqa: F811
    """Of three fits of ε = 1 (together 1.71) one is set aside, so that two choose and none more.

    Two are 1.36; the winner's fits are not judged again, because nothing is left to pay for it.
    """
    terms = {"epsilons": [1.0], "rows": 300, "noise": "seeded", "max_total_epsilon": 1.75}
    private = {"privacy": terms, "generators": {"toy": {"plugin": "private"}}}
    spec = spec_file(**{**CHOOSING, **private, "design": {"splits": 3}, "budget": {"pulls": 3}})
    assert drive(spec, tmp_path / "run")[0] == 0
    run = load_run(tmp_path / "run")
    ended = {r.trial.id.removeprefix("toy@eps=1."): r.status for r in run.of("toy@eps=1")}
    assert ended == {
        "s0.r0.select": "ok",
        "s1.r0.select": "ok",
        "s2.r0.select": "skipped",
        "s0.r0.report": "ok",
        "s0.r0.optimism": "skipped",
        "s1.r0.optimism": "skipped",
    }
    assert len(run.starts) == 3


@pytest.fixture
def study(small_spec, tmp_path):
    plain = {**small_spec, **CHOOSING, "generators": small_spec["generators"]}
    spec = parse(plain)
    table = load_table(spec.dataset, seed=spec.seed)
    plan = make_plan(spec, task=table.task, fingerprint="")
    return spec, plan, table


def test_each_stage_has_its_parts(study):
    spec, plan, table = study
    division = divide(spec, plan, table)
    holdout = set(division.splits[0].holdout)
    for split in division.inner:
        assert not (set(split.train) | set(split.holdout)) & holdout
        inner = division.parts["inner", split.index]
        again = division.parts["optimism", split.index]
        assert inner.train.frame.equals(again.train.frame)
        assert len(again.holdout) == len(holdout)
        assert len(inner.holdout) == len(split.holdout)


def test_another_decision_than_the_journals_is_refused(study, tmp_path):
    spec, plan, table = study
    first, other = (Round((Trial("arf", split, 0, "select"),)) for split in (0, 1))
    with Journal(tmp_path) as journal:
        journal.append("header", {})
        running = engine._Study(spec, plan, table, journal=journal, observer=None)
        running._journal_round(first, 8)
        running._journal_round(first, 8)
        assert [entry.kind for entry in journal.entries] == ["header", "round"]
        with pytest.raises(RunError, match="decides otherwise than before, after 8 trials"):
            running._journal_round(other, 8)
