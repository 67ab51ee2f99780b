"""The figures of a choice: what was trained when, and what was believed after each pull."""

from collections.abc import Callable, Iterator, Mapping

from synthcraft.report.campaign import Belief, Campaign, Opinion
from synthcraft.report.document import Figure, Legend, Panel, present
from synthcraft.report.plots import Band, Bar, Gantt, Mark, Trace
from synthcraft.report.words import counted, listed, number, short

SHOWN = 6  # generators in one picture: as many as the palette tells apart
Reading = Callable[[Opinion], tuple[float, float | None, float | None]]
"""Which number of a belief is shown, with its interval."""


def gantt(campaign: Campaign) -> Figure | None:
    """Each pull as a bar: its generator, its seconds, its training effort, whether it failed."""
    if not campaign.steps:
        return None
    efforts = sorted({step.arm.rung for step in campaign.steps})
    rows = [label for label in campaign.labels if campaign.tried(label)]
    bars = tuple(
        Bar(
            rows.index(step.arm.label),
            step.start,
            step.seconds,
            efforts.index(step.arm.rung),
            failed=bool(step.failure),
        )
        for step in campaign.steps
    )
    plot = Gantt(
        tuple(short(label) for label in rows),
        tuple(effort(rung) for rung in efforts),
        bars,
        campaign.run.spec.budget.seconds,
    )
    alt = f"What was trained when: {'; '.join(_told(campaign, label) for label in rows)}."
    caption = (
        "What the selector had trained, one bar for each pull, one after the other in the seconds "
        "that they took; colours tell the training effort."
    )
    return Figure(caption, (Panel("choice-gantt", alt, plot, "wide"),))


def effort(rung: float) -> str:
    """A training effort in words.

    >>> effort(1.0), effort(0.33)
    ('full effort', '33 % effort')
    """
    return "full effort" if rung == 1 else f"{100 * rung:.0f} % effort"


def _told(campaign: Campaign, label: str) -> str:
    steps = campaign.tried(label)
    failed = sum(bool(step.failure) for step in steps)
    seconds = sum(step.seconds for step in steps)
    text = f"{short(label)}, {counted(len(steps), 'pull')}, {seconds:.1f} seconds"
    return f"{text}, {failed} failed" if failed else text


def beliefs(campaign: Campaign, colours: Mapping[str, int]) -> Figure | None:
    """Expected score, P(best) and expected regret after each pull; None without a belief.

    ``colours`` are the palette's places of generators that have one elsewhere in the report.
    """
    found = campaign.beliefs
    if len(found) < 2:
        return None
    names = _leading(campaign)
    place = dict(_places(names, colours))
    score = _bands(found, place, lambda o: (o.mean, *o.interval))
    chance = _bands(found, place, lambda o: (o.p_best, None, None))
    pulls, last = "pulls so far", found[-1]
    panels = present(
        Panel(
            "choice-belief",
            f"Expected score over pulls. At the end: {_ends(last, names)}.",
            Trace("Expected score, with 95 % interval", pulls, score),
        ),
        Panel(
            "choice-best",
            f"Probability of being the best over pulls. At the end: {_chances(last, names)}.",
            Trace("Probability of being the best", pulls, chance, (-0.03, 1.03)),
        ),
        _regret(campaign),
    )
    left = len(campaign.labels) - len(names)
    more = f" {left} more {'is' if left == 1 else 'are'} not drawn." if left > 0 else ""
    caption = (
        "What the selector believed of each generator at full effort after each pull, and what it "
        "expected its recommendation to lack against the best one. These are its own beliefs, not "
        f"measurements.{more}"
    )
    return Figure(caption, tuple(panels), tuple(Legend(short(name), place[name]) for name in names))


def _leading(campaign: Campaign) -> tuple[str, ...]:
    """The generators with the best expectations at the end, in the order of the plan."""
    last = campaign.beliefs[-1].opinions
    best = sorted(last, key=lambda name: -last[name].mean)[:SHOWN]
    return tuple(name for name in campaign.labels if name in best)


def _places(names: tuple[str, ...], colours: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    free = (place for place in range(SHOWN) if place not in colours.values())
    for name in names:
        yield name, colours[name] if name in colours else next(free)


def _bands(found: tuple[Belief, ...], place: Mapping[str, int], read: Reading) -> tuple[Band, ...]:
    bands = []
    for name, colour in place.items():
        known = [(b.pulls, read(b.opinions[name])) for b in found if name in b.opinions]
        marks = tuple(Mark(short(name), *reading, colour) for _, reading in known)
        bands.append(Band(short(name), colour, tuple(float(n) for n, _ in known), marks))
    return tuple(bands)


def _ends(last: Belief, names: tuple[str, ...]) -> str:
    return listed([f"{short(name)} {number(last.opinions[name].mean)}" for name in names])


def _chances(last: Belief, names: tuple[str, ...]) -> str:
    return listed([f"{short(name)} {last.opinions[name].p_best:.0%}" for name in names])


def _regret(campaign: Campaign) -> Panel | None:
    """What the recommendation was expected to lack, over the seconds used."""
    found = campaign.beliefs
    ends = [0.0, *(step.start + step.seconds for step in campaign.steps)]
    known = [(ends[min(b.pulls, len(ends) - 1)], b.regret) for b in found if b.regret is not None]
    if not known:
        return None
    at = tuple(seconds for seconds, _ in known)
    marks = tuple(Mark("", regret, None, None, 0) for _, regret in known)
    alt = (
        f"Expected regret over seconds: {number(marks[0].value)} after {at[0]:.1f} seconds, "
        f"{number(marks[-1].value)} after {at[-1]:.1f} seconds."
    )
    plot = Trace("Expected regret of the recommendation", "seconds used", (Band("", 0, at, marks),))
    return Panel("choice-regret", alt, plot)
