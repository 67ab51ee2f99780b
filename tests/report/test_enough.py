import re

import pytest

from synthcraft.report.document import Figure, Fold, Paragraph, Table
from synthcraft.report.enough import enough_section
from synthcraft.report.pooled import studies
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import number
from synthcraft.results import load_run
from synthcraft.stats import paired
from synthcraft.stats.enough import Design, enough
from synthcraft.stats.variance import decompose
from tests.report.conftest import NAMES

FIDELITY = Quantity("contingency_similarity")


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    def one(*, splits=4, seeds=2, **more):
        folder = tmp_path_factory.mktemp("enough") / "run"
        dataset = {"plugin": "nhanes", "target": NAMES[-1], "sensitive": [NAMES[0]]}
        changes = {"design": {"splits": splits, "replicates": seeds}, "dataset": dataset, **more}
        return Summary(load_run(make_run(folder, rows=300, **changes)))

    return one


@pytest.fixture(scope="module")
def run(make):
    return make(objective={"non_inferiority": 0.05})


def texts(section):
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def designs(section):
    return next(b for b in section.blocks if isinstance(b, Table) and b.id == "enough")


def test_the_first_row_is_what_the_report_computes(run):
    section = enough_section(studies([run]))
    fidelity = designs(section).groups[0]
    row = [cell.text for cell in fidelity.rows[0]]
    found = paired(
        run.samples("arf", FIDELITY), run.samples("bayesian_network", FIDELITY), ratio=run.ratio
    )
    assert row[:3] == ["4", "2", "8"]
    both = decompose({arm: {0: run.samples(arm, FIDELITY)} for arm in ("arf", "bayesian_network")})
    # Where the estimate of split × generator is below 0 it counts as 0, and errors are larger.
    if both.variance("split × generator").value > 0:
        assert row[4] == number(found.error)
    words = texts(section)[0]
    assert f"the best two, differ by {number(abs(found.mean))}" in words
    needed = enough(both, abs(found.mean), ratio=run.ratio, pairs=10)
    told = re.search(r"size takes (\d+) splits? with (\d+) seeds? each", words)
    assert Design(*map(int, told.groups())) == needed


def test_a_declared_margin_is_told_for_utility_only(run):
    words = texts(enough_section(studies([run])))
    assert ["The declared margin of 0.05" in text for text in words[:3]] == [False, True, False]


def test_without_seeds_only_splits_are_foretold(make):
    section = enough_section(studies([make(seeds=1)]))
    assert {row[1].text for row in designs(section).groups[0].rows} == {"1"}


def test_figures_hold_what_the_table_tells(run):
    section = enough_section(studies([run]))
    (figure,) = (block for block in section.blocks if isinstance(block, Figure))
    assert [p.id for p in figure.panels] == [
        *("steadiness", "enough-fidelity", "enough-utility", "enough-privacy")
    ]
    steady = figure.panels[0].plot.bands[0]
    assert steady.at == (1, 2, 3, 4)
    assert steady.marks[-1].value == 1
    gaps = {x: mark.value for x, mark in zip(*_of(figure.panels[1]), strict=True)}
    told = {
        row[0].text: row[5].text for row in designs(section).groups[0].rows if row[1].text == "2"
    }
    assert number(gaps[4]) == told["4"]


def _of(panel):
    return panel.plot.bands[0].at, panel.plot.bands[0].marks


def test_several_studies_are_folded(make, run):
    other = make(generators={"arf": {"plugin": "arf"}, "tvae": {"plugin": "tvae"}})
    section = enough_section(studies([run, other]))
    assert all(isinstance(block, Fold) for block in section.blocks)
    kinds = [type(block) for fold in section.blocks for block in fold.blocks]
    assert Figure not in kinds


def test_a_generator_that_failed_is_not_one_of_the_best(make):
    section = enough_section(studies([make(fail=["arf"])]))
    assert not any("arf" in text for text in texts(section))


def test_one_split_tells_nothing(make):
    assert enough_section(studies([make(splits=1)])) is None
