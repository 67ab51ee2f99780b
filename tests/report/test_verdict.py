"""What a verdict may say, on the fabricated run with some of its records changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft.records import Measure
from synthcraft.report.compared import compared_section
from synthcraft.report.document import Bullets, Paragraph, Table
from synthcraft.report.families import privacy_section
from synthcraft.report.sections import overview_section
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.verdict import verdict
from synthcraft.results import Run, load_run
from synthcraft.spec.types import ScreenSpec

Change = Callable[[Measure, str, int], Measure]
PAIRS = Quantity("contingency_similarity")
SHARE = Quantity("dcr_share", role="excess")


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return load_run(whole)


def changed(run: Run, change: Change) -> Summary:
    """The run with other measures; a change sees the measure, its arm and its split."""
    records = tuple(
        replace(
            record,
            measures=tuple(
                change(m, record.trial.arm, record.trial.split) for m in record.measures
            ),
        )
        for record in run.records
    )
    return Summary(replace(run, records=records))


def failing(summary: Summary, arm: str, split: int) -> Summary:
    """The run with one trial failed."""
    records = tuple(
        replace(r, status="failed", phase="fit", reason="RuntimeError", measures=())
        if (r.trial.arm, r.trial.split) == (arm, split)
        else r
        for r in summary.run.records
    )
    return Summary(replace(summary.run, records=records))


def values(metric: str, role: str, per_arm: Mapping[str, list[float]]) -> Change:
    """Other values by arm and split; no interval of their own."""

    def change(measure: Measure, arm: str, split: int) -> Measure:
        same = (measure.metric, measure.role, measure.column) == (metric, role, "")
        if not same or arm not in per_arm:
            return measure
        return replace(measure, value=per_arm[arm][split], low=None, high=None, level=None)

    return change


def found(summary: Summary, about: str) -> list[str]:
    """The points of «What came out» whose lead holds these words."""
    section = next(s for s in verdict(summary) if s.id == "found")
    (bullets,) = section.blocks
    assert isinstance(bullets, Bullets)
    return [item.text for item in bullets.items if about in item.lead]


def test_a_generator_that_does_better_on_the_shared_splits_is_never_behind(run):
    """Where none is complete the best mean may owe its place to a split that another lacks."""
    scores = {"arf": [0.90, 0.90, 0.99], "ddpm": [0.92, 0.921, 0.5]}
    scores |= {"bayesian_network": [0.5, 0.51, 0.5], "ctgan": [0.5, 0.51, 0.51]}
    summary = changed(run, values("contingency_similarity", "value", scores))
    for arm in ("bayesian_network", "ctgan", "ddpm"):
        summary = failing(summary, arm, 2)
    seed = next(replace(r.trial, replicate=1) for r in summary.run.records if r.trial.arm == "arf")
    (text,) = found(Summary(replace(summary.run, missing=(seed,))), "pairs of columns")
    assert text.startswith("arf has the highest mean, 0.930")
    assert "No generator has all its trials" in text
    assert "Ahead of bayesian_network and ctgan" in text
    assert "On the splits that both have, ddpm did better than it." in text


def test_less_is_better_where_the_metric_says_so(run):
    metrics = tuple(
        replace(m, direction="minimize", floor="", ceiling="", order=())
        if m.name == "contingency_similarity"
        else m
        for m in run.plan.metrics
    )
    other = replace(run, plan=replace(run.plan, metrics=metrics))
    summary = changed(
        other,
        values(
            "contingency_similarity",
            "value",
            {
                "arf": [0.1, 0.11, 0.1],
                "bayesian_network": [0.5, 0.5, 0.51],
                "ddpm": [0.5, 0.52, 0.5],
                "ctgan": [0.5, 0.53, 0.52],
            },
        ),
    )
    (text,) = found(summary, "pairs of columns")
    assert text.startswith("arf has the lowest mean")
    assert "Ahead of bayesian_network, ddpm and ctgan" in text


def test_who_shares_the_best_mean_is_named_together(run):
    even = {name: [0.9, 0.91, 0.92] for name in ("arf", "bayesian_network", "ddpm", "ctgan")}
    (text,) = found(changed(run, values("contingency_similarity", "value", even)), "pairs of")
    assert text.startswith("arf, bayesian_network, ddpm and ctgan have the same mean, 0.910 ")
    assert "told apart" not in text


def test_a_leader_below_its_lower_reference_is_called_worse_than_it(run):
    assert "worse than" not in found(Summary(run), "pairs of columns")[0]
    poor = {name: [0.4, 0.41, 0.4] for name in ("bayesian_network", "ddpm", "ctgan")}
    poor |= {"arf": [0.5, 0.51, 0.5]}
    (text,) = found(changed(run, values("contingency_similarity", "value", poor)), "pairs of")
    assert "to train_copy (1), so that its mean is worse than that of marginals" in text


def test_a_generator_that_failed_once_comes_after_the_complete_ones(run):
    """Two easy splits give ddpm the better mean; it is placed last all the same."""
    easy = changed(run, values("contingency_similarity", "value", {"ddpm": [0.99, 0.98, 0.2]}))
    summary = failing(easy, "ddpm", 2)
    assert [c.label for c, _ in summary.ranked(PAIRS)][-1] == "ddpm"
    (text,) = found(summary, "pairs of columns")
    assert text.startswith("arf has the highest mean")
    placed = "Placed after it, for lack of a split or a trial: ddpm 0.985 (95% interval "
    assert placed in text
    assert "; 2 of 3 splits)" in text
    assert "Last, without any value: tvae." in text  # it failed on every split


def test_the_scale_compares_the_same_splits(run):
    """A split on which everything scores 0.3 less must not lower the scale of who failed there."""

    def shift(measure: Measure, _: str, split: int) -> Measure:
        if measure.metric != PAIRS.metric or measure.value is None:
            return measure
        return replace(measure, value=measure.value - 0.3 * (split == 2))

    summary = failing(changed(run, shift), "marginals", 2)
    unshifted = Summary(replace(run, records=tuple(r for r in run.records if r.trial.split != 2)))
    expected = unshifted.score("arf", PAIRS).calibrated
    assert summary.score("arf", PAIRS).calibrated == pytest.approx(expected)
    alone = failing(changed(run, shift), "arf", 2)
    assert alone.score("arf", PAIRS).calibrated == pytest.approx(expected)


# Risks ------------------------------------------------------------------------------------------


def own(summary: Summary, arm: str, lows: list[float]) -> Summary:
    """The run in which an arm's excess of dcr_share has its own intervals."""

    def change(measure: Measure, label: str, split: int) -> Measure:
        if label != arm or (measure.metric, measure.role) != ("dcr_share", "excess"):
            return measure
        low = lows[split]
        return replace(measure, low=low, high=low + 0.15, level=0.95)

    return changed(summary.run, change)


