"""The three rows of a privacy measure: main, control, and the excess of the one over the other."""

from collections.abc import Iterator

from synthcraft.metrics.privacy.intervals import Bounded
from synthcraft.records import Measure, Role
from synthcraft.stats import LEVEL


def roles(
    metric: str,
    main: Bounded,
    control: Bounded,
    excess: Bounded,
    *,
    n: int | None,
    n_control: int | None,
    group: str = "",
) -> Iterator[Measure]:
    """Main, control and excess, each with its interval where it has one.

    >>> rows = roles("a", Bounded(0.7), Bounded(0.5), Bounded(0.4), n=9, n_control=8)
    >>> [(row.role, row.value, row.n) for row in rows]
    [('main', 0.7, 9), ('control', 0.5, 8), ('excess', 0.4, 9)]
    """
    rows: tuple[tuple[Role, Bounded, int | None], ...] = (
        ("main", main, n),
        ("control", control, n_control),
        ("excess", excess, n),
    )
    for role, found, size in rows:
        yield Measure(
            metric,
            float(found.value),
            found.low,
            found.high,
            None if found.low is None else LEVEL,
            size,
            group=group,
            reference="train",
            role=role,
        )


def untold(metric: str, reason: str, *, group: str = "") -> Measure:
    """The row of a measure that does not apply, and why."""
    return Measure(metric, group=group, reference="train", role="excess").absent(reason)
