"""What a report says of augmentation: fabricated trials, by hand in all numbers that decide."""

import math
from dataclasses import replace
from statistics import fmean, variance

import pytest
from scipy.stats import t as student

from synthcraft.records import Arm, Measure, MetricDescriptor, Record, Trial
from synthcraft.report import figures, render
from synthcraft.report.augmentation import augmentation_sections, scope
from synthcraft.report.compared import compared_section
from synthcraft.report.document import Bullets, Figure, Fold, Paragraph, Table, flat
from synthcraft.report.gains import (
    NOTHING,
    Treatment,
    design_of,
    failed_doses,
    gains,
    harm,
    treatments,
)
from synthcraft.report.helped import upshot
from synthcraft.report.inference import differences_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.write import compose
from synthcraft.results import SplitSize, load_run
from synthcraft.stats import holm

SMALL, OTHER, LARGE, MORE = "sex=f&site=A", "sex=f&site=B", "sex=m&site=A", "sex=m&site=B"
GROUPS = (SMALL, OTHER, LARGE, MORE)
DOSES = (50.0, 100.0)
AUROC = ("augmented.auroc", "boosting")
# Values by split, dose and group: what the tests compute from again.
BASE = {"": (0.80, 0.81, 0.79), SMALL: (0.70, 0.72, 0.71), OTHER: (0.78, 0.79, 0.77)}
BASE |= {LARGE: (0.82, 0.83, 0.81), MORE: (0.75, 0.76, 0.74)}
STEADY = (0.001, 0.000, 0.002)
GAIN = {
    "arf": {SMALL: (0.050, 0.052, 0.049), LARGE: (0.001, 0.002, 0.000), MORE: STEADY},
    "ctgan": {SMALL: (0.010, -0.010, 0.002), LARGE: (-0.030, 0.010, -0.020), MORE: STEADY},
    "duplication": {SMALL: (0.020, 0.021, 0.019)},
    "weights": {SMALL: (0.049, 0.053, 0.050)},
    "smote_nc": {SMALL: (0.000, 0.030, -0.010)},
    "real": {SMALL: (0.080, 0.079, 0.081)},
    "majority_only": {SMALL: (-0.10, -0.12, -0.11)},
    "minority_only": {SMALL: (-0.05, -0.06, -0.04)},
    "none": {},
}
DOSED = ("duplication", "smote_nc", "real")


def metric(name, direction="maximize"):
    return MetricDescriptor(f"augmented.{name}", "augmentation", direction, f"{name}?")


METRICS = (
    metric("auroc"),
    metric("slope_error", "minimize"),
    metric("equalised_odds", "minimize"),
    metric("rows", "none"),
    metric("drawn", "none"),
)


def measured(arm, split, label, share=1.0):
    for group, base in BASE.items():
        value = base[split] + share * GAIN[arm].get(group, (0.0, 0.0, 0.0))[split]
        told = {"model": "boosting", "group": group, "augmentation": label, "n": 90}
        if group == OTHER:
            few = "too few: needs 10 events and non-events each in the holdout"
            yield Measure("augmented.auroc", **told).absent(few)
        else:
            yield Measure("augmented.auroc", value, **told)
            yield Measure("augmented.slope_error", 0.1 + 0.01 * split, **told)
    yield Measure("augmented.equalised_odds", 0.2, model="boosting", augmentation=label)
    if label:
        yield Measure("augmented.rows", 50.0, group=SMALL, augmentation=label)
        yield Measure("augmented.drawn", 4.5, group=SMALL, augmentation=label)


def of_arm(arm, split, *, fails):
    if arm in ("arf", "ctgan", *DOSED):
        for dose in DOSES:
            label = f"dose={dose:g}"
            found = list(measured(arm, split, label, dose / 100))
            if (arm, dose) in fails:
                found = [m.absent("rejection reached its limit") for m in found]
            yield from found
        if arm in ("arf", "ctgan"):
            yield from measured(arm, split, "dose=100&to=everyone", 0.5)
    else:
        yield from measured(arm, split, "")


