"""The three sentences and the leaderboard, case by case, on fabricated runs."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from synthcraft import shipped
from synthcraft.data.describe import pool_small
from synthcraft.records import POOLED, Measure
from synthcraft.report.answer import FEW_EVENTS, answer_section, best, limit, privacy
from synthcraft.report.answers import answers_section
from synthcraft.report.campaign import Campaign
from synthcraft.report.compared import efforts
from synthcraft.report.document import Bullets, Item, Paragraph, Table
from synthcraft.report.inference import differences, endpoints
from synthcraft.report.leaderboard import leaderboard_section
from synthcraft.report.pooled import runs_named
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import number, scored
from synthcraft.report.write import compose
from synthcraft.results import Run, SplitSize, load_run
from synthcraft.spec.read import read_file
from synthcraft.spec.types import ConstraintSpec
from tests.report.conftest import PRIVATE, REFERENCES
from tests.report.test_selection import campaign
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


def test_the_leaderboard_tells_on_how_many_rows_it_rests(run):
    table = next(b for b in leaderboard_section(Summary(run)).blocks if isinstance(b, Table))
    counts = {head.text: head.details[-1] for head in table.heads[1:]}
    assert re.fullmatch(r"n = [\d,]+ to train on", counts["Utility"])  # all holdout rows test it
    assert re.fullmatch(r"n = [\d,]+", counts["Fidelity"])
    assert "Ranks are by the mean. ≈ marks " in table.caption


def test_marks_that_no_cell_has_are_not_explained(run):
    alone = leaderboard_section(only(Summary(run), "arf"))
    table = next(b for b in alone.blocks if isinstance(b, Table))
    assert "Ranks" not in table.caption
    assert "≈" not in table.caption


def test_for_a_declared_use_the_score_decides(make_run, tmp_path):
    use = read_file(shipped.conf() / "objective" / "data_access.yaml")
    summary = Summary(load_run(make_run(tmp_path / "run", fail=["tvae"], objective=use)))
    told = best(summary)
    assert told.startswith("For “data access for exploration” bayesian_network scores highest, ")
    assert "ahead of ctgan" in told
    assert told.endswith("the declared limits, judged by means, are broken by arf and ddpm.")
    board = leaderboard_section(summary)
    table = next(block for block in board.blocks if isinstance(block, Table))
    ranks = {row[0].text: row[1] for row in table.groups[0].rows}
    assert [ranks[name].text for name in ("bayesian_network", "ctgan", "arf")] == ["1", "2", "—"]
    assert ranks["bayesian_network"].details == ("best",)
    assert numbers(told) <= numbers(str(board))


def test_where_all_break_the_limits_nobody_is_best(make_run, tmp_path):
    use = {"constraints": {"near": {"measure": "dcr_share", "at_most": -0.9}}}
    summary = Summary(load_run(make_run(tmp_path / "run", objective=use)))
    told = "For the declared use no generator that can be scored keeps the declared limits. By "
    assert best(summary).startswith(told)


def test_who_lacks_a_trial_is_not_said_to_be_behind(make_run, tmp_path, run):
    """ddpm lacks the split that would have cost it its place: no mean of it is compared."""
    easy = values("contingency_similarity", "value", {"ddpm": [0.99, 0.98, 0.2]})
    told = best(failing(changed(run, easy), "ddpm", 2))
    assert "of the 2 others" in told
    assert told.count("; placed last for lack of a split or a trial: ddpm") == 2
    made = load_run(make_run(tmp_path / "run", objective={"use": "release"}))
    told = best(failing(changed(made, easy), "ddpm", 2))
    assert "of the 3 others" in told
    assert "; placed last for lack of a split or a trial: ddpm" in told
    alone = only(failing(changed(made, easy), "ddpm", 2), "arf", "ddpm")
    assert "the only one with a score; placed last for lack" in best(alone)
    assert "limits" not in best(alone)


def test_where_nobody_is_whole_a_lead_may_be_none(run):
    """As in the verdict: the best mean owes its place to a split that ddpm lacks."""
    scores = {"arf": [0.90, 0.90, 0.99], "ddpm": [0.92, 0.921, 0.5]}
    scores |= {"bayesian_network": [0.5, 0.51, 0.5], "ctgan": [0.5, 0.51, 0.51]}
    summary = changed(run, values("contingency_similarity", "value", scores))
    for arm in ("bayesian_network", "ctgan", "ddpm"):
        summary = failing(summary, arm, 2)
    seed = next(replace(r.trial, replicate=1) for r in summary.run.records if r.trial.arm == "arf")
    told = best(Summary(replace(summary.run, missing=(seed,))))
    assert re.search(r"0\.02\d \(0\.\d+ to 0\.\d+\) behind ddpm on the splits that both have", told)
    assert "none has all its trials, so means may rest on different splits" in told


def test_a_test_that_cannot_be_made_tells_nothing(run):
    """Lone values by split leave no error: not «told apart from none»."""
    flat = {"arf": [0.9] * 3, "ddpm": [0.8] * 3, "bayesian_network": [0.7] * 3, "ctgan": [0.6] * 3}
    told = best(changed(run, values("contingency_similarity", "value", flat)))
    assert "0.100 ahead of ddpm, and no paired test can be made, for splits give no error;" in told
    one = flat | {"ctgan": [0.6, 0.61, 0.6]}
    told = best(changed(run, values("contingency_similarity", "value", one)))
    assert "the leader is told apart from 1 of the 3 others, not from ddpm" in told
    assert "an interval allows for one; 2 cannot be tested)" in told


def test_an_interval_above_0_is_not_taken_for_a_test(run):
    """Holm pays for six pairs: the lead's own interval lies above 0, and nobody is told apart."""
    close = {"arf": [0.90, 0.91, 0.92], "ddpm": [0.883, 0.898, 0.907]}
    close |= {"bayesian_network": [0.90, 0.88, 0.90], "ctgan": [0.86, 0.91, 0.88]}
    summary = changed(run, values("contingency_similarity", "value", close))
    gap = differences(summary, Quantity("contingency_similarity"))["ddpm"]
    assert gap.estimate.high < 0
    assert not gap.shown
    told = best(summary)
    assert f"({number(-gap.estimate.high)} to {number(-gap.estimate.low)}) ahead of ddpm" in told
    assert "(Holm’s test; an interval allows for one), the leader is told apart from" in told
    assert "from none of the 3 others, so that its lead may be chance" in told


