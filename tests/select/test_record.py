import csv
import io
from dataclasses import replace

import pytest

from synthcraft.errors import RunError, UserError
from synthcraft.plan import make_plan, report_trials
from synthcraft.records import Arm, Measure, Record, Trial
from synthcraft.select import prior
from synthcraft.select.record import COLUMNS, merged, read, rows, to_csv
from synthcraft.select.replay import recordings
from synthcraft.spec.validate import parse

ABOUT = {
    "run": "d-1",
    "dataset": "d",
    "task": "classification",
    "rows": 350.0,
    "columns": 9.0,
    "share_categorical": 1 / 3,
    "max_levels": 6.0,
    "missing": 0.0,
    "prevalence": 0.25,
    "correlation": 0.1,
    "synthcraft": "0.1.0",
    "python": "3.11.7",
    "machine": "Linux, 2 cores",
}
METRICS = {name: {"plugin": name} for name in ("contingency", "utility", "dcr_share")}


@pytest.fixture
def plan():
    spec = {
        "name": "d",
        "dataset": {"plugin": "simulated"},
        "design": {"splits": 2},
        "generators": {
            "small": {"plugin": "tvae", "params": {"n_iter": 90}},
            "net": {"plugin": "bayesian_network"},
        },
        "metrics": METRICS,
        "selector": {"params": {"rungs": [0.11, 1]}},
    }
    return make_plan(parse(spec), task="classification", fingerprint="")


def measured(like, auroc, risk):
    return (
        Measure("contingency_similarity", like),
        Measure("tstr.auroc", auroc, model="logistic"),
        Measure("trtr.auroc", 0.9, model="logistic"),
        Measure("floor.auroc", 0.5, model="prevalence"),
        Measure("dcr_share", risk + 0.5, role="main"),
        Measure("dcr_share", risk, role="excess"),
        Measure("dcr_share", risk, role="excess", group="canary level"),
    )


REFERENCES = {"train_copy": (0.8, 0.9, 1.0), "marginals": (0.6, 0.5, 0.0)}
SECONDS = {"fit": 4.0, "sample": 0.5, "evaluate": 0.25}


def of_references(splits=(0, 1)):
    return [
        Record(Trial(arm, split, 0, "reference"), "ok", measures=measured(*values))
        for arm, values in REFERENCES.items()
        for split in splits
    ]


@pytest.fixture
def records(plan):
    one = Record(report_trials(plan)[0], "ok", seconds=SECONDS, cpu_seconds={"fit": 1.0})
    found = {
        t.id: replace(one, trial=t, measures=measured(0.7, 0.8, 0.1)) for t in report_trials(plan)
    }
    failed = Trial("net", 1, 0, "report")
    found[failed.id] = Record(failed, "failed", "fit", "canary reason", seconds={"fit": 0.1})
    return [*of_references(), *found.values()]


def test_a_row_holds_worths_excesses_and_seconds_of_a_trial(plan, records):
    found = rows(plan, records, about=ABOUT)
    assert [(r["arm"], r["rung"], r["split"]) for r in found] == [
        *[("small", "0.11", "0"), ("small", "1", "0"), ("net", "1", "0")],
        *[("small", "0.11", "1"), ("small", "1", "1"), ("net", "1", "1")],
    ]
    assert found[0] | {"plugin": "tvae", "kind": "vae", "status": "ok"} == found[0]
    worths = {family: float(found[0][family]) for family in ("fidelity", "utility", "privacy")}
    # (0.7 − 0.6) / 0.2, (0.8 − 0.5) / 0.4, 1 − 0.1
    assert worths == pytest.approx({"fidelity": 0.5, "utility": 0.75, "privacy": 0.9})
    assert (found[0]["dcr_share"], found[0]["exact_match_rate"]) == ("0.1", "")
    # CPU seconds where there are any, wall seconds of the other phases.
    assert [found[0][f"{p}_seconds"] for p in SECONDS] == ["1", "0.5", "0.25"]


def test_a_failed_trial_has_seconds_and_no_worth(plan, records):
    row = rows(plan, records, about=ABOUT)[-1]
    assert row["status"] == "failed"
    assert not any(row[name] for name in ("fidelity", "utility", "privacy", "dcr_share"))
    assert [row[f"{p}_seconds"] for p in SECONDS] == ["0.1", "0", "0"]


def test_nothing_of_a_group_or_a_reason_is_told(plan, records):
    assert "canary" not in to_csv(rows(plan, records, about=ABOUT))


def test_what_has_not_ended_or_has_no_yardstick_is_refused(plan, records):
    with pytest.raises(RunError, match=r"d-1: 1 of 6 trials have no record.*exhaustive"):
        rows(plan, records[:-1], about=ABOUT)
    alone = [record for record in records if record.trial.stage == "report"]
    with pytest.raises(RunError, match="reference generators do not tell good from bad"):
        rows(plan, alone, about=ABOUT)


def test_a_run_that_chose_its_trials_is_no_sweep(plan, records):
    with pytest.raises(RunError, match="its selector chose what to train") as told:
        rows(replace(plan, inner=4), records, about=ABOUT)
    assert "selector=exhaustive" in told.value.problems[0].hint
    with pytest.raises(RunError, match="it augments groups"):
        rows(replace(plan, controls=(Arm("none", "none"),)), records, about=ABOUT)


def test_a_table_is_read_as_it_was_written(plan, records, tmp_path):
    found = rows(plan, records, about=ABOUT)
    path = tmp_path / "table.csv"
    assert read(path) == ()
    path.write_text(to_csv(found))
    assert read(path) == found
    assert list(found[0]) == list(COLUMNS)


def test_a_run_that_is_recorded_again_takes_the_place_of_its_rows(plan, records):
    old = rows(plan, records, about=ABOUT)
    other = rows(plan, records, about=ABOUT | {"run": "e-1", "dataset": "e"})
    assert merged(old, old) == old
    assert merged((*old, *other), old) == (*other, *old)
    with pytest.raises(UserError, match="d: two runs have this name: d-1 and d-2"):
        merged(old, rows(plan, records, about=ABOUT | {"run": "d-2"}))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", ",".join(COLUMNS) + "\n1,2\n"])
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(
        UserError, match=r"mine\.csv: (has not the columns|line 2 has not 29 cells)"
    ):
        read(path)


def test_policies_can_learn_from_it_and_be_replayed_on_it(plan, records):
    table = list(csv.DictReader(io.StringIO(to_csv(rows(plan, records, about=ABOUT)))))
    (recording,) = recordings(table)
    assert (recording.names, recording.splits) == (("small", "net"), 2)
    assert prior.learn(table).worths[1].levels["small", "tvae"].kind == "vae"
