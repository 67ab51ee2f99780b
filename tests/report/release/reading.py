"""What a section says, as text."""

from synthcraft.report.document import Bullets, Cell, Paragraph, Section, Table, flat


def told(section: Section) -> str:
    """All its paragraphs and points."""
    parts = []
    for block in flat(section.blocks):
        if isinstance(block, Paragraph):
            parts.append(block.text)
        if isinstance(block, Bullets):
            parts += [f"{item.lead}. {item.text}" for item in block.items]
    return "\n".join(parts)


def tables(section: Section) -> list[Table]:
    """Its tables."""
    return [block for block in flat(section.blocks) if isinstance(block, Table)]


def rows(table: Table) -> dict[tuple[str, str], tuple[Cell, ...]]:
    """The rows of a table, by the title that they stand under and their first cell."""
    return {(group.title, row[0].text): row[1:] for group in table.groups for row in group.rows}
