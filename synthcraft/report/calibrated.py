"""Calibration curves of the deciding model: trained on synthetic rows, and on real ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthcraft.records import Record
from synthcraft.report.choice import primary
from synthcraft.report.document import Block, Cell, Figure, Head, Panel, Rows, Table, present
from synthcraft.report.first_trials import lacking, none_drawn
from synthcraft.report.pictures import named, places, slug
from synthcraft.report.plots import Mark, Point, Reliability
from synthcraft.report.summary import Quantity, Summary, described
from synthcraft.report.words import heading, number, short
from synthcraft.stats import wilson

Curve = Mapping[str, Any]
NEEDS = (
    "it needs an outcome of two classes, and 10 persons of each in train and in holdout rows, so "
    "that no small number follows from it"
)
UNDECIDED = "no model decides, as no measure of utility tells good from bad here"


def calibration(summary: Summary) -> tuple[Block, ...]:
    """The figure, one panel per generator, and its slopes and intercepts; or why there is none.

    Of the model on which the verdict of utility rests; () where no risk was foretold.
    """
    foretold = any(quantity.metric.startswith("tstr.") for quantity in summary.quantities)
    if not foretold or summary.run.table.get("task") != "classification":
        return ()
    every = [record for record in summary.drawn() if _models(record)]
    lead = primary(summary, "utility")
    records = [record for record in every if lead and lead.model in _models(record)]
    if lead is None or not records:
        needs = UNDECIDED if every else NEEDS
        return tuple(present(none_drawn(summary, "calibration curve", needs)))
    return _figure(summary, lead, records), _table(summary, lead, records)


def _models(record: Record) -> Mapping[str, Any]:
    found: Mapping[str, Any] = record.summaries.get("calibration", {}).get("models", {})
    return found


def _figure(summary: Summary, lead: Quantity, records: Sequence[Record]) -> Figure:
    curves = {record.trial.arm: _models(record)[lead.model] for record in records}
    first = next(iter(curves.values()))["trtr"]
    about = described(summary.run, str(summary.run.table["target"]))
    target = short(str(about.get("label") or summary.run.table["target"]))
    event = short(str(records[0].summaries["calibration"]["event"]))
    caption = (
        f"Calibration: how often “{target}” was “{event}” among holdout rows, by the risk that "
        f"the model ({heading(lead)[2]}) foretold (first split, {_size(first)}). Colour: trained "
        "on synthetic rows; hollow: the same model trained on as many real rows. On the dotted "
        "line, what was foretold happened; above it, risks are too low. Bars: 95 % intervals "
        f"of the shares (Wilson{_apart(first)}). Each mark stands for one or more tenths of the "
        "rows by risk, joined until 10 persons had the event and 10 did not: what is wrong within "
        "a mark stays unseen." + lacking(summary, records)
    )
    limit = _limit(curves.values())
    panels = (_panel(summary, arm, found, limit) for arm, found in curves.items())
    return Figure(caption, tuple(panels))


def _size(curve: Curve) -> str:
    rows, persons = curve["rows"], curve["persons"]
    return f"n = {rows:,}" + (f" rows of {persons:,} persons" if persons < rows else "")


def _apart(curve: Curve) -> str:
    return ", as if the rows of a person were one" if curve["persons"] < curve["rows"] else ""


def _panel(summary: Summary, arm: str, found: Mapping[str, Curve], limit: float) -> Panel:
    place, name = places(summary)[arm], named(summary, arm)
    points = (*_points(found["trtr"], None), *_points(found["tstr"], place))
    told = ", ".join(
        f"{100 * point.y.value:.1f} % where {100 * point.x.value:.1f} % was foretold"
        for point in points
        if point.place is not None
    )
    alt = f"Calibration of the model trained on rows of {name}: {told}."
    return Panel(f"calibration-{slug(arm)}", alt, Reliability(name, points, place, limit), "small")


def _points(curve: Curve, place: int | None) -> Iterator[Point]:
    for part in curve["bins"]:
        # As if the rows of a person were one row.
        n = part["n"] * curve["persons"] / curve["rows"]
        share = part["events"] / part["n"]
        y = Mark("", share, *wilson(share * n, n), place)
        yield Point("", Mark("", part["foretold"], None, None, place), y, place)


def _limit(curves: Any) -> float:
    """The end of both axes: where the highest mark or interval ends, the same in all panels."""
    points = [p for found in curves for side in found.values() for p in _points(side, None)]
    return min(1.0, 1.05 * max(max(p.x.value, p.y.high or p.y.value) for p in points))


def _table(summary: Summary, lead: Quantity, records: Sequence[Record]) -> Table:
    caption = (
        "Slope and intercept of the calibration curves, with 95 % intervals. Slope: 1 is ideal, "
        "below it risks are too extreme. Intercept (calibration in the large): 0 is ideal, above "
        "it risks are too low. One split and one fit: how much another would differ is not in the "
        "intervals."
    )
    made = tuple(
        _row(named(summary, record.trial.arm), _models(record)[lead.model]["tstr"])
        for record in records
    )
    real = _row("trained on real rows", _models(records[0])[lead.model]["trtr"])
    heads = (Head("Trained on rows of"), Head("Slope"), Head("Intercept"), Head("n"))
    return Table(caption, heads, (Rows(made), Rows((real,), "Yardstick")))


def _row(name: str, curve: Curve) -> tuple[Cell, ...]:
    return (
        Cell(name),
        *(_cell(curve.get(part)) for part in ("slope", "intercept")),
        Cell(f"{curve['rows']:,}"),
    )


def _cell(found: Sequence[float] | None) -> Cell:
    if found is None:
        return Cell("—", ("not finite",), "muted")
    value, low, high = found
    return Cell(number(value), (f"{number(low)} to {number(high)}",))
