"""The progress of a run on the terminal: bars for people, plain lines for files and pipes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
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
    bars = Bars(name)
    with Live(Group(bars.whole, bars.trials), console=console, transient=True):
        yield bars


class Bars:
    """One bar for the whole run, and under it one line for each trial at work."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.whole = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("trials,"),
            TimeElapsedColumn(),
            TextColumn("passed,"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self.trials = Progress(
            TextColumn("  {task.description}", markup=False), TimeElapsedColumn()
        )
        self.run = self.whole.add_task(name, total=None)
        self.lines: dict[str, TaskID] = {}

    def stage(self, text: str) -> None:
        """Show what is being prepared."""
        self.whole.update(self.run, description=f"{self.name}: {text}")

    def warn(self, text: str) -> None:
        """Print it above the bars."""
        Console(stderr=True).print(f"warning: {text}", markup=False, highlight=False)

    def planned(self, total: int, done: int) -> None:
        """Show how many trials there are."""
        self.whole.update(self.run, description=self.name, total=total, completed=done)

    def phase(self, trial: str, phase: Phase) -> None:
        """Show what a trial is doing."""
        if trial not in self.lines:
            self.lines[trial] = self.trials.add_task(trial, total=None)
        self.trials.update(self.lines[trial], description=f"{trial}: {phase}")
        self.whole.update(self.run, description=self.name)

    def finished(self, record: Record) -> None:
        """Take the trial off the screen; tell it when it went wrong."""
        line = self.lines.pop(record.trial.id, None)
        if line is not None:
            self.trials.remove_task(line)
        self.whole.update(self.run, description=self.name, advance=1)
        if record.status != "ok":
            Console(stderr=True).print(told(record), markup=False, highlight=False)


class Lines:
    """One line on stderr for each stage and each finished trial."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.total = self.done = 0
        self.started = time.monotonic()

    def stage(self, text: str) -> None:
        """Tell what is being prepared."""
        self._say(text)

    def warn(self, text: str) -> None:
        """Tell it."""
        self._say(f"warning: {text}")

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
    """One line about a finished trial; why it failed is told once per generator, at the end.

    >>> from synthcraft.records import Trial
    >>> told(Record(Trial("ctgan", 0, 0, "report"), "failed", "fit", "ValueError: x"))
    'ctgan.s0.r0.report failed in fit'
    """
    if record.status == "ok":
        return f"{record.trial.id} {sum(record.seconds.values()):.1f} s"
    return f"{record.trial.id} {record.status}" + (f" in {record.phase}" if record.phase else "")
