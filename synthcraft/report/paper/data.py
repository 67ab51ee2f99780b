"""Of the methods section: what the data were, and how they were divided."""

from collections.abc import Sequence

from synthcraft.report.paper.text import Line, Points, line
from synthcraft.report.paper.used import (
    cite,
    unknown,
)
from synthcraft.report.pooled import Study
from synthcraft.report.summary import Summary
from synthcraft.report.words import (
    clean,
    counted,
    filled,
    listed,
    short,
    span,
    times,
)
from synthcraft.spec.privacy import cut_of

MISSING = {
    "model": "left to the generators, which reproduce them",
    "impute": "filled in from train rows, with an indicator column",
    "drop": "a reason to leave the row out",
}


def data(study: Study) -> tuple[Line | Points, ...]:
    """The table: its size, outcome, gaps and roles, rows of its parts, and what was left out."""
    summary = study.first
    run, table = summary.run, summary.run.table
    spec = run.spec.dataset
    columns = table.get("columns", {})
    gaps = any(column.get("missing") for column in columns.values())
    roles = [
        f"{role}: {listed([short(str(name)) for name in names])}"
        for role, names in (
            ("Sensitive columns", table.get("sensitive") or ()),
            ("Quasi-identifiers (what an attacker may know)", table.get("quasi_identifiers") or ()),
        )
        if names
    ]
    told = line(
        f"The dataset {short(spec.plugin)}",
        cite("datasets", spec.plugin),
        unknown("datasets", spec.plugin),
        f" gave a table of {counted(table.get('rows', 0), 'row')} and "
        f"{counted(len(columns), 'column')}. {_outcome(summary)} ",
        f"Absent values were {MISSING[spec.missing]}. " if gaps else "No value was absent. ",
        " ".join(f"{role}." for role in roles),
        _sizes(study),
    )
    notes = tuple((clean(str(note)),) for note in table.get("notes", ()))
    return (told, Points(notes)) if notes else (told,)


def _sizes(study: Study) -> str:
    """Rows of the parts, from the smallest to the largest split."""
    sizes = [size for run in study.runs for size in run.run.splits]
    if not sizes:
        return ""
    train = span(_range([size.train for size in sizes]))
    holdout = span(_range([size.holdout for size in sizes]))
    return f" In each split {train} rows were train rows and {holdout} holdout rows."


def _outcome(summary: Summary) -> str:
    table = summary.run.table
    balance = table.get("target_balance") or {}
    levels = ", ".join(
        f"{short(str(name))} {count:,}" if isinstance(count, int) else f"{short(str(name))} {count}"
        for name, count in balance.items()
    )
    about = filled(
        str(table.get("task", "")),
        f"time in {short(str(table['time']))}" if table.get("time") else "",
        f"the event is {short(str(table['positive']))}" if table.get("positive") else "",
        levels,
    )
    return f"The outcome was {short(str(table.get('target')))} ({'; '.join(about)})."


def division(study: Study) -> tuple[Line | Points, ...]:
    """How rows came to the parts, and how often it was done."""
    summary = study.first
    run = summary.run
    spec, plan = run.spec, run.plan
    declared = {"holdout_path", "trained_on"} & {k for k, v in spec.dataset.params.items() if v}
    if declared:
        how = "Train and holdout rows were as the data declare them."
    else:
        by = (
            "each by a keyed hash of its own row or person"
            if cut_of(spec) == "hashed"
            else "at random, stratified by outcome"
        )
        whole = "; all rows of a person fell on one side" if spec.dataset.id else ""
        how = (
            f"Rows were divided {times(plan.splits)}, {by}, with "
            f"{spec.design.fractions.holdout:.0%} held out{whole}."
        )
    rows = spec.design.synthetic_rows
    size = f"{rows:,} rows" if rows else "as many rows as there were train rows"
    return (
        line(
            f"{how} Generators saw train rows only; holdout rows tested models and were the "
            f"yardstick of privacy. A generator was fitted with "
            f"{counted(plan.replicates, 'seed')} in a split, and each fit gave "
            f"{counted(spec.design.draws, 'synthetic table')} of {size}. All random numbers come "
            "from the seed of the specification"
            + (", but for the noise of private generators." if _secret(summary) else ".")
        ),
    )


def _secret(summary: Summary) -> bool:
    privacy = summary.run.spec.privacy
    return privacy is not None and privacy.noise == "os"


def _range(sizes: Sequence[int]) -> tuple[int, int] | None:
    return (min(sizes), max(sizes)) if sizes else None
