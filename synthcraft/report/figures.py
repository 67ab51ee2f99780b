"""Pictures as SVG text and as PDF: the same plot gives the same bytes; no text is markup."""

import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from synthcraft.report.document import Width
from synthcraft.report.palette import DASHES, INK, LINE, MARKERS, MUTED, PALETTE, PAPER, REAL
from synthcraft.report.plots import (
    Bar,
    Cloud,
    Curve,
    Drawn,
    Forest,
    Gantt,
    Group,
    Groups,
    Heat,
    Histogram,
    Levels,
    Line,
    Mark,
    Matrix,
    Plot,
    Point,
    Ranks,
    Reliability,
    Scatter,
    Survival,
    Trace,
)
from synthcraft.report.words import number, short

INCHES: dict[Width, float] = {"small": 3.1, "medium": 4.5, "wide": 8.2}
SETTINGS = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
}


def draw(plot: Plot, *, width: Width, salt: str) -> str:
    """The SVG text of a plot: no date, no version; ``salt`` keeps its ids apart from others'."""
    if isinstance(plot, Drawn):
        return plot.svg
    with mpl.rc_context(settings(salt)):
        return saved(_painted(plot, INCHES[width]), salt)


def drawing(plot: Plot, *, width: Width) -> Figure:
    """The plot as a figure of its own, which the caller may change; see ``draw``.

    Raises
    ------
    TypeError
        When another library has drawn it: then there is only its SVG text.
    """
    if isinstance(plot, Drawn):
        raise TypeError("this plot was drawn elsewhere, as SVG")
    with mpl.rc_context(settings("figure")):
        return _painted(plot, INCHES[width])


def pdf(plot: Plot, *, width: Width) -> bytes:
    """The plot as PDF with its fonts in it: no date, no version; empty where it was drawn before.

    The same plot gives the same bytes.
    """
    if isinstance(plot, Drawn):
        return b""
    out = io.BytesIO()
    nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    with mpl.rc_context({**settings("pdf"), "pdf.fonttype": 42}):
        _painted(plot, INCHES[width]).savefig(out, format="pdf", metadata=nothing)
    return out.getvalue()


def _painted(plot: Plot, inches: float) -> Figure:
    figure = Figure(figsize=(inches, height(plot, inches)), layout="constrained")
    FigureCanvasSVG(figure)
    paint(plot, figure)
    return figure


def paint(plot: Plot, figure: Figure | SubFigure) -> None:
    """Draw a plot, under our settings, into a figure or a part of one."""
    cast("Callable[[Any, Axes], None]", _KINDS[type(plot)][0])(plot, figure.add_subplot())


def saved(figure: Figure, salt: str) -> str:
    """The SVG text of a figure that was drawn under ``settings`` of the same salt."""
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    return _tidied(out.getvalue(), salt)


def settings(salt: str) -> Any:
    """Matplotlib's own defaults, whatever the reader has set up, and ours over them."""
    plain = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if "backend" not in key}
    return {**plain, **SETTINGS, "svg.hashsalt": salt}


def height(plot: Plot, inches: float) -> float:
    """How high a plot of this width is, both in inches."""
    if isinstance(plot, Levels):
        return 0.62 + 0.23 * max(3, len(plot.levels))
    if isinstance(plot, Forest):
        return 0.95 + 0.27 * len(plot.marks)
    if isinstance(plot, Groups):
        return 0.85 + 0.15 * sum(_room(group) for group in plot.groups)
    if isinstance(plot, Ranks):
        return 0.85 + 0.36 * len(plot.rows)
    if isinstance(plot, Gantt):
        return 1.15 + 0.27 * len(plot.rows)
    if isinstance(plot, Heat):
        return inches * 0.98
    return inches * (_KINDS[type(plot)][1] or 1.0)


