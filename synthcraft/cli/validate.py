"""``validate``: everything that is wrong with experiments, or what they will do."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.errors import complain
from synthcraft.cli.text import paragraph
from synthcraft.errors import Problem, UserError

if TYPE_CHECKING:
    from synthcraft.data.table import Table
    from synthcraft.records import Plan
    from synthcraft.spec.types import Spec


def parser() -> argparse.ArgumentParser:
    """The options of ``validate``."""
    this = argparse.ArgumentParser(
        prog="python -m synthcraft validate",
        usage="python -m synthcraft validate (FILE.yaml … | +exp=NAME) [key=value …] [-m]",
        description="Tell all problems of experiments, or what they will do. Runs nothing.",
    )
    this.add_argument("words", nargs="+", metavar="FILE.yaml", help="files; or the words of run")
    this.add_argument(
        "-m",
        "--multirun",
        action="store_true",
        help="one verdict for each combination of comma-separated values, as run -m has runs",
    )
    this.add_argument("--json", action="store_true", help="print a JSON list, one item per spec")
    this.add_argument("--no-data", action="store_true", help="do not read the table")
    return this


@dataclass(frozen=True)
class Verdict:
    """What became of one spec; ``data`` is what its table is, where that was read.

    ``seconds`` are those it will probably take (``median``, and ``low`` to ``high`` in 80 %), as
    recorded trials tell; without the table they are not known. ``augmentation`` is what is asked
    of it, and in the first split the rows of each group, where the table was read. ``release`` has
    the arm that the release policy is about, its limits, and the rows that are to be handed over.
    """

    spec: str
    valid: bool
    problems: tuple[Problem, ...] = ()
    id: str = ""
    arms: int = 0
    trials: int = 0
    seconds_at_most: float = 0
    seconds: dict[str, float] | None = None
    data: dict[str, Any] | None = None
    augmentation: dict[str, Any] | None = None
    release: dict[str, Any] | None = None

    def __str__(self) -> str:
        """One line for people, and under it what the data are."""
        first = (
            f"{self.spec}: valid, id {self.id[:8]}, {_counted(self.arms, 'arm')}, "
            f"at most {_counted(self.trials, 'trial')}"
        )
        told = [*self._times(), *_data_lines(self.data), *_group_lines(self.augmentation)]
        told += _release_lines(self.release)
        return "\n".join([first, *(paragraph(line, indent=2) for line in told)])

    def _times(self) -> Iterator[str]:
        limit = f"at most {readable(self.seconds_at_most)}, where every trial takes its limit"
        if self.seconds is None:
            yield f"{limit} (with its table, there is an estimate)"
            return
        median, low, high = (readable(self.seconds[name]) for name in ("median", "low", "high"))
        yield f"about {median} ({low} to {high} in four of five cases, by recorded trials); {limit}"


def main(argv: Sequence[str]) -> int:
    """0 when all specs are valid, else 2."""
    options = parser().parse_intermixed_args(argv)
    files = [word for word in options.words if overrides.is_file(word)]
    others = [word for word in options.words if word not in files]
    requests = [[file, *others] for file in files] or [others]
    judge = judge_sweep if options.multirun else judge_one
    verdicts = [
        verdict for words in requests for verdict in judge(words, with_data=not options.no_data)
    ]
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


def judge_one(words: Sequence[str], *, with_data: bool) -> list[Verdict]:
    """The verdict on the spec that these words compose."""
    from synthcraft.cli.hydra_app import compose

    name = next((word for word in words if "exp=" in word or overrides.is_file(word)), "spec")
    try:
        return [_judge(name, compose(_request(words)), with_data=with_data)]
    except UserError as exc:
        return [Verdict(name, valid=False, problems=exc.problems)]


def judge_sweep(words: Sequence[str], *, with_data: bool) -> list[Verdict]:
    """The verdicts on all specs that these words compose, as ``run -m`` would run them."""
    from synthcraft.cli.hydra_app import launch

    verdicts: list[Verdict] = []

    def task(plain: dict[str, Any], *, jobs: int, words: str) -> int:  # noqa: ARG001 (not run)
        verdicts.append(_judge(words, plain, with_data=with_data))
        return 0

    here = [word for word in words if not word.startswith("hydra")]  # no other process is needed
    try:
        launch(_request(here), task, flags=["--multirun"])
    except UserError as exc:
        return [*verdicts, Verdict(" ".join(words), valid=False, problems=exc.problems)]
    return verdicts


def _request(words: Sequence[str]) -> overrides.Request:
    return overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())


def _judge(name: str, plain: dict[str, Any], *, with_data: bool) -> Verdict:
    from synthcraft.spec.validate import parse

    try:
        spec = parse(plain)
        return Verdict(name, valid=True, id=spec.id, **extent(spec, with_data=with_data))
    except UserError as exc:
        return Verdict(name, valid=False, problems=exc.problems)


def extent(spec: "Spec", *, with_data: bool) -> dict[str, Any]:
    """How many arms and trials a spec means, and how long they may take by its budget.

    The table is read ``with_data``, which finds what does not fit it and tells the task; without,
    a task that is not declared is taken for survival where a time is named, else classification.
    """
    from synthcraft.plan import declared_task, make_plan, most_trials

    table = _table(spec) if with_data else None
    data = _data(table) if table is not None else None
    held_out = data["held_out"] if data else None
    task = table.task if table is not None else declared_task(spec)
    plan = make_plan(spec, task=task, fingerprint="", held_out=held_out)
    choosing, others = most_trials(plan, spec.budget)
    return {
        "arms": len(plan.arms),
        "trials": choosing + others,
        "seconds_at_most": _seconds_at_most(spec, choosing, others),
        "seconds": data and _seconds(spec, data),
        "data": data,
        "augmentation": None if table is None else _augmentation(spec, plan, table),
        "release": _release(spec),
    }


def _release(spec: "Spec") -> dict[str, Any] | None:
    """What the release policy is about, None without one."""
    from synthcraft.spec.privacy import generator_label, private_labels
    from synthcraft.spec.release import BUDGET, named_arm, rows_released

    policy = spec.release_policy
    if policy is None:
        return None
    arm = named_arm(spec)
    private = not arm or generator_label(arm) in private_labels(spec)
    spent = [label for label, limit in policy.limits.items() if limit.measure in BUDGET]
    return {
        "arm": arm,
        "limits": list(policy.limits),
        "rows": rows_released(spec),
        "hopeless": [] if private else spent,
    }


def _release_lines(told: dict[str, Any] | None) -> Iterator[str]:
    if told is None:
        return
    arm = told["arm"] or "the arm that the run chooses"
    rows = told["rows"] and f"; {_counted(told['rows'], 'row')} are handed over if it passes"
    limits = f"{_counted(len(told['limits']), 'limit')} ({', '.join(told['limits'])})"
    yield f"release policy: {limits} on {arm}{rows or ''}"
    if told["hopeless"]:
        yield f"it will not pass: {arm} has no ε ({', '.join(told['hopeless'])})"


def _seconds(spec: "Spec", data: dict[str, Any]) -> dict[str, float]:
    """What recorded trials foretell of a run on this table."""
    from synthcraft.select.estimate import estimate

    columns = len(data["numeric"]) + len(data["categorical"])
    run = estimate(spec, data["rows"], columns, task=data["task"]).run
    return {name: round(value, 1) for name, value in asdict(run).items()}


def _seconds_at_most(spec: "Spec", choosing: int, others: int) -> float:
    """By the budget: what a trial may take for each, and ``budget.seconds`` for choosing."""
    budget = spec.budget
    workers = spec.execution.workers or os.cpu_count() or 1
    beside = min(workers, spec.selector.batch)
    chosen = -(-choosing // beside) * budget.trial_seconds
    if budget.seconds is not None:
        chosen = min(chosen, budget.seconds + budget.trial_seconds)
    return -(-others // workers) * budget.trial_seconds + chosen


def _table(spec: "Spec") -> "Table":
    """The table, once it fits the spec; what its values are warned of is told."""
    from synthcraft.engine.table import read_table
    from synthcraft.privacy.domain import clipped_warnings

    table = read_table(spec)
    for text in clipped_warnings(table) if spec.privacy else ():
        print(f"warning: {text}", file=sys.stderr)
    return table


def _augmentation(spec: "Spec", plan: "Plan", table: "Table") -> dict[str, Any] | None:
    """What is asked of augmentation, once every split can answer it; rows are the first one's."""
    from synthcraft.engine.cohorts import told_design
    from synthcraft.engine.parts import divide, sizes

    if spec.augmentation is None:
        return None
    splits = sizes(spec, divide(spec, plan, table))["splits"]
    return {
        **told_design(spec.augmentation, plan, table),
        "rows": splits[0]["augmentation"],
        "chosen_by": spec.selector.plugin if plan.inner else None,
    }


