"""What the methods say in cases that differ: a selector, augmentation, published reports."""

import re

import pytest
from pybtex.database import parse_string

from synthcraft.report.paper.bibliography import bibtex
from synthcraft.report.paper.checklist import AUTHOR, CHECKLISTS, checklist, counts
from synthcraft.report.paper.methods import methods
from synthcraft.report.paper.supplement import definitions
from synthcraft.report.paper.text import Cite, Part, Points, keys, latex, line, markdown
from synthcraft.report.summary import Summary
from synthcraft.report.write import compose
from synthcraft.results import load_run
from tests.conftest import ROOT
from tests.report.test_selection import campaign


def told(*directories):
    runs = [load_run(directory) for directory in directories]
    summaries = [Summary(run) for run in runs]
    parts = (*methods(summaries, compose(runs)), *definitions(summaries))
    assert keys(parts) == set(parse_string(bibtex(keys(parts)), "bibtex").entries)
    return re.sub(r"\\(.)", r"\1", markdown(parts))


def test_a_selector_is_told_with_its_source(tmp_path):
    text = told(campaign(tmp_path / "kg"))
    assert "chosen by the selector kg [@frazier2009] on" in text
    assert "holdout rows took no part in the choice" in text
    assert "left out by the selector" in text


@pytest.mark.parametrize(
    ("bundle", "wanted"),
    [
        ("paper_nhanes_augmentation", ["[@chawla2002]", "doses of 25 %", "imbalanced-learn"]),
        ("paper_tcga", ["Every ε of this run is void", "claimed by synthcity, not verified"]),
        ("quickstart", ["nhanes [@nhanes2018]", "[@kotelnikov2023]"]),
    ],
)
def test_published_runs_are_told(bundle, wanted):
    text = told(ROOT / "reports" / bundle)
    assert [words for words in wanted if words not in text] == []


def test_several_datasets_share_what_they_have_in_common():
    text = told(*sorted((ROOT / "reports/paper_datasets/runs").iterdir()))
    titles = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert sum(title.startswith("Data: ") for title in titles) == 8
    assert titles.count("Generators") == titles.count("Statistics") == 1
    assert "[@demsar2006; @benavoli2016; @friedman1937; @wilcoxon1945; @holm1979]" in text
    assert "192 of 192 trials" in text


def test_no_item_is_both_told_and_left_out():
    run = Summary(load_run(ROOT / "reports/paper_nhanes"))
    found = checklist([run])
    filled = counts(found.tripod)
    assert sum(filled.values()) == 52 and filled["author"] >= 20
    assert all(item.told or item.rest for item in (*found.tripod, *found.scorecard))
    assert all(item.rest == AUTHOR for item in found.tripod if item.number in ("17", "18a", "19"))
    assert {"collins2024", "zamzmi2025"} == CHECKLISTS


def test_text_of_users_is_no_markup_and_no_citation():
    nasty = line("[@holm1979] \\cite{x} *a* 50% & #1 aim@eps=1", Cite(("holm1979",)))
    part = Part("A_b", (nasty, Points((nasty,))))
    assert keys([part]) == {"holm1979"}
    shown = markdown([part])
    assert len(re.findall(r"(?<!\\)@", shown)) == 2  # our own, in the line and in the point
    assert latex([part]).count("\\cite{holm1979}") == 2
    assert "\\textbackslash{}cite\\{x\\}" in latex([part])