def test_of_a_loss_the_lower_leads(run):
    metrics = tuple(
        replace(m, direction="minimize", floor="", ceiling="", order=())
        if m.name == "contingency_similarity"
        else m
        for m in run.plan.metrics
    )
    falling = replace(run, plan=replace(run.plan, metrics=metrics))
    lower = {"arf": [0.1, 0.11, 0.1], "ddpm": [0.5, 0.52, 0.5]}
    lower |= {"bayesian_network": [0.6, 0.6, 0.61], "ctgan": [0.6, 0.62, 0.61]}
    told = best(changed(falling, values("contingency_similarity", "value", lower)))
    assert re.search(r"arf leads with 0\.103 .*?, 0\.403 \(0\.\d+ to 0\.\d+\) ahead of ddpm", told)
    assert "the leader is told apart from all of the 3 others" in told


def test_a_limit_that_only_a_mean_keeps_is_said_to_rest_on_it(make_run, tmp_path):
    """Broken, kept by the mean, kept by the whole interval; an interval on the limit keeps it."""
    made = load_run(make_run(tmp_path / "run", objective={"use": "release"}))
    wide = values("dcr_share", "excess", {"bayesian_network": [-0.1, 0.0, 0.1]})
    risk = Quantity("dcr_share", role="excess")
    score = changed(made, wide).score("bayesian_network", risk).estimate
    for most, kept in ((score.high - 0.001, False), (score.high, True)):
        near = {"near": ConstraintSpec(measure="dcr_share", at_most=most)}
        use = made.spec.objective.model_copy(update={"constraints": near})
        run = replace(made, spec=made.spec.model_copy(update={"objective": use}))
        summary = only(changed(run, wide), "bayesian_network")
        told = best(summary)
        assert "the only one with a score that keeps the declared limits" in told
        unsaid = "that bayesian_network keeps “near” rests on its mean, not on an interval"
        assert (unsaid in told) is not kept


