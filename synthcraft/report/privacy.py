"""What differential privacy promises in a run, release by release, and what it does not cover."""

import math
from collections.abc import Iterator, Mapping

from synthcraft.privacy.guarantee import Guarantee, guarantee
from synthcraft.privacy.ledger import Ledger, Line, Total
from synthcraft.privacy.words import CLAIMED
from synthcraft.report import audit, curve
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Head,
    Item,
    Paragraph,
    Rows,
    Section,
    Table,
)
from synthcraft.report.doses import level, tiny
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import clean, counted, short
from synthcraft.results import ledger_of
from synthcraft.spec.types import PrivacySpec

NOISE = {
    "os": "From the operating system’s entropy, never stored; so no two runs are equal.",
    "seeded": "From the spec’s seed, which makes every ε void.",
}


def private_section(summary: Summary) -> Section | None:
    """Promise, total, price and limits of a run with differential privacy; None without any."""
    run = summary.run
    if run.spec.privacy is None:
        return None
    terms = guarantee(run.spec)
    spent = ledger_of(run)
    blocks: list[Block] = [
        *_opening(summary, terms),
        _releases(summary, {line.arm: line for line in spent.lines}),
        Bullets(tuple(_terms(summary, run.spec.privacy, terms))),
        *_totals(spent, terms),
        *_skipped(summary),
        *audit.blocks(summary),
        *curve.blocks(summary),
        Paragraph("No ε covers:"),
        Bullets(tuple(map(Item, terms.uncovered))),
    ]
    return Section("differential-privacy", "Differential privacy", tuple(blocks))


def _opening(summary: Summary, terms: Guarantee) -> Iterator[Block]:
    if terms.void:
        yield Paragraph(
            f"Void: no ε of this run is a promise, because {'; '.join(terms.void)}.", "alert"
        )
    if any(contender.promise == "promised" for contender in summary.generators):
        levels = [c.arm.epsilon for c in summary.generators if c.promise == "promised"]
        least, most = min(filter(None, levels)), max(filter(None, levels))
        each = f"{odds(least)} at ε {least:g}"
        each += f" and {odds(most)} at ε {most:g}" if most > least else ""
        yield Paragraph(
            "ε bounds what a release can tell about any one person: whatever is asked of it, the "
            "odds of each answer change by at most the factor e^ε when that person’s rows are "
            f"added or taken away (about {each}), but for a probability of about δ."
        )


def odds(epsilon: float) -> str:
    """The factor that ε bounds.

    >>> odds(1.0), odds(10.0), odds(1000.0)
    ('2.7', '22,026', 'over a million')
    """
    if epsilon > math.log(1e6):
        return "over a million"
    factor = math.exp(epsilon)
    return f"{factor:.1f}" if factor < 100 else f"{factor:,.0f}"


def _releases(summary: Summary, lines: Mapping[str, Line]) -> Table:
    refuted = audit.refuted(summary.run)
    rows = tuple(
        _release(c, lines.get(c.arm.id), refuted=c.arm.id in refuted) for c in summary.generators
    )
    heads = ("Generator", "Promise of one release", "Mechanism", "Fits that spent", "All together")
    return Table(
        "What one release promises: the samples of one fit, however many are drawn. “All "
        "together”: what publishing samples of every fit in that row would spend.",
        tuple(Head(text) for text in heads),
        (Rows(rows),),
        numeric=False,
    )


def _release(contender: Contender, line: Line | None, *, refuted: bool) -> tuple[Cell, ...]:
    words = level(contender.arm)
    kept = Cell(words, ("refuted by the audit",), "alert") if refuted else Cell(words)
    told = {
        "none": Cell("no formal guarantee", tone="muted"),
        "claimed": Cell(f"{words}: {CLAIMED}", tone="alert"),
        "void": Cell("void", (f"asked for: {words}",), "alert"),
        "promised": kept,
    }
    name = Cell(short(contender.label))
    if line is None:
        fits = "—" if contender.promise == "none" else "0"
        return name, told[contender.promise], Cell("—"), Cell(fits), Cell("—")
    killed = f"{line.unrecorded} without a result" if line.unrecorded else ""
    sure = contender.promise == "promised"
    return (
        name,
        told[contender.promise],
        Cell(clean(line.mechanism)),
        Cell(f"{line.together.fits:,}", (killed,) if killed else ()),
        Cell(amount(line.together), () if sure else (contender.promise,)),
    )


def amount(total: Total) -> str:
    """ε and δ of fits together; ε is rounded up."""
    if math.isinf(total.epsilon):
        return "no bound: δ reaches 1"
    up = math.ceil(100 * total.epsilon - 1e-7) / 100  # a bound is never rounded down
    return f"ε = {up:.2f}, δ = {tiny(total.delta)}"


def _terms(summary: Summary, privacy: PrivacySpec, terms: Guarantee) -> Iterator[Item]:
    yield Item(terms.unit, "Who is protected")
    yield Item(terms.delta, "δ")
    yield Item(terms.domain, "Domain")
    yield Item(NOISE[privacy.noise], "Noise")
    yield Item(f"{_selected(summary)}{terms.selection}", "Choice of what is released")


def _selected(summary: Summary) -> str:
    """What a private selection came to, where the spec asks for one."""
    found = summary.run.selection
    if found is None:
        return ""
    if not found.arm:
        return f"None was chosen: {found.reason or 'the run was interrupted'}. "
    times = len(found.spends)
    again = f", begun {times} times" if times > 1 else ""
    return (
        f"Chosen privately: {short(summary.name(found.arm))} "
        f"(ε {found.spends[-1].epsilon:g} for the choice{again}). "
    )


def _totals(spent: Ledger, terms: Guarantee) -> Iterator[Block]:
    """What all fits spent together; claimed ones apart, as nobody vouches for them."""
    if spent.accounted.fits:
        void = " Like every ε of this run it is void." if terms.void else ""
        chosen = " and the private choice" if spent.selections else ""
        by = "by the private choice" if spent.selections else "without a look at real rows"
        yield Paragraph(
            f"The whole run, {counted(spent.accounted.fits, 'fit')} (generators, levels of ε, "
            f"splits, seeds){chosen}, counted as if on the same people: "
            f"{amount(spent.accounted)}. That is what holds where samples of all fits leave, or "
            f"where some are chosen from them {by}.{void}"
        )
    yield from besides(spent.claimed)


def besides(claimed: Total) -> Iterator[Block]:
    """What nobody accounts for; nothing where there is none."""
    if claimed.fits:
        yield Paragraph(
            f"Besides, {counted(claimed.fits, 'fit')} spent {amount(claimed)}, {CLAIMED}: "
            "whatever they gave away is in no sum here.",
            "alert",
        )


def _skipped(summary: Summary) -> Iterator[Block]:
    """Fits that did not start, because the run's limit would have been exceeded."""
    found = [record for record in summary.run.records if record.status == "skipped"]
    most = summary.run.spec.privacy.max_total_epsilon if summary.run.spec.privacy else None
    if most is None:
        return
    skipped = (
        f"{counted(len(found), 'fit')} did not start, as they would have exceeded it: "
        f"{', '.join(dict.fromkeys(short(summary.name(r.trial.arm)) for r in found))}."
        if found
        else "Every fit kept it."
    )
    yield Paragraph(f"Declared limit of the whole run: ε = {most:g}. {skipped}")
