"""Of the methods section: what the data were, and how they were divided."""

from collections.abc import Iterator, Sequence

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
from synthcraft.spec.types import DatasetSpec

MISSING = {
    "model": "left to the generators, which reproduce them",
    "impute": "filled in from train rows, with an indicator column",
    "drop": "a reason to leave the row out",
}
STRATA = {"classification": ", stratified by outcome", "survival": ", stratified by event"}


def data(study: Study) -> tuple[Line | Points, ...]:
    """The table: its size, outcome, gaps and roles, rows of its parts, and what was left out."""
    summary = study.first
    run, table = summary.run, summary.run.table
    spec = run.spec.dataset
    columns = table.get("columns", {})
    gaps = any(column.get("missing") for column in columns.values())
    absent = f"Absent values were {MISSING[spec.missing]}." if gaps else "No value was absent."
    roles = [
        f"{role}: {listed([short(str(name)) for name in names])}."
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
        f"{counted(len(columns), 'column')}. ",
        " ".join(filled(_outcome(summary), absent, *roles, _rules(spec), _sizes(study))),
    )
    notes = tuple((clean(str(note)),) for note in table.get("notes", ()))
    return (told, Points(notes)) if notes else (told,)


def _rules(spec: DatasetSpec) -> str:
    """What was declared to hold in every row."""
    told = [f"{short(name)} ({clean(rule)})" for name, rule in (spec.rules or {}).items()]
    return f"Declared to hold in every row: {listed(told)}." if told else ""


def _sizes(study: Study) -> str:
    """Rows of the parts, from the smallest to the largest split."""
    sizes = [size for run in study.runs for size in run.run.splits]
    if not sizes:
        return ""
    train = span(_range([size.train for size in sizes]))
    holdout = span(_range([size.holdout for size in sizes]))
    return f"In each split {train} rows were train rows and {holdout} holdout rows."


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
    """How rows came to the parts, who saw which, and how often it was done."""
    return (line(" ".join((_divided(study.first), *_seen(study), _made(study.first)))),)


def _divided(summary: Summary) -> str:
    spec = summary.run.spec
    if {"holdout_path", "trained_on"} & {k for k, v in spec.dataset.params.items() if v}:
        return "Train and holdout rows were as the data declare them."
    hashed = cut_of(spec) == "hashed"
    by = (
        f"each row by a keyed hash of {'its person' if spec.dataset.id else 'itself'}"
        if hashed
        else f"at random{STRATA.get(str(summary.run.table.get('task')), '')}"
    )
    whole = "; all rows of a person fell on one side" if spec.dataset.id else ""
    about = "about " if hashed or spec.dataset.id else ""
    held_out = f"{about}{spec.design.fractions.holdout:.0%} held out"
    return f"Rows were divided {times(summary.run.plan.splits)}, {by}, with {held_out}{whole}."


def _seen(study: Study) -> Iterator[str]:
    given = all(contender.arm.plugin == "file" for contender in study.first.generators)
    yield (
        "Synthetic rows were made elsewhere; that their maker used the train rows, and no others, "
        "is what the author of the specification states."
        if given
        else "Generators saw train rows only."
    )
    sizes = [size for run in study.runs for size in run.run.splits]
    yield (
        "No row was held out, so that nothing is told that needs people whom no generator saw."
        if sizes and not any(size.holdout for size in sizes)
        else "Holdout rows tested models and were the yardstick of privacy."
    )


def _made(summary: Summary) -> str:
    design = summary.run.spec.design
    rows = design.synthetic_rows
    size = f"{rows:,} rows" if rows else "as many rows as there were train rows"
    judged = (
        "the rows added at the dose that decides were judged alone, against real rows of the "
        "groups that got them"
        if summary.run.spec.augmentation
        else f"{counted(design.draws, 'synthetic table')} of {size} "
        f"{'was' if design.draws == 1 else 'were'} judged"
    )
    noise = ", but for the noise of private generators" if _secret(summary) else ""
    return (
        f"With {counted(summary.run.plan.replicates, 'seed')} of each generator in a split, each "
        f"time {judged}. All random numbers come from the seed of the specification{noise}."
    )


def _secret(summary: Summary) -> bool:
    privacy = summary.run.spec.privacy
    return privacy is not None and privacy.noise == "os"


def _range(sizes: Sequence[int]) -> tuple[int, int] | None:
    return (min(sizes), max(sizes)) if sizes else None
