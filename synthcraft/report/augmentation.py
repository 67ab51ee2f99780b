"""The section on augmentation: whom added rows help, whom they harm, and what would have done too.

The numbers are those of ``gains``. A control is told as what it is, never as a candidate.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Fold,
    Head,
    Item,
    Paragraph,
    Rows,
    Section,
    Table,
    present,
)
from synthcraft.report.gain_tables import gain_blocks, group_blocks, harm_blocks
from synthcraft.report.gains import (
    NAMES,
    NOTHING,
    Design,
    absence,
    deciding,
    design_of,
    effect,
    failed_doses,
    gains,
    groups_in_words,
    named,
    short_group,
    these,
    treatments,
)
from synthcraft.report.helped import answers
from synthcraft.report.responses import curves
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import (
    capital,
    counted,
    listed,
    number,
    short,
    span,
)
from synthcraft.spec.augmentation import label

RULES = {
    "dose": "a dose of 100 % adds as many rows as the group has train rows",
    "equal": "a dose of 100 % makes the group as large as the largest",
    "proportion": "a dose of 100 % gives the group its declared share of all rows",
    "counts": "a dose of 100 % adds the declared number of rows",
}


def scope(summary: Summary) -> str:
    """What all other sections judge in a run with augmentation; "" in any other run."""
    design = design_of(summary)
    if design is None:
        return ""
    return (
        f"Rows were added to {these(design)}; whether that helped is told under "
        "“Augmentation”. Every other section judges the added rows alone (what a dose of "
        f"{design.primary:g} % adds), against real rows of {these(design)} only: never the "
        "augmented table, which holds real rows."
    )


def reminder(summary: Summary) -> str:
    """The same in a line, for the first section that judges the added rows; "" in any other run."""
    design = design_of(summary)
    if design is None:
        return ""
    return (
        f"Of the added rows alone, against real rows of {these(design)}. What they are good for is "
        "told under “Augmentation”."
    )


def augmentation_sections(summary: Summary) -> tuple[Section, ...]:
    """What was added, whom it helped and harmed, at which dose, and what to beware of."""
    design = design_of(summary)
    if design is None:
        return ()
    found = gains(summary, design)
    parts = (
        ("gains", "Who gains", gain_blocks(summary, design, found)),
        ("doses", "How much to add", tuple(present(curves(summary, design)))),
        ("harm", "Who might lose", harm_blocks(summary, design)),
        ("measures", "Group by group", group_blocks(summary, design)),
        ("limits", "What to beware of", (Bullets(tuple(_limits(summary, design))),)),
    )
    first = Section(
        "augmentation",
        "Augmentation: do added rows help?",
        (*_asked(summary, design), Bullets(tuple(answers(summary, design, found)))),
    )
    return (
        first,
        *(
            Section(f"augmentation-{name}", heading_, blocks, level=3)
            for name, heading_, blocks in parts
            if blocks
        ),
    )


# What was asked and done ------------------------------------------------------------------------


def _asked(summary: Summary, design: Design) -> Iterator[Block]:
    spec = summary.run.spec.augmentation
    others = [f"{dose:g} %" for dose in design.doses if dose != design.primary]
    rule = RULES.get(spec.rule, "") if spec else ""
    are = "is" if len(others) == 1 else "are"
    exploratory = f"; {listed(others)} {are} exploratory" if others else ""
    yield Paragraph(
        f"The target groups, which got rows: {groups_in_words(design.targets)}. {capital(rule)}. "
        f"The dose that decides is {design.primary:g} %{exploratory}. Models were trained on train "
        "rows with the added ones and tested on holdout rows, which are real and never augmented. "
        f"{_set_aside(summary)}"
    )
    yield Paragraph(
        f"The answer rests on {deciding(design)}: its paired difference to the same model "
        "with nothing added, over splits. A gain is called shown where p is at most 0.05 after "
        "Holm’s adjustment over all generators and target groups. A loss of "
        f"{number(design.margin)} or more would count as harm, and a gain under it as none worth "
        "having."
    )
    yield from present(_rows_table(summary, design))
    yield from present(_drawn_table(summary, design))


def _set_aside(summary: Summary) -> str:
    """Which train rows nothing was learnt from."""
    spec = summary.run.spec.augmentation
    cut = "augmented.recall_at_specificity" in summary.descriptors
    apart = "Before anything was fitted, some train rows were set aside"
    apart += ", to find the cut of the specificity on" if cut else " as validation rows"
    if spec is None or spec.undersample is None:
        return f"{apart}."
    kept = spec.undersample
    stay = f"{100 * kept:g} %" if isinstance(kept, float) else f"{kept:,} rows"
    return f"{apart}; of each target group {stay} stayed, and the others were withheld too."


def _rows_table(summary: Summary, design: Design) -> Table | None:
    """How many rows each group has and gets, over splits; no column of which nothing is known."""
    told = [size.augmentation for size in summary.run.splits if size.augmentation]
    if not told:
        return None
    heads = (
        Head("Train"),
        Head("Withheld"),
        Head("Added", (f"dose {design.primary:g} %",)),
        Head("Afterwards", ("train and added",)),
        Head("Holdout"),
        Head("Events", ("in the holdout",)),
    )
    rows = {group: _row_counts(design, told, group) for group in design.groups}
    kept = [
        k for k in range(len(heads)) if any(row[k].text not in ("", "0") for row in rows.values())
    ]
    cells = tuple(
        (
            Cell(short_group(group), ("target",) if group in design.targets else ()),
            *(row[k] for k in kept),
        )
        for group, row in rows.items()
    )
    hidden = any("≥" in cell.text for row in rows.values() for cell in row)
    why = " ≥10: a number that would tell one under 10 of another group." if hidden else ""
    return Table(
        "Rows by group; from the smallest to the largest split where splits differ. Train: what "
        f"generators and models learn from. No number under 10 is told.{why}",
        (Head("Group"), *(heads[k] for k in kept)),
        (Rows(cells),),
        id="augmentation-rows",
    )


def _row_counts(design: Design, told: Sequence[Mapping[str, Any]], group: str) -> tuple[Cell, ...]:
    """The rows of one group: train, withheld, added, both together, holdout, events."""

    def counts(key: str, dose: float | None = None) -> list[int | str]:
        found = [t.get(key, {}) for t in told]
        if dose is not None:
            found = [one.get(label(dose), {}) for one in found]
        return [one[group] for one in found if group in one]

    train, added = counts("train"), counts("add", design.primary)
    others = [dose for dose in design.doses if dose != design.primary]
    doses = tuple(f"{dose:g} %: {_range(counts('add', dose))}" for dose in others)
    return (
        Cell(_range(train)),
        Cell(_range(counts("withheld"))),
        Cell(_range(added), doses if added else ()),
        Cell(_range(_sums(train, added))),
        Cell(_range(counts("holdout"))),
        Cell(_range(counts("events"))),
    )


def _sums(train: Sequence[int | str], added: Sequence[int | str]) -> list[int | str]:
    """Rows afterwards, split by split; without any added, as before."""
    if not added:
        return list(train)
    pairs = zip(train, added, strict=True)
    return [a + b for a, b in pairs if isinstance(a, int) and isinstance(b, int)]


def _range(counts: Sequence[int | str]) -> str:
    """One number, or from smallest to largest; a small one as the journal tells it.

    >>> _range([90, 80]), _range(["≥10", "<10", 12]), _range([])
    ('80 to 90', '<10 to 12', '')
    """
    known = [count for count in counts if isinstance(count, int)]
    small = min((count for count in counts if isinstance(count, str)), default="")
    if not small:
        return span((min(known), max(known))) if known else ""
    return f"{small} to {max(known):,}" if known else small


def _drawn_table(summary: Summary, design: Design) -> Fold | None:
    """How many rows generators had to draw for each one that was kept."""
    wanted = Quantity("augmented.drawn")
    rows = []
    for treatment in treatments(summary, design.primary):
        if treatment.kind == "control":
            continue
        found = [effect(summary, treatment, replace(wanted, group=t)) for t in design.targets]
        if any(one.value for one in found):
            cells = (Cell(number(e.value.mean) if e.value else "—") for e in found)
            rows.append((Cell(named(treatment)), *cells))
    if not rows:
        return None
    heads = (Head("Generator"), *(Head(short_group(t)) for t in design.targets))
    caption = (
        "Rows drawn for each row kept, mean over splits: 1 where the generator makes rows of a "
        "group when asked; more where rows of other groups were thrown away."
    )
    table = Table(caption, heads, (Rows(tuple(rows)),))
    return Fold("Rows drawn for each row kept", (table,))


# What to beware of ------------------------------------------------------------------------------


def _limits(summary: Summary, design: Design) -> Iterator[Item]:
    yield Item(
        "It holds real rows. No ε covers it, whatever its generator promises, and it is no table "
        "to release.",
        "An augmented table",
    )
    yield Item(
        "What this report says of privacy is about the added rows alone, against "
        f"{these(design)}. Rare groups are the easiest to re-identify.",
        "Privacy",
    )
    if summary.run.plan.splits == 1:
        yield Item("One split gives no interval: neither gains nor harm can be told from chance.")
    for arm, name, times, why in failed_doses(summary, design):
        told = name.removeprefix("dose=").replace("&to=everyone", " % for everyone")
        dose = told if told.endswith("everyone") else f"{told} %"
        after = f", dose {dose}" if name else ""
        yield Item(
            f"No value in {counted(times, 'trial')}: {why}.",
            f"{NAMES.get(arm, short(arm))}{after}",
        )
    silent = {g: absence(summary, NOTHING, design.at(g)) for g in design.groups}
    there = {g: why for g, why in silent.items() if why.startswith("too few")}
    for why in dict.fromkeys(there.values()):
        names = tuple(g for g, told in there.items() if told == why)
        yield Item(
            f"{capital(groups_in_words(names))}: {why}.",
            "Not judged by the deciding measure",
        )
