"""What a policy sees of a run, and what it answers: facts without rows, files or clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

FAMILIES = ("fidelity", "utility", "privacy")
Worth = tuple[float, float, float]
"""Fidelity, utility and privacy of a pull, each in [0, 1], higher better (``objective.worth``)."""
Purpose = Literal["select", "confirm"]
FAILURES = 2  # as many end an arm's turn
CLOSE = 0.01  # a difference of worth that does not matter


@dataclass(frozen=True)
class Candidate:
    """An arm at one training effort; ``top`` where it is the full one.

    ``arm`` is the generator's position in ``Arena.names``; only full efforts are recommended.
    """

    arm: int
    rung: float = 1.0

    @property
    def top(self) -> bool:
        """Whether it is trained with the full effort."""
        return self.rung == 1


@dataclass(frozen=True)
class Arena:
    """An episode: who may be pulled, for which use, with how much to spend.

    ``names`` are the arms' labels, ``plugins`` and ``kinds`` (families of models) what recorded
    runs know them by. A candidate can be pulled once on each of ``splits`` common divisions, in
    their order. ``weights`` of the worths sum to 1. ``limits`` is the number of constraints that a
    recommended arm must keep; the last ``lenient`` of them need only be more probably kept than
    not. ``context`` describes the table (``select/context``): its values are
    counts and shares, never rows. ``seconds`` and ``pulls`` bound what choosing may cost. ``work``
    is what training each arm is by its parameters (``select/work``); without, it is as recorded.
    ``unrecorded`` are families of which recorded worths say nothing, being of something else.
    """

    names: tuple[str, ...]
    plugins: tuple[str, ...]
    kinds: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    splits: int
    weights: Worth
    limits: int = 0
    lenient: int = 0
    context: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None
    pulls: int | None = None
    work: tuple[float, ...] = ()
    unrecorded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pull:
    """What a pull cost and gave; ``worth`` is None where it failed.

    ``slacks`` tell by how much each constraint was kept (negative: violated).
    """

    candidate: int
    split: int
    seconds: float
    worth: Worth | None
    slacks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The (candidate, split) pairs to pull next, none to stop, and what is recommended so far.

    ``best`` and ``second`` are positions in ``Arena.names`` (None: nobody is known to be feasible).
    ``why`` is what a report shows of the decision: plain numbers by name.
    """

    pulls: tuple[tuple[int, int], ...] = ()
    purpose: Purpose = "select"
    best: int | None = None
    second: int | None = None
    why: Mapping[str, Any] = field(default_factory=dict)


State = TypeVar("State")


class Policy(Protocol[State]):
    """An ask/tell policy; a pure function of its parameters, the arena, the pulls and the seed.

    ``tell`` returns a new state and leaves the old one as it is, so that any prefix of an episode
    can be gone on from, and a replay gives the same decisions bit by bit.
    """

    def start(self, arena: Arena, *, seed: int) -> State:
        """The state before the first pull."""
        ...

    def tell(self, state: State, pull: Pull) -> State:
        """The state once a pull has ended."""
        ...

    def ask(self, state: State, *, batch: int = 1) -> Decision:
        """What to pull next (at most ``batch``), never beyond the budget by prediction."""
        ...
