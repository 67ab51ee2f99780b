"""``report``: the report of a run, or of several together, built anew from their journals."""

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from synthcraft.cli.directories import folder, require_runs
from synthcraft.cli.main import NOT_PASSED


def parser() -> argparse.ArgumentParser:
    """The options of ``report``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft report",
        description="Build the report of a run anew; several runs give comparisons.",
    )
    this.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories")
    this.add_argument("--to", type=folder, metavar="DIR", help="where it is written")
    this.add_argument(
        "--release",
        action="store_true",
        help="also what a data steward decides on, of each run; exit code 4 where its "
        "release_policy does not pass",
    )
    this.add_argument(
        "--paper",
        type=folder,
        metavar="DIR",
        help="also what a paper needs: tables and figures for print, methods, references, "
        "reporting checklists",
    )
    this.add_argument(
        "--pdf", action="store_true", help="print the page, too: FOLDER.pdf beside its folder"
    )
    this.add_argument("--open", action="store_true", help="show it in the browser")
    return this


def main(argv: Sequence[str]) -> int:
    """Build the report, say its root hash (see ``verify``) and where it is."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    from synthcraft.report import build
    from synthcraft.report.manifest import FILE, root_of
    from synthcraft.report.pdf import printed_page
    from synthcraft.report.release.pack import NAME as RELEASE
    from synthcraft.report.render import undrawable

    index = build(options.runs, to=options.to, packs=[RELEASE] if options.release else [])
    root = root_of(index.with_name(FILE).read_bytes())
    print(f"root: {root}")
    print(f"report: {index}")
    if options.paper:
        from synthcraft.report.paper.pack import pack

        print(f"paper: {pack(options.runs, to=options.paper, root=root)}")
    if why := undrawable():
        print(f"no figure is drawn: {why}", file=sys.stderr)
    code = _decided(options.runs, index.parent) if options.release else 0
    if options.pdf:
        print(f"pdf: {printed_page(index)}")
    if options.open:
        webbrowser.open(index.resolve().as_uri())
    return code


def _decided(run_dirs: Sequence[Path], folder: Path) -> int:
    """Say where each release pack is and what the run's policy says; 4 where one does not pass."""
    from synthcraft.cli.run import may_be_released
    from synthcraft.report.crate import placed
    from synthcraft.report.release.decision import decided
    from synthcraft.report.release.pack import FILES
    from synthcraft.report.summary import Summary
    from synthcraft.report.write import places
    from synthcraft.results import distinct, load_run

    runs = distinct([load_run(directory) for directory in run_dirs])
    for run, place in zip(runs, places(runs), strict=True):
        print(f"release: {folder / placed(place, FILES[0])}\n  {decided(Summary(run))}")
    return 0 if all(map(may_be_released, runs)) else NOT_PASSED
