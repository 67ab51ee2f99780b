"""The picture shows the numbers of the table, and says them."""

import pytest

from synthcraft.report.release import pack
from synthcraft.report.release.picture import attacks_figure
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run
from tests.report.policies import COPIES, under
from tests.report.release.attacked import attacked


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def test_each_attack_is_a_mark_with_its_interval_and_told_in_words(run):
    excesses = {
        "singling_out": {"arf": (0.10, 0.12, 0.14)},
        "linkability": {"arf": (0.0, 0.1, 0.2), "train_copy": (0.0, 0.3, -0.3)},
    }
    summary = attacked(under(run, arm="arf", copies=COPIES).run, excesses)
    (panel,) = attacks_figure(summary).panels
    first, second = panel.plot.marks
    estimate = summary.score("arf", Quantity("singling_out", role="excess")).estimate
    assert (first.value, first.low, first.high) == (estimate.mean, estimate.low, estimate.high)
    assert second.label == "Linking two files (blind)"
    assert panel.alt.startswith("arf: Singling out 0.120 (0.045 to 0.195); ")
    assert panel.plot.line.value == 0


def test_without_attacks_there_is_none(run):
    assert attacks_figure(Summary(run)) is None


def test_its_file_lies_where_the_markdown_looks_for_it(run):
    summary = attacked(
        under(run, arm="arf", copies=COPIES).run, {"singling_out": {"arf": (0.1, 0.12, 0.14)}}
    )
    files = pack.files(summary)
    assert "](figures/attacks-1.svg)" in files["release/release.md"]
    assert files["release/figures/attacks-1.svg"].startswith("<svg")
