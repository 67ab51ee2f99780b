"""The figures of augmentation: gains at the dose that decides, over doses, and values by group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from synthcraft.report.document import Figure, Legend, Panel
from synthcraft.report.gains import (
    FEWER,
    NOTHING,
    Design,
    Gains,
    Kind,
    Treatment,
    effect,
    named,
    short_group,
    treatments,
)
from synthcraft.report.palette import PALETTE
from synthcraft.report.pictures import places
from synthcraft.report.plots import Curve, Dose, Forest, Group, Groups, Line, Mark, Track
from synthcraft.report.summary import Summary
from synthcraft.report.words import heading, listed, number, short, signed
from synthcraft.stats import Estimate

DOSED = ("real", "duplication", "smote_nc")  # controls that have doses, the most telling first
TRACKS = len(PALETTE)  # of one panel: as many as colours and shapes tell apart


def forest(summary: Summary, design: Design, found: Gains) -> Figure | None:
    """Gains at the dose that decides, with intervals, one panel for each target group."""
    panels = tuple(
        Panel(
            f"augmentation-gains-{place + 1}",
            f"Gains in {short_group(target)}: {_said(marks[1:])}.",
            Forest(_axis(design, target), marks, Line("", 0.0), _whole(marks)),
            "medium",
        )
        for place, target in enumerate(design.targets)
        if len(marks := tuple(_marks(summary, found, target))) > 1
    )
    if not panels:
        return None
    caption = (
        f"Gains at a dose of {design.primary:g} % over nothing added (dashed line), with intervals "
        "over splits, each for one comparison. Hollow marks are controls, which need no generator; "
        "those that leave real rows out are in the tables only."
    )
    return Figure(caption, panels)


def _marks(summary: Summary, found: Gains, target: str) -> Iterator[Mark]:
    yield Mark(named(NOTHING), 0.0, None, None, None)
    for (treatment, group), one in found.items():
        if group == target and one.change is not None and treatment.arm not in FEWER:
            yield _mark(summary, treatment, one.change)


def _mark(summary: Summary, treatment: Treatment, one: Estimate) -> Mark:
    place = None if treatment.kind == "control" else places(summary)[treatment.arm]
    return Mark(named(treatment), one.mean, one.low, one.high, place)


def _whole(marks: Sequence[Mark]) -> tuple[float, float]:
    """Limits that hold every interval: whether it reaches 0 is what is asked."""
    ends = [end for m in marks for end in (m.value, m.low, m.high) if end is not None]
    room = 0.06 * (max(ends) - min(ends)) or 0.01
    return min(ends) - room, max(ends) + room


def _said(marks: tuple[Mark, ...]) -> str:
    return "; ".join(f"{mark.label} {signed(mark.value)}" for mark in marks)


def _axis(design: Design, target: str) -> str:
    return f"{short_group(target)}: gain in {heading(design.endpoint)[0]}"


def curves(summary: Summary, design: Design) -> Figure | None:
    """Gains over doses, one panel for each target group; None with one dose."""
    if len(design.doses) < 2:
        return None
    drawn = _drawn(summary)
    panels = tuple(
        panel
        for place, target in enumerate(design.targets)
        if (panel := _curve(summary, design, drawn, place, target)) is not None
    )
    if not panels:
        return None
    left = [short(c.label) for c in summary.generators if c.arm.id not in drawn]
    caption = (
        "Gains over the dose, with intervals over splits; doses other than "
        f"{design.primary:g} % are exploratory. Dashed lines: nothing added, and controls that "
        "have no dose." + (f" Not drawn: {listed(left)}." if left else "")
    )
    legend = tuple(Legend(_called(summary, arm), at) for arm, at in drawn.items())
    return Figure(caption, panels, legend)


def _drawn(summary: Summary) -> dict[str, int]:
    """The arms that the curves show, and their place in the palette: controls first."""
    there = [c.arm.id for c in summary.controls]
    controls = [arm for arm in DOSED if arm in there]
    own = dict(list(places(summary).items())[: TRACKS - len(controls)])
    free = (place for place in range(TRACKS) if place not in own.values())
    return {**own, **dict(zip(controls, free, strict=False))}


def _called(summary: Summary, arm: str) -> str:
    """What an arm or control is called."""
    made = {c.arm.id: c.label for c in summary.generators}
    kind: Kind = "generator" if arm in made else "control"
    return named(Treatment(arm, kind, label=made.get(arm, "")))


def _curve(
    summary: Summary, design: Design, drawn: Mapping[str, int], place: int, target: str
) -> Panel | None:
    tracks = tuple(
        Track(_called(summary, arm), at, doses)
        for arm, at in drawn.items()
        if (doses := tuple(_doses(summary, design, arm, target)))
    )
    if not tracks:
        return None
    told = "; ".join(
        f"{track.label} {', '.join(f'{signed(d.mark.value)} at {d.at:g} %' for d in track.doses)}"
        for track in tracks
    )
    lines = tuple(_lines(summary, design, target))
    marks = [dose.mark for track in tracks for dose in track.doses]
    return Panel(
        f"augmentation-doses-{place + 1}",
        f"Gain in {short_group(target)} over the dose: {told}.",
        Curve(
            short_group(target),
            f"gain in {heading(design.endpoint)[0]}",
            tracks,
            lines,
            x_axis="dose in % (log scale)",
            limits=_whole([*marks, *(replace(line, low=None, high=None) for line in lines)]),
        ),
        "medium",
    )


def _doses(summary: Summary, design: Design, arm: str, target: str) -> Iterator[Dose]:
    """An arm's gain at each dose."""
    for dose in design.doses:
        for treatment in treatments(summary, dose):
            if treatment.arm != arm or treatment.kind == "everyone" or not treatment.augmentation:
                continue
            change = effect(summary, treatment, design.at(target)).change
            if change is not None:
                yield Dose(dose, _mark(summary, treatment, change))


