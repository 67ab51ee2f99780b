"""The section of a report by group: results at each level of the sensitive columns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthcraft.report import tables
from synthcraft.report.document import (
    Block,
    Cell,
    Figure,
    Fold,
    Head,
    Legend,
    Panel,
    Rows,
    Section,
    Table,
    present,
)
from synthcraft.report.doses import by_generator
from synthcraft.report.pictures import OVERLAID, mark, places
from synthcraft.report.plots import Group, Groups, Levels, Line, Series
from synthcraft.report.served import Served, level_of, of_column, served
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import (
    WAYS,
    clean,
    counted,
    coverage,
    direction,
    filled,
    group_name,
    heading,
    number,
    short,
    span,
    title,
)

BY_GROUP = (
    *("group_share", "group_fidelity", "tstr.auroc", "tstr.r2", "tstr.harrell_c"),
    "calibration_slope",
)
FURTHER = (
    *("mean_error", "called_positive", "true_positive_rate", "false_positive_rate"),
    *("tstr.brier", "tstr.mae", "tstr.integrated_brier"),
)


def groups_section(summary: Summary) -> Section | None:
    """Results by level of the sensitive columns, and how far they spread."""
    spreads = _spreads(summary)
    grouped = [q for q in summary.quantities if q.group and not q.column]
    key = [q for q in grouped if q.metric in BY_GROUP]
    blocks: list[Block] = present(_spread_table(summary, spreads))
    blocks += figures(summary)
    blocks += [_group_table(summary, own, first=not blocks) for own in _of_each(summary, key)]
    further = [q for q in grouped if q.metric in FURTHER]
    if inside := [_group_table(summary, own, first=False) for own in _of_each(summary, further)]:
        blocks.append(Fold(f"{counted(len(inside), 'further measure')} by group", tuple(inside)))
    blocks += present(tables.unvalued(summary, [*spreads, *_nowhere(summary, [*key, *further])]))
    if not blocks:
        return None
    return Section("groups", "By group of the sensitive columns", tuple(blocks))


# Figures ------------------------------------------------------------------------------------


def figures(summary: Summary) -> Iterator[Figure]:
    """For each sensitive column: the measure that decides, and the share of rows, by group."""
    tried = [c for c in summary.generators if c.succeeded]
    firsts = [
        next(c for c in arms if c in tried)
        for arms in by_generator(summary).values()
        if any(c in tried for c in arms)
    ]
    drawn, place = firsts[:OVERLAID], places(summary)
    left = len(tried) - len(drawn)
    legend = (
        Legend("real rows", None),
        *(Legend(short(c.label), place[c.arm.id]) for c in drawn),
    )
    for number_of, one in enumerate(served(summary), start=1):
        panels = present(
            _scores_panel(summary, one, drawn, number_of),
            _shares_panel(summary, one.column, drawn, number_of),
        )
        name = heading(one.groups[0])[0]
        caption = (
            f"Groups of {short(one.column)}. {name}: marks with intervals over splits of models "
            "trained on synthetic rows, all tested on the group’s holdout rows (n); grey: the same "
            "model trained on real rows. Shares: of train rows (bars) and of synthetic rows "
            "(marks). Groups too small for a number have none."
            + (f" {left} more arms are not drawn." if left else "")
        )
        if panels:
            yield Figure(caption, tuple(panels), legend)


def _scores_panel(
    summary: Summary, one: Served, drawn: Sequence[Contender], number_of: int
) -> Panel | None:
    groups = tuple(_group(summary, q, drawn) for q in one.groups)
    if not any(group.marks for group in groups):
        return None
    first = one.groups[0]
    way = direction(summary.descriptors[first.metric], first)
    plot = Groups(
        f"{heading(first)[0]} by {short(one.column, 24)}", f"{title(first)}\n{way}", groups
    )
    told = "; ".join(
        f"{group.label}: "
        + ", ".join(f"{label} {number(value)}" for label, value in _values(group))
        for group in groups
        if group.marks
    )
    alt = f"{title(first)}, by group of {short(one.column)}. {told}."
    return Panel(f"groups-{number_of}-scores", alt, plot, "medium")


def _group(summary: Summary, quantity: Quantity, drawn: Sequence[Contender]) -> Group:
    """One group's marks; a group without any value says that it is too small."""
    marks = tuple(found for c in drawn if (found := mark(summary, c, quantity)))
    rows = span(tables.rows_behind(summary, quantity))
    notes = {coverage(summary.score(c.arm.id, quantity)) for c in drawn}
    note = "\n".join(filled(f"n = {rows}" if rows else "", *notes if len(notes) == 1 else ()))
    real = replace(quantity, metric=tables.real_name(quantity.metric))
    fullest = summary.fullest(real)
    estimate = summary.score(fullest, real).estimate if fullest else None
    beside = None
    if estimate is not None and marks:
        beside = Line("real rows", estimate.mean, estimate.low, estimate.high)
    label = short(level_of(quantity.group), 24)
    return Group(label, note if marks else "too few", marks, beside)


def _values(group: Group) -> Iterator[tuple[str, float]]:
    if group.beside is not None:
        yield group.beside.label, group.beside.value
    for one in group.marks:
        yield one.label, one.value


