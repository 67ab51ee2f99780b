import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from synthcraft.data.load import load_table
from synthcraft.engine import run as engine
from synthcraft.engine.trial import run_trial
from synthcraft.errors import RunError
from synthcraft.journal import FILE, Journal, read
from synthcraft.plan import make_plan
from synthcraft.results import load_run
from synthcraft.spec.read import dump_plain
from synthcraft.spec.validate import parse
from tests.conftest import ROOT, hear_interrupts

GENERATORS = {
    "good": {"plugin": "resample"},
    "bad": {"plugin": "raises"},
    "crash": {"plugin": "dies"},
}


@pytest.fixture
def spec_file(tmp_path, small_spec):
    def write(**changes):
        path = tmp_path / "spec.yaml"
        plain = {**small_spec, "generators": {"good": {"plugin": "resample"}}, **changes}
        path.write_text(dump_plain(plain))
        return path

    return write


def start(spec: Path, directory: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "plugins")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.drive", str(spec), str(directory)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )


def drive(spec: Path, directory: Path) -> tuple[int, list[str], str]:
    process = start(spec, directory)
    out, err = process.communicate(timeout=300)
    return process.returncode, out.splitlines(), err


def numbers(directory: Path) -> dict[str, object]:
    """All that a run found, without seconds and memory, whatever the order."""
    records = [e.payload for e in read(directory / FILE) if e.kind == "record"]
    volatile = ("seconds", "cpu_seconds", "peak_mb")
    found = {
        json.dumps(r["trial"]): {k: v for k, v in r.items() if k not in volatile} for r in records
    }
    assert len(found) == len(records), "a trial has two records"
    return found


def test_failures_are_rows_and_the_run_goes_on(spec_file, tmp_path):
    code, out, _ = drive(spec_file(generators=GENERATORS), tmp_path / "run")
    assert code == 0
    records = {r["trial"]["arm"]: r for r in numbers(tmp_path / "run").values()}
    assert records["good"]["status"] == "ok"
    assert (records["bad"]["status"], records["bad"]["phase"]) == ("failed", "fit")
    assert "ValueError: cannot use the value …" in records["bad"]["reason"]
    assert (records["crash"]["status"], records["crash"]["phase"]) == ("failed", "fit")
    assert "SIGSEGV" in records["crash"]["reason"]
    assert len(out) == 2 * (4 + 3)
    assert read(tmp_path / "run" / FILE)[-1].kind == "end"


def test_limits_end_a_hang_and_a_memory_hog(spec_file, tmp_path):
    generators = {"good": GENERATORS["good"], "h": {"plugin": "hangs"}, "m": {"plugin": "hogs"}}
    budget = {"trial_seconds": 15, "trial_mb": 1500}
    spec = spec_file(generators=generators, budget=budget, design={"splits": 1})
    code, _, _ = drive(spec, tmp_path / "run")
    records = {r["trial"]["arm"]: r for r in numbers(tmp_path / "run").values()}
    assert code == 0
    assert (records["h"]["status"], records["h"]["phase"]) == ("timeout", "fit")
    assert (records["m"]["status"], records["m"]["phase"]) == ("failed", "fit")
    assert "1500 MB" in records["m"]["reason"]


def test_no_success_at_all_is_exit_code_1(spec_file, tmp_path):
    spec = spec_file(generators={"bad": {"plugin": "raises"}}, design={"splits": 1})
    assert drive(spec, tmp_path / "run")[0] == 1


def test_a_finished_run_is_not_repeated(spec_file, tmp_path):
    spec = spec_file()
    drive(spec, tmp_path / "run")
    before = (tmp_path / "run" / FILE).read_bytes()
    code, out, _ = drive(spec, tmp_path / "run")
    assert (code, out) == (0, [])
    assert (tmp_path / "run" / FILE).read_bytes() == before


def test_the_number_of_workers_changes_no_number(spec_file, tmp_path):
    for workers in (1, 3):
        drive(spec_file(execution={"workers": workers}), tmp_path / f"run{workers}")
    assert numbers(tmp_path / "run1") == numbers(tmp_path / "run3")


@pytest.mark.slow
def test_a_run_killed_after_every_record_ends_as_if_uninterrupted(spec_file, tmp_path):
    spec = spec_file(generators=GENERATORS)
    drive(spec, tmp_path / "whole")
    kills = 0
    while True:
        process = start(spec, tmp_path / "killed")
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            assert process.wait(timeout=60) == 0
            break
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        kills += 1
    assert kills >= 5
    assert numbers(tmp_path / "killed") == numbers(tmp_path / "whole")


