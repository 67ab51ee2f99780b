"""What many tests need: where real files lie, and a small spec."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import absl.logging
import pytest

ROOT = Path(__file__).parent.parent

# The logger that dp-accounting and jax bring along closes the stream it was born with when Hydra
# resets logging. Born here, that would be pytest's; the process's own it leaves open.
absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__

# A package of its own, found only by the tests that put it on the path.
collect_ignore = ["plugins"]


def pytest_configure(config: pytest.Config) -> None:
    """Files and folders in one order, so that those of a folder are neighbours.

    pytest 9.1 loses a folder's fixtures where a file of the folder above stands between its own
    (pytest-dev/pytest#14635).
    """
    if config.args_source is config.ArgsSource.ARGS:  # else the order is that of testpaths
        config.args.sort()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real NHANES and TCGA files; skips where there is none."""
    told = os.environ.get("SYNTHCRAFT_TEST_DATA")
    folder = Path(told) if told else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data and no $SYNTHCRAFT_TEST_DATA: real files are not at hand")
    return folder


@pytest.fixture
def small_spec() -> dict[str, Any]:
    """A plain spec that runs in seconds: simulated data, no training."""
    return {
        "name": "small",
        "dataset": {"plugin": "simulated", "params": {"n": 300}},
        "design": {"splits": 2},
        "generators": {"arf": {"plugin": "arf", "params": {"num_trees": 5}}},
        "metrics": {"marginals": {"plugin": "marginals"}},
    }


def hear_interrupts() -> None:
    """For a child process: Ctrl-C reaches it, even where the tests themselves ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
