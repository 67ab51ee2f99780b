"""How far each attack came, as a picture for each table."""

from synthcraft.report.document import Figure, Panel
from synthcraft.report.pictures import mark
from synthcraft.report.plots import Forest, Line, Mark
from synthcraft.report.release.reach import ATTACKS
from synthcraft.report.release.risks import label, measured
from synthcraft.report.release.subject import subjects
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import number, short

LIMITS = (-0.5, 1.05)
BLIND = " (blind)"
LINE = Line("as on strangers", 0.0)
AXIS = "excess: 0 as on strangers, 1 always successful"


def attacks_figure(summary: Summary) -> Figure | None:
    """The excess of every attack, with its interval; None where none has a control."""
    panels = tuple(
        Panel(f"attacks-{place}", _words(contender, marks), _plot(contender, marks))
        for place, contender in enumerate(subjects(summary), start=1)
        if (marks := _marks(summary, contender))
    )
    if not panels:
        return None
    names = "; ".join(panel.alt.split(":")[0] for panel in panels)
    caption = (
        f"How far each attack came ({names}): marks with 95% intervals. On the dashed line the "
        "attack did no better than on strangers; at 1 it always succeeded. Intervals are cut at "
        "−0.5; “blind”: not informative on these data. A table has the numbers below."
    )
    return Figure(caption, panels)


def _plot(contender: Contender, marks: tuple[Mark, ...]) -> Forest:
    return Forest(f"{short(contender.label)}\n{AXIS}", marks, LINE, LIMITS)


def _marks(summary: Summary, contender: Contender) -> tuple[Mark, ...]:
    found = [
        (f"{label(q)}{BLIND if summary.informative(q) == 'no' else ''}", made)
        for q in measured(summary, ATTACKS)
        if q.role == "excess" and (made := mark(summary, contender, q)) is not None
    ]
    return tuple(Mark(name, m.value, m.low, m.high, m.place) for name, m in found)


def _words(contender: Contender, marks: tuple[Mark, ...]) -> str:
    """What a panel shows, for those who do not see it."""
    each = (
        f"{one.label} {number(one.value)}"
        + (
            ""
            if one.low is None or one.high is None
            else f" ({number(one.low)} to {number(one.high)})"
        )
        for one in marks
    )
    return f"{short(contender.label)}: {'; '.join(each)}."