def _tidied(svg: str, salt: str) -> str:
    """Without prologue and fixed size, and with ids of its own, so that it can stand in a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{salt}-', svg)
    svg = svg.replace("url(#", f"url(#{salt}-").replace('href="#', f'href="#{salt}-')
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


# Distributions ------------------------------------------------------------------------------


def _histogram(plot: Histogram, axes: Axes) -> None:
    places = _places(plot.edges)
    axes.stairs(plot.real, places, fill=True, color=REAL, linewidth=0)
    for series in plot.series:
        axes.stairs(
            series.values,
            places,
            color=_colour(series.place),
            linestyle=DASHES[series.place % len(DASHES)],
            linewidth=1.3,
            fill=False,
        )
    axes.set_title(plot.title)
    axes.set_xlabel(plot.unit)
    axes.set_yticks([])
    axes.set_ylim(bottom=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _places(edges: Sequence[float]) -> list[float]:
    first = edges[1] - edges[0] if len(edges) > 1 else 1.0
    last = edges[-1] - edges[-2] if len(edges) > 1 else 1.0
    return [edges[0] - first, *edges, edges[-1] + last]


def _levels(plot: Levels, axes: Axes) -> None:
    rows = np.arange(len(plot.levels))
    axes.barh(rows, plot.real, color=REAL, height=0.72)
    spread = np.linspace(-0.24, 0.24, max(len(plot.series), 2))
    for offset, series in zip(spread, plot.series, strict=False):
        axes.plot(
            series.values,
            rows + offset,
            linestyle="none",
            marker=MARKERS[series.place % len(MARKERS)],
            color=_colour(series.place),
            markersize=4,
            markeredgewidth=0,
        )
    axes.set_title(plot.title)
    axes.set_yticks(rows, list(plot.levels))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    axes.tick_params(axis="y", length=0)


def _colour(place: int) -> str:
    return PALETTE[place % len(PALETTE)]


# Matrices -----------------------------------------------------------------------------------

_BLUES = ("#e3ecf5", "#bfd3e8", "#8fb4d9", "#5891c6", "#2468a6")
_REDS = ("#fae6dd", "#f4c7b3", "#ea9d7d", "#d86f47", "#ad4414")
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.4)


def _heat(plot: Heat, axes: Axes) -> None:
    size = len(plot.names)
    for sign, colours in ((-1, _BLUES), (1, _REDS)):
        for k, colour in enumerate(colours):
            low = _STEPS[k]
            high = _STEPS[k + 1] if k + 1 < len(_STEPS) else 9.0
            _squares(axes, _where(plot.matrix, sign, low, high), colour)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.set_title(plot.title)
    if plot.labelled:
        axes.set_xticks(range(size), list(plot.names), rotation=90, fontsize=6.5)
        axes.set_yticks(range(size), list(plot.names), fontsize=6.5)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(True)
    _key(axes)


def _key(axes: Axes) -> None:
    colours = (*reversed(_BLUES), *_REDS)
    bounds = [f"−{s:g}" for s in reversed(_STEPS)] + [f"+{s:g}" for s in _STEPS]
    shown = (0, 2, 4, 5, 7, 9)
    marks = [
        Line2D([], [], linestyle="none", marker="s", markersize=6, color=colours[i]) for i in shown
    ]
    texts = [bounds[i] for i in shown]
    axes.figure.legend(
        marks,
        texts,
        loc="outside lower center",
        ncols=len(shown),
        frameon=False,
        fontsize=7,
        handletextpad=0,
        columnspacing=1,
    )


def _where(matrix: Matrix, sign: int, low: float, high: float) -> list[tuple[float, float, float]]:
    return [
        (column, row, 0.47)
        for row, values in enumerate(matrix)
        for column, value in enumerate(values)
        if value is not None and low <= sign * value < high
    ]


def _squares(
    axes: Axes, cells: Sequence[tuple[float, float, float]], colour: str, strength: float = 1
) -> None:
    """All squares (centre x, y and half side) of one colour as a single path."""
    if not cells:
        return
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], dtype=float)
    points = np.concatenate([np.array([x, y]) + half * corners for x, y, half in cells])
    codes = [Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY] * len(cells)
    axes.add_patch(
        PathPatch(Outline(points, codes), facecolor=colour, edgecolor="none", alpha=strength)
    )


def _cloud(plot: Cloud, axes: Axes) -> None:
    # Shades of one of the page's own colours stand out alike on light and dark.
    strengths = (0.15, 0.28, 0.42, 0.57, 0.75)
    top = max((v for row in plot.real for v in row if v is not None), default=1.0)
    for k, strength in enumerate(strengths):
        cells = [
            (x, y, 0.5)
            for x, y, value in _cells(plot.real)
            if k <= min(4, int(5 * value / top)) < k + 1
        ]
        _squares(axes, cells, MUTED, strength)
    ceiling = max((v for _, _, v in _cells(plot.synthetic)), default=1.0)
    made = [(x, y, 0.1 + 0.32 * (v / ceiling) ** 0.5) for x, y, v in _cells(plot.synthetic)]
    _squares(axes, made, _colour(plot.place))
    axes.set_xlim(-0.7, len(plot.real[0]) - 0.3)
    axes.set_ylim(-0.7, len(plot.real) - 0.3)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(plot.axes[0])
    axes.set_ylabel(plot.axes[1])
    axes.set_title(plot.title)


def _cells(matrix: Matrix) -> list[tuple[int, int, float]]:
    return [
        (x, y, value)
        for y, row in enumerate(matrix)
        for x, value in enumerate(row)
        if value is not None
    ]


# Scores -------------------------------------------------------------------------------------


def _forest(plot: Forest, axes: Axes) -> None:
    line = plot.line
    if line is not None:
        if line.low is not None and line.high is not None:
            axes.axvspan(line.low, line.high, color=REAL, alpha=0.45, linewidth=0)
        axes.axvline(line.value, color=MUTED, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.annotate(
            line.label,
            (line.value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            color=MUTED,
        )
    for row, mark in enumerate(plot.marks):
        _mark(axes, mark, row)
    axes.set_yticks(range(len(plot.marks)), [short(mark.label, 36) for mark in plot.marks])
    axes.set_ylim(len(plot.marks) - 0.4, -0.7)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(plot.axis)
    _focus(axes, plot.marks, "x")
    if plot.limits is not None:
        axes.set_xlim(*plot.limits)


def _groups(plot: Groups, axes: Axes) -> None:
    top, middles = 0.0, []
    for group in plot.groups:
        bottom = top + _room(group) - 1
        if group.beside is not None:
            _beside(axes, group.beside, top, bottom)
        first = (top + bottom - len(group.marks) + 1) / 2
        for k, mark in enumerate(group.marks):
            _mark(axes, mark, first + k)
        middles.append((top + bottom) / 2)
        top = bottom + 1
        if group is not plot.groups[-1]:
            axes.axhline(top - 0.5, color=LINE, linewidth=0.6)
    names = [f"{group.label}\n{group.note}".strip() for group in plot.groups]
    axes.set_yticks(middles, names)
    axes.set_ylim(top - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(plot.title)
    axes.set_xlabel(plot.axis)
    lines = [g.beside for g in plot.groups if g.beside is not None]
    beside = [Mark(line.label, line.value, line.low, line.high, None) for line in lines]
    _focus(axes, [*beside, *(mark for group in plot.groups for mark in group.marks)], "x")


def _room(group: Group) -> float:
    """The height of a group in rows of marks: at least that of its name and note."""
    return max(len(group.marks), 2 + group.note.count("\n")) + 0.9


def _beside(axes: Axes, line: Line, top: float, bottom: float) -> None:
    """What a group's marks stand beside: its interval as a band, its value as a line."""
    if line.low is not None and line.high is not None:
        width = line.high - line.low
        height = bottom - top + 0.6
        axes.barh(
            [(top + bottom) / 2], [width], left=line.low, height=height, color=REAL, alpha=0.6
        )
    axes.plot([line.value] * 2, [top - 0.3, bottom + 0.3], color=MUTED, linewidth=1.4)


