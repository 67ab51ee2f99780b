"""``record`` on journals written by hand, on a table of canaries."""

from dataclasses import replace

import pytest

from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.engine.table import read_table
from synthcraft.journal import Journal
from synthcraft.plan import make_plan, reference_trials, report_trials
from synthcraft.records import Measure, Record
from synthcraft.select.record import read
from synthcraft.spec.read import dump
from synthcraft.spec.validate import parse

LEVEL, NUMBER, COLUMN, PLACE = "Zyzzogeton", "73519.25", "xylophone", "quagmire"
LIKE = {"train_copy": 0.9, "noise": 0.2, "marginals": 0.5}
RISK = {"train_copy": 0.9, "noise": 0.0}


@pytest.fixture
def write(tmp_path):
    """A run directory that holds a sweep of 90 rows, whatever its trials gave."""

    def made(name="canary", *, until=None, **more):
        folder = tmp_path / PLACE
        folder.mkdir(exist_ok=True)
        rows = [f"{NUMBER if i % 3 else i},{LEVEL if i % 2 else 'b'}" for i in range(90)]
        (folder / "t.csv").write_text("\n".join([f"{COLUMN},ill", *rows]) + "\n")
        spec = parse(
            {
                "name": name,
                "dataset": {
                    "plugin": "csv",
                    "params": {"path": str(folder / "t.csv")},
                    "target": "ill",
                    "positive": LEVEL,
                    "task": "classification",
                    "columns": {COLUMN: {"type": "numeric"}},
                },
                "design": {"splits": 2},
                "generators": {"arf": {"plugin": "arf"}},
                "metrics": {m: {"plugin": m} for m in ("contingency", "dcr_share")},
                "selector": {"params": {"rungs": [0.5, 1]}},
                **more,
            }
        )
        table = read_table(spec)
        plan = make_plan(spec, task="classification", fingerprint=fingerprint(table))
        directory = tmp_path / name
        directory.mkdir()
        (directory / "spec.yaml").write_text(dump(spec))
        header = {"spec_id": spec.id, "plan": plan.to_json(), "table": describe_table(table)}
        trials = [*reference_trials(plan), *report_trials(plan)]
        with Journal(directory) as journal:
            journal.append("header", header)
            for trial in trials[:until]:
                journal.append("record", record(trial).to_json())
        return directory

    return made


def record(trial):
    measures = (
        Measure("contingency_similarity", LIKE.get(trial.arm, 0.6)),
        Measure("dcr_share", RISK.get(trial.arm, 0.1), role="excess"),
        Measure("dcr_share", 0.0, role="excess", group=LEVEL),
    )
    ended = Record(trial, "ok", measures=measures, seconds={"fit": 2.0}, peak_mb=300.0)
    if trial.id == "arf.s1.r0.report":
        return replace(ended, status="failed", phase="fit", reason=LEVEL, measures=())
    return ended


def test_a_sweep_becomes_lines_of_scores_and_of_nothing_else(call, write):
    run = write()
    answer = call("record", str(run), "-o", "table.csv")
    assert (answer.code, answer.err) == (0, "")
    assert "canary-" in answer.out
    assert "table.csv: 4 trials of 1 dataset\n" in answer.out
    found = read(run.parent / "table.csv")
    assert [(row["rung"], row["split"], row["status"]) for row in found] == [
        *[("0.5", "0", "ok"), ("1", "0", "ok"), ("0.5", "1", "ok"), ("1", "1", "failed")],
    ]
    assert {(row["dataset"], row["rows"], row["prevalence"]) for row in found} == {
        ("canary", "63", "0.4921")  # 31 of 63 train rows
    }
    assert found[0]["privacy"] == "0.8889"  # 1 − 0.1 / 0.9
    text = (run.parent / "table.csv").read_text()
    for secret in (LEVEL, NUMBER, COLUMN, PLACE, str(run.parent)):
        assert secret not in text + answer.out


def test_a_run_is_not_doubled_and_others_are_added(call, write):
    first, second = write(), write("other")
    for runs in ((first,), (first, second), (second, first), (first,)):
        assert call("record", *map(str, runs), "-o", "table.csv").code == 0
    assert len(read(first.parent / "table.csv")) == 8


def test_a_run_that_has_not_ended_is_refused_and_nothing_is_written(call, write):
    runs = (write(), write("early", until=-1))
    answer = call("record", *map(str, runs))
    assert answer.code == 2
    assert "1 of 4 trials have no record" in answer.err
    assert not (runs[0].parent / "recorded.csv").exists()


def test_a_run_without_yardsticks_is_refused(call, write):
    answer = call("record", str(write(until=0)))
    assert (answer.code, "4 of 4 trials have no record" in answer.err) == (2, True)


def test_changed_data_are_told_without_their_place(call, write):
    run = write()
    table = run.parent / PLACE / "t.csv"
    table.write_text(table.read_text() + f"1,{LEVEL}\n")
    answer = call("record", str(run))
    assert answer.code == 2
    assert "the data have changed since the run" in answer.err
    assert LEVEL not in answer.err


def test_a_file_that_is_no_recorded_table_stays_as_it_is(call, write):
    run = write()
    mine = run.parent / "mine.csv"
    mine.write_text("thesis\n")
    answer = call("record", str(run), "-o", "mine.csv")
    assert answer.code == 2
    assert "mine.csv: has not the columns of a recorded table" in answer.err
    assert mine.read_text() == "thesis\n"


def test_a_table_that_cannot_be_written_is_told(call, write):
    answer = call("record", str(write()), "-o", "nowhere/table.csv")
    assert answer.code == 2
    assert "nowhere/table.csv: cannot be written (No such file or directory)" in answer.err