def test_a_mean_without_an_interval_shows_no_limit_kept(make_run, tmp_path):
    use = {"constraints": {"near": {"measure": "dcr_share", "at_most": 0.5}}}
    made = load_run(make_run(tmp_path / "run", objective=use))
    agreed = changed(made, values("dcr_share", "excess", {"bayesian_network": [0.0] * 3}))
    told = best(only(agreed, "bayesian_network"))
    assert "that bayesian_network keeps “near” rests on its mean, not on an interval" in told


def test_what_was_not_measured_is_not_said_to_tell_nothing(run):
    def drop(names: tuple[str, ...]) -> Summary:
        records = tuple(
            replace(r, measures=tuple(m for m in r.measures if m.metric.startswith(names)))
            for r in run.records
        )
        return Summary(replace(run, records=records))

    told = best(drop(("dcr_share", "exact_match")))
    assert told == (
        "Which generator is best cannot be told: neither fidelity nor utility was measured."
    )
    told = best(drop(("trtr.", "c2st_auc")))  # neither ranks generators
    assert "no measure of fidelity or utility has a value that tells" in told
    assert privacy(drop(("trtr.",))).startswith("No risk was measured")


def test_one_split_claims_no_lead(make_run, tmp_path):
    summary = Summary(load_run(make_run(tmp_path / "run", design={"splits": 1})))
    assert "one split cannot tell whether the lead is real" in best(summary)
    assert "95% interval within a split" in best(summary)
    assert "ahead" not in best(summary)
    assert limit(summary).startswith("One split cannot tell how far results vary; besides, ")
    assert "wide intervals" not in limit(summary)
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
    assert "“nearer to train rows” (arf)" in told


def test_a_generator_without_an_interval_or_a_value_is_not_bounded(run):
    """Its mean is no upper end; what lacks a value is named, what failed is not its matter."""
    agreeing = {"arf": [0.1, 0.1, 0.11], "ddpm": [0.45] * 3, "bayesian_network": [0.0, 0.01, 0.0]}
    change = values("dcr_share", "excess", agreeing)

    def silent(measure: Measure, arm: str, split: int) -> Measure:
        if (arm, measure.metric, measure.role) != ("ctgan", "dcr_share", "excess"):
            return change(measure, arm, split)
        return replace(measure, value=None, status="not_applicable", reason="too few")

    summary = changed(run, silent)
    bounded = summary.score("arf", Quantity("dcr_share", role="excess")).estimate.high
    assert bounded < 0.45
    told = privacy(summary)
    assert f"may be as high as {number(bounded)}: the highest end of any interval, that of" in told
    assert "(without an interval: ddpm 0.450; without a value: ctgan)" in told
    several = answers_section([summary, summary]).blocks[0].items[1].text
    assert f"may be as high as {number(bounded)}: " in several
    assert "(2 of 6 values without an interval)" in several


def test_a_declared_risk_that_tells_nothing_does_not_decide(make_run, tmp_path):
    made = load_run(make_run(tmp_path / "run", objective={"endpoints": {"privacy": "dcr_share"}}))
    told = privacy(changed(made, values("dcr_share", "excess", {"train_copy": [0.0, 0.5, -0.5]})))
    assert told.startswith(
        "The declared risk tells nothing here; the first that does, “copied rows” (0: as fresh"
    )
    assert privacy(Summary(made)).startswith("The deciding risk, “nearer to train rows” (0: ")


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


