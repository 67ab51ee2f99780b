import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.errors import RunError, SpecError
from synthcraft.journal import Journal
from synthcraft.records import Arm, Measure, MetricDescriptor, Plan, Record, Trial
from synthcraft.results import COLUMNS, distinct, load_run, tidy, to_csv
from synthcraft.spec.read import dump
from synthcraft.spec.types import PrivacySpec, Spec

SPEC = Spec.model_validate(
    {
        "name": "small",
        "dataset": {"plugin": "breast_cancer"},
        "design": {"splits": 2},
        "generators": {"b": {"plugin": "arf"}, "a": {"plugin": "tvae"}, "s": {"plugin": "survae"}},
    }
)
PLAN = Plan(
    spec_id=SPEC.id,
    fingerprint="f" * 64,
    arms=(Arm("b", "arf", epsilon=None), Arm("a", "tvae", epsilon=1.0, delta=1e-5)),
    references=(Arm("noise", "noise"),),
    impossible={"s": "survae does not support the task classification"},
    splits=2,
    replicates=1,
    metrics=(MetricDescriptor("c2st", "fidelity", "maximize", "told apart?"),),
)
ASKED = [Trial(arm, split, 0, "report") for split in (0, 1) for arm in ("b", "a")]


def record(arm: str, split: int, value: float, stage="report") -> Record:
    return Record(
        Trial(arm, split, 0, stage),
        "ok",
        measures=(Measure("c2st", value, 0.1, 0.9, 0.95, 100, reference="holdout"),),
        seconds={"fit": 1.25, "sample": 0.5},
    )


FAILED = Record(Trial("a", 1, 0, "report"), "timeout", "fit", "took longer than 5 s")
RECORDS = [
    record("noise", 0, 0.01, "reference"),
    record("noise", 1, 0.02, "reference"),
    *(record(t.arm, t.split, 1 / 3) for t in ASKED[:-1]),
    FAILED,
]


def write(directory: Path, records, *, end: bool = True, asked=ASKED) -> Path:
    directory.mkdir()
    (directory / "spec.yaml").write_text(dump(SPEC))
    header = {
        "spec_id": PLAN.spec_id,
        "fingerprint": PLAN.fingerprint,
        "plan": PLAN.to_json(),
        "table": {"rows": 300},
        "said": ["name"],
        "provenance": {"started": "then"},
    }
    with Journal(directory) as journal:
        journal.append("header", header)
        journal.append(
            "splits", {"splits": [{"index": k, "train": 210, "holdout": 90} for k in (0, 1)]}
        )
        if asked:
            trials = [trial.to_json() for trial in asked]
            journal.append("round", {"before": 0, "trials": trials, "why": {}})
        for made in records:
            journal.append("record", made.to_json())
        if end:
            journal.append("end", {})
    return directory


def test_records_stand_in_the_plan_s_order_whatever_the_journal_s(tmp_path):
    one = load_run(write(tmp_path / "one", RECORDS))
    other = load_run(write(tmp_path / "other", RECORDS[::-1]))
    assert [r.trial.id for r in one.records] == [r.trial.id for r in other.records]
    assert [r.trial.arm for r in one.records] == ["noise", "noise", "b", "b", "a", "a"]
    assert to_csv(tidy(one)) == to_csv(tidy(other))


def test_the_tidy_table_has_the_contract_s_columns_and_one_row_per_value(tmp_path):
    run = load_run(write(tmp_path / "run", RECORDS))
    frame = tidy(run)
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == 5 + 1 + 1  # measured values, the failed trial, the impossible arm
    first = frame[frame.label == "b"].iloc[0]
    assert first.to_dict() | {"epsilon": 0, "reason": ""} == {
        "run": run.id,
        "stage": "report",
        "trial": "b.s0.r0.report",
        "label": "b",
        "plugin": "arf",
        "epsilon": 0,
        "guarantee": "none",
        "split": 0,
        "replicate": 0,
        "rung": 1.0,
        "augmentation": "",
        "metric": "c2st",
        "family": "fidelity",
        "model": "",
        "column": "",
        "group": "",
        "reference": "holdout",
        "role": "value",
        "value": 1 / 3,
        "low": 0.1,
        "high": 0.9,
        "level": 0.95,
        "n": 100,
        "status": "ok",
        "reason": "",
        "seconds": 1.75,
    }
    assert set(frame[frame.label == "a"].epsilon) == {1.0}


@pytest.mark.parametrize(
    ("dp", "privacy", "told"),
    [
        ("accounted", {}, "promised"),
        ("accounted", {"noise": "seeded"}, "void"),
        ("claimed", {"noise": "seeded"}, "claimed"),
    ],
)
def test_no_epsilon_stands_without_what_it_is(tmp_path, dp, privacy, told):
    run = load_run(write(tmp_path / "run", RECORDS))
    spec = run.spec.model_copy(update={"privacy": PrivacySpec(rows=300, **privacy)})
    frame = tidy(replace(run, spec=spec, header={"generators": {"tvae": {"dp": dp}}}))
    assert set(frame[frame.epsilon.notna()].guarantee) == {told}
    assert set(frame[frame.epsilon.isna()].guarantee) == {"none"}


