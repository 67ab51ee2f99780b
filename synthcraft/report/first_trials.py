"""Figures of each generator's first trial (split 0, replicate 0): what is said where one lacks."""

from collections.abc import Sequence

from synthcraft.records import Record
from synthcraft.report.document import Paragraph
from synthcraft.report.summary import Summary
from synthcraft.report.words import listed, short


def lacking(summary: Summary, drawn: Sequence[Record]) -> str:
    """Which generators are not among the drawn ones, and why: a sentence after a space, or ""."""
    shown = {record.trial.arm for record in drawn}
    by_reason: dict[str, list[str]] = {}
    for arm, record in _first_trials(summary).items():
        if arm not in shown:
            by_reason.setdefault(_reason(record), []).append(short(summary.name(arm)))
    told = "; ".join(f"{listed(names)} ({reason})" for reason, names in by_reason.items())
    return f" Not drawn: {told}." if told else ""


def none_drawn(summary: Summary, what: str, needs: str) -> Paragraph | None:
    """What a page says in the place of a figure that no first trial has.

    ``needs`` is what the figure needs of the data. None where a first trial was made before there
    were such figures: what it lacks, it need not lack for the data.
    """
    firsts = [record for record in _first_trials(summary).values() if record is not None]
    looked = [record for record in firsts if record.status == "ok" and record.summaries]
    if not firsts or any("map" not in record.summaries for record in looked):
        return None
    if looked:
        return Paragraph(f"No {what} is drawn: {needs}.", "muted")
    return Paragraph(f"No {what} is drawn.{lacking(summary, ())}", "muted")


def _first_trials(summary: Summary) -> dict[str, Record | None]:
    """The first trial of each generator, whatever came of it; None where there is none."""
    found: dict[str, Record | None] = dict.fromkeys(c.arm.id for c in summary.generators)
    for arm in found:
        firsts = (r for r in summary.of(arm) if not (r.trial.split or r.trial.replicate))
        found[arm] = next(firsts, None)
    return found


def _reason(record: Record | None) -> str:
    if record is None:
        return "no trial of the first split"
    if record.status == "ok":
        return "first trial gave none"
    return "first trial skipped" if record.status == "skipped" else "first trial failed"
