"""All that is wrong with a draft: by schema, profile, table, plan and time.

The real table is read on this computer. No problem that may leave it rests on fewer than k people,
and neither may whether there is one: who proposes ranges could find a person's value by trial.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.catalogue import GENERATORS, Task
from synthcraft.chat.draft import Draft
from synthcraft.chat.explain import meaning
from synthcraft.chat.guarded import guarded
from synthcraft.chat.model.fitting import interpolations
from synthcraft.chat.proposals import augmented, complete
from synthcraft.chat.talk import Data
from synthcraft.data.profile import ColumnProfile, Kind, Profile, rounded
from synthcraft.errors import DataError, Problem, SpecError, UserError, nearest
from synthcraft.plan import chooses, declared_task, make_plan, part_problems
from synthcraft.spec.privacy import cut_of, is_accounted, outside_of
from synthcraft.spec.validate import parse, schema_problems

if TYPE_CHECKING:
    from synthcraft.data.columns import Outside
    from synthcraft.data.split import Split
    from synthcraft.data.table import Table
    from synthcraft.select.estimate import Estimate
    from synthcraft.spec.types import Spec

MISSING = "is missing"
_STAND_INS: Mapping[str, Any] = {"name": "draft", "generators": {"draft": {"plugin": "arf"}}}
_PRIVATE = {"draft": {"plugin": "independent"}}
_ONE = ("target", "time", "id", "weight")
_SEVERAL = ("sensitive", "quasi_identifiers", "keep", "drop")
_PLAYED = ("target", "time", "weight", "sensitive", "quasi_identifiers")
_HOLDS: Mapping[Kind, str] = {
    "text": "free text",
    "identifier": "numbers or codes of single persons or records",
    "date": "dates",
    "constant": "only one value",
    "empty": "no values",
}
_ANY_HINT = "Give another value, or take it back: then its default holds."


def problems(draft: Draft, data: Data | None) -> list[Problem]:
    """Everything that is wrong with a draft and may be told, sorted by path, each with a hint.

    What a spec needs and nobody has settled yet "is missing". Where only a name or generators are
    missing, the rest is checked as if there were some. Without ``data`` no table is read; with it,
    that table alone, whatever file the draft names.

    >>> found = problems(Draft({"name": "x", "dataset": {"plugin": "nhanes"}, "seeds": 1}), None)
    >>> [str(problem) for problem in found if problem.path == "seeds"]
    ["seeds: unknown setting. Did you mean 'seed'?"]
    """
    told, _ = _found(draft, data)
    return sorted(told, key=lambda problem: (problem.path, problem.message))


def problems_when_completed(draft: Draft, data: Data | None) -> list[Problem]:
    """What is wrong with a draft once all is filled in that nobody has to decide.

    What stays missing then, only the researcher can tell. Nothing is told of what would be filled
    in anyway: a model that hears of it settles it itself, and worse.

    >>> begun = Draft({"dataset": {"plugin": "nhanes"}})
    >>> [problem.path for problem in problems(begun, None)], problems_when_completed(begun, None)
    (['generators', 'name'], [])
    """
    return problems(draft.changed(complete(draft, data), turn=0), data)


def local_problems(draft: Draft, data: Data | None) -> list[Problem]:
    """What only the values of few people make wrong: for the researcher's eyes, never to be sent.

    Values outside a declared range, unreadable ones, rules on rare levels … A run refuses a table
    for these as for any other problem.
    """
    _, few = _found(draft, data)
    return sorted(few, key=lambda problem: (problem.path, problem.message))


def duration(draft: Draft, data: Data) -> "Estimate | None":
    """About how long the run of a draft will take; None as long as that cannot be told."""
    from synthcraft.select.estimate import estimate

    try:
        spec = parse(_on_table(draft.plain, data))
        return estimate(spec, *_size(data.profile, spec))
    except UserError:
        return None


def _found(draft: Draft, data: Data | None) -> tuple[set[Problem], list[Problem]]:
    """The problems that may be told, and those that rest on few people."""
    plain = _on_table(draft.plain, data)
    lacks = [key for key in _STAND_INS if key not in plain]
    found = [*schema_problems(plain), *interpolations(plain)]
    few: list[Problem] = []
    if all(problem.path in lacks for problem in found):
        more, few = _of_whole(plain, data)
        found += [problem for problem in more if problem.path.partition(".")[0] not in lacks]
    if data is not None:
        named = [*_of_names(plain, data.profile), *_of_groups(plain, data.profile)]
        again = {problem.path for problem in named}
        found = [*named, *(problem for problem in found if problem.path not in again)]
        few = [problem for problem in few if problem.path not in again]
    return {_advised(problem, plain) for problem in found}, few


def _advised(problem: Problem, plain: Mapping[str, Any]) -> Problem:
    """The problem with something to do about it."""
    path = tuple(problem.path.split("."))
    return problem if problem.hint else replace(problem, hint=meaning(plain, path) or _ANY_HINT)


# The table of the conversation -------------------------------------------------------------------


def _on_table(plain: Mapping[str, Any], data: Data | None) -> dict[str, Any]:
    """The draft on this conversation's table: no proposal decides which file is read."""
    dataset = plain.get("dataset", {})
    params = dataset.get("params", {}) if isinstance(dataset, Mapping) else None
    if data is None or not isinstance(params, Mapping):
        return dict(plain)
    own = {k: v for k, v in params.items() if not guarded(("dataset", "params", k))}
    table = {**dataset, "plugin": data.plugin, "params": {**own, **data.params}}
    return {**plain, "dataset": table}


