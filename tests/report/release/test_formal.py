"""Differential privacy as the report tells it, ledger and all; none is told plainly."""

import pytest

from synthcraft.report.document import Figure, flat
from synthcraft.report.privacy import private_section
from synthcraft.report.release.formal import formal_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.policies import COPIES, under
from tests.report.release.reading import tables, told


@pytest.fixture(scope="module")
def dp(private):
    return load_run(private)


def test_without_it_there_is_none(whole):
    text = told(formal_section(Summary(load_run(whole))))
    assert text.startswith("None.")
    assert "ε" not in text


def test_the_ledger_and_what_is_not_covered_are_those_of_the_report(dp):
    summary = Summary(dp)
    section = formal_section(summary)
    report = private_section(summary)
    assert tables(section) == tables(report)
    assert "No ε covers:" in told(section)
    assert not any(isinstance(block, Figure) for block in flat(section.blocks))


def test_a_table_without_a_guarantee_is_told_among_those_with_one(dp):
    assert "arf has no guarantee" in told(formal_section(under(dp, arm="arf", copies=COPIES)))
    named = formal_section(under(dp, arm="aim@eps=1", copies=COPIES))
    assert "has no guarantee" not in told(named)
