"""Kaplan–Meier curves of real and synthetic rows, with the numbers at risk."""

from collections.abc import Mapping, Sequence
from typing import Any

from synthcraft.records import Record
from synthcraft.report.document import Block, Cell, Figure, Head, Panel, Rows, Table, present
from synthcraft.report.first_trials import lacking, none_drawn
from synthcraft.report.pictures import OVERLAID, legend, named, one_each, places
from synthcraft.report.plots import Mark, Series, Survival
from synthcraft.report.summary import Summary, described
from synthcraft.report.words import counted, number, short

NEEDS = (
    "between two times, and after the last, 10 rows must have the event, and 10 or none end "
    "without it, so that no small number follows from it"
)
TIMES = 8  # columns of the table, besides time 0


def survival(summary: Summary) -> tuple[Block, ...]:
    """The figure of all generators beside real rows, and its numbers; or why there is none.

    () where nobody was followed, or no metric looked at survival.
    """
    every = [record for record in summary.drawn() if record.summaries.get("survival")]
    records = one_each(summary, every)[:OVERLAID]
    if records:
        return _figure(summary, records, every), _table(summary, records)
    if all(quantity.metric != "km_divergence" for quantity in summary.quantities):
        return ()
    return tuple(present(none_drawn(summary, "survival curve", NEEDS)))


def _found(record: Record) -> Mapping[str, Any]:
    found: Mapping[str, Any] = record.summaries["survival"]
    return found


def _figure(summary: Summary, records: Sequence[Record], every: Sequence[Record]) -> Figure:
    left = len(every) - len(records)
    first, place = _found(records[0]), places(summary)
    real = first["real"]
    marks = tuple(
        Mark("", *values, None)
        for values in zip(real["survival"], real["low"], real["high"], strict=True)
    )
    series = tuple(
        Series(
            named(summary, record.trial.arm),
            place[record.trial.arm],
            tuple(_found(record)["synthetic"]["survival"]),
        )
        for record in records
    )
    caption = (
        "Survival: Kaplan–Meier estimates of real rows (the line in the band, its pointwise 95 % "
        f"interval, Greenwood’s log-log; n = {first['rows']:,}, train and holdout together) and of "
        "synthetic rows (first split). Told at a few times only, joined by straight lines: a step "
        "at each event would tell when a person had it. Between two times at least 10 real rows "
        "had the event, and so had 10 after the last; a synthetic curve also ends where fewer than "
        "10 rows are still followed. How much another split or fit would differ is not shown."
        + (f" {counted(left, 'more arm')} not drawn." if left else "")
        + lacking(summary, every)
    )
    plot = Survival(_axis(summary), tuple(first["times"]), marks, series)
    panel = Panel("survival", _alt(summary, records), plot, "wide")
    return Figure(caption, (panel,), legend(summary, records))


def _axis(summary: Summary) -> str:
    time = str(summary.run.table["time"])
    about = described(summary.run, time)
    unit = str(about.get("unit") or "")
    return short(str(about.get("label") or time)) + (f" ({short(unit, 20)})" if unit else "")


def _alt(summary: Summary, records: Sequence[Record]) -> str:
    """Where each curve is at the last time of the real one that it reaches."""
    first = _found(records[0])
    ends = [
        f"{named(summary, record.trial.arm)} {number(made['survival'][-1])} at "
        f"{first['times'][len(made['survival']) - 1]:g}"
        for record in records
        if (made := _found(record)["synthetic"])["survival"]
    ]
    last = f"real rows {number(first['real']['survival'][-1])} at {first['times'][-1]:g}"
    return f"Share without the event over time, where each curve ends: {'; '.join((last, *ends))}."


def _table(summary: Summary, records: Sequence[Record]) -> Table:
    first = _found(records[0])
    times = first["times"]
    step = -(-len(times) // TIMES)
    shown = range(len(times) - 1, -1, -step)[::-1]
    heads = (
        Head("Rows at risk at"),
        Head("0"),
        *(Head(f"{times[k]:g}") for k in shown),
    )
    made = tuple(
        _row(
            named(summary, r.trial.arm),
            _found(r)["synthetic"],
            _found(r)["synthetic"]["rows"],
            shown,
        )
        for r in records
    )
    real = _row("real rows", first["real"], first["rows"], shown)
    caption = (
        f"Rows at risk (still followed) by {_axis(summary)}; in small the share without the event "
        "until then."
    )
    return Table(caption, heads, (Rows((real,)), Rows(made, "Synthetic rows")))


def _row(name: str, curve: Mapping[str, Any], rows: int, shown: Sequence[int]) -> tuple[Cell, ...]:
    at_risk, alive = curve["at_risk"], curve["survival"]
    cells = (
        Cell(f"{at_risk[k]:,}", (number(alive[k]),))
        if k < len(at_risk)
        else Cell("<10", (), "muted")
        for k in shown
    )
    return (Cell(name), Cell(f"{rows:,}"), *cells)
