import itertools
import os
import subprocess
import sys
import time

import psutil
import pytest

from synthcraft.engine import isolate
from synthcraft.engine.executors import run_jobs
from synthcraft.engine.isolate import Isolated, Job, Limits, warm
from tests.engine import jobs

ROOMY = Limits(seconds=60, mb=2000)


def outcomes(*functions_and_payloads, limits=ROOMY, workers=2, phases=None):
    todo = [Job(f"{i}", f, p) for i, (f, p) in enumerate(functions_and_payloads)]
    told = [] if phases is None else phases
    found = run_jobs(todo, workers=workers, limits=limits, on_phase=lambda *x: told.append(x))
    return sorted(found, key=lambda outcome: int(outcome.job))


def test_values_come_back_from_one_threaded_processes():
    first, second = outcomes((jobs.double, 4), (jobs.threads, None))
    assert (first.status, first.value, second.value) == ("ok", 8, "1")
    assert first.peak_mb > 10
    assert set(first.seconds) == {"start", "fit"}


def test_hashes_are_the_same_in_every_run():
    # Sets of text then have one order, whatever that of the process that started the run.
    (found,) = outcomes((jobs.hashed, "age"))
    asked = [sys.executable, "-c", "print(hash('age'))"]
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}
    told = subprocess.run(asked, env=fixed, capture_output=True, text=True, check=True)
    assert found.value == int(told.stdout)


def test_an_exception_is_an_outcome_without_its_message():
    (outcome,) = outcomes((jobs.fail, None))
    assert (outcome.status, outcome.phase) == ("failed", "fit")
    assert outcome.reason.startswith("ValueError at engine/jobs.py:")
    assert "42" not in outcome.reason.split(":")[0]
    assert "secret" not in outcome.reason


def test_a_hang_is_a_timeout():
    started = time.monotonic()
    (outcome,) = outcomes((jobs.sleep, 60), limits=Limits(seconds=1.5, mb=2000))
    assert (outcome.status, outcome.phase) == ("timeout", "sample")
    assert "1.5 s" in outcome.reason
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("work", [jobs.hog, jobs.hog_slowly])
def test_too_much_memory_is_a_failure(work):
    (outcome,) = outcomes((work, None), limits=Limits(seconds=60, mb=400))
    assert (outcome.status, outcome.phase) == ("failed", "fit")
    assert "400 MB" in outcome.reason


def test_a_crash_is_a_failure():
    crash, exit_ = outcomes((jobs.die, None), (jobs.leave, None))
    assert (crash.status, crash.phase) == ("failed", "evaluate")
    assert "SIGSEGV" in crash.reason
    assert "exit code 3" in exit_.reason


def test_one_failure_does_not_touch_the_others():
    found = outcomes((jobs.double, 1), (jobs.die, None), (jobs.double, 2), (jobs.fail, None))
    assert [outcome.status for outcome in found] == ["ok", "failed", "ok", "failed"]


def test_jobs_run_side_by_side_but_no_more_than_workers():
    events = []
    todo = [Job(f"{i}", jobs.sleep, 0.5) for i in range(4)]
    found = run_jobs(todo, workers=2, limits=ROOMY, on_phase=lambda _, what: events.append(what))
    for _ in found:
        events.append("end")
    assert events.count("end") == 4
    running = itertools.accumulate({"start": 1, "end": -1}.get(what, 0) for what in events)
    assert max(running) == 2


def test_killing_a_job_kills_its_children(tmp_path):
    note = tmp_path / "pid"
    one = Isolated(Job("x", jobs.sleep_with_child, note), ROOMY)
    deadline = time.monotonic() + 30
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    one.kill()
    wait_until_gone(int(note.read_text()))


def test_children_end_with_a_job_that_crashed(tmp_path):
    note = tmp_path / "pid"
    (outcome,) = outcomes((jobs.die_with_child, note))
    assert "SIGSEGV" in outcome.reason
    wait_until_gone(int(note.read_text()))


def wait_until_gone(pid):
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_process_that_does_not_end_after_its_result_is_ended(monkeypatch):
    monkeypatch.setattr(isolate, "GRACE_SECONDS", 0.5)
    started = time.monotonic()
    (outcome,) = outcomes((jobs.linger, 7))
    assert (outcome.status, outcome.value) == ("ok", 7)
    assert time.monotonic() - started < 30


def test_a_death_within_a_message_is_a_failure():
    (outcome,) = outcomes((jobs.die_within_a_message, None))
    assert (outcome.status, outcome.phase) == ("failed", "evaluate")
    assert "exit code 4" in outcome.reason


def test_a_death_before_the_work_was_read_is_a_failure():
    # more than a pipe holds, so that the death meets a parent that still writes
    found = outcomes((jobs.double, (jobs.Deadly(), b"x" * 10_000_000)), (jobs.double, 1))
    assert [outcome.status for outcome in found] == ["failed", "ok"]
    assert found[0].phase == "start"


def test_a_module_that_cannot_be_imported_early_stops_nobody(tmp_path, monkeypatch):
    (tmp_path / "broken_at_import.py").write_text("raise AttributeError('gone')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    warm(["broken_at_import", "decimal"])
    (outcome,) = outcomes((jobs.double, 1))
    assert outcome.status == "ok"


def test_the_environment_is_left_as_it_was():
    before = dict(os.environ)
    outcomes((jobs.double, 1))
    assert dict(os.environ) == before
