"""What a table is, told so that it gives nobody away: the one thing of it that may leave."""

from dataclasses import dataclass
from typing import Literal

FEWEST = 10
"""People behind anything that a profile names, unless said otherwise."""
Kind = Literal["numeric", "categorical", "text", "identifier", "date", "constant", "empty"]
Role = Literal["", "id", "weight", "time", "outcome", "sensitive", "known"]


@dataclass(frozen=True)
class ColumnProfile:
    """What one column is.

    ``levels`` are those with at least k people, sorted by name; ``hidden`` tells whether there are
    others. ``low`` and ``high`` are coarsened outwards. ``missing`` is a share, coarsened.
    ``roles`` are guesses from the name and the values, the likeliest first; each is a proposal.
    """

    name: str
    kind: Kind
    missing: float = 0.0
    levels: tuple[str, ...] = ()
    hidden: bool = False
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    label: str = ""
    unit: str = ""
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What a table is; ``rows`` and ``persons`` are rounded to two leading digits."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    persons: int | None = None
    k: int = FEWEST
    notes: tuple[str, ...] = ()