def _ranks(plot: Ranks, axes: Axes) -> None:
    worst = len(plot.rows)
    for row, line in enumerate(plot.rows):
        for rank, times in Counter(line.ranks).items():
            axes.plot([rank], [row], "o", markersize=4 + 2.2 * times**0.5, color=REAL, alpha=0.9)
        axes.plot([line.mean], [row], linestyle="none", **{**_shape(line.place), "markersize": 8})
    for place, group in enumerate(plot.groups):
        x = worst + 0.45 + 0.16 * place
        axes.plot([x, x], [min(group), max(group)], color=INK, linewidth=2.4)
        axes.plot([x] * len(group), list(group), "o", color=INK, markersize=4.5)
    axes.set_yticks(range(worst), [short(line.label, 36) for line in plot.rows])
    axes.set_ylim(worst - 0.5, -0.5)
    axes.set_xlim(0.7, worst + 0.35 + 0.16 * (len(plot.groups) + 0.5) * bool(plot.groups))
    axes.set_xticks(range(1, worst + 1))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(plot.axis)


def _mark(axes: Axes, mark: Mark, row: float) -> None:
    colour = MUTED if mark.place is None else _colour(mark.place)
    if mark.low is not None and mark.high is not None:
        axes.plot([mark.low, mark.high], [row, row], color=colour, linewidth=1.6)
    axes.plot([mark.value], [row], linestyle="none", **_shape(mark.place))