def augmented(run, *, controls=tuple(GAIN)[2:], fails=(), splits=3):
    """The run as it would be with an augmentation block: controls, measures, facts of splits."""
    plan = replace(
        run.plan,
        controls=tuple(Arm(name, name) for name in controls),
        metrics=(*run.plan.metrics, *METRICS),
        splits=splits,
    )
    records = [
        replace(r, measures=(*r.measures, *of_arm(r.trial.arm, r.trial.split, fails=fails)))
        if r.trial.arm in GAIN
        else r
        for r in run.records
        if r.trial.split < splits
    ]
    records += [
        Record(
            Trial(name, split, 0, "control"),
            "ok",
            measures=tuple(of_arm(name, split, fails=fails)),
            seconds={"sample": 0.1, "evaluate": 0.5},
        )
        for name in controls
        for split in range(splits)
    ]
    told = {
        "columns": ["sex", "site"],
        "groups": list(GROUPS),
        "targets": [SMALL],
        "rule": "dose",
        "doses": list(DOSES),
        "primary": 100.0,
        "models": ["boosting"],
        "endpoint": {"metric": "augmented.auroc", "model": "boosting"},
        "margin": 0.02,
    }
    rows = {
        "train": {SMALL: 50, OTHER: "<10", LARGE: 300, MORE: 80},
        "validation": 60,
        "withheld": {SMALL: 70, OTHER: 0, LARGE: 0},
        "holdout": {SMALL: 40, OTHER: "<10", LARGE: 200},
        "events": {SMALL: 12, OTHER: "<10", LARGE: 60},
        "add": {"dose=50": {SMALL: 25}, "dose=100": {SMALL: 50}},
    }
    sizes = tuple(SplitSize(k, 630, 270, rows) for k in range(splits))
    header = run.header | {"augmentation": told}
    return replace(run, plan=plan, header=header, records=tuple(records), splits=sizes)


@pytest.fixture(scope="module")
def plain(make_run, tmp_path_factory):
    generators = {name: {"plugin": name} for name in ("arf", "ctgan")}
    block = {"column": ["sex", "site"], "undersample": 50}
    folder = tmp_path_factory.mktemp("augmented") / "run"
    return load_run(make_run(folder, generators=generators, augmentation=block))


@pytest.fixture(scope="module")
def summary(plain):
    return Summary(augmented(plain))


def at_primary(arm, kind="generator"):
    return Treatment(arm, kind, "dose=100")


RATIO = 570 / (900 - 570)  # learnt from: 630 train rows less 60 of the validation part


def corrected(values, ratio=RATIO):
    """Mean, error and half width by Nadeau and Bengio's formula, written out again."""
    mean, count = fmean(values), len(values)
    error = math.sqrt((1 / count + ratio) * variance(values))
    return mean, error, error * student.ppf(0.975, count - 1)


def test_gains_are_paired_over_splits_with_the_corrected_interval(summary):
    found = gains(summary, design_of(summary))[at_primary("arf"), SMALL]
    mean, error, half = corrected(GAIN["arf"][SMALL])
    assert found.change.mean == pytest.approx(mean)
    assert found.change.low == pytest.approx(mean - half)
    assert found.change.high == pytest.approx(mean + half)
    assert found.value.mean == pytest.approx(fmean(BASE[SMALL]) + mean)
    seen = error * (student.ppf(0.975, 2) + student.ppf(0.8, 2))
    assert found.detectable == pytest.approx(seen)


def test_p_is_paid_for_by_every_generator_and_target_and_by_no_control(summary):
    found = gains(summary, design_of(summary))
    plain = {}
    for arm in ("arf", "ctgan", "duplication"):
        mean, error, _ = corrected(GAIN[arm][SMALL])
        plain[arm] = 2 * student.sf(abs(mean) / error, 2)
    assert plain["arf"] < plain["ctgan"]
    assert found[at_primary("arf"), SMALL].p == pytest.approx(2 * plain["arf"])
    assert found[at_primary("ctgan"), SMALL].p == pytest.approx(plain["ctgan"])
    control = found[at_primary("duplication", "control"), SMALL]
    assert control.p == pytest.approx(plain["duplication"])


def test_doses_are_never_averaged_together(summary):
    quantity = Quantity("augmented.auroc", "boosting", group=SMALL)
    half, whole = (
        summary.samples("arf", replace(quantity, augmentation=f"dose={dose}")) for dose in (50, 100)
    )
    assert half[0] == [pytest.approx(0.70 + 0.025)]
    assert whole[0] == [pytest.approx(0.70 + 0.050)]
    assert not summary.samples("arf", quantity)


