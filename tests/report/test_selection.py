"""What a report says of a choice: a campaign of fabricated trials, decided by the real policies."""

import csv
import math
from dataclasses import replace
from hashlib import sha256
from importlib import resources
from statistics import fmean

import numpy as np
import pytest

from synthcraft.cli.summary import summarise
from synthcraft.ids import digest
from synthcraft.journal import Journal
from synthcraft.records import Arm, Plan, Record, Trial
from synthcraft.report.campaign import Campaign, Opinion
from synthcraft.report.document import Figure, Fold, Table
from synthcraft.report.hindsight import DRAWN, POLICIES, hindsight
from synthcraft.report.objective import standings
from synthcraft.report.selection import fate, selection_sections, shaky, verdict_of
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.write import build, compose
from synthcraft.results import ledger_of, load_run
from synthcraft.select.campaign import make_selector, spent
from synthcraft.select.curves import replayed
from synthcraft.select.uses import USES
from synthcraft.spec.read import dump
from tests.browser import axe, needs_chromium
from tests.report.conftest import (
    METRICS,
    NAMES,
    PRIVATE,
    REFERENCES,
    arms_of,
    cohort,
    header,
    measures,
    spec_of,
    spends_of,
)
from tests.report.test_page import UNJUDGED

KG = {"plugin": "kg", "params": {"prior": "none"}}
SECONDS = {"arf": 1.0, "bayesian_network": 0.5, "ddpm": 6.0, "tvae": 3.0, "ctgan": 4.0}
EFFORTS = {"ctgan": (0.33, 1.0), "tvae": (0.33, 1.0)}


def plan_of(spec):
    arms = [
        replace(arm, rung=rung) for arm in arms_of(spec) for rung in EFFORTS.get(arm.label, (1.0,))
    ]
    return Plan(
        spec_id=spec.id,
        fingerprint=digest({"seed": spec.seed}),
        arms=tuple(arms),
        references=tuple(Arm(name, name) for name in REFERENCES),
        impossible={},
        splits=1,
        inner=spec.design.splits,
        replicates=spec.design.replicates,
        metrics=tuple(d for card in METRICS for d in card.measures_for("classification")),
    )


def ended(trial, plan, table, fails):
    arm = plan.arm(trial.arm)
    seconds = {"fit": SECONDS.get(arm.label, 0.2) * arm.rung, "evaluate": 0.25}
    if fails(trial):
        return Record(trial, "failed", "fit", "ValueError: <b>no</b> $x$", seconds=seconds)
    rng = np.random.default_rng([trial.split, *trial.id.encode()])
    found = measures(table, arm.label, n=90, rng=rng)
    if trial.stage in ("select", "confirm"):  # choosing flatters a little
        found = tuple(
            replace(m, value=m.value + 0.02) if m.metric == "tstr.auroc" and m.value else m
            for m in found
        )
    return Record(trial, "ok", measures=found, seconds=seconds, peak_mb=100.0)


def campaign(directory, *, fails=lambda _: False, stop_after=math.inf, **changes):
    """A run directory of a campaign, as the engine writes it."""
    directory.mkdir(parents=True)
    given = {
        "selector": KG,
        "design": {"splits": 4, "replicates": 2},
        "objective": {"use": "data access", "weights": {"fidelity": 3, "utility": 3, "privacy": 4}},
        "budget": {"seconds": 30},
    }
    spec = spec_of(NAMES, **(given | changes))
    plan, table = plan_of(spec), cohort(300, NAMES)
    selector = make_selector(spec, {})
    (directory / "spec.yaml").write_text(dump(spec), encoding="utf-8")
    with Journal(directory) as told:
        told.append("header", header(spec, plan, table))
        inner = [{"index": k, "train": 158, "holdout": 52} for k in range(plan.inner)]
        outer = [{"index": 0, "train": 210, "holdout": 90}]
        told.append("splits", {"splits": outer, "inner": inner})
        first = [Trial(arm.id, 0, 0, "reference") for arm in plan.references]
        history, written = [], 0
        while True:
            decision = selector.ask(plan, history, seed=0)
            asked = [trial.to_json() for trial in decision.trials]
            if decision.trials or decision.why:
                why = {"before": len(history), "trials": asked, "why": decision.why}
                told.append("round", why)
            for trial in (*first, *decision.trials):
                if written >= stop_after:
                    return directory
                record = ended(trial, plan, table, fails)
                if spends := spends_of(spec, plan, trial):
                    start = {"trial": trial.to_json(), "spends": [s.to_json() for s in spends]}
                    told.append("start", start)
                    record = replace(record, spends=spends)
                told.append("record", record.to_json())
                written += 1
                history += [record] if trial.stage != "reference" else []
            first = []
            if not decision.trials:
                told.append("end", {})
                return directory


