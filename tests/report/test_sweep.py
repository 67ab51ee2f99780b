import pytest

from synthcraft.report.pooled import studies, tables_named
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.sweep import sweep_table
from synthcraft.report.varied import settings, varied, without_absent
from synthcraft.report.words import number
from synthcraft.results import load_run
from tests.report.conftest import NAMES

ARMS = ("arf", "ctgan")


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    """A run of two generators, one of them at an effort, under a seed."""

    def one(effort, seed=0, *, plugin="nhanes", **more):
        generators = {
            "arf": {"plugin": "arf"},
            "ctgan": {"plugin": "ctgan", "params": {"n_iter": effort}},
        }
        dataset = {"plugin": plugin, "target": NAMES[-1], "sensitive": [NAMES[0]]}
        changes = {"dataset": dataset, "generators": generators, **more}
        folder = tmp_path_factory.mktemp("sweep") / "run"
        return Summary(load_run(make_run(folder, rows=300, seed=seed, **changes)))

    return one


def rows_of(table):
    return [[cell.text for cell in row] for row in table.groups[0].rows]


def test_a_generator_that_a_run_lacks_takes_one_row():
    shared = {"seed": "0", "generators.a.plugin": "arf", "generators.a.params.x": "1"}
    other = shared | {"generators.b.plugin": "ctgan", "generators.b.params.n_iter": "5"}
    found = without_absent([shared, other])
    assert found[0] == shared
    assert found[1] == shared | {"generators.b.plugin": "ctgan"}


def test_what_varies_is_a_column_and_seeds_are_pooled(make):
    runs = [make(effort, seed) for seed in (1, 0) for effort in (10, 20)]
    found = studies(runs)
    assert [len(study.runs) for study in found] == [2, 2]
    table = sweep_table(found)
    assert [head.text for head in table.heads][:3] == ["Generator", "n_iter", "Seeds"]
    assert table.heads[1].details == ("generators.ctgan.params.n_iter",)
    rows = rows_of(table)
    # Another generator's effort is no setting of arf, nor of a reference.
    assert [row[:3] for row in rows[:3]] == [
        ["arf", "—", "0 and 1"],
        ["ctgan", "10", "0 and 1"],
        ["ctgan", "20", "0 and 1"],
    ]
    assert [row[0] for row in rows].count("train_copy") == 1
    quantity = Quantity("contingency_similarity")
    place = [head.about for head in table.heads].index("contingency_similarity")
    for row, study in zip(rows[1:3], found, strict=True):
        assert row[place] == number(study.estimate("ctgan", quantity).mean)


def test_of_equal_rows_the_one_with_most_seeds_is_told(make):
    rows = rows_of(sweep_table(studies([make(10), make(20), make(20, 1)])))
    assert [row[:3] for row in rows[:3]] == [
        ["arf", "—", "0 and 1"],
        ["ctgan", "10", "0"],
        ["ctgan", "20", "0 and 1"],
    ]


def test_studies_on_one_table_are_named_by_what_varies(make):
    assert tables_named(studies([make(10), make(20)])) == ["nhanes, n_iter 10", "nhanes, n_iter 20"]
    assert tables_named([]) == []


def test_where_only_seeds_vary_there_is_no_table(make):
    assert sweep_table(studies([make(10), make(10, 1)])) is None


def test_of_a_block_with_another_plugin_only_that_is_told(make):
    found = [settings(make(10)), settings(make(10, plugin="lung", question="Other?", name="b"))]
    assert varied(found) == ["dataset.plugin"]
    alone = settings(make(10, generators={"arf": {"plugin": "arf"}}))
    assert varied([found[0], alone]) == []
