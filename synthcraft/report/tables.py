"""Tables of scores: generators by quantity, references apart, failures in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Table, Tone
from synthcraft.report.summary import Contender, Quantity, Score, Summary
from synthcraft.report.words import (
    clean,
    coverage,
    direction,
    heading,
    interval,
    listed,
    number,
    short,
    span,
    title,
)
from synthcraft.stats import LEVEL

Extra = Callable[[Contender, Quantity], tuple[str, ...]]


def scores(
    summary: Summary,
    quantities: Sequence[Quantity],
    caption: str,
    *,
    extra: Extra = lambda *_: (),
    added: Callable[[Sequence[Quantity]], Sequence[Rows]] = lambda _: (),
) -> list[Block]:
    """One row per generator, then per reference; one column per quantity of which there is a value.

    Below it stands what has none, and why. ``extra`` gives further small lines of a cell, ``added``
    further rows about the quantities shown.
    """
    there = valued(summary, quantities)
    table = [_scores(summary, there, caption, extra=extra, added=added(there))] if there else []
    absent = unvalued(summary, quantities)
    return [*table, *([absent] if absent else [])]


def _scores(
    summary: Summary,
    quantities: Sequence[Quantity],
    caption: str,
    *,
    extra: Extra,
    added: Sequence[Rows],
) -> Table:
    groups = [
        Rows(tuple(_row(summary, c, quantities, extra) for c in summary.generators), "Generators"),
        Rows(tuple(_row(summary, c, quantities, extra) for c in summary.references), "References"),
        *added,
    ]
    return Table(
        caption=caption,
        heads=(Head("Generator"), *(_head(summary, quantity) for quantity in quantities)),
        groups=tuple(group for group in groups if group.rows),
    )


def listing(
    summary: Summary,
    quantities: Sequence[Quantity],
    caption: str,
    *,
    extra: Extra = lambda *_: (),
) -> Table:
    """One row per quantity, one column per generator and reference: for many quantities."""
    rows = []
    for quantity in quantities:
        head = _head(summary, quantity)
        cells = [_cell(summary, c, quantity, extra(c, quantity)) for c in summary.contenders]
        rows.append((Cell(head.text, head.details, about=head.about), *cells))
    return Table(
        caption=caption,
        heads=(Head("Measure"), *(Head(short(c.label)) for c in summary.contenders)),
        groups=(Rows(tuple(rows)),),
    )


def _head(summary: Summary, quantity: Quantity) -> Head:
    metric = summary.descriptors.get(quantity.metric)
    way = direction(metric, quantity) if metric else ""
    way = way or ("descriptive" if metric and quantity.role == "value" else "")
    n = count(summary, quantity)
    name, kind, model = heading(quantity)
    role = "excess over control" if quantity.role == "excess" else ""
    dull = "not informative here" if summary.informative(quantity) == "no" else ""
    details = (model, kind, role, way, n, dull)
    return Head(name, tuple(detail for detail in details if detail), quantity.metric)


def count(summary: Summary, quantity: Quantity) -> str:
    """How many rows a column's values rest on, in words; "" where nobody knows.

    A model's score has the rows that it was trained on: all holdout rows test it.
    """
    n = span(rows_behind(summary, quantity))
    kind = quantity.metric.partition(".")[0]
    trained = kind in ("tstr", "trtr", "gap") and not quantity.group
    return f"n = {n}{' to train on' if trained else ''}" if n else ""


def rows_behind(summary: Summary, quantity: Quantity) -> tuple[int, int] | None:
    """How many rows the generators' values rest on; the references' where there is no other."""
    for side in (summary.generators, summary.references):
        rows = [found for c in side if (found := summary.score(c.arm.id, quantity).rows)]
        if rows:
            return min(low for low, _ in rows), max(high for _, high in rows)
    return None


def _row(
    summary: Summary, contender: Contender, quantities: Sequence[Quantity], extra: Extra
) -> tuple[Cell, ...]:
    name = Cell(short(contender.label), _state(contender))
    return (name, *(_cell(summary, contender, q, extra(contender, q)) for q in quantities))


def _state(contender: Contender) -> tuple[str, ...]:
    lines = []
    if contender.label != contender.arm.plugin:
        lines.append(contender.arm.plugin)
    if contender.ended > contender.succeeded:
        word = "skipped" if _skipped(contender) else "failed"
        bad = contender.ended - contender.succeeded
        lines.append(f"{bad} of {contender.ended} trials {word}")
        lines.append(short(contender.failures[0], 90))
    if contender.missing:
        lines.append(f"{contender.missing} not run yet")
    return tuple(lines)


def _cell(
    summary: Summary, contender: Contender, quantity: Quantity, extra: tuple[str, ...]
) -> Cell:
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return absent(contender, score)
    best = summary.ranked(quantity)[:1]
    metric = summary.descriptors.get(quantity.metric)
    judged = metric is not None and metric.direction != "none"
    leads = judged and len(summary.ranked(quantity)) > 1 and best[0][0] == contender
    dull = summary.informative(quantity) == "no"
    tone: Tone = "muted" if dull else "best" if leads and quantity.role != "excess" else ""
    own = score.rows if score.rows != rows_behind(summary, quantity) else None
    n = (f"n = {span(own)}",) if own else ()
    return Cell(number(score.estimate.mean), (*lines(score), *extra, *n), tone)


def _skipped(contender: Contender) -> bool:
    """Whether every trial that did not succeed was never started."""
    return all(failure.startswith("skipped") for failure in contender.failures)


def absent(contender: Contender, score: Score) -> Cell:
    """The cell of a generator that has no value, and why."""
    if contender.ended and not contender.succeeded:
        return Cell("skipped" if _skipped(contender) else "failed", tone="alert")
    if not contender.ended:
        return Cell("missing", ("not run yet",), "muted")
    return Cell("—", (short(clean(score.why), 80),), "muted")


def lines(score: Score) -> tuple[str, ...]:
    """The small lines below a value: interval, calibrated value, trials that gave it."""
    if score.estimate is None:
        return ()
    bounds = interval(score.estimate)
    return tuple(
        line
        for line in (
            f"{bounds}{' *' if score.within else ''}" if bounds else "no interval",
            "" if score.calibrated is None else f"scale {number(score.calibrated)}",
            coverage(score),
        )
        if line
    )


AS_ABOVE = "Means, intervals and scale as above."


def valued(summary: Summary, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The quantities of which any generator or reference has a value."""
    arms = [contender.arm.id for contender in summary.contenders]
    return [q for q in quantities if any(summary.samples(arm, q) for arm in arms)]