def _of_names(plain: Mapping[str, Any], profile: Profile) -> Iterator[Problem]:
    """Columns that the table does not have, or that cannot play their part."""
    dataset = plain.get("dataset")
    if not isinstance(dataset, Mapping):
        return
    for part, name in _named(dataset):
        column = profile.column(name)
        if column is None:
            path = f"dataset.{part}" + f".{name}" * (part == "columns")
            yield Problem(path, f"the table has no column {name!r}", nearest(name, profile.names))
        elif part in _PLAYED:
            yield from _of_part(part, column)
        elif part == "columns" and isinstance(names := dataset["columns"], Mapping):
            yield from () if plain.get("privacy") else _of_meaning(names[name], column)
    target, positive = profile.column(str(dataset.get("target"))), dataset.get("positive")
    if target and target.levels and positive is not None and str(positive) not in target.levels:
        # Of rarer levels, too: that one of them exists is not to be found by asking for it.
        message = f"{target.name!r} has no level {str(positive)!r} of {profile.k} people or more"
        yield Problem("dataset.positive", message, nearest(str(positive), target.levels))


def _of_groups(plain: Mapping[str, Any], profile: Profile) -> Iterator[Problem]:
    """Columns and groups that are to get rows, and that the profile does not know."""
    block = plain.get("augmentation")
    if not isinstance(block, Mapping):
        return
    names = augmented(Draft({"augmentation": block}))
    columns = [column for name in names if (column := profile.column(name))]
    for name in names:
        if told := _no_groups(plain, name, profile):
            yield Problem("augmentation.column", *told)
    groups = block.get("groups")
    if len(columns) < len(names) or not isinstance(groups, (list, tuple)):
        return
    for group in map(str, groups):
        # A level of one column may hold the sign that stands between those of several.
        parts = [part.strip() for part in group.split("&")] if len(names) > 1 else [group]
        if len(parts) == len(names):
            yield from _of_levels(parts, columns, profile.k)


def _no_groups(plain: Mapping[str, Any], name: str, profile: Profile) -> tuple[str, str] | None:
    """Why a column forms no groups, and what to do; None where it does."""
    column = profile.column(name)
    if column is None:
        return f"the table has no column {name!r}", nearest(name, profile.names)
    if column.kind in _HOLDS:
        return f"{name!r} holds {_HOLDS[column.kind]}", "Name a column of groups."
    declared = Draft(plain).get("dataset", "columns", name, "type")
    if column.kind == "numeric" and declared != "categorical":
        return f"{name!r} holds amounts, and groups are levels", "Name a column of groups."
    return None


