"""Groups of people: the levels of the sensitive columns, named so that no few rows show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.metrics.context import Real
from synthcraft.metrics.encode import Ints
from synthcraft.metrics.utility.outcome import Amounts, Durations, Labels, Outcome

RARE_LEVELS = f"… (levels under {SMALLEST} rows)"


@dataclass(frozen=True, eq=False)
class Group:
    """Rows of one level of a sensitive column; the empty name is everyone."""

    name: str
    rows: Ints
    column: str = ""


def everyone(table: Table) -> Group:
    """All rows of a table."""
    return Group("", np.arange(len(table)))


def sensitive_groups(real: Real, table: Table) -> Iterator[Group]:
    """Rows of ``table`` (train or holdout) at each level of each sensitive column with levels.

    A level of fewer than 10 real rows is not named: all such levels of a column share a name.
    The target is no group: its levels are what is predicted.
    """
    for column in table.sensitive:
        if table.column(column).numeric or column == table.target:
            continue
        values = table.frame[column]
        known = [part.frame[column] for part in (real.train, real.holdout)]
        for level in values.cat.categories:
            total = sum(int((part == level).sum()) for part in known)
            shown = escaped(level) if total >= SMALLEST else RARE_LEVELS
            rows = np.flatnonzero(values == level)
            yield Group(f"{escaped(column)}={shown}", rows, column)


def persons_of(table: Table) -> Ints:
    """A number per row, from 0, the same for rows of one person; each row's own without persons."""
    if table.groups is None:
        return np.arange(len(table))
    return np.asarray(np.unique(table.groups, return_inverse=True)[1])


def shown_sizes(
    groups: Sequence[Group], total: int, *, apart: Sequence[str] = ()
) -> dict[str, int | None]:
    """Rows by name of each group; None where they would tell those of a small rest.

    ``total`` is the number of rows of the table. The smallest group's are hidden, one of ``apart``
    only where there is no other. Groups of fewer than 10 rows must not be given.
    """
    sizes: dict[str, int | None] = {group.name: len(group.rows) for group in groups if group.name}
    for column in {group.column for group in groups if group.name}:
        own = [group for group in groups if group.column == column]
        if 0 < total - sum(len(group.rows) for group in own) < SMALLEST:
            hidden = min(own, key=lambda group: (group.name in apart, len(group.rows)))
            sizes[hidden.name] = None
    return sizes


def support(outcome: Outcome) -> int:
    """How many pairs of unlike rows can be made at least: what a score of few rows rests on.

    The rows of the rarest class; half of the rows of a number; the rows with the event, at most
    half of all, of follow-up times.

    >>> support(Labels(np.array([0, 0, 1]), ("no", "yes"), 1)), support(Amounts(np.arange(5.0)))
    (1, 2)
    """
    if isinstance(outcome, Labels):
        return min(int((outcome.codes == k).sum()) for k in range(len(outcome.classes)))
    if isinstance(outcome, Amounts):
        return len(outcome.values) // 2
    return min(int(outcome.event.sum()), len(outcome.event) // 2)


def supporting(outcome: Outcome, least: int) -> str:
    """The rows that give so much support, in words.

    >>> supporting(Amounts(np.arange(5.0)), 10)
    '20 holdout rows'
    """
    if isinstance(outcome, Amounts):
        return f"{2 * least} holdout rows"
    if isinstance(outcome, Durations):
        return f"{2 * least} holdout rows, {least} of them with the event"
    if outcome.positive is None:
        return f"{least} holdout rows of each class"
    return f"{least} events and non-events each in the holdout"


def escaped(text: str) -> str:
    """Text that can stand in ``column=level&column=level``.

    >>> escaped("a=b & 5%")
    'a%3Db %26 5%25'
    """
    return text.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
