"""The sections of a report on one run, from its summary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthcraft.privacy.words import CLAIMED
from synthcraft.records import Arm, MetricDescriptor
from synthcraft.report import pictures, tables
from synthcraft.report.augmentation import reminder
from synthcraft.report.choice import FAMILIES, overview
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Fold,
    Head,
    Item,
    Paragraph,
    Rows,
    Section,
    Table,
    Term,
    Terms,
    present,
)
from synthcraft.report.summary import AUGMENTATION, Contender, Quantity, Summary
from synthcraft.report.words import (
    WAYS,
    capital,
    clean,
    counted,
    filled,
    short,
    times,
    title,
)
from synthcraft.spec.privacy import generator_label

POLICIES = {
    "model": "reproduced",
    "impute": "filled in from train rows, with an indicator",
    "drop": "row left out",
}


def overview_section(summary: Summary, *, prefix: str = "") -> Section:
    """Generators by key measure, and utility against privacy."""
    quantities = overview(summary)
    blocks: list[Block] = [Paragraph(told)] if (told := reminder(summary)) else []
    if quantities:
        caption = (
            f"Key measures. {tables.reading(summary)}{tables.unscaled(summary, quantities)} Bold: "
            "best mean among the generators that "
            "have every trial, or among all where none has."
        )
        blocks += tables.scores(summary, quantities, caption)
    figure = pictures.tradeoff(summary, prefix=prefix)
    return Section(f"{prefix}overview", "Overview", (*blocks, *present(figure)))


def data_section(summary: Summary) -> Section:
    """What the table is: columns, outcome, groups, and what the reader must be told."""
    table = summary.run.table
    blocks: list[Block] = []
    notes = tuple(str(note) for note in table.get("notes", ()))
    if notes:
        blocks.append(Bullets(tuple(map(Item, notes))))
    blocks.append(_columns(table))
    counts = {"target_balance": table.get("target_balance")}
    if counts["target_balance"]:
        blocks.append(_balance(f"Outcome: {table['target']}", counts["target_balance"]))
    for name, groups in (table.get("groups") or {}).items():
        blocks.append(_balance(f"Groups of {name}", groups))
    if table.get("truth"):
        truth = "How the data were made (simulated, so the truth is known)"
        blocks.append(Code(_yaml(table["truth"]), truth))
    return Section("data", "The data", tuple(blocks))


def _roles(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """The roles of each column that has any."""
    roles: dict[str, list[str]] = {}
    for role, names in (
        ("outcome", [table.get("target")]),
        ("time", [table.get("time")]),
        ("sensitive", table.get("sensitive", ())),
        ("quasi-identifier", table.get("quasi_identifiers", ())),
    ):
        for name in names:
            roles.setdefault(str(name), []).append(role)
    return roles


def _columns(table: Mapping[str, Any]) -> Table:
    roles = _roles(table)
    rows = []
    for name, column in table.get("columns", {}).items():
        unit = column.get("unit") or ""
        kind = str(column.get("type", ""))
        levels = column.get("levels")
        about = f"{levels} levels" if levels is not None else unit
        missing = column.get("missing", "")
        policy = str(column.get("missing_policy", column.get("policy", "")))
        treated = POLICIES.get(policy, policy) if missing else ""
        shown = f"{missing:,}" if isinstance(missing, int) else str(missing)
        rows.append(
            (
                Cell(short(name), filled(short(str(column.get("label") or "")))),
                Cell(kind, filled(clean(about))),
                Cell(", ".join(roles.get(name, ()))),
                Cell(shown, filled(treated)),
                Cell(str(column.get("origin", ""))),
            )
        )
    heads = ("Column", "Type", "Role", "Missing", "Known how")
    return Table(
        caption=f"Columns of the table ({counted(table.get('rows', 0), 'row')}).",
        heads=tuple(Head(text) for text in heads),
        groups=(Rows(tuple(rows)),),
        numeric=False,
    )


def _balance(caption: str, counts: Mapping[str, int | str]) -> Table:
    rows = tuple(
        (Cell(short(level)), Cell(f"{count:,}" if isinstance(count, int) else str(count)))
        for level, count in counts.items()
    )
    return Table(short(caption, 120), (Head("Level"), Head("Rows")), (Rows(rows),))


def generators_section(summary: Summary) -> Section:
    """What was tried: each generator's plug-in, parameters and what must be known of it."""
    said = set(summary.run.said)
    everybody = (*summary.generators, *summary.left_out, *summary.references)
    rows = tuple(_generator_row(summary, contender, said) for contender in everybody)
    table = Table(
        caption="Generators and their parameters; * marks those that the author of the spec gave.",
        heads=tuple(Head(text) for text in ("Generator", "Plug-in", "Parameters", "Remarks")),
        groups=(Rows(rows),),
        numeric=False,
    )
    return Section("generators", "The generators", (table,))


