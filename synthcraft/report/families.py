"""The sections of a report by family of measures: the leading ones, pictures, then all others."""

from collections.abc import Sequence
from dataclasses import replace

from synthcraft.report import pictures, tables
from synthcraft.report.choice import ATTACKS, LEADS, is_headline
from synthcraft.report.document import (
    Block,
    Cell,
    Fold,
    Head,
    Paragraph,
    Rows,
    Section,
    Table,
)
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import (
    WAYS,
    counted,
    filled,
    group_name,
    interval,
    number,
    short,
    span,
    title,
)

MANY_COLUMNS = 60  # rows of the table of columns' scores
BY_GROUP = ("group_share", "group_fidelity", "tstr.auroc", "calibration_slope")


def fidelity_section(summary: Summary) -> Section:
    """How alike synthetic and holdout rows are, with the pictures."""
    quantities = _leads(summary, "fidelity")
    caption = (
        f"Fidelity: synthetic against holdout rows. {tables.reading(summary)}"
        f"{tables.unscaled(summary, quantities)}"
    )
    blocks: list[Block] = []
    if quantities:
        blocks += tables.scores(summary, quantities, caption)
    blocks += present(
        _others(summary, "fidelity", quantities),
        pictures.distributions(summary),
        _by_column(summary),
        pictures.associations(summary),
        pictures.embeddings(summary),
    )
    return Section("fidelity", "Fidelity: do synthetic rows look like real ones?", tuple(blocks))


def present(*blocks: Block | None) -> list[Block]:
    """Those blocks that there are."""
    return [block for block in blocks if block is not None]


def _leads(summary: Summary, family: str) -> list[Quantity]:
    """What a family's table shows: its leading quantities, or all where none of them is there."""
    headline = [q for q in summary.family(family) if is_headline(summary, q)]
    known = [q for name in LEADS.get(family, ()) for q in headline if q.metric == name]
    return known or headline


def _others(
    summary: Summary, family: str, shown: Sequence[Quantity], *, extra: tables.Extra = lambda *_: ()
) -> Fold | None:
    """All other quantities of a family, on demand: judged ones, then descriptive ones."""
    rest = [q for q in summary.family(family) if q not in shown and not _beside(q)]
    if summary.run.plan.splits > 1:
        rest = [q for q in rest if summary.descriptors[q.metric].averaged]
    judged = [q for q in rest if is_headline(summary, q)]
    descriptive = [q for q in rest if q not in judged]
    captions = (
        (judged, f"Further measures of {family}, one in each row."),
        (descriptive, "Descriptive measures: they take part in no verdict."),
    )
    blocks: list[Block] = [
        tables.listing(summary, there, f"{caption} {tables.AS_ABOVE}", extra=extra)
        for quantities, caption in captions
        if (there := tables.valued(summary, quantities))
    ]
    blocks += present(tables.unvalued(summary, rest))
    if not blocks:
        return None
    return Fold(f"{counted(len(rest), 'further measure')} of {family}", tuple(blocks))


def _beside(quantity: Quantity) -> bool:
    """Whether a quantity is one side of another, beside which it is told."""
    kind = quantity.metric.partition(".")[0]
    return quantity.role in ("main", "control") or kind in ("trtr", "gap", "floor")


def _by_column(summary: Summary) -> Table | None:
    """Each column's own score, generators side by side; the worst columns first when many."""
    metrics = ("ks_complement", "tv_complement")
    found = [q for q in summary.quantities if q.metric in metrics and q.column and not q.group]
    if not found or not summary.generators:
        return None
    order = list(summary.run.table.get("columns", {}))
    rows = [(_mean_of(summary, q), q) for q in found]
    rows.sort(key=lambda row: (row[0], row[1]))
    kept = [q for _, q in rows[:MANY_COLUMNS]]
    kept.sort(key=lambda q: order.index(q.column) if q.column in order else len(order))
    left = len(found) - len(kept)
    return Table(
        caption="Column by column: likeness of its distribution, 1 is the same (mean over splits)."
        + (f" The {len(kept)} worst columns; {left} others are not shown." if left else ""),
        heads=(Head("Column"), *(Head(short(c.label)) for c in summary.contenders)),
        groups=(Rows(tuple(_column_row(summary, q) for q in kept)),),
    )


def _mean_of(summary: Summary, quantity: Quantity) -> float:
    means = [
        e.mean for c in summary.generators if (e := summary.score(c.arm.id, quantity).estimate)
    ]
    return sum(means) / len(means) if means else -1.0