def test_a_run_killed_in_the_middle_of_a_line_goes_on(spec_file, tmp_path):
    spec = spec_file()
    drive(spec, tmp_path / "whole")
    raw = (tmp_path / "whole" / FILE).read_bytes()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / FILE).write_bytes(raw[: len(raw) * 2 // 3])
    assert drive(spec, tmp_path / "torn")[0] == 0
    assert numbers(tmp_path / "torn") == numbers(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_run_killed_before_its_first_record_goes_on(spec_file, tmp_path, kept):
    """After the header, the splits, or the first decision."""
    spec = spec_file(design={"splits": 1})
    drive(spec, tmp_path / "whole")
    lines = (tmp_path / "whole" / FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / FILE).write_bytes(b"".join(lines[:kept]))
    assert drive(spec, tmp_path / "cut")[0] == 0
    assert numbers(tmp_path / "cut") == numbers(tmp_path / "whole")
    kinds = [entry.kind for entry in read(tmp_path / "cut" / FILE)]
    assert all(kinds.count(kind) == 1 for kind in ("header", "splits", "round", "end"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_end_from_outside_leaves_no_process_behind(spec_file, tmp_path, how):
    spec = spec_file(generators={"slow": {"plugin": "resample", "params": {"seconds": 600}}})
    process = start(spec, tmp_path / "run")
    assert process.stdout is not None
    for _ in range(8):  # the references of two splits; then only slow fits remain
        process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert len(numbers(tmp_path / "run")) == 8
    assert [trial.id for trial in load_run(tmp_path / "run").missing] == [
        "slow.s0.r0.report",
        "slow.s1.r0.report",
    ]


def test_what_every_trial_needs_is_imported_before_workers_fork(small_spec):
    assert run_trial.__module__ in engine._preload(parse(small_spec))


def test_other_data_are_refused(spec_file, tmp_path):
    csv = tmp_path / "data.csv"
    rows = [f"{i % 50},{i % 7},{'yes' if i % 3 else 'no'}" for i in range(200)]
    csv.write_text("a,b,y\n" + "\n".join(rows))
    data = {"plugin": "csv", "params": {"path": str(csv)}, "target": "y"}
    spec = spec_file(dataset=data, design={"splits": 1})
    assert drive(spec, tmp_path / "run")[0] == 0
    csv.write_text("a,b,y\n" + "\n".join([*rows[:-1], "5,5,yes"]))
    code, _, err = drive(spec, tmp_path / "run")
    assert code == 2
    assert "the data have changed" in err


def test_other_package_versions_are_refused_unless_mixed(small_spec, tmp_path, monkeypatch):
    spec = parse(small_spec)
    table = load_table(spec.dataset, seed=spec.seed)
    plan = make_plan(spec, task=table.task, fingerprint="")

    def begin(**options):
        with Journal(tmp_path) as journal:
            now = engine.provenance("")
            engine._open_run(journal, spec, plan, table, said=(), now=now, **options)
            return [entry.kind for entry in journal.entries]

    begin(mixed=False)
    other = engine.provenance("")
    other["versions"]["torch"] = "0.0"
    monkeypatch.setattr(engine, "provenance", lambda _: other)
    with pytest.raises(RunError, match=r"torch: .* now it is 0\.0\..*--mixed"):
        begin(mixed=False)
    assert begin(mixed=True) == ["header", "resume"]


def test_another_spec_in_the_same_directory_is_refused(spec_file, tmp_path):
    drive(spec_file(), tmp_path / "run")
    code, _, err = drive(spec_file(seed=1), tmp_path / "run")
    assert code == 2
    assert "another spec" in err


def test_samples_are_kept_only_when_asked_and_never_of_references(spec_file, tmp_path):
    drive(spec_file(outputs={"samples": True}, design={"splits": 1}), tmp_path / "run")
    assert [p.name for p in (tmp_path / "run" / "samples").iterdir()] == [
        "good.s0.r0.report.d0.parquet"
    ]


def test_draws_are_averaged(spec_file, tmp_path):
    drive(spec_file(design={"splits": 1, "draws": 3}), tmp_path / "run")
    assert all(r["status"] == "ok" for r in numbers(tmp_path / "run").values())