def test_an_excess_within_a_split_is_never_passed_over(run):
    summary = changed(run, values("dcr_share", "excess", {"arf": [0.13, 0.14, 0.04]}))
    assert summary.score("arf", SHARE).estimate.low < 0
    texts = found(own(summary, "arf", [0.054, 0.06, -0.03]), "nearer to train")
    (partly,) = [text for text in texts if "shown within some splits" in text]
    (none,) = [text for text in texts if text.startswith("No excess")]
    assert "arf 0.103 (95% interval " in partly
    assert "within 2 of 3 splits (0.054 to 0.204 and 0.060 to 0.210)" in partly
    assert "arf" not in none


def test_few_splits_tell_what_excess_they_would_miss(run):
    summary = changed(run, values("dcr_share", "excess", {"ctgan": [-0.1, 0.0, 0.1]}))
    (none,) = [t for t in found(summary, "nearer to train") if t.startswith("No excess")]
    # sd 0.1, error 0.1 √(1/3 + 270/630), t(0.975) + t(0.8) with 2 df = 4.3027 + 1.0607
    assert "0.468 (ctgan)" in none
    assert "may well go unseen" in none
    far = changed(run, values("dcr_share", "excess", {"ctgan": [-0.3, 0.0, 0.3]}))
    (none,) = [t for t in found(far, "nearer to train") if t.startswith("No excess")]
    assert "any excess of ctgan may well go unseen" in none  # 1.404 is more than there can be
    assert "1.404" not in none