@pytest.fixture(scope="module")
def by_kg(tmp_path_factory):
    return campaign(tmp_path_factory.mktemp("selection") / "kg")


@pytest.fixture(scope="module")
def by_uniform(tmp_path_factory):
    uniform = {"plugin": "uniform", "params": {"order": "cheap"}}
    budget = {"seconds": None, "pulls": 11}
    folder = tmp_path_factory.mktemp("selection") / "uniform"
    return campaign(folder, selector=uniform, budget=budget)


def blocks_of(sections):
    for section in sections:
        for block in section.blocks:
            yield block
            if isinstance(block, Fold):
                yield from block.blocks


def text_of(directory, tmp_path):
    index = build([directory], to=tmp_path / "out")
    return (index.parent / "report.md").read_text(encoding="utf-8").replace("\\", "")


# Facts of a campaign ----------------------------------------------------------------------------


def test_pulls_stand_in_the_order_of_the_decisions_and_their_seconds_add_up(by_kg):
    run = load_run(by_kg)
    found = Campaign(run)
    asked = [t for r in run.rounds for t in r.trials if t.stage in ("select", "confirm")]
    own = [t for t in asked if t.arm not in REFERENCES]
    assert [step.trial for step in found.steps] == own
    assert [step.number for step in found.steps] == list(range(1, len(own) + 1))
    clock = 0.0
    for step in found.steps:
        assert step.start == pytest.approx(clock)
        clock += step.seconds
    chosen = [r for r in run.records if r.trial in own]
    assert found.seconds == pytest.approx(spent(chosen))
    assert found.last["spent"] == pytest.approx(found.seconds, abs=1e-3)
    assert found.last["overshoot"] == pytest.approx(found.overshoot, abs=1e-3)


def test_scores_are_those_that_the_policy_was_told(by_kg):
    run = load_run(by_kg)
    found = Campaign(run)
    selector = make_selector(run.spec, {})
    order = [t.id for r in run.rounds for t in r.trials]
    history = sorted(
        (r for r in run.records if r.trial.id in order), key=lambda r: order.index(r.trial.id)
    )
    weights = [found.share[f] for f in ("fidelity", "utility", "privacy")]
    told = [pull.worth for pull in selector.pulls(run.plan, history, found.scales)]
    assert [step.score for step in found.steps] == pytest.approx(
        [float(np.dot(worth, weights)) for worth in told]
    )


def test_belief_is_weighted_over_independent_families(by_kg):
    run = load_run(by_kg)
    found = Campaign(run)
    why, belief = found.last, found.beliefs[-1]
    place = found.labels.index(found.winner)
    share = found.share
    mean = sum(w * why["means"][f][place] for f, w in share.items())
    sd = math.sqrt(sum((w * why["sds"][f][place]) ** 2 for f, w in share.items()))
    own = belief.opinions[found.winner]
    assert own.mean == pytest.approx(mean, abs=1e-3)  # the journal rounds to 4 digits
    assert own.sd == pytest.approx(sd, rel=1e-3)
    assert own.mean == max(o.mean for o in belief.opinions.values())
    assert sum(o.p_best for o in belief.opinions.values()) == pytest.approx(1, abs=1e-3)


def test_an_opinion_is_cut_where_no_score_can_lie():
    assert Opinion(0.9, 0.1, 0.5).interval == (pytest.approx(0.9 - 0.196), 1.0)
    assert Opinion(0.1, 0.1, 0.5).interval == (0.0, pytest.approx(0.296))