def _lines(summary: Summary, design: Design, target: str) -> Iterator[Mark]:
    """What has no dose: nothing added, and controls that add no row but weigh rows."""
    yield Mark(named(NOTHING), 0.0, None, None, None)
    for treatment in treatments(summary, design.primary):
        if treatment.kind != "control" or treatment.augmentation or treatment.arm in FEWER:
            continue
        change = effect(summary, treatment, design.at(target)).change
        if change is not None:
            yield _mark(summary, treatment, change)


def by_group(summary: Summary, design: Design) -> Figure | None:
    """The deciding measure in each group of the holdout, for everything that the curves show."""
    drawn = _drawn(summary)
    groups = tuple(
        Group(_who(group), note, marks, _beside(summary, design, group))
        for group, note in (("", ""), *_notes(design))
        if (marks := tuple(_values(summary, design, drawn, group)))
    )
    if not groups:
        return None
    name = heading(design.endpoint)[0]
    told = "; ".join(f"{one.label} {number(one.beside.value)}" for one in groups if one.beside)
    panel = Panel(
        "augmentation-groups",
        f"{name} in each group of the holdout; with nothing added: {told}.",
        Groups("", name, groups),
        "medium",
    )
    caption = (
        f"{name} in each group of the holdout at a dose of {design.primary:g} %, with intervals "
        "over splits; grey: nothing added, with its interval. Intervals of values are wider than "
        "those of differences, which decide: see the tables."
    )
    arms = (Legend(_called(summary, arm), at) for arm, at in drawn.items())
    return Figure(caption, (panel,), (Legend(named(NOTHING), None), *arms))


def _notes(design: Design) -> tuple[tuple[str, str], ...]:
    return tuple((group, "target" if group in design.targets else "") for group in design.groups)


def _values(
    summary: Summary, design: Design, drawn: Mapping[str, int], group: str
) -> Iterator[Mark]:
    for treatment in treatments(summary, design.primary):
        if treatment.arm in drawn and treatment.kind != "everyone":
            value = effect(summary, treatment, design.at(group)).value
            if value is not None:
                at = drawn[treatment.arm]
                yield Mark(named(treatment), value.mean, value.low, value.high, at)


def _beside(summary: Summary, design: Design, group: str) -> Line | None:
    value = effect(summary, NOTHING, design.at(group)).value
    return None if value is None else Line(named(NOTHING), value.mean, value.low, value.high)


def _who(group: str) -> str:
    return short_group(group) if group else "everyone"
