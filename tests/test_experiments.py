"""Experiments as a user runs them, from the command line to the report."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from synthcraft import journal, shipped
from tests.conftest import ROOT
from tests.data.tcga.conftest import write_hub

PLUGINS = ROOT / "tests" / "plugins"
# The references and one generator of our own: everything but synthcity.
LIGHT = (
    "+exp=simulated",
    "dataset.params.n=200",
    "design=quick",
    "~generators.arf",
    "~generators.bayesian_network",
    "generators.mine.plugin=resample",
    "metrics.marginals.plugin=marginals",
)


def run(*words, cwd, python=sys.executable, paths=(ROOT, PLUGINS), timeout=600):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [str(python), "-m", "synthcraft", *map(str, words)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def reports(done):
    return [Path(line[8:]) for line in done.stdout.splitlines() if line.startswith("report: ")]


def records(directory):
    return [e.payload for e in journal.read(directory / journal.FILE) if e.kind == "record"]


def test_a_run_ends_with_its_report_and_is_not_repeated(tmp_path):
    first = run("run", *LIGHT, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1].startswith("report: ")
    (index,) = reports(first)
    assert (tmp_path / index).is_file()
    (directory,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"simulated-[0-9a-f]{8}", directory.name)
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    before = (directory / journal.FILE).read_bytes()
    page = (tmp_path / index).read_bytes()
    again = run("run", *LIGHT, cwd=tmp_path)
    assert again.returncode == 0
    assert (directory / journal.FILE).read_bytes() == before
    assert (tmp_path / index).read_bytes() == page
    table = run("results", directory, cwd=tmp_path).stdout
    assert table.startswith("run,stage,trial,label,plugin,")
    assert ",mine,resample," in table
    shutil.rmtree((tmp_path / index).parent)
    assert run("report", directory, cwd=tmp_path).returncode == 0
    assert (tmp_path / index).read_bytes() == page


def test_a_sweep_side_by_side_finishes_what_it_can(tmp_path):
    words = ("-m", "seed=0,1,-1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    done = run("run", *LIGHT, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "seed: got -1" in done.stderr
    assert len(reports(done)) == 2
    directories = sorted((tmp_path / "runs").iterdir())
    assert len(directories) == 2
    assert all(len(records(directory)) == 5 for directory in directories)
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    together = run("report", *(f"runs/{d.name}" for d in directories), "--to", "both", cwd=tmp_path)
    assert together.returncode == 0
    assert (tmp_path / "both" / "index.html").is_file()


def test_generators_that_all_fail_end_with_1_and_a_report(tmp_path):
    words = [word.replace("resample", "raises") for word in LIGHT]
    done = run("run", *words, cwd=tmp_path)
    assert done.returncode == 1
    assert "No generator succeeded" in done.stderr
    assert len(reports(done)) == 1
    assert "mine: 1 of 1 trial did not succeed: failed in fit: ValueError" in done.stdout


@pytest.mark.slow
def test_smoke_takes_less_than_the_promised_time(tmp_path):
    done = run("run", "+exp=smoke", cwd=tmp_path, timeout=90)
    assert done.returncode == 0, done.stderr
    (directory,) = (tmp_path / "runs").iterdir()
    assert {record["status"] for record in records(directory)} == {"ok"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(shipped.experiments()))
def test_every_shipped_experiment_runs_when_made_small(tmp_path, name, request):
    small = ("design=quick", "dataset.params.sample=400", "budget.trial_seconds=240")
    plain = shipped.experiments()[name].read_text()
    if "plugin: simulated" in plain:
        # Groups that get rows must have ten events each in the holdout.
        people = 1500 if "\naugmentation:" in plain else 400
        small = ("design=quick", f"dataset.params.n={people}")
    if "\nprivacy:" in plain:  # a subsample would void its epsilon
        small = ("design=quick", "budget.trial_seconds=240")
    if "\nselector:" in plain:  # its inner splits must hold enough events to choose by
        rows = () if "plugin: simulated" in plain else ("dataset.params.sample=3000",)
        small = (*rows, "design.splits=3", "design.replicates=1", "budget.seconds=40")
    if "plugin: nhanes_cdc" in plain:  # it would be downloaded
        folder = request.getfixturevalue("shared_data") / "nhanes_xpt_2003_2006"
        small = (*small, f"dataset.params.path={folder}")
    if "plugin: parquet" in plain:  # a file that is not shipped, in whose place this may stand
        small = ("design=quick", "dataset=nhanes", "budget.trial_seconds=240")
    elif "\naugmentation:" in plain and "plugin: simulated" not in plain:
        small = ("design=quick", "budget.trial_seconds=240")
    if "plugin: csv" in plain:  # a file that is not shipped
        (path,) = re.findall(r"\n    path: (.*)", plain)
        folder = request.getfixturevalue("shared_data") / "tcga_brca_956"
        small = (*small, f"dataset.params.path={folder / path}")
    if "plugin: tcga" in plain:
        small = (*small, f"dataset.params.path={write_hub(tmp_path / 'hub', people=200)}")
    efforts = [
        f"generators.{label}.params.n_iter=5"
        for label in (
            "ddpm",
            "tvae",
            "ctgan",
            "adsgan",
            "pategan",
            "nflow",
            "rtvae",
            "survae",
            "survival_nflow",
            "survival_ctgan",
        )
        if f"\n  {label}:" in plain
    ]
    done = run("run", f"+exp={name}", *small, *efforts, cwd=tmp_path, timeout=900)
    assert done.returncode == 0, done.stderr
    (directory,) = (tmp_path / "runs").iterdir()
    failed = [record for record in records(directory) if record["status"] != "ok"]
    assert not failed


@pytest.fixture(scope="session")
def wheel_python(tmp_path_factory):
    """A Python that has our wheel, and everything else from this environment."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not at hand to build a wheel")
    folder = tmp_path_factory.mktemp("wheel")
    commands = [
        [uv, "build", "--wheel", "--out-dir", str(folder), str(ROOT)],
        [uv, "venv", "--python", sys.executable, str(folder / "venv")],
    ]
    for command in commands:
        built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if built.returncode != 0:
            pytest.skip(f"the wheel cannot be built here: {built.stderr[-300:]}")
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("synthcraft-*.whl")
    install = [uv, "pip", "install", "--python", str(python), "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    # Last on the path, so that our wheel wins over an editable install of the checkout.
    (site / "rest.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.mark.slow
def test_the_wheel_works_in_another_directory(tmp_path, wheel_python):
    def call(*words):
        return run(*words, cwd=tmp_path, python=wheel_python, paths=())

    where = subprocess.run(
        [str(wheel_python), "-c", "import synthcraft; print(synthcraft.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert str(ROOT) not in where.stdout
    assert "ctgan" in call("list", "generators").stdout
    assert "quickstart" in call("list", "experiments").stdout
    assert call("schema", "--check").returncode == 0
    done = call("run", "+exp=smoke")
    assert done.returncode == 0, done.stderr
    assert len(reports(done)) == 1