def test_optimism_is_validation_minus_holdout_of_the_same_fits(by_kg):
    found = Campaign(load_run(by_kg))
    own = found.optimism
    assert own.difference.mean == pytest.approx(own.validation - own.holdout)
    assert own.difference.splits == len(found.validation(found.winner))
    # 0.02 of AUROC, of which 0.32 span the scale (0.82 − 0.5), at the weight of utility; noise of
    # ±0.006 per measure moves it by less than 0.02.
    assert own.difference.mean == pytest.approx(0.3 * 0.02 / 0.32, abs=0.02)


def test_the_score_on_the_holdout_is_that_of_the_section_on_the_use(by_kg):
    summary = Summary(load_run(by_kg))
    found = Campaign(summary.run)
    scores = {s.contender.arm.label: s.judgement.score for s in standings(summary)}
    assert set(scores) == {found.winner, found.second}
    for name, score in scores.items():
        assert found.reported(name) == pytest.approx(score)


def test_hindsight_judges_each_recommendation_by_the_belief_at_the_end(by_kg):
    found = Campaign(load_run(by_kg))
    end = found.beliefs[-1].opinions
    best = max(end, key=lambda name: end[name].mean)
    assert len(found.looks) == len(found.decisions) == len(found.steps) + 1
    for look, decided in zip(found.looks, found.decisions, strict=True):
        assert look.label == (decided.why["best"] or "")
        assert look.pulls == decided.why["pulls"]
        used = sum(step.seconds for step in found.steps[: look.pulls])
        assert look.share == pytest.approx(used / found.last["sweep"])
        if look.label:
            assert look.regret == pytest.approx(end[best].mean - end[look.label].mean)
            # 40,000 draws: the ends of the middle 95 % are right to 0.002 (4 standard errors)
            rng = np.random.default_rng(0)
            drawn = {name: rng.normal(o.mean, o.sd, 40_000) for name, o in end.items()}
            lost = np.max(list(drawn.values()), axis=0) - drawn[look.label]
            assert [look.low, look.high] == pytest.approx(
                np.quantile(lost, [0.025, 0.975]), abs=2e-3
            )
        else:  # nobody: one drawn by lot
            mean = fmean(opinion.mean for opinion in end.values())
            assert (look.regret, look.low) == (pytest.approx(end[best].mean - mean), None)
    assert (found.looks[-1].label, found.looks[-1].regret) == (found.winner, 0)


def test_a_sweep_is_predicted_from_the_seconds_of_full_efforts(by_kg):
    """Five generators and four splits; the fabricated seconds are exact, a belief is close."""
    found = Campaign(load_run(by_kg))
    sweep = 4 * sum(SECONDS[name] + 0.25 for name in found.labels)
    assert found.last["sweep"] == pytest.approx(sweep, rel=0.35)


def test_a_journal_that_does_not_tell_a_sweep_has_no_line_of_its_own(by_kg):
    found = Campaign(load_run(by_kg))
    told = [replace(d, why={k: v for k, v in d.why.items() if k != "sweep"})
            for d in found.run.rounds]  # fmt: skip
    older = Campaign(replace(found.run, rounds=tuple(told)))
    assert older.looks == ()
    figure = hindsight(older)[0]
    assert [panel.id for panel in figure.panels] == ["replayed-regret"]


def test_the_replayed_curves_are_those_of_the_shipped_table():
    """Made anew by benchmarks/selector.py --curves whenever the recorded table changes."""
    folder = resources.files("synthcraft.select").joinpath("recorded")
    table = folder.joinpath("table.csv").read_bytes()
    curves = list(csv.DictReader(folder.joinpath("curves.csv").read_text().splitlines()))
    assert {row["table"] for row in curves} == {sha256(table).hexdigest()[:12]}
    names = {row["dataset"] for row in csv.DictReader(table.decode().splitlines())}
    assert {one.tables for one in replayed()} == {len(names)}
    assert {one.episodes for one in replayed()} == {24}
    assert all(one.low < one.regret < one.high for one in replayed())
    oracle = next(one.regret for one in replayed() if one.policy == "oracle")
    assert oracle == min(one.regret for one in replayed())
    assert set(POLICIES.values()) | set(DRAWN) <= {one.policy for one in replayed()}


# What the report's numbers rest on --------------------------------------------------------------


