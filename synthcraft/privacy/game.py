"""The tables of the membership game, and what of a synthetic table tells them apart.

Two worst cases within the declared domain, both of made-up rows. In the lone one all rows are
equal, and a canary person differs from them in every column: who leaks a value, a level or a range
is told by it. In the crowded one some rows are already as the canary's: noisy counts of their cells
lie well above 0, so that no count is cut off there and even a small shift shows. Both have few
rows, so that one person is a large part of any share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from synthcraft.privacy.domain import Attribute, Codes, Domain, declared_domain

ROWS = 100
"""Rows of the table without the canary."""
CROWD = 15
"""How many of them are as the canary's in the crowded case."""
COLUMNS = 4
"""Most columns of the game's tables: with few of them a fit takes a fraction of a second."""
BINS = 10
"""Bins of a numeric column that declares none."""
STATISTICS = ("all columns", "any column", "mean column", "exact number", "failed fit")
"""What is looked at in a fit: shares of synthetic rows that agree with the canary."""


@dataclass(frozen=True)
class Game:
    """Two adjacent tables: ``present`` has one person (``canary``, as codes) that ``absent`` lacks.

    ``domain`` tells which cells agree with the canary's; the mechanisms settle theirs themselves.
    """

    name: str
    absent: Table
    present: Table
    domain: Domain
    canary: Codes

    def score(self, rows: pd.DataFrame | None) -> tuple[float, ...]:
        """The ``STATISTICS`` of a synthetic table, or of a fit that failed (None)."""
        if rows is None:
            return (-1.0, -1.0, -1.0, -1.0, 1.0)
        frame = self.absent.with_frame(rows).frame
        agree = self.domain.encode(frame) == self.canary
        top = self.present.frame.iloc[-1]
        exact = [(frame[name] == top[name]).mean() for name in self.absent.numeric]
        return (
            float(agree.all(axis=1).mean()),
            float(agree.any(axis=1).mean()),
            float(agree.mean()),
            float(np.mean(exact)) if exact else 0.0,
            0.0,
        )


def worst_cases(table: Table, *, contribution: int = 1) -> tuple[Game, ...]:
    """The lone and the crowded game in the table's domain; its rows are not looked at.

    Columns are the outcome (target and time) and the first features that can vary, at most
    ``COLUMNS`` together. With a ``contribution`` above 1 the canary person has as many rows, and
    every other person one.
    """
    crowds = {"lone": 0, "crowded": CROWD}
    return tuple(
        _game(name, table, crowd=crowd, contribution=contribution) for name, crowd in crowds.items()
    )


def _game(name: str, table: Table, *, crowd: int, contribution: int) -> Game:
    features = [name for name in table.features if _varies(table.column(name))]
    outcome = [name for name in (table.target, table.time) if name]
    kept = {*outcome, *features[: COLUMNS - len(outcome)]}
    columns = [column for column in table.columns if column.name in kept]
    domain = declared_domain([_settled(column) for column in columns])
    values = {
        attribute.column.name: [low] * (ROWS - crowd) + [high] * (crowd + contribution)
        for attribute in domain.attributes
        for low, high in [_ends(attribute)]
    }
    frame = conform(pd.DataFrame(values), columns)
    persons = np.minimum(np.arange(len(frame)), ROWS) if contribution > 1 else None
    whole = _bare(table, columns, frame, persons)
    canary = domain.encode(frame.tail(1))[0]
    return Game(name, whole.take(range(ROWS)), whole, domain, canary)


def _varies(column: Column) -> bool:
    if not column.numeric:
        return bool(column.levels)
    return column.low is not None and column.high is not None and column.low < column.high


def _settled(column: Column) -> Column:
    """The column as if all that is known of it were declared: the game needs some finite cells."""
    known = ("low", "high", "decimals", "levels")
    return replace(column, origin="declared", declared=known, bins=column.bins or BINS)


def _ends(attribute: Attribute) -> tuple[object, object]:
    """The first and the last value of a column; missing where there is but one."""
    if attribute.column.numeric:
        return attribute.edges[0], attribute.edges[-1]
    first, *others = attribute.levels
    return first, others[-1] if others else None


def _bare(
    table: Table, columns: Sequence[Column], frame: pd.DataFrame, persons: np.ndarray | None
) -> Table:
    names = {column.name for column in columns}
    return replace(
        table,
        frame=frame,
        columns=tuple(columns),
        sensitive=tuple(name for name in table.sensitive if name in names),
        quasi_identifiers=tuple(name for name in table.quasi_identifiers if name in names),
        rules={},
        groups=persons,
        held_out=None,
        weights=None,
        clusters=None,
        truth={},
        notes=(),
    )
