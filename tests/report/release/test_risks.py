"""The three risks and other attacks: the same numbers as the report, beside both yardsticks."""

from dataclasses import replace

import pytest

from synthcraft.records import Measure
from synthcraft.report.policy import released
from synthcraft.report.release.risks import measured, others_section, wp29_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import interval, number
from synthcraft.results import load_run
from tests.report.policies import COPIES, under
from tests.report.release.attacked import CONTROL, attacked, with_measures
from tests.report.release.reading import rows, tables, told

SINGLED = {"singling_out": {"arf": (0.1, 0.12, 0.14), "ctgan": (0.0, 0.01, -0.01)}}


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def test_each_risk_stands_with_control_excess_interval_and_n_beside_the_yardsticks(run):
    summary = attacked(run, SINGLED)
    found = rows(tables(wp29_section(summary))[0])
    main, control, excess, n = found["Singling out", "arf"]
    score = summary.score("arf", Quantity("singling_out", role="excess"))
    assert excess.text == number(score.estimate.mean) == "0.120"
    assert excess.details == (interval(score.estimate),)
    assert (main.text, control.text, n.text) == ("0.296", number(CONTROL), "200")
    assert found["Singling out", "yardstick: fresh real rows"][2].text == "0.000"
    assert found["Singling out", "yardstick: a copy of the train rows"][2].text == "0.910"


def test_the_arm_that_would_be_released_stands_alone(run):
    summary = attacked(under(run, arm="arf", copies=COPIES).run, SINGLED)
    assert released(summary).arm.id == "arf"
    names = [name for _, name in rows(tables(wp29_section(summary))[0])]
    assert names == ["arf", "yardstick: fresh real rows", "yardstick: a copy of the train rows"]


def test_every_secret_is_told_and_a_mean_over_one_is_not(run):
    one = [
        *(Measure("attribute_inference", 0.3, n=9, role=r) for r in ("main", "control", "excess")),
        *(
            Measure("attribute_inference", 0.3, n=9, role=r, column="hiv")
            for r in ("main", "control", "excess")
        ),
    ]
    more = [replace(m, column="income") for m in one[3:]]
    titles = {t for t, _ in rows(tables(wp29_section(with_measures(run, *one, arm="arf")))[0])}
    assert titles == {"Inferring a secret: hiv"}
    summary = with_measures(run, *one, *more, arm="arf")
    titles = {title for title, _ in rows(tables(wp29_section(summary))[0])}
    assert titles == {
        "Inferring a secret (mean over secrets)",
        "Inferring a secret: hiv",
        "Inferring a secret: income",
    }


def test_without_strangers_there_is_no_control_and_no_comfort(run):
    bare = Measure("singling_out", 0.3, 0.2, 0.4, 0.95, n=67, role="main")
    section = wp29_section(with_measures(run, bare, arm="arf"))
    (table, *_) = tables(section)
    assert "nobody can say how much of this is chance" in table.caption
    assert len(table.heads) == 3
    assert "on no others: no row was held out" in told(section)
    assert "(control)" not in section.blocks[0].text
    assert table.caption.startswith("Of the three risks: Singling out.")
    risk, n = rows(table)["Singling out", "arf"]
    assert (risk.text, n.text) == ("0.300", "67")


def test_what_was_not_tried_is_said_with_what_to_add(run):
    text = told(wp29_section(Summary(run)))
    assert "Not tried: singling_out, linkability and attribute_inference" in text
    assert "metrics of the spec" in text


def test_what_was_tried_in_vain_is_said_with_the_reason(run):
    absent = Measure("linkability", role="excess").absent("needs columns for two files")
    text = told(wp29_section(with_measures(run, absent, arm="arf")))
    assert "Linking two files: no value (needs columns for two files)." in text


def test_the_attackers_knowledge_is_that_of_the_run(run):
    values = {"linkability": SINGLED["singling_out"]}
    known = attacked(run, values, table={"quasi_identifiers": ["age", "bmi"]})
    (_, tried) = tables(wp29_section(known))
    assert "one with age and bmi, one with all other columns" in str(rows(tried))
    (_, tried) = tables(wp29_section(attacked(run, values)))
    assert "fixed by chance, as no quasi-identifiers are declared" in str(rows(tried))


def test_an_attack_that_does_not_notice_a_copy_is_marked(run):
    blind = {"linkability": {"arf": (0.0, 0.1, 0.2), "train_copy": (0.0, 0.3, -0.3)}}
    summary = attacked(run, blind)
    assert summary.informative(Quantity("linkability", role="excess")) == "no"
    (title, *_), *_ = rows(tables(wp29_section(summary))[0])
    assert title == "Linking two files – not informative here"


def test_other_attacks_stand_in_a_second_table(run):
    summary = attacked(run, {"mia_distance": {"arf": (0.1, 0.1, 0.2)}})
    titles = [title for title, _ in rows(tables(others_section(summary))[0])]
    assert list(dict.fromkeys(titles)) == [
        *("Copied rows", "Nearer to train rows", "Membership, by distance"),
    ]
    assert measured(summary, ["singling_out"]) == ()
