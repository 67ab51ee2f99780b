"""A few sentences: nothing beyond the numbers, no jargon."""

import re
from dataclasses import replace

import pytest

from synthcraft.privacy.ledger import Total
from synthcraft.report.release.model_card import model_cards
from synthcraft.report.release.plain import plain_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.conftest import PRIVATE, fabricate
from tests.report.policies import COPIES, measured, under
from tests.report.release.attacked import attacked
from tests.report.release.reading import rows, tables, told

JARGON = re.compile(r"\b(AUC|AUROC|excess|holdout|DOMIAS|quantile|train rows|ε|delta|CI)\b")
FOUND = {"singling_out": {"arf": (0.10, 0.12, 0.14)}}


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


@pytest.fixture(scope="module")
def dp(tmp_path_factory):
    privacy = PRIVATE["privacy"] | {"selection": "fixed", "release": "aim@eps=1"}
    folder = tmp_path_factory.mktemp("dp") / "run"
    return load_run(fabricate(folder, **PRIVATE | {"privacy": privacy}))


def one(run, **limits):
    """The run with a policy that names arf, attacked."""
    return attacked(under(run, arm="arf", **(limits or {"copies": COPIES})).run, FOUND)


def test_at_most_nine_sentences_without_jargon(run):
    text = told(plain_section(one(run)))
    sentences = re.split(r"[.:?!]\s", text.replace("\n", " "))
    assert 5 <= len(re.findall(r"[.?!](?:\s|$)", text)) <= 9, sentences
    assert JARGON.findall(text) == []


def test_the_numbers_are_those_of_the_run(run):
    text = told(plain_section(one(run)))
    assert "a table of 900 rows (each taken for a person)." in text
    assert "They were made by arf from 630 rows, 3 times over; the other 270 were kept" in text
    assert "it finds out without their data" in text
    # mean 0.12; 0.12 + 4.303 · 0.02 · √(1/3 + 3/7) = 0.195
    assert "the best attack came to 12 (trying to pick out a person;" in text
    assert "up to 20 cannot be ruled out" in text
    assert "Handing out the real rows would come to 91." in text
    assert "No mathematical guarantee limits" in text


def test_persons_are_counted_where_the_table_has_them(run):
    summary = attacked(run, FOUND, table={"persons": 300})
    assert "a table of 300 people." in told(plain_section(summary))


def test_several_tables_stand_in_a_table(run):
    excesses = {"singling_out": {"arf": (0.1, 0.12, 0.14), "ctgan": (0.0, 0.01, 0.02)}}
    section = plain_section(attacked(run, excesses))
    (table,) = tables(section)
    best = {name: [cell.text for cell in cells] for (_, name), cells in rows(table).items()}
    assert best["arf"][:3] == ["12", "20", "pick out a person"]
    assert best["ctgan"][0] == "1"
    assert "tvae" not in best  # it failed: no attack has a value
    assert "the table below tells" in told(section)


def test_an_attack_that_notices_no_copy_is_no_comfort(run):
    excesses = FOUND | {"linkability": {"arf": (0.0, 0.1, 0.2), "train_copy": (0.0, 0.3, -0.3)}}
    text = told(plain_section(attacked(under(run, copies=COPIES).run, excesses)))
    assert "(trying to link two files about a person tells nothing here" in text


def test_attacks_that_all_notice_no_copy_tell_nothing_of_how_far_they_came(run):
    blind = {"linkability": {"arf": (0.0, 0.1, 0.2), "train_copy": (0.0, 0.3, -0.3)}}
    text = told(plain_section(attacked(under(run, copies=COPIES).run, blind)))
    assert "none of them would have noticed a copy" in text
    assert "for want of strangers" not in text


def test_of_a_file_only_what_was_declared_is_told(run):
    text = told(plain_section(as_file(one(run))))
    assert "made elsewhere (arf), as we were told, from 630 rows" in text
    assert "the other 270 were not used and stand" in text
    cards = told(model_cards(as_file(one(run)))[0])
    assert "declared as not used for the rows; nobody checked that" in cards
    assert "neither model nor tuning" not in cards