def test_a_gain_its_absence_and_too_little_data_are_told_apart(summary):
    found = gains(summary, design_of(summary))
    assert found[at_primary("arf"), SMALL].answer(0.02) == "gain"
    assert found[at_primary("ctgan"), SMALL].answer(0.02) == "open"
    assert found[at_primary("ctgan"), SMALL].answer(0.1) == "ruled out"
    assert found[Treatment("majority_only", "control"), SMALL].answer(0.02) == "loss"
    assert found[NOTHING, SMALL].change is None


def test_no_harm_needs_every_group_that_can_be_judged(summary):
    design = design_of(summary)
    spared = harm(summary, design, at_primary("arf"))
    assert spared.answer == "shown"
    assert spared.unjudged == (OTHER,)
    mean, _, half = corrected(GAIN["arf"][LARGE])
    assert spared.changes[LARGE].low == pytest.approx(mean - half)
    error = half / student.ppf(0.975, 2)
    assert spared.losses[LARGE].p == pytest.approx(student.cdf((-mean - 0.02) / error, 2))
    doubtful = harm(summary, design, at_primary("ctgan"))
    assert [doubtful.losses[group].answer for group in (LARGE, MORE)] == ["not shown", "shown"]
    assert doubtful.answer == "not shown"
    short = upshot(summary).text
    assert "That no other group that can be judged loses 0.020 or more is shown for arf." in short
    tight = replace(design, margin=0.0001)
    assert harm(summary, tight, at_primary("arf")).answer == "not shown"


def test_where_nobody_is_helped_the_highest_change_is_told(plain, monkeypatch):
    monkeypatch.setitem(GAIN["arf"], SMALL, (0.001, -0.001, 0.003))
    monkeypatch.setitem(GAIN["ctgan"], SMALL, (0.0, -0.002, 0.001))
    text = upshot(Summary(augmented(plain))).text
    assert text.startswith("No generator is shown to help sex: f & site: A; the highest mean ")
    assert "that of arf, +0.001 (" in text


def test_a_loss_beyond_the_margin_is_harm(plain, monkeypatch):
    monkeypatch.setitem(GAIN["arf"], LARGE, (-0.050, -0.051, -0.049))
    summary = Summary(augmented(plain))
    assert harm(summary, design_of(summary), at_primary("arf")).answer == "worse"
    (answer,) = [b for b in augmentation_sections(summary)[0].blocks if isinstance(b, Bullets)]
    assert "A loss of more than 0.020 is shown for arf" in answer.items[-1].text


def test_the_answer_compares_with_controls_and_with_real_rows(summary):
    (answer,) = [b for b in augmentation_sections(summary)[0].blocks if isinstance(b, Bullets)]
    small = answer.items[0]
    assert small.lead == "Sex: f & site: A"
    assert "With nothing added AUROC (gradient boosting) is 0.710." in small.text
    assert "A gain is shown for arf +0.050" in small.text
    assert "Too little data to tell, neither a gain nor its absence, for ctgan" in small.text
    assert "may well go unseen" in small.text
    against = "arf: more than duplication and arf, everyone; not told apart from weights and "
    against += "SMOTE-NC; less than real rows"
    assert f"Against each control, {against}." in small.text
    assert "As many real rows gain +0.080" in small.text
    others = answer.items[-1]
    assert "That none of them loses 0.020 or more is shown for arf." in others.text
    assert "Not shown, which is not harm" in others.text
    assert "Nothing is said of sex: f & site: B: too few" in others.text


def test_where_real_rows_gain_nothing_nobody_could(plain, monkeypatch):
    monkeypatch.setitem(GAIN, "real", {SMALL: (0.001, 0.002, 0.000)})
    summary = Summary(augmented(plain))
    text = " ".join(item.text for item in augmentation_sections(summary)[0].blocks[-1].items)
    assert "no synthetic rows could be expected to help" in text


def test_without_withheld_rows_the_report_does_not_guess(plain):
    summary = Summary(augmented(plain, controls=("none", "duplication")))
    text = augmentation_sections(summary)[0].blocks[-1].items[0].text
    assert "No real rows were withheld" in text


