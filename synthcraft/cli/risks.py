"""What a data steward asks of a synthetic file: each risk with its control, in plain lines."""

from collections.abc import Iterable, Iterator

from synthcraft.cli.text import paragraph, table
from synthcraft.records import Role
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import interval, listed, number
from synthcraft.results import Run
from synthcraft.stats import Estimate

NOTHING = "–"
HEADER = ("risk to train rows", "main", "control", "excess")
READ = (
    "main: what the synthetic rows show; control: what real people who were not used would show; "
    "excess: what is left (0: none, 1: as much as a copy of the train rows where the scale ends at "
    "1). An excess whose interval holds 0 is no proof of safety: other attacks were not tried; and "
    "of 40 such intervals about one lies above 0 by chance."
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
    controlled = any(size.holdout for size in run.splits)
    for contender in summary.generators:
        rows = [row for kind in kinds if (row := _row(summary, contender, *kind))]
        if rows:
            yield from (f"{contender.label}:", table(rows, header=HEADER))
        if controlled:
            yield paragraph(_shown(summary, contender, kinds))
        yield ""
    yield paragraph(READ if controlled else NONE)


def _shown(summary: Summary, contender: Contender, kinds: Iterable[tuple[str, str]]) -> str:
    """Which risks are more than chance, by intervals for one comparison at a time."""
    above = [
        _name(metric, model)
        for metric, model in kinds
        if (estimate := _excess(summary, contender, metric, model)) and (estimate.low or 0) > 0
    ]
    if above:
        return f"{contender.label} gives away more than chance: {listed(above)}."
    return f"{contender.label}: nothing here shows more than chance would."


def _excess(summary: Summary, contender: Contender, metric: str, model: str) -> Estimate | None:
    return summary.score(contender.arm.id, Quantity(metric, model=model, role="excess")).estimate


def _name(metric: str, model: str) -> str:
    return f"{metric} ({model})" if model else metric


def _row(summary: Summary, contender: Contender, metric: str, model: str) -> tuple[str, ...]:
    """Main, control and excess of one risk; nothing where none of them has a value."""
    roles: tuple[Role, ...] = ("main", "control", "excess")
    cells = [_cell(summary, contender, Quantity(metric, model=model, role=role)) for role in roles]
    return (_name(metric, model), *cells) if any(cell != NOTHING for cell in cells) else ()


def _cell(summary: Summary, contender: Contender, quantity: Quantity) -> str:
    estimate = summary.score(contender.arm.id, quantity).estimate
    if estimate is None:
        return NOTHING
    bounds = interval(estimate) if quantity.role == "excess" else ""
    return number(estimate.mean) + (f" ({bounds})" if bounds else "")