def test_numbers_of_the_report_are_of_reported_trials_only(by_kg):
    summary = Summary(load_run(by_kg))
    found = Campaign(summary.run)
    assert {c.arm.label for c in summary.generators} == {found.winner, found.second}
    auroc = Quantity("tstr.auroc", "boosting")
    own = [
        m.value
        for r in summary.run.of(found.winner)
        if r.trial.stage == "report"
        for m in r.measures
        if (m.metric, m.model, m.group) == ("tstr.auroc", "boosting", "")
    ]
    score = summary.score(found.winner, auroc)
    assert (len(own), score.estimate.splits, score.counted) == (2, 1, 2)
    assert score.estimate.mean == pytest.approx(fmean(own))
    copies = summary.score("train_copy", auroc)
    assert copies.counted == 1  # its trials on inner splits are scales of the choice only


def test_generators_that_were_left_out_have_not_failed(by_kg, tmp_path):
    summary = Summary(load_run(by_kg))
    found = Campaign(summary.run)
    left = [c.arm.label for c in summary.left_out]
    assert sorted([*left, found.winner, found.second]) == sorted(found.labels)
    text = text_of(by_kg, tmp_path)
    item = next(line for line in text.splitlines() if "Not trained on all train rows." in line)
    assert all(name in item for name in left) and "They have not failed" in item
    assert "did not succeed" not in text


def test_fates(by_kg):
    found = Campaign(load_run(by_kg))
    assert fate(found, found.winner) == "recommended"
    assert fate(found, found.second) == "runner-up"
    for name in set(found.labels) - {found.winner, found.second}:
        last = found.tried(name)[-1].number
        assert fate(found, name) == f"left out; its last pull was pull {last} of {len(found.steps)}"


def test_validation_numbers_stand_apart_from_those_of_the_holdout(by_kg):
    sections = selection_sections(Summary(load_run(by_kg)))
    evidence = next(b for b in sections[0].blocks if isinstance(b, Table))
    assert [group.title for group in evidence.groups] == [
        "Validation rows, by which it was chosen",
        "Holdout, same train rows and seeds",
        "Holdout, trained on all train rows",
    ]
    assert [len(group.rows) for group in evidence.groups] == [2, 1, 2]
    standing = next(b for b in sections[1].blocks if isinstance(b, Table))
    assert "no number of this table is from the holdout" in standing.caption


# What is read -----------------------------------------------------------------------------------


def test_a_report_leads_with_the_recommendation(by_kg, tmp_path):
    run = load_run(by_kg)
    found, text = Campaign(run), text_of(by_kg, tmp_path)
    first = next(line for line in text.split("## The answer")[1].splitlines() if line)
    assert first.startswith(f"- **Best.** {verdict_of(Summary(run))}")
    assert first.startswith(f"- **Best.** Recommended for data access: {found.winner}, after ")
    for words in (
        f"{found.winner}, for “data access”, chosen by kg among 5 generators.",
        "no fresh data",
        "is the best with probability",
        "Only these numbers are free of the choice",
        "conditional on this one holdout",
        "Optimism of choosing",
        "s of a budget of 30 s",
        "A pull trains one generator on one inner split",
        "The choice ended because",
        "learned fidelity, utility and privacy apart",
    ):
        assert words in text, words


def test_a_section_tells_how_the_choice_was_made(by_kg):
    sections = selection_sections(Summary(load_run(by_kg)))
    assert [s.id for s in sections] == ["choice", "how-chosen", "uses"]
    panels = [p for b in blocks_of(sections) if isinstance(b, Figure) for p in b.panels]
    names = ["choice-gantt", "choice-belief", "choice-best", "choice-regret"]
    names += ["choice-hindsight", "replayed-regret"]
    assert [panel.id for panel in panels] == names
    assert all(len(panel.alt) > 40 for panel in panels)
    found = Campaign(load_run(by_kg))
    every = next(b for b in blocks_of(sections) if isinstance(b, Table) and "Every" in b.caption)
    assert [row[0].text for row in every.groups[0].rows] == [str(s.number) for s in found.steps]


