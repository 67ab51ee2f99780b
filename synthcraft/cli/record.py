"""``record``: the trials of sweeps as lines of a table that selectors learn from."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.cli.directories import require_runs
from synthcraft.errors import DataError, Problem, RunError

if TYPE_CHECKING:
    from synthcraft.results import Run

TABLE = Path("recorded.csv")


def parser() -> argparse.ArgumentParser:
    """The options of ``record``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft record",
        description="Add the trials of sweeps (selector: exhaustive) to a table that selectors "
        "learn from: scores, seconds and seven numbers about each table, never rows. The data "
        "are read again for these seven. A run that is recorded twice is not doubled.",
    )
    this.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories")
    this.add_argument(
        "-o", "--output", type=Path, default=TABLE, help="table to add to (default: %(default)s)"
    )
    return this


def main(argv: Sequence[str]) -> int:
    """Add the rows of all runs, or none."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    from synthcraft.report.words import counted
    from synthcraft.results import distinct, load_run
    from synthcraft.select import record

    table = record.read(options.output)
    for run in distinct([load_run(directory) for directory in options.runs]):
        new = record.rows(run.plan, run.records, about=about(run))
        table = record.merged(table, new)
        print(f"{run.id}: {counted(len(new), 'trial')} on {counted(run.plan.splits, 'split')}")
    _write(options.output, record.to_csv(table))
    datasets = len({row["dataset"] for row in table})
    print(f"{options.output}: {counted(len(table), 'trial')} of {counted(datasets, 'dataset')}")
    return 0


def about(run: "Run") -> dict[str, str | float]:
    """What is the same for all rows of a run.

    Raises
    ------
    DataError
        When the data are no longer those of the run.
    """
    from synthcraft.data.describe import fingerprint
    from synthcraft.data.split import apply_split, make_split
    from synthcraft.engine.table import read_table
    from synthcraft.select.context import context
    from synthcraft.spec.privacy import cut_of

    spec = run.spec
    table = read_table(spec)
    if fingerprint(table) != run.plan.fingerprint:
        hint = "Record a run while its data are as they were."
        raise DataError([Problem(run.id, "the data have changed since the run", hint)])
    fractions, cut = spec.design.fractions, cut_of(spec)
    first = apply_split(table, make_split(table, fractions, seed=spec.seed, index=0, cut=cut))
    made = run.provenance
    return {
        "run": run.id,
        "dataset": spec.name,
        "task": table.task,
        **context(first.train),
        "synthcraft": made.get("versions", {}).get("synthcraft", ""),
        "python": made.get("python", ""),
        "machine": f"{made.get('platform', '')}, {made.get('cores', '?')} cores",
    }


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as exc:
        message = f"cannot be written ({exc.strerror})"
        raise RunError([Problem(str(path), message, "Give another file with -o.")]) from None
