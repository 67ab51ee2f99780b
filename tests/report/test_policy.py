import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.cli.summary import summarise
from synthcraft.privacy.audit import Bound, Event, unplayed
from synthcraft.records import Selection
from synthcraft.report.policy import lines, passes, released, unreleased
from synthcraft.report.release.decision import decided
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import load_run
from synthcraft.spec.types import AuditSpec
from tests.conftest import ROOT
from tests.report.conftest import PRIVATE, fabricate
from tests.report.policies import COPIES, measured, under
from tests.report.release.attacked import attacked, sides, with_measures


@pytest.fixture(scope="module")
def run(whole):
    """Three splits; tvae fails in each."""
    return load_run(whole)


@pytest.fixture(scope="module")
def dp(tmp_path_factory):
    """Private arms, of which the spec fixes aim at ε 1 before the run."""
    fixed = {"epsilons": [1, 3], "selection": "fixed", "release": "aim@eps=1"}
    privacy = PRIVATE["privacy"] | fixed
    folder = tmp_path_factory.mktemp("dp") / "run"
    return load_run(fabricate(folder, **PRIVATE | {"privacy": privacy}))


def line(summary):
    (found,) = lines(summary)
    return found


# What passes -------------------------------------------------------------------------------------


def test_a_bound_below_the_limit_passes(run):
    # mean 0.02, s = 0.01, J = 3, ratio 3/7: half = 4.303 · 0.01 · √(1/3 + 3/7) = 0.0376
    summary = under(measured(run, "arf", [0.01, 0.02, 0.03]), copies=COPIES)
    found = line(summary)
    assert (found.status, found.why) == ("pass", "")
    assert found.label == "copies"
    assert found.limit == "upper bound of the excess of copied rows ≤ 0.1"
    assert found.found == "0.020 (95% interval −0.018 to 0.058), n = 270"
    assert passes(summary)


def test_names_keep_their_hyphens_and_numbers_get_a_minus(run):
    assert lines(under(run, a={"measure": "missingness", "at_least": 0.5}))[0].limit == (
        "lower bound of missing-value rates ≥ 0.5"
    )
    assert lines(under(run, a=COPIES | {"at_most": -0.5}))[0].limit.endswith("≤ −0.5")


def test_a_limit_is_kept_by_what_equals_it(run):
    bound = 0.02 + 4.302653 * 0.01 * math.sqrt(1 / 3 + 3 / 7)
    some = measured(run, "arf", [0.01, 0.02, 0.03])
    assert passes(under(some, copies=COPIES | {"at_most": bound + 1e-6}))
    assert not passes(under(some, copies=COPIES | {"at_most": bound - 1e-6}))


def test_without_an_interval_the_mean_alone_passes_only_where_that_was_declared(run):
    same = measured(run, "arf", [0.0, 0.0, 0.0])
    found = line(under(same, copies=COPIES))
    assert (found.status, found.why) == ("unknown", "all splits agree: no interval")
    assert passes(under(same, copies=COPIES | {"by": "mean"}))
    within = measured(run, "arf", [0.0, 0.0, 0.0], half=0.05)
    assert passes(under(within, copies=COPIES))  # each split has an interval of its own


def test_of_more_is_better_the_lower_bound_decides(run):
    values = {"tstr": [0.74, 0.75, 0.76]}  # half 0.038
    some = measured(run, "arf", values["tstr"], metric="ks_complement", role="value")
    kept = {"measure": "ks_complement", "at_least": 0.7}
    assert line(under(some, a=kept)).limit == "lower bound of numeric columns ≥ 0.7"
    assert passes(under(some, a=kept))
    assert line(under(some, a=kept | {"at_least": 0.73})).status == "fail"


def test_each_model_must_keep_the_limit_unless_one_is_named(run):
    limit = {"measure": "tstr.auroc", "at_least": 0.5}
    both = line(under(run, use=limit))
    assert "boosting: " in both.found
    assert "logistic: " in both.found
    best = line(under(run, use=limit | {"model": "boosting"}))
    assert ":" not in best.found.split("(")[0]
    absent = line(under(run, use=limit | {"model": "forest"}))
    assert absent.status == "unknown"
    assert "only boosting and logistic" in absent.why


