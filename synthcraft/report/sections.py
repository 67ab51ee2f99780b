"""The sections of a report on one run, from its summary."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from synthcraft.records import MetricDescriptor
from synthcraft.report import pictures, tables
from synthcraft.report.choice import OVERVIEW, is_headline, overview
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Head,
    Item,
    Paragraph,
    Rows,
    Section,
    Table,
    Term,
    Terms,
)
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import (
    WAYS,
    clean,
    counted,
    group_name,
    number,
    short,
    span,
    times,
    title,
)

MANY_COLUMNS = 60  # rows of the table of columns' scores
POLICIES = {
    "model": "reproduced",
    "impute": "filled in from train rows, with an indicator",
    "drop": "row left out",
}


def overview_section(summary: Summary, *, prefix: str = "") -> Section:
    """Generators by key measure, and utility against privacy."""
    quantities = overview(summary)
    blocks: list[Block] = []
    if quantities:
        caption = (
            f"Key measures. {tables.reading(summary)}{tables.unscaled(summary, quantities)} Bold: "
            "best mean among the generators that "
            "have every trial, or among all where none has."
        )
        blocks.append(tables.scores(summary, quantities, caption))
    figure = pictures.tradeoff(summary, prefix=prefix)
    return Section(f"{prefix}overview", "Overview", (*blocks, *_present(figure)))


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


def _columns(table: Mapping[str, Any]) -> Table:
    roles = {table.get("target"): "outcome", table.get("time"): "time"}
    roles |= dict.fromkeys(table.get("sensitive", ()), "sensitive")
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
                Cell(short(name), _lines(short(str(column.get("label") or "")))),
                Cell(kind, _lines(clean(about))),
                Cell(roles.get(name, "")),
                Cell(shown, _lines(treated)),
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


def _lines(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _balance(caption: str, counts: Mapping[str, int | str]) -> Table:
    rows = tuple(
        (Cell(short(level)), Cell(f"{count:,}" if isinstance(count, int) else str(count)))
        for level, count in counts.items()
    )
    return Table(short(caption, 120), (Head("Level"), Head("Rows")), (Rows(rows),))


def generators_section(summary: Summary) -> Section:
    """What was tried: each generator's plug-in, parameters and what must be known of it."""
    said = set(summary.run.said)
    rows = tuple(_generator_row(summary, contender, said) for contender in summary.contenders)
    table = Table(
        caption="Generators and their parameters; * marks those that the author of the spec gave.",
        heads=tuple(Head(text) for text in ("Generator", "Plug-in", "Parameters", "Remarks")),
        groups=(Rows(rows),),
        numeric=False,
    )
    return Section("generators", "The generators", (table,))


def _generator_row(summary: Summary, contender: Contender, said: set[str]) -> tuple[Cell, ...]:
    arm, card = contender.arm, summary.card(contender)
    stem = f"generators.{arm.label}.params."
    params = [
        f"{name} {short(str(value), 40)}{'*' if stem + name in said else ''}"
        for name, value in arm.params.items()
    ]
    remarks = [clean(str(card.get("caveat", "")))]
    if card.get("dp") == "claimed":
        remarks.append("Its library claims differential privacy; that is not verified here.")
    if contender.reference:
        remarks.append("Reference: no candidate.")
    return (
        Cell(short(contender.label)),
        Cell(short(arm.plugin), _lines(clean(str(card.get("family", ""))))),
        Cell(", ".join(params) or "none"),
        Cell(" ".join(remark for remark in remarks if remark)),
    )


def fidelity_section(summary: Summary) -> Section:
    """How alike synthetic and holdout rows are, with the pictures."""
    quantities = [q for q in summary.family("fidelity") if is_headline(summary, q)]
    caption = (
        f"Fidelity: synthetic against holdout rows. {tables.reading(summary)}"
        f"{tables.unscaled(summary, quantities)}"
    )
    blocks: list[Block] = []
    if quantities:
        blocks.append(tables.scores(summary, quantities, caption))
    blocks += _present(
        pictures.distributions(summary),
        _by_column(summary),
        pictures.associations(summary),
        pictures.embeddings(summary),
    )
    return Section("fidelity", "Fidelity: do synthetic rows look like real ones?", tuple(blocks))


def _present(*blocks: Block | None) -> list[Block]:
    return [block for block in blocks if block is not None]


