"""Reports where something is lacking: matplotlib, the end of the run, room on the disk."""

import errno
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from synthcraft.errors import RunError
from synthcraft.journal import FILE, Journal, read
from synthcraft.report import build
from synthcraft.results import load_run
from tests.conftest import ROOT
from tests.report.test_write import Page

SMALL = {"names": ("group", "x", "y"), "rows": 200}
WITHOUT_MATPLOTLIB = (
    "import sys; sys.modules['matplotlib'] = None; "
    "from synthcraft.cli.main import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture(scope="module")
def run(make_run, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("lacking") / "run", **SMALL)


def without_matplotlib(*words):
    command = [sys.executable, "-c", WITHOUT_MATPLOTLIB, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)


def test_without_matplotlib_words_stand_in_place_of_figures(run, tmp_path):
    done = without_matplotlib("report", run, "--to", tmp_path / "to")
    assert done.returncode == 0, done.stderr
    assert "no figure is drawn: matplotlib cannot be loaded" in done.stderr
    page, text = ((tmp_path / "to" / name).read_text() for name in ("index.html", "report.md"))
    assert "svg" not in Page(page).tags
    assert "No figure is drawn: matplotlib cannot be loaded" in text.replace("\\", "")
    assert text.count("Not drawn: ") > 5
    assert "](figures/" not in text
    assert not (tmp_path / "to" / "figures").exists()
    whole = build([run], to=tmp_path / "whole").with_name("report.md").read_text()
    tables = [[line for line in t.splitlines() if line.startswith("|")] for t in (text, whole)]
    assert tables[0] == tables[1]  # nothing else is lost


def test_figures_of_an_earlier_report_do_not_stay_beside_a_page_without_them(run, tmp_path):
    build([run], to=tmp_path)
    assert list(tmp_path.glob("figures/*.svg"))
    assert without_matplotlib("report", run, "--to", tmp_path).returncode == 0
    assert not list(tmp_path.glob("figures/*.svg"))


def test_several_runs_without_matplotlib(run, make_run, tmp_path):
    other = make_run(tmp_path / "other", seed=1, **SMALL)
    done = without_matplotlib("report", run, other, "--to", tmp_path / "to")
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "to").glob("figures/*.pdf"))
    assert re.search("Not drawn", (tmp_path / "to" / "report.md").read_text())


# A half-written run --------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, 2, 3, 8])
def test_a_run_that_was_killed_has_a_report_that_says_so(run, tmp_path, lines):
    whole = (run / FILE).read_bytes().splitlines(keepends=True)
    shutil.copy(run / "spec.yaml", tmp_path)
    (tmp_path / FILE).write_bytes(b"".join(whole[:lines]) + whole[lines][:50])
    before = (tmp_path / FILE).read_bytes()
    text = build([tmp_path]).with_name("report.md").read_text()
    ended = max(0, lines - 3)  # a header, the splits, a round
    assert f"This run is not complete: {ended} trial" in text
    assert (tmp_path / FILE).read_bytes() == before


def test_a_comparison_says_which_run_is_not_complete(run, make_run, tmp_path):
    half = make_run(tmp_path / "half", stop_after=9, name="half", **SMALL)
    text = build([run, half], to=tmp_path / "both").with_name("report.md").read_text()
    assert "Not complete: half-" in text.replace("\\", "")


# Another version -----------------------------------------------------------------------------


def test_a_journal_of_a_later_format_is_told(run, tmp_path):
    shutil.copy(run / "spec.yaml", tmp_path)
    later = (run / FILE).read_bytes().replace(b'{"v":1,', b'{"v":2,')
    (tmp_path / FILE).write_bytes(later)
    with pytest.raises(RunError, match=r"later version of SynthCraft .*format 2, known: 1"):
        build([tmp_path])


def test_what_a_later_version_adds_is_passed_over(run, tmp_path):
    shutil.copy(run / "spec.yaml", tmp_path)
    with Journal(tmp_path) as journal:
        for entry in read(run / FILE):
            payload = json.loads(json.dumps(entry.payload))
            payload["later"] = {"x": 1}
            for measure in payload.get("measures", ()):
                measure["later"] = 1
            journal.append(entry.kind, payload)
        journal.append("later", {})
    assert build([tmp_path]).is_file()


@pytest.mark.parametrize("lacking", ["plan", "table"])
def test_an_entry_that_lacks_something_is_no_traceback(run, tmp_path, lacking):
    shutil.copy(run / "spec.yaml", tmp_path)
    with Journal(tmp_path) as journal:
        for entry in read(run / FILE):
            payload = {key: value for key, value in entry.payload.items() if key != lacking}
            journal.append(entry.kind, payload)
    with pytest.raises(RunError, match=rf"not as this version .*KeyError: '{lacking}'"):
        load_run(tmp_path)


# A disk that refuses -------------------------------------------------------------------------


def refusing(after):
    """``Path.write_bytes`` on a disk that is full after so many files."""
    written = []
    write = Path.write_bytes

    def refuse(path, content):
        if len(written) == after:
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        return write(path, content)

    return refuse


@pytest.mark.parametrize("after", [0, 1, 12])
def test_a_disk_that_is_full_leaves_the_earlier_report_whole(run, tmp_path, monkeypatch, after):
    folder = tmp_path / "report"
    build([run], to=folder)
    (folder / "index.html").write_text("an earlier page")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refusing(after))
        with pytest.raises(RunError, match=r"No space left on device.* Make room .*--to"):
            build([run], to=folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert build([run], to=folder).read_text() != "an earlier page"
    assert not list(folder.rglob("*.partial"))


def test_a_journal_that_may_not_be_read_is_no_traceback(run, tmp_path, monkeypatch, capsys):
    from synthcraft.cli.main import main

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(RunError, match=r"journal.jsonl: cannot be read \(Permission denied\)"):
        load_run(run)
    for command in ("report", "results", "verify"):
        assert main([command, str(run)]) == 2
        assert "cannot be read (Permission denied)" in capsys.readouterr().err
