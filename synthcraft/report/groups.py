"""The section of a report by group: results at each level of the sensitive columns."""

from collections.abc import Sequence
from dataclasses import replace

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table, present
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import WAYS, filled, group_name, short, span, title

BY_GROUP = ("group_share", "group_fidelity", "tstr.auroc", "calibration_slope")


def groups_section(summary: Summary) -> Section | None:
    """Results by level of the sensitive columns, and how far they spread."""
    spreads = _spreads(summary)
    blocks: list[Block] = present(
        _spread_table(summary, spreads), tables.unvalued(summary, spreads)
    )
    grouped = [q for q in summary.quantities if q.group and not q.column]
    key = [q for q in grouped if q.metric in BY_GROUP]
    for metric, model in sorted({(q.metric, q.model) for q in key}, key=_place):
        rows = [_group_row(summary, q) for q in key if (q.metric, q.model) == (metric, model)]
        reading = tables.AS_ABOVE if blocks else tables.reading(summary)
        sides = _sides_of_groups(summary)
        if tables.real_name(metric) not in summary.descriptors:
            rows, sides = [(row[0], *row[2:]) for row in rows], sides[1:]
        blocks.append(
            Table(
                caption=f"{title(Quantity(metric, model))}, by group. {reading}",
                heads=(Head("Group", about=metric), *sides),
                groups=(Rows(tuple(rows)),),
            )
        )
    if any(q not in key for q in grouped):
        blocks.append(Paragraph("Further measures by group are in results.csv.", "muted"))
    if not blocks:
        return None
    return Section("groups", "By group of the sensitive columns", tuple(blocks))


def _place(key: tuple[str, str]) -> tuple[int, str]:
    metric, model = key
    return BY_GROUP.index(metric), model


def _spreads(summary: Summary) -> list[Quantity]:
    """How far the groups of each sensitive column lie apart."""
    return [
        q
        for q in summary.quantities
        if q.column
        and (metric := summary.descriptors.get(q.metric)) is not None
        and metric.family == "fairness"
        and metric.direction != "none"
    ]


def _spread_table(summary: Summary, spreads: Sequence[Quantity]) -> Table | None:
    """One row per measure and sensitive column."""
    rows = []
    for q in tables.valued(summary, spreads):
        n = span(tables.rows_behind(summary, q))
        way = WAYS[summary.descriptors[q.metric].direction]
        details = filled(short(q.column), way, f"n = {n}" if n else "")
        cells = [tables.plain(summary, c, q) for c in summary.generators]
        head = Cell(title(replace(q, column="")), details, about=q.metric)
        rows.append((head, tables.of_real(summary, q), *cells))
    if not rows:
        return None
    return Table(
        caption="Groups of each sensitive column compared: how far the best and the worst served "
        "lie apart. A spread is above 0 by chance, so compare it with that of the model trained "
        f"on real rows. {tables.reading(summary)}",
        heads=(Head("Measure"), *_sides_of_groups(summary)),
        groups=(Rows(tuple(rows)),),
    )


def _sides_of_groups(summary: Summary) -> tuple[Head, ...]:
    return (Head("Real rows"), *(Head(short(c.label)) for c in summary.generators))


def _group_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    rows = span(tables.rows_behind(summary, quantity))
    n = f"n = {rows}" if rows else ""
    real = tables.of_real(summary, quantity)
    cells = [tables.plain(summary, c, quantity) for c in summary.generators]
    return (Cell(short(group_name(quantity.group)), filled(n)), real, *cells)