def test_other_uses_are_weighed_from_the_same_belief(by_kg):
    found = Campaign(load_run(by_kg))
    table = next(
        b for b in selection_sections(Summary(found.run))[2].blocks if isinstance(b, Table)
    )
    augmentation = next(use for use in USES if use.name == "augmentation")  # without limits
    row = next(r for r in table.groups[0].rows if r[0].text == "augmentation")
    fidelity, utility, _ = augmentation.weights
    means = found.last["means"]
    scores = {
        name: (fidelity * means["fidelity"][k] + utility * means["utility"][k])
        / (fidelity + utility)
        for k, name in enumerate(found.labels)
    }
    best = max(scores, key=scores.get)
    assert row[2].text == best
    assert float(row[3].text) == pytest.approx(scores[best], abs=6e-4)


def test_the_last_lines_of_a_run_tell_the_recommendation(by_kg):
    run = load_run(by_kg)
    lines = summarise(run).splitlines()
    assert verdict_of(Summary(run)) in lines
    assert any(line.startswith("optimism of choosing: ") for line in lines)
    assert sum("left out; its last pull" in line for line in lines) == 3


def test_a_report_is_rebuilt_byte_for_byte(by_kg, tmp_path):
    first, second = (build([by_kg], to=tmp_path / name).parent for name in "ab")
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert "figures/choice-gantt.svg" in map(str, files)
    assert all((first / f).read_bytes() == (second / f).read_bytes() for f in files)


def test_a_policy_without_a_belief_is_told_by_what_was_seen(by_uniform, tmp_path):
    found = Campaign(load_run(by_uniform))
    assert (found.beliefs, len(found.steps)) == ((), 11)
    text = text_of(by_uniform, tmp_path)
    assert "P(best)" not in text and "11 pulls took" in text
    assert "because the policy asked for nothing more" in text
    ids = [p.id for b in blocks_of(selection_sections(Summary(found.run)))
           if isinstance(b, Figure) for p in b.panels]  # fmt: skip
    assert ids == ["choice-gantt", "replayed-regret"]
    assert "This run's own line is missing" in text
    seen = {name: found.validated(name).mean for name in found.labels if found.validation(name)}
    assert found.winner == max(seen, key=seen.get)


def test_an_exhaustive_run_has_no_such_section(whole):
    summary = Summary(load_run(whole))
    assert selection_sections(summary) == () and summary.left_out == ()
    assert "Recommended" not in summarise(summary.run)


# What can go wrong ------------------------------------------------------------------------------


def test_an_interrupted_choice_recommends_nobody_yet(tmp_path):
    folder = campaign(tmp_path / "run", stop_after=len(REFERENCES) * 5 + 4)
    found = Campaign(load_run(folder))
    assert (found.over, found.winner, len(found.steps)) == (False, "", 4)
    text = text_of(folder, tmp_path)
    assert "Nobody is recommended: the choice is not complete, 4 pulls have ended." in text
    assert "not decided yet" in text


def test_where_every_pull_failed_nobody_is_recommended(tmp_path):
    folder = campaign(tmp_path / "run", fails=lambda trial: trial.arm not in REFERENCES)
    text = text_of(folder, tmp_path)
    assert "No generator is recommended: every generator that was tried failed." in text
    assert "<b>" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert shaky(Summary(load_run(folder)))


def test_a_winner_that_fails_on_all_train_rows_is_told_at_once(by_kg, tmp_path):
    winner = Campaign(load_run(by_kg)).winner
    folder = campaign(tmp_path / "run", fails=lambda t: (t.arm, t.stage) == (winner, "report"))
    summary = Summary(load_run(folder))
    found = Campaign(summary.run)
    assert found.winner == winner and found.reported(winner) is None and shaky(summary)
    text = text_of(folder, tmp_path)
    assert "but it has no score on the holdout" in text.split("### What came out")[0]
    assert f"Of {winner}, 2 of 2 trials did not succeed" in text


def with_spec(run, **changes):
    """The run as if its spec had said otherwise, after it was chosen."""
    return replace(run, spec=run.spec.model_copy(update=changes))