def _shares_panel(
    summary: Summary, column: str, drawn: Sequence[Contender], number_of: int
) -> Panel | None:
    """Shares of train and of synthetic rows, of the groups whose share is told of all."""
    shares = [q for q in of_column(summary, column) if q.metric == "group_share"]
    here = [c for c in drawn if any(summary.samples(c.arm.id, q) for q in shares)]
    values = {
        q: (_real_share(summary, q), *(_mean(summary, c.arm.id, q) for c in here)) for q in shares
    }
    told = {q: found for q, found in values.items() if None not in found}
    if not told or not here:
        return None
    real, *made = [
        tuple(value or 0.0 for value in side) for side in zip(*told.values(), strict=True)
    ]
    place = places(summary)
    series = tuple(
        Series(short(c.label), place[c.arm.id], own) for c, own in zip(here, made, strict=True)
    )
    levels = tuple(short(level_of(q.group), 24) for q in told)
    each = "; ".join(
        f"{level}: real rows {number(share)}, "
        + ", ".join(f"{one.label} {number(one.values[k])}" for one in series)
        for k, (level, share) in enumerate(zip(levels, real, strict=True))
    )
    alt = f"Shares of rows by group of {short(column)}. {each}."
    plot = Levels("Share of rows", levels, real, series)
    return Panel(f"groups-{number_of}-shares", alt, plot, "medium")


def _real_share(summary: Summary, quantity: Quantity) -> float | None:
    real = replace(quantity, metric=tables.real_name(quantity.metric))
    fullest = summary.fullest(real)
    return _mean(summary, fullest, real) if fullest else None


def _mean(summary: Summary, arm: str, quantity: Quantity) -> float | None:
    estimate = summary.score(arm, quantity).estimate
    return None if estimate is None else estimate.mean


# Tables -------------------------------------------------------------------------------------


def _of_each(summary: Summary, quantities: Sequence[Quantity]) -> Iterator[list[Quantity]]:
    """The quantities of each measure and model of which any group has a value."""
    there = {(q.metric, q.model) for q in tables.valued(summary, quantities)}
    for metric, model in sorted(there, key=_place):
        yield [q for q in quantities if (q.metric, q.model) == (metric, model)]


def _nowhere(summary: Summary, quantities: Sequence[Quantity]) -> list[Quantity]:
    """Those of a measure and model of which no group has a value."""
    there = {(q.metric, q.model) for q in tables.valued(summary, quantities)}
    return [q for q in quantities if (q.metric, q.model) not in there]


def _place(key: tuple[str, str]) -> tuple[int, str]:
    metric, model = key
    return (*BY_GROUP, *FURTHER).index(metric), model


def _spreads(summary: Summary) -> list[Quantity]:
    """How far the groups of each sensitive column lie apart."""
    return [
        q
        for q in summary.quantities
        if q.column
        and (metric := summary.descriptors.get(q.metric)) is not None
        and metric.family == "fairness"
        and metric.direction != "none"
    ]


def _spread_table(summary: Summary, spreads: Sequence[Quantity]) -> Table | None:
    """One row per measure and sensitive column."""
    rows = []
    for q in tables.valued(summary, spreads):
        n = span(tables.rows_behind(summary, q))
        way = WAYS[summary.descriptors[q.metric].direction]
        details = filled(short(q.column), way, f"n = {n}" if n else "")
        cells = [tables.plain(summary, c, q) for c in summary.generators]
        head = Cell(title(replace(q, column="")), details, about=q.metric)
        rows.append((head, tables.of_real(summary, q), *cells))
    if not rows:
        return None
    return Table(
        caption="Groups of each sensitive column compared: how far the best and the worst served "
        "lie apart. A spread is above 0 by chance, so compare it with that of the model trained "
        f"on real rows. {tables.reading(summary)}",
        heads=(Head("Measure"), *_sides_of_groups(summary)),
        groups=(Rows(tuple(rows)),),
    )


def _group_table(summary: Summary, quantities: Sequence[Quantity], *, first: bool) -> Table:
    """A measure of a model, one row per group."""
    metric, model = quantities[0].metric, quantities[0].model
    rows = [_group_row(summary, q) for q in quantities]
    sides = _sides_of_groups(summary)
    if tables.real_name(metric) not in summary.descriptors:
        rows, sides = [(row[0], *row[2:]) for row in rows], sides[1:]
    reading = tables.reading(summary) if first else tables.AS_ABOVE
    return Table(
        caption=f"{title(Quantity(metric, model))}, by group. {reading}",
        heads=(Head("Group", about=metric), *sides),
        groups=(Rows(tuple(rows)),),
    )


def _sides_of_groups(summary: Summary) -> tuple[Head, ...]:
    return (Head("Real rows"), *(Head(short(c.label)) for c in summary.generators))


def _group_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    """A group's values; where nobody has any, the reason stands once, beside the group's name."""
    name = short(group_name(quantity.group))
    if not tables.valued(summary, [quantity]):
        why = clean(summary.score(summary.contenders[0].arm.id, quantity).why)
        dashes = [Cell("—", tone="muted") for _ in (None, *summary.generators)]
        return (Cell(name, filled(short(why, 80))), *dashes)
    rows = span(tables.rows_behind(summary, quantity))
    n = f"n = {rows}" if rows else ""
    cells = [tables.plain(summary, c, quantity) for c in summary.generators]
    return (Cell(name, filled(n)), tables.of_real(summary, quantity), *cells)
