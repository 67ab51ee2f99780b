"""The risks of the EU's opinion on anonymisation, and other attacks: what each tried, and found.

Source of the three: Article 29 Working Party 2014, Opinion 05/2014 on anonymisation techniques
(WP216); how they are measured: Giomi et al. 2023.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from synthcraft.report import tables
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.release.subject import known, named, secrets, subjects, yardsticks
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import clean, listed, number, short, span, title

Row = Callable[[Summary, Contender, Quantity], tuple[Cell, ...]]
WP29 = ("singling_out", "linkability", "attribute_inference")
MEMBERSHIP = ("mia_distance", "mia_domias")
OTHERS = (
    *("exact_match_rate", "dcr_share", "mia_distance", "mia_distance_tpr", "mia_domias"),
    *("mia_domias_tpr", "identifiability", "authenticity"),
)
ASKED = {
    "singling_out": "May somebody be picked out",
    "linkability": "May two files be linked",
    "attribute_inference": "May a secret be learnt",
}


def wp29_section(summary: Summary) -> Section:
    """Singling out, linkability and inference: main, control, excess, beside both yardsticks."""
    found = measured(summary, WP29)
    absent = [name for name in WP29 if name not in {q.metric for q in found}]
    blocks: list[Block] = [
        Paragraph(
            "The EU’s data protection authorities judge anonymisation by three risks: that a "
            "person is singled out, that records of a person are linked, and that something about "
            "a person is inferred (Article 29 Working Party, Opinion 05/2014). The opinion sets no "
            f"number. {_tried(found)}"
        )
    ]
    here = [title(Quantity(name)) for name in WP29 if name not in absent]
    which = f"Of the three risks: {listed(here)}." if absent else "The three risks."
    blocks += present_table(summary, found, f"{which} {reading(summary)}")
    if found:
        blocks.append(attempts(summary, found))
    blocks += missing(summary, absent)
    return Section("wp29", "Singling out, linking, inferring", tuple(blocks))


def _tried(found: Sequence[Quantity]) -> str:
    """How a risk is measured, where one was: with strangers, or without."""
    if not found:
        return "None of them was measured here."
    if all(q.role == "main" for q in found):
        return (
            "What is told below was tried as an attack on rows that were used (risk), and on no "
            "others: no row was held out."
        )
    return (
        "What is told below was tried as an attack on rows that were used (risk) and on rows that "
        "were not (control). What people give away by being in the data is measured as the "
        "excess: what remains of the risk once the control is taken off (Giomi et al. 2023). "
        "0: as for strangers; 1: the attack always succeeds."
    )


def others_section(summary: Summary) -> Section | None:
    """Membership, copies and nearness; None where none was measured."""
    found = measured(summary, OTHERS)
    if not found:
        return None
    caption = (
        "Other attacks and signs of copying, read in the same way (of authenticity a low value is "
        f"the risk, so its excess is the control minus it). {reading(summary)}"
    )
    blocks = [*present_table(summary, found, caption), attempts(summary, found)]
    return Section("other-attacks", "Other attacks", tuple(blocks))


def measured(summary: Summary, names: Sequence[str]) -> tuple[Quantity, ...]:
    """The risks of these names that have a value, of the whole table and of each secret.

    They are the excess where it has a value, else the main value: without strangers there is none.
    """
    mains = [
        q
        for name in names
        for q in summary.quantities
        if q.metric == name and q.role == "main" and not q.group
    ]
    excesses = [replace(q, role="excess") for q in mains if not _doubled(q, mains)]
    controlled = tables.valued(summary, excesses)
    sides = (q if q in controlled else replace(q, role="main") for q in excesses)
    return tuple(tables.valued(summary, list(sides)))


def _doubled(quantity: Quantity, mains: Sequence[Quantity]) -> bool:
    """Whether it is the mean over secrets of which there is one only."""
    secrets_of = [q for q in mains if q.metric == quantity.metric and q.column]
    return not quantity.column and len(secrets_of) == 1


def present_table(summary: Summary, quantities: Sequence[Quantity], caption: str) -> list[Block]:
    """Risk, control, excess and n, a group of rows for each risk; nothing where there is none."""
    controlled = [q for q in quantities if q.role == "excess"]
    bare = [q for q in quantities if q.role == "main"]
    found = [_controlled(summary, controlled, caption)] if controlled else []
    return [*found, *([_uncontrolled(summary, bare, caption)] if bare else [])]


def _controlled(summary: Summary, quantities: Sequence[Quantity], caption: str) -> Table:
    heads = ("Whose rows", "On people who were used", "On strangers", "Excess", "n")
    details = ((), ("risk",), ("control",), ("what was given away",), ("attempts or rows",))
    return Table(
        caption,
        tuple(map(Head, heads, details)),
        tuple(_rows(summary, q, _row) for q in quantities),
    )


def _uncontrolled(summary: Summary, quantities: Sequence[Quantity], caption: str) -> Table:
    heads, details = ("Whose rows", "On people who were used", "n"), ((), ("risk",), ("rows",))
    return Table(
        f"{caption} Without a control: nobody can say how much of this is chance, or true of "
        "strangers, too. Read it between the yardsticks, and take no comfort in it.",
        tuple(map(Head, heads, details)),
        tuple(_rows(summary, q, _bare_row) for q in quantities),
    )


def _rows(summary: Summary, quantity: Quantity, row: Row) -> Rows:
    sides = (*subjects(summary), *yardsticks(summary))
    rows = tuple(
        tuple(replace(cell, tone="muted") for cell in made) if c.reference else made
        for c in sides
        for made in (row(summary, c, quantity),)
    )
    return Rows(rows, _title(summary, quantity))


def _bare_row(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[Cell, ...]:
    rows = summary.score(contender.arm.id, quantity).rows
    main = tables.plain(summary, contender, quantity)
    return Cell(named(contender)), main, Cell(span(rows) or "—")


def label(quantity: Quantity) -> str:
    """What a risk is called, with the secret that it is about."""
    return title(quantity) + (f": {short(quantity.column)}" if quantity.column else "")


def _title(summary: Summary, quantity: Quantity) -> str:
    several = " (mean over secrets)" if _is_mean(summary, quantity) else ""
    dull = " – not informative here" if summary.informative(quantity) == "no" else ""
    return f"{label(quantity)}{several}{dull}"


def _is_mean(summary: Summary, quantity: Quantity) -> bool:
    return not quantity.column and any(
        q.metric == quantity.metric and q.column for q in summary.quantities
    )


def _row(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[Cell, ...]:
    main, control = (
        _mean(summary, contender, replace(quantity, role=role)) for role in ("main", "control")
    )
    excess = _excess(summary, contender, replace(quantity, role="excess"))
    rows = summary.score(contender.arm.id, replace(quantity, role="main")).rows
    return Cell(named(contender)), main, control, excess, Cell(span(rows) or "—")


def _excess(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    """The excess with its interval; why a yardstick has none is of no use here."""
    cell = tables.plain(summary, contender, quantity)
    missing = summary.score(contender.arm.id, quantity).estimate is None
    return Cell("—") if contender.reference and missing else cell


def _mean(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    """A side of an excess: the interval that counts is that of the excess."""
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return Cell("—", tone="muted")
    return Cell(number(score.estimate.mean))


def attempts(summary: Summary, quantities: Sequence[Quantity]) -> Table:
    """What each attack did, and what the attacker was assumed to hold and to know."""
    names = list(dict.fromkeys(q.metric for q in quantities))
    told = [(name, *_attempt(summary, name)) for name in names]
    heads = ("Attack", "What was tried", "What the attacker was assumed to have")
    rows = tuple(
        (Cell(title(Quantity(name)), about=name), Cell(tried), Cell(has))
        for name, tried, has in told
        if tried
    )
    which = ", ".join(title(Quantity(name)) for name, tried, _ in told if tried)
    return Table(
        f"What was tried: {which}. Somebody who has more, or another idea, may succeed where these "
        "did not.",
        tuple(map(Head, heads)),
        (Rows(rows),),
        numeric=False,
    )


_STRICT = "The same, so warily that only 1 % of strangers are taken for members."


def _attempt(summary: Summary, name: str) -> tuple[str, str]:
    run = summary.run
    about, hidden = known(run), listed(secrets(run))
    holds = "The synthetic rows"
    files = (
        f"one with {about}, one with all other columns"
        if about
        else "two halves of the columns, fixed by chance, as no quasi-identifiers are declared"
    )
    of_person = about or "every other column, as no quasi-identifiers are declared"
    return {
        "singling_out": (
            "Descriptions that fit exactly one synthetic row (of one column, or of several) are "
            "tried on the real rows: a hit is one that fits exactly one of them.",
            f"{holds}; nothing about anybody.",
        ),
        "linkability": (
            "Two files about a person are joined where both parts of the person’s row have the "
            "same nearest synthetic row.",
            f"{holds}, and two files: {files}.",
        ),
        "attribute_inference": (
            f"The secret ({hidden}) is read off the nearest synthetic row; a number counts as "
            "learnt within a tolerance (5 % unless the spec says otherwise).",
            f"{holds}, and of the person: {of_person} (but the secret).",
        ),
        "exact_match_rate": ("Synthetic rows that equal a train row are counted.", f"{holds}."),
        "dcr_share": (
            "Synthetic rows that lie nearer to a train row than to any row that was not used.",
            f"{holds}, and both parts of the real rows: no attacker has these, so it is a sign, "
            "not an attack.",
        ),
        "mia_distance": (
            "Whether a person’s data were used is guessed from how near the nearest synthetic row "
            "is (0.5 of the AUC: by chance).",
            f"{holds}, and the person’s whole row.",
        ),
        "mia_distance_tpr": (_STRICT, f"{holds}, and the person’s whole row."),
        "mia_domias_tpr": (
            _STRICT,
            f"{holds}, the person’s whole row, and real rows of the same kind.",
        ),
        "mia_domias": (
            "As by distance, but against how common such rows are among other real ones.",
            f"{holds}, the person’s whole row, and real rows of the same kind.",
        ),
        "identifiability": (
            "Train rows whose nearest synthetic row is nearer than any other train row.",
            "Everything: it is a sign, not an attack.",
        ),
        "authenticity": (
            "Synthetic rows that are no nearer to a train row than its nearest neighbour is.",
            "Everything: it is a sign, not an attack.",
        ),
        "replicated_uniques": (
            "People who are the only one with their quasi-identifiers, and have exactly one "
            "synthetic row with the same.",
            f"{holds}, and of the person: {of_person}.",
        ),
        "correct_attribution": (
            "People whose secret is told rightly by all synthetic rows with their "
            "quasi-identifiers.",
            f"{holds}, and of the person: {of_person} (but the secret).",
        ),
        "record_risk_q50": (
            "As membership by distance, row by row: how the risk spreads.",
            f"{holds}, and the person’s whole row.",
        ),
    }.get(name, ("", ""))


def missing(summary: Summary, names: Sequence[str]) -> Iterator[Paragraph]:
    """What has no value: why, where it was tried; else what to add to the spec for it."""
    tried = [name for name in names if name in summary.descriptors]
    for name in tried:
        yield Paragraph(f"{title(Quantity(name))}: no value ({_why(summary, name)}).", "alert")
    if untold := [name for name in names if name not in tried]:
        yield Paragraph(
            f"Not tried: {listed(untold)}. Add them under metrics of the spec.", "alert"
        )


def _why(summary: Summary, name: str) -> str:
    """The first reason that a trial gives for a measure of this name."""
    reasons = (
        clean(score.why)
        for q in summary.quantities
        if q.metric == name
        for c in summary.contenders
        if (score := summary.score(c.arm.id, q)).why
    )
    return short(next(reasons, "no trial has ended with it"), 160)


def reading(summary: Summary) -> str:
    """How a cell of these tables is read."""
    splits = summary.run.plan.splits
    if splits == 1:
        return "One split: an interval, where there is one, is that of the attack within it."
    return (
        f"Means over {splits} splits, below them 95% intervals over the splits (*: within a split, "
        "as all agree)."
    )
