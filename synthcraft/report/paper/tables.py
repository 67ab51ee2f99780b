"""Tables for print: every table of a report as CSV and LaTeX, and all of them as Markdown."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from synthcraft.report.document import Cell, Document, Rows, Section, Table, flat
from synthcraft.report.printed import as_csv, escaped, latex
from synthcraft.report.render import markdown

LONGEST = 50
"""Lines of a table that stand on one page."""

_WIDE = 28  # characters of a cell from which on its column breaks lines
_MM = 1.9  # of a letter, about
_PAGE = 178.0  # mm between the margins, less the space between columns


@dataclass(frozen=True)
class Placed:
    """A table, the name of its files, and the section of the report that it stands in."""

    name: str
    section: str
    table: Table


def placed(document: Document) -> tuple[Placed, ...]:
    """Every table of the report: named by its id, or by its section and place in it."""
    found: list[Placed] = []
    for section in document.sections:
        inside = [block for block in flat(section.blocks) if isinstance(block, Table)]
        named = (table.id or f"{section.id}-{place}" for place, table in enumerate(inside, 1))
        found += [
            Placed(name, section.title, table) for name, table in zip(named, inside, strict=True)
        ]
    taken = Counter(each.name for each in found)
    return tuple(
        replace(each, name=f"{each.name}-table")
        if taken[each.name] > 1 and not each.table.id
        else each
        for each in found
    )


def table_files(document: Document) -> dict[str, str]:
    """Files by name: ``tables/NAME.csv`` and ``.tex``, ``tables.md``, and ``tables.tex``.

    A table of more than LONGEST lines is printed in parts, each with the heads of its columns.
    """
    files = {}
    inputs = []
    for each in placed(document):
        files[f"tables/{each.name}.csv"] = as_csv(each.table)
        for name, part in _parts(each):
            files[f"tables/{name}.tex"] = latex(part, columns=_columns(part))
            inputs.append((name, part.caption))
    return files | {"tables.tex": _inputs(inputs), "tables.md": _all(document)}


def _parts(each: Placed) -> Iterator[tuple[str, Table]]:
    """The table, or its parts of at most LONGEST lines, with the names of their files."""
    pages = list(_pages(each.table))
    for place, groups in enumerate(pages, 1):
        several = len(pages) > 1
        caption = f"{each.table.caption} (Part {place} of {len(pages)}.)"
        yield (
            (f"{each.name}-part-{place}", replace(each.table, groups=groups, caption=caption))
            if several
            else (each.name, each.table)
        )


def _pages(table: Table) -> Iterator[tuple[Rows, ...]]:
    page: list[Rows] = []
    lines = 0
    for group in table.groups:
        page.append(Rows((), group.title))
        for row in group.rows:
            high = max(1 + len(cell.details) for cell in row)
            if lines and lines + high > LONGEST:
                yield tuple(rows for rows in page if rows.rows)
                page, lines = [Rows((), group.title)], 0
            page[-1] = replace(page[-1], rows=(*page[-1].rows, row))
            lines += high
    yield tuple(rows for rows in page if rows.rows) or table.groups


def _columns(table: Table) -> str:
    """How columns are set: numbers to the right; long text broken into lines; "": as usual."""
    longest = [max(map(_length, column)) for column in _by_column(table)]
    wide = [length > _WIDE for length in longest]
    if table.numeric or not any(wide):
        return ""
    taken = sum(_MM * length for length, broken in zip(longest, wide, strict=True) if not broken)
    shares = [
        min(length, 240) ** 0.7 * broken for length, broken in zip(longest, wide, strict=True)
    ]
    left = max(60.0, _PAGE - taken)
    return "".join(
        f"p{{{left * share / sum(shares):.0f}mm}}" if broken else "l"
        for share, broken in zip(shares, wide, strict=True)
    )


def _by_column(table: Table) -> list[list[Cell]]:
    heads = [Cell(head.text, head.details) for head in table.heads]
    rows = [row for group in table.groups for row in group.rows]
    return [[head, *(row[at] for row in rows)] for at, head in enumerate(heads)]


def _length(cell: Cell) -> int:
    return max(map(len, (cell.text, *cell.details)))


def _inputs(named: list[tuple[str, str]]) -> str:
    lines = ["% Needs \\usepackage{booktabs,adjustbox,caption}"]
    for name, caption in named:
        lines += [
            "\\begin{center}",
            f"\\captionof{{table}}{{{escaped(caption)}}}\\label{{tab:{name}}}",
            "\\begin{adjustbox}{max width=\\linewidth,max totalheight=0.85\\textheight}",
            f"\\input{{tables/{name}.tex}}",
            "\\end{adjustbox}",
            "\\end{center}",
            "",
        ]
    return "\n".join(lines)


def _all(document: Document) -> str:
    """All tables as Markdown, under the titles of their sections."""
    sections = [
        Section(section.id, section.title, inside, section.level)
        for section in document.sections
        if (inside := tuple(b for b in flat(section.blocks) if isinstance(b, Table)))
    ]
    return markdown(Document(f"Tables: {document.title}", "", tuple(sections)))
