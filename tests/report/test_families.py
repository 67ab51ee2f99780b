"""The sections by family: what leads, what is folded, groups and rules."""

from dataclasses import replace

import pytest

from synthcraft.report.choice import overview, primary
from synthcraft.report.document import Document, Fold, Paragraph, Table, Terms
from synthcraft.report.families import (
    fidelity_section,
    privacy_section,
    utility_section,
)
from synthcraft.report.groups import groups_section
from synthcraft.report.plausibility import plausibility_section
from synthcraft.report.render import html, markdown
from synthcraft.report.sections import definitions_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def heads(table):
    return [head.about for head in table.heads]


def firsts(table):
    return {row[0].about: row for group in table.groups for row in group.rows}


def test_leading_measures_stand_in_the_table_and_all_others_in_a_fold(run):
    summary = Summary(run)
    section = fidelity_section(summary)
    lead = next(block for block in section.blocks if isinstance(block, Table))
    fold = next(block for block in section.blocks if isinstance(block, Fold))
    inside = {name for block in fold.blocks if isinstance(block, Table) for name in firsts(block)}
    shown = set(heads(lead)) | inside
    told = {q.metric for q in summary.family("fidelity")}
    assert told <= shown
    assert not set(heads(lead)) & inside


def test_the_other_sides_of_a_gap_are_not_listed_again(run):
    assert not [b for b in utility_section(Summary(run)).blocks if isinstance(b, Fold)]


def test_groups_are_compared_beside_the_model_trained_on_real_rows(run):
    section = groups_section(Summary(run))
    spreads = firsts(section.blocks[0])
    assert set(spreads) == {"demographic_parity"}
    assert spreads["demographic_parity"][1].text == "0.123"
    absent = next(b.text for b in section.blocks if isinstance(b, Paragraph))
    assert "Calibration slope" in absent
    assert "too few" in absent
    shares = next(b for b in section.blocks if "Share of rows" in getattr(b, "caption", ""))
    assert {row[1].text for group in shares.groups for row in group.rows} == {"0.250"}


def test_rules_stand_beside_what_the_holdout_shows(run):
    section = plausibility_section(Summary(run))
    (table,) = section.blocks
    assert [head.text for head in table.heads[:2]] == ["Rule", "Holdout rows"]
    rows = {row[0].text: row for group in table.groups for row in group.rows}
    assert set(rows) == {"any of them", "adults"}
    assert rows["adults"][1].text == "0.046"


def test_rules_are_judged_by_what_real_rows_break_too(run):
    summary = Summary(run)
    lead = primary(summary, "plausibility")
    assert lead is not None
    assert lead.metric == "rule_violations_excess"
    assert lead in overview(summary)
    table = plausibility_section(summary).blocks[0]
    assert "excess −0.046" in str(table)  # of a copy of the train rows: all rules kept


def test_several_p_values_have_no_mean(run):
    def told(splits):
        one = replace(run, plan=replace(run.plan, splits=splits))
        return "dcr_share_p" in str(privacy_section(Summary(one)))

    assert told(1)
    assert not told(3)


def test_without_rules_there_is_no_section(run):
    records = [
        replace(r, measures=tuple(m for m in r.measures if "violations" not in m.metric))
        for r in run.records
    ]
    assert plausibility_section(Summary(replace(run, records=tuple(records)))) is None


def test_every_name_in_a_table_leads_to_a_definition(run):
    summary = Summary(run)
    sections = (fidelity_section(summary), definitions_section([summary]))
    document = Document("t", "", sections)
    page = html(document, {p.id: "<svg/>" for b in sections[0].blocks for p in _panels(b)})
    terms = [b for fold in sections[1].blocks if isinstance(fold, Fold) for b in fold.blocks]
    defined = {term.name for block in terms if isinstance(block, Terms) for term in block.terms}
    assert {q.metric for q in summary.quantities if q.metric in summary.descriptors} == defined
    for name in ("ks_complement", "c2st"):
        assert f'popovertarget="about-{name}"' in page
        assert f'id="metric-{name}"' in page
    assert "When it misleads" in page
    assert "**Fidelity: " in markdown(document)


def _panels(block):
    return getattr(block, "panels", ())


def test_a_descriptive_measure_has_no_best(run):
    from synthcraft.report.tables import listing

    table = listing(Summary(run), [Quantity("floor.auroc", "prevalence")], "")
    # The generator of which every trial failed is told.
    assert {cell.tone for group in table.groups for row in group.rows for cell in row[1:]} == {
        "",
        "alert",
    }