def test_a_runner_up_that_is_ahead_on_the_holdout_is_a_warning_with_its_doubt(by_kg, monkeypatch):
    summary = Summary(load_run(by_kg))
    winner = Campaign(summary.run).winner
    for lead, ahead in ((0.02, True), (0.005, False)):
        scores = {True: 0.5, False: 0.5 + lead}
        monkeypatch.setattr(Campaign, "reported", lambda _, name, s=scores: s[name == winner])
        told = "the runner-up is ahead; one holdout cannot tell how much of that is chance"
        assert (told in verdict_of(summary)) == ahead == shaky(summary)


def test_a_limit_that_the_winner_breaks_on_the_holdout_is_told_at_once(tmp_path):
    learnable = {"measure": "tstr.auroc", "at_least": 0.01}
    folder = campaign(tmp_path / "run", objective={"constraints": {"learnable": learnable}})
    run = load_run(folder)
    assert not shaky(Summary(run))
    limit = run.spec.objective.constraints["learnable"].model_copy(update={"at_least": 0.998})
    strict = run.spec.objective.model_copy(update={"constraints": {"learnable": limit}})
    broken = Summary(with_spec(run, objective=strict))
    assert shaky(broken)
    assert verdict_of(broken).endswith("breaks learnable.")


def test_where_nobody_is_known_to_keep_the_limits_the_likeliest_is_named(tmp_path):
    beyond = {"measure": "tstr.auroc", "at_least": 0.999}
    folder = campaign(tmp_path / "run", objective={"constraints": {"beyond": beyond}})
    found = Campaign(load_run(folder))
    assert not found.winner and shaky(Summary(found.run))
    kept = {name: opinion.kept for name, opinion in found.beliefs[-1].opinions.items()}
    tried = [name for name in kept if any(not step.failure for step in found.tried(name))]
    likeliest = max(tried, key=lambda name: kept[name])
    assert kept[likeliest] < 0.9
    told = f"known to keep the constraints; the likeliest is {likeliest}, with a probability of "
    text = text_of(folder, tmp_path)
    assert f"{told}{kept[likeliest]:.0%}" in text
    assert "P(keeps limits)" in text


def test_without_limits_nothing_is_told_of_keeping_them(by_kg, tmp_path):
    assert all(o.kept is None for o in Campaign(load_run(by_kg)).beliefs[-1].opinions.values())
    assert "P(keeps limits)" not in text_of(by_kg, tmp_path)


def test_an_overshoot_is_told(by_kg):
    run = load_run(by_kg)
    seconds = Campaign(run).seconds
    less = run.spec.budget.model_copy(update={"seconds": seconds - 1.5})
    late = Summary(with_spec(run, budget=less))
    assert Campaign(late.run).overshoot == pytest.approx(1.5)
    told = [i.text for b in blocks_of(selection_sections(late)) for i in getattr(b, "items", ())]
    assert any("The last one ended 1.5 s beyond it." in text for text in told)
    assert "the last pull ended 1.5 s beyond the budget" in summarise(late.run)


def test_pulls_of_private_generators_are_charged_though_they_are_left_out(tmp_path):
    folder = campaign(tmp_path / "run", **PRIVATE)
    run = load_run(folder)
    found, spent_fits = Campaign(run), ledger_of(run).accounted.fits
    ours = {a.label for a in run.plan.arms if a.epsilon is not None and a.plugin != "dpgan"}
    pulls = [step for step in found.steps if step.arm.label in ours]
    left = {step.arm.label for step in pulls} - {found.winner, found.second}
    assert left and spent_fits >= len(pulls)
    text = text_of(folder, tmp_path)
    assert "Not covered by any ε." in text
    assert "## Differential privacy" in text and f"The whole run, {spent_fits} fits" in text


def test_ranks_over_datasets_leave_chosen_runs_out(by_kg, whole):
    document = compose([load_run(by_kg), load_run(whole)])
    told = [b.text for s in document.sections for b in s.blocks if hasattr(b, "text")]
    assert any("a selector chose what" in text for text in told)


@pytest.mark.slow
@needs_chromium
def test_axe_finds_nothing_on_the_page_of_a_choice(by_kg, tmp_path):
    page = build([by_kg], to=tmp_path / "to").read_text()
    found = axe(page, tmp_path)
    assert found["violations"] == []
    assert {one["id"] for one in found["incomplete"]} <= UNJUDGED