def _by_column(summary: Summary) -> Table | None:
    """Each column's own score, generators side by side; the worst columns first when many."""
    metrics = ("ks_complement", "tv_complement")
    found = [q for q in summary.quantities if q.metric in metrics and q.column and not q.group]
    if not found or not summary.generators:
        return None
    order = list(summary.run.table.get("columns", {}))
    rows = [(_mean_of(summary, q), q) for q in found]
    rows.sort(key=lambda row: (row[0], row[1]))
    kept = [q for _, q in rows[:MANY_COLUMNS]]
    kept.sort(key=lambda q: order.index(q.column) if q.column in order else len(order))
    left = len(found) - len(kept)
    return Table(
        caption="Column by column: likeness of its distribution, 1 is the same (mean over splits)."
        + (f" The {len(kept)} worst columns; {left} others are not shown." if left else ""),
        heads=(Head("Column"), *(Head(short(c.label)) for c in summary.contenders)),
        groups=(Rows(tuple(_column_row(summary, q) for q in kept)),),
    )


def _mean_of(summary: Summary, quantity: Quantity) -> float:
    means = [
        e.mean for c in summary.generators if (e := summary.score(c.arm.id, quantity).estimate)
    ]
    return sum(means) / len(means) if means else -1.0


def _column_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    return (
        Cell(short(quantity.column)),
        *(_plain(summary, c, quantity) for c in summary.contenders),
    )