def _generator_row(summary: Summary, contender: Contender, said: set[str]) -> tuple[Cell, ...]:
    arm, card = contender.arm, summary.card(contender)
    stem = f"generators.{generator_label(arm.label)}.params."
    params = [
        f"{name} {short(str(value), 40)}{'*' if stem + name in said else ''}"
        for name, value in arm.params.items()
    ]
    remarks = [clean(str(card.get("caveat", "")))]
    if card.get("dp") == "claimed":
        remarks.append(f"Differential privacy: {CLAIMED}.")
    if contender.reference:
        remarks.append("Reference: no candidate.")
    if contender in summary.left_out:
        remarks.append("Not trained on all train rows: the selector left it out.")
    return (
        Cell(short(contender.label)),
        Cell(short(arm.plugin), filled(clean(str(card.get("family", ""))))),
        Cell(", ".join([*params, *_reduced(arm, said)]) or "none"),
        Cell(" ".join(remark for remark in remarks if remark)),
    )


def _reduced(arm: Arm, said: set[str]) -> Iterator[str]:
    """The reduction that the generator works behind."""
    if arm.reduce:
        stem = f"generators.{generator_label(arm.label)}.reduce"
        told = "*" if any(path.startswith(stem) for path in said) else ""
        yield f"reduced to {arm.reduce['to']} components by {clean(str(arm.reduce['by']))}{told}"


def cost_section(summary: Summary) -> Section:
    """Seconds and memory of each generator's trials."""
    phases = ("fit", "sample", "evaluate")
    which = " that report the choice" if summary.chosen else ""
    rows = tuple(
        (
            Cell(short(c.label)),
            *(Cell(f"{c.seconds[p]:.1f}" if p in c.seconds else "—") for p in phases),
            Cell("—" if c.peak_mb is None else f"{c.peak_mb:,.0f}"),
            Cell(f"{c.succeeded} of {c.ended + c.missing}"),
        )
        for c in (*summary.contenders, *summary.controls)
    )
    table = Table(
        caption=f"Mean wall seconds of the successful trials{which}, largest peak memory, and "
        "trials that succeeded. Timings depend on the machine and on what else it did.",
        heads=(
            Head("Generator"),
            *(Head(p.capitalize(), ("seconds",)) for p in phases),
            Head("Peak memory", ("MB",)),
            Head("Trials", ("succeeded",)),
        ),
        groups=(Rows(rows),),
    )
    return Section("cost", "Time and memory", (table,))


def definitions_section(summaries: Sequence[Summary]) -> Section:
    """What each measure of the runs asks and how to read it, family by family."""
    used: dict[str, MetricDescriptor] = {}
    for summary in summaries:
        measured = {q.metric for q in (*summary.quantities, *summary.augmented)}
        used |= {m.name: m for m in summary.run.plan.metrics if m.name in measured}
    folds = []
    for family in (*FAMILIES, AUGMENTATION):
        terms = tuple(_term(metric) for metric in used.values() if metric.family == family)
        if terms:
            folds.append(
                Fold(f"{family.capitalize()}: {counted(len(terms), 'measure')}", (Terms(terms),))
            )
    intro = Paragraph(
        "A measure’s name in a table shows, when pressed, what it asks, which way is better and "
        "when it misleads; formula, interval, tests and source stand here."
    )
    return Section("definitions", "What each measure means", (intro, *folds))


def _term(metric: MetricDescriptor) -> Term:
    facts = (
        WAYS[metric.direction] or "descriptive: in no verdict",
        "" if metric.ideal is None else f"ideal {metric.ideal:g}",
        "" if metric.null is None else f"no effect {metric.null:g}",
    )
    misleads = clean(metric.misleads)
    card = filled(
        clean(metric.question),
        capital("; ".join(clean(fact) for fact in facts if fact)),
        f"When it misleads: {misleads}" if misleads else "",
    )
    said = {
        "Formula": metric.formula,
        "Calibrated": f"from {metric.floor} (0) to {metric.ceiling} (1)"
        if metric.floor and metric.ceiling
        else "",
        "Interval": metric.interval,
        "Checked against": metric.checked,
        "Source": metric.source,
    }
    rest = (f"{name}: {clean(text)}" for name, text in said.items() if text)
    return Term(metric.name, title(Quantity(metric.name)), card, tuple(rest))


