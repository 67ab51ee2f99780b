"""Who is served worst, and of whom nothing can be said: sentences and figure by group."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from synthcraft.records import Measure
from synthcraft.report.document import Figure, Table, flat
from synthcraft.report.groups import figures, groups_section
from synthcraft.report.served import findings, level_of, served, warnings
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.conftest import NAMES
from tests.report.test_verdict import changed

COLUMN = NAMES[0]
REAL = [0.05, 0.052, 0.049]
FEW = "too few: needs 10 events and non-events each in the holdout"


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def with_spreads(run, spreads: Mapping[str, Sequence[float]]) -> Summary:
    """The run with a spread of AUROC by arm and split, and that of the model of real rows."""

    def spread(record):
        split = record.trial.split
        own = spreads.get(record.trial.arm, REAL)[split]
        about = {"model": "boosting", "column": COLUMN, "reference": "holdout"}
        return replace(
            record,
            measures=(
                *record.measures,
                Measure("auroc_gap", own, **about),
                Measure("auroc_gap_real", REAL[split], **about),
            ),
        )

    good = [record for record in run.records if record.status == "ok"]
    rest = [record for record in run.records if record.status != "ok"]
    return Summary(replace(run, records=(*map(spread, good), *rest)))


def test_a_spread_that_real_rows_do_not_have_is_told_apart_from_theirs(run):
    spreads = {
        "arf": [0.30, 0.31, 0.32],  # 0.25, 0.258, 0.271 beyond: t = 28 with 2 degrees of freedom
        "ddpm": [0.02, 0.08, 0.05],  # as much above as below
        "bayesian_network": [0.001, 0.004, 0.0],  # 0.049, 0.048, 0.049 below: t = −168
    }
    (item,) = findings(with_spreads(run, spreads))
    assert item.lead == f"Fairness, {COLUMN}"
    start = "arf has the widest spread of AUROC (gradient boosting) over groups: 0.310"
    assert item.text.startswith(start)
    assert "trained on real rows it is 0.050" in item.text
    assert "Wider than with real rows (in paired differences, Holm-adjusted over" in item.text
    assert ": arf; chance alone widens it" in item.text
    assert "Narrower than with real rows" in item.text
    assert ": bayesian_network; but a model that hardly tells anyone apart" in item.text
    assert "Not told apart from the spread with real rows: " in item.text
    assert "ddpm" in item.text.split("Not told apart")[1]


def test_a_wide_spread_that_varies_as_widely_is_not_told_apart_and_what_would_be_is_said(run):
    """0.45, 0.05 and −0.049 beyond: their mean is less than its corrected error, 0.23."""
    (item,) = findings(with_spreads(run, {"arf": [0.50, 0.102, 0.0]}))
    assert "Wider" not in item.text
    apart = item.text.split("Not told apart from the spread with real rows: ")[1]
    assert "arf" in apart
    # (t.975 + t.8) · √(1/3 + 270/630) · s, with s = 0.2642 and 2 degrees of freedom: 5.363 · 0.2306
    assert "For arf a difference under about 1.237 may well go unseen." in item.text


def test_the_groups_at_either_end_are_named_with_their_intervals(run):
    def other(measure: Measure, arm: str, split: int) -> Measure:
        mine = measure.metric == "tstr.auroc" and measure.group and measure.status == "ok"
        if not mine or arm != "arf":
            return measure
        worst = measure.group.endswith("=$x$ b")
        return replace(measure, value=(0.6 if worst else 0.9) + 0.01 * split)

    summary = changed(with_spreads(run, {"arf": [0.3, 0.31, 0.32]}).run, other)
    (item,) = findings(summary)
    assert "On average it serves $x$ b worst, 0.610 (95% interval 0.5" in item.text
    assert " best, 0.910 (95% interval 0.8" in item.text
    assert "varies between splits" not in item.text

    def turned(measure: Measure, arm: str, split: int) -> Measure:
        mine = measure.metric == "tstr.auroc" and measure.group and measure.status == "ok"
        worst = measure.group.endswith("=</svg>") and split == 2
        return replace(measure, value=0.5) if mine and arm == "arf" and worst else measure

    (item,) = findings(changed(summary.run, turned))
    assert "but who is worst served varies between splits." in item.text


def test_one_split_tells_nothing_apart(run):
    one = replace(run, plan=replace(run.plan, splits=1), missing=())
    records = tuple(record for record in one.records if record.trial.split == 0)
    (item,) = findings(with_spreads(replace(one, records=records), {"arf": [0.9]}))
    assert "With one split nobody can say" in item.text
    assert "Wider" not in item.text


def test_without_spreads_nothing_is_claimed(run):
    assert not list(findings(Summary(run)))
    bare = tuple(
        replace(r, measures=tuple(m for m in r.measures if not m.group)) for r in run.records
    )
    summary = with_spreads(replace(run, records=bare), {})
    assert served(summary) == ()
    assert not list(findings(summary))
    assert not list(warnings(summary))


def test_small_groups_are_listed_with_what_they_lack(run):
    def small(measure: Measure, _: str, split: int) -> Measure:
        if measure.metric != "tstr.auroc" or not measure.group.endswith("=</svg>") or split != 1:
            return measure
        return replace(measure, value=None, status="not_applicable", reason=FEW)

    (item,) = warnings(changed(run, small))
    assert item.lead == f"Small groups, {COLUMN}"
    assert item.text == (
        "No AUROC for d (too few: 3 events). In 2 of 3 splits only: AUROC for </svg>."
    )


def test_many_small_groups_are_counted(run):
    def many(record):
        rows = [
            Measure("group_share", group=f"{COLUMN}=site {k}").absent("too few: needs 10 rows")
            for k in range(30)
        ]
        kept = tuple(m for m in record.measures if not m.group)
        return replace(record, measures=(*kept, *rows))

    (item,) = warnings(Summary(replace(run, records=tuple(map(many, run.records)))))
    assert item.text == "No share of rows for any group (too few: needs 10 rows)."


def test_a_group_is_drawn_with_every_generator_beside_real_rows(run):
    summary = Summary(run)
    (figure,) = figures(summary)
    assert isinstance(figure, Figure)
    scores, shares = figure.panels
    groups = {group.label: group for group in scores.plot.groups}
    assert groups["d"].marks == ()
    assert groups["d"].note == "too few"
    drawn = groups["$x$ b"]
    quantity = next(q for q in served(summary)[0].groups if level_of(q.group) == "$x$ b")
    for mark in drawn.marks:
        estimate = summary.score(mark.label, quantity).estimate
        assert (mark.value, mark.low, mark.high) == (estimate.mean, estimate.low, estimate.high)
    assert [mark.label for mark in drawn.marks] == [line.label for line in figure.legend[1:]]
    assert "tvae" not in [line.label for line in figure.legend], "it has failed"
    assert shares.plot.real == (0.25,) * 4
    by_level = dict(zip(shares.plot.levels, shares.plot.series[0].values, strict=True))
    assert by_level["$x$ b"] == pytest.approx(0.22)
    assert sorted(by_level.values()) == pytest.approx([0.2, 0.22, 0.24, 0.26])
    assert "$x$ b: " in scores.alt


def test_a_group_that_nobody_can_score_says_why_once(run):
    section = groups_section(Summary(run))
    table = next(b for b in flat(section.blocks) if isinstance(b, Table) and "AUROC" in b.caption)
    row = next(row for row in table.groups[0].rows if row[0].text.endswith(": d"))
    assert row[0].details == ("too few: 3 events",)
    assert {cell.text for cell in row[1:]} == {"—"}
    assert not any(cell.details for cell in row[1:])
