"""What policies lacked on the recorded tables, by how many seconds they had: made beforehand.

``benchmarks/selector.py --curves`` makes the file that is shipped; a report reads it, and so needs
no replay.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Replayed:
    """A policy's simple regret with a share of the seconds of a full sweep.

    The sweep trains every arm at full effort on each split that can be pulled. ``regret`` is the
    mean over ``tables`` of a mean over ``episodes`` each, ``low`` and ``high`` bound its 95 %
    bootstrap-t interval over tables.
    """

    policy: str
    share: float
    regret: float
    low: float
    high: float
    tables: int
    episodes: int


@lru_cache(maxsize=1)
def replayed() -> tuple[Replayed, ...]:
    """The shipped curves, policy by policy, by rising share.

    >>> {one.policy for one in replayed()} >= {"kg", "uniform, cheap first", "exhaustive x1"}
    True
    """
    file = resources.files("synthcraft.select").joinpath("recorded", "curves.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return tuple(
        Replayed(
            row["policy"],
            float(row["share"]),
            float(row["regret"]),
            float(row["low"]),
            float(row["high"]),
            int(row["tables"]),
            int(row["episodes"]),
        )
        for row in rows
    )
