"""Privacy, fidelity and utility of each generator in one table, as papers print it."""

from collections.abc import Iterator, Sequence

from synthcraft.report.choice import is_headline
from synthcraft.report.document import Block, Cell, Fold, Head, Paragraph, Rows, Section, Table
from synthcraft.report.pooled import Study, tables_named
from synthcraft.report.summary import Contender, Quantity
from synthcraft.report.tables import absent
from synthcraft.report.words import direction, filled, heading, interval, number, short
from synthcraft.stats import LEVEL

FAMILIES: dict[str, tuple[str, ...]] = {
    "privacy": ("exact_match_rate", "dcr_share", "mia_domias"),
    "fidelity": ("ks_complement", "contingency_similarity", "c2st"),
    "utility": ("tstr.auroc", "tstr.r2", "tstr.harrell_c"),
}


def triad_section(studies: Sequence[Study]) -> Section | None:
    """A table for each study; folded where there are several. None where nothing is comparable.

    Where a policy has chosen what is reported there is no such table: it would hold only what the
    policy liked.
    """
    blocks = list(_blocks(studies))
    return Section("triad", "Privacy, fidelity and utility", tuple(blocks)) if blocks else None


def _blocks(studies: Sequence[Study]) -> Iterator[Block]:
    several = len(studies) > 1
    for place, (study, name) in enumerate(zip(studies, tables_named(studies), strict=True), 1):
        columns = [] if study.first.chosen else list(_columns(study))
        if columns:
            table = _table(study, columns, f"triad-{place}" if several else "triad")
            yield Fold(name, (table,)) if several else table
    if several:
        yield Paragraph("One table for each dataset; none is averaged over datasets.", "muted")


def _columns(study: Study) -> Iterator[tuple[str, Quantity]]:
    """Family and quantity of each column of which there is a value."""
    arms = [contender.arm.id for contender in study.contenders]
    for family, names in FAMILIES.items():
        there = [q for q in study.first.family(family) if is_headline(study.first, q)]
        for name in names:
            for quantity in there:
                if quantity.metric == name and any(study.samples(arm, quantity) for arm in arms):
                    yield family, quantity


def _table(study: Study, columns: Sequence[tuple[str, Quantity]], name: str) -> Table:
    def rows(contenders: Sequence[Contender]) -> tuple[tuple[Cell, ...], ...]:
        return tuple(
            (Cell(short(c.label)), *(_cell(study, c, quantity) for _, quantity in columns))
            for c in contenders
        )

    return Table(
        f"Mean (standard deviation) over {study.described()}; below, the {LEVEL:.0%} interval of "
        "the mean (corrected t, Nadeau & Bengio; cut at the measure’s bounds; *: that of the "
        "measure within a split, where splits agree or there is one).",
        (Head("Generator"), *(_head(study, family, quantity) for family, quantity in columns)),
        (
            Rows(rows(study.first.generators), "Generators"),
            Rows(rows(study.first.references), "References"),
        ),
        id=name,
    )


def _head(study: Study, family: str, quantity: Quantity) -> Head:
    name, kind, model = heading(quantity)
    side = "excess" if quantity.role == "excess" else ""
    way = direction(study.first.descriptors[quantity.metric], quantity)
    return Head(name, filled(f"{family}", side, kind, model, way), quantity.metric)


def _cell(study: Study, contender: Contender, quantity: Quantity) -> Cell:
    arm = contender.arm.id
    estimate, deviation = study.estimate(arm, quantity), study.deviation(arm, quantity)
    if estimate is None:
        return absent(contender, study.first.score(arm, quantity))
    spread = "" if deviation is None else f" ({number(deviation)})"
    lacking = "" if study.complete(arm, quantity) else "not all trials"
    bounds = interval(estimate)
    told = f"{bounds}{'' if deviation else ' *'}" if bounds else "no interval"
    return Cell(f"{number(estimate.mean)}{spread}", filled(told, lacking))