def _shape(place: int | None) -> dict[str, Any]:
    if place is None:
        return {"marker": "o", "markersize": 6, "markerfacecolor": PAPER, "markeredgecolor": MUTED}
    shape = {"marker": MARKERS[place % len(MARKERS)], "markersize": 6.5}
    return {**shape, "color": _colour(place), "markeredgewidth": 0}


def _focus(axes: Axes, marks: Sequence[Mark], axis: str) -> None:
    """Limits by the values, not by intervals so wide that they would hide everything."""
    values = [mark.value for mark in marks]
    span = (max(values) - min(values)) or 0.1
    ends = [e for m in marks for e in (m.low, m.high) if e is not None]
    low = max(min([*values, *ends]), min(values) - 1.2 * span)
    high = min(max([*values, *ends]), max(values) + 1.2 * span)
    room = 0.06 * (high - low or 0.1)
    set_limits = axes.set_xlim if axis == "x" else axes.set_ylim
    set_limits(low - room, high + room)


def _scatter(plot: Scatter, axes: Axes) -> None:
    axes.set_xlim(*_window([point.x for point in plot.points]))
    axes.set_ylim(*_window([point.y for point in plot.points], with_zero=True))
    for point in plot.points:
        _cross(axes, point)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel(plot.x_axis)
    axes.set_ylabel(plot.y_axis)
    _name_points(axes, plot.points)


def _window(marks: Sequence[Mark], *, with_zero: bool = False) -> tuple[float, float]:
    """Limits that hold all marks but references so far off that they would squeeze the others."""
    zero = [0.0] if with_zero else []
    kept = list(marks)
    while references := [mark for mark in kept if mark.place is None]:
        middle = _middle([mark.value for mark in kept])
        far = max(references, key=lambda mark: abs(mark.value - middle))
        rest = [mark for mark in kept if mark is not far]
        if len(rest) < 2 or _spread(rest, zero) > 0.4 * _spread(kept, zero):
            break
        kept = rest
    values = [*zero, *(mark.value for mark in kept)]
    room = max(0.16 * (max(values) - min(values)), 0.01)
    return min(values) - room, max(values) + room


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _spread(marks: Sequence[Mark], more: Sequence[float]) -> float:
    values = [*more, *(mark.value for mark in marks)]
    return max(values) - min(values)


def _cross(axes: Axes, point: Point) -> None:
    colour = MUTED if point.place is None else _colour(point.place)
    x, y = point.x, point.y
    if x.low is not None and x.high is not None:
        axes.plot([x.low, x.high], [y.value, y.value], color=colour, linewidth=0.9, alpha=0.55)
    if y.low is not None and y.high is not None:
        axes.plot([x.value, x.value], [y.low, y.high], color=colour, linewidth=0.9, alpha=0.55)
    if point.best:
        ring: dict[str, Any] = {"markersize": 13, "markerfacecolor": "none"}
        axes.plot([x.value], [y.value], "o", markeredgecolor=colour, **ring)
    axes.plot([x.value], [y.value], linestyle="none", **_shape(point.place))