def test_one_split_claims_nothing(plain):
    summary = Summary(augmented(plain, splits=1))
    assert "No gain can be told from chance" in upshot(summary).text
    text = augmentation_sections(summary)[0].blocks[-1].items[0].text
    assert "A gain is shown" not in text
    assert "without an interval" in text


def test_a_failed_dose_is_told_with_its_reason(plain):
    summary = Summary(augmented(plain, fails=[("ctgan", 100.0), ("real", 50.0)]))
    told = list(failed_doses(summary, design_of(summary)))
    assert told == [
        ("ctgan", "dose=100", 3, "rejection reached its limit"),
        ("real", "dose=50", 3, "rejection reached its limit"),
    ]
    page = render.markdown(compose([summary.run]))
    assert "**ctgan, dose 100 %.** No value in 3 trials: rejection reached its limit." in page
    assert "ctgan has no value; the end of this section says why." in page


def test_rows_by_group_are_told_and_small_cells_are_not(summary):
    tables = [b for b in flat(augmentation_sections(summary)[0].blocks) if isinstance(b, Table)]
    (table,) = [t for t in tables if t.id == "augmentation-rows"]
    small, other, large, _ = ([cell.text for cell in row[1:]] for row in table.groups[0].rows)
    assert small == ["50", "70", "50", "100", "40", "12"]
    assert table.groups[0].rows[0][3].details == ("50 %: 25",)
    assert other == ["<10", "0", "", "<10", "<10", "<10"]
    assert large == ["300", "0", "", "300", "200", "60"]


def test_tables_show_everyone_s_rows_controls_and_every_measure(summary):
    blocks = [b for s in augmentation_sections(summary) for b in flat(s.blocks)]
    tables = {t.id: t for t in blocks if isinstance(t, Table) and t.id}
    titles = [group.title for group in tables["augmentation-gains-1"].groups]
    assert len(titles) == 3
    generators, everyone, controls = (
        {row[0].text: row for row in group.rows} for group in tables["augmentation-gains-1"].groups
    )
    assert set(generators) == {"arf", "ctgan"}
    assert set(everyone) == {"arf, everyone", "ctgan, everyone"}
    assert len(controls) == 7
    assert generators["arf"][6].text == "gain shown"
    assert {row[1].text for g in tables["augmentation-harm"].groups for row in g.rows} >= {
        "shown",
        "not shown",
    }
    captions = " ".join(t.caption for t in blocks if isinstance(t, Table))
    for name in ("Calibration slope, off 1", "Equalised odds difference"):
        assert f"{name} (gradient boosting)" in captions


def test_figures_show_gains_doses_and_groups(summary):
    blocks = [b for s in augmentation_sections(summary) for b in flat(s.blocks)]
    panels = {p.id: p for f in blocks if isinstance(f, Figure) for p in f.panels}
    assert set(panels) == {
        "augmentation-gains-1",
        "augmentation-doses-1",
        "augmentation-groups",
    }
    curve = panels["augmentation-doses-1"].plot
    tracks = {track.label: track for track in curve.tracks}
    assert [round(d.mark.value, 4) for d in tracks["arf"].doses] == [0.0252, 0.0503]
    assert set(tracks) == {"arf", "ctgan", "duplication", "SMOTE-NC", "real rows"}
    assert len({track.place for track in curve.tracks}) == 5
    assert {line.label for line in curve.lines} == {"nothing added", "weights"}
    for panel in panels.values():
        assert figures.draw(panel.plot, width=panel.width, salt="x").startswith("<svg")


def test_other_sections_never_see_the_measures_of_augmented_rows(summary, plain):
    assert not [q for q in summary.quantities if q.metric.startswith("augmented.")]
    assert differences_section(summary) == differences_section(Summary(plain))
    assert [c.arm.id for c in summary.generators] == ["arf", "ctgan"]
    assert {c.arm.id for c in summary.controls} == {*tuple(GAIN)[2:]}


def test_the_top_of_the_report_says_what_the_other_sections_judge(summary, plain):
    first = compared_section(summary)
    told = [b.text for b in first.blocks if isinstance(b, Paragraph)]
    assert scope(summary) in told
    assert "judges the added rows alone" in scope(summary)
    assert scope(Summary(plain)) == ""
    assert "train rows less those that “Augmentation” tells were set aside" in str(first)
    assert "set aside" not in str(compared_section(Summary(plain)))
    assert upshot(Summary(plain)) is None
    assert augmentation_sections(Summary(plain)) == ()
    assert "Added rows help: arf in sex: f & site: A" in upshot(summary).text


