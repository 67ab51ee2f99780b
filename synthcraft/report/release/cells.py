"""Small cells: the columns an intruder may know, rare combinations, and what they give away."""

from collections.abc import Iterator, Mapping, Sequence

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.release.risks import attempts, measured, missing, present_table, reading
from synthcraft.report.release.subject import named, subjects
from synthcraft.report.summary import Quantity, Summary, described
from synthcraft.report.words import clean, listed, short, span, title

FOUND_AGAIN = ("replicated_uniques", "correct_attribution")
ANONYMITY = ("k_anonymity", "l_diversity", "l_diversity_entropy", "t_closeness", "k_map")
DESCRIPTIVE = (*ANONYMITY, "delta_presence")


def cells_section(summary: Summary) -> Section:
    """Quasi-identifiers, their small levels, replicated uniques, and k, l, t of the table."""
    declared = [str(name) for name in summary.run.table.get("quasi_identifiers", ())]
    if not declared:
        blocks: tuple[Block, ...] = (
            Paragraph(
                "No quasi-identifiers are declared: nobody has said what an intruder may know of "
                "a person, so rare combinations cannot be looked for. Name such columns (age, sex, "
                "place, dates, …) in dataset.quasi_identifiers, and add the metrics "
                "replicated_uniques, correct_attribution and anonymity.",
                "alert",
            ),
        )
        return Section("cells", "Small cells", blocks)
    return Section("cells", "Small cells", tuple(_blocks(summary, declared)))


def _blocks(summary: Summary, declared: Sequence[str]) -> Iterator[Block]:
    yield Paragraph(
        f"Declared as what an intruder may know of a person: {listed(list(map(short, declared)))}. "
        "Counts of real people are told from 10 on; smaller ones are pooled with the next larger. "
        "The journal holds no count of combinations of columns, so none is told here."
    )
    yield _columns(summary, declared)
    found = measured(summary, FOUND_AGAIN)
    caption = (
        "People found again by what an intruder knows: unique in the real and the synthetic rows "
        f"(replicated uniques), or with the secret told rightly. {reading(summary)}"
    )
    yield from present_table(summary, found, caption)
    if found:
        yield attempts(summary, found)
    yield from _anonymity(summary)
    absent = [name for name in FOUND_AGAIN if name not in {q.metric for q in found}]
    yield from missing(summary, absent + ([] if _described(summary) else ["anonymity"]))


def _columns(summary: Summary, declared: Sequence[str]) -> Table:
    heads = ("Column", "Type", "Levels", "Smallest told group of real rows", "Missing")
    return Table(
        "The quasi-identifiers.",
        tuple(map(Head, heads)),
        (Rows(tuple(_column(summary, name) for name in declared)),),
        numeric=False,
    )


def _column(summary: Summary, name: str) -> tuple[Cell, ...]:
    column = described(summary.run, name)
    levels, missing = column.get("levels"), column.get("missing", "")
    return (
        Cell(short(name), (short(str(column.get("label"))),) if column.get("label") else ()),
        Cell(clean(str(column.get("type", "")))),
        Cell("—" if levels is None else f"{levels:,}"),
        _smallest(summary, name),
        Cell(f"{missing:,}" if isinstance(missing, int) else clean(str(missing))),
    )


def _smallest(summary: Summary, name: str) -> Cell:
    """The smallest group that the journal tells; it has those of the sensitive columns only."""
    counts = dict((summary.run.table.get("groups") or {}).get(name) or {})
    if name == summary.run.table.get("target"):
        counts = dict(summary.run.table.get("target_balance") or {})
    if not counts:
        return Cell("not in the journal", ("only of sensitive columns and the outcome",), "muted")
    told: Mapping[str, int] = {k: v for k, v in counts.items() if isinstance(v, int)}
    if len(told) < len(counts):
        return Cell("fewer than 10")
    level = min(told, key=lambda one: (told[one], one))
    return Cell(f"{told[level]:,}", (short(str(level)),))


def _described(summary: Summary) -> list[Quantity]:
    """The measures of the synthetic table's own anonymity that have a value."""
    wanted = [
        q
        for name in DESCRIPTIVE
        for q in summary.quantities
        if q.metric == name and not q.column and not q.group
    ]
    return tables.valued(summary, wanted)


def _anonymity(summary: Summary) -> Iterator[Block]:
    found, sides = _described(summary), subjects(summary)
    if not found:
        return
    rows = tuple(
        (
            Cell(title(q), (f"n = {span(tables.rows_behind(summary, q))}",), about=q.metric),
            *(tables.plain(summary, c, q) for c in sides),
        )
        for q in found
    )
    yield Table(
        "How synthetic rows hide among each other. Descriptive only: a synthetic row is no person, "
        "so k = 1 is nobody’s risk, and a large k protects none of the people whose rows were "
        f"used. No decision may rest on it. {reading(summary)}",
        (Head("Measure"), *(Head(named(c)) for c in sides)),
        (Rows(rows),),
    )
