"""The recorded table: one line per trial of a sweep, with what it was worth and what it took.

It holds scores, seconds and what a table is like in seven numbers (select/context), and nothing
else of a table: no rows, no names of columns or levels. Policies learn their prior from it
(select/prior) and are replayed on it (select/replay).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from synthcraft.catalogue import GENERATORS
from synthcraft.errors import Problem, RunError, UserError
from synthcraft.plan import report_trials
from synthcraft.records import Plan, Record
from synthcraft.select import context
from synthcraft.select.arena import FAMILIES
from synthcraft.select.replay import LIMITED
from synthcraft.select.worths import scales, values_of, worths
from synthcraft.spec.types import ObjectiveSpec

Row = Mapping[str, str]

OBJECTIVE = ObjectiveSpec()  # the usual endpoints: a reward must be the same on every table
PHASES = ("fit", "sample", "evaluate")
MADE = ("synthcraft", "python", "machine")
COLUMNS = (
    *("run", "dataset", "task", *context.KEYS),
    *("arm", "plugin", "kind", "rung", "split", "replicate", *FAMILIES, *LIMITED),
    *(f"{phase}_seconds" for phase in PHASES),
    *("peak_mb", "status", *MADE),
)


def rows(
    plan: Plan, records: Sequence[Record], *, about: Mapping[str, str | float]
) -> tuple[Row, ...]:
    """One row for each report trial of a sweep, in the order of its plan.

    ``fidelity``, ``utility`` and ``privacy`` are worths in [0, 1], higher better (select/worths):
    the usual endpoint of each family between its floor and its ceiling, empty where the trial
    failed or the family tells nothing on this table. ``dcr_share`` and ``exact_match_rate`` are
    excesses over fresh rows, in their own units. Seconds are the CPU's where they were measured,
    which a busy machine changes less than wall seconds; ``peak_mb`` is in MB.

    Parameters
    ----------
    about
        What is the same for all rows: run, dataset, task, the context of the train rows
        (select/context) and what made them (synthcraft, python, machine).

    Raises
    ------
    RunError
        When a policy chose the trials, or rows were made for some groups only; when one of the
        sweep has no record (it has not ended), or no family can be told apart by the reference
        generators.
    """
    trials = report_trials(plan)
    by_id = {record.trial.id: record for record in records}
    name = str(about["run"])
    if plan.inner:
        message = "its selector chose what to train, so that arms cannot be compared on all splits"
        hint = "Run it as a sweep and record that: selector=exhaustive budget.seconds=null"
        raise RunError([Problem(name, message, hint)])
    if plan.controls:
        message = "it augments groups: what their rows are worth says little of whole tables"
        raise RunError([Problem(name, message, "Record a sweep without an augmentation block.")])
    if missing := sum(trial.id not in by_id for trial in trials):
        message = f"{missing} of {len(trials)} trials have no record"
        hint = "Record sweeps (selector: exhaustive) that have come to their end."
        raise RunError([Problem(name, message, hint)])
    found = scales(OBJECTIVE, plan.metrics, [r for r in records if r.trial.stage == "reference"])
    if not found:
        message = "its reference generators do not tell good from bad in any family"
        hint = "Measure contingency, utility and dcr_share on enough rows, on at least 2 splits."
        raise RunError([Problem(name, message, hint)])
    shared = {key: _text(value) for key, value in about.items()}
    return tuple(
        {
            **dict.fromkeys(COLUMNS, ""),
            **shared,
            **_of_trial(plan, by_id[trial.id]),
            **{family: _text(value) for family, value in worths(by_id[trial.id], found).items()},
        }
        for trial in trials
    )


def _of_trial(plan: Plan, record: Record) -> dict[str, str]:
    arm = plan.arm(record.trial.arm)
    excess = {key[0]: v for key, v in values_of(record).items() if key[2] == "excess"}
    seconds = record.seconds | record.cpu_seconds
    return {
        "arm": arm.label,
        "plugin": arm.plugin,
        "kind": GENERATORS.get(arm.plugin).family,
        "rung": _text(arm.rung),
        "split": str(record.trial.split),
        "replicate": str(record.trial.replicate),
        **{name: _text(excess.get(name)) for name in LIMITED},
        **{f"{phase}_seconds": _text(seconds.get(phase, 0.0)) for phase in PHASES},
        "peak_mb": _text(record.peak_mb),
        "status": record.status,
    }


def _text(value: str | float | None) -> str:
    """Whole numbers as they are; four significant digits tell more than a score is known to."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(int(value)) if float(value).is_integer() else f"{value:.4g}"


def merged(old: Sequence[Row], new: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of a table with those of other runs added; a run's earlier rows are replaced.

    Raises
    ------
    UserError
        When another run is recorded under the same name of a dataset: both would count as one.

    >>> one = {"run": "lung-1", "dataset": "lung", "split": "0"}
    >>> merged([one], [one]) == (one,)
    True
    """
    runs = {row["run"] for row in new}
    kept = [row for row in old if row["run"] not in runs]
    return (*kept, *_no_namesakes([*kept, *new], new))


def _no_namesakes(rows: Iterable[Row], new: Sequence[Row]) -> Sequence[Row]:
    runs: dict[str, set[str]] = {}
    for row in rows:
        runs.setdefault(row["dataset"], set()).add(row["run"])
    problems = [
        Problem(name, f"two runs have this name: {' and '.join(sorted(ids))}", "Give each its own.")
        for name, ids in runs.items()
        if len(ids) > 1
    ]
    if problems:
        raise UserError(problems)
    return new


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a recorded table; none where there is no file yet.

    Raises
    ------
    UserError
        When it cannot be read, or has other columns.
    """
    if not path.exists():
        return ()
    hint = "Name a table that synthcraft record made, or a new file."
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        message = f"cannot be read ({type(exc).__name__})"
        raise UserError([Problem(str(path), message, hint)]) from None
    found = csv.DictReader(io.StringIO(text), strict=True)
    if tuple(found.fieldnames or ()) != COLUMNS:
        raise UserError([Problem(str(path), "has not the columns of a recorded table", hint)])
    return tuple(_whole(path, found))


def _whole(path: Path, found: Iterable[dict[str, str]]) -> Iterator[Row]:
    for number, row in enumerate(found, start=2):
        if None in row or None in row.values():
            message = f"line {number} has not {len(COLUMNS)} cells"
            raise UserError([Problem(str(path), message, "Take the line out, or make it anew.")])
        yield row


def to_csv(rows: Iterable[Row]) -> str:
    """The table as text: the same bytes for the same rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
