"""A report as plain data: sections of blocks, which HTML and Markdown render alike.

Every number is text here already, so that two renderings cannot disagree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from synthcraft.report.plots import Plot

Tone = Literal["", "muted", "alert", "best"]
Width = Literal["small", "medium", "wide"]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Item:
    """A point of a list, after words that say what it is about."""

    text: str
    lead: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, and smaller lines below it; ``about`` names the measure it explains.

    The text then shows the card of that measure's definition.
    """

    text: str
    details: tuple[str, ...] = ()
    tone: Tone = ""
    about: str = ""


@dataclass(frozen=True)
class Head:
    """A column's head: its title, and smaller lines below it (direction, n); see Cell."""

    text: str
    details: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Rows:
    """Table rows under a common title ("" for none); the first cell of each row is its head."""

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption; one with an id is also written for print, as CSV and LaTeX.

    ``means``: numbers under a measure's name are means of its rows in results.csv. Places on a
    scale, or means over validation rows, are not.
    """

    caption: str
    heads: tuple[Head, ...]
    groups: tuple[Rows, ...]
    numeric: bool = True
    id: str = ""
    means: bool = True


@dataclass(frozen=True)
class Panel:
    """One picture of a figure; ``alt`` says in words what it shows."""

    id: str
    alt: str
    plot: Plot
    width: Width = "medium"


@dataclass(frozen=True)
class Legend:
    """What a colour and shape stand for, once for all panels of a figure."""

    label: str
    place: int | None  # position in the palette; None: real rows


@dataclass(frozen=True)
class Figure:
    """Panels under one caption."""

    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[Legend, ...] = ()


@dataclass(frozen=True)
class Code:
    """Text to be shown as it is."""

    text: str
    summary: str = ""  # when given, folded under this line


@dataclass(frozen=True)
class Term:
    """A measure's definition: ``card`` is what a reader of a table needs, ``lines`` the rest.

    The card (what it asks, which way is better, its ideal, when it misleads) also shows beside the
    tables, on demand.
    """

    name: str
    title: str
    card: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """Definitions."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Fold:
    """Blocks that show on demand, under a line that says what they are."""

    summary: str
    blocks: tuple["Block", ...]


Block = Paragraph | Bullets | Table | Figure | Code | Terms | Fold
Part = TypeVar("Part")


@dataclass(frozen=True)
class Section:
    """A titled part of the report; ``level`` 3 stands below the last one of level 2."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True)
class Link:
    """A page that goes with this one: where it lies from here, and where its Markdown does."""

    text: str
    page: str
    markdown: str


@dataclass(frozen=True)
class Document:
    """The whole report, or a pack that goes with it; ``kind`` stands above its title.

    ``links`` lead to pages of the same folder: a report to its packs, a pack to its report.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...] = field(default=())
    kind: str = "SynthCraft report"
    links: tuple[Link, ...] = ()


def present(*parts: Part | None) -> list[Part]:
    """Those blocks, or sections, that there are."""
    return [part for part in parts if part is not None]


def apart(section: Section, prefix: str) -> Section:
    """The section with ids of its own, so that those of several runs can stand in one page."""
    return replace(
        section, id=prefix + section.id, blocks=tuple(_apart(b, prefix) for b in section.blocks)
    )


def _apart(block: Block, prefix: str) -> Block:
    if isinstance(block, Figure):
        panels = tuple(replace(panel, id=prefix + panel.id) for panel in block.panels)
        return replace(block, panels=panels)
    if isinstance(block, Table) and block.id:
        return replace(block, id=prefix + block.id)
    if isinstance(block, Fold):
        return replace(block, blocks=tuple(_apart(inner, prefix) for inner in block.blocks))
    return block


def without_figures(document: Document, why: str) -> Document:
    """The document with words in place of each figure, and at its top why there is none.

    >>> from synthcraft.report.plots import Forest
    >>> figure = Figure("Scores.", (Panel("scores", "arf leads", Forest("AUROC", ())),))
    >>> page = Document("Report", "", (Section("results", "Results", (figure,)),))
    >>> [block.text for block in without_figures(page, "no ink").sections[0].blocks]
    ['No figure is drawn: no ink.', 'Scores. Not drawn: arf leads']
    """
    told = Paragraph(f"No figure is drawn: {why}.", "alert")
    sections = tuple(
        replace(section, blocks=tuple(map(_in_words, section.blocks)))
        for section in document.sections
    )
    first = tuple(replace(section, blocks=(told, *section.blocks)) for section in sections[:1])
    return replace(document, sections=(*first, *sections[1:]))


def _in_words(block: Block) -> Block:
    if isinstance(block, Figure):
        shown = " ".join(panel.alt for panel in block.panels)
        return Paragraph(f"{block.caption} Not drawn: {shown}", "muted")
    if isinstance(block, Fold):
        return replace(block, blocks=tuple(map(_in_words, block.blocks)))
    return block


def flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks and those within folds."""
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from flat(block.blocks)