def _data(table: "Table") -> dict[str, Any]:
    """What the table is; of groups under ten rows no number is told."""
    from synthcraft.data.describe import describe_table
    from synthcraft.engine.table import held_out

    told = describe_table(table)
    balance = told["target_balance"] or {}
    return {
        **{key: told[key] for key in ("rows", "persons", "task", "target", "positive")},
        "held_out": held_out(table),
        "positive_rows": balance.get(table.positive, "<10") if table.positive else None,
        "numeric": list(table.numeric),
        "categorical": list(table.categorical),
        "notes": told["notes"],
    }


def _data_lines(data: dict[str, Any] | None) -> Iterator[str]:
    if data is None:
        return
    persons = f" of {_counted(data['persons'], 'person')}" if data["persons"] else ""
    held_out = data["held_out"]
    apart = "" if held_out is None else f", {held_out:,} of them held out as the data declare"
    yield f"{_counted(data['rows'], 'usable row')}{persons}{apart}"
    positive = f", positive level {data['positive']!r} ({data['positive_rows']} rows)"
    yield f"{data['task']} of {data['target']!r}" + (positive if data["positive"] else "")
    for kind in ("numeric", "categorical"):
        names = data[kind]
        yield f"{_counted(len(names), f'{kind} column')}" + (f": {', '.join(names)}" * bool(names))
    yield from data["notes"]