def test_failures_and_impossible_arms_are_rows(tmp_path):
    frame = tidy(load_run(write(tmp_path / "run", RECORDS)))
    failed = frame[frame.status == "timeout"].iloc[0]
    assert (failed.metric, failed.reason) == ("", "fit: took longer than 5 s")
    skipped = frame[frame.status == "skipped"].iloc[0]
    assert (skipped.label, skipped.plugin) == ("s", "survae")
    assert "does not support" in skipped.reason


def test_an_interrupted_run_names_what_is_missing(tmp_path):
    run = load_run(write(tmp_path / "run", RECORDS[:3], end=False))
    assert not run.complete
    assert [t.id for t in run.missing] == ["b.s1.r0.report", "a.s0.r0.report", "a.s1.r0.report"]
    rows = tidy(run)
    assert (rows.status == "missing").sum() == 3
    before = load_run(write(tmp_path / "early", [], end=False, asked=[]))
    assert len(before.missing) == 2 + 4


def test_a_complete_run_misses_nothing_a_selector_did_not_ask_for(tmp_path):
    run = load_run(write(tmp_path / "run", RECORDS[:4], asked=ASKED[:2]))
    assert run.complete
    assert run.missing == ()


def test_csv_is_stable_and_has_nine_significant_digits(tmp_path):
    text = to_csv(tidy(load_run(write(tmp_path / "run", RECORDS))))
    assert "0.333333333," in text
    assert "\r" not in text
    back = pd.read_csv(io.StringIO(text))
    assert tuple(back.columns) == COLUMNS
    assert len(back) == 7


def test_an_empty_run_has_a_table_of_the_same_shape(tmp_path):
    frame = tidy(load_run(write(tmp_path / "run", [], end=True)))
    assert tuple(frame.columns) == COLUMNS
    assert list(frame.status) == ["skipped"]


def test_problems_with_a_run_directory_are_told(tmp_path):
    with pytest.raises(RunError, match="no journal here"):
        load_run(tmp_path)
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "journal.jsonl").write_text("")
    with pytest.raises(RunError, match="before it wrote its plan"):
        load_run(begun)
    run = write(tmp_path / "run", RECORDS)
    (run / "spec.yaml").write_text("name: x\nseed: many\n")
    with pytest.raises(SpecError, match="another version of SynthCraft"):
        load_run(run)
    (run / "spec.yaml").unlink()
    with pytest.raises(SpecError, match="no such file"):
        load_run(run)


def test_the_same_spec_twice_is_refused(tmp_path):
    run = load_run(write(tmp_path / "run", RECORDS))
    with pytest.raises(RunError, match="given twice"):
        distinct([run, run])


def test_loading_results_needs_nothing_heavy():
    code = "import sys, synthcraft.results; print([m for m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(out.stdout.replace("'", '"')))
    assert not loaded & {"torch", "synthcity", "matplotlib", "sklearn", "pandas", "scipy"}


def test_controls_stand_between_references_and_arms_and_are_missed_by_seed(tmp_path):
    plan = replace(PLAN, controls=(Arm("none", "none"), Arm("real", "real")))
    told = {"controls": {"none": {"replicates": 1}, "real": {"replicates": 2}}}
    (tmp_path / "spec.yaml").write_text(dump(SPEC))
    header = {"spec_id": "s", "fingerprint": "f", "plan": plan.to_json(), "table": {}}
    gain = Measure("augmented.auroc", 0.7, group="sex=f", augmentation="dose=50")
    one = Record(Trial("real", 0, 1, "control"), "ok", measures=(gain,))
    rows = {"train": {"sex=f": 30}}
    with Journal(tmp_path) as journal:
        journal.append("header", header | {"augmentation": told})
        size = {"index": 0, "train": 210, "holdout": 90, "augmentation": rows}
        journal.append("splits", {"splits": [size]})
        for made in (record("b", 0, 0.5), one, record("noise", 0, 0.1, "reference")):
            journal.append("record", made.to_json())
    run = load_run(tmp_path)
    assert [r.trial.arm for r in run.records] == ["noise", "real", "b"]
    missing = [trial.id for trial in run.missing if trial.stage == "control"]
    assert missing == [
        *("none.s0.r0.control", "none.s1.r0.control"),
        *("real.s0.r0.control", "real.s1.r0.control", "real.s1.r1.control"),
    ]
    assert run.splits[0].augmentation == rows
    frame = tidy(run)
    assert frame[frame.label == "real"].augmentation.tolist()[0] == "dose=50"
    assert set(frame[frame.label == "b"].augmentation) == {""}
