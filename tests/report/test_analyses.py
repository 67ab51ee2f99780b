"""The table of declared analyses: real, weighted and synthetic estimates side by side."""

from dataclasses import replace

from synthcraft.records import Measure
from synthcraft.report.analyses import MANY_TERMS, analyses_table
from synthcraft.report.families import utility_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run


def with_estimates(run, *, terms=("age", "bmi"), weighted=True, failing=()):
    """The run with estimates of one analysis; synthetic ones are 1 more than the real ones."""

    def told(record):
        found = []
        for place, term in enumerate(terms):
            at = place + record.trial.split / 10
            about = Measure("", model="risk", column=term, reference="train")
            sides = {"real": at, "synthetic": at + 1, **({"weighted": at - 1} if weighted else {})}
            for name, value in sides.items():
                row = replace(about, metric=f"estimand.{name}")
                if name == "synthetic" and term in failing:
                    found.append(row.absent("why not", "failed"))
                else:
                    found.append(replace(row, value=value, low=value - 0.2, high=value + 0.3))
        return replace(record, measures=(*record.measures, *found))

    records = tuple(told(r) if r.status == "ok" else r for r in run.records)
    return Summary(replace(run, records=records))


def cells(fold):
    (table,) = fold.blocks
    return {row[0].text: row[1:] for group in table.groups for row in group.rows}


def test_estimates_stand_side_by_side(whole):
    run = load_run(whole)
    summary = with_estimates(run, failing=("bmi",))
    fold = analyses_table(summary)
    assert [b for b in utility_section(summary).blocks if b == fold]
    splits = run.plan.splits
    middle = sum(range(splits)) / splits / 10
    real, weighted, *made = cells(fold)["age"]
    assert real.text == f"{middle:.3f}"
    assert real.details == (f"{middle - 0.2:.3f} to {middle + 0.3:.3f}".replace("-", "−"),)
    assert weighted.text == f"{middle - 1:.3f}".replace("-", "−")
    by_label = dict(zip([c.label for c in summary.generators], made, strict=True))
    assert by_label.pop("tvae").text == "—"  # none of its trials succeeded
    assert {cell.text for cell in by_label.values()} == {f"{middle + 1:.3f}"}
    assert {cell.text for cell in cells(fold)["bmi"][2:]} == {"—"}


def test_without_weights_there_is_no_column_for_them(whole):
    summary = with_estimates(load_run(whole), weighted=False)
    (table,) = analyses_table(summary).blocks
    assert "weights" not in table.caption
    assert len(table.heads) == 2 + len(summary.generators)


def test_many_coefficients_are_cut_and_none_leave_no_table(whole):
    run = load_run(whole)
    assert analyses_table(Summary(run)) is None
    names = tuple(f"x{i:03}" for i in range(MANY_TERMS + 7))
    (table,) = analyses_table(with_estimates(run, terms=names)).blocks
    assert len(table.groups[0].rows) == MANY_TERMS
    assert "7 further coefficients" in table.caption
