"""Reports where something is lacking: matplotlib, the end of the run, the right to write."""

import re
import subprocess
import sys

import pytest

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
    from synthcraft.report import build

    whole = build([run], to=tmp_path / "whole").with_name("report.md").read_text()
    tables = [[line for line in t.splitlines() if line.startswith("|")] for t in (text, whole)]
    assert tables[0] == tables[1]  # nothing else is lost


def test_figures_of_an_earlier_report_do_not_stay_beside_a_page_without_them(run, tmp_path):
    from synthcraft.report import build

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
