"""What a data steward asks of a synthetic file: each risk with its control, in plain lines."""

from collections.abc import Iterator

from synthcraft.cli.text import paragraph, table
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import interval, number
from synthcraft.results import Run

HEADER = ("risk to train rows", "main", "control", "excess")
READ = (
    "main: what the synthetic rows show; control: what real people who were not used would show; "
    "excess: what is left (0: none, 1: as much as a copy of the train rows where the scale ends at "
    "1). An excess whose interval holds 0 is no proof of safety: other attacks were not tried."
)
NONE = (
    "No real rows were held out, so no risk has a control: these numbers alone do not say how much "
    "of what synthetic and real rows share is more than chance. Judge again with real rows that "
    "the generator has never seen (--holdout, or --trained-on)."
)


def risks(run: Run) -> Iterator[str]:
    """A table of risks for each generator, and how to read it.

    Only whole tables count here: risks of single columns and groups are in the report.
    """
    summary = Summary(run)
    asked = [
        metric.name
        for metric in run.plan.metrics
        if metric.family == "privacy" and metric.direction == "minimize"
    ]
    if not asked:
        yield "No privacy metric was asked for: nothing is said of risks."
        return
    for contender in summary.generators:
        rows = [row for name in asked if (row := _row(summary, contender, name))]
        if rows:
            yield from (f"{contender.label}:", table(rows, header=HEADER), "")
    yield paragraph(READ if any(size.holdout for size in run.splits) else NONE)


def _row(summary: Summary, contender: Contender, metric: str) -> tuple[str, ...]:
    """Main, control and excess of one risk; nothing where none of them has a value."""
    cells = [_cell(summary, contender, metric, role) for role in HEADER[1:]]
    return (metric, *cells) if any(cell != "–" for cell in cells) else ()


def _cell(summary: Summary, contender: Contender, metric: str, role: str) -> str:
    measured = summary.measures.get(contender.arm.id, {})
    of = [q for q in measured if q.metric == metric and q.role == role and _overall(q)]
    estimate = summary.score(contender.arm.id, of[0]).estimate if of else None
    if estimate is None:
        return "–"
    bounds = interval(estimate) if role == "excess" else ""
    return number(estimate.mean) + (f" ({bounds})" if bounds else "")


def _overall(quantity: Quantity) -> bool:
    return not (quantity.column or quantity.group or quantity.model)