@pytest.mark.parametrize(("end", "by"), [("value", "mean"), ("high", "bound")])
def test_what_is_no_number_passes_nothing(run, end, by):
    """One split, so that the measure's own interval is what is judged."""
    limit = COPIES | {"by": by}
    first = replace(
        run,
        plan=replace(run.plan, splits=1),
        splits=run.splits[:1],
        records=tuple(r for r in run.records if r.trial.split == 0),
    )
    some = measured(first, "arf", [0.01], half=0.02)
    assert passes(under(some, copies=limit))
    records = tuple(
        replace(r, measures=(*r.measures[:-1], replace(r.measures[-1], **{end: math.nan})))
        if r.trial.arm == "arf"
        else r
        for r in some.records
    )
    assert line(under(replace(some, records=records), copies=limit)).status == "fail"


def test_each_secret_must_keep_the_limit_not_only_their_mean(run):
    """Two secrets at excess 0.0 and 0.16: their mean, 0.08, would pass."""
    sides = {
        "": {"arf": (0.07, 0.08, 0.09)},
        "hiv": {"arf": (0.15, 0.16, 0.17)},
        "outcome": {"arf": (-0.01, 0.0, 0.01)},
    }
    plain = attacked(run, {"attribute_inference": sides[""]}).run
    for column in ("hiv", "outcome"):
        plain = attacked(plain, {"attribute_inference": sides[column]}, column=column).run
    limit = {"measure": "attribute_inference", "at_most": 0.15}
    found = line(under(plain, secrets=limit))
    assert found.status == "fail"
    assert found.why.startswith("hiv: ")
    assert found.found.startswith("0.080 (95% interval 0.042 to 0.118), n = 200; hiv: 0.160 (")
    assert passes(under(plain, secrets=limit | {"at_most": 0.17}))  # below the bound of hiv


def test_a_group_alone_breaks_no_limit(run):
    """The pack tells groups; most are too small to be judged (docs/adr/0023)."""
    low = attacked(run, {"linkability": {"arf": (0.0, 0.01, 0.02)}}).run
    some = with_measures(low, *sides("linkability", 0.5, group="sex=f"), arm="arf")
    assert passes(under(some.run, links={"measure": "linkability", "at_most": 0.2}))


def of_a_file(run, rows):
    """The run as if arf were a file of so many rows."""
    header = {**run.header, "generators": {"arf": {"family": "given"}}}
    records = tuple(
        replace(r, summaries={**r.summaries, "rows": {"real": 900, "synthetic": rows}})
        if r.trial.arm == "arf"
        else r
        for r in run.records
    )
    plan = replace(
        run.plan,
        arms=tuple(
            replace(arm, params={"paths": ["a.csv"]}) if arm.id == "arf" else arm
            for arm in run.plan.arms
        ),
    )
    return replace(run, header=header, plan=plan, records=records)


def test_a_file_of_few_rows_shows_little_of_a_mean_over_many_people(run):
    """60 copied rows of 630 people: a tenth of what a whole copy reaches, under the limit."""
    low = {"linkability": {"arf": (0.08, 0.09, 0.1)}}
    limit = {"measure": "linkability", "at_most": 0.2}
    copy = 0.91 * 60 / 630  # the mean of a whole copy's excess, by the share of its rows
    found = line(under(of_a_file(attacked(run, low).run, 60), links=limit))
    assert (found.status, f"about {copy:.3f}" in found.why) == ("unknown", True)
    assert passes(under(of_a_file(attacked(run, low).run, 630), links=limit))
    assert passes(under(attacked(run, low).run, links=limit))
    # Copies of as many rows as the file has are what it is compared with where the spec says so.
    design = run.spec.design.model_copy(update={"synthetic_rows": 60})
    alike = replace(run, spec=run.spec.model_copy(update={"design": design}))
    assert passes(under(of_a_file(attacked(alike, low).run, 60), links=limit))
    # A share of the synthetic rows themselves is not thinned.
    some = of_a_file(measured(run, "arf", [0.01, 0.02, 0.03]), 60)
    assert passes(under(some, copies=COPIES))


# What fails --------------------------------------------------------------------------------------


def test_a_value_beyond_the_limit_fails_and_a_bound_beyond_it_too(run):
    value = line(under(measured(run, "arf", [0.2, 0.21, 0.22]), copies=COPIES))
    assert (value.status, value.why) == ("fail", "the value itself breaks the limit")
    bound = line(under(measured(run, "arf", [0.0, 0.05, 0.1]), copies=COPIES))
    assert bound.status == "fail"
    assert "its interval does not" in bound.why


def test_the_very_table_that_would_be_released_must_keep_the_limit(run):
    mean = COPIES | {"by": "mean"}
    found = line(under(measured(run, "arf", [0.15, 0.0, 0.03]), copies=mean))
    assert found.status == "fail"
    assert found.why == "the table that would be released breaks it, with 0.150"
    assert passes(under(measured(run, "arf", [0.0, 0.15, 0.03]), copies=mean))


