"""Who is at greater risk than the average: groups of people, and rare records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table, present
from synthcraft.report.release.risks import MEMBERSHIP, attempts, measured, present_table, reading
from synthcraft.report.release.subject import named, subjects, yardsticks
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import clean, group_name, listed, short, span, title

RECORDS = ("record_risk_q50", "record_risk_q90", "record_risk_q99")


def persons_section(summary: Summary) -> Section:
    """Risk by group of the sensitive columns, and how it spreads over records."""
    blocks: list[Block] = [
        Paragraph(
            "An average hides the few. Below, how well membership in the data is found out within "
            "each group, and how exposed the most exposed records are. It is told how many stand "
            "out, never who."
        ),
        *_groups(summary),
        *_records(summary),
    ]
    return Section("persons", "Groups and rare records", tuple(blocks))


# By group -----------------------------------------------------------------------------------


def _groups(summary: Summary) -> Iterator[Block]:
    grouped = [
        q
        for q in summary.quantities
        if q.metric in MEMBERSHIP and q.group and q.role == "excess" and not q.column
    ]
    there = tables.valued(summary, grouped)
    for metric in dict.fromkeys(q.metric for q in there):
        yield _group_table(summary, [q for q in grouped if q.metric == metric])
    yield from present(tables.unvalued(summary, grouped))
    if grouped:
        return
    columns = [short(str(name)) for name in summary.run.table.get("sensitive", ())]
    ready = (
        f"The sensitive columns are declared ({listed(columns)})"
        if columns
        else "Name the groups in dataset.sensitive"
    )
    yield Paragraph(
        f"Not measured: the risk by group. {ready}; add the metric mia_distance (groups are told "
        "of categorical columns only).",
        "alert",
    )


def _group_table(summary: Summary, quantities: Sequence[Quantity]) -> Table:
    sides = (*subjects(summary), *yardsticks(summary))
    rows = tuple(
        (_group(summary, q), *(_excess(summary, c, q) for c in sides))
        for q in quantities
        if tables.valued(summary, [q])
    )
    name = title(Quantity(quantities[0].metric))
    return Table(
        f"{name}, within each group: excess over guessing (0: by chance, 1: always found out), "
        f"and the risk (AUC) it is made from. {reading(summary)}",
        (Head("Group", about=quantities[0].metric), *(Head(named(c)) for c in sides)),
        (Rows(rows),),
    )


def _group(summary: Summary, quantity: Quantity) -> Cell:
    rows = span(tables.rows_behind(summary, quantity))
    return Cell(short(group_name(quantity.group)), (f"n = {rows}",) if rows else ())


def _excess(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    cell = tables.plain(summary, contender, quantity)
    main = tables.plain(summary, contender, replace(quantity, role="main"))
    return replace(cell, details=(*cell.details, f"risk {clean(main.text)}"))


# By record ----------------------------------------------------------------------------------


def _records(summary: Summary) -> Iterator[Block]:
    found = measured(summary, RECORDS)
    yield from present_table(
        summary,
        found,
        "Rare records: how exposed is the middle row, and the row that one in ten, or one in a "
        "hundred, exceeds? The share of strangers who look less like a member than it does; the "
        f"control is what chance gives. {reading(summary)}",
    )
    if found:
        yield attempts(summary, found)
    else:
        yield Paragraph(
            "Not measured: how the risk spreads over records. Add the metric record_risk; it needs "
            "holdout rows.",
            "alert",
        )