def _reliability(plot: Reliability, axes: Axes) -> None:
    axes.plot([0, plot.limit], [0, plot.limit], color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
    for place in (None, plot.place):
        points = [point for point in plot.points if point.place == place]
        colour = MUTED if place is None else _colour(place)
        axes.plot(
            [point.x.value for point in points],
            [point.y.value for point in points],
            color=colour,
            linewidth=1.1,
            linestyle="solid" if place is None else DASHES[place % len(DASHES)],
        )
        for point in points:
            _cross(axes, point)
    axes.set_xlim(0, plot.limit)
    axes.set_ylim(0, plot.limit)
    axes.set_aspect("equal")
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("foretold risk")
    axes.set_ylabel("share with the event")
    axes.set_title(plot.title)


def _survival(plot: Survival, axes: Axes) -> None:
    at = [0.0, *plot.at]
    low, high = (
        [
            1.0,
            *(
                mark.value if end is None else end
                for mark, end in zip(plot.real, ends, strict=True)
            ),
        ]
        for ends in ([m.low for m in plot.real], [m.high for m in plot.real])
    )
    axes.fill_between(at, low, high, color=REAL, linewidth=0)
    axes.plot(at, [1.0, *(mark.value for mark in plot.real)], color=INK, linewidth=1.4)
    for series in plot.series:
        axes.plot(
            at[: len(series.values) + 1],
            [1.0, *series.values],
            color=_colour(series.place),
            linewidth=1.3,
            linestyle=DASHES[series.place % len(DASHES)],
            marker=MARKERS[series.place % len(MARKERS)],
            markersize=4,
            markeredgewidth=0,
        )
    axes.set_xlim(0, 1.02 * at[-1])
    axes.set_ylim(0, 1.02)
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel(plot.x_axis)
    axes.set_ylabel("share without the event")


def _curve(plot: Curve, axes: Axes) -> None:
    levels = sorted({dose.at for track in plot.tracks for dose in track.doses})
    for line in plot.lines:
        axes.axhline(line.value, color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)))
    for track, shift in zip(plot.tracks, _aside(len(plot.tracks)), strict=True):
        colour, shape = _colour(track.place), _shape(track.place)
        at = [shift * dose.at for dose in track.doses]
        dashes = DASHES[track.place % len(DASHES)]
        values = [dose.mark.value for dose in track.doses]
        axes.plot(at, values, color=colour, linewidth=1.3, linestyle=dashes)
        for x, dose in zip(at, track.doses, strict=True):
            low, high = dose.mark.low, dose.mark.high
            if low is not None and high is not None:
                axes.plot([x, x], [low, high], color=colour, linewidth=0.9, alpha=0.55)
            axes.plot([x], [dose.mark.value], linestyle="none", **shape)
    axes.set_xscale("log")
    axes.set_xticks(levels, [f"{level:g}" for level in levels])
    axes.minorticks_off()
    axes.set_xlim(levels[0] / 1.5, levels[-1] * 1.5)
    axes.set_xlabel(plot.x_axis)
    axes.set_ylabel(plot.axis)
    axes.set_title(plot.title, fontsize=8)
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    marks = [dose.mark for track in plot.tracks for dose in track.doses]
    _focus(axes, [*marks, *plot.lines], "y")
    if plot.limits is not None:
        axes.set_ylim(*plot.limits)
    _name_lines(axes, plot.lines)


def _name_lines(axes: Axes, lines: Sequence[Mark]) -> None:
    """Each line's name at its right end, higher where it would cover the name below it."""
    low, high = axes.get_ylim()
    apart, lowest = 0.05 * (high - low), -np.inf
    for line in sorted(lines, key=lambda line: line.value):
        place = max(line.value, lowest)
        axes.annotate(
            short(line.label, 22),
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=7.5,
            color=MUTED,
        )
        lowest = place + apart


def _aside(tracks: int) -> list[float]:
    """Factors that set the marks of several tracks beside each other on a logarithmic axis."""
    return [1.04 ** (place - (tracks - 1) / 2) for place in range(tracks)]


# Over time ----------------------------------------------------------------------------------


def _gantt(plot: Gantt, axes: Axes) -> None:
    for shade, name in enumerate(plot.shades):
        bars = [bar for bar in plot.bars if bar.shade == shade and not bar.failed]
        _bars(axes, bars, label=name, color=_colour(shade))
    failed = [bar for bar in plot.bars if bar.failed]
    _bars(axes, failed, label="✗ failed", facecolor="none", edgecolor=INK)
    middles = [bar.start + bar.length / 2 for bar in failed]
    axes.plot(middles, [bar.row for bar in failed], "x", color=INK, markersize=5)
    if plot.limit is not None:
        label = f"budget: {plot.limit:g} s"
        axes.axvline(plot.limit, color=MUTED, linewidth=1.2, linestyle=(0, (4, 2)), label=label)
    axes.set_yticks(range(len(plot.rows)), [short(name, 36) for name in plot.rows])
    axes.set_ylim(len(plot.rows) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("seconds of the budget")
    axes.figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=7.5)


def _bars(axes: Axes, bars: Sequence[Bar], **look: Any) -> None:
    """Bars of one look; without any, their label would name a colour that is not there."""
    if bars:
        left, width = [bar.start for bar in bars], [bar.length for bar in bars]
        look = {"edgecolor": PAPER, "linewidth": 0.3, **look}
        axes.barh([bar.row for bar in bars], width, left=left, height=0.66, **look)


