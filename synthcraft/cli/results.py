"""``results``: runs as one tidy long table."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from synthcraft.cli.directories import require_runs


def parser() -> argparse.ArgumentParser:
    """The options of ``results``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft results",
        description="Print one row per measured value, failed, skipped or missing trial.",
    )
    this.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories")
    form = this.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="as CSV (the default)")
    form.add_argument("--json", action="store_true", help="as JSON, a list of rows")
    return this


def main(argv: Sequence[str]) -> int:
    """Print the table of all runs."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    from synthcraft.results import distinct, load_run, tidy, to_csv

    frame = tidy(distinct([load_run(directory) for directory in options.runs]))
    if options.json:
        print(frame.to_json(orient="records", double_precision=15, force_ascii=False))
    else:
        print(to_csv(frame), end="")
    return 0
