"""What declared analyses find: on real rows, with survey weights, and on synthetic rows."""

from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from synthcraft.records import Measure
from synthcraft.report.document import Cell, Fold, Head, Rows, Table
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import counted, number, short

MANY_TERMS = 60  # rows of the table
_CAPTION = (
    "What each analysis finds, with its own 95% interval (both averaged over trials): on train "
    "rows; {weighted}on the synthetic rows of each generator. In units of the data; of a logistic "
    "model in log odds, of a Cox model in log hazards."
)
_WEIGHTED = "on train rows with their survey weights, which speak for the population; "


def analyses_table(summary: Summary) -> Fold | None:
    """One row per coefficient of a declared analysis: real, weighted, and each generator."""
    asked = [q for q in summary.quantities if q.metric == "estimand.synthetic" and q.column]
    if not asked or not summary.generators:
        return None
    terms, left = asked[:MANY_TERMS], len(asked) - MANY_TERMS
    weighted = [q for q in terms if _of_anybody(summary, replace(q, metric="estimand.weighted"))]
    real = ("estimand.real", *(("estimand.weighted",) if weighted else ()))
    heads = [Head("Train rows", about=real[0]), *(Head("Weighted", about=m) for m in real[1:])]
    rows = [
        (
            Cell(short(q.column), (short(q.model),)),
            *(_estimate(_of_anybody(summary, replace(q, metric=metric))) for metric in real),
            *(_estimate(_of(summary, contender, q)) for contender in summary.generators),
        )
        for q in terms
    ]
    caption = _CAPTION.format(weighted=_WEIGHTED if weighted else "")
    more = f" {left} further coefficients are in results.csv." if left > 0 else ""
    generators = (Head(short(c.label), about="estimand.synthetic") for c in summary.generators)
    table = Table(caption + more, (Head("Coefficient"), *heads, *generators), (Rows(tuple(rows)),))
    return Fold(f"{counted(len(terms), 'estimate')} of analyses, real and synthetic", (table,))


def _of(summary: Summary, contender: Contender, quantity: Quantity) -> list[Measure]:
    by_split = summary.measures.get(contender.arm.id, {}).get(quantity, {})
    return [measure for split in sorted(by_split) for measure in by_split[split]]


def _of_anybody(summary: Summary, quantity: Quantity) -> list[Measure]:
    """What every trial of a split tells alike, from the one that has it on most splits."""
    return max((_of(summary, c, quantity) for c in summary.contenders), key=len, default=[])


def _estimate(measures: Iterable[Measure]) -> Cell:
    found = [
        (m.value, m.low, m.high)
        for m in measures
        if m.value is not None and m.low is not None and m.high is not None
    ]
    if not found:
        return Cell("—", tone="muted")
    value, low, high = (fmean(numbers) for numbers in zip(*found, strict=True))
    return Cell(number(value), (f"{number(low)} to {number(high)}",))
