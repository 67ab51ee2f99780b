"""A document as HTML and as Markdown; both only copy the text that the document holds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Document,
    Figure,
    Fold,
    Item,
    Panel,
    Paragraph,
    Table,
    Terms,
    flat,
    without_figures,
)
from synthcraft.report.palette import DASHES, MARKERS, themed
from synthcraft.report.words import clean

Pictures = Mapping[str, str]  # SVG text by panel id


def undrawable() -> str:
    """Why no figure can be drawn here; "" where figures can be drawn."""
    try:
        import synthcraft.report.figures  # noqa: F401
    except ImportError as exc:
        return f"matplotlib cannot be loaded ({exc})"
    return ""


def drawable(document: Document) -> Document:
    """The document as it can be drawn here: without matplotlib, words instead of pictures."""
    why = undrawable()
    return without_figures(document, why) if why else document


def pictures(document: Document) -> dict[str, str]:
    """The SVG text of every panel, by its id."""
    return {panel.id: _picture(panel) for panel in _panels(document)}


def pdfs(document: Document) -> dict[str, bytes]:
    """The PDF of every panel that we draw, by its id."""
    drawn = {panel.id: _pdf(panel) for panel in _panels(document)}
    return {name: content for name, content in drawn.items() if content}


def _panels(document: Document) -> Iterator[Panel]:
    for section in document.sections:
        for block in flat(section.blocks):
            if isinstance(block, Figure):
                yield from block.panels


def _picture(panel: Panel) -> str:
    from synthcraft.report.figures import draw  # matplotlib: a page can be made without it

    return draw(panel.plot, width=panel.width, salt=panel.id)


def _pdf(panel: Panel) -> bytes:
    from synthcraft.report.figures import pdf

    return pdf(panel.plot, width=panel.width)


def html(document: Document, drawn: Pictures) -> str:
    """The page: nothing in it is loaded from elsewhere; every text is escaped."""
    environment = Environment(
        loader=PackageLoader("synthcraft.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clean": clean, "breakable": _breakable}
    page = environment.get_template("report.html.j2")
    return page.render(
        document=document,
        # Drawn by us: matplotlib escapes every text in it.
        drawn={name: Markup(themed(svg)) for name, svg in drawn.items()},
        kind=lambda block: type(block).__name__.lower(),
        defined={
            term.name: term
            for section in document.sections
            for block in flat(section.blocks)
            if isinstance(block, Terms)
            for term in block.terms
        },
        shapes=[_GLYPHS[marker] for marker in MARKERS],
        dashes=[_dashes(style) for style in DASHES],
    )


def _dashes(style: Any) -> str:
    """A matplotlib line style as SVG has it, for a line 1.6 wide."""
    return "none" if style == "solid" else " ".join(f"{1.6 * length:g}" for length in style[1])


def _breakable(text: str) -> Markup:
    """Escaped text that may break after an underscore, and before the ε of an arm's name.

    >>> _breakable("bayesian_network"), _breakable("aim@eps=1")
    (Markup('bayesian_<wbr>network'), Markup('aim<wbr>@eps=1'))
    """
    return Markup(re.sub("(?<=_)|(?=@)", "<wbr>", str(escape(text))))


_GLYPHS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚"}


# Markdown -----------------------------------------------------------------------------------


def markdown(document: Document) -> str:
    """The same text for readers without a browser; pictures are links to ``figures/``."""
    parts = [f"# {_safe(document.title)}", _safe(document.subtitle)]
    parts += [f"[{_safe(link.text)}]({link.markdown})" for link in document.links]
    for section in document.sections:
        parts.append(f"{'#' * section.level} {_safe(section.title)}")
        parts += [_block(block) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _safe(block.text)
    if isinstance(block, Bullets):
        return "\n".join(_item(item) for item in block.items)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        images = [f"![{_safe(panel.alt)}](figures/{panel.id}.svg)" for panel in block.panels]
        return "\n".join([*images, "", _safe(block.caption)])
    if isinstance(block, Code):
        return _code(block)
    if isinstance(block, Fold):
        return "\n\n".join([f"**{_safe(block.summary)}**", *map(_block, block.blocks)])
    return "\n".join(_terms(block))


def _item(item: Item) -> str:
    return f"- **{_safe(item.lead)}.** {_safe(item.text)}" if item.lead else f"- {_safe(item.text)}"


def _safe(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", clean(text))


def _table(table: Table) -> str:
    heads = [_cell(head.text, head.details) for head in table.heads]
    lines = [_safe(table.caption), "", _line(heads), _line(["---"] * len(heads))]
    for group in table.groups:
        if group.title:
            lines.append(_line([f"**{_safe(group.title)}**", *[""] * (len(heads) - 1)]))
        lines += [_line([_of(cell) for cell in row]) for row in group.rows]
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _of(cell: Cell) -> str:
    return _cell(cell.text, cell.details)


def _cell(text: str, details: tuple[str, ...]) -> str:
    return _safe(text) + (f" ({_safe('; '.join(details))})" if details else "")


def _code(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    intro = f"{_safe(block.summary)}\n\n" if block.summary else ""
    return f"{intro}{fence}\n{block.text.rstrip()}\n{fence}"


def _terms(block: Terms) -> Iterator[str]:
    for term in block.terms:
        lines = " ".join((*term.card, *term.lines))
        yield f"- **{_safe(term.title)}** ({_safe(term.name)}): {_safe(lines)}"
