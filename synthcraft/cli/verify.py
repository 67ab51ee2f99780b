"""``verify``: whether a report is what its runs give, and whether runs give it again."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.errors import complain
from synthcraft.errors import Problem, RunError, UserError
from synthcraft.printable import printable

if TYPE_CHECKING:
    from synthcraft.engine.recheck import Repeated
    from synthcraft.report.verify import Verification
    from synthcraft.results import Run

DIFFERS = 3
COUNTED = {"identical": "identical", "within": "within the interval", "different": "different"}
NOISE = " (its noise is the operating system's and stored nowhere: it cannot be the same)"


def parser() -> argparse.ArgumentParser:
    """The options of ``verify``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft verify",
        description="Compare a report with its manifest, then make every file of it again from "
        "the spec and journal that it carries and compare byte for byte. Exit code 0 where all is "
        "the same, 3 where anything differs. With --rerun, recorded trials are executed again on "
        "the data, too.",
    )
    this.add_argument(
        "directories", nargs="+", type=Path, metavar="DIR", help="reports, or runs with a report"
    )
    this.add_argument("--hashes", action="store_true", help="compare with the manifest only")
    this.add_argument("--root", metavar="HASH", default="", help="the root hash that was quoted")
    this.add_argument(
        "--rerun", type=_count, metavar="N", default=0, help="trials of each run to execute again"
    )
    this.add_argument(
        "--seed", type=_count, metavar="S", default=0, help="which trials are drawn (default 0)"
    )
    this.add_argument("--json", action="store_true", help="print JSON")
    return this


def main(argv: Sequence[str]) -> int:
    """Verify each report and say what differs.

    The code is 3 where any does, 2 where one cannot be verified at all and none differs.
    """
    options = parser().parse_args(argv)
    if options.root and len(options.directories) > 1:
        raise UserError([Problem("--root", "is of one report", "Name one directory.")])
    found: list[dict[str, Any]] = []
    codes = {0}
    for directory in options.directories:
        try:
            plain = _verified(directory, options)
        except UserError as exc:
            complain(exc)
            codes.add(exc.exit_code)
            continue
        found.append(plain)
        codes |= {0 if plain["verified"] else DIFFERS, 2 if _refused(plain) else 0}
        if not options.json:
            print("\n".join(_lines(plain)), flush=True)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    return max(codes)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}; give a whole number, 0 or more")
    return int(text)


def _verified(directory: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What came of one report, as plain data."""
    if not directory.is_dir():
        hint = "Name a report, or a run that has one."
        raise RunError([Problem(str(directory), "there is no such directory", hint)])
    from synthcraft.report.verify import verify

    report = verify(directory, remake=not options.hashes, root=options.root)
    reruns = _reruns(report, options) if options.rerun and "runs" not in report.differences else []
    differs = report.differences or any(rerun["differs"] for rerun in reruns)
    return {
        "directory": str(report.folder),
        "root": report.root,
        "verified": not differs,
        "files": report.files,
        "remade": report.remade,
        "differences": dict(report.differences),
        "notes": list(report.notes),
        "reruns": reruns,
    }


def _reruns(report: "Verification", options: argparse.Namespace) -> list[dict[str, Any]]:
    """What came of trials executed again, one entry for each run of the report."""
    from synthcraft.report.manifest import read
    from synthcraft.results import load_run

    folders = [report.folder / recorded.folder for recorded in read(report.folder).runs]
    return [_rerun(load_run(folder), options) for folder in folders]


def _rerun(run: "Run", options: argparse.Namespace) -> dict[str, Any]:
    from synthcraft.cli.progress import observer
    from synthcraft.engine.recheck import changed_versions, repeat

    trials: tuple[Repeated, ...] = ()
    refused = ""
    with observer(run.id, alone=True) as watcher:
        try:
            trials = repeat(run, options.rerun, seed=options.seed, observer=watcher)
        except UserError as exc:
            refused = str(exc)
    return {
        "run": run.id,
        "refused": refused,
        "differs": any(trial.differs for trial in trials),
        "versions": changed_versions(run),
        "trials": [_trial(trial) for trial in trials],
    }


def _refused(plain: dict[str, Any]) -> bool:
    """Whether trials of some run could not be executed again."""
    return any(rerun["refused"] for rerun in plain["reruns"])


def _trial(one: "Repeated") -> dict[str, Any]:
    return {
        "trial": one.trial.id,
        "before": one.before,
        "now": one.now,
        "noisy": one.noisy,
        **{name: one.counts[name] for name in ("identical", "within", "different")},
        "numbers": [
            {**number.measure.to_json(), "again": number.again, "likeness": number.likeness}
            for number in one.numbers
            if number.likeness != "identical"
        ],
    }


def _lines(plain: dict[str, Any]) -> list[str]:
    """What came of a report, in lines for a terminal."""
    wrong = [f"  {name}: {what}" for name, what in sorted(plain["differences"].items())]
    made = "" if plain["remade"] is None else f", {plain['remade']} made again byte for byte"
    good = f"{plain['files']} files as listed{made}"
    lines = [plain["directory"], f"root: {plain['root']}"]
    lines += [f"{len(wrong)} differ:", *wrong] if wrong else [good]
    lines += [*plain["notes"], *(line for rerun in plain["reruns"] for line in _told(rerun))]
    end = "verified" if plain["verified"] else "differs"
    end += ", but for trials that could not be executed again" if _refused(plain) else ""
    return [*map(printable, lines), end]


def _told(rerun: dict[str, Any]) -> list[str]:
    if rerun["refused"]:
        return [f"nothing of {rerun['run']} can be executed again: {rerun['refused']}"]
    lines = [f"executed again of {rerun['run']} (seconds and memory are not compared):"]
    for trial in rerun["trials"]:
        counts = [f"{trial[name]} {words}" for name, words in COUNTED.items() if trial[name]]
        was = "" if trial["now"] == trial["before"] else f", was {trial['before']}"
        noise = NOISE if trial["noisy"] else ""
        told = ", ".join(counts) or "no numbers"
        lines.append(f"  {trial['trial']}: {trial['now']}{was}; {told}{noise}")
        if not trial["noisy"]:
            lines += [_number(one) for one in trial["numbers"] if one["likeness"] == "different"]
    if rerun["versions"]:
        lines.append(f"Other versions than when it ran: {'; '.join(rerun['versions'])}.")
    return lines


def _number(one: dict[str, Any]) -> str:
    parts = (one[name] for name in ("metric", "model", "column", "group", "role"))
    was, now = ("none" if one[k] is None else f"{one[k]:.9g}" for k in ("value", "again"))
    return f"    {' '.join(part for part in parts if part)}: {was} recorded, {now} now"