# What cannot be told -----------------------------------------------------------------------------


def test_a_failed_trial_keeps_a_limit_from_passing_but_not_from_failing(run):
    def without(values):
        some = measured(run, "arf", values)
        records = tuple(
            replace(r, status="failed", measures=()) if (r.trial.arm, r.trial.split) == ("arf", 2)
            else r
            for r in some.records
        )  # fmt: skip
        return line(under(replace(some, records=records), copies=COPIES | {"by": "mean"}))

    kept = without([0.0, 0.01, 0.02])
    assert kept.status == "unknown"
    assert "2 of 3 splits" in kept.why
    assert without([0.2, 0.3, 0.02]).status == "fail"


def test_a_generator_that_always_failed_has_no_table(run):
    found = lines(under(run, arm="tvae", copies=COPIES))
    assert [one.status for one in found] == ["unknown", "unknown"]
    assert found[0].label == "table"
    assert "failed in fit" in found[0].why


def test_a_limit_that_a_copy_of_the_train_rows_would_keep_tells_nothing(run):
    blind = measured(measured(run, "arf", [0.0, 0.01, 0.02]), "train_copy", [0.02, 0.03, 0.04])
    found = line(under(blind, copies=COPIES))
    assert found.status == "unknown"
    assert "informative" in found.why or "copy of the train rows" in found.why
    mild = measured(measured(run, "arf", [0.0, 0.01, 0.02]), "train_copy", [0.4, 0.41, 0.42])
    assert passes(under(mild, copies=COPIES))
    assert not passes(under(mild, copies=COPIES | {"at_most": 0.5}))


def test_without_a_copy_nobody_knows_whether_the_attack_sees_one(run):
    some = measured(run, "arf", [0.0, 0.01, 0.02])
    records = tuple(r for r in some.records if r.trial.arm != "train_copy")
    found = line(under(replace(some, records=records), copies=COPIES))
    assert found.status == "unknown"
    assert found.why == "it is not known what a copy of the train rows would have had"


def test_a_measure_that_is_not_informative_here_passes_nothing(run):
    wide = measured(run, "train_copy", [-0.5, 0.2, 1.0])
    found = line(under(measured(wide, "arf", [0.0, 0.01, 0.02]), copies=COPIES))
    assert (found.status, found.why) == (
        "unknown",
        "the measure is not informative on these data",
    )


def test_without_a_control_there_is_no_excess(run):
    records = tuple(
        replace(r, measures=tuple(m for m in r.measures if m.role not in ("excess", "control")))
        for r in run.records
    )
    found = line(under(replace(run, records=records), copies=COPIES))
    assert found.status == "unknown"
    assert "without holdout rows there is no control" in found.why


def test_a_missing_measure_is_told(run):
    found = line(under(run, a={"measure": "linkability", "at_most": 0.1}))
    assert (found.status, found.why) == ("unknown", "not measured of arf")


def test_an_interrupted_run_tells_nothing(run):
    some = replace(measured(run, "arf", [0.0, 0.01, 0.02]), complete=False)
    found = line(under(some, copies=COPIES))
    assert (found.status, found.why, found.found) == ("unknown", "the run is not complete", "")


def test_one_split_is_told_by_its_own_interval_or_not_at_all(run):
    one = replace(
        run,
        plan=replace(run.plan, splits=1),
        splits=run.splits[:1],
        records=tuple(r for r in run.records if r.trial.split == 0),
    )
    bare = line(under(measured(one, "arf", [0.01]), copies=COPIES))
    assert (bare.status, bare.why) == ("unknown", "one split gives no interval")
    assert passes(under(measured(one, "arf", [0.01], half=0.02), copies=COPIES))
    assert not passes(under(measured(one, "arf", [0.01], half=0.2), copies=COPIES))


@pytest.mark.parametrize("header", [{}, {"arm": "arf", "limits": {}}, {"arm": "ctgan"}])
def test_a_policy_that_the_run_was_not_started_with_passes_nothing(run, header):
    some = measured(run, "arf", [0.01, 0.02, 0.03])
    found = line(under(some, copies=COPIES, header=header))
    assert found.status == "unknown"
    assert "changed or declared afterwards" in found.why


