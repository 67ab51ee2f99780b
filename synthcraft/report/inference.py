"""Which generators the splits of a run can tell apart.

One endpoint per family decides; Holm's adjustment pays for all pairs of generators, because the
data choose which of them is best. Everything else is exploratory (Benjamini & Hochberg).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthcraft.report.campaign import Campaign, endpoint
from synthcraft.report.choice import DECIDING, is_headline, primary
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.summary import Quantity, Samples, Summary
from synthcraft.report.words import counted, interval, listed, number, short, title
from synthcraft.stats import LEVEL, Estimate, benjamini_hochberg, holm, p_value, paired

SIGNIFICANT = 1 - LEVEL
ALIKE = "indistinguishable from the best"
MARKS = (
    "≈ marks who is indistinguishable from the best: these splits do not tell the two apart, even "
    "where their intervals lie apart (p above 0.05 by Holm’s test, which allows for all pairs "
    "compared). With few splits that says little about being as good. Who lacks a split or a trial "
    "comes last."
)


@dataclass(frozen=True)
class Difference:
    """A generator's paired difference to the best, with p adjusted over all pairs."""

    estimate: Estimate
    adjusted: float | None

    @property
    def shown(self) -> bool:
        """Whether the splits tell the two apart."""
        return self.adjusted is not None and self.adjusted <= SIGNIFICANT


def endpoints(summary: Summary) -> dict[str, Quantity]:
    """The quantity that decides in each family; a family is absent where none is informative.

    Where a policy has chosen, it is what the choice rested on, as far as the holdout can judge it.
    """
    if summary.chosen:
        scales = Campaign(summary.run).reported_scales
        return {family: endpoint(scale) for family, scale in scales.items()}
    found = {family: primary(summary, family) for family in DECIDING}
    return {family: quantity for family, quantity in found.items() if quantity is not None}


def to_best(values: Mapping[str, Samples], best: str, *, ratio: float) -> dict[str, Difference]:
    """Differences ``other − best`` by name, paired over the splits that both have."""
    pairs = {
        (a, b): paired(values[b], values[a], ratio=ratio)
        for a, b in itertools.combinations(values, 2)
        if values[a].keys() & values[b].keys()
    }
    p = {pair: found for pair, e in pairs.items() if (found := p_value(e)) is not None}
    adjusted = holm(p)
    differences: dict[str, Difference] = {}
    for other in values:
        pair = (best, other) if (best, other) in pairs else (other, best)
        if other != best and pair in pairs:
            estimate = paired(values[other], values[best], ratio=ratio)
            differences[other] = Difference(estimate, adjusted.get(pair))
    return differences


def whole_table(summary: Summary) -> tuple[Quantity, ...]:
    """Quantities about the whole table, without the two sides of an excess."""
    return tuple(
        q
        for q in summary.quantities
        if not q.column and not q.group and q.role in ("value", "excess")
    )


def p_text(p: float) -> str:
    """A p value in words.

    >>> p_text(0.00004), p_text(0.0312)
    ('< 0.001', '0.031')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def rank_cell(name: str, order: Sequence[str], found: Mapping[str, Difference]) -> Cell:
    """The rank of a generator among those in order, best first, and the mark of its difference.

    >>> rank_cell("arf", ["arf", "ctgan"], {}).text, rank_cell("tvae", ["arf"], {}).text
    ('1', '—')
    """
    if name not in order:
        return Cell("—", ("not ranked",), "muted")
    rank = str(order.index(name) + 1)
    if name == order[0]:
        return Cell(rank, ("best",), "best")
    if name not in found:
        return Cell(rank, ("no split in common",))
    if found[name].adjusted is None:
        return Cell(rank, ("not tested",))
    return Cell(rank, ("told apart",) if found[name].shown else (f"≈ {ALIKE}",))


def differences_section(summary: Summary) -> Section | None:
    """Paired differences to the best generator in each family; none with one split or generator."""
    deciding = endpoints(summary)
    tables = [_family_table(summary, family, q) for family, q in deciding.items()]
    blocks: list[Block] = [table for table in tables if table is not None]
    if summary.run.plan.splits == 1 or not blocks:
        return None
    blocks.append(Paragraph(_exploratory(summary, deciding)))
    return Section("differences", "Which differences are shown", tuple(blocks))


def differences(summary: Summary, quantity: Quantity) -> dict[str, Difference]:
    """Differences to the best generator of a quantity, by name, of all that have a value."""
    ranked = summary.ranked(quantity)
    values = {c.arm.id: summary.samples(c.arm.id, quantity) for c, _ in ranked}
    return to_best(values, ranked[0][0].arm.id, ratio=summary.ratio) if ranked else {}


def _family_table(summary: Summary, family: str, quantity: Quantity) -> Table | None:
    ranked = summary.ranked(quantity)
    if len(ranked) < 2:
        return None
    best, found = ranked[0][0].arm.id, differences(summary, quantity)
    rows = tuple(
        (
            Cell(short(c.label)),
            Cell(number(s.estimate.mean) if s.estimate else "—"),
            *_tested(c.arm.id, best, found),
        )
        for c, s in ranked
    )
    heads = ("Generator", "Mean", "Difference to the best", "Interval", "p (Holm)", "Shown")
    return Table(
        f"{family.capitalize()}, by its endpoint: {title(quantity)}. Paired over splits; the "
        f"interval is for one comparison; p is adjusted for all pairs of the {len(ranked)} "
        "generators, because the data choose the best.",
        tuple(Head(text) for text in heads),
        (Rows(rows),),
    )


def _tested(name: str, best: str, told: Mapping[str, Difference]) -> tuple[Cell, ...]:
    blank = Cell("")
    if name == best:
        return (Cell("best", tone="best"), blank, blank, blank)
    found = told.get(name)
    if found is None:
        return (Cell("—", ("no split in common",), "muted"), blank, blank, blank)
    return (
        Cell(number(found.estimate.mean)),
        Cell(interval(found.estimate) or "—"),
        Cell("—" if found.adjusted is None else p_text(found.adjusted)),
        Cell("told apart" if found.shown else _untold(found), tone="" if found.shown else "muted"),
    )


def _untold(found: Difference) -> str:
    return "not tested: splits give no error" if found.adjusted is None else ALIKE


def _exploratory(summary: Summary, deciding: Mapping[str, Quantity]) -> str:
    """How many of all other differences are shown at a false discovery rate of 5 %."""
    p: dict[tuple[Quantity, str, str], float] = {}
    arms = [c.arm.id for c in summary.generators]
    for quantity in whole_table(summary):
        known = quantity.metric in summary.descriptors and is_headline(summary, quantity)
        # A gap differs between generators as its score does: it would count twice.
        if quantity in deciding.values() or not known or quantity.metric.startswith("gap."):
            continue
        for a, b in itertools.combinations(arms, 2):
            estimate = summary.difference(a, b, quantity)
            found = p_value(estimate) if estimate else None
            if found is not None:
                p[quantity, a, b] = found
    shown = {key[0] for key, q in benjamini_hochberg(p).items() if q <= SIGNIFICANT}
    number_shown = sum(q <= SIGNIFICANT for q in benjamini_hochberg(p).values())
    text = (
        f"All other measures are exploratory: of {counted(len(p), 'paired difference')}, "
        f"{number_shown} would be shown at a false discovery rate of {SIGNIFICANT:.0%} "
        "(Benjamini & Hochberg)"
    )
    names = sorted({title(quantity) for quantity in shown})
    return f"{text}{f', in: {listed(names)}' if names else ''}."
