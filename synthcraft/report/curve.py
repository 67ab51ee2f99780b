"""What privacy costs: fidelity and utility of each private generator over its ε."""

from collections.abc import Iterator, Sequence

from synthcraft.report.choice import primary
from synthcraft.report.document import Block, Cell, Figure, Head, Legend, Panel, Rows, Table
from synthcraft.report.doses import by_generator
from synthcraft.report.pictures import mark, places
from synthcraft.report.plots import Curve, Dose, Mark, Track
from synthcraft.report.promise import MARKS
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.tables import plain
from synthcraft.report.words import direction, filled, number, short, title

FIDELITY = ("k_marginal", "contingency_similarity")
"""The measure of fidelity that the curve shows: the first one that the run has."""

Doses = dict[str, tuple[Contender, ...]]


def blocks(summary: Summary) -> Iterator[Block]:
    """Figure and table of utility and fidelity over ε; nothing with fewer than two levels."""
    doses = {
        name: arms
        for name, arms in by_generator(summary).items()
        if all(c.arm.epsilon is not None for c in arms)
    }
    if len({c.arm.epsilon for arms in doses.values() for c in arms}) < 2:
        return
    quantities = list(_quantities(summary))
    panels = [_panel(summary, doses, quantity) for quantity in quantities]
    drawn = tuple(panel for panel in panels if panel is not None)
    if drawn:
        yield _figure(summary, doses, drawn)
        yield _table(summary, doses, quantities)


def _quantities(summary: Summary) -> Iterator[Quantity]:
    """What is lost by training on synthetic rows (else the endpoint of utility), and fidelity."""
    useful = primary(summary, "utility")
    if useful is not None:
        gap = Quantity(useful.metric.replace("tstr.", "gap."), useful.model)
        yield gap if gap in summary.quantities else useful
    alike = [q for name in FIDELITY for q in summary.family("fidelity") if q.metric == name]
    yield from alike[:1]


def _panel(summary: Summary, doses: Doses, quantity: Quantity) -> Panel | None:
    tracks = tuple(
        Track(_name(name, arms), places(summary)[arms[0].arm.id], found)
        for name, arms in doses.items()
        if (found := tuple(_doses(summary, arms, quantity)))
    )
    if not tracks:
        return None
    lines = tuple(_lines(summary, quantity))
    metric = summary.descriptors[quantity.metric]
    told = "; ".join(
        f"{track.label} {', '.join(_told(dose) for dose in track.doses)}" for track in tracks
    )
    return Panel(
        f"epsilon-{quantity.metric.replace('.', '-').replace('_', '-')}",
        f"{title(quantity)} over ε: {told}.",
        Curve(f"{title(quantity)}", direction(metric, quantity), tracks, lines),
        "medium",
    )


def _told(dose: Dose) -> str:
    return f"{number(dose.mark.value)} at ε {dose.at:g}"


def _doses(summary: Summary, arms: Sequence[Contender], quantity: Quantity) -> Iterator[Dose]:
    for contender in arms:
        found = mark(summary, contender, quantity)
        if found is not None and contender.arm.epsilon is not None:
            yield Dose(contender.arm.epsilon, found)


def _lines(summary: Summary, quantity: Quantity) -> Iterator[Mark]:
    """What the curves are compared with: generators without ε; and what real rows would give."""
    free = [c for c in summary.generators if c.arm.epsilon is None]
    found = (mark(summary, contender, quantity) for contender in (*free, *_yardsticks(summary)))
    yield from (line for line in found if line is not None)
    if quantity.metric.startswith("gap."):
        yield Mark("trained on real rows", 0.0, None, None, None)


def _yardsticks(summary: Summary) -> Iterator[Contender]:
    """Independent columns without noise: what a curve should rise above."""
    return (c for c in summary.references if c.arm.id == "marginals")


def _figure(summary: Summary, doses: Doses, panels: tuple[Panel, ...]) -> Figure:
    place = places(summary)
    caption = (
        "What privacy costs: each private generator over the ε of one release, with intervals over "
        "splits. Dashed lines: generators without any guarantee, the reference of independent "
        "columns, and real rows."
    )
    legend = tuple(Legend(_name(name, arms), place[arms[0].arm.id]) for name, arms in doses.items())
    return Figure(caption, panels, legend)


def _name(name: str, arms: Sequence[Contender]) -> str:
    mark_of = MARKS.get(arms[0].promise)
    return f"{short(name)} ({mark_of})" if mark_of else short(name)


def _table(summary: Summary, doses: Doses, quantities: Sequence[Quantity]) -> Table:
    rows = tuple(
        (
            Cell(short(c.label)),
            Cell(f"{c.arm.epsilon:g}"),
            *(plain(summary, c, q) for q in quantities),
        )
        for arms in doses.values()
        for c in arms
    )
    free = tuple(
        (Cell(short(c.label)), Cell("—"), *(plain(summary, c, q) for q in quantities))
        for c in summary.generators
        if c.arm.epsilon is None
    )
    heads = (
        Head("Generator"),
        Head("ε"),
        *(
            Head(title(q), filled(direction(summary.descriptors[q.metric], q)), q.metric)
            for q in quantities
        ),
    )
    groups = (Rows(rows, "At each ε"), *((Rows(free, "Without a guarantee"),) if free else ()))
    return Table("The numbers of the curve: means and intervals over splits.", heads, groups)
