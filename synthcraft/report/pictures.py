"""What the figures of a run show: the numbers of each picture, its caption and its alt text."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from synthcraft.records import Record
from synthcraft.report.choice import primary
from synthcraft.report.document import Figure, Legend, Panel, Paragraph
from synthcraft.report.doses import by_generator, stem
from synthcraft.report.first_trials import lacking, none_drawn
from synthcraft.report.plots import (
    Cloud,
    Forest,
    Heat,
    Histogram,
    Levels,
    Line,
    Mark,
    Matrix,
    Point,
    Scatter,
    Series,
    Values,
)
from synthcraft.report.summary import Contender, Quantity, Summary, described
from synthcraft.report.words import counted, number, short, title

SIDES = ("real", "synthetic")
OVERLAID = 6  # generators in one distribution panel: as many as the palette tells apart
MOST = 50  # per cent of the synthetic rows, below which a cloud says little about what is missing
LABELLED = 24  # columns of a heat map whose names still fit


def places(summary: Summary) -> dict[str, int]:
    """Each arm's place in the palette: one colour for a generator, whatever its ε."""
    order = {name: place for place, name in enumerate(by_generator(summary))}
    return {c.arm.id: order[stem(c.arm)] for c in summary.generators}


def legend(summary: Summary, records: Sequence[Record]) -> tuple[Legend, ...]:
    """Real rows, then the records' arms."""
    place = places(summary)
    marks = [Legend(named(summary, r.trial.arm), place[r.trial.arm]) for r in records]
    return (Legend("real rows", None), *marks)


def named(summary: Summary, arm: str) -> str:
    """An arm's name, as short as a picture needs it."""
    return short(summary.name(arm))


# Distributions ------------------------------------------------------------------------------


def distributions(summary: Summary) -> Figure | None:
    """Each column's distribution, real rows and generators."""
    every = summary.drawn()
    records = one_each(summary, every)[:OVERLAID]
    if not records:
        return None
    columns = records[0].summaries.get("columns", ())
    panels = tuple(
        panel
        for number_of, column in enumerate(columns)
        if (panel := _distribution(summary, records, number_of, column)) is not None
    )
    if not panels:
        return None
    left = len(every) - len(records)
    absent = len(summary.run.table.get("columns", {})) - len(panels)
    caption = (
        "Column by column: shares of rows, real (filled; train and holdout together) and synthetic "
        "(one split). No real bar stands for fewer than 10 rows; the outer bins are open, rare "
        "levels pooled."
        + (
            f" {left} more {'arms' if summary.run.spec.privacy else 'generators'} are not drawn."
            if left
            else ""
        )
        + (f" {absent} columns are not drawn." if absent > 0 else "")
    )
    return Figure(caption, panels, legend(summary, records))


def one_each(summary: Summary, records: Sequence[Record]) -> list[Record]:
    """One record per generator: of several ε the first of the plan, as they share a colour."""
    found: dict[str, Record] = {}
    for record in records:
        found.setdefault(stem(summary.run.arm(record.trial.arm)), record)
    return list(found.values())


def _distribution(
    summary: Summary, records: Sequence[Record], number_of: int, column: dict[str, Any]
) -> Panel | None:
    name = str(column["name"])
    about = described(summary.run, name)
    heading = short(str(about.get("label") or name), 34)
    numeric = column["type"] == "numeric"
    bins = "edges" if numeric else "levels"
    if not column[bins]:
        return None
    place = places(summary)
    others = [
        (record.trial.arm, found)
        for record in records
        for found in record.summaries.get("columns", ())
        if found["name"] == name and found[bins] == column[bins]
    ]
    series = tuple(
        Series(named(summary, arm), place[arm], _heights(found, "synthetic"))
        for arm, found in others
    )
    real = _heights(column, "real")
    unit = short(str(about.get("unit") or ""), 20)
    plot: Histogram | Levels
    if numeric:
        plot = Histogram(heading, unit, tuple(column["edges"]), real, series)
    else:
        levels = [short(str(level), 22) for level in column["levels"]]
        plot = Levels(heading, (*levels, "all other"), real, series)
        if real[-1] == 0 and all(s.values[-1] == 0 for s in series):
            plot = _without_rest(plot)
    alt = f"Distribution of {short(name)}: real rows and {counted(len(series), 'generator')}."
    return Panel(f"distribution-{number_of + 1:02d}", alt, plot, "small")


