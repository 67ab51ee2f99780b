"""Which columns of a table hold expression values."""

from collections.abc import Iterator

from synthcraft.data.table import Table
from synthcraft.errors import Problem, nearest
from synthcraft.metrics.cards.omics import GenesParams


def genes(table: Table, params: GenesParams) -> tuple[str, ...]:
    """The named columns, or else every numeric one without a role; but for those left out.

    Named columns that a split does not use (dataset.screen) are passed over.

    >>> import pandas as pd
    >>> from synthcraft.data.table import Column
    >>> columns = tuple(Column(name, "numeric") for name in ("age", "ERBB2", "ESR1", "days"))
    >>> table = Table(pd.DataFrame(), columns, "regression", "days")
    >>> genes(table, GenesParams(without=("age",)))
    ('ERBB2', 'ESR1')
    """
    used = set(table.names) - set(params.without)
    return tuple(name for name in params.genes or _free(table) if name in used)


def _free(table: Table) -> tuple[str, ...]:
    roles = {table.target, table.time, *table.sensitive, *table.quasi_identifiers}
    return tuple(
        c.name for c in table.columns if c.numeric and c.name not in roles and not c.indicates
    )


def unfit(path: str, table: Table, params: GenesParams) -> Iterator[Problem]:
    """What is wrong with the named columns; ``path`` is where the parameters stand."""
    columns = (*table.columns, *(table.pool.columns if table.pool else ()))
    numbers = {column.name for column in columns if column.numeric}
    for setting, names in (("genes", params.genes), ("without", params.without)):
        for name in (name for name in names if name not in numbers):
            if name in table.names:
                what, hint = f"{name!r} holds no numbers", "Name columns of expression values."
            else:
                what, hint = f"no column {name!r}", nearest(name, numbers)
            yield Problem(f"{path}.{setting}", what, hint)