def _group_lines(told: dict[str, Any] | None) -> Iterator[str]:
    """Whose rows are added, how many, and what that is compared with."""
    if told is None:
        return
    doses = ", ".join(f"{dose:g}" for dose in told["doses"])
    yield (
        f"augmentation by {' and '.join(told['columns'])}: doses of {doses} % (rule "
        f"{told['rule']}), of which {told['primary']:g} % decides; compared with "
        f"{', '.join(told['controls'])}"
    )
    if told["chosen_by"]:
        endpoint = told["endpoint"]
        yield (
            f"{told['chosen_by']} chooses by the mean gain of {', '.join(told['targets'])} over "
            f"nothing added ({endpoint['metric']}, {endpoint['model']}); no other group may lose "
            f"more than {told['margin']:g} on average"
        )
    rows = told["rows"]
    for group in told["targets"]:
        added = ", ".join(f"{counts[group]}" for counts in rows["add"].values())
        withheld = f", {rows['withheld'][group]} withheld" if any(rows["withheld"].values()) else ""
        yield (
            f"{group}: in the first split {rows['train'][group]} train rows{withheld}; rows added "
            f"by dose: {added}"
        )


def _counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> _counted(1, "arm"), _counted(2500, "usable row")
    ('1 arm', '2,500 usable rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def readable(seconds: float) -> str:
    """A duration in its natural unit.

    >>> readable(7), readable(90), readable(5400), readable(200_000)
    ('7 s', '2 min', '1.5 h', '2.3 days')
    """
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.{1 if unit == 'h' else 0}f} {unit}"
    return f"{seconds / 86_400:.1f} days"
