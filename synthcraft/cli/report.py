"""``report``: the report of a run, or of several together, built anew from their journals."""

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from synthcraft.cli.directories import require_runs


def parser() -> argparse.ArgumentParser:
    """The options of ``report``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft report",
        description="Build the report of a run anew; several runs give comparisons.",
    )
    this.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories")
    this.add_argument("--to", type=Path, metavar="DIR", help="where it is written")
    this.add_argument("--open", action="store_true", help="show it in the browser")
    return this


def main(argv: Sequence[str]) -> int:
    """Build the report, say its root hash (see ``verify``) and where it is."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    from synthcraft.report import build
    from synthcraft.report.manifest import FILE, root_of
    from synthcraft.report.render import undrawable

    index = build(options.runs, to=options.to)
    print(f"root: {root_of(index.with_name(FILE).read_bytes())}")
    print(f"report: {index}")
    if why := undrawable():
        print(f"no figure is drawn: {why}", file=sys.stderr)
    if options.open:
        webbrowser.open(index.resolve().as_uri())
    return 0