def _without_rest(plot: Levels) -> Levels:
    series = tuple(Series(s.label, s.place, s.values[:-1]) for s in plot.series)
    return Levels(plot.title, plot.levels[:-1], plot.real[:-1], series)


def _heights(column: dict[str, Any], side: str) -> Values:
    """Shares of the observed rows; of numeric columns per width, so that areas are shares."""
    counts = [float(count) for count in column[side]]
    total = sum(counts) or 1.0
    shares = [count / total for count in counts]
    if column["type"] != "numeric":
        return tuple(shares)
    return tuple(
        share / width for share, width in zip(shares, widths(column["edges"]), strict=True)
    )


def widths(edges: Sequence[float]) -> list[float]:
    """Widths of all bins; an open outer bin is drawn as wide as the one next to it.

    >>> widths([1.0, 2.0, 4.0])
    [1.0, 1.0, 2.0, 2.0]
    """
    inner = [b - a for a, b in pairwise(edges)] or [1.0]
    return [inner[0], *(inner if len(edges) > 1 else ()), inner[-1]]


# Associations -------------------------------------------------------------------------------


def associations(summary: Summary) -> Figure | None:
    """Differences in association between synthetic and real rows, one panel per generator."""
    panels = tuple(
        panel for record in summary.drawn() if (panel := _association(summary, record)) is not None
    )
    if not panels:
        return None
    caption = (
        "How associations between columns differ, synthetic minus real (one split; Spearman’s ρ "
        "between numbers, Cramér’s V between categories, correlation ratio otherwise). Blank: "
        "within ±0.02, or undefined. Paler is better."
    )
    return Figure(caption, panels)


def _association(summary: Summary, record: Record) -> Panel | None:
    found = record.summaries.get("association")
    if not found or len(found["columns"]) < 2:
        return None
    names = [str(name) for name in found["columns"]]
    size = len(names)
    matrix: list[list[float | None]] = [[None] * size for _ in range(size)]
    pairs = [(i, j) for i in range(size) for j in range(i + 1, size)]
    worst: tuple[float, str] = (0.0, "")
    for (i, j), real, made in zip(pairs, found["real"], found["synthetic"], strict=True):
        if real is None or made is None:
            continue
        matrix[i][j] = matrix[j][i] = made - real
        if abs(made - real) > abs(worst[0]):
            worst = (made - real, f"{short(names[i])} and {short(names[j])}")
    arm, name = record.trial.arm, named(summary, record.trial.arm)
    largest = f" Largest difference: {number(worst[0])}, between {worst[1]}." if worst[1] else ""
    return Panel(
        f"association-{slug(arm)}",
        f"Heat map of differences in association for {name}.{largest}",
        Heat(
            name,
            tuple(short(name, 18) for name in names),
            tuple(tuple(row) for row in matrix),
            labelled=size <= LABELLED,
        ),
        "medium",
    )


