"""``validate``: everything that is wrong with experiments, or what they will do."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from synthcraft.cli import overrides, shipped
from synthcraft.cli.errors import complain
from synthcraft.errors import Problem, UserError

if TYPE_CHECKING:
    from synthcraft.spec.types import Spec


def parser() -> argparse.ArgumentParser:
    """The options of ``validate``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft validate",
        usage="python -m synthcraft validate (FILE.yaml … | +exp=NAME) [key=value …]",
        description="Tell all problems of experiments, or what they will do. Runs nothing.",
    )
    this.add_argument("words", nargs="+", metavar="FILE.yaml", help="files; or the words of run")
    this.add_argument("--json", action="store_true", help="print a JSON list, one item per spec")
    this.add_argument("--no-data", action="store_true", help="do not read the table")
    return this


@dataclass(frozen=True)
class Verdict:
    """What became of one spec."""

    spec: str
    valid: bool
    problems: tuple[Problem, ...] = ()
    id: str = ""
    arms: int = 0
    trials: int = 0
    seconds_at_most: float = 0

    def __str__(self) -> str:
        """One line for people."""
        limit = readable(self.seconds_at_most)
        return (
            f"{self.spec}: valid, id {self.id[:8]}, {self.arms} arms, "
            f"at most {self.trials} trials, at most {limit} (by its budget)"
        )


def main(argv: Sequence[str]) -> int:
    """0 when all specs are valid, else 2."""
    options = parser().parse_intermixed_args(argv)
    files = [word for word in options.words if overrides.is_file(word)]
    others = [word for word in options.words if word not in files]
    requests = [[file, *others] for file in files] or [others]
    verdicts = [judge(words, with_data=not options.no_data) for words in requests]
    if options.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2, ensure_ascii=False))
    else:
        for verdict in verdicts:
            _tell(verdict)
    return 0 if all(verdict.valid for verdict in verdicts) else 2


def _tell(verdict: Verdict) -> None:
    if verdict.valid:
        print(verdict)
    else:
        print(f"{verdict.spec}: not valid", file=sys.stderr)
        complain(UserError(verdict.problems))


def judge(words: Sequence[str], *, with_data: bool) -> Verdict:
    """The verdict on the spec that these words compose."""
    from synthcraft.cli.hydra_app import compose
    from synthcraft.spec.validate import parse

    name = next((word for word in words if "exp=" in word or overrides.is_file(word)), "spec")
    try:
        request = overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())
        spec = parse(compose(request))
        return Verdict(name, valid=True, id=spec.id, **extent(spec, with_data=with_data))
    except UserError as exc:
        return Verdict(name, valid=False, problems=exc.problems)


def extent(spec: "Spec", *, with_data: bool) -> dict[str, Any]:
    """How many arms and trials a spec means, and how long they may take by its budget.

    The table is read ``with_data``, which finds what does not fit it and tells the task; without,
    a task that is not declared is taken for survival where a time is named, else classification.
    """
    from synthcraft.plan import make_plan, reference_trials, report_trials

    task = spec.dataset.task or ("survival" if spec.dataset.time else "classification")
    if with_data:
        from synthcraft.data.load import load_table

        task = load_table(spec.dataset, seed=spec.seed).task
    plan = make_plan(spec, task=task, fingerprint="")
    trials = len(reference_trials(plan)) + len(report_trials(plan))
    workers = spec.execution.workers or os.cpu_count() or 1
    rounds = -(-trials // workers)
    return {
        "arms": len(plan.arms),
        "trials": trials,
        "seconds_at_most": rounds * spec.budget.trial_seconds,
    }


def readable(seconds: float) -> str:
    """A duration in its natural unit.

    >>> readable(90), readable(5400), readable(200_000)
    ('2 min', '1.5 h', '2.3 days')
    """
    for limit, size, unit in ((3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.{0 if unit == 'min' else 1}f} {unit}"
    return f"{seconds / 86_400:.1f} days"
