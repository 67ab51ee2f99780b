"""Runs as a notebook sees them: tables, figures, overview, and what is missing."""

import json
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import synthcraft
from synthcraft.errors import RunError
from synthcraft.report import build
from synthcraft.results import load_run, tidy
from synthcraft.stats import over_splits
from tests.conftest import ROOT
from tests.report.conftest import fabricate

SMALL = {"names": ("group", "x", "y"), "rows": 300}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return fabricate(tmp_path_factory.mktemp("notebook") / "run", fail=["tvae"], **SMALL)


@pytest.fixture(scope="module")
def run(directory):
    return synthcraft.load_run(directory)


def test_results_are_the_tidy_table(run, directory):
    assert run.results.equals(tidy(load_run(directory)))
    assert run.complete
    assert run.state == "complete: 27 trials"
    assert run.spec.name == "fabricated"
    assert "fabricated-" in repr(run)


def test_a_path_may_be_text(run, directory):
    assert synthcraft.load_run(str(directory)).results.equals(run.results)


def test_the_summary_follows_from_the_results(run):
    ok = run.results[(run.results.status == "ok") & (run.results.metric == "c2st")]
    for label in ok.label.unique():
        rows = ok[ok.label == label]
        row = run.summary[(run.summary.metric == "c2st") & (run.summary.label == label)].iloc[0]
        values = {int(split): [value] for split, value in zip(rows.split, rows.value, strict=True)}
        expected = over_splits(values, ratio=90 / 210)
        assert row["mean"] == pytest.approx(expected.mean)
        assert row.splits == row.planned == 3
        if expected.low is None:  # noise: all splits agree
            assert np.isnan(row.low)
        else:
            assert row.low == pytest.approx(max(expected.low, 0.0))


def test_the_summary_has_a_row_for_each_arm_and_measure(run):
    keys = ["label", "metric", "model", "column", "group", "role", "augmentation"]
    assert not run.summary.duplicated(keys).any()
    kinds = run.summary.groupby("kind").label.unique()
    assert set(kinds["reference"]) == {"train_copy", "fresh_real", "marginals", "noise"}
    assert set(kinds["generator"]) == {"arf", "bayesian_network", "ddpm", "ctgan"}
    few = run.summary.query("metric == 'tstr.auroc' and group == 'group=d'")
    assert few["mean"].isna().all()
    assert (few.why == "too few: 3 events").all()
    assert run.summary["mean"].dtype == np.float64


def test_tables_are_what_the_report_prints(run, directory, tmp_path):
    folder = build([directory], to=tmp_path).parent
    printed = {path.stem for path in folder.glob("tables/*.csv")}
    assert set(run.tables) == printed
    triad = run.tables["triad"]
    assert "arf" in set(triad.iloc[:, 1])
    assert all(isinstance(cell, str) for cell in triad.to_numpy().ravel())


def test_figures_are_drawn_by_name_and_belong_to_the_caller(run, directory, tmp_path):
    from matplotlib.figure import Figure

    drawn = {path.stem for path in (build([directory], to=tmp_path).parent / "figures").iterdir()}
    assert set(run.figures) == drawn
    one, other = run.figures["tradeoff"], run.figures["tradeoff"]
    assert isinstance(one, Figure)
    one.axes[0].set_title("mine")
    assert other.axes[0].get_title() != "mine"
    one.savefig(tmp_path / "tradeoff.png")
    assert (tmp_path / "tradeoff.png").stat().st_size > 5000
    assert run.figures.alt("tradeoff")
    with pytest.raises(KeyError):
        run.figures["nothing"]


def test_the_reader_s_matplotlib_is_left_as_it_was(run):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    assert run.figures["tradeoff"]
    assert dict(mpl.rcParams) == before


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.loads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [value for key, value in attrs if key in ("src", "href")]
        if tag not in ("br",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_overview_is_whole_html_that_loads_nothing(run):
    page = run._repr_html_()
    parsed = Tags(page)
    assert parsed.open == []
    assert parsed.loads == []
    assert "table" in parsed.tags
    assert "complete: 27 trials" in page
    assert "<code>tradeoff</code>" in page
    assert "&lt;b&gt;loss&lt;/b&gt;" in page  # a failure's reason is text
    assert len(page) < 60_000


def test_a_half_written_run_says_so_and_has_what_there_is(tmp_path):
    directory = fabricate(tmp_path / "half", stop_after=14, **SMALL)
    with (directory / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"v":1,"seq":17,"prev":"')  # a line that was being written
    half = synthcraft.load_run(directory)
    assert not half.complete
    assert half.state == "not complete: 14 of 27 trials; the rest is not run yet"
    assert (half.results.status == "missing").sum() == 13
    assert len(half.summary)
    assert half.state in half._repr_html_()
    assert all(half.figures[name].axes for name in half.figures)


def test_only_the_plan_was_written(tmp_path):
    run = synthcraft.load_run(fabricate(tmp_path / "planned", stop_after=0, **SMALL))
    assert run.state.startswith("not complete: 0 of 27")
    assert run.summary.empty
    assert list(run.summary.columns)
    assert "nothing to compare" in run._repr_html_()


def test_a_report_carries_its_run(run, directory, tmp_path):
    report = build([directory], to=tmp_path / "report").parent
    assert synthcraft.load_run(report).results.equals(run.results)


def test_no_run_is_told(tmp_path):
    with pytest.raises(RunError, match="no journal here"):
        synthcraft.load_run(tmp_path)


def test_the_package_and_load_run_need_no_torch_and_tables_no_matplotlib(directory):
    code = (
        "import sys, json, synthcraft; light = len(sys.modules); "
        "heavy = {'numpy', 'pandas', 'pydantic', 'matplotlib'} & set(sys.modules); "
        "sys.modules['matplotlib'] = None; "
        "run = synthcraft.load_run(sys.argv[1]); "
        "told = [len(run.results), len(run.summary), len(run.tables), len(run.figures)]; "
        "page = run._repr_html_()\n"
        "try: run.figures['tradeoff']\n"
        "except synthcraft.errors.RunError as exc: why = str(exc)\n"
        "bad = {'torch', 'synthcity', 'sklearn', 'hydra'} & set(sys.modules)\n"
        "print(json.dumps([sorted(heavy), told, why, sorted(bad)]))"
    )
    command = [sys.executable, "-c", code, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    heavy, told, why, bad = json.loads(done.stdout)
    assert heavy == bad == []
    assert all(told)
    assert "matplotlib cannot be loaded" in why