def as_file(summary):
    """The run as if arf were a file."""
    plan = summary.run.plan
    arms = tuple(replace(a, params={"paths": ["a.csv"]}) if a.id == "arf" else a for a in plan.arms)
    header = {**summary.run.header, "generators": {"arf": {"family": "given"}}}
    return Summary(replace(summary.run, plan=replace(plan, arms=arms), header=header))


def test_without_any_attack_nothing_is_claimed(run):
    text = told(plain_section(Summary(run)))
    assert "nothing here speaks for or against them" in text
    assert "best attack" not in text


def test_without_strangers_chance_is_not_known(run):
    sizes = tuple(replace(size, train=900, holdout=0) for size in run.splits)
    summary = attacked(replace(run, splits=sizes), FOUND)
    mains = tuple(
        replace(r, measures=tuple(m for m in r.measures if m.role == "main"))
        for r in summary.run.records
    )
    text = told(plain_section(Summary(replace(summary.run, records=mains))))
    assert "nobody was kept apart" in text
    assert "is chance is not known, for want of strangers" in text
    assert "strangers’ rows it is" not in text


def test_copies_are_told_beside_those_of_strangers(run):
    some = measured(under(run, copies=COPIES).run, "arf", [0.031] * 3, role="main")
    text = told(plain_section(Summary(some)))
    assert "equal a row that was used: 3.1 in 100; for strangers’ rows it is 1.0 in 100." in text


def test_a_guarantee_is_told_with_its_factor_and_its_chance(dp):
    text = told(plain_section(Summary(dp)))
    assert "by a factor of 2.7 at most" in text  # e to the power of 1
    assert "a chance of 1 in 100,000" in text  # δ = min(10⁻⁵, 1 / (10 · 1,000))


def test_a_refuted_guarantee_is_not_told_as_one(dp, monkeypatch):
    from synthcraft.report.release import plain

    monkeypatch.setattr(plain, "refuted", lambda run: ("aim@eps=1",))
    text = told(plain_section(Summary(dp)))
    assert "an audit refutes it: do not rely on it" in text
    assert "by a factor of" not in text


def test_of_several_tables_a_guarantee_of_some_is_not_told_as_one_of_all(dp):
    open_choice = dp.spec.privacy.model_copy(update={"selection": None, "release": None})
    run = replace(dp, spec=dp.spec.model_copy(update={"privacy": open_choice}))
    text = told(plain_section(Summary(run)))
    assert "others have none, or one that nobody has verified" in text
    assert "by a factor of" not in text


def test_a_table_that_was_drawn_costs_all_fits_that_took_part(dp, monkeypatch):
    from synthcraft.report.release import plain

    privacy = dp.spec.privacy.model_copy(update={"selection": "private", "release": None})
    spec = dp.spec.model_copy(update={"privacy": privacy})
    ledger = type("Ledger", (), {"accounted": Total(3.0, 2e-4, 9)})()
    monkeypatch.setattr(plain, "ledger_of", lambda run: ledger)
    arms = [c for c in Summary(dp).generators if c.arm.id == "aim@eps=1"]
    assert plain._budget(Summary(replace(dp, spec=spec)), arms) == (3.0, 2e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"noise": "seeded"}, "is void here: none protects anybody"),
        ({"release": "dpgan@eps=1"}, "nobody has verified it: do not count on it"),
    ],
)
def test_a_guarantee_that_does_not_hold_is_none(dp, change, words):
    privacy = dp.spec.privacy.model_copy(update=change)
    changed = replace(dp, spec=dp.spec.model_copy(update={"privacy": privacy}))
    text = told(plain_section(Summary(changed)))
    assert words in text
    assert "by a factor of" not in text


def test_what_was_not_tried_is_not_left_out(run):
    text = told(plain_section(one(run)))
    assert (
        "they tried to pick out a person; whether they could link two files about a person, learn "
        "a secret or tell whether a person’s data had been used is not known." in text
    )
    every = ("singling_out", "linkability", "attribute_inference", "mia_distance")
    whole = told(plain_section(attacked(run, dict.fromkeys(every, FOUND["singling_out"]))))
    assert "is not known." not in whole.split("On a scale")[0]
