"""Who gets rows: the groups of a table by one column, or by several crossed."""

from dataclasses import dataclass

from synthcraft.metrics.encode import Ints


@dataclass(frozen=True, eq=False)
class Grouping:
    """All groups of a table, in a fixed order, and which of them are targets (get rows).

    ``names`` are as in every group-wise measure: ``ethnicity=NHB`` or ``ethnicity=NHB&sex=male``;
    groups too small to be named share one name, which is never a target.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Members:
    """The group of each row of a table: its place in ``Grouping.names``, or −1 where unknown."""

    codes: Ints