def test_the_whole_page_has_the_section_its_definitions_and_the_controls_costs(summary):
    page = render.markdown(compose([summary.run]))
    assert "## Augmentation: do added rows help?" in page
    assert "An augmented table.** It holds real rows." in page
    assert "Augmentation: 5 measures" in page
    overview = page[page.index("## Overview") :]
    assert overview.splitlines()[2].startswith("Of the added rows alone")
    cost = page[page.index("## Time and memory") :]
    assert "minority\\_only" in cost[: cost.index("##", 5)]


def test_treatments_of_a_dose_that_nobody_has_are_those_without_one(summary):
    labels = {t.augmentation for t in treatments(summary, 999.0) if t.kind == "control"}
    assert labels == {""}


def test_of_several_runs_each_has_its_own_answer(summary, plain):
    other = replace(summary.run, spec=summary.run.spec.model_copy(update={"seed": 1}))
    other = replace(other, plan=replace(other.plan, spec_id="f" * 64))
    document = compose([summary.run, other])
    page = render.markdown(document)
    assert page.count("### Augmentation: do added rows help?") == 2
    blocks = [b for s in document.sections for b in flat(s.blocks)]
    panels = [p.id for f in blocks if isinstance(f, Figure) for p in f.panels]
    tables = [t.id for t in blocks if isinstance(t, Table) and t.id]
    assert len(panels) == len(set(panels))
    assert len(tables) == len(set(tables))
    assert "run2-augmentation-harm" in tables
    assert "run2-augmentation-groups" in panels


def with_targets(run, *targets):
    """The same run, as if these groups had got rows."""
    told = run.header["augmentation"] | {"targets": list(targets)}
    return replace(run, header=run.header | {"augmentation": told})


def test_of_many_targets_each_has_a_table_on_demand(summary):
    many = Summary(with_targets(summary.run, *GROUPS))
    sections = {s.id: s for s in augmentation_sections(many)}
    folds = [b for b in sections["augmentation-gains"].blocks if isinstance(b, Fold)]
    assert [fold.summary for fold in folds][:2] == ["Sex: f & site: A", "Sex: f & site: B"]
    assert "augmentation-harm" not in sections
    answer = sections["augmentation"].blocks[-1].items
    assert answer[-1].text == "Every group got rows: nobody else could be harmed."
    assert answer[1].text.startswith("Cannot be judged: too few")
    assert "against real rows of the target groups only" in scope(many)


def test_the_family_of_comparisons_is_every_generator_with_every_target(summary):
    two = Summary(with_targets(summary.run, SMALL, LARGE))
    found = gains(two, design_of(two))
    plain = {}
    for arm in ("arf", "ctgan"):
        for group in (SMALL, LARGE):
            mean, error, _ = corrected(GAIN[arm][group])
            plain[arm, group] = 2 * student.sf(abs(mean) / error, 2)
    expected = holm(plain)
    for (arm, group), p in expected.items():
        assert found[at_primary(arm), group].p == pytest.approx(p)


def test_where_no_generator_got_the_dose_the_report_says_so(plain):
    summary = Summary(augmented(plain, fails=[("arf", 100.0), ("ctgan", 100.0)]))
    assert "No generator made the rows that were asked" in upshot(summary).text
    page = render.markdown(compose([summary.run]))
    assert "**arf, dose 100 %.** No value in 3 trials: rejection reached its limit." in page
    ids = [s.id for s in augmentation_sections(summary)]
    assert "augmentation-harm" in ids


def test_what_rests_on_fewer_splits_says_so(summary):
    lost = [r for r in summary.run.records if (r.trial.arm, r.trial.split) != ("arf", 2)]
    fewer = Summary(replace(summary.run, records=tuple(lost)))
    assert gains(fewer, design_of(fewer))[at_primary("arf"), SMALL].change.splits == 2
    small = augmentation_sections(fewer)[0].blocks[-1].items[0].text
    assert "; 2 of 3 splits" in small
