"""Figures at journal widths: panels beside each other in one figure, fonts embedded."""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from string import ascii_lowercase
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from synthcraft.report.document import Document, Figure, Legend, Panel, flat
from synthcraft.report.figures import height, paint, settings
from synthcraft.report.palette import DASHES, INK, MARKERS, PALETTE, REAL
from synthcraft.report.plots import Drawn, Heat, Histogram, Survival
from synthcraft.report.printed import escaped

SINGLE, DOUBLE = 89, 183
"""Widths in mm of one and of two columns of a journal's page."""

_INCH = 25.4
_HIGHEST = 225 / _INCH  # of an A4 page, with room for a caption
_LEGEND = 0.3
_LEAST = 3.1  # of a figure of one panel: points and their names need the room
_BESIDE = {"small": 3, "medium": 2, "wide": 1}
_NARROW = 2.6
_FOR_PRINT: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "figure.facecolor": "white",
}


@dataclass(frozen=True)
class Printed:
    """A figure for print: its name, its width in mm, its caption, and the panels in it.

    ``beside`` panels stand in a row; ``first`` is the place of the first one among all panels of
    the report's figure, None where that has one panel only.
    """

    name: str
    width: int
    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[Legend, ...] = ()
    beside: int = 1
    first: int | None = None


def printed_figures(document: Document) -> tuple[Printed, ...]:
    """Every figure of a report that we draw: alone at both widths, or its panels on pages.

    What another library has drawn is left out.
    """
    return tuple(_unique(_figures(document)))


def _figures(document: Document) -> Iterator[Printed]:
    for section in document.sections:
        for block in flat(section.blocks):
            if isinstance(block, Figure):
                yield from _pages(block)


def _pages(figure: Figure) -> Iterator[Printed]:
    panels = [panel for panel in figure.panels if not isinstance(panel.plot, Drawn)]
    if len(panels) == 1:
        for width in (SINGLE, DOUBLE):
            yield Printed(panels[0].id, width, figure.caption, tuple(panels), figure.legend)
    elif panels:
        beside = min(_beside(panels), len(panels))
        pages, first = list(_paged(panels, beside)), 0
        for place, page in enumerate(pages, 1):
            name, caption = _shared(panels), figure.caption
            if len(pages) > 1:
                name, caption = f"{name}-{place}", f"{caption} (Part {place} of {len(pages)}.)"
            yield Printed(name, DOUBLE, caption, page, figure.legend, beside, first)
            first += len(page)


def _unique(found: Iterator[Printed]) -> Iterator[Printed]:
    seen: set[tuple[str, int]] = set()
    for figure in found:
        if (figure.name, figure.width) not in seen:
            seen.add((figure.name, figure.width))
            yield figure


def _shared(panels: Sequence[Panel]) -> str:
    """What the names of panels have in common.

    >>> from synthcraft.report.plots import Forest
    >>> forest = Forest("AUROC", ())
    >>> _shared([Panel(f"groups-1-{name}", "", forest) for name in ("scores", "shares")])
    'groups-1'
    """
    columns = zip(*(panel.id.split("-") for panel in panels), strict=False)
    same = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]
    return "-".join(same) or panels[0].id


def _paged(panels: Sequence[Panel], beside: int) -> Iterator[tuple[Panel, ...]]:
    """Panels by page, so that none is higher than a page."""
    page: list[Panel] = []
    for panel in panels:
        if page and _high(_rows([*page, panel], beside), beside) > _HIGHEST:
            yield tuple(page)
            page = []
        page.append(panel)
    yield tuple(page)


def _rows(panels: Sequence[Panel], beside: int) -> list[Sequence[Panel]]:
    return [panels[at : at + beside] for at in range(0, len(panels), beside)]


def _beside(panels: Sequence[Panel]) -> int:
    if any(isinstance(panel.plot, Heat) for panel in panels):
        return 2  # column names need the room
    return min(_BESIDE[panel.width] for panel in panels)


def _heights(rows: Sequence[Sequence[Panel]], width: float) -> list[float]:
    return [max(height(panel.plot, width) for panel in row) for row in rows]


def _high(rows: Sequence[Sequence[Panel]], beside: int) -> float:
    return sum(_heights(rows, DOUBLE / _INCH / beside)) + _LEGEND


def drawn(figure: Printed) -> dict[str, bytes]:
    """The figure as ``pdf`` (fonts of type 42 in it) and ``svg`` (letters as outlines).

    The same figure gives the same bytes.
    """
    nothing = {"pdf": ("CreationDate", "Creator", "Producer"), "svg": ("Date", "Creator")}
    files = {}
    with mpl.rc_context({**settings(figure.name), **_FOR_PRINT}):
        canvas = composed(figure)
        for form, facts in nothing.items():
            out = io.BytesIO()
            canvas.savefig(out, format=form, metadata=dict.fromkeys(facts))
            files[form] = out.getvalue()
    return files


