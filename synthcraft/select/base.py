"""What a selector is: it is asked for the next round of trials and told what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from synthcraft.records import Plan, Record, Trial


@dataclass(frozen=True)
class Round:
    """A decision: the trials of the next round (none: the run is over) and why, for the report."""

    trials: tuple[Trial, ...] = ()
    why: dict[str, Any] = field(default_factory=dict)


class Selector(Protocol):
    """A policy: a pure function of the plan, the history and the seed.

    The plug-in class is called with its typed params (keyword ``params``). The engine asks again
    after every trial of a round has its record (a barrier), so that the number of workers cannot
    change a decision; the same history gives the same round, which makes a run replayable.
    """

    def ask(self, plan: Plan, history: Sequence[Record], *, seed: int) -> Round:
        """The next round, given every record so far in the order of the plan's rounds."""
        ...