def slug(text: str) -> str:
    """A text as part of an id."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)


# Embedding ----------------------------------------------------------------------------------


def embeddings(summary: Summary) -> Figure | None:
    """Real and synthetic rows in one plane, one panel per generator."""
    records = [r for r in summary.drawn() if r.summaries.get("embedding")]
    if not records:
        return None
    place = places(summary)
    first = records[0].summaries["embedding"]["explained"]
    caption = (
        "Real rows (grey cells, stronger is denser) and synthetic rows (squares, larger is denser) "
        "in the plane of the first two principal components of all real rows (one split; they hold "
        f"{100 * sum(first):.0f} % of the variance). Cells under 10 rows are left out on both "
        f"sides; the outermost cells are open. {_drawn(records)}"
    )
    return Figure(
        caption, tuple(_cloud(summary, record, place[record.trial.arm]) for record in records)
    )


def _drawn(records: Sequence[Record]) -> str:
    """How many of the synthetic rows the squares stand for: of few rows hardly any cell is full."""
    found = [_shown(record.summaries["embedding"]) for record in records]
    told = f"The squares hold {_between([round(share) for share in found])} % of the synthetic rows"
    few = min(found) < MOST
    return f"{told}{'; where they hold few, grey without squares tells nothing' if few else ''}."


def _shown(found: Mapping[str, Any]) -> float:
    """The percentage of the synthetic rows that lie in cells large enough to be drawn."""
    made = _shares(found["synthetic"], found["rows"]["synthetic"])
    return 100 * sum(value or 0.0 for row in made for value in row)


def _cloud(summary: Summary, record: Record, place: int) -> Panel:
    found = record.summaries["embedding"]
    real, made = (_shares(found[side], found["rows"][side]) for side in ("real", "synthetic"))
    arm, name = record.trial.arm, named(summary, record.trial.arm)
    alt = (
        f"Joint embedding for {name}: {_shown(found):.0f} % of its rows lie in cells large enough "
        "to be drawn."
    )
    return Panel(f"embedding-{slug(arm)}", alt, Cloud(name, real, made, place), "small")


def maps(summary: Summary) -> Figure | Paragraph | None:
    """Who is near whom: each generator's rows laid out together with real ones."""
    records = [record for record in summary.drawn() if record.summaries.get("map")]
    if not records:
        needs = "it needs synthetic rows and at least two columns"
        return none_drawn(summary, "map of neighbourhoods", needs)
    place = places(summary)
    real, made = ([r.summaries["map"]["rows"][side] for r in records] for side in SIDES)
    caption = (
        f"Neighbourhoods: {_between(real)} real rows (grey cells, stronger is denser) and "
        f"{_between(made)} synthetic rows (squares, larger is denser), laid out together by "
        "t-SNE, which keeps near rows near (first split). Grey without a square: few or no "
        "synthetic rows are like these real ones; a square without grey: few or no real ones are. "
        "When it misleads: distances between clusters, their sizes and both axes "
        "mean nothing; every panel is a map of its own, and other rows make another one; a pale "
        "or small cell that stands alone can be chance. Cells under 10 rows are left out on both "
        "sides, and the next larger ones where those would follow from the total."
        + lacking(summary, records)
    )
    return Figure(
        caption, tuple(_map(summary, record, place[record.trial.arm]) for record in records)
    )


def _map(summary: Summary, record: Record, place: int) -> Panel:
    found = record.summaries["map"]
    real, made = (_shares(found[side], found["rows"][side]) for side in ("real", "synthetic"))
    arm, name = record.trial.arm, named(summary, record.trial.arm)
    alone = [_where(mine, other) for mine, other in ((real, made), (made, real))]
    n_real, n_made = (f"{found['rows'][side]:,}" for side in ("real", "synthetic"))
    alt = (
        f"Neighbourhoods for {name}, {n_real} real and {n_made} synthetic rows: "
        f"{100 * alone[0]:.0f} % of the real rows lie in cells where no synthetic rows are drawn, "
        f"{100 * alone[1]:.0f} % of the synthetic rows where no real ones are."
    )
    return Panel(f"map-{slug(arm)}", alt, Cloud(name, real, made, place, ("", "")), "small")


