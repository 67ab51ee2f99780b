"""Regret against seconds: this run in its own hindsight, beside policies on recorded tables."""

from collections.abc import Iterator, Mapping

from synthcraft.report.campaign import Campaign, Look
from synthcraft.report.document import (
    Block,
    Cell,
    Figure,
    Fold,
    Head,
    Legend,
    Panel,
    Rows,
    Table,
    present,
)
from synthcraft.report.plots import Band, Mark, Trace
from synthcraft.report.words import listed, number, short
from synthcraft.select.curves import Replayed, replayed

# The baselines in the picture, by their place in the palette; the table has all of them.
DRAWN = ("kg", "uniform, cheap first", "successive halving", "ttts", "optuna_tpe", "exhaustive x1")
POLICIES: Mapping[str, str] = {
    "kg": "kg",
    "uniform": "uniform, cheap first",
    "successive_halving": "successive halving",
    "ttts": "ttts",
    "optuna_tpe": "optuna_tpe",
}
SHARE = "seconds, % of a full sweep's"


def hindsight(campaign: Campaign) -> tuple[Block, ...]:
    """The figure, and its numbers on demand."""
    curves = _by_policy()
    panels = present(_own(campaign), _replayed(curves))
    drawn = [name for name in DRAWN if name in curves]
    legend = tuple(Legend(name, DRAWN.index(name)) for name in drawn)
    tables = present(_looks(campaign), _table(curves))
    return (
        Figure(_caption(campaign, curves), tuple(panels), legend),
        Fold("The numbers behind these curves", tuple(tables)),
    )


def _by_policy() -> dict[str, tuple[Replayed, ...]]:
    found: dict[str, list[Replayed]] = {}
    for one in replayed():
        found.setdefault(one.policy, []).append(one)
    return {name: tuple(of) for name, of in found.items()}


def _caption(campaign: Campaign, curves: Mapping[str, tuple[Replayed, ...]]) -> str:
    tables = max(one.tables for of in curves.values() for one in of)
    other = (
        f"What policies lacked on {tables} recorded tables, judged on splits that none had seen; "
        "exhaustive x1 trains every generator once. A full sweep trains every generator at full "
        "effort on each inner split."
    )
    if not campaign.looks:
        return (
            f"{other} This run's own line is missing: its policy keeps no belief that could tell "
            "what its recommendations lacked."
        )
    return (
        "Left: by how much the generator that this run would have recommended after each pull "
        "falls short of the best one in expected score, by the run's own belief at its end. It is "
        "hindsight, not a measurement: the belief that judges is the one that chose, and its last "
        "choice lacks nothing by definition. The bars are the middle 95 % of what a generator may "
        "lack against whoever is best, generators taken as independent. "
        f"Right: {other[0].lower()}{other[1:]} The two differ in their tables and in who judges: "
        "compare how fast they fall, not how far."
    )


def _own(campaign: Campaign) -> Panel | None:
    looks = campaign.looks
    if not looks:
        return None
    place = DRAWN.index(POLICIES.get(campaign.run.spec.selector.plugin, DRAWN[0]))
    marks = tuple(Mark("", look.regret, look.low, look.high, place) for look in looks)
    band = Band("", place, tuple(100 * look.share for look in looks), marks)
    alt = (
        "What this run's recommendations lacked by its belief at the end: "
        f"{_told(looks[0])}; {_told(looks[-1])}."
    )
    return Panel("choice-hindsight", alt, Trace("This run, in its own hindsight", SHARE, (band,)))


def _told(look: Look) -> str:
    who = short(look.label) if look.label else "one drawn by lot"
    return f"{number(look.regret)} after {100 * look.share:.0f} % of a sweep's seconds ({who})"


def _replayed(curves: Mapping[str, tuple[Replayed, ...]]) -> Panel:
    drawn = {name: curves[name] for name in DRAWN if name in curves}
    bands = tuple(
        Band(
            name,
            DRAWN.index(name),
            tuple(100 * one.share for one in of),
            tuple(Mark(name, one.regret, None, None, DRAWN.index(name)) for one in of),
        )
        for name, of in drawn.items()
    )
    ends = [
        f"{name} {number(of[0].regret)} at {100 * of[0].share:.0f} %"
        + (f" and {number(of[-1].regret)} at {100 * of[-1].share:.0f} %" if len(of) > 1 else "")
        for name, of in drawn.items()
    ]
    alt = f"Mean regret of policies on recorded tables: {listed(ends)}."
    return Panel("replayed-regret", alt, Trace("Policies on recorded tables", SHARE, bands))


def _looks(campaign: Campaign) -> Table | None:
    if not campaign.looks:
        return None
    rows = tuple(
        (
            Cell(f"{look.pulls}"),
            Cell(f"{100 * look.share:.1f} %"),
            Cell(short(look.label) if look.label else "nobody (one by lot)"),
            Cell(number(look.regret), tuple(_bounds(look))),
        )
        for look in campaign.looks
    )
    heads = (
        Head("Pulls"),
        Head("Seconds", ("share of a sweep's",)),
        Head("Recommended then"),
        Head("Regret", ("by the belief at the end",)),
    )
    return Table("This run in its own hindsight.", heads, (Rows(rows),))


def _bounds(look: Look) -> Iterator[str]:
    if look.low is not None and look.high is not None:
        yield f"{number(look.low)} to {number(look.high)}"


def _table(curves: Mapping[str, tuple[Replayed, ...]]) -> Table:
    shares = sorted({one.share for of in curves.values() for one in of})
    rows = tuple(
        (Cell(name), *(_cell({one.share: one for one in of}.get(share)) for share in shares))
        for name, of in curves.items()
    )
    heads = (Head("Policy"), *(Head(f"{100 * share:.0f} %") for share in shares))
    return Table(
        "Mean regret on recorded tables by share of a full sweep's seconds, with 95 % intervals "
        "over tables. The oracle knows all splits; what it lacks is the noise of the judging ones.",
        heads,
        (Rows(rows),),
    )


def _cell(one: Replayed | None) -> Cell:
    if one is None:
        return Cell("—", tone="muted")
    return Cell(number(one.regret), (f"{number(one.low)} to {number(one.high)}",))
