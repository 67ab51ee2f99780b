import pytest

from synthcraft.report.compare import _table, comparison
from synthcraft.report.document import Figure, Table
from synthcraft.report.pooled import runs_named
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run
from tests.report.conftest import NAMES, REFERENCES


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    """A run of two generators on a dataset plug-in, under a seed."""

    def one(plugin, seed=0, *, fail=(), **more):
        dataset = {"plugin": plugin, "target": NAMES[-1], "sensitive": [NAMES[0]], **more}
        generators = {"arf": {"plugin": "arf"}, "ctgan": {"plugin": "ctgan"}}
        folder = tmp_path_factory.mktemp(plugin) / f"run{seed}"
        changes = {"dataset": dataset, "generators": generators, "fail": fail}
        return Summary(load_run(make_run(folder, rows=300, seed=seed, **changes)))

    return one


@pytest.fixture(scope="module")
def two(make):
    return [make("nhanes"), make("breast_cancer", 1)]


def test_runs_are_named_by_what_tells_them_apart(make, two):
    assert runs_named(two) == ["nhanes", "breast_cancer"]
    again = make("nhanes", 2)
    assert runs_named([two[0], again]) == ["seed 0", "seed 2"]
    three = [*two, again]  # two of them on one table
    assert runs_named(three) == [summary.run.id for summary in three]
    other = make("nhanes", 3, drop=[NAMES[1]])
    assert runs_named([two[0], other]) == [two[0].run.id, other.run.id]


def test_names_stand_over_settings_results_and_each_run(two):
    sections = comparison(two)
    (settings,) = (block for block in sections[1].blocks if isinstance(block, Table))
    assert [head.text for head in settings.heads] == ["Setting", "nhanes", "breast_cancer"]
    assert [cell.text for cell in settings.groups[0].rows[-1]] == [
        "directory",
        *(summary.run.id for summary in two),
    ]
    titles = [section.title for section in sections]
    assert "nhanes: the answer" in titles
    assert titles.index("Over all datasets") < titles.index("Key results side by side")
    figures = [b for s in sections if s.id == "results" for b in s.blocks if isinstance(b, Figure)]
    marks = figures[0].panels[0].plot.marks
    assert [mark.label.partition(", ")[2] for mark in marks] == ["nhanes", "breast_cancer"] * 2


def test_a_run_that_did_not_measure_it_has_no_column(make, two):
    quantity = Quantity("ks_complement")
    full = _table(two, quantity)
    assert [head.text for head in full.heads] == ["Generator", "nhanes", "breast_cancer"]
    part = _table([two[0], make("diabetes", fail=["arf", "ctgan", *REFERENCES])], quantity)
    assert [head.text for head in part.heads] == ["Generator", "nhanes"]
    assert [row[:2] for row in part.groups[0].rows] == [row[:2] for row in full.groups[0].rows]