def _of_levels(parts: list[str], columns: list[ColumnProfile], k: int) -> Iterator[Problem]:
    for part, column in zip(parts, columns, strict=True):
        if column.levels and part not in column.levels:
            told = f"{column.name!r} has no level {part!r} of {k} people or more"
            yield Problem("augmentation.groups", told, nearest(part, column.levels))


def _named(dataset: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every column that a dataset block names, with the part that it plays."""
    for part in _ONE:
        if isinstance(dataset.get(part), str):
            yield part, dataset[part]
    for part in (*_SEVERAL, "columns"):
        names = dataset.get(part)
        for name in names if isinstance(names, (list, tuple, Mapping)) else ():
            yield part, str(name)


def _of_part(part: str, column: ColumnProfile) -> Iterator[Problem]:
    """What a column holds that cannot be an outcome, a time, a weight or a group."""
    if column.kind in _HOLDS:
        message = f"{column.name!r} holds {_HOLDS[column.kind]}"
        yield Problem(f"dataset.{part}", message, "Name another column, or make it groups.")
    elif part in ("time", "weight") and column.kind != "numeric":
        message = f"{column.name!r} is not numeric"
        yield Problem(f"dataset.{part}", message, "Name a column of numbers.")


def _of_meaning(meant: Any, column: ColumnProfile) -> Iterator[Problem]:
    """Declared ranges and levels that leave out k people or more, as far as the profile knows."""
    path = f"dataset.columns.{column.name}"
    if not isinstance(meant, Mapping):
        return
    levels = meant.get("levels")
    if isinstance(levels, (list, tuple)):
        absent = [level for level in column.levels if level not in map(str, levels)]
        if absent:
            listed = ", ".join(map(repr, absent[:10]))
            yield Problem(f"{path}.levels", f"the table also has {listed}", "Add what is missing.")
    if column.low is None or column.high is None:
        return
    # A bound is rounded outwards by no more than this, so that k people are beyond what is left.
    least = (column.high - column.low) / 5
    for side, bound, sign in (("low", column.low, 1), ("high", column.high, -1)):
        said = meant.get(side)
        if isinstance(said, (int, float)) and (said - bound) * sign > least:
            message = (
                f"the table's values go {'up' if side == 'high' else 'down'} to about {bound:g}"
            )
            yield Problem(f"{path}.{side}", message, "Move it, or leave it out.")


# The whole, once it can be read ------------------------------------------------------------------


def _of_whole(plain: Mapping[str, Any], data: Data | None) -> tuple[list[Problem], list[Problem]]:
    """What contradicts, does not fit the table, cannot be planned, or takes too long."""
    generators = {"generators": _PRIVATE} if plain.get("privacy") else {}
    try:
        spec = parse({**_STAND_INS, **generators, **plain})
    except SpecError as exc:
        return list(exc.problems), []
    if data is None:
        return list(_of_plan(spec, declared_task(spec))), []
    try:
        table = _table_of(spec)
    except UserError as exc:
        few = [p for p in exc.problems if _rests_on_few(p, data.profile)]
        told = [coarse(p, plain, data.profile) for p in exc.problems if p not in few]
        task, more = declared_task(spec), []
    else:
        few, told = [], []
        task, more = table.task, list(_of_table(spec, table))
        few = [] if more else _of_small_groups(spec, table)
    return [*told, *more, *_of_plan(spec, task), *_of_time(spec, data.profile, task)], few


def _table_of(spec: "Spec") -> "Table":
    """The table of a spec, read once for the same settings.

    Raises
    ------
    DataError
        With all that does not fit it.
    """
    path = Path(str(spec.dataset.params.get("path", ""))).expanduser()
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    found = _read(spec.dataset.model_dump_json(), spec.seed, outside_of(spec), stamp)
    if isinstance(found, tuple):
        raise DataError(found)
    return found


@lru_cache(maxsize=2)
def _read(
    dataset: str,
    seed: int,
    outside: "Outside",
    stamp: int,  # noqa: ARG001 (the file's: once it is changed, it is read again)
) -> "Table | tuple[Problem, ...]":
    from synthcraft.data.load import load_table
    from synthcraft.spec.types import DatasetSpec

    try:
        return load_table(DatasetSpec.model_validate_json(dataset), seed=seed, outside=outside)
    except UserError as exc:
        return exc.problems


def _of_table(spec: "Spec", table: "Table") -> Iterator[Problem]:
    """What design, metrics and privacy ask of the table, as a run does (engine/table)."""
    from synthcraft.metrics.choice import misfits
    from synthcraft.privacy.declarations import domain_problems

    held_out = None if table.held_out is None else int(table.held_out.sum())
    yield from part_problems(spec, held_out=held_out)
    yield from misfits(spec.metrics, table)
    if spec.privacy and is_accounted(spec):
        yield from domain_problems(table, spec.privacy)


def _of_small_groups(spec: "Spec", table: "Table") -> list[Problem]:
    """Groups to be augmented that the table does not have, or has too few people of in a split."""
    from synthcraft.augment.cohort import make_cohort

    if spec.augmentation is None:
        return []
    shares, cut = spec.design.fractions, cut_of(spec)
    for split in _splits(spec, table):
        try:
            make_cohort(table, split, spec.augmentation, shares, seed=spec.seed, cut=cut)
        except UserError as exc:
            return list(exc.problems)
    return []


def _splits(spec: "Spec", table: "Table") -> "Iterator[Split]":
    """The splits of a run, as engine/parts makes them: also those on which a selector judges."""
    from synthcraft.data.split import make_inner, make_split

    shares, cut = spec.design.fractions, cut_of(spec)
    for index in range(1 if chooses(spec) else spec.design.splits):
        yield make_split(table, shares, seed=spec.seed, index=index, cut=cut)
    if chooses(spec):
        first = make_split(table, shares, seed=spec.seed, index=0, cut=cut)
        for index in range(spec.design.splits):
            yield make_inner(table, first, shares, seed=spec.seed, index=index, cut=cut)


def _of_plan(spec: "Spec", task: Task) -> Iterator[Problem]:
    """Generators that cannot do the task, and epsilons that none can promise."""
    try:
        plan = make_plan(spec, task=task, fingerprint="")
    except SpecError as exc:
        yield from exc.problems
        return
    able = ", ".join(card.name for card in GENERATORS if task in card.tasks and not card.reference)
    for label in spec.generators:
        if why := plan.impossible.get(label):
            yield Problem(f"generators.{label}", why, f"Leave it out. These can: {able}.")


def _of_time(spec: "Spec", profile: Profile, task: Task) -> Iterator[Problem]:
    """Generators that are hardly ever done in time, and a choice without time for one trial."""
    from synthcraft.select.estimate import estimate

    try:
        trials = estimate(spec, *_size(profile, spec), task=task).unlimited
    except SpecError:
        return  # no generator can be used, as the plan tells
    limit = spec.budget.trial_seconds
    for label, seconds in trials.items():
        if seconds.low > limit:
            yield Problem(
                "budget.trial_seconds",
                f"a trial of {label} takes about {_spoken(seconds.median)} on this table, but is "
                f"stopped after {_spoken(limit)}",
                f"Allow more (budget.trial_seconds: {math.ceil(2 * seconds.median)}), train "
                f"{label} less, or leave it out.",
            )
    whole = spec.budget.seconds
    quickest = min(trials, key=lambda label: trials[label].median)
    if whole is not None and chooses(spec) and trials[quickest].low > whole:
        median = trials[quickest].median
        yield Problem(
            "budget.seconds",
            f"{_spoken(whole)} are less than one trial of the quickest generator, {quickest}, "
            f"takes: about {_spoken(median)}",
            f"Allow more (budget.seconds: {math.ceil(10 * median)}), or train for less time.",
        )


def _size(profile: Profile, spec: "Spec") -> tuple[int, int]:
    """About how many rows and columns a generator sees."""
    dataset = spec.dataset
    apart = {dataset.id, dataset.weight, *(dataset.drop or ())}
    names = set(profile.names if dataset.keep is None else dataset.keep) - apart
    columns = [c for c in profile.columns if c.name in names and c.kind != "constant"]
    return max(profile.rows, 1), max(len(columns), 1)


def _spoken(seconds: float) -> str:
    """A duration in its natural unit.

    >>> _spoken(40), _spoken(90), _spoken(7000)
    ('40 seconds', '2 minutes', '1.9 hours')
    """
    if seconds < 60:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 3600 else f"{seconds / 3600:.1f} hours"


# As it may be told -------------------------------------------------------------------------------

_COUNT = re.compile(
    r"(?<![Ff]ewer than )(?<!has )(?<![\w.'-])\d[\d,]*(?= (?:(?:usable|different) )?"
    r"(?:values?|rows|times|persons|people)\b| are not$)"
)
_LEVELS = re.compile(r"(?<![\w.'-])\d[\d,]*(?= (?:levels|different values)\b)|(?<=has )\d[\d,]*")
_CLASSES = re.compile(r"\d[\d,]* class(?:es)? of")
_NUMBER = re.compile(r"(?<![\w.'-])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w'])")
_OUTSIDE = re.compile(r"dataset\.columns\..*\.(low|high|levels)", re.DOTALL)
_LISTED = re.compile(r" ?Its levels: .*", re.DOTALL)
_LIMITS = frozenset({0.0, 1.0, 2.0, 10.0, 50.0, 100.0, 1e15, 1e30})  # that our messages name


def _rests_on_few(problem: Problem, profile: Profile) -> bool:
    """Whether a table's problem is that of fewer than k people, or may be.

    Rows are counted, so that where persons have several rows no count tells of how many people.
    """
    if problem.path.startswith("dataset.rules.") or _OUTSIDE.fullmatch(problem.path):
        return True  # that of rare levels and last values; of others the profile tells
    counts = [_amount(number) for number in _COUNT.findall(_LEVELS.sub("", problem.message))]
    repeated = profile.persons is not None and profile.persons < profile.rows
    whole = problem.path in ("dataset", "dataset.params.path")
    return bool(counts) and not whole and (repeated or min(counts) < profile.k)


def coarse(problem: Problem, plain: Mapping[str, Any], profile: Profile) -> Problem:
    """A problem of a table as it may be told: no exact count, no value, no file.

    Numbers of rows, people and levels are rounded, or told as "fewer than k"; other numbers stay
    where the draft holds them and where they are limits of ours. The table's levels are not listed.

    >>> found = Problem("dataset.columns.age.high", "1,234 values are above 80", "Move it.")
    >>> draft = {"dataset": {"columns": {"age": {"high": 80}}}}
    >>> coarse(found, draft, Profile(rows=5000, columns=())).message
    'about 1,200 values are above 80'
    """
    if guarded(tuple(problem.path.split("."))):
        return Problem(problem.path, "the table cannot be read", "Name its file once more.")
    if problem.message == "not given":
        return replace(problem, message=MISSING)
    draft = json.dumps(plain, default=str)
    known = _LIMITS | {_amount(number) for number in _NUMBER.findall(draft)}

    def told(text: str) -> str:
        def number(match: "re.Match[str]") -> str:
            at = match.start()
            if _COUNT.match(text, at) or _LEVELS.match(text, at):
                return _about(round(_amount(match[0])), profile.k)
            return match[0] if _amount(match[0]) in known else "…"

        return _NUMBER.sub(number, _CLASSES.sub("classes of", text))

    return Problem(problem.path, told(problem.message), told(_LISTED.sub("", problem.hint)))


def _amount(number: str) -> float:
    return float(number.replace(",", ""))


def _about(count: int, k: int) -> str:
    return f"fewer than {k}" if count < k else f"about {rounded(count, k):,}"
