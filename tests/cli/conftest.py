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
