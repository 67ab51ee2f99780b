"""What differential privacy promises in a run, release by release, and what it does not cover."""

from collections.abc import Iterator, Sequence
from typing import Literal

from synthcraft.privacy.accountant import compose, epsilon_of
from synthcraft.privacy.guarantee import Guarantee, guarantee
from synthcraft.privacy.words import CLAIMED
from synthcraft.records import Spend
from synthcraft.report import curve
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
from synthcraft.report.doses import level
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import clean, counted, listed, short
from synthcraft.spec.types import PrivacySpec

Promise = Literal["none", "claimed", "void", "promised"]


def private_section(summary: Summary) -> Section | None:
    """Promise, total, limits and curve of a run with differential privacy; None without any."""
    spec = summary.run.spec
    if spec.privacy is None:
        return None
    terms = guarantee(spec)
    blocks: list[Block] = [
        *_warnings(terms),
        _releases(summary, terms),
        Bullets(tuple(_said(spec.privacy, terms))),
        *_total(summary),
        *curve.blocks(summary),
        Paragraph("No ε covers:"),
        Bullets(tuple(map(Item, terms.uncovered))),
    ]
    return Section("differential-privacy", "Differential privacy", tuple(blocks))


def promise(summary: Summary, contender: Contender) -> Promise:
    """What is promised of one arm."""
    if contender.arm.epsilon is None:
        return "none"
    if summary.card(contender).get("dp") != "accounted":
        return "claimed"
    spec = summary.run.spec
    return "void" if spec.privacy is None or guarantee(spec).void else "promised"


def _warnings(terms: Guarantee) -> Iterator[Block]:
    if terms.void:
        yield Paragraph(f"Every ε of this run is void: {'; '.join(terms.void)}.", "alert")


def _releases(summary: Summary, terms: Guarantee) -> Table:
    rows = tuple(_release(summary, contender, terms) for contender in summary.generators)
    heads = ("Generator", "Promise of one release", "Mechanism", "Fits that spent")
    return Table(
        "What one release promises: the samples of one fit. Sampling from it again spends nothing.",
        tuple(Head(text) for text in heads),
        (Rows(rows),),
        numeric=False,
    )


def _release(summary: Summary, contender: Contender, terms: Guarantee) -> tuple[Cell, ...]:
    name, words = Cell(short(contender.label)), level(contender.arm)
    spent = [s for record in summary.run.of(contender.arm.id) for s in record.spends]
    mechanisms = listed(sorted({clean(s.mechanism) for s in spent}))
    told = {
        "none": Cell("no formal guarantee", tone="muted"),
        "claimed": Cell(f"{words}: {CLAIMED}", tone="alert"),
        "void": Cell("void", (f"{words} was asked for", *terms.void), "alert"),
        "promised": Cell(words),
    }
    kind = promise(summary, contender)
    fits = Cell(f"{len(spent):,}" if kind != "none" else "—")
    return name, told[kind], Cell(mechanisms or "—"), fits


def _said(privacy: PrivacySpec, terms: Guarantee) -> Iterator[Item]:
    yield Item(terms.unit, "Who is protected")
    yield Item(terms.delta, "Delta")
    yield Item(terms.domain, "Ranges, levels and bins")
    noise = {
        "os": "From the operating system’s entropy, never stored; so no two runs are equal.",
        "seeded": "From the spec’s seed, which makes every ε void.",
    }
    yield Item(noise[privacy.noise], "Noise")
    yield Item(terms.selection, "Choice of what is released")


def _total(summary: Summary) -> Iterator[Block]:
    """What all fits of the run spent together."""
    spends = [s for record in summary.run.records for s in record.spends if not s.claimed]
    if not spends:
        return
    epsilon, delta = total(spends)
    yield Paragraph(
        f"All {counted(len(spends), 'fit')} of this run together (arms, splits, seeds): "
        f"ε = {epsilon:.2f} at δ = {delta:.2g}. This is what publishing every sample would cost "
        "one person."
    )


def total(spends: Sequence[Spend]) -> tuple[float, float]:
    """ε and δ of all spends together: sums of their curves and of their δ.

    >>> total([Spend("x", 1.0, 1e-5), Spend("y", 2.0, 1e-5)])
    (3.0, 2e-05)
    """
    known = [s for s in spends if s.curve]
    rest = sum(s.epsilon for s in spends if not s.curve)
    delta = sum(s.delta for s in spends)
    free = sum(s.delta - s.delta_domain for s in known)
    return (epsilon_of(compose(s.curve for s in known), free) if known else 0.0) + rest, delta
