"""Data card, model card and the two tables to fill in: all headings, nothing guessed."""

from dataclasses import replace

import pytest

from synthcraft.records import Measure
from synthcraft.report import tables as shown
from synthcraft.report.release.asked import MARK
from synthcraft.report.release.data_card import data_card
from synthcraft.report.release.frameworks import assessment_section, safes_section
from synthcraft.report.release.model_card import model_cards
from synthcraft.report.release.uncovered import uncovered_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run
from tests.report.policies import COPIES, under
from tests.report.release.attacked import attacked, with_measures
from tests.report.release.reading import rows, tables, told

FOUND = {"singling_out": {"arf": (0.10, 0.12, 0.14)}}


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


@pytest.fixture(scope="module")
def summary(run):
    return attacked(under(run, arm="arf", copies=COPIES).run, FOUND)


def test_the_data_card_has_the_headings_of_a_datasheet_and_asks(summary):
    card = {section.title: told(section) for section in data_card(summary)}
    assert list(card) == [
        "Motivation",
        "Composition",
        "Collection of the real data",
        "Preparing the data and making the rows",
        "Uses",
        "Distribution",
        "Maintenance",
    ]
    for heading in ("Motivation", "Collection of the real data", "Uses", "Distribution"):
        assert MARK in card[heading]
    assert "630 rows in each table" in card["Composition"]
    assert "13 rows without an outcome were left out." in card["Collection of the real data"]
    assert summary.run.plan.fingerprint in card["Collection of the real data"]
    assert "12 of 100, up to 20 not ruled out" in card["Distribution"].capitalize()


def test_a_range_that_was_not_declared_is_not_told(run):
    columns = {
        "found": {"type": "numeric", "low": None, "high": None, "missing": 0},
        "said": {"type": "numeric", "low": 20.0, "high": 80.0, "missing": "<10"},
    }
    composition = data_card(with_measures(run, table={"columns": columns}))[1]
    cells = {name: [c.text for c in row] for (_, name), row in rows(tables(composition)[0]).items()}
    assert cells["found"] == ["numeric", "—", "none"]
    assert cells["said"] == ["numeric", "20 to 80", "<10"]


def test_each_generator_has_a_model_card_with_every_heading(summary, run):
    assert [card.title for card in model_cards(summary)] == ["arf"]
    several = model_cards(Summary(run))
    assert [c.title for c in several] == ["arf", "bayesian_network", "ddpm", "tvae", "ctgan"]
    text = told(several[-1])
    for heading in (
        *("Model details", "Intended use", "Factors", "Metrics", "Evaluation data"),
        *("Training data", "Ethical considerations", "Caveats and recommendations"),
    ):
        assert f"{heading}. " in text
    assert "Settings other than the default: n_iter 50." in text
    assert "not CTGAN" in text
    assert "5 of 5" not in told(several[3])
    assert "3 of 3 trials did not succeed" in told(several[3])


def test_the_quantities_of_a_model_card_are_those_of_the_report(summary):
    overall = rows(tables(model_cards(summary)[0])[0])
    row = overall["", "AUROC, trained on synthetic rows (gradient boosting)"]
    arf = next(c for c in summary.generators if c.arm.id == "arf")
    assert row[0] == shown.plain(summary, arf, Quantity("tstr.auroc", "boosting"))
    assert row[2].text == "270"


def test_each_card_says_that_no_epsilon_covers_it(summary):
    assert "no ε covers" in told(data_card(summary)[5])
    assert "no ε covers" in told(model_cards(summary)[0])


def test_nothing_of_this_machine_is_told_of_a_file(run):
    arms = tuple(
        a if a.id != "arf" else type(a)("arf", "file", {"paths": ["/home/me/secret.csv"]})
        for a in run.plan.arms
    )
    header = {**run.header, "generators": {"file": {"family": "given"}}}
    given = replace(run, plan=replace(run.plan, arms=arms), header=header)
    summary = under(given, arm="arf", copies=COPIES)
    text = "\n".join(map(told, (*data_card(summary), *model_cards(summary))))
    assert "secret" not in text
    assert f"{MARK} with what, how and by whom the rows were made." in text


def test_the_five_safes_and_the_assessment_ask_in_every_row(summary):
    safes = rows(tables(safes_section(summary))[0])
    assert [name for _, name in safes] == ["Projects", "People", "Settings", "Data", "Outputs"]
    assessed = rows(tables(assessment_section(summary))[0])
    assert [name[:3] for _, name in assessed] == ["(a)", "(b)", "(c)", "(d)"]
    for _, (*_, left) in [*safes.items(), *assessed.items()]:
        assert left.text.startswith(MARK)
    assert "12 of 100, up to 20 not ruled out" in safes["", "Data"][0].text
    assert safes["", "People"][0].text == "Nothing."


def test_what_is_not_covered_names_what_was_not_tried(summary):
    text = told(uncovered_section(summary))
    assert "No result. Linking two files, inferring a secret and membership inference." in text
    assert "Stronger attackers" in text


def test_an_attack_without_a_value_is_told_with_its_reason(run):
    absent = Measure("linkability", role="excess").absent("the attack failed: guessing wins more")
    seen = Measure("linkability", 0.3, n=9, role="excess")
    some = with_measures(run, absent, Measure("linkability", 0.1, n=9, role="main"), arm="arf").run
    both = with_measures(some, seen, arm="train_copy")
    text = told(uncovered_section(both))
    assert "No value for arf. Linking two files – the attack failed: guessing wins more." in text


def test_how_many_rows_are_handed_over_is_told(summary):
    outputs = summary.run.spec.outputs.model_copy(update={"samples": 50})
    spec = summary.run.spec.model_copy(update={"outputs": outputs})
    some = Summary(replace(summary.run, spec=spec))
    assert "Sample. At most 50 rows of the first table" in told(data_card(some)[5])
    assert "At most" not in told(data_card(summary)[5])