def _column_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    return (
        Cell(short(quantity.column)),
        *(_plain(summary, c, quantity) for c in summary.contenders),
    )


def _plain(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    estimate = summary.score(contender.arm.id, quantity).estimate
    return Cell("—", tone="muted") if estimate is None else Cell(number(estimate.mean))


def utility_section(summary: Summary) -> Section:
    """What models trained on synthetic rows are worth."""
    quantities = _leads(summary, "utility")
    blocks: list[Block] = []
    if quantities:
        caption = (
            "Utility: models trained on synthetic rows, tested on holdout rows. “Gap” is what is "
            f"lost against training on as many real rows. {tables.reading(summary)}"
        )
        blocks += tables.scores(
            summary,
            quantities,
            caption,
            extra=lambda contender, quantity: _gap(summary, contender, quantity),
            added=lambda there: [Rows(_yardsticks(summary, there), "Yardsticks")],
        )
    else:
        blocks.append(Paragraph("No utility metric was run.", "muted"))
    blocks += present(
        pictures.forest(summary),
        _others(
            summary,
            "utility",
            quantities,
            extra=lambda contender, quantity: _gap(summary, contender, quantity),
        ),
    )
    return Section("utility", "Utility: are they useful for analysis?", tuple(blocks))


def _gap(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[str, ...]:
    if not quantity.metric.startswith("tstr."):
        return ()
    gap = replace(quantity, metric=quantity.metric.replace("tstr.", "gap."))
    estimate = summary.score(contender.arm.id, gap).estimate
    return () if estimate is None else (f"gap {number(estimate.mean)}",)


def _yardsticks(summary: Summary, quantities: Sequence[Quantity]) -> tuple[tuple[Cell, ...], ...]:
    def row(name: str, kind: str) -> tuple[Cell, ...]:
        cells = [_yardstick(summary, quantity, kind) for quantity in quantities]
        return (Cell(name), *cells)

    return (row("trained on real rows", "trtr"), row("no feature used", "floor"))


def _yardstick(summary: Summary, quantity: Quantity, kind: str) -> Cell:
    model = "prevalence" if kind == "floor" else quantity.model
    wanted = replace(quantity, metric=quantity.metric.replace("tstr.", f"{kind}."), model=model)
    fullest = summary.fullest(wanted)
    score = summary.score(fullest, wanted) if fullest else None
    if score is None or score.estimate is None:
        return Cell("—", tone="muted")
    return Cell(number(score.estimate.mean), tables.lines(replace(score, asked=0)))


def privacy_section(summary: Summary) -> Section:
    """What synthetic rows give away, against the control."""
    shown = _leads(summary, "privacy")
    bare = _bare(summary)
    attacks = [q for q in shown if q.metric in ATTACKS]
    nearness = [q for q in shown if q not in attacks]
    blocks: list[Block] = []
    if bare:
        caption = (
            "Risks without a control: what synthetic and train rows have in common. How much of it "
            "any real person would show is not known here, so no value is a finding by itself. Of "
            "distances to train rows and of authenticity low values are the risk, of all others "
            f"high ones; train_copy is the worst case. {tables.reading(summary)}"
        )
        blocks.append(tables.listing(summary, bare, caption))
    if nearness:
        caption = (
            "Privacy: excess of a risk over its control, which is what fresh real rows show. "
            f"{tables.reading(summary)}{_zeros(summary, nearness)}"
        )
        blocks += _risk_table(summary, nearness, caption)
    if attacks:
        caption = (
            "Attacks on persons, tried on train rows (risk) and on holdout rows (control), which "
            "no generator saw: the excess is what training gave away, the control what is true of "
            "anybody. An attack that guesses no better than chance shows nothing either way. "
            f"{tables.reading(summary)}{_zeros(summary, attacks)}"
        )
        blocks += _risk_table(summary, attacks, caption)
    if not shown:
        blocks.append(Paragraph("No privacy metric was run.", "muted"))
    blocks += present(
        _others(
            summary,
            "privacy",
            shown,
            extra=lambda contender, quantity: _sides(summary, contender, quantity),
        )
    )
    return Section("privacy", "Privacy: what do they give away?", tuple(blocks))


def _bare(summary: Summary) -> list[Quantity]:
    """Risks whose control nobody has, for want of real rows that no generator has seen."""
    mains = [q for q in summary.family("privacy") if q.role == "main"]
    controlled = tables.valued(summary, [replace(q, role="excess") for q in mains])
    bare = [q for q in mains if replace(q, role="excess") not in controlled]
    return tables.valued(summary, bare)


def _risk_table(summary: Summary, quantities: Sequence[Quantity], caption: str) -> list[Block]:
    return tables.scores(
        summary,
        quantities,
        caption,
        extra=lambda contender, quantity: _sides(summary, contender, quantity),
    )


def _zeros(summary: Summary, quantities: list[Quantity]) -> str:
    """Which values of the reference that should show 0 are no evidence that it does."""
    dull = {
        (name, title(q))
        for q in quantities
        for name in summary.descriptors[q.metric].order[:1]
        if summary.zero_by_making(name, q)
    }
    return "".join(
        f" {short(name)} is 0 by the way it is made, not by what it shows, in: "
        f"{'; '.join(sorted(text for other, text in dull if other == name))}."
        for name in sorted({name for name, _ in dull})
    )


def _sides(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[str, ...]:
    if quantity.role != "excess":
        return ()
    main, control = (
        summary.score(contender.arm.id, replace(quantity, role=role)).estimate
        for role in ("main", "control")
    )
    if main is None or control is None:
        return ()
    return (f"risk {number(main.mean)}, control {number(control.mean)}",)


def groups_section(summary: Summary) -> Section | None:
    """Results by level of the sensitive columns, and how far they spread."""
    spreads = _spreads(summary)
    blocks = present(_spread_table(summary, spreads), tables.unvalued(summary, spreads))
    grouped = [q for q in summary.quantities if q.group and not q.column]
    key = [q for q in grouped if q.metric in BY_GROUP]
    for metric, model in sorted({(q.metric, q.model) for q in key}, key=_place):
        rows = [_group_row(summary, q) for q in key if (q.metric, q.model) == (metric, model)]
        reading = tables.AS_ABOVE if blocks else tables.reading(summary)
        sides = _sides_of_groups(summary)
        if _real_name(metric) not in summary.descriptors:
            rows, sides = [(row[0], *row[2:]) for row in rows], sides[1:]
        blocks.append(
            Table(
                caption=f"{title(Quantity(metric, model))}, by group. {reading}",
                heads=(Head("Group", about=metric), *sides),
                groups=(Rows(tuple(rows)),),
            )
        )
    if any(q not in key for q in grouped):
        blocks.append(Paragraph("Further measures by group are in results.csv.", "muted"))
    if not blocks:
        return None
    return Section("groups", "By group of the sensitive columns", tuple(blocks))


def _place(key: tuple[str, str]) -> tuple[int, str]:
    metric, model = key
    return BY_GROUP.index(metric), model


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
        cells = [_group_cell(summary, c, q) for c in summary.generators]
        head = Cell(title(replace(q, column="")), details, about=q.metric)
        rows.append((head, _of_real(summary, q), *cells))
    if not rows:
        return None
    return Table(
        caption="Groups of each sensitive column compared: how far the best and the worst served "
        "lie apart. A spread is above 0 by chance, so compare it with that of the model trained "
        f"on real rows. {tables.reading(summary)}",
        heads=(Head("Measure"), *_sides_of_groups(summary)),
        groups=(Rows(tuple(rows)),),
    )


def _sides_of_groups(summary: Summary) -> tuple[Head, ...]:
    return (Head("Real rows"), *(Head(short(c.label)) for c in summary.generators))


def _real_name(metric: str) -> str:
    """The measure that says of real rows what this one says of synthetic ones."""
    kind, _, score = metric.partition(".")
    return f"trtr.{score}" if kind == "tstr" else f"{metric}_real"


def _of_real(summary: Summary, quantity: Quantity) -> Cell:
    """What real rows, or the model trained on them, show in a quantity by group."""
    name = _real_name(quantity.metric)
    if name not in summary.descriptors:
        return Cell("", tone="muted")
    wanted = replace(quantity, metric=name)
    fullest = summary.fullest(wanted)
    found = summary.score(fullest, wanted) if fullest else None
    if found is None or found.estimate is None:
        return Cell("—", tone="muted")
    return Cell(number(found.estimate.mean), tables.lines(replace(found, asked=0)))


def _group_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    rows = span(tables.rows_behind(summary, quantity))
    n = f"n = {rows}" if rows else ""
    real = _of_real(summary, quantity)
    cells = [_group_cell(summary, c, quantity) for c in summary.generators]
    return (Cell(short(group_name(quantity.group)), filled(n)), real, *cells)


def _group_cell(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return tables.absent(contender, score)
    return Cell(number(score.estimate.mean), tables.lines(replace(score, calibrated=None)))


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
    cell = _group_cell(summary, contender, quantity)
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
        real = [_of_real(summary, q)] if name in summary.descriptors else []
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
