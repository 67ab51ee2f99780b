"""Small cells: nothing under 10 is told, and k of synthetic rows is nobody's risk."""

import pytest

from synthcraft.records import Measure
from synthcraft.report.release.cells import cells_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.conftest import NAMES
from tests.report.release.attacked import attacked, with_measures
from tests.report.release.reading import rows, tables, told

GROUPED, NUMERIC = NAMES[0], "sbp"


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def columns(summary):
    return {name: cells for (_, name), cells in rows(tables(cells_section(summary))[0]).items()}


def test_without_quasi_identifiers_it_says_what_to_declare(run):
    text = told(cells_section(Summary(run)))
    assert "No quasi-identifiers are declared" in text
    assert "dataset.quasi_identifiers" in text
    assert "replicated_uniques, correct_attribution and anonymity" in text
    assert tables(cells_section(Summary(run))) == []


def test_a_group_of_fewer_than_10_is_never_counted_out(run):
    declared = {"quasi_identifiers": [GROUPED, NUMERIC, "heart_attack"]}
    found = columns(with_measures(run, table=declared))
    smallest = {name: cells[2].text for name, cells in found.items()}
    assert smallest[GROUPED] == "fewer than 10"  # the journal has "<10" for one level
    assert smallest[NUMERIC] == "not in the journal"
    assert smallest["heart_attack"] == str(run.table["target_balance"]["Yes"])


def test_the_smallest_group_has_its_name(run):
    groups = {"groups": {GROUPED: {"b": 40, "a": 12, "c": 12}}, "quasi_identifiers": [GROUPED]}
    (cells,) = columns(with_measures(run, table=groups)).values()
    assert (cells[2].text, cells[2].details) == ("12", ("a",))


def test_replicated_uniques_stand_with_control_and_what_the_intruder_knows(run):
    excesses = {"replicated_uniques": {"arf": (0.1, 0.12, 0.14)}}
    section = cells_section(attacked(run, excesses, table={"quasi_identifiers": ["sbp"]}))
    _, risks, tried = tables(section)
    main, control, excess, _ = rows(risks)["Replicated uniques", "arf"]
    assert (main.text, control.text, excess.text) == ("0.296", "0.200", "0.120")
    assert "of the person: sbp" in str(rows(tried))
    assert "Not tried: correct_attribution" in told(section)


def test_k_is_described_and_said_to_be_nobodys_risk(run):
    one = Measure("k_anonymity", 1.0, n=630)
    section = cells_section(
        with_measures(run, one, arm="arf", table={"quasi_identifiers": ["sbp"]})
    )
    table = tables(section)[-1]
    assert "k = 1 is nobody’s risk" in table.caption
    assert "No decision may rest on it" in table.caption
    assert rows(table)["", "k-anonymity"][0].text == "1.000"
