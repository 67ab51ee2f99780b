import pytest

from synthcraft.report.across import across_section
from synthcraft.report.document import Figure, Paragraph, Table
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run
from tests.report.conftest import NAMES

ARMS = ("arf", "bayesian_network", "ctgan")


@pytest.fixture(scope="module")
def make(make_run, tmp_path_factory):
    """A run on another table for each place, of a few generators."""

    def one(place, *, arms=ARMS, seed=None, **more):
        generators = {label: {"plugin": label} for label in arms}
        folder = tmp_path_factory.mktemp(f"place{place}") / "run"
        dataset = {
            "plugin": "nhanes",
            "params": {"sample": 300 + place},
            "target": NAMES[-1],
            "sensitive": [NAMES[0]],
        }
        changes = {"dataset": dataset, "generators": generators, **more}
        run = make_run(folder, rows=300 + place, seed=place if seed is None else seed, **changes)
        return Summary(load_run(run))

    return one


def texts(section):
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def tables(section):
    return [block for block in section.blocks if isinstance(block, Table)]


def rows_of(table):
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.groups[0].rows}


def named(section, name):
    return next(table for table in tables(section) if table.id == name)


def test_few_datasets_are_ranked_and_tests_that_could_show_nothing_are_refused(make):
    section = across_section([make(1), make(2, fail=["arf"])])
    standing = rows_of(named(section, "standings-fidelity"))
    # Best on one dataset, last of three where it failed.
    assert standing["arf"][:3] == ["2.00", "1", "0.500"]
    assert standing["arf"][-1] == "1"
    scores = [row[1] for row in named(section, "scores-fidelity").groups[0].rows]
    assert [(cell.tone, cell.details) for cell in scores] == [
        ("best", ("rank 1",)),
        ("alert", ("lacks a trial", "rank 3")),
    ]
    words = texts(section)
    assert any("no single generator is best on all 2 datasets" in text for text in words)
    assert any("it takes 3 datasets or more" in text for text in words)
    assert any("3 pairs of generators on 2 datasets" in text for text in words)
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    assert "No bars: datasets are too few" in figure.caption
    assert not figure.panels[0].plot.groups


def test_bars_join_generators_that_no_test_tells_apart(make):
    section = across_section([make(place) for place in range(8)])
    (plot,) = (
        panel.plot
        for block in section.blocks
        if isinstance(block, Figure)
        for panel in block.panels
        if panel.id == "ranks-fidelity"
    )
    # arf is made better than bayesian_network, and that than ctgan, by more than chance moves them.
    assert [row.label for row in plot.rows] == list(ARMS)
    assert [row.mean for row in plot.rows] == [1, 2, 3]
    assert not plot.groups
    assert any("arf is best on all 8 datasets" in text for text in texts(section))


def test_wins_are_told_beside_what_each_dataset_s_own_splits_tell(make):
    section = across_section([make(place) for place in (1, 2)])
    heads = [head.text for head in named(section, "standings-fidelity").heads[1:]]
    near = heads.index("Not told apart")
    rows = rows_of(named(section, "standings-fidelity"))
    # Made apart by 0.018 and by 0.13; splits move values by 0.006.
    assert rows["arf"][near] == "2"
    assert rows["ctgan"][near] == "0"


def test_measures_that_differ_are_compared_on_their_scale(make):
    declared = {"endpoints": {"fidelity": "c2st"}}
    section = across_section([make(1), make(2, objective=declared)])
    table = named(section, "scores-fidelity")
    assert "on its scale from 0 to 1" in table.caption
    assert "Hard to tell apart: nhanes" in table.caption
    shown = [[float(cell.text) for cell in row[1:]] for row in table.groups[0].rows]
    # On the scale more is better, and arf is made best.
    assert [row[1].details for row in table.groups[0].rows] == [("rank 1",), ("rank 1",)]
    summary = make(2, objective=declared)
    assert shown[1] == [
        pytest.approx(summary.score(arm, Quantity("c2st")).calibrated, abs=5e-4) for arm in ARMS
    ]


def test_runs_that_differ_in_their_seed_only_are_one_dataset(make):
    section = across_section([make(1), make(1, seed=7), make(2)])
    assert "over 2 datasets" in named(section, "standings-utility").caption
    alone = across_section([make(1), make(1, seed=7)])
    assert "these 2 runs are on 1 table" in texts(alone)[0]


def test_enough_datasets_are_tested_and_a_common_margin_gives_probabilities(make):
    objective = {"non_inferiority": 0.02}
    section = across_section([make(place, objective=objective) for place in range(8)])
    captions = [table.caption for table in tables(section)]
    assert any("Wilcoxon" in caption for caption in captions)
    assert any("differ over 8 datasets" in text for text in texts(section))
    posterior = next(t for t in tables(section) if "Benavoli" in t.caption)
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


def test_whether_one_generator_leads_in_all_families_comes_first(make):
    # arf is made the best likeness, and the one that copies.
    first, *_ = texts(across_section([make(place) for place in range(3)]))
    assert first.startswith("No single generator has the best mean rank in all families: ")
    assert "arf in fidelity (1.00)" in first
    assert "arf in privacy" not in first
    alone = [make(place, arms=("ctgan", "bayesian_network"), fail=["ctgan"]) for place in range(2)]
    first, *_ = texts(across_section(alone))
    assert first.startswith("bayesian_network has the best mean rank in all families.")
