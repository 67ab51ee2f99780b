"""What the methods say in cases that differ: a selector, augmentation, published reports."""

import re
from dataclasses import replace

import pytest
from pybtex.database import parse_string

from synthcraft.report.campaign import Campaign
from synthcraft.report.paper.bibliography import bibtex
from synthcraft.report.paper.checklist import AUTHOR, CHECKLISTS, checklist, counts
from synthcraft.report.paper.data import data, division
from synthcraft.report.paper.declared import analyses, policy
from synthcraft.report.paper.judging import measures, statistics
from synthcraft.report.paper.makers import augmentation
from synthcraft.report.paper.methods import methods
from synthcraft.report.paper.supplement import definitions
from synthcraft.report.paper.text import Cite, Part, Points, keys, latex, line, markdown
from synthcraft.report.paper.used import judging, measured, models
from synthcraft.report.pooled import Study
from synthcraft.report.summary import Summary
from synthcraft.report.write import compose
from synthcraft.results import load_run
from tests.conftest import ROOT
from tests.report.conftest import fabricate
from tests.report.policies import COPIES, under
from tests.report.test_analyses import with_estimates
from tests.report.test_selection import campaign


def told(*directories):
    runs = [load_run(directory) for directory in directories]
    summaries = [Summary(run) for run in runs]
    parts = (*methods(summaries, compose(runs)), *definitions(summaries))
    assert keys(parts) == set(parse_string(bibtex(keys(parts)), "bibtex").entries)
    return re.sub(r"\\(.)", r"\1", markdown(parts))


def of_one(tell, summary, **how):
    """What a part says of one run, as plain text."""
    text = markdown([Part("", tell(Study((summary,)), **how))])
    return re.sub(r"\\(.)", r"\1", text)


def asking(summary, **params):
    """The run as if its spec had asked for analyses."""
    spec = summary.run.spec
    one = {"estimand": {"plugin": "estimand", "params": params}}
    metrics = type(spec).model_validate({**spec.model_dump(mode="json"), "metrics": one}).metrics
    changed = spec.model_copy(update={"metrics": metrics})
    return Summary(replace(summary.run, spec=changed))


def silent(summary, *, keep=()):
    """The run as if no measure but these had had an answer."""

    def told(record):
        found = tuple(
            m if m.metric in keep else m.absent("why not", "not applicable")
            for m in record.measures
        )
        return replace(record, measures=found)

    return Summary(replace(summary.run, records=tuple(map(told, summary.run.records))))


def test_a_selector_is_told_with_its_source(tmp_path):
    text = told(campaign(tmp_path / "kg"))
    assert "chosen by the selector kg [@frazier2009] on" in text
    assert "holdout rows took no part in the choice" in text
    steps = len(Campaign(load_run(tmp_path / "kg")).steps)
    assert steps > 1 and f", by {steps} trials" in text
    assert "left out by the selector" in text
    assert "What it chose was then trained on all train rows" in text
    out_of_reach = {"limit": {"measure": "tstr.auroc", "at_least": 0.999}}
    nobody = told(campaign(tmp_path / "nobody", objective={"constraints": out_of_reach}))
    assert "Nothing that it chose has been judged on holdout rows." in nobody
    assert "trained on all train rows" not in nobody


@pytest.mark.parametrize(
    ("bundle", "wanted"),
    [
        ("paper_nhanes_augmentation", ["[@chawla2002]", "doses of 25 %", "imbalanced-learn"]),
        ("paper_tcga", ["Every ε of this run is void", "claimed by synthcity, not verified"]),
        ("quickstart", ["nhanes [@nhanes2018]", "[@kotelnikov2023]"]),
    ],
)
def test_published_runs_are_told(bundle, wanted):
    text = told(ROOT / "reports" / bundle)
    assert [words for words in wanted if words not in text] == []


def test_several_datasets_share_what_they_have_in_common():
    text = told(*sorted((ROOT / "reports/paper_datasets/runs").iterdir()))
    titles = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert sum(title.startswith("Data: ") for title in titles) == 8
    assert titles.count("Generators") == titles.count("Statistics") == 1
    assert "[@demsar2006; @benavoli2016; @friedman1937; @wilcoxon1945; @holm1979]" in text
    assert "192 of 192 trials" in text
    assert "exploratory" not in text  # several runs tell no differences of other measures
    assert "are exploratory, at" in told(ROOT / "reports/paper_nhanes")


def test_no_item_is_both_told_and_left_out():
    run = Summary(load_run(ROOT / "reports/paper_nhanes"))
    found = checklist([run])
    filled = counts(found.tripod)
    assert sum(filled.values()) == 52 and filled["author"] >= 20
    assert all(item.told or item.rest for item in (*found.tripod, *found.scorecard))
    assert all(item.rest == AUTHOR for item in found.tripod if item.number in ("17", "18a", "19"))
    assert {"collins2024", "zamzmi2025"} == CHECKLISTS


def test_text_of_users_is_no_markup_and_no_citation():
    nasty = line("[@holm1979] \\cite{x} *a* 50% & #1 aim@eps=1", Cite(("holm1979",)))
    part = Part("A_b", (nasty, Points((nasty,))))
    assert keys([part]) == {"holm1979"}
    shown = markdown([part])
    assert len(re.findall(r"(?<!\\)@", shown)) == 2  # our own, in the line and in the point
    assert latex([part]).count("\\cite{holm1979}") == 2
    assert "\\textbackslash{}cite\\{x\\}" in latex([part])


