"""``audit``: a membership game against every private generator of an experiment."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.text import paragraph
from synthcraft.errors import Problem, UserError

if TYPE_CHECKING:
    from synthcraft.privacy.audit import AuditResult
    from synthcraft.spec.types import Spec

REFUTED = 4
CAUTION = "No violation found is not a proof: another table, person or event may show more."


def parser() -> argparse.ArgumentParser:
    """The options of ``audit``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft audit",
        usage="python -m synthcraft audit (+exp=NAME | FILE.yaml) [key=value …] [-o FILE]",
        description="Play a membership game against each generator with an epsilon: many fits on "
        "made-up worst-case tables with and without one person, none on real rows. Exit code 4 "
        "where a lower bound exceeds the epsilon that is promised or claimed.",
        epilog="settings: privacy.audit.fits=500 (fits per world that judge; half as many on each "
        "of two tables choose the event), privacy.audit.confidence=0.999 (of each single bound)",
    )
    this.add_argument("words", nargs="+", metavar="key=value", help="the words of run")
    this.add_argument("--json", action="store_true", help="print a JSON list, one item per arm")
    this.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the JSON list here")
    return this


def main(argv: Sequence[str]) -> int:
    """0 where no bound exceeds its ε, else 4."""
    options = parser().parse_intermixed_args(argv)
    from synthcraft.cli.hydra_app import compose
    from synthcraft.privacy.audit import POWER
    from synthcraft.spec.validate import parse

    if options.output:
        _open(options.output, "a").close()  # a bad place is told before the fits, not after them
    request = overrides.read(
        options.words, groups=shipped.groups(), experiments=shipped.experiments()
    )
    results = _audit(parse(compose(request)), quiet=options.json)
    text = json.dumps([result.to_json() for result in results], indent=2, ensure_ascii=False)
    if options.json:
        print(text)
    else:
        print(paragraph(f"{CAUTION} {POWER}"))
    if options.output:
        with _open(options.output, "w") as file:
            file.write(text + "\n")
    return REFUTED if any(result.flagged for result in results) else 0


def _audit(spec: "Spec", *, quiet: bool) -> list["AuditResult"]:
    """The results, each printed as it comes unless ``quiet``."""
    from synthcraft.engine.audit import audit_arms
    from synthcraft.engine.table import read_table
    from synthcraft.plan import make_plan

    if spec.privacy is None:
        hint = "Add a privacy block, for example privacy=release privacy.rows=5000."
        raise UserError([Problem("privacy", "absent, so that no generator has an epsilon", hint)])
    table = read_table(spec)
    plan = make_plan(spec, task=table.task, fingerprint="")
    if all(arm.epsilon is None for arm in plan.arms):
        hint = "See: python -m synthcraft list generators"
        raise UserError([Problem("generators", "none of them has an epsilon to audit", hint)])
    if not quiet:
        for arm in plan.arms:
            if arm.epsilon is None:
                print(f"{arm.id}: not audited: it has no epsilon.")
    results = []
    for result in audit_arms(spec, plan, table):
        results.append(result)
        if not quiet:
            print(tell(result), flush=True)
    return results


def tell(result: "AuditResult") -> str:
    """What the audit of one arm showed, in sentences.

    >>> from synthcraft.privacy.audit import unplayed
    >>> from synthcraft.spec.types import AuditSpec
    >>> print(tell(unplayed("aim@eps=1", AuditSpec(), epsilon=1.0, delta=1e-5)))
    aim@eps=1: not audited.
    """
    if result.event is None or result.bound is None:
        return paragraph(f"{result.arm}: not audited{result.reason and ': '}{result.reason}.")
    bound, event = result.bound, result.event
    relation = "at least" if event.above else "at most"
    other = "without" if event.world == "with" else "with"
    lines = (
        f"epsilon {result.epsilon:g} at delta {result.delta:g}; lower bound {bound.epsilon:.2f} "
        f"with confidence {result.confidence:g}; the largest that {result.fits} fits per world "
        f"could have shown is {result.largest:.1f}",
        f"event on the {result.table} table: {result.statistic} {relation} "
        f"{event.threshold:.4g}, in {bound.tpr:.0%} of fits {event.world} "
        f"the canary (at least {bound.tpr_low:.0%}) and {bound.fpr:.0%} {other} "
        f"(at most {bound.fpr_high:.0%}); chosen on {result.pilot} other fits per world and table",
    )
    return "\n".join(
        [f"{result.arm}: {_verdict(result)}", *(paragraph(line, indent=2) for line in lines)]
    )


def _verdict(result: "AuditResult") -> str:
    if result.flagged:
        return "REFUTED: the bound exceeds epsilon"
    if result.largest <= result.epsilon:
        return "nothing shown: so few fits cannot exceed this epsilon"
    return "no violation found" + (" (weak evidence: few fits)" if result.weak else "")


def _open(path: Path, mode: Literal["a", "w"]) -> TextIO:
    try:
        return path.open(mode, encoding="utf-8")
    except OSError as exc:
        problem = Problem(str(path), f"cannot be written ({exc.strerror})", "Give another file.")
        raise UserError([problem]) from None
