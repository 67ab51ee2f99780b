"""The section of a report on plausibility: rows that break rules, or leave ranges."""

from collections.abc import Sequence
from dataclasses import replace

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import interval, number, short


def plausibility_section(summary: Summary) -> Section | None:
    """How many rows break declared rules, or leave declared ranges; None where none is declared."""
    found = [
        q
        for q in summary.quantities
        if q.metric in ("rule_violations", "range_violations")
        and any(summary.samples(c.arm.id, q) for c in summary.contenders)
    ]
    rules = [q for q in found if q.metric == "rule_violations"]
    left = [q for q in found if q.metric == "range_violations" and _left(summary, q)]
    blocks: list[Block] = []
    if rules:
        caption = (
            "Rules that the spec declares: share of rows that break them, and how much more often "
            "synthetic rows do than real ones (excess)."
        )
        blocks.append(_rule_table(summary, rules, f"{caption} {tables.reading(summary)}"))
    if left:
        caption = "Values outside the declared range or levels: share of rows. Real rows have none."
        blocks.append(_rule_table(summary, left, f"{caption} {tables.reading(summary)}"))
    elif len(found) > len(rules):
        blocks.append(Paragraph("No synthetic value lies outside a declared range or levels."))
    if not blocks:
        return None
    return Section("plausibility", "Plausibility: are the rows possible at all?", tuple(blocks))


def _rule_cell(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    """How often a rule is broken, and how much more often than by real rows."""
    cell = tables.plain(summary, contender, quantity)
    wanted = replace(quantity, metric=f"{quantity.metric}_excess")
    excess = summary.score(contender.arm.id, wanted).estimate
    if excess is None:
        return cell
    bounds = interval(excess)
    told = f"excess {number(excess.mean)}{f' ({bounds})' if bounds else ''}"
    return replace(cell, details=(*cell.details, told))


def _left(summary: Summary, quantity: Quantity) -> bool:
    """Whether any generator leaves a range at all."""
    values = [summary.samples(c.arm.id, quantity).values() for c in summary.generators]
    return any(value > 0 for found in values for split in found for value in split)


def _rule_table(summary: Summary, quantities: Sequence[Quantity], caption: str) -> Table:
    rows = []
    for q in sorted(quantities, key=lambda q: (not q.column, q.column)):
        name = f"{q.metric}_real"
        real = [tables.of_real(summary, q)] if name in summary.descriptors else []
        head = Cell(short(q.column) or "any of them", about="" if q.column else q.metric)
        cells = [_rule_cell(summary, c, q) for c in summary.contenders]
        rows.append((head, *real, *cells))
    with_real = len(rows[0]) > 1 + len(summary.contenders)
    return Table(
        caption=caption,
        heads=(
            Head("Rule" if with_real else "Column"),
            *([Head("Holdout rows")] if with_real else []),
            *(Head(short(c.label)) for c in summary.contenders),
        ),
        groups=(Rows(tuple(rows)),),
    )