def test_a_large_value_without_an_interval_is_a_risk(run):
    copies = {"arf": [0.7] * 3, "ddpm": [0.0] * 3}
    summary = changed(run, values("exact_match_rate", "excess", copies))
    (above,) = found(summary, "copied rows")
    unsure = [t for t in found(summary, "other risks") if t.startswith("Without an interval")]
    assert above.startswith("Above 0") and "arf 0.700, without an interval" in above
    assert "Copied rows (" in unsure[0] and "ddpm" in unsure[0]
    assert "arf" not in unsure[0]


def test_risks_beside_the_leading_one_take_a_line_for_each_answer(run):
    texts = found(Summary(run), "other risks")
    assert len(texts) <= 3
    assert len({text.split(":")[0] for text in texts}) == len(texts)


def test_a_yardstick_that_is_zero_by_making_is_no_evidence(run):
    halves = {"fresh_real": [0.0, 0.0, 0.0]}
    shown = " ".join(found(Summary(run), "copied rows"))
    hidden = " ".join(
        found(changed(run, values("exact_match_rate", "excess", halves)), "copied rows")
    )
    assert "In this run fresh_real shows" in shown
    assert "fresh_real" not in hidden


def test_without_a_control_copied_rows_are_told_and_nothing_is_a_finding(run):
    def change(measure: Measure, arm: str, split: int) -> Measure:
        if measure.role == "main":
            return measure
        why = "no real row was held out"
        return Measure(
            measure.metric,
            column=measure.column,
            role=measure.role,
            status="not_applicable",
            reason=why,
        )

    summary = changed(run, change)
    came_out = next(s for s in verdict(summary) if s.id == "found")
    text = str(came_out)
    assert "equal a train row" in text
    assert "nobody can say" in text
    overview = overview_section(summary)
    assert not [block for block in overview.blocks if isinstance(block, Table)]
    absent = next(block.text for block in overview.blocks if isinstance(block, Paragraph))
    assert absent.count("no real row was held out") == 1
    listed = next(b for b in privacy_section(summary).blocks if isinstance(b, Table))
    assert {row[0].about for row in listed.groups[0].rows} == {"exact_match_rate", "dcr_share"}


def test_columns_that_each_split_chooses_are_counted_too(run):
    assert "more that each split chooses" not in opening(Summary(run))
    screened = run.spec.dataset.model_copy(update={"screen": ScreenSpec(top=1500)})
    spec = run.spec.model_copy(update={"dataset": screened})
    table = {**run.table, "notes": ["each split uses 1,500 (dataset.screen)"]}
    text = opening(Summary(replace(run, spec=spec, table=table)))
    assert f"{len(table['columns'])} columns, and 1,500 more that each split chooses." in text


def test_a_table_of_ones_own_is_called_by_its_file(run):
    assert opening(Summary(run)).startswith(f"The {run.spec.dataset.plugin} table of ")
    own = {"plugin": "csv", "params": {"path": "/home/me/patients.csv"}}
    spec = run.spec.model_copy(update={"dataset": run.spec.dataset.model_copy(update=own)})
    assert opening(Summary(replace(run, spec=spec))).startswith("The table patients.csv of ")


def opening(summary: Summary) -> str:
    (bullets,) = compared_section(summary).blocks
    assert isinstance(bullets, Bullets)
    return next(item.text for item in bullets.items if item.lead == "Data")