def _trace(plot: Trace, axes: Axes) -> None:
    apart = 0.12 if len(plot.bands) > 1 else 0.0
    for place, band in enumerate(plot.bands):
        colour, dashes = _colour(band.place), DASHES[band.place % len(DASHES)]
        at = [x + apart * (place - (len(plot.bands) - 1) / 2) for x in band.at]
        values = [mark.value for mark in band.marks]
        axes.plot(at, values, color=colour, linewidth=1.3, linestyle=dashes)
        for x, mark in zip(at, band.marks, strict=True):
            if mark.low is not None and mark.high is not None:
                axes.plot([x, x], [mark.low, mark.high], color=colour, linewidth=0.9, alpha=0.55)
        axes.plot(at, values, linestyle="none", **{**_shape(band.place), "markersize": 4.5})
    axes.set_title(plot.title, fontsize=8)
    axes.set_xlabel(plot.x_axis)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    if plot.limits is not None:
        axes.set_ylim(*plot.limits)


_OFFSETS = tuple(
    (side * dx, dy)
    for dy in (6.0, -12.0, 18.0, -24.0, 30.0, -36.0, 42.0)
    for side, dx in ((1, 9.0), (-1, 9.0))
)
_NEAR = 12.0  # points up or down: further off, a line leads from a name to its mark
_LEADER = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
_INSIDE = 0.86  # share of a picture that its axes fill, about


def _name_points(axes: Axes, points: Sequence[Point]) -> None:
    """Each point's name beside it, where no other name stands; beyond the limits, at the edge."""
    inches = axes.figure.bbox.transformed(axes.figure.dpi_scale_trans.inverted())
    room = (72 * _INSIDE * inches.width, 72 * _INSIDE * inches.height)
    taken = [_around(point, axes, room) for point in points]  # no name stands on a mark
    for point in sorted(points, key=lambda p: (p.place is None, -p.y.value)):
        x, right = _held(point.x.value, axes.get_xlim(), "←→")
        y, up = _held(point.y.value, axes.get_ylim(), "↓↑")
        text = short(point.label, 36) + right + up
        spot = _spot(x, y, axes, room)
        boxes = {offset: _box(spot, offset, 4.7 * len(text)) for offset in _OFFSETS}
        free = (offset for offset, box in boxes.items() if _free(box, taken, room))
        offset = next(free, _OFFSETS[0])
        taken.append(boxes[offset])
        axes.annotate(
            text,
            (x, y),
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] > 0 else "right",
            fontsize=8,
            color=MUTED if point.place is None else INK,
            annotation_clip=False,
            arrowprops=_LEADER if abs(offset[1]) > _NEAR else None,
        )


def _spot(x: float, y: float, axes: Axes, room: tuple[float, float]) -> tuple[float, float]:
    """Where in the room a point lies."""
    return room[0] * _share(x, axes.get_xlim()), room[1] * _share(y, axes.get_ylim())


def _around(point: Point, axes: Axes, room: tuple[float, float]) -> "Box":
    x, y = _spot(point.x.value, point.y.value, axes, room)
    return x - 5, y - 5, x + 5, y + 5


def _held(value: float, limits: tuple[float, float], arrows: str) -> tuple[float, str]:
    """The value within the limits, and an arrow with the value where it lies beyond them."""
    low, high = limits
    if low <= value <= high:
        return value, ""
    return (
        (low, f" {arrows[0]} {number(value)}")
        if value < low
        else (
            high,
            f" {arrows[1]} {number(value)}",
        )
    )


def _share(value: float, limits: tuple[float, float]) -> float:
    return (value - limits[0]) / (limits[1] - limits[0])


Box = tuple[float, float, float, float]


def _box(spot: tuple[float, float], offset: tuple[float, float], width: float) -> Box:
    left = spot[0] + offset[0] - (0 if offset[0] > 0 else width)
    low = spot[1] + offset[1]
    return left, low, left + width, low + 9


def _free(box: Box, taken: Sequence[Box], room: tuple[float, float]) -> bool:
    left, low, right, high = box
    inside = left >= 0 and low >= 0 and right <= room[0] and high <= room[1]
    return inside and not any(
        left < r and x < right and low < t and b < high for x, b, r, t in taken
    )


_KINDS: dict[type, tuple[Callable[..., None], float | None]] = {
    Histogram: (_histogram, 0.62),
    Levels: (_levels, None),
    Heat: (_heat, None),
    Cloud: (_cloud, 0.95),
    Forest: (_forest, None),
    Groups: (_groups, None),
    Scatter: (_scatter, 0.6),
    Reliability: (_reliability, 1.0),
    Survival: (_survival, 0.5),
    Curve: (_curve, 0.75),
    Gantt: (_gantt, None),
    Trace: (_trace, 0.75),
    Ranks: (_ranks, None),
}
"""What draws each kind of plot, and its height as a share of its width where that is fixed."""
