"""Trials of augmentation: as runs of their own process, and in this one."""

import json
import signal
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.load import load_table
from synthcraft.engine import augmented as engine
from synthcraft.engine.parts import divide
from synthcraft.engine.trial import TrialTask
from synthcraft.journal import FILE, read
from synthcraft.metrics.evaluate import prepare
from synthcraft.plan import make_plan
from synthcraft.records import Arm, Trial
from synthcraft.results import load_run, tidy
from synthcraft.spec.types import MetricSpec
from synthcraft.spec.validate import parse
from tests.engine.test_run import drive, numbers, spec_file, start  # noqa: F401 (a fixture)

BLOCK = {"column": "group", "groups": ["C"], "doses": [50, 100], "undersample": 0.5}
DATA = {"plugin": "simulated", "params": {"n": 900, "minority": 0.3, "prevalence": 0.4}}
TARGET = "group=C"


@pytest.fixture
def augmented(spec_file):  # noqa: F811 (the fixture)
    def write(*, block=None, **changes):
        settings = {"dataset": DATA, "augmentation": BLOCK | (block or {})}
        return spec_file(**(settings | changes))

    return write


def measured(directory):
    frame = tidy(load_run(directory))
    return frame[frame.family == "augmentation"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run: two generators, one of which fails; two splits, two seeds."""
    folder = tmp_path_factory.mktemp("whole")
    plain = {
        "name": "small",
        "dataset": DATA,
        "design": {"splits": 2, "replicates": 2},
        "generators": {"good": {"plugin": "resample"}, "bad": {"plugin": "raises"}},
        "metrics": {"marginals": {"plugin": "marginals"}},
        "augmentation": BLOCK,
        "outputs": {"samples": True},
    }
    path = folder / "spec.yaml"
    path.write_text(json.dumps(plain))
    code, _, err = drive(path, folder / "run")
    assert code == 0, err
    return folder / "run"


def test_controls_run_on_every_split_and_on_seeds_that_matter(whole):
    run = load_run(whole)
    stages = [record.trial.stage for record in run.records]
    assert stages == sorted(stages, key=["reference", "control", "report"].index)
    trials = {arm.id: len(run.of(arm.id)) for arm in run.plan.controls}
    once, twice = (
        ("none", "majority_only", "minority_only", "weights"),
        (*("duplication", "smote_nc", "real"),),
    )
    assert trials == dict.fromkeys(once, 2) | dict.fromkeys(twice, 4)
    controls = [r for r in run.records if r.trial.stage == "control"]
    assert {r.status for r in controls} == {"ok"}
    assert all(r.seconds["evaluate"] > 0 for r in controls)
    assert {m.metric.split(".")[0] for r in controls for m in r.measures} == {"augmented"}
    for arm in twice:
        one, other = (r.measures for r in controls if (r.trial.arm, r.trial.split) == (arm, 0))
        assert one != other, f"another seed makes the same rows of {arm}"


def test_every_dose_is_measured_by_group_and_named(whole):
    found = measured(whole)
    auroc = found[(found.metric == "augmented.auroc") & (found.label == "good")]
    assert set(auroc.augmentation) == {"dose=50", "dose=100", "dose=100&to=everyone"}
    assert set(auroc.group) == {"", "group=A", "group=B", TARGET}
    assert set(found[found.label == "none"].augmentation) == {""}
    assert auroc.value.notna().all()


def test_the_synthetic_part_is_judged_against_rows_of_the_targets_alone(whole):
    run, frame = load_run(whole), tidy(load_run(whole))
    rows = [size.augmentation for size in run.splits]
    judged = frame[(frame.metric == "ks_complement") & (frame.label == "good")]
    wanted = {told["add"]["dose=100"][TARGET] for told in rows}
    kept = [pd.read_parquet(path) for path in sorted((whole / "samples").iterdir())]
    assert len(kept) == 4  # of the generator that did not fail; of a control, never
    assert {tuple(sorted(set(part.group))) for part in kept} == {("C",)}
    assert {len(part) for part in kept} <= wanted
    assert judged.value.notna().all()
    references = frame[(frame.metric == "ks_complement") & (frame.label == "train_copy")]
    assert references.value.notna().all()


def test_the_journal_tells_the_design_and_the_rows_of_each_group(whole):
    run = load_run(whole)
    told = run.header["augmentation"]
    assert (told["targets"], told["doses"], told["primary"]) == ([TARGET], [50, 100], 100)
    assert told["endpoint"] == {"metric": "augmented.auroc", "model": "boosting"}
    assert told["controls"]["real"]["replicates"] == 2
    for size in run.splits:
        rows = size.augmentation
        parts = [sum(rows[part].values()) for part in ("train", "withheld")]
        assert sum(parts) + rows["validation"] == size.train
        assert sum(rows["holdout"].values()) == size.holdout
        assert rows["add"]["dose=100"] == {TARGET: rows["train"][TARGET]}
        assert all(0 < rows["events"][g] < rows["holdout"][g] for g in told["groups"])


def test_a_generator_that_fails_takes_nobody_along_and_tells_no_value(whole):
    bad = load_run(whole).of("bad")
    assert {(r.status, r.phase) for r in bad} == {("failed", "fit")}
    assert all("cannot use the value …" in r.reason for r in bad)


@pytest.mark.slow
def test_a_control_is_what_it_is_whatever_generators_do(augmented, whole, tmp_path):
    generators = {"other": {"plugin": "resample"}}
    design = {"splits": 2, "replicates": 2}
    path = augmented(generators=generators, design=design, execution={"workers": 2})
    assert drive(path, tmp_path / "run")[0] == 0
    theirs = measured(whole)
    ours = measured(tmp_path / "run")
    columns = ["trial", "metric", "model", "column", "group", "augmentation", "value", "reason"]

    def controls(frame):
        chosen = frame[frame.stage == "control"][columns]
        return chosen.sort_values(columns[:6]).reset_index(drop=True)

    pd.testing.assert_frame_equal(controls(ours), controls(theirs))


@pytest.mark.slow
def test_a_run_killed_among_controls_and_generators_ends_as_any(augmented, tmp_path):
    path = augmented(design={"splits": 1})
    drive(path, tmp_path / "whole")
    for _ in range(3):
        process = start(path, tmp_path / "killed")
        assert process.stdout is not None
        if process.stdout.readline():
            run = load_run(tmp_path / "killed")
            assert len(run.missing) + len(run.records) == 7 + 4 + 1
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    assert drive(path, tmp_path / "killed")[0] == 0
    assert numbers(tmp_path / "killed") == numbers(tmp_path / "whole")


def test_a_private_fit_spends_once_for_all_doses(augmented, tmp_path):
    path = augmented(
        block={"rule": "counts", "counts": {"C": 40}, "groups": "all", "undersample": None},
        generators={"p": {"plugin": "private"}},
        privacy={"rows": 900, "noise": "seeded"},
        design={"splits": 1},
    )
    assert drive(path, tmp_path / "run")[0] == 0
    entries = read(tmp_path / "run" / FILE)
    (begun,) = [e.payload for e in entries if e.kind == "start"]
    assert len(begun["spends"]) == 1
    found = measured(tmp_path / "run")
    rows = found[(found.metric == "augmented.rows") & (found.group == TARGET)]
    added = rows[rows.label == "p@eps=1"].set_index("augmentation").value.to_dict()
    assert (added["dose=50"], added["dose=100"]) == (20, 40)


def test_what_the_table_cannot_answer_is_refused_before_anything_runs(augmented, tmp_path):
    small = DATA | {"params": {"n": 300, "minority": 0.05}}
    code, _, err = drive(augmented(dataset=small), tmp_path / "few")
    assert code == 2
    assert f"{TARGET} has fewer than 10" in err
    code, _, err = drive(augmented(block={"groups": ["D"]}), tmp_path / "none")
    assert (code, "there is no group 'D'" in err) == (2, True)
    assert not (tmp_path / "none" / FILE).exists()


@dataclass(frozen=True)
class Wrong:
    """A generator of one group's rows; asked for more, it quotes a cell."""

    params: object = None
    device: str = "cpu"

    def fit(self, train, *, seed):
        self.__dict__["train"] = train.frame
        return self

    def sample(self, n, *, seed):
        rows = self.train[self.train.group == "A"]
        return rows.iloc[np.arange(n) % len(rows)].reset_index(drop=True)


def divided():
    """A small spec and its division."""
    spec = parse(
        {
            "name": "x",
            "dataset": DATA,
            "design": {"splits": 1},
            "generators": {"arf": {"plugin": "arf"}},
            "augmentation": BLOCK | {"draws": 2},
        }
    )
    table = load_table(spec.dataset, seed=0)
    return spec, divide(spec, make_plan(spec, task=table.task, fingerprint=""), table)


def test_what_judges_the_synthetic_part_is_of_the_targets_and_never_set_aside():
    _, division = divided()
    parts, cohort = division.parts["outer", 0], division.cohorts["outer", 0]
    for part, whole in ((parts.train, cohort.train), (parts.holdout, cohort.holdout)):
        own = whole.frame[whole.frame.group == "C"].reset_index(drop=True)
        pd.testing.assert_frame_equal(part.frame, own)
    rows = (cohort.train, cohort.validation, cohort.withheld)
    assert sum(map(len, rows)) == len(division.splits[0].train)
    assert len(cohort.holdout) == len(division.splits[0].holdout)


def task_of(monkeypatch, generator):
    """An augmented trial of a generator, in this process."""
    spec, division = divided()
    cohort, parts = division.cohorts["outer", 0], division.parts["outer", 0]
    metrics = {"marginals": MetricSpec(plugin="marginals")}
    own = TrialTask(
        trial=Trial("arf", 0, 0, "report"),
        arm=Arm("arf", "arf"),
        real=prepare(parts.train, parts.holdout, metrics, n_synthetic=20, seed=0),
        metrics=metrics,
        n_synthetic=20,
        fit_seed=0,
        sample_seeds=(0,),
        metric_seed=0,
        device="cpu",
        keep=None,
    )
    assert spec.augmentation is not None
    block = spec.augmentation.model_copy(update={"how": "rejection"})
    monkeypatch.setattr("synthcraft.catalogue.load_object", lambda _: generator)
    return engine.AugmentedTask(own, cohort, block, model_seed=0)


def test_a_dose_that_no_draw_reaches_is_a_reason_and_everyone_is_still_judged(monkeypatch):
    record = engine.run_augmented(task_of(monkeypatch, Wrong), lambda _: None)
    assert record.status == "ok", record.reason
    by_dose = {m.augmentation: m for m in record.measures if m.metric == "augmented.auroc"}
    assert "0 are of this group" in by_dose["dose=100"].reason
    assert by_dose["dose=100&to=everyone"].status == "ok"
    suite = [m for m in record.measures if not m.metric.startswith("augmented.")]
    assert {m.status for m in suite} == {"failed"}
    assert all("are of this group" in m.reason for m in suite)
    assert record.summaries == {}


def test_the_other_parts_levels_reach_no_reason(monkeypatch):
    def choke(*_args, **_kwargs):
        raise ValueError("cannot place smoker among former")

    monkeypatch.setattr(engine, "outcomes", choke)
    record = engine.run_augmented(task_of(monkeypatch, Wrong), lambda _: None)
    assert (record.status, record.phase) == ("failed", "evaluate")
    assert record.reason.startswith("ValueError: cannot place smoker among …")
