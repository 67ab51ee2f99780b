"""Small cells: the columns an intruder may know, rare combinations, and what they give away."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.release.risks import attempts, measured, missing, present_table, reading
from synthcraft.report.release.subject import named, subjects
from synthcraft.report.summary import Quantity, Summary, described
from synthcraft.report.words import clean, listed, short, span, title

FOUND_AGAIN = ("replicated_uniques", "correct_attribution")
ANONYMITY = ("k_anonymity", "l_diversity", "l_diversity_entropy", "t_closeness", "k_map")
RARE = "rarer levels, pooled"
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
        "Combinations of columns are not counted; whether rare ones give people away is what the "
        "attacks by quasi-identifiers ask."
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
    heads = ("Column", "Type", "Levels", "Smallest cell of real rows", "Missing")
    return Table(
        "The quasi-identifiers, each by itself: its level, or bin of its numbers, with the fewest "
        "real rows.",
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
    """The smallest cell of the column that the figures tell, and how many rows had to be pooled."""
    cells = counted_cells(summary, name)
    rare = cells.pop(RARE, 0)
    pooled = (f"{RARE}: {rare:,} rows",) if rare else ()
    if not cells:
        return Cell("not told", pooled or ("no count in the journal",), "muted")
    label = min(cells, key=lambda one: cells[one])
    return Cell(f"{cells[label]:,}", (short(label), *pooled))


def counted_cells(summary: Summary, name: str) -> dict[str, int]:
    """Real rows by level, or by bin of a number, as the figures have them: none under 10.

    Rows of levels too rare to be told stand together under ``RARE``. Empty where no trial told.
    """
    told = [
        column
        for record in summary.records
        for column in record.summaries.get("columns", ())
        if column["name"] == name
    ]
    if not told:
        return {}
    first = told[0]
    labels = [*first["levels"], RARE] if "levels" in first else _bins(first["edges"])
    counts = zip(map(str, labels), first["real"], strict=True)
    return {label: count for label, count in counts if count}


def _bins(edges: Sequence[float]) -> list[str]:
    """The bins between these edges; the outer two are open.

    >>> _bins([1.0, 2.5])
    ['under 1', '1 to 2.5', 'from 2.5']
    """
    if not edges:
        return ["all values"]
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"under {edges[0]:g}", *inner, f"from {edges[-1]:g}"]


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
