"""The sections of a report by family of measures: the leading ones, pictures, then all others."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from synthcraft.report import pictures, tables
from synthcraft.report.analyses import analyses_table
from synthcraft.report.calibrated import calibration
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
    present,
)
from synthcraft.report.followed import survival
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import (
    counted,
    number,
    short,
    title,
)

MANY_COLUMNS = 60  # rows of the table of columns' scores


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
        pictures.maps(summary),
        *survival(summary),
    )
    return Section("fidelity", "Fidelity: do synthetic rows look like real ones?", tuple(blocks))


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
            extra=partial(_gap, summary),
            added=lambda there: [Rows(_yardsticks(summary, there), "Yardsticks")],
        )
    else:
        blocks.append(Paragraph("No utility metric was run.", "muted"))
    blocks += present(
        pictures.forest(summary),
        *calibration(summary),
        analyses_table(summary),
        _others(
            summary,
            "utility",
            quantities,
            extra=partial(_gap, summary),
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
    return tables.common(summary, wanted)


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
            extra=partial(_sides, summary),
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
        extra=partial(_sides, summary),
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
