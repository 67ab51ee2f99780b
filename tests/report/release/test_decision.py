"""What the policy says, line by line; nothing passes without a policy."""

import pytest

from synthcraft.report.policy import lines
from synthcraft.report.release.decision import decided, decision_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.policies import COPIES, measured, under
from tests.report.release.reading import rows, tables, told


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


@pytest.mark.parametrize(
    ("values", "mark", "words"),
    [
        ((0.01, 0.02, 0.03), "✓ kept", "are met"),
        ((0.2, 0.3, 0.4), "✗ not kept", "are not met"),
        ((0.02, 0.02, 0.02), "? cannot be told", "cannot be told"),
    ],
)
def test_each_line_has_its_limit_its_number_and_its_answer(run, values, mark, words):
    summary = under(measured(run, "arf", values), copies=COPIES)
    section = decision_section(summary)
    ((limit, found, kept),) = rows(tables(section)[0]).values()
    (line,) = lines(summary)
    assert (limit.text, found.text) == (line.limit, line.found)
    assert (kept.text, kept.details) == (mark, (line.why,) if line.why else ())
    assert words in decided(summary)
    assert decided(summary) in told(section)


def test_a_broken_limit_does_not_hide_one_that_nobody_can_judge(run):
    some = measured(run, "arf", (0.2, 0.3, 0.4))
    summary = under(some, copies=COPIES, absent={"measure": "correct_attribution", "at_most": 0.1})
    assert sorted(line.status for line in lines(summary)) == ["fail", "unknown"]
    assert "of 2 limits, 1 is not kept, 1 cannot be judged." in decided(summary)


def test_without_a_policy_nothing_passes_or_fails(run):
    section = decision_section(Summary(run))
    assert "No policy was declared" in told(section)
    assert tables(section) == []


def test_all_generators_stand_side_by_side_where_none_was_named(run):
    text = told(decision_section(Summary(run)))
    assert "all stand side by side: arf, bayesian_network, ddpm, tvae and ctgan" in text
    assert "itself a look at real people" in text
    assert "This pack is about the synthetic rows of arf." in told(
        decision_section(under(run, arm="arf", copies=COPIES))
    )


def test_an_interrupted_run_decides_nothing(make_run, tmp_path):
    half = load_run(make_run(tmp_path / "half", stop_after=9))
    assert "The run is not complete (18 trials to go)" in told(decision_section(Summary(half)))


def test_what_no_limit_asks_is_said(run):
    some = measured(run, "arf", (0.01, 0.02, 0.03))
    linked = {"measure": "linkability", "at_most": 0.1}
    text = told(decision_section(under(some, copies=COPIES, linked=linked)))
    assert "No limit asks whether somebody can pick out a person, learn a secret or tell" in text
    spent = {"measure": "epsilon_total", "at_most": 1}
    assert "No limit asks" not in told(decision_section(under(some, copies=COPIES, spent=spent)))
    every = ("singling_out", "linkability", "attribute_inference", "mia_distance")
    all_four = {name: {"measure": name, "at_most": 0.1} for name in every}
    assert "No limit asks" not in told(decision_section(under(some, **all_four)))
