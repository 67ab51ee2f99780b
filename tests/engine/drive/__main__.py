"""Runs a spec file as its own process: ``python -m tests.engine.drive FILE DIR``.

A package, as the command line is: a worker process imports any other main module once more.
"""

import sys
from pathlib import Path

from synthcraft.engine.observe import Silent
from synthcraft.engine.run import run
from synthcraft.errors import SynthCraftError
from synthcraft.records import Record
from synthcraft.spec.read import read_file
from synthcraft.spec.validate import parse


class Told(Silent):
    """Prints each finished trial, so that a test can act at that moment."""

    def finished(self, record: Record) -> None:
        """One line."""
        print(record.trial.id, record.status, flush=True)


if __name__ == "__main__":
    try:
        run(parse(read_file(Path(sys.argv[1]))), Path(sys.argv[2]), said=(), observer=Told())
    except SynthCraftError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
