import pytest

from synthcraft.report.across import across_section
from synthcraft.report.document import Paragraph, Table
from synthcraft.report.summary import Summary
from synthcraft.results import load_run

ARMS = ("arf", "bayesian_network", "ctgan")


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    """A run on another table for each seed, of a few generators."""

    def one(seed, *, arms=ARMS, **more):
        generators = {label: {"plugin": label} for label in arms}
        folder = tmp_path_factory.mktemp(f"seed{seed}") / "run"
        run = make_run(folder, rows=300 + seed, generators=generators, seed=seed, **more)
        return Summary(load_run(run))

    return one


def texts(section):
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def tables(section):
    return [block for block in section.blocks if isinstance(block, Table)]


def test_few_datasets_are_ranked_and_tests_that_could_show_nothing_are_refused(make):
    section = across_section([make(1), make(2, fail=["arf"])])
    fidelity = tables(section)[0]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in fidelity.groups[0].rows}
    assert rows["arf"] == ["2.00", "1"]  # best on one dataset, last of three where it failed
    assert "it takes 3 datasets or more" in texts(section)[0]
    assert "3 pairs of generators on 2 datasets" in texts(section)[1]


def test_enough_datasets_are_tested_and_a_common_margin_gives_probabilities(make):
    objective = {"non_inferiority": 0.02}
    section = across_section([make(seed, objective=objective) for seed in range(8)])
    captions = [table.caption for table in tables(section)]
    assert any("Wilcoxon" in caption for caption in captions)
    assert any("differ over 8 datasets" in text for text in texts(section))
    posterior = next(t for t in tables(section) if "Bayesian" in t.caption)
    shares = {row[0].text: [float(c.text) for c in row[1:]] for row in posterior.groups[0].rows}
    assert shares["ctgan"][0] > 0.9
    assert all(sum(row) == pytest.approx(1, abs=0.002) for row in shares.values())


def test_runs_on_one_table_are_no_datasets(make):
    first = make(1)
    section = across_section([first, first])
    assert "runs on one table are no independent datasets" in texts(section)[0]
    assert not tables(section)


def test_only_shared_generators_are_ranked(make):
    section = across_section([make(1), make(3, arms=("arf", "ctgan", "tvae"))])
    assert "Without bayesian_network and tvae" in texts(section)[0]
    lonely = across_section([make(1), make(4, arms=("tvae",))])
    assert "fewer than two generators" in texts(lonely)[0]
