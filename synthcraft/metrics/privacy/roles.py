"""The three rows of a privacy measure: main, control, and the excess of the one over the other."""

from collections.abc import Iterator
from dataclasses import replace

from synthcraft.metrics.privacy.intervals import Bounded
from synthcraft.records import Measure, Role
from synthcraft.stats import LEVEL


def roles(
    metric: str,
    main: Bounded,
    control: Bounded,
    excess: Bounded | str,
    *,
    n: int | None,
    n_control: int | None,
    model: str = "",
    column: str = "",
    group: str = "",
) -> Iterator[Measure]:
    """Main, control and excess, each with its interval where it has one.

    An excess that does not apply is a text that says why.

    >>> rows = roles("a", Bounded(0.7), Bounded(0.5), Bounded(0.4), n=9, n_control=8)
    >>> [(row.role, row.value, row.n) for row in rows]
    [('main', 0.7, 9), ('control', 0.5, 8), ('excess', 0.4, 9)]
    """
    about = Measure(metric, model=model, column=column, group=group, reference="train")
    rows: tuple[tuple[Role, Bounded | str, int | None], ...] = (
        ("main", main, n),
        ("control", control, n_control),
        ("excess", excess, n),
    )
    for role, found, size in rows:
        row = replace(about, role=role, n=size)
        yield row.absent(found) if isinstance(found, str) else _told(row, found)


def _told(row: Measure, found: Bounded) -> Measure:
    level = None if found.low is None else LEVEL
    return replace(row, value=float(found.value), low=found.low, high=found.high, level=level)


def untold(
    metric: str, reason: str, *, model: str = "", column: str = "", group: str = ""
) -> Measure:
    """The row of a measure that does not apply, and why."""
    about = Measure(metric, model=model, column=column, group=group, reference="train")
    return replace(about, role="excess").absent(reason)