def test_what_had_no_answer_is_not_said_to_judge(whole):
    full = Summary(load_run(whole))
    kept = next(metric.name for metric in measured(full) if metric.family == "fidelity")
    assert len(judging(full)) > 5 and models(full)
    left = silent(full, keep=[kept])
    assert [metric.name for metric in measured(left)] == [kept]
    assert models(left) == ()
    judged, asked = of_one(measures, left).split("Asked for, and without a value on these data:")
    assert "AUROC" not in judged and "AUROC" in asked and asked.strip().endswith("why not.")
    (performance,) = (item for item in checklist([left]).tripod if item.number == "12e")
    assert performance.told == "" and performance.rest == AUTHOR


def test_a_risk_without_its_control_judges_nothing(whole):
    run = load_run(whole)

    def told(record):
        return replace(record, measures=tuple(m for m in record.measures if m.role != "excess"))

    summary = Summary(replace(run, records=tuple(map(told, run.records))))
    text = of_one(measures, summary)
    assert "Risks without a control, which judge nothing: " in text
    assert "- Privacy" not in text
    assert "excess" not in of_one(statistics, summary)
    assert "The excess of a risk" in of_one(statistics, Summary(run))


def test_one_generator_is_compared_with_none(whole, tmp_path):
    assert "Holm" in of_one(statistics, Summary(load_run(whole)))
    assert "exploratory" not in of_one(statistics, Summary(load_run(whole)), exploratory=False)
    alone = fabricate(tmp_path / "run", generators={"arf": {"plugin": "arf"}})
    text = of_one(statistics, Summary(load_run(alone)))
    assert "Nadeau" not in text and "[@nadeau2003]" in text
    assert "Holm" not in text and "exploratory" not in text


def test_declared_analyses_are_told_by_model_outcome_and_terms(whole):
    run = load_run(whole)
    assert of_one(analyses, Summary(run)).strip() == "##"
    target, column = run.table["target"], "age"
    crude = of_one(analyses, with_estimates(run, weighted=False))
    assert f"crude: logistic regression of {target} (" in crude
    assert "on every other column, each on its own." in crude and "[@raab2016]" in crude
    declared = {
        "risk": {"model": "logistic", "terms": ["age", "bmi"]},
        "level": {"model": "mean", "outcome": column},
        "ill": {"model": "mean"},
    }
    text = of_one(analyses, asking(with_estimates(run), analyses=declared, combine="reiter"))
    assert re.search(rf"- risk: logistic regression of {target} \(\w+\) on age and bmi\.\n", text)
    assert f"- level: mean of {column}." in text and f"- ill: share of {target} (" in text
    assert "[@reiter2003]" in text and "survey weights [@binder1983; @lohr2021]" in text


def test_a_release_policy_is_told_and_whether_it_was_there_first(whole):
    run = load_run(whole)
    assert of_one(policy, Summary(run)).strip() == "##"
    text = of_one(policy, under(run, copies=COPIES))
    assert (
        "were declared before any result. What would be released: the first table of arf." in text
    )
    assert "- copies: upper bound of the excess of copied rows ≤ 0.1." in text
    late = of_one(policy, under(run, copies=COPIES, header={}))
    assert "changed or declared after the run was started" in late
    assert "before any result" not in late
    gone = Summary(replace(run, header={**run.header, "release_policy": {"arm": "arf"}}))
    assert "which its spec no longer has" in of_one(policy, gone)


def test_a_trial_of_augmentation_tells_what_decides_on_gain_and_harm():
    run = Summary(load_run(ROOT / "reports/paper_nhanes_augmentation"))
    text = of_one(augmentation, run)
    assert "Controls: nothing added, other groups only, these groups only, weights" in text
    assert "trained with added rows (" in text and "decides in each of these groups" in text
    assert "corrected for the rows that splits share [@nadeau2003]" in text
    assert "over all generators and groups by Holm’s method [@holm1979]" in text
    assert "counts as shown where the interval of its change lies above −0.02." in text
    divided = of_one(division, run)
    assert "the rows added at the dose that decides were judged alone" in divided
    assert "as many rows as there were train rows" not in divided


def test_how_rows_were_divided_and_what_should_hold_in_each(whole):
    private = Summary(load_run(ROOT / "reports/paper_nhanes"))
    hashed = "3 times, each row by a keyed hash of itself, with about 30% held out."
    assert hashed in of_one(division, private)
    run = load_run(whole)
    assert "at random, stratified by outcome, with 30% held out." in of_one(division, Summary(run))
    for task, how in (("regression", "at random, with 30%"), ("survival", "stratified by event,")):
        other = replace(run, table={**run.table, "task": task})
        assert how in of_one(division, Summary(other))
    table = run.spec.dataset.model_copy(update={"rules": {"grown": "age >= 18"}})
    ruled = Summary(replace(run, spec=run.spec.model_copy(update={"dataset": table})))
    assert "Declared to hold in every row: grown (age >= 18)." in of_one(data, ruled)
    assert "Declared to hold" not in of_one(data, Summary(run))


def test_the_ends_of_each_scale_are_named():
    run = Summary(load_run(ROOT / "reports/paper_nhanes"))
    text = re.sub(r"\\(.)", r"\1", markdown(definitions([run])))
    lines = {
        found[1]: line for line in text.splitlines() if (found := re.search(r"\((\S+)\)", line))
    }
    assert (
        "Scale: 0 is a model that uses no feature, 1 is training on real rows."
        in lines["tstr.auroc"]
    )
    assert "Scale: 0 is no effect, 1 is train_copy." in lines["dcr_share"]
    assert "Scale" not in lines["choice_regret"]
