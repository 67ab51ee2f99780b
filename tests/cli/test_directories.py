import subprocess
import sys

import pytest

from synthcraft.cli.directories import require_own, require_runs
from synthcraft.errors import RunError
from synthcraft.results import SPEC_FILE


@pytest.fixture
def early(tmp_path):
    """A run that was interrupted before its journal had an entry."""
    folder = tmp_path / "early"
    folder.mkdir()
    for name in (SPEC_FILE, ".lock", "journal.jsonl"):
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize("command", ["report", "results"])
@pytest.mark.parametrize("torn", ["", '{"v": 1, "se'])
def test_a_run_without_an_entry_is_told_as_such(call, early, command, torn):
    (early / "journal.jsonl").write_text(torn)
    answer = call(command, "early")
    assert answer.code == 2
    assert "early: was interrupted before its first entry. The same run command" in answer.err
    (early / "journal.jsonl").unlink()
    assert call(command, "early").err == answer.err


@pytest.mark.parametrize(
    "command",
    [
        ("report", "early", "--paper", ""),
        ("report", "early", "--to", " "),
        ("run", "spec.yaml", "--dir", ""),
        ("evaluate", "--real", "a.csv", "--synthetic", "b.csv", "--target", "y", "--dir", ""),
    ],
)
def test_an_option_that_names_no_folder_is_refused(call, tmp_path, command):
    answer = call(*command)
    assert answer.code == 2
    assert "is empty: name a folder" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["report", "results"])
def test_other_directories_are_told_all_at_once(call, tmp_path, command):
    (tmp_path / "mine").mkdir()
    (tmp_path / "file").write_text("")
    answer = call(command, "nowhere", "mine", "file")
    assert answer.code == 2
    for told in ("nowhere: there is no such", "mine: there is no run here", "file: is a file"):
        assert told in answer.err


@pytest.mark.parametrize("command", ["report", "results"])
def test_a_wrong_directory_is_told_before_anything_heavy_is_loaded(command, tmp_path):
    code = (
        "import sys; from synthcraft.cli.main import main\n"
        f"assert main(['{command}', 'nowhere']) == 2; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    assert not loaded & {"pandas", "matplotlib", "numpy"}


def test_a_run_goes_into_no_folder_of_other_files(call, engine, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("years of work")
    answer = call("run", "+exp=smoke", "--dir", "mine")
    assert answer.code == 2
    assert "mine: holds files that are no run's" in answer.err
    assert not engine.calls


def test_a_run_goes_into_an_empty_folder_or_its_own(early, tmp_path):
    require_own(tmp_path / "new")
    require_own(early)
    (early / "journal.jsonl").unlink()
    require_own(early)
    (early / "thesis.doc").write_text("")
    with pytest.raises(RunError):
        require_own(early)
    (early / "journal.jsonl").write_text("{}\n")
    (tmp_path / "empty").mkdir()
    require_own(tmp_path / "empty")
    require_runs([early])
