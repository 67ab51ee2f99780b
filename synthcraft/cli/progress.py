"""The progress of a run on the terminal: bars for people, plain lines for files and pipes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from synthcraft.engine.observe import Observer
from synthcraft.records import Phase, Record


@contextmanager
def observer(name: str, *, alone: bool) -> Iterator[Observer]:
    """Whoever shows the run: bars when a person watches it alone, else lines."""
    console = Console(stderr=True)
    if not (alone and console.is_terminal):
        yield Lines(name)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(name, progress)


class Bars:
    """One bar for the whole run, and one line for each trial at work."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name, self.progress = name, progress
        self.whole = progress.add_task(name, total=None)
        self.trials: dict[str, TaskID] = {}

    def stage(self, text: str) -> None:
        """Show what is being prepared."""
        self.progress.update(self.whole, description=f"{self.name}: {text}")

    def planned(self, total: int, done: int) -> None:
        """Show how many trials there are."""
        self.progress.update(self.whole, description=self.name, total=total, completed=done)

    def phase(self, trial: str, phase: Phase) -> None:
        """Show what a trial is doing."""
        if trial not in self.trials:
            self.trials[trial] = self.progress.add_task(trial, total=None)
        self.progress.update(self.trials[trial], description=f"  {trial}: {phase}")

    def finished(self, record: Record) -> None:
        """Take the trial off the screen; tell it when it went wrong."""
        task = self.trials.pop(record.trial.id, None)
        if task is not None:
            self.progress.remove_task(task)
        self.progress.update(self.whole, description=self.name)
        self.progress.advance(self.whole)
        if record.status != "ok":
            self.progress.console.print(told(record), markup=False, highlight=False)


class Lines:
    """One line on stderr for each stage and each finished trial."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.total = self.done = 0
        self.started = time.monotonic()

    def stage(self, text: str) -> None:
        """Tell what is being prepared."""
        self._say(text)

    def planned(self, total: int, done: int) -> None:
        """Tell how many trials there are."""
        self.total, self.done = total, done
        self._say(f"{total} trials" + (f", {done} of them done before" if done else ""))

    def phase(self, trial: str, phase: Phase) -> None:
        """Say nothing: a finished trial says it all."""

    def finished(self, record: Record) -> None:
        """Tell what came of a trial."""
        self.done += 1
        self._say(f"[{self.done}/{self.total}] {told(record)}")

    def _say(self, text: str) -> None:
        elapsed = time.monotonic() - self.started
        print(f"{self.name} {elapsed:6.0f} s  {text}", file=sys.stderr, flush=True)


def told(record: Record) -> str:
    """One line about a finished trial.

    >>> from synthcraft.records import Trial
    >>> told(Record(Trial("ctgan", 0, 0, "report"), "failed", "fit", "ValueError: x"))
    'ctgan.s0.r0.report failed (fit: ValueError: x)'
    """
    if record.status == "ok":
        return f"{record.trial.id} {sum(record.seconds.values()):.1f} s"
    reason = ": ".join(filter(None, (record.phase, record.reason)))
    return f"{record.trial.id} {record.status} ({reason})"