def unvalued(summary: Summary, quantities: Sequence[Quantity]) -> Paragraph | None:
    """What nobody has a value of, and why, in one paragraph instead of rows of dashes."""
    there = valued(summary, quantities)
    absent: dict[str, list[str]] = {}
    for quantity in quantities:
        if quantity not in there:
            score = summary.score(summary.contenders[0].arm.id, quantity)
            side = ", excess" if quantity.role == "excess" else ""
            name = f"{title(quantity)}{side}"
            absent.setdefault(short(clean(score.why), 120), []).append(name)
    if not absent:
        return None
    # Names hold commas themselves.
    told = (f"{'; '.join(dict.fromkeys(names))} – {why}." for why, names in absent.items())
    return Paragraph(f"No value here: {' '.join(told)}", "muted")


def unscaled(summary: Summary, quantities: Sequence[Quantity]) -> str:
    """Who gets no calibrated value for being measured on other row counts, and why."""
    names = [
        short(c.label)
        for c in summary.contenders
        if any(summary.other_size(c.arm.id, quantity) for quantity in quantities)
    ]
    if not names:
        return ""
    return (
        f" No scale in fidelity for {listed(names)}, whose n is given: likeness grows with the "
        "number of rows, and the ends of the scale rest on another."
    )


def reading(summary: Summary) -> str:
    """How to read a score cell, for captions."""
    splits = summary.run.plan.splits
    if splits == 1:
        basis = (
            "One split: the interval (*) is that of the measure within the split, where it has one"
        )
    else:
        method = "corrected t, Nadeau & Bengio; cut at the measure’s bounds"
        basis = (
            f"Mean over {splits} splits with its {LEVEL:.0%} interval ({method}; *: all splits "
            "agree, so that of the measure within a split)"
        )
    return (
        f"{basis}. “Scale”: 0 where one reference stands and 1 where another does, as each "
        "measure’s definition says; fidelity and utility below 0 are worse than the first."
    )


def plain(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    """A mean with its interval, without its place on the calibrated scale."""
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return absent(contender, score)
    return Cell(number(score.estimate.mean), lines(replace(score, calibrated=None)))


def common(summary: Summary, quantity: Quantity) -> Cell:
    """What is the same whichever the generator, from the one with the most values of it."""
    fullest = summary.fullest(quantity)
    score = summary.score(fullest, quantity) if fullest else None
    if score is None or score.estimate is None:
        return Cell("—", tone="muted")
    return Cell(number(score.estimate.mean), lines(replace(score, asked=0)))


def real_name(metric: str) -> str:
    """The measure that says of real rows what this one says of synthetic ones.

    >>> real_name("tstr.auroc"), real_name("rule_violations")
    ('trtr.auroc', 'rule_violations_real')
    """
    kind, _, score = metric.partition(".")
    return f"trtr.{score}" if kind == "tstr" else f"{metric}_real"


def of_real(summary: Summary, quantity: Quantity) -> Cell:
    """What real rows, or the model trained on them, show in a quantity; blank where none does."""
    name = real_name(quantity.metric)
    if name not in summary.descriptors:
        return Cell("", tone="muted")
    return common(summary, replace(quantity, metric=name))
