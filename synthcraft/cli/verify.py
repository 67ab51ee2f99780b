"""``verify``: whether a report is what its runs give, and whether runs give it again."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.errors import Problem, RunError, UserError

if TYPE_CHECKING:
    from synthcraft.report.verify import Verification

DIFFERS = 3


def parser() -> argparse.ArgumentParser:
    """The options of ``verify``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft verify",
        description="Compare a report with its manifest, then make every file of it again from "
        "the spec and journal that it carries and compare byte for byte. Exit code 0 where all is "
        "the same, 3 where anything differs.",
    )
    this.add_argument(
        "directories", nargs="+", type=Path, metavar="DIR", help="reports, or runs with a report"
    )
    this.add_argument("--hashes", action="store_true", help="compare with the manifest only")
    this.add_argument("--root", metavar="HASH", default="", help="the root hash that was quoted")
    this.add_argument("--json", action="store_true", help="print JSON")
    return this


def main(argv: Sequence[str]) -> int:
    """Verify each report and say what differs; the code is 3 where any does."""
    options = parser().parse_args(argv)
    if options.root and len(options.directories) > 1:
        raise UserError([Problem("--root", "is of one report", "Name one directory.")])
    _require_there(options.directories)
    from synthcraft.report.verify import summary, verify

    found = [
        verify(directory, remake=not options.hashes, root=options.root)
        for directory in options.directories
    ]
    if options.json:
        print(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for one in found:
            print("\n".join([f"{one.folder}", f"root: {one.root}", *summary(one)]))
    return DIFFERS if any(one.differences for one in found) else 0


def _require_there(directories: Sequence[Path]) -> None:
    problems = [
        Problem(str(path), "there is no such directory", "Name a report, or a run that has one.")
        for path in directories
        if not path.is_dir()
    ]
    if problems:
        raise RunError(problems)


def _plain(found: "Verification") -> dict[str, Any]:
    return {
        "directory": str(found.folder),
        "root": found.root,
        "verified": not found.differences,
        "files": found.files,
        "remade": found.remade,
        "differences": dict(found.differences),
        "notes": list(found.notes),
    }
