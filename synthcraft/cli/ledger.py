"""``ledger``: what private fits have spent, in each run and in all together."""

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.cli.directories import require_runs
from synthcraft.cli.text import paragraph, rounded_up, table
from synthcraft.errors import Problem, RunError

if TYPE_CHECKING:
    from synthcraft.privacy.ledger import Ledger, Line, Total
    from synthcraft.results import Run


def parser() -> argparse.ArgumentParser:
    """The options of ``ledger``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft ledger",
        description="Add up what private fits have spent: each that was started, also where it "
        "failed or was killed. Several runs are added up as if they were all on the same people, "
        "which is never too little.",
    )
    this.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories")
    this.add_argument("--json", action="store_true", help="print JSON")
    return this


def main(argv: Sequence[str]) -> int:
    """Print the ledger of all runs."""
    options = parser().parse_args(argv)
    require_runs(options.runs)
    _require_distinct(options.runs)
    from synthcraft.results import ledger_of, load_run

    runs = [load_run(directory) for directory in options.runs]
    ledgers = [
        replace(ledger_of(run), run=str(path)) for path, run in zip(options.runs, runs, strict=True)
    ]
    if options.json:
        print(json.dumps(_plain(ledgers), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print("\n\n".join("\n".join(block) for block in _text(runs, ledgers)))
    return 0


def _require_distinct(directories: Sequence[Path]) -> None:
    """A run must not count twice; two runs of one spec are two, whose noise differs."""
    places = [directory.resolve() for directory in directories]
    twice = sorted(
        {str(d) for d, p in zip(directories, places, strict=True) if places.count(p) > 1}
    )
    if twice:
        hint = "Give each run once."
        raise RunError([Problem(name, "is given twice", hint) for name in twice])


def _text(runs: Sequence["Run"], ledgers: Sequence["Ledger"]) -> Iterator[list[str]]:
    """One block of lines for each run, one for all together, one for what is not covered."""
    from synthcraft.privacy.ledger import together

    for one in ledgers:
        yield _run_lines(one)
    if len(ledgers) > 1:
        voids = [one.run for one in ledgers if one.void and one.accounted.fits]
        yield [
            f"all {len(ledgers)} runs together, as if on the same people:",
            *_totals(
                together(ledgers, claimed=False),
                together(ledgers, claimed=True),
                void=f"epsilon is void in {', '.join(voids)}" if voids else "",
            ),
        ]
    if any(one.spends for one in ledgers):
        yield ["not covered by any epsilon:", *_uncovered(runs)]


def _run_lines(one: "Ledger") -> list[str]:
    if not one.spends:
        return [f"{one.run}: no private generator was fitted, and nothing was spent"]
    header = ("arm", "generator", "epsilon of one fit", "delta", "fits", "epsilon of all fits")
    rows = [_cells(line, void=bool(one.void)) for line in one.lines]
    void = f"epsilon is void: {'; '.join(one.void)}" if one.void else ""
    told = [paragraph(f"{_unrecorded(one)} were started and left no record: they count.", indent=2)]
    return [
        f"{one.run}:",
        *(f"  {line}" for line in table(rows, header=header).splitlines()),
        *(told if any(line.unrecorded for line in one.lines) else []),
        *_selections(one),
        *_totals(one.accounted, one.claimed, void=void),
    ]


def _cells(line: "Line", *, void: bool) -> tuple[str, ...]:
    from synthcraft.privacy.words import CLAIMED

    mark = f" ({CLAIMED})" if line.claimed else " (void)" if void else ""
    return (
        line.arm,
        f"{line.plugin} ({line.mechanism})",
        f"{rounded_up(line.epsilon)}{mark}",
        f"{line.delta:.2g}",
        str(line.together.fits),
        f"{rounded_up(line.together.epsilon)}{mark}",
    )


def _selections(one: "Ledger") -> Iterator[str]:
    """What selecting the arm to release has spent beside the fits."""
    if one.selections:
        spend, times = one.selections[0], len(one.selections)
        again = f", begun {times} times, each of which counts" if times > 1 else ""
        told = f"private selection: epsilon {spend.epsilon:g} ({spend.mechanism}){again}"
        yield paragraph(told, indent=2)


def _unrecorded(one: "Ledger") -> str:
    count = sum(line.unrecorded for line in one.lines)
    return f"{count} of these fits"


def _totals(accounted: "Total", claimed: "Total", *, void: str) -> Iterator[str]:
    from synthcraft.privacy.words import CLAIMED

    if accounted.fits:
        yield paragraph(
            f"total: epsilon {rounded_up(accounted.epsilon)} at delta {accounted.delta:.2g} "
            f"({_fits(accounted)}){f'; {void}' if void else ''}",
            indent=2,
        )
    if claimed.fits:
        yield paragraph(
            f"apart from it: epsilon {rounded_up(claimed.epsilon)} at delta {claimed.delta:.2g} "
            f"({_fits(claimed)}), {CLAIMED}",
            indent=2,
        )


def _uncovered(runs: Sequence["Run"]) -> list[str]:
    """What leaves outside any ε, each sentence once."""
    from synthcraft.privacy.guarantee import guarantee

    terms = [guarantee(run.spec) for run in runs if run.spec.privacy]
    sentences = dict.fromkeys(sentence for one in terms for sentence in one.uncovered)
    return [paragraph(f"- {sentence}", indent=2) for sentence in sentences]


def _fits(total: "Total") -> str:
    return f"{total.fits:,} fit{'' if total.fits == 1 else 's'}"


def _plain(ledgers: Sequence["Ledger"]) -> dict[str, Any]:
    """The ledgers as JSON; an infinite ε is null."""
    from synthcraft.privacy.ledger import together

    return {
        "runs": [
            {
                "run": one.run,
                "void": list(one.void),
                "arms": [
                    {
                        "arm": line.arm,
                        "generator": line.plugin,
                        "mechanism": line.mechanism,
                        "claimed": line.claimed,
                        "epsilon": _finite(line.epsilon),
                        "delta": line.delta,
                        "unrecorded": line.unrecorded,
                        "together": _plain_total(line.together),
                    }
                    for line in one.lines
                ],
                "selection": [
                    {"mechanism": spend.mechanism, "epsilon": spend.epsilon, "delta": spend.delta}
                    for spend in one.selections
                ],
                "accounted": _plain_total(one.accounted),
                "claimed": _plain_total(one.claimed),
            }
            for one in ledgers
        ],
        "accounted": _plain_total(together(ledgers, claimed=False)),
        "claimed": _plain_total(together(ledgers, claimed=True)),
        "void": any(one.void for one in ledgers if one.accounted.fits),
    }


def _plain_total(total: "Total") -> dict[str, Any]:
    return {"epsilon": _finite(total.epsilon), "delta": total.delta, "fits": total.fits}


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else value
