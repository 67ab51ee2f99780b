"""What a run tells whoever watches it."""

from typing import Protocol

from synthcraft.records import Phase, Record


class Observer(Protocol):
    """Receives the events of a run in the main process; cli draws them as progress bars."""

    def stage(self, text: str) -> None:
        """The run has reached a named stage ("reading data", "preparing splits")."""
        ...

    def warn(self, text: str) -> None:
        """The user should know this; it may rest on real rows and is told nowhere else."""
        ...

    def planned(self, total: int, done: int) -> None:
        """The run will consist of ``total`` trials, ``done`` of which a journal already holds."""
        ...

    def phase(self, trial: str, phase: Phase) -> None:
        """A trial (by id) has entered a phase."""
        ...

    def finished(self, record: Record) -> None:
        """A trial has ended, well or badly."""
        ...


class Silent:
    """An observer that ignores everything."""

    def stage(self, text: str) -> None:
        """Ignore."""

    def warn(self, text: str) -> None:
        """Ignore."""

    def planned(self, total: int, done: int) -> None:
        """Ignore."""

    def phase(self, trial: str, phase: Phase) -> None:
        """Ignore."""

    def finished(self, record: Record) -> None:
        """Ignore."""
