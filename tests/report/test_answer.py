"""The three sentences and the leaderboard, case by case, on fabricated runs."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft import shipped
from synthcraft.records import Measure
from synthcraft.report.answer import FEW_EVENTS, answer_section, best, limit, privacy
from synthcraft.report.answers import answers_section
from synthcraft.report.document import Bullets, Item, Paragraph, Table
from synthcraft.report.inference import differences, endpoints
from synthcraft.report.leaderboard import leaderboard_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import number, scored
from synthcraft.report.write import compose
from synthcraft.results import Run, SplitSize, load_run
from synthcraft.spec.read import read_file
from tests.report.conftest import PRIVATE, REFERENCES
from tests.report.test_verdict import changed, failing, values

ORDER = ["answer", "compared", "leaderboard", "found", "overview", "fidelity", "utility", "privacy"]


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return load_run(whole)


def only(summary: Summary, *arms: str) -> Summary:
    """The run as if only these generators had been tried."""
    plan = replace(summary.run.plan, arms=tuple(a for a in summary.run.plan.arms if a.id in arms))
    there = (*arms, *(reference.id for reference in plan.references))
    records = tuple(r for r in summary.run.records if r.trial.arm in there)
    return Summary(replace(summary.run, plan=plan, records=records))


def sentences(summary: Summary) -> tuple[Item, ...]:
    found = [b for b in answer_section(summary).blocks if isinstance(b, Bullets)]
    return found[0].items


def numbers(text: str) -> set[str]:
    """Those with three decimals; a lead is a difference with its sign turned."""
    return set(re.findall(r"\d+\.\d{3}", text))


def test_there_are_three_sentences_and_they_come_first(run):
    document = compose([run])
    ids = [section.id for section in document.sections]
    assert [name for name in ids if name in ORDER] == ORDER
    assert ids[0] == "answer"
    assert [item.lead for item in sentences(Summary(run))] == [
        "Best",
        "Privacy",
        "What limits this",
    ]
    for item in sentences(Summary(run)):
        assert item.text.endswith(".")
        assert item.text.count(". ") == 0
        assert item.text[0] == item.text[0].upper()


def test_without_a_declared_use_nobody_is_best_overall(run):
    """Each number of the sentence is that of the tables."""
    summary, told = Summary(run), best(Summary(run))
    assert told.startswith("No use was declared, so none is best overall: by fidelity, ")
    for family in ("fidelity", "utility"):
        quantity = endpoints(summary)[family]
        ranked = summary.ranked(quantity)
        assert f"{ranked[0][0].label} leads with {scored(ranked[0][1])}" in told
        beside = {
            "fidelity": [summary.score(name, quantity) for name in ("marginals", "train_copy")],
            "utility": [summary.score(ranked[0][0].arm.id, Quantity("trtr.auroc", quantity.model))],
        }
        for score in beside[family]:
            assert number(score.estimate.mean) in told.partition(f"by {family}, ")[2]
        gap = differences(summary, quantity)[ranked[1][0].arm.id].estimate
        assert f"{number(-gap.mean)} ({number(-gap.high)} to {number(-gap.low)})" in told
        behind = [d for d in differences(summary, quantity).values() if d.shown]
        assert len(behind) < len(ranked)
    assert "tvae" not in told  # failed in every trial


def test_who_is_told_apart_is_said_and_who_is_not(run):
    steady = {"arf": [0.9, 0.901, 0.9], "ddpm": [0.9, 0.9, 0.899]}
    steady |= {"bayesian_network": [0.5, 0.51, 0.5], "ctgan": [0.5, 0.51, 0.51]}
    told = best(changed(run, values("contingency_similarity", "value", steady)))
    assert "the leader is told apart from 2 of the 3 others, not from ddpm" in told
    assert "may be chance" not in told.split("; ")[0]
    alone = only(Summary(run), "arf")
    assert best(alone).startswith("Only arf was judged: by fidelity, pairs of columns, where ")
    assert ", arf reaches " in best(alone)
    assert "ahead" not in best(alone)
    two = only(changed(run, values("contingency_similarity", "value", steady)), "arf", "ctgan")
    assert "a paired test tells the two apart" in best(two)


def test_for_a_declared_use_the_score_decides(make_run, tmp_path):
    use = read_file(shipped.conf() / "objective" / "data_access.yaml")
    summary = Summary(load_run(make_run(tmp_path / "run", fail=["tvae"], objective=use)))
    told = best(summary)
    assert told.startswith("For “data access for exploration” bayesian_network scores highest, ")
    assert "ahead of ctgan" in told
    assert "the declared limits are broken by arf and ddpm" in told
    board = leaderboard_section(summary)
    table = next(block for block in board.blocks if isinstance(block, Table))
    ranks = {row[0].text: row[1] for row in table.groups[0].rows}
    assert [ranks[name].text for name in ("bayesian_network", "ctgan", "arf")] == ["1", "2", "—"]
    assert ranks["bayesian_network"].details == ("best",)
    assert numbers(told) <= numbers(str(board))


def test_where_all_break_the_limits_nobody_is_best(make_run, tmp_path):
    use = {"constraints": {"near": {"measure": "dcr_share", "at_most": -0.9}}}
    summary = Summary(load_run(make_run(tmp_path / "run", objective=use)))
    assert best(summary).startswith("For the declared use no generator keeps the declared limits.")


def test_one_split_claims_no_lead(make_run, tmp_path):
    summary = Summary(load_run(make_run(tmp_path / "run", design={"splits": 1})))
    assert "one split cannot tell whether the lead is real" in best(summary)
    assert "ahead" not in best(summary)
    assert limit(summary).startswith("One split cannot tell how far results vary; besides, ")
    rows = next(b for b in leaderboard_section(summary).blocks if isinstance(b, Table))
    assert "told apart" not in str(rows.groups)
    assert "indistinguishable" not in str(rows.groups)


def test_nothing_to_compare_is_an_alarm(make_run, tmp_path):
    names = ["arf", "bayesian_network", "ddpm", "tvae", "ctgan"]
    summary = Summary(load_run(make_run(tmp_path / "run", fail=names)))
    first, *_ = sentences(summary)
    assert (first.text, first.tone) == (
        "No generator produced a usable table: there is nothing to compare.",
        "alert",
    )
    assert leaderboard_section(summary) is None
    assert "failed in every trial" in limit(summary)


def test_an_interrupted_run_says_so_first(make_run, tmp_path):
    run = load_run(make_run(tmp_path / "run", stop_after=9))
    warning, *_ = answer_section(Summary(run)).blocks
    assert isinstance(warning, Paragraph)
    assert "not complete" in warning.text
    assert "known so far did not end" in limit(Summary(run))


# Privacy ----------------------------------------------------------------------------------------


def test_the_highest_upper_end_is_told_whoever_has_the_highest_mean(run):
    wide = {"arf": [0.1, 0.1, 0.11], "ddpm": [-0.2, 0.0, 0.2]}
    wide |= {"bayesian_network": [0.0, 0.01, 0.0], "ctgan": [0.0, 0.01, 0.0]}
    summary = changed(run, values("dcr_share", "excess", wide))
    risk = Quantity("dcr_share", role="excess")
    highest = max(s.estimate.high for _, s in summary.ranked(risk))
    told = privacy(summary)
    assert f"may be as high as {number(highest)}: " in told
    assert "the highest end of any interval, that of ddpm, 0.000" in told
    assert "an excess over fresh real rows is shown, or large, in" in told
    assert "nearer to train rows (arf)" in told


def test_no_excess_is_no_proof_and_no_interval_is_no_answer(run):
    def calm(measure: Measure, arm: str, split: int) -> Measure:
        if measure.role != "excess" or arm in REFERENCES:
            return measure
        return replace(measure, value=0.01 * (split - 1), low=None, high=None, level=None)

    told = privacy(changed(run, calm))
    assert "none of 2 measures of risk shows an excess over all splits, which is no proof" in told

    def agreeing(measure: Measure, arm: str, split: int) -> Measure:
        found = calm(measure, arm, 1)
        return replace(found, value=0.01) if found is not measure else measure

    told = privacy(changed(run, agreeing))
    assert "has no interval; its highest value is 0.010" in told
    assert "no measure of risk has an interval, so how far chance moves it is not known" in told
    assert "at most" not in told


def test_each_epsilon_is_told_for_what_it_is(private, make_run, tmp_path):
    told = privacy(Summary(load_run(private)))
    assert "each release of independent at ε 0.5, 1, 3 or 10, mst at" in told
    assert "the protection of dpgan at ε claimed 0.5, 1, 3 or 10 is claimed by synthcity" in told
    assert told.endswith("no other gives a formal guarantee (differential privacy).")
    void = PRIVATE | {"privacy": {"epsilons": [1], "rows": 1000, "noise": "seeded"}}
    told = privacy(Summary(load_run(make_run(tmp_path / "void", **void))))
    assert "no ε of this run holds (independent at ε void 1" in told
    assert "promises" not in told


def test_without_a_holdout_nothing_is_best_and_no_risk_is_bounded(run):
    def change(measure: Measure, arm: str, split: int) -> Measure:
        if measure.role == "main":
            return measure
        silent = replace(measure, value=None, low=None, high=None, level=None, n=None)
        return replace(silent, status="not_applicable", reason="no real row was held out")

    splits = tuple(SplitSize(k, 900, 0) for k in range(3))
    summary = Summary(replace(changed(run, change).run, splits=splits))
    assert best(summary) == "Which generator is best cannot be told: no row was held out."
    assert privacy(summary).startswith("Without held-out rows no risk has a control")
    assert limit(summary).startswith("No row was held out")
    assert numbers(privacy(summary)) == set()


# Limits -----------------------------------------------------------------------------------------


def test_limits_come_worst_first_and_the_rest_is_left_to_the_page(run):
    told = limit(Summary(run))
    assert told.startswith("3 splits give wide intervals")
    assert "besides, tvae failed in every trial; of 270 holdout rows about " in told
    once = failing(Summary(run), "arf", 1)
    assert "tvae failed in every trial, and arf failed in some trials" in limit(once)


def test_few_events_are_counted_by_share_of_the_holdout(run):
    def told(**counts: int | str) -> str:
        plain = replace(run, table={**run.table, "rows": 1000, "target_balance": counts})
        sizes = tuple(SplitSize(k, 700, 300) for k in range(6))
        plan = replace(run.plan, splits=6)
        return limit(Summary(replace(plain, plan=plan, splits=sizes)))

    least = FEW_EVENTS * 1000 // 300 + 1  # 334 of 1,000 are 100.2 of 300
    assert "rarer outcome" not in told(No=1000 - least, Yes=least)
    assert "of 300 holdout rows about 99 have the rarer outcome" in told(No=670, Yes=330)
    assert "about 99 have" in told(No=330, Yes=670)
    assert "so rare that its number is not told" in told(No=995, Yes="<10")


# The leaderboard without a declared use ---------------------------------------------------------


def cells(rows: Iterable, column: int) -> dict[str, tuple[str, str]]:
    return {row[0].text: (row[column].text, "".join(row[column].details[-1:])) for row in rows}


def test_each_family_has_its_own_ranks_and_marks(run):
    summary = Summary(run)
    board = leaderboard_section(summary)
    table = next(block for block in board.blocks if isinstance(block, Table))
    assert [head.text for head in table.heads] == ["Generator", "Fidelity", "Utility", "Privacy"]
    for column, quantity in enumerate(endpoints(summary).values(), 1):
        found = differences(summary, quantity)
        told = cells(table.groups[0].rows, column)
        ranked = summary.ranked(quantity)
        for place, (contender, score) in enumerate(ranked, 1):
            text, mark = told[contender.label]
            assert text == number(score.estimate.mean)
            shown = contender.arm.id in found and found[contender.arm.id].shown
            expected = "best" if place == 1 else "told apart" if shown else "≈ indistinguishable"
            assert mark.startswith(f"rank {place}, {expected}")
    assert "overall" not in str(table)


# Several runs -----------------------------------------------------------------------------------


def test_several_runs_have_an_answer_too(make_run, tmp_path):
    found = [
        Summary(load_run(make_run(tmp_path / str(seed), seed=seed, stop_after=stop)))
        for seed, stop in ((0, None), (1, None), (2, 20))
    ]
    (bullets,) = answers_section(found).blocks
    first, second, third = (item.text for item in bullets.items)
    assert first.startswith("These runs allow no ranks over datasets")
    highest = max(
        s.estimate.high or 0.0
        for summary in found
        for _, s in summary.ranked(Quantity("dcr_share", role="excess"))
    )
    assert f"may be as high as {number(highest)}: " in second
    assert third.startswith("Of 3 runs: ")
    assert "trials to go in 1" in third
    assert "few splits in 3" in third