def _between(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _where(mine: Matrix, other: Matrix) -> float:
    """The share of a side that is drawn in cells where the other side is not."""
    pairs = (pair for rows in zip(mine, other, strict=True) for pair in zip(*rows, strict=True))
    return sum(value for value, there in pairs if value is not None and there is None)


def _shares(cells: Sequence[Sequence[int | None]], rows: int) -> Matrix:
    return tuple(tuple(None if c is None else c / max(rows, 1) for c in row) for row in cells)


# Scores -------------------------------------------------------------------------------------


def mark(summary: Summary, contender: Contender, quantity: Quantity) -> Mark | None:
    """A contender's mean with its interval, as a mark."""
    estimate = summary.score(contender.arm.id, quantity).estimate
    if estimate is None or not math.isfinite(estimate.mean):
        return None
    place = None if contender.reference else places(summary)[contender.arm.id]
    return Mark(short(contender.label), estimate.mean, estimate.low, estimate.high, place)


def forest(summary: Summary) -> Figure | None:
    """Utility of every generator, per model, against training on real rows."""
    lead = next((q.metric for q in (primary(summary, "utility"),) if q), "")
    quantities = [q for q in summary.family("utility") if lead and q.metric == lead]
    panels = tuple(
        Panel(
            f"utility-{slug(quantity.model or quantity.metric)}",
            f"{title(quantity)}: mean and interval of each generator. {_best(summary, quantity)}",
            Forest(title(quantity), marks, _real_line(summary, quantity)),
            "wide" if len(quantities) == 1 else "medium",
        )
        for quantity in quantities
        if (marks := tuple(_marks(summary, quantity)))
    )
    if not panels:
        return None
    caption = (
        "Models trained on synthetic rows (marks, with intervals over splits), and the same model "
        "trained on as many real rows (line, with its interval). Hollow marks are references."
    )
    return Figure(caption, panels)


def _marks(summary: Summary, quantity: Quantity) -> Iterator[Mark]:
    for contender in summary.contenders:
        found = mark(summary, contender, quantity)
        if found is not None:
            yield found


def _best(summary: Summary, quantity: Quantity) -> str:
    ranked = summary.ranked(quantity)
    if not ranked or ranked[0][1].estimate is None:
        return ""
    return f"Best mean: {short(ranked[0][0].label)}, {number(ranked[0][1].estimate.mean)}."


def _real_line(summary: Summary, quantity: Quantity) -> Line | None:
    kind, _, score = quantity.metric.partition(".")
    if kind != "tstr":
        return None
    wanted = Quantity(f"trtr.{score}", quantity.model)
    fullest = summary.fullest(wanted)
    real = summary.score(fullest, wanted).estimate if fullest else None
    return None if real is None else Line("trained on real rows", real.mean, real.low, real.high)


def tradeoff(summary: Summary, *, prefix: str = "") -> Figure | None:
    """Utility against privacy, with intervals; generators that none beats on both are marked."""
    useful, risky = primary(summary, "utility"), primary(summary, "privacy")
    if useful is None or risky is None:
        return None
    found = [
        (contender, x, y)
        for contender in summary.contenders
        if (x := mark(summary, contender, useful)) and (y := mark(summary, contender, risky))
    ]
    if not found:
        return None
    lacking = {
        c.arm.id
        for c, _, _ in found
        if c.reference or not all(summary.score(c.arm.id, q).complete for q in (useful, risky))
    }
    candidates = [(x.value, -y.value) for c, x, y in found if c.arm.id not in lacking]
    signs = [1 if summary.descriptors[useful.metric].direction == "maximize" else -1, 1]
    points = tuple(
        Point(
            x.label,
            x,
            y,
            x.place,
            best=c.arm.id not in lacking and _unbeaten((x.value, -y.value), candidates, signs),
        )
        for c, x, y in found
    )
    way = "right" if signs[0] > 0 else "left"
    panel = Panel(
        f"{prefix}tradeoff",
        f"Scatter of {title(useful)} against {title(risky)}: "
        + "; ".join(f"{p.label} {number(p.x.value)}, {number(p.y.value)}" for p in points)
        + ".",
        Scatter(
            f"{title(useful)} — better to the {way}",
            f"{title(risky)}, excess — better below",
            points,
        ),
        "wide",
    )
    caption = (
        "Utility against privacy, with intervals over splits. Filled marks: generators, ringed "
        "where no other has both a higher mean utility and a lower mean risk (only generators that "
        "have every trial). Hollow marks: references."
    )
    return Figure(caption, (panel,))


def _unbeaten(
    one: tuple[float, float], others: Sequence[tuple[float, float]], signs: Sequence[int]
) -> bool:
    def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
        gains = [s * (x - y) for s, x, y in zip(signs, a, b, strict=True)]
        return all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains)

    return not any(beats(other, one) for other in others)
