"""What a data steward asks of a synthetic file: each risk with its control, in plain lines."""

from collections.abc import Iterator

from synthcraft.cli.text import paragraph, table
from synthcraft.records import Role
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import interval, number
from synthcraft.results import Run

NOTHING = "–"
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
    asked = {
        m.name for m in run.plan.metrics if m.family == "privacy" and m.direction == "minimize"
    }
    if not asked:
        yield "No privacy metric was asked for: nothing is said of risks."
        return
    whole = [q for q in summary.quantities if q.metric in asked and not (q.column or q.group)]
    kinds = dict.fromkeys((q.metric, q.model) for q in whole)
    for contender in summary.generators:
        rows = [row for kind in kinds if (row := _row(summary, contender, *kind))]
        if rows:
            yield from (f"{contender.label}:", table(rows, header=HEADER), "")
    yield paragraph(READ if any(size.holdout for size in run.splits) else NONE)


def _row(summary: Summary, contender: Contender, metric: str, model: str) -> tuple[str, ...]:
    """Main, control and excess of one risk; nothing where none of them has a value."""
    roles: tuple[Role, ...] = ("main", "control", "excess")
    cells = [_cell(summary, contender, Quantity(metric, model=model, role=role)) for role in roles]
    name = f"{metric} ({model})" if model else metric
    return (name, *cells) if any(cell != NOTHING for cell in cells) else ()


def _cell(summary: Summary, contender: Contender, quantity: Quantity) -> str:
    estimate = summary.score(contender.arm.id, quantity).estimate
    if estimate is None:
        return NOTHING
    bounds = interval(estimate) if quantity.role == "excess" else ""
    return number(estimate.mean) + (f" ({bounds})" if bounds else "")
