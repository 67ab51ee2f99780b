"""What several runs with differential privacy promise, and what they have spent together."""

from collections.abc import Iterator, Sequence

from synthcraft.privacy.ledger import Ledger, together
from synthcraft.privacy.words import CLAIMED
from synthcraft.report.document import Block, Cell, Head, Paragraph, Rows, Section, Table
from synthcraft.report.doses import by_generator, named
from synthcraft.report.privacy import amount, besides
from synthcraft.report.summary import Summary
from synthcraft.report.words import counted, listed, short
from synthcraft.results import ledger_of


def spent_section(summaries: Sequence[Summary]) -> Section | None:
    """What each of several runs promises and has spent, and what they have spent together.

    None where no run has differential privacy.
    """
    if all(summary.run.spec.privacy is None for summary in summaries):
        return None
    ledgers = [ledger_of(summary.run) for summary in summaries]
    blocks = (_runs(summaries, ledgers), *_sums(summaries, ledgers))
    return Section("differential-privacy", "Differential privacy", blocks)


def _runs(summaries: Sequence[Summary], ledgers: Sequence[Ledger]) -> Table:
    heads = ("Run", "ε of one release", "Fits that spent", "The whole run")
    return Table(
        "What one release of each run promises, and what all its fits have spent together; each "
        "run’s own report has the terms, and what no ε covers.",
        tuple(map(Head, heads)),
        (Rows(tuple(map(_run, summaries, ledgers))),),
        numeric=False,
    )


def _run(summary: Summary, spent: Ledger) -> tuple[Cell, ...]:
    private = [
        named(name, arms)
        for name, arms in by_generator(summary).items()
        if arms[0].arm.epsilon is not None
    ]
    return (
        Cell(short(summary.run.id)),
        Cell("; ".join(private) or "—"),
        Cell(f"{len(spent.spends):,}"),
        _whole(spent),
    )


def _whole(spent: Ledger) -> Cell:
    ours = amount(spent.accounted) if spent.accounted.fits else "—"
    void = "void" if spent.accounted.fits and spent.void else ""
    claimed = f"besides {amount(spent.claimed)}, {CLAIMED}" if spent.claimed.fits else ""
    marks = tuple(filter(None, (void, claimed)))
    return Cell(ours, marks, "alert" if marks else "")


def _sums(summaries: Sequence[Summary], ledgers: Sequence[Ledger]) -> Iterator[Block]:
    """What runs on one table have spent together, table by table; then all of them."""
    tables: dict[str, list[Ledger]] = {}
    for summary, spent in zip(summaries, ledgers, strict=True):
        if spent.spends:
            tables.setdefault(summary.run.plan.fingerprint, []).append(spent)
    for fingerprint, shared in tables.items():
        if len(shared) > 1:
            yield from _sum(shared, f"{counted(len(shared), 'run')} on one table ({fingerprint})")
    if len(tables) > 1:
        every = [spent for spent in ledgers if spent.spends]
        yield from _sum(every, "Different tables can hold the same people. If they do, all runs")


def _sum(ledgers: Sequence[Ledger], which: str) -> Iterator[Block]:
    ours, claimed = together(ledgers, claimed=False), together(ledgers, claimed=True)
    if ours.fits:
        voids = [short(one.run) for one in ledgers if one.void and one.accounted.fits]
        void = f" No promise: ε is void in {listed(voids)}." if voids else ""
        yield Paragraph(f"{which}, counted as if on the same people: {amount(ours)}.{void}")
    yield from besides(claimed)