@pytest.mark.parametrize(("default", "less"), [(50, False), (51, True)])
def test_only_less_than_the_default_is_low_effort(run, default, less):
    card = {"ctgan": {"effort": "n_iter", "defaults": {"n_iter": default}}}
    summary = Summary(replace(run, header={**run.header, "generators": card}))
    assert ("ctgan" in efforts(summary)) is less


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
    assert "about 30 have" in told(No=500, Yes=400, Never=0, Seldom=100)  # a level of no row


def test_an_outcome_too_rare_to_be_told_is_a_limit(run):
    """As the journal tells it: of 5 rows among 900 no number, and none of the others either."""
    shown, pool = pool_small(pd.Series(["No"] * 895 + ["Yes"] * 5, dtype="category"))
    assert (shown, pool) == ({}, 900)
    table = {**run.table, "rows": 900, "target_balance": {POOLED: pool}}
    assert "an outcome is so rare that its number is not told" in limit(
        Summary(replace(run, table=table))
    )


def test_a_choice_is_told_as_a_belief_and_limited_by_its_one_holdout(tmp_path):
    summary = Summary(load_run(campaign(tmp_path / "run", budget={"seconds": None, "pulls": 11})))
    winner = Campaign(summary.run).winner
    first, *_ = sentences(summary)
    assert first.text.startswith(f"Recommended for data access: {winner}, after 11 pulls")
    assert (
        "One holdout gives no interval; by what validation rows showed, the selector" in first.text
    )
    assert first.tone == ""
    assert limit(summary).startswith("One holdout judges, and another one would give other numbers")
    assert "one split" not in limit(summary)
    unmeasured = tuple(
        replace(r, measures=tuple(m for m in r.measures if m.metric != "dcr_share"))
        if r.trial.arm not in REFERENCES and r.trial.stage == "report"
        else r
        for r in summary.run.records
    )
    told = privacy(Summary(replace(summary.run, records=unmeasured)))
    assert "“copied rows”" in told
    records = tuple(
        replace(r, status="failed", phase="fit", reason="ValueError", measures=())
        if (r.trial.arm, r.trial.stage) == (winner, "report")
        else r
        for r in summary.run.records
    )
    doubted, *_ = sentences(Summary(replace(summary.run, records=records)))
    assert "but it has no score on the holdout" in doubted.text
    assert doubted.tone == "alert"


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


def test_who_is_alone_has_no_rank(run):
    board = leaderboard_section(only(Summary(run), "arf"))
    table = next(block for block in board.blocks if isinstance(block, Table))
    assert "rank 1" not in str(table.groups)


# Several runs -----------------------------------------------------------------------------------


def test_several_runs_have_an_answer_too(make_run, tmp_path):
    found = [
        Summary(load_run(make_run(tmp_path / str(seed), seed=seed, stop_after=stop)))
        for seed, stop in ((0, None), (1, None), (2, 20))
    ]
    (bullets,) = answers_section(found).blocks
    first, second, third = (item.text for item in bullets.items)
    assert first.startswith("No generator can be called best over all of these runs")
    highest, where = max(
        (s.estimate.high or 0.0, f"{c.label} on {name}")
        for summary, name in zip(found, runs_named(found), strict=True)
        for c, s in summary.ranked(Quantity("dcr_share", role="excess"))
    )
    assert f"may be as high as {number(highest)}: " in second
    assert f"that of {where}, “nearer to train rows”" in second
    assert third.startswith("Of 3 runs: ")
    assert "trials to go in 1" in third
    assert "few splits in 3" in third


def test_runs_without_a_risk_are_no_runs_without_an_excess(run):
    calm = changed(run, values("dcr_share", "excess", dict.fromkeys(("arf", "ddpm"), [0.0] * 3)))
    records = tuple(
        replace(r, measures=tuple(m for m in r.measures if m.metric.startswith("tstr")))
        for r in run.records
    )
    blind = Summary(replace(run, records=records))
    told = answers_section([calm, blind, blind]).blocks[0].items[1].text
    assert "of 1 run (2 more have no risk that tells anything)" in told
    told = answers_section([blind, blind]).blocks[0].items[1].text
    assert told.startswith("In no run has a risk a value that tells anything")
