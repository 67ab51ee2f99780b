"""Small cells: nothing under 10 is told, and k of synthetic rows is nobody's risk."""

from dataclasses import replace

import pytest

from synthcraft.records import Measure
from synthcraft.report.release.cells import RARE, cells_section, counted_cells
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


def test_the_smallest_told_cell_is_that_of_the_figures(run):
    declared = {"quasi_identifiers": [GROUPED, NUMERIC, "unheard"]}
    summary = with_measures(run, table=declared)
    found = columns(summary)
    for name in (GROUPED, NUMERIC):
        cells = counted_cells(summary, name)
        assert min(cells.values()) >= 10
        told = min((count, label) for label, count in cells.items() if label != RARE)
        assert found[name][2].text == str(told[0])
    assert found["unheard"][2].text == "not told"


def test_rare_levels_are_told_together_only(run):
    column = {"name": "c", "levels": ["a", "b"], "real": [40, 12, 21]}
    records = tuple(replace(r, summaries={"columns": [column]}) for r in run.records)
    told = with_measures(replace(run, records=records), table={"quasi_identifiers": ["c"]})
    (cells,) = columns(told).values()
    assert (cells[2].text, cells[2].details) == ("12", ("b", "rarer levels, pooled: 21 rows"))


def test_bins_are_told_with_their_edges(run):
    column = {"name": "c", "edges": [30.0, 60.0], "real": [10, 40, 12]}
    records = tuple(replace(r, summaries={"columns": [column]}) for r in run.records)
    summary = with_measures(replace(run, records=records))
    assert counted_cells(summary, "c") == {"under 30": 10, "30 to 60": 40, "from 60": 12}


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