def test_a_policy_that_was_removed_is_missed(run):
    assert lines(Summary(run)) == ()
    assert not passes(Summary(run))
    gone = Summary(replace(run, header={**run.header, "release_policy": {"arm": "arf"}}))
    found = line(gone)
    assert found.status == "unknown"
    assert "removed" in found.why
    assert decided(gone) != decided(Summary(run))


# The arm -----------------------------------------------------------------------------------------


def test_without_a_policy_the_only_generator_or_none_would_be_released(run, dp, tmp_path):
    assert released(Summary(run)) is None
    assert "nothing says which of arf, bayesian_network" in unreleased(Summary(run))
    only = fabricate(tmp_path / "one", generators={"arf": {"plugin": "arf"}})
    assert released(Summary(load_run(only))).arm.id == "arf"
    assert released(Summary(dp)).arm.id == "aim@eps=1"
    assert unreleased(Summary(dp)) == ""


def test_a_private_selection_names_the_arm_or_none(dp):
    drawn = dp.spec.privacy.model_copy(
        update={"selection": "private", "release": None, "selection_epsilon": 0.1}
    )
    run = replace(dp, spec=dp.spec.model_copy(update={"privacy": drawn}))
    found = replace(run, selection=Selection("mst@eps=1"))
    assert released(Summary(found)).arm.id == "mst@eps=1"
    none = under(replace(run, selection=Selection("", "each failed")), arm=None, copies=COPIES)
    assert released(none) is None
    assert line(none).why == "each failed"


# What the ledger tells ---------------------------------------------------------------------------


def epsilon(run, name="epsilon_release", at_most=1.0, arm="aim@eps=1"):
    return under(run, arm=arm, e={"measure": name, "at_most": at_most})


def test_the_epsilon_of_a_fixed_release_is_that_of_one_fit(dp):
    found = line(epsilon(dp))
    assert (found.status, found.limit) == ("pass", "ε of the release ≤ 1")
    assert found.found == "ε = 1.00, δ = 0.00001"
    assert line(epsilon(dp, at_most=0.99)).status == "fail"
    assert line(epsilon(dp, "delta_release", 1e-5)).status == "pass"
    assert line(epsilon(dp, "delta_release", 9e-6)).status == "fail"


def test_a_claimed_epsilon_anywhere_keeps_the_total_from_being_told(dp):
    found = line(epsilon(dp, "epsilon_total", 1000))
    assert found.status == "unknown"
    assert "claimed by synthcity, not verified" in found.why


def test_a_fit_that_is_not_in_the_ledger_has_no_epsilon(dp):
    run = replace(dp, starts=tuple(s for s in dp.starts if s.trial.arm != "aim@eps=1"))
    found = line(epsilon(run, at_most=1000))
    assert (found.status, found.why) == ("unknown", "no fit of it is in the ledger")


def test_the_total_is_that_of_all_fits(dp):
    starts = tuple(s for s in dp.starts if not s.trial.arm.startswith("dpgan"))
    run = replace(dp, starts=starts)
    found = line(epsilon(run, "epsilon_total", 1000))
    assert found.status == "pass"
    assert float(found.found.split()[2].strip(",")) > 4  # 3 generators at 2 ε, 3 splits
    assert line(epsilon(run, "epsilon_total", 4)).status == "fail"


def test_a_claimed_or_absent_or_void_epsilon_never_passes(dp):
    for arm, status in (("dpgan@eps=1", "unknown"), ("arf", "fail")):
        assert line(epsilon(dp, at_most=1000, arm=arm)).status == status
    seeded = dp.spec.privacy.model_copy(update={"noise": "seeded"})
    void = replace(dp, spec=dp.spec.model_copy(update={"privacy": seeded}))
    found = line(epsilon(void, at_most=1000))
    assert found.status == "fail"
    assert "void" in found.why
    assert "no formal guarantee" in line(epsilon(dp, arm="arf")).why


def test_an_arm_that_was_not_fixed_before_has_no_epsilon_of_one_fit(dp):
    free = dp.spec.privacy.model_copy(update={"selection": None, "release": None})
    run = replace(dp, spec=dp.spec.model_copy(update={"privacy": free}))
    found = line(epsilon(run))
    assert found.status == "unknown"
    assert "not fixed before the run" in found.why


def test_chosen_privately_a_release_costs_what_all_fits_did(dp):
    starts = tuple(s for s in dp.starts if not s.trial.arm.startswith("dpgan"))
    drawn = dp.spec.privacy.model_copy(
        update={"selection": "private", "release": None, "selection_epsilon": 0.1}
    )
    spec = dp.spec.model_copy(update={"privacy": drawn})
    run = replace(dp, spec=spec, starts=starts, selection=Selection("aim@eps=1"))
    one, all_fits = (
        line(under(run, arm=None, e={"measure": f"epsilon_{name}", "at_most": 1000}))
        for name in ("release", "total")
    )
    assert one.found == all_fits.found