def composed(figure: Printed) -> Canvas:
    """The figure with its panels, lettered where there are several; draw it under ``settings``."""
    inches, beside = figure.width / _INCH, figure.beside
    rows = _rows(figure.panels, beside)
    heights = _heights(rows, inches / beside)
    legend = _LEGEND * math.ceil(len(figure.legend) / (6 if figure.width == DOUBLE else 3))
    alone = figure.first is None
    total = max(sum(heights), _LEAST) if alone else sum(heights)
    canvas = Canvas(figsize=(inches, total + legend), layout="constrained")
    FigureCanvasSVG(canvas)
    grid = canvas.subfigures(len(rows), beside, squeeze=False, height_ratios=heights)
    for place, panel in enumerate(figure.panels):
        part = grid[place // beside][place % beside]
        paint(panel.plot, part)
        _fit(part.axes[0], inches / beside, _letter(figure.first, place))
    if figure.legend:
        columns = min(len(figure.legend), 6 if figure.width == DOUBLE else 3)
        canvas.legend(
            handles=[_key(entry, figure.panels) for entry in figure.legend],
            loc="outside lower center",
            ncols=columns,
            frameon=False,
            fontsize=7.5,
        )
    return canvas


def _letter(start: int | None, place: int) -> str:
    """a to z, then aa, ab, … from a start on; none for a panel that is alone.

    >>> _letter(0, 0), _letter(20, 7), _letter(None, 0)
    ('a', 'ab', '')
    """
    if start is None:
        return ""
    first, last = divmod(start + place, len(ascii_lowercase))
    return ascii_lowercase[first - 1 : first] + ascii_lowercase[last]


def _fit(axes: Axes, inches: float, letter: str) -> None:
    """Letter a panel, and break its texts into lines: layout leaves no room for their width."""
    title = f"{letter}  {axes.get_title(loc='left')}".strip()
    axes.set_title("", loc="left")
    if title:  # of the panel, for names beside an axis would push its own aside
        _titled(axes, _broken(title, 72 * 0.95 * inches, 9))
    named = axes.yaxis.get_ticklocs().size and axes.get_ylabel() == ""
    room = 72 * inches * (0.62 if named else 0.75)  # about the middle of the axes
    for axis in (axes.xaxis, axes.yaxis):
        text = axis.label.get_text()
        wide = room if axis is axes.xaxis else 0.7 * 72 * _height_of(axes)
        axis.set_label_text(_broken(text, wide, float(axis.label.get_fontsize())))
    if inches < _NARROW and isinstance(axes.xaxis.get_major_locator(), MaxNLocator):
        axes.locator_params(axis="x", nbins=3)


def _titled(axes: Axes, title: str) -> None:
    axes.figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold", color=INK)


def _height_of(axes: Axes) -> float:
    """The height in inches of the part of a figure that axes stand in."""
    part = axes.figure
    return float(part.bbox.transformed(part.dpi_scale_trans.inverted()).height)


def _broken(text: str, points: float, size: float) -> str:
    """The text in lines of at most so many points, of letters of this size."""
    width = max(8, int(points / (0.56 * size)))
    return "\n".join(fill(line, width) for line in text.split("\n"))


def _key(entry: Legend, panels: Sequence[Panel]) -> Line2D | Patch:
    """What a colour stands for; a line where a curve has it, a mark where marks have it."""
    if entry.place is None:
        return Patch(color=REAL, label=entry.label)
    lines = any(isinstance(panel.plot, Histogram | Survival) for panel in panels)
    marks = any(not isinstance(panel.plot, Histogram) for panel in panels)
    return Line2D(
        [],
        [],
        color=PALETTE[entry.place % len(PALETTE)],
        linestyle=DASHES[entry.place % len(DASHES)] if lines else "none",
        marker=MARKERS[entry.place % len(MARKERS)] if marks else "none",
        markersize=4,
        label=entry.label,
    )


def figures_tex(found: Sequence[Printed]) -> str:
    """LaTeX that takes in each figure once, in its larger width, with caption and label."""
    largest = {figure.name: figure for figure in found}  # the wider one comes last
    lines = ["% Needs \\usepackage{graphicx,caption}"]
    for figure in largest.values():
        lines += [
            "\\begin{center}",
            f"\\includegraphics[width=\\linewidth,height=0.85\\textheight,keepaspectratio]"
            f"{{figures/{figure.name}-{figure.width}mm.pdf}}",
            f"\\captionof{{figure}}{{{escaped(figure.caption)}}}\\label{{fig:{figure.name}}}",
            "\\end{center}",
            "",
        ]
    return "\n".join(lines)