def provenance_section(summary: Summary) -> Section:
    """Where the numbers come from and how to make them again."""
    run = summary.run
    rows = [*_facts(summary)]
    said = tuple(clean(path) for path in run.said)
    blocks: list[Block] = [
        Table(
            "Where these numbers come from.",
            (Head("What"), Head("Value")),
            (Rows(tuple((Cell(name), Cell(text)) for name, text in rows)),),
            numeric=False,
        ),
        Paragraph(
            f"Settings given by the author of the spec: {', '.join(said)}. All others are defaults."
            if said
            else "The journal does not tell which settings the author of the spec gave himself."
        ),
    ]
    command = clean(str(run.provenance.get("command") or ""))
    if command:
        blocks += [Paragraph("To make it again, from the same data and versions:"), Code(command)]
    blocks += [
        Paragraph(
            "The report alone is rebuilt from spec.yaml and journal.jsonl of the run "
            "directory with “synthcraft report RUN”. Its folder has both: “synthcraft verify DIR” "
            "makes every file of it again from them, compares byte for byte, and prints the root "
            "hash that stands for all (not on this page: the page’s own hash is part of it)."
        ),
        Code(run.spec_text, "The whole spec, every setting written out"),
    ]
    return Section("provenance", "Provenance and reproduction", tuple(blocks))


def _facts(summary: Summary) -> Iterator[tuple[str, str]]:
    run, known = summary.run, summary.run.provenance
    yield "Spec id", run.plan.spec_id
    yield "Data fingerprint (sha256)", run.plan.fingerprint
    plan = run.plan
    inner = f", after {counted(plan.inner, 'inner split')} to choose on" if plan.inner else ""
    yield "Seed", str(run.spec.seed)
    yield (
        "Design",
        f"{counted(plan.splits, 'split')} × {counted(plan.replicates, 'replicate')}{inner}",
    )
    if talk := known.get("conversation"):
        yield "Conversation that the spec came from", clean(_conversation(talk))
    for name in ("started", "python", "platform", "cpu", "cores", "memory_mb"):
        if known.get(name) not in (None, ""):
            yield name.replace("_", " ").capitalize(), clean(str(known[name]))
    for name, text in _sources(known).items():
        yield name, text
    versions = known.get("versions") or {}
    if versions:
        yield "Versions", clean(", ".join(f"{k} {v}" for k, v in sorted(versions.items())))
    if run.resumed:
        yield "Resumed", times(len(run.resumed))
    for later in run.resumed:
        if changes := "; ".join(_changes(known, later)):
            yield f"Resumed {clean(str(later.get('started', '')))} with", changes


def _conversation(talk: Mapping[str, Any]) -> str:
    """What is told of a conversation, in a sentence; not a word of it is in the run."""
    models = ", ".join(talk.get("models") or ())
    who = f"with {models}" if models else "by rules, without a model"
    asked = counted(talk["requests"], "request") + f", {talk['tokens']:,} tokens"
    spent = f" ({asked})" if talk.get("requests") else ""
    origins = ", ".join(f"{count} {how}" for how, count in sorted(talk["origins"].items()))
    edited = "changed since it was saved" if talk["edited"] else "run as it was saved"
    return (
        f"{counted(talk['turns'], 'message')} {who}{spent}; settings by origin: {origins}; "
        f"{edited}; sha256 of the transcript's last line {talk['transcript_sha256']}"
    )


def _sources(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Where the code that ran comes from."""
    git = provenance.get("git") or {}
    dirty = " (with uncommitted changes)" if git.get("dirty") else ""
    found = {
        "Git commit": f"{git['commit']}{dirty}" if git.get("commit") else "",
        "Source (sha256 of the modules that make numbers)": provenance.get("source"),
        "Synthcity wheel": provenance.get("synthcity_wheel"),
    }
    return {name: clean(str(text)) for name, text in found.items() if text}


def _changes(start: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    """What a resuming process had otherwise than the one that started the run."""
    before, after = _sources(start), _sources(later)
    before |= {"Python": str(start.get("python", ""))} | dict(start.get("versions") or {})
    after |= {"Python": str(later.get("python", ""))} | dict(later.get("versions") or {})
    for name in dict.fromkeys((*before, *after)):
        if before.get(name, "") != after.get(name, ""):
            yield clean(f"{name} {after.get(name) or 'unknown'}")


def _yaml(plain: Any) -> str:
    from synthcraft.spec.read import dump_plain

    return dump_plain(plain)
