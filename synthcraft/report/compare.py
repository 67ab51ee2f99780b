"""A report over several runs: what differs between them, and their key results side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthcraft.report import pictures, tables
from synthcraft.report.across import across_section
from synthcraft.report.answer import answer_section
from synthcraft.report.answers import answers_section
from synthcraft.report.augmentation import augmentation_sections
from synthcraft.report.choice import FAMILIES, primary
from synthcraft.report.compared import compared_section
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Figure,
    Fold,
    Head,
    Item,
    Panel,
    Paragraph,
    Rows,
    Section,
    Table,
    apart,
    present,
)
from synthcraft.report.enough import enough_section
from synthcraft.report.leaderboard import leaderboard_section
from synthcraft.report.plots import Forest, Mark
from synthcraft.report.pooled import Study, runs_named, studies
from synthcraft.report.sections import definitions_section, overview_section
from synthcraft.report.spent import spent_section
from synthcraft.report.summary import Contender, Quantity, Summary, shared_name
from synthcraft.report.sweep import sweep_table
from synthcraft.report.triad import triad_section
from synthcraft.report.variance import variance_section
from synthcraft.report.varied import settings, without_absent
from synthcraft.report.verdict import verdict
from synthcraft.report.words import clean, counted, number, short, title

Family = tuple[str, Quantity]


def comparison(summaries: Sequence[Summary]) -> tuple[Section, ...]:
    """The sections over several runs, then each run's own verdict and overview."""
    common: list[Block] = [
        Paragraph(
            f"{counted(len(summaries), 'run')} side by side. Intervals are over the splits of one "
            "run; runs on different data are not one population: only ranks are taken over them."
        )
    ]
    unfinished = [short(s.run.id) for s in summaries if not s.run.complete]
    if unfinished:
        common.append(Paragraph(f"Not complete: {', '.join(unfinished)}.", "alert"))
    common.append(_differences(summaries))
    asked = studies(summaries)
    names = runs_named(summaries)
    own = [s for k, summary in enumerate(summaries) for s in _own(k + 1, summary, names[k])]
    return tuple(
        present(
            answers_section(summaries),
            Section("comparison", "The runs and what differs between them", tuple(common)),
            spent_section(summaries),
            triad_section(asked),
            across_section(summaries),
            variance_section(asked),
            enough_section(asked),
            Section("results", "Key results side by side", _results(summaries, asked)),
            *own,
            definitions_section(summaries),
            _provenance(summaries),
        )
    )


def _results(summaries: Sequence[Summary], asked: Sequence[Study]) -> tuple[Block, ...]:
    """What varies as columns; where seeds are pooled in it, each run by itself is folded away."""
    shared = tuple(_shared(summaries))
    varied = present(sweep_table(asked))
    single = [_table(summaries, quantity) for _, quantity in shared]
    pooled = varied and len(asked) < len(summaries)
    own = (Fold("Each run by itself", tuple(single)),) if pooled else single
    return (*varied, *own, *(_figure(summaries, quantity) for _, quantity in shared))


def _differences(summaries: Sequence[Summary]) -> Table:
    found = without_absent([settings(summary) for summary in summaries])
    paths = sorted({path for one in found for path in one})
    differing = [p for p in paths if len({one.get(p, "—") for one in found}) > 1]
    rows = tuple(
        (Cell(short(path, 60)), *(Cell(short(one.get(path, "—"), 60)) for one in found))
        for path in differing
    )
    size = Cell("rows of the table"), *(Cell(f"{s.run.table.get('rows', 0):,}") for s in summaries)
    where = Cell("directory"), *(Cell(short(s.run.id)) for s in summaries)
    return Table(
        "Settings that differ between the runs; —: there is no such setting.",
        (Head("Setting"), *map(Head, runs_named(summaries))),
        (Rows((*rows, size, where)),),
        numeric=False,
    )


def _shared(summaries: Sequence[Summary]) -> Iterator[Family]:
    """Every run's primary quantity of each family, once."""
    for family in FAMILIES:
        found = [q for s in summaries if (q := primary(s, family)) is not None]
        for quantity in dict.fromkeys(found):
            yield family, quantity


def _table(summaries: Sequence[Summary], quantity: Quantity) -> Table:
    """Candidates × those runs that measured it: an R² is none of a classification's gaps."""
    runs = [
        (name, summary)
        for name, summary in zip(runs_named(summaries), summaries, strict=True)
        if any(summary.score(c.arm.id, quantity).estimate for c in _candidates(summary))
    ]
    names = list(dict.fromkeys(c.arm.id for s in summaries for c in _candidates(s)))
    rows = tuple(
        (
            Cell(short(shared_name(summaries, name))),
            *(_cell(summary, name, quantity) for _, summary in runs),
        )
        for name in names
    )
    return Table(
        f"{title(quantity)}: mean over splits with its interval.",
        (Head("Generator"), *(Head(name, about=quantity.metric) for name, _ in runs)),
        (Rows(rows),),
    )


def _candidates(summary: Summary) -> tuple[Contender, ...]:
    return (*summary.generators, *summary.references)


def _cell(summary: Summary, name: str, quantity: Quantity) -> Cell:
    contender = next((c for c in summary.contenders if c.arm.id == name), None)
    if contender is None:
        return Cell("—", ("not in this run",), "muted")
    score = summary.score(name, quantity)
    if score.estimate is None:
        return Cell("—", (short(clean(score.why), 80),), "muted")
    n = f"n = {score.rows[0]:,}" if score.rows else ""
    return Cell(number(score.estimate.mean), tuple(x for x in (*tables.lines(score), n) if x))


def _figure(summaries: Sequence[Summary], quantity: Quantity) -> Figure:
    runs = runs_named(summaries)
    marks = tuple(
        Mark(f"{m.label}, {runs[k]}", m.value, m.low, m.high, k)
        for name in dict.fromkeys(c.arm.id for s in summaries for c in s.generators)
        for k, s in enumerate(summaries)
        for c in s.generators
        if c.arm.id == name and (m := pictures.mark(s, c, quantity))
    )
    kind = "".join(c if c.isalnum() else "-" for c in f"{quantity.metric}-{quantity.model}")
    panels = (
        (
            Panel(
                f"comparison-{kind}".rstrip("-"),
                f"{title(quantity)} of each generator in each run, with intervals.",
                Forest(title(quantity), marks),
                "wide",
            ),
        )
        if marks
        else ()
    )
    return Figure(f"{title(quantity)} by generator and run.", panels)


def _own(number_of: int, summary: Summary, name: str) -> Iterator[Section]:
    prefix = f"run{number_of}-"
    first = answer_section(summary, prefix=prefix)
    yield Section(first.id, f"{clean(name)}: {first.title.lower()}", first.blocks)
    board = leaderboard_section(summary, prefix=prefix)
    for section in present(compared_section(summary, prefix=prefix), board):
        yield replace(section, level=3)
    yield from (replace(section, level=3) for section in verdict(summary, prefix=prefix))
    for section in augmentation_sections(summary):
        yield replace(apart(section, prefix), level=3)
    found = overview_section(summary, prefix=prefix)
    yield Section(found.id, found.title, found.blocks, level=3)


def _provenance(summaries: Sequence[Summary]) -> Section:
    facts = tuple(
        Item(
            f"spec {s.run.plan.spec_id}, data {s.run.plan.fingerprint}, seed {s.run.spec.seed}",
            s.run.id,
        )
        for s in summaries
    )
    specs = tuple(Code(s.run.spec_text, f"Spec of {clean(s.run.id)}") for s in summaries)
    return Section("provenance", "Provenance", (Bullets(facts), *specs))
