"""Ways to call the command line: in this process, and as a user does."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from synthcraft.cli.main import main
from tests.conftest import ROOT


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def call(capsys, monkeypatch, tmp_path) -> Callable[..., Answer]:
    """The command line in this process, from an empty directory."""
    monkeypatch.chdir(tmp_path)

    def of(*words: str) -> Answer:
        code = main(words)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return of


@pytest.fixture
def shell(tmp_path) -> Callable[..., Answer]:
    """The command line as its own process, from an empty directory, with the test plug-ins."""
    paths = [str(ROOT), str(ROOT / "tests" / "plugins")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}

    def of(*words: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "synthcraft", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return of


@pytest.fixture
def engine(monkeypatch):
    """Calls of an engine that does nothing, or raises what the test puts into ``fails``."""
    calls = []

    def run(spec, directory, **more):
        calls.append({"spec": spec, "directory": directory, **more})
        error = run.fails.get(spec.seed)
        if error:
            raise error

    run.calls, run.fails = calls, {}
    monkeypatch.setattr("synthcraft.engine.run.run", run)
    monkeypatch.setattr("synthcraft.report.build", lambda runs: runs[0] / "report" / "index.html")
    monkeypatch.setattr("synthcraft.results.load_run", lambda directory: directory)
    monkeypatch.setattr("synthcraft.cli.summary.summarise", lambda run: "summary")
    monkeypatch.setattr("synthcraft.cli.run.handed_over", lambda ran, index: "")
    monkeypatch.setattr("synthcraft.cli.run.may_be_released", lambda ran: True)
    return run
