"""``diff``: what differs between two runs in settings, data, environment, outcomes and numbers."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.directories import require_runs
from synthcraft.cli.text import paragraph, table
from synthcraft.printable import printable

if TYPE_CHECKING:
    from synthcraft.report.difference import Difference, Differing, Shift
    from synthcraft.results import Run

DIFFERENT = 3
MOST = 20  # lines of a part that are printed where not all are asked for
WIDEST = 34  # characters of a cell


def parser() -> argparse.ArgumentParser:
    """The options of ``diff``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft diff",
        description="Tell what differs between two runs: settings, data, environment, what became "
        "of trials, and numbers, the largest difference first. Exits 0 where nothing differs, "
        "3 where anything does.",
    )
    this.add_argument("runs", nargs=2, type=Path, metavar="RUN", help="run directories")
    form = this.add_mutually_exclusive_group()
    form.add_argument("--all", action="store_true", help=f"not only the first {MOST} of each part")
    form.add_argument("--json", action="store_true", help="print JSON, with everything in it")
    return this


def main(argv: Sequence[str]) -> int:
    """Print what differs; 3 where anything does."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    from synthcraft.report.difference import difference
    from synthcraft.results import load_run

    runs = [load_run(directory) for directory in options.runs]
    found = difference(*runs)
    if options.json:
        print(json.dumps(_plain(options.runs, runs, found), indent=2, ensure_ascii=False))
    else:
        most = None if options.all else MOST
        lines = _text(options.runs, runs, found, most)
        print("\n".join(printable(line) for line in lines))
    return 0 if found.same else DIFFERENT


# As text -------------------------------------------------------------------------------------


def _text(
    places: Sequence[Path], runs: Sequence["Run"], found: "Difference", most: int | None
) -> Iterator[str]:
    for name, place, run in zip(("first", "second"), places, runs, strict=True):
        yield f"{name + ':':<8}{place}  ({run.id}; {_state(run)})"
    parts = {
        "settings": found.settings,
        "data": found.data,
        "environment": found.environment,
        "outcomes": found.outcomes,
    }
    for title, differing in parts.items():
        yield from ("", f"{title}: {_counted(len(differing))}")
        yield from _facts(differing[:most])
        yield from _more(len(differing), most)
    yield from ("", *_numbers(found, most))


def _state(run: "Run") -> str:
    if run.complete:
        return f"complete, {len(run.records)} trials"
    return f"not complete: {len(run.records)} trials, {len(run.missing)} not run yet"


def _counted(differing: int) -> str:
    return "the same" if not differing else f"{differing:,} differ{'s' if differing == 1 else ''}"


def _facts(differing: Sequence["Differing"]) -> Iterator[str]:
    rows = [(_cut(f.path, 48), _cut(_shown(f.first)), _cut(_shown(f.second))) for f in differing]
    if rows:
        yield from _indented(table(rows, header=("", "first", "second")))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str, longest: int = WIDEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {line}" for line in text.splitlines())


def _more(number_of: int, most: int | None) -> Iterator[str]:
    if most is not None and number_of > most:
        yield f"  … and {number_of - most:,} more: --all or --json shows them"


def _numbers(found: "Difference", most: int | None) -> Iterator[str]:
    shifts = [shift for shift in found.shifts if shift.difference is not None]
    alone = [shift for shift in found.shifts if shift.difference is None]
    yield f"numbers: {found.alike:,} the same, {len(shifts):,} differ{_lacking(alone)}"
    if shifts:
        yield from _indented(paragraph(_reading(found, shifts)))
        rows = [_row(shift) for shift in shifts[:most]]
        header = ("arm", "measure", "first", "second", "difference", "95% interval")
        yield from _indented(table(rows, header=header))
        yield from _more(len(shifts), most)
    if alone:
        yield "  a value in one run only, or in none for different reasons:"
        rows = [(*_named(shift), _mean(shift.first), _mean(shift.second)) for shift in alone[:most]]
        yield from _indented(table(rows, header=("arm", "measure", "first", "second")))
        yield from _more(len(alone), most)


def _lacking(alone: Sequence["Shift"]) -> str:
    return f", {len(alone):,} cannot be compared" if alone else ""


def _reading(found: "Difference", shifts: Sequence["Shift"]) -> str:
    """How the intervals came about, and how many of them chance alone would show."""
    how = (
        f"Not paired, because {found.unpaired}: each interval is made of those of the two runs."
        if found.unpaired
        else "Paired over the splits that both runs have."
    )
    shown, told = sum(s.shown for s in shifts), sum(s.low is not None for s in shifts)
    chance = (
        f"{shown:,} of {told:,} intervals (*) lie on one side of 0; where nothing but chance "
        "differed, about one in twenty would."
        if told
        else "One split gives no interval: whether a difference is more than chance is not told."
    )
    return (
        "Difference is second − first; largest first, as a share of the range of all arms, "
        f"references and 0. {how} {chance}"
    )


def _row(shift: "Shift") -> tuple[str, ...]:
    gap = 0.0 if shift.difference is None else shift.difference
    bounds = "none"
    if shift.low is not None and shift.high is not None:
        bounds = f"{shift.low:+.3g} to {shift.high:+.3g}{' *' if shift.shown else ''}"
    return (*_named(shift), _mean(shift.first), _mean(shift.second), f"{gap:+.3g}", bounds)


def _named(shift: "Shift") -> tuple[str, str]:
    from synthcraft.report.summary import REPORTED

    q = shift.quantity
    role = "" if q.role == "value" else q.role
    about = (q.metric, q.model, q.column, q.group, role, q.augmentation)
    stage = "" if shift.stage in REPORTED else f" ({shift.stage})"
    return _cut(f"{shift.arm}{stage}", 26), _cut(" ".join(filter(None, about)), 44)


def _mean(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


# As JSON -------------------------------------------------------------------------------------


def _plain(places: Sequence[Path], runs: Sequence["Run"], found: "Difference") -> dict[str, Any]:
    sides = {
        name: {
            "directory": str(place),
            "run": run.id,
            "spec": run.plan.spec_id,
            "complete": run.complete,
            "trials": len(run.records),
            "missing": len(run.missing),
        }
        for name, place, run in zip(("first", "second"), places, runs, strict=True)
    }
    parts = {
        "settings": found.settings,
        "data": found.data,
        "environment": found.environment,
        "outcomes": found.outcomes,
    }
    numbers = {
        "paired": not found.unpaired,
        "unpaired": found.unpaired,
        "same": found.alike,
        "differ": [_flat(shift) for shift in found.shifts],
    }
    facts = {name: [asdict(fact) for fact in differing] for name, differing in parts.items()}
    return {"same": found.same, **sides, **facts, "numbers": numbers}


def _flat(shift: "Shift") -> dict[str, Any]:
    plain = asdict(shift)
    return {"arm": plain.pop("arm"), "stage": plain.pop("stage"), **plain.pop("quantity"), **plain}
