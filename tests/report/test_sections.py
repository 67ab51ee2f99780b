"""What the tables and captions of one run say, with some of its records changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft.records import Measure
from synthcraft.report.document import Document, Figure, Table
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.write import compose
from synthcraft.results import Run, load_run
from tests.report.test_verdict import changed, failing, values


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return load_run(whole)


def tables(document: Document, section: str) -> list[Table]:
    found = next(s for s in document.sections if s.id == section)
    return [block for block in found.blocks if isinstance(block, Table)]


def rows(table: Table) -> dict[str, list[str]]:
    """Each row's cells, with their small lines, by its head."""
    return {
        row[0].text: ["; ".join((cell.text, *cell.details)) for cell in row[1:]]
        for group in table.groups
        for row in group.rows
    }


def test_half_the_rows_get_no_scale_in_fidelity_and_the_caption_says_why(run):
    def halved(measure: Measure, arm: str, _: int) -> Measure:
        return replace(measure, n=measure.n // 2) if arm == "fresh_real" and measure.n else measure

    summary = changed(run, halved)
    pairs = Quantity("contingency_similarity")
    assert Summary(run).score("fresh_real", pairs).calibrated is not None
    assert summary.score("fresh_real", pairs).calibrated is None
    assert summary.score("arf", pairs).calibrated is not None
    assert summary.score("fresh_real", Quantity("dcr_share", role="excess")).calibrated is not None
    for section in ("overview", "fidelity"):
        (caption,) = [t.caption for t in tables(compose([summary.run]), section) if "↑" in repr(t)]
        assert "No scale in fidelity for fresh_real" in caption
        (plain,) = [t.caption for t in tables(compose([run]), section) if "↑" in repr(t)]
        assert "No scale in fidelity" not in plain


def test_a_zero_by_making_is_said_where_it_stands(run):
    halves = values("exact_match_rate", "excess", {"fresh_real": [0.0, 0.0, 0.0]})
    (table,) = tables(compose([changed(run, halves).run]), "privacy")
    assert "fresh_real is 0 by the way it is made" in table.caption
    assert "in: Copied rows." in table.caption
    (table,) = tables(compose([run]), "privacy")
    assert "by the way it is made" not in table.caption


def test_a_mean_over_fewer_splits_says_so(run):
    summary = failing(Summary(run), "arf", 1)
    (table,) = tables(compose([summary.run]), "overview")
    assert all("2 of 3 splits" in cell for cell in rows(table)["arf"])
    assert not any("of 3 splits" in cell for cell in rows(table)["ddpm"])


def test_the_bold_and_the_ringed_have_every_trial(run):
    easy = changed(run, values("contingency_similarity", "value", {"ddpm": [0.99, 0.99, 0.2]}))
    summary = failing(easy, "ddpm", 2)
    document = compose([summary.run])
    (table,) = tables(document, "overview")
    bold = {
        row[0].text for g in table.groups for row in g.rows if any(c.tone == "best" for c in row)
    }
    assert "ddpm" not in bold
    overview = next(s for s in document.sections if s.id == "overview")
    (figure,) = [block for block in overview.blocks if isinstance(block, Figure)]
    ringed = {point.label for point in figure.panels[0].plot.points if point.best}
    assert ringed
    assert "ddpm" not in ringed


def test_a_real_row_yardstick_of_a_group_tells_its_splits(run):
    """A group too small in one split has the real side over two of three."""

    def small(measure: Measure, _: str, split: int) -> Measure:
        if "=</svg>" not in measure.group or split != 1:
            return measure
        return replace(measure, value=None, status="not_applicable", reason="too few")

    def with_real(record):
        real = tuple(
            replace(m, metric="trtr.auroc") for m in record.measures if m.group and m.model
        )
        return replace(record, measures=record.measures + real)

    both = replace(run, records=tuple(map(with_real, run.records)))
    found = tables(compose([changed(both, small).run]), "groups")
    group = next(row for t in found for name, row in rows(t).items() if ": </svg>" in name)
    assert "2 of 3 splits" in group[0]


def test_the_real_side_is_that_of_the_fullest_arm_on_as_many_rows(run):
    summary = failing(Summary(run), "arf", 1)
    assert summary.fullest(Quantity("trtr.auroc", "boosting")) == "bayesian_network"
    for arm in ("arf", "bayesian_network", "ddpm", "ctgan", "marginals", "noise", "train_copy"):
        summary = failing(summary, arm, 1)

    def halved(measure: Measure, arm: str, _: int) -> Measure:
        return replace(measure, n=measure.n // 2) if arm == "fresh_real" and measure.n else measure

    assert changed(summary.run, halved).fullest(Quantity("trtr.auroc", "boosting")) == "arf"


def test_provenance_tells_what_a_resume_had_otherwise(run):
    start = run.provenance | {"source": "ab" * 32}
    other = start | {
        "started": "2026-01-03T00:00:00Z",
        "git": {"commit": "4567def", "dirty": False},
        "versions": {"numpy": "2.3.1", "torch": "2.13.0"},
    }
    resumed = replace(run, provenance=start, resumed=(start, other))
    (table,) = tables(compose([resumed]), "provenance")
    facts = {name: cells[0] for name, cells in rows(table).items()}
    assert facts["Source (sha256 of the modules that make numbers)"] == "ab" * 32
    assert facts["Resumed"] == "twice"
    changes = [text for name, text in facts.items() if name.startswith("Resumed ")]
    assert changes == ["Git commit 4567def; numpy 2.3.1"]


def test_provenance_tells_of_the_conversation_that_the_spec_came_from(run):
    talk = {
        "transcript_sha256": "ab" * 32,
        "spec_sha256": "cd" * 32,
        "models": ["a|b"],
        "turns": 4,
        "requests": 3,
        "tokens": 12345,
        "origins": {"said": 5, "default": 9},
        "edited": False,
    }
    told = replace(run, provenance=run.provenance | {"conversation": talk})
    facts = {n: c[0] for n, c in rows(tables(compose([told]), "provenance")[0]).items()}
    text = facts["Conversation that the spec came from"]
    assert text.startswith("4 messages with a|b (3 requests, 12,345 tokens); settings by origin: ")
    assert "9 default, 5 said; run as it was saved" in text
    by_rules = talk | {"models": [], "requests": 0, "tokens": 0, "turns": 1, "edited": True}
    told = replace(run, provenance=run.provenance | {"conversation": by_rules})
    facts = {n: c[0] for n, c in rows(tables(compose([told]), "provenance")[0]).items()}
    text = facts["Conversation that the spec came from"]
    assert text.startswith("1 message by rules, without a model; settings")
    assert "changed since it was saved" in text


def test_a_column_may_have_several_roles(run):
    target, other = run.table["target"], next(iter(run.table["columns"]))
    table = run.table | {"sensitive": [other], "quasi_identifiers": [other, target]}
    told = rows(tables(compose([replace(run, table=table)]), "data")[0])
    assert told[other][1] == "sensitive, quasi-identifier"
    assert told[target][1] == "outcome, quasi-identifier"
