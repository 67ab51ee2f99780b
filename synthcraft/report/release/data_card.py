"""A data card of the synthetic table: what the run knows of each heading, and what it cannot know.

Headings: Gebru et al. 2021, Datasheets for Datasets, Communications of the ACM 64(12):86-92; that a
card is short and read by people of many trades: Pushkarna, Zaldivar & Kjartansson 2022, Data Cards.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from synthcraft.report.choice import primary
from synthcraft.report.document import Block, Bullets, Cell, Head, Item, Rows, Section, Table
from synthcraft.report.release.asked import asked
from synthcraft.report.release.decision import decided
from synthcraft.report.release.reach import reach
from synthcraft.report.release.subject import (
    each,
    is_given,
    known,
    named,
    parts,
    settings,
    subjects,
)
from synthcraft.report.sections import POLICIES
from synthcraft.report.summary import Summary
from synthcraft.report.words import (
    capital,
    clean,
    counted,
    filled,
    listed,
    short,
    title,
)
from synthcraft.spec.release import rows_released

SOURCE = "After Gebru et al. 2021 (datasheets for datasets) and Pushkarna et al. 2022 (data cards)."


def data_card(summary: Summary) -> tuple[Section, ...]:
    """The card, a section for each heading of a datasheet."""
    parts = (
        ("motivation", "Motivation", (Bullets(tuple(_motivation(summary))),)),
        ("composition", "Composition", tuple(_composition(summary))),
        ("collection", "Collection of the real data", (Bullets(tuple(_collection(summary))),)),
        ("making", "Preparing the data and making the rows", (Bullets(tuple(_making(summary))),)),
        ("uses", "Uses", (Bullets(tuple(_uses(summary))),)),
        ("distribution", "Distribution", (Bullets(tuple(_distribution(summary))),)),
        ("maintenance", "Maintenance", (Bullets(tuple(_maintenance())),)),
    )
    return tuple(Section(f"data-{name}", heading, blocks, 3) for name, heading, blocks in parts)


def _motivation(summary: Summary) -> Iterator[Item]:
    spec = summary.run.spec
    said = clean(spec.question)
    yield Item(said or asked("for what purpose the rows were made."), "Question of the study")
    if spec.objective and spec.objective.use:
        yield Item(clean(spec.objective.use), "Declared use")
    yield Item(asked("who made the table, on whose behalf, and who paid for it."), "Makers")


# Composition ----------------------------------------------------------------------------------


def _composition(summary: Summary) -> Iterator[Block]:
    run = summary.run
    items = [
        Item(
            "Each row is synthetic: drawn by a program, it stands for no person. That it may still "
            "tell of persons is what this pack is about.",
            "A row",
        ),
        Item(_size(summary), "How many"),
        Item(_outcome(summary), "Outcome"),
        Item(
            f"{_named(run.table.get('sensitive', ()))}; what an intruder may know "
            f"(quasi-identifiers): {known(run) or 'none declared'}.",
            "Sensitive columns",
        ),
        Item(_errors(summary), "Errors and noise"),
    ]
    yield Bullets(tuple(items))
    yield _columns(summary)


def _size(summary: Summary) -> str:
    run = summary.run
    if run.spec.design.synthetic_rows:
        return f"{run.spec.design.synthetic_rows:,} rows in each table that was judged."
    rows = parts(run)
    if rows is None:
        return "Not known yet: no split is recorded."
    return (
        "As many as the file holds; it was judged whole."
        if is_given(summary)
        else f"{rows[0]} rows in each table that was judged, as many as it was learnt from."
    )


def _outcome(summary: Summary) -> str:
    table = summary.run.table
    target = short(str(table.get("target") or ""))
    balance = table.get("target_balance") or {}
    told = [
        f"{short(str(level))} {f'{count:,}' if isinstance(count, int) else count}"
        for level, count in balance.items()
    ]
    time = f", over {short(str(table['time']))}" if table.get("time") else ""
    real = f"; among the real rows: {listed(told)}" if told else ""
    return f"{target} ({table.get('task', '')}{time}){real}."


def _named(names: object) -> str:
    found = [short(str(name)) for name in names] if isinstance(names, (list, tuple)) else []
    return listed(found) or "none declared"


def _errors(summary: Summary) -> str:
    """How far the rows are from real ones, by the measures that decide."""
    found = [
        f"{title(quantity)} ({family}): {told}"
        for family in ("fidelity", "plausibility")
        if (quantity := primary(summary, family)) is not None and (told := each(summary, quantity))
    ]
    return f"{capital('; '.join(found))}." if found else "Not measured in this run."


def _columns(summary: Summary) -> Table:
    columns = summary.run.table.get("columns", {})
    heads = ("Column", "Type", "Unit, levels, declared range", "Absent values")
    rows = tuple(
        (
            Cell(short(name), filled(short(str(column.get("label") or "")))),
            Cell(clean(str(column.get("type", "")))),
            Cell(_values(column)),
            Cell(_absent(column)),
        )
        for name, column in columns.items()
    )
    return Table(
        f"Columns ({len(columns):,}), as declared or found in the real table. Ranges are told "
        "where they were declared: found ones would be two persons’ values.",
        tuple(map(Head, heads)),
        (Rows(rows),),
        numeric=False,
    )


def _values(column: Mapping[str, Any]) -> str:
    low, high, levels = column.get("low"), column.get("high"), column.get("levels")
    between = " to ".join("…" if end is None else f"{end:g}" for end in (low, high))
    parts = filled(
        clean(str(column.get("unit") or "")),
        f"{levels} levels" if levels is not None else "",
        between if low is not None or high is not None else "",
    )
    return ", ".join(parts) or "—"


def _absent(column: Mapping[str, Any]) -> str:
    missing = column.get("missing", "")
    if missing == 0:
        return "none"
    policy = str(column.get("missing_policy") or "")
    shown = f"{missing:,}" if isinstance(missing, int) else clean(str(missing))
    return ", ".join(filled(shown, POLICIES.get(policy, policy)))


# Source, making, use --------------------------------------------------------------------------


def _collection(summary: Summary) -> Iterator[Item]:
    run = summary.run
    persons = run.table.get("persons")
    people = f" of {counted(persons, 'person')}" if persons else ""
    yield Item(
        f"Read by the plug-in {clean(run.spec.dataset.plugin)}: "
        f"{counted(run.table.get('rows', 0), 'row')}{people}, "
        f"{counted(len(run.table.get('columns', {})), 'column')}. Its fingerprint (sha256) is "
        f"{run.plan.fingerprint}.",
        "Source",
    )
    for note in run.table.get("notes", ()):
        yield Item(clean(str(note)))
    yield Item(
        asked(
            "how, when, where and by whom the real data were collected; whom they represent; what "
            "the people were told and agreed to; who reviewed it."
        ),
        "Collection and consent",
    )


def _making(summary: Summary) -> Iterator[Item]:
    spec = summary.run.spec
    dataset = spec.dataset
    if dataset.keep:
        yield Item(f"Only {len(dataset.keep):,} named columns were used.", "Columns kept")
    if dataset.drop:
        yield Item(f"{listed([short(name) for name in dataset.drop])}.", "Columns left out")
    for contender in subjects(summary):
        about = clean(str(summary.card(contender).get("summary") or contender.arm.plugin))
        own = settings(summary, contender)
        how = f" Settings other than the default: {own}." if own else ""
        seed = "" if is_given(summary) else f" Root seed {spec.seed}."
        yield Item(f"{about}{how}{seed}", named(contender))
    if is_given(summary):
        yield Item(asked("with what, how and by whom the rows were made."), "Generator")
    else:
        yield Item("It is not kept and never given away: it may carry the real table.", "Model")


def _uses(summary: Summary) -> Iterator[Item]:
    utility = primary(summary, "utility")
    if utility is not None and (told := each(summary, utility)):
        yield Item(f"{title(utility)}: {told}.", "Tested use")
    else:
        yield Item("No use was tested in this run.", "Tested use")
    yield Item(
        "Decisions about any person; counts of rare cases; and any analysis that was not tested: "
        "its result on these rows may differ from that on real ones. Results are to be named as "
        "coming from synthetic rows.",
        "Not for",
    )
    for column in summary.run.table.get("sensitive", ()):
        yield Item(
            f"Groups of {short(str(column))} may be served unequally: see the report by group.",
            "Groups",
        )
    yield Item(asked("what the rows may be used for, and what not."), "Allowed uses")


def _distribution(summary: Summary) -> Iterator[Item]:
    yield Item(decided(summary), "Release policy")
    if (rows := rows_released(summary.run.spec)) is not None:
        yield Item(
            f"At most {counted(rows, 'row')} of the first table, drawn by lot; none where the "
            "release policy does not pass.",
            "Sample",
        )
    for contender in subjects(summary):
        found = reach(summary, contender)
        told = (
            "no attack has a value with a control."
            if found is None
            else f"{found.text} (0: as on strangers, 100: always)."
        )
        yield Item(capital(told), f"Best attack, {named(contender)}")
    yield Item(
        "It holds counts and measures of real rows, which no ε covers: whether it goes with the "
        "rows is a decision of its own.",
        "This card",
    )
    yield Item(
        asked("to whom, how and from when the rows are given; under which licence or agreement."),
        "Recipients and licence",
    )


def _maintenance() -> Iterator[Item]:
    yield Item(
        "spec.yaml and journal.jsonl in the report’s folder make every number again; the root hash "
        "that “synthcraft verify” prints stands for all of them.",
        "Evidence",
    )
    yield Item(
        asked(
            "whom to write to; how errors are told and withdrawn rows called back; whether there "
            "will be further releases (risks of several add up), and until when rows are kept."
        ),
        "Contact and further releases",
    )