def test_an_audit_that_refutes_epsilon_passes_nothing(dp):
    start = unplayed("aim@eps=1", AuditSpec(fits=20), epsilon=1.0, delta=1e-5)
    event = Event(0, 0.5, above=True, world="with")
    some = replace(start, event=event, bound=Bound(1.6, 1.0, 0.83, 0.1, 0.3))
    run = measured(replace(dp, audits=(some.to_json(),)), "aim@eps=1", [0.0, 0.01, 0.02])
    summary = under(
        run, arm="aim@eps=1", copies=COPIES, e={"measure": "epsilon_release", "at_most": 9}
    )
    found = {one.label: one.status for one in lines(summary)}
    assert found == {"audit": "fail", "copies": "pass", "e": "fail"}


# Always ------------------------------------------------------------------------------------------

FEW = st.lists(st.floats(-0.3, 0.6), min_size=3, max_size=3)


@settings(max_examples=60)
@given(FEW, st.floats(-0.2, 0.5), st.floats(0, 0.3), st.sampled_from(["bound", "mean"]))
def test_a_tighter_limit_never_lets_pass_what_a_looser_one_did_not(run, values, at_most, less, by):
    some = measured(run, "arf", values)
    loose, tight = (
        line(under(some, copies=COPIES | {"at_most": limit, "by": by})).status
        for limit in (at_most, at_most - less)
    )
    if loose == "fail":
        assert tight == "fail"
    if tight == "pass":  # a copy of the train rows has 1, and keeps neither
        assert loose == "pass"


def test_the_terminal_marks_each_line(run):
    some = measured(run, "arf", [0.01, 0.02, 0.03])
    links = {"measure": "linkability", "at_most": 0.1}
    strict = {"measure": "dcr_share", "at_most": -0.5}
    told = summarise(under(some, copies=COPIES, links=links, near=strict).run)
    assert "release policy of arf: does NOT pass" in told
    assert "\n✓ copies: upper bound of the excess of copied rows ≤ 0.1 – 0.020" in told
    assert "\n? cannot be told: links: " in told
    assert "\n✗ near: " in told
    assert "arf: passes" in summarise(under(some, copies=COPIES).run)


def test_the_page_on_releases_tells_what_fresh_real_rows_reach():
    page = (ROOT / "docs" / "release.md").read_text()
    found = {
        name: Summary(load_run(ROOT / "reports" / name)) for name in ("quickstart", "paper_nhanes")
    }
    told = re.findall(r"^\| `(\w+)`(?:, (\w+))? \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert len(told) == 6
    for metric, model, *numbers in told:
        quantity = Quantity(metric, model, role="excess")
        for summary, number in zip(found.values(), numbers, strict=True):
            assert f"{summary.score('fresh_real', quantity).estimate.high:.3f}" == number
    for name, summary in found.items():
        assert f"`reports/{name}` ({summary.run.table['rows']:,} rows)" in page
        assert summary.run.plan.splits == 3


def test_a_mean_over_tables_tells_nothing_of_the_one_that_is_released(run):
    some = measured(run, "arf", [0.01, 0.02, 0.03])
    design = some.spec.design.model_copy(update={"draws": 4})
    several = replace(some, spec=some.spec.model_copy(update={"design": design}))
    first, second = lines(under(several, copies=COPIES))
    assert (first.label, first.status, second.status) == ("table", "unknown", "pass")
    assert "means over 4 tables" in first.why
    assert not passes(under(several, copies=COPIES))
    (only,) = lines(under(several, spent={"measure": "epsilon_total", "at_most": 1}))
    assert only.label == "spent"  # what a fit spends does not depend on how many tables it makes


def test_of_several_files_only_their_mean_is_known(run):
    some = measured(run, "arf", [0.01, 0.02, 0.03])

    def of(*paths):
        arms = tuple(
            replace(a, plugin="file", params={"paths": list(paths)}) if a.id == "arf" else a
            for a in some.plan.arms
        )
        header = {**some.header, "generators": {"file": {"family": "given"}}}
        given = replace(some, plan=replace(some.plan, arms=arms), header=header)
        return [one.status for one in lines(under(given, copies=COPIES))]

    assert of("a.csv") == ["pass"]
    assert of("a.csv", "b.csv") == ["unknown", "pass"]
