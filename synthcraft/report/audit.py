"""What the membership games of a run showed, arm by arm, beside what is promised or claimed."""

import math
from collections.abc import Iterator, Mapping

from synthcraft.privacy.audit import POWER, AuditResult
from synthcraft.privacy.words import CLAIMED
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Table
from synthcraft.report.doses import tiny
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import clean, listed, short
from synthcraft.results import Run

CAUTION = (
    "The audit is an attack, not a proof. A mechanism is fitted many times on a made-up table with "
    "and without one person, and a few statistics try to tell which; no real row takes part, and "
    "none of its budget is spent. A lower bound above ε refutes ε. A lower bound below ε does not "
    "confirm it: another table, person or statistic might find a fault, and so might more fits. "
    f"{POWER}"
)


def audits(run: Run) -> dict[str, AuditResult]:
    """The audit of each arm that has one, by the arm's id."""
    found = map(AuditResult.from_json, run.audits)
    return {result.arm: result for result in found}


def refuted(run: Run) -> tuple[str, ...]:
    """The ids of arms whose ε their audit refutes."""
    return tuple(arm for arm, result in audits(run).items() if result.flagged)


def blocks(summary: Summary) -> Iterator[Block]:
    """Bounds of all audited arms, what they refute first; nothing without an audit."""
    found = audits(summary.run)
    if not found:
        return
    if arms := [short(summary.name(arm)) for arm in refuted(summary.run)]:
        yield Paragraph(
            f"Refuted by the audit: {listed(arms)}. The lower bound exceeds ε: do not rely on it.",
            "alert",
        )
    yield _table(summary, found)
    yield Paragraph(CAUTION)


def _table(summary: Summary, found: Mapping[str, AuditResult]) -> Table:
    audited = [c for c in summary.generators if c.arm.id in found]
    heads = (
        *("Generator", "The audit says", "ε", "Lower bound"),
        *("Largest that could be shown", "Fits with + without the person"),
    )
    return Table(
        "What the audit showed: the ε of a release, and the least that the true one can be, each "
        "bound at its own confidence.",
        tuple(map(Head, heads)),
        (Rows(tuple(_row(c, found[c.arm.id]) for c in audited)),),
        numeric=False,
    )


def _row(contender: Contender, result: AuditResult) -> tuple[Cell, ...]:
    mark = {"claimed": CLAIMED, "void": "void"}.get(contender.promise, "promised")
    bound = (
        Cell("—")
        if result.bound is None
        else Cell(_down(result.bound.epsilon), (f"confidence {result.confidence:g}",))
    )
    return (
        Cell(short(contender.label)),
        _verdict(result),
        Cell(f"{result.epsilon:g}", (f"δ = {tiny(result.delta)}", mark)),
        bound,
        Cell(_down(result.largest)),
        Cell(
            f"{result.fits} + {result.fits}",
            (f"after {result.pilot} + {result.pilot} others on each table",),
        ),
    )


def _verdict(result: AuditResult) -> Cell:
    if result.bound is None:
        return Cell("not audited", (clean(result.reason),) if result.reason else (), "alert")
    if result.flagged:
        return Cell("REFUTED", ("the bound exceeds ε",), "alert")
    if result.largest <= result.epsilon:
        return Cell("nothing", ("so few fits cannot exceed this ε",), "muted")
    return Cell("no violation found", ("weak evidence: few fits",) if result.weak else ())


def _down(epsilon: float) -> str:
    """A lower bound, never rounded up.

    >>> _down(1.5999), _down(0.0)
    ('1.59', '0.00')
    """
    return f"{math.floor(100 * epsilon) / 100:.2f}"