def _plain(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    estimate = summary.score(contender.arm.id, quantity).estimate
    return Cell("—", tone="muted") if estimate is None else Cell(number(estimate.mean))


def utility_section(summary: Summary) -> Section:
    """What models trained on synthetic rows are worth."""
    family = summary.family("utility")
    quantities = [q for q in family if q.metric.startswith("tstr.")]
    others = [q for q in family if not q.metric.startswith(("tstr.", "trtr.", "gap.", "floor."))]
    blocks: list[Block] = []
    if quantities:
        caption = (
            "Utility: models trained on synthetic rows, tested on holdout rows. “Gap” is what is "
            f"lost against training on as many real rows. {tables.reading(summary)}"
        )
        blocks.append(
            tables.scores(
                summary,
                quantities,
                caption,
                extra=lambda contender, quantity: _gap(summary, contender, quantity),
                added=[Rows(_yardsticks(summary, quantities), "Yardsticks")],
            )
        )
    blocks += _present(pictures.forest(summary))
    if others:
        blocks.append(tables.scores(summary, others, f"Utility. {tables.reading(summary)}"))
    if not family:
        blocks.append(Paragraph("No utility metric was run.", "muted"))
    return Section("utility", "Utility: are they useful for analysis?", tuple(blocks))


def _gap(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[str, ...]:
    gap = replace(quantity, metric=quantity.metric.replace("tstr.", "gap."))
    estimate = summary.score(contender.arm.id, gap).estimate
    return () if estimate is None else (f"gap {number(estimate.mean)}",)


def _yardsticks(summary: Summary, quantities: list[Quantity]) -> tuple[tuple[Cell, ...], ...]:
    def row(name: str, kind: str) -> tuple[Cell, ...]:
        cells = [_yardstick(summary, quantity, kind) for quantity in quantities]
        return (Cell(name), *cells)

    return (row("trained on real rows", "trtr"), row("no feature used", "floor"))


def _yardstick(summary: Summary, quantity: Quantity, kind: str) -> Cell:
    model = "prevalence" if kind == "floor" else quantity.model
    wanted = replace(quantity, metric=quantity.metric.replace("tstr.", f"{kind}."), model=model)
    fullest = summary.fullest(wanted)
    score = summary.score(fullest, wanted) if fullest else None
    if score is None or score.estimate is None:
        return Cell("—", tone="muted")
    return Cell(number(score.estimate.mean), tables.lines(replace(score, asked=0)))


def privacy_section(summary: Summary) -> Section:
    """What synthetic rows give away, against the control."""
    family = summary.family("privacy")
    quantities = [q for q in family if is_headline(summary, q)]
    blocks: list[Block] = []
    if quantities:
        caption = (
            "Privacy: excess of a risk over its control, which is what fresh real rows show. "
            f"{tables.reading(summary)}{_zeros(summary, quantities)}"
        )
        blocks.append(
            tables.scores(
                summary,
                quantities,
                caption,
                extra=lambda contender, quantity: _sides(summary, contender, quantity),
            )
        )
    else:
        blocks.append(Paragraph("No privacy metric was run.", "muted"))
    return Section("privacy", "Privacy: what do they give away?", tuple(blocks))


def _zeros(summary: Summary, quantities: list[Quantity]) -> str:
    """Which values of the reference that should show 0 are no evidence that it does."""
    dull = {
        (name, title(q))
        for q in quantities
        for name in summary.descriptors[q.metric].order[:1]
        if summary.zero_by_making(name, q)
    }
    return "".join(
        f" {short(name)} is 0 by the way it is made, not by what it shows, in: "
        f"{'; '.join(sorted(text for other, text in dull if other == name))}."
        for name in sorted({name for name, _ in dull})
    )


def _sides(summary: Summary, contender: Contender, quantity: Quantity) -> tuple[str, ...]:
    if quantity.role != "excess":
        return ()
    main, control = (
        summary.score(contender.arm.id, replace(quantity, role=role)).estimate
        for role in ("main", "control")
    )
    if main is None or control is None:
        return ()
    return (f"risk {number(main.mean)}, control {number(control.mean)}",)


def groups_section(summary: Summary) -> Section | None:
    """Results by level of the sensitive columns."""
    grouped = [
        q
        for q in summary.quantities
        if q.group and not q.column and q.metric in summary.descriptors and is_headline(summary, q)
    ]
    key = [q for q in grouped if q.metric in OVERVIEW] or grouped
    metrics = sorted({(q.metric, q.model) for q in key})
    blocks: list[Block] = []
    if len(key) < len(grouped):
        blocks.append(Paragraph("Further measures by group are in results.csv.", "muted"))
    for metric, model in metrics:
        rows = tuple(
            _group_row(summary, q) for q in grouped if (q.metric, q.model) == (metric, model)
        )
        blocks.append(
            Table(
                caption=f"{title(Quantity(metric, model))}, by group. {tables.reading(summary)}",
                heads=(
                    Head("Group"),
                    Head("Trained on real rows"),
                    *(Head(short(c.label)) for c in summary.generators),
                ),
                groups=(Rows(rows),),
            )
        )
    if not blocks:
        return None
    return Section("groups", "By group of the sensitive columns", tuple(blocks))


def _group_row(summary: Summary, quantity: Quantity) -> tuple[Cell, ...]:
    rows = span(tables.rows_behind(summary, quantity))
    n = f"n = {rows}" if rows else ""
    real = _yardstick(summary, quantity, "trtr")
    cells = [_group_cell(summary, c, quantity) for c in summary.generators]
    return (Cell(short(group_name(quantity.group)), _lines(n)), real, *cells)


def _group_cell(summary: Summary, contender: Contender, quantity: Quantity) -> Cell:
    score = summary.score(contender.arm.id, quantity)
    if score.estimate is None:
        return tables.absent(contender, score)
    return Cell(number(score.estimate.mean), tables.lines(replace(score, calibrated=None)))


def cost_section(summary: Summary) -> Section:
    """Seconds and memory of each generator's trials."""
    phases = ("fit", "sample", "evaluate")
    rows = tuple(
        (
            Cell(short(c.label)),
            *(Cell(f"{c.seconds[p]:.1f}" if p in c.seconds else "—") for p in phases),
            Cell("—" if c.peak_mb is None else f"{c.peak_mb:,.0f}"),
            Cell(f"{c.succeeded} of {c.ended + c.missing}"),
        )
        for c in summary.contenders
    )
    table = Table(
        caption="Mean wall seconds of the successful trials, largest peak memory, and trials that "
        "succeeded. Timings depend on the machine and on what else it did.",
        heads=(
            Head("Generator"),
            *(Head(p.capitalize(), ("seconds",)) for p in phases),
            Head("Peak memory", ("MB",)),
            Head("Trials", ("succeeded",)),
        ),
        groups=(Rows(rows),),
    )
    return Section("cost", "Time and memory", (table,))


def definitions_section(summary: Summary) -> Section:
    """What each metric asks and how to read it."""
    measured = {q.metric for q in summary.quantities}
    used = [metric for metric in summary.run.plan.metrics if metric.name in measured]
    return Section("definitions", "What each metric means", (Terms(tuple(map(_term, used))),))


def _term(metric: MetricDescriptor) -> Term:
    facts = (
        WAYS[metric.direction],
        "" if metric.ideal is None else f"ideal {metric.ideal:g}",
        "" if metric.null is None else f"no effect {metric.null:g}",
        f"calibrated from {metric.floor} (0) to {metric.ceiling} (1)"
        if metric.floor and metric.ceiling
        else "",
        f"interval: {metric.interval}" if metric.interval else "",
    )
    return Term(
        metric.name,
        title(Quantity(metric.name)),
        _lines(
            clean(metric.question),
            "; ".join(clean(fact) for fact in facts if fact),
            f"Source: {clean(metric.source)}" if metric.source else "",
        ),
    )


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
            "directory with “synthcraft report RUN”."
        ),
        Code(run.spec_text, "The whole spec, every setting written out"),
    ]
    return Section("provenance", "Provenance and reproduction", tuple(blocks))


def _facts(summary: Summary) -> Iterator[tuple[str, str]]:
    run, known = summary.run, summary.run.provenance
    yield "Spec id", run.plan.spec_id
    yield "Data fingerprint (sha256)", run.plan.fingerprint
    design = run.spec.design
    yield "Seed", str(run.spec.seed)
    yield "Design", f"{counted(design.splits, 'split')} × {counted(design.replicates, 'replicate')}"
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
