"""The default policy: knowledge gradient per second on a hierarchical belief."""

from dataclasses import dataclass

from synthcraft.select.arena import Arena, Decision, Pull
from synthcraft.select.params import KgParams
from synthcraft.select.prior import Prior


@dataclass(frozen=True, eq=False)
class State:
    """What is believed of an episode, and what it has cost so far."""


class Kg:
    """Pulls what promises most per second; ``prior`` replaces the one that the params name."""

    def __init__(self, *, params: KgParams, prior: Prior | None = None) -> None:
        self.params = params
        self.prior = prior

    def start(self, arena: Arena, *, seed: int) -> State:
        """The state before the first pull."""
        raise NotImplementedError

    def tell(self, state: State, pull: Pull) -> State:
        """The state once a pull has ended."""
        raise NotImplementedError

    def ask(self, state: State, *, batch: int = 1) -> Decision:
        """What to pull next, and why."""
        raise NotImplementedError
