"""From a dataset spec to a typed table, with every problem of the data told at once."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from synthcraft.catalogue import DATASETS, DatasetCard, Params, Task
from synthcraft.data.columns import (
    Outside,
    ReadColumn,
    identifier_problem,
    is_binary,
    is_declared,
    kind_of,
    names_of,
    read_column,
)
from synthcraft.data.describe import SMALLEST, count_text
from synthcraft.data.outcome import natural_event, outcome_problems, rarer_level
from synthcraft.data.parts import part_problems, twin_problems
from synthcraft.data.roles import role_problems, settle_roles
from synthcraft.data.rules import rule_problems
from synthcraft.data.screen import pool_note, pool_of, screen_problems
from synthcraft.data.source import Source
from synthcraft.data.split import MISSING_SUFFIX, Keys, person_keys
from synthcraft.data.table import Table, conform
from synthcraft.errors import DataError, Problem, SpecError
from synthcraft.spec.types import ColumnSpec, DatasetSpec

FEWEST_ROWS = 50
EXACT = 2.0**53  # beyond it, neighbouring whole numbers are no longer told apart
_SUBSAMPLE = Problem(
    "dataset.params.sample",
    "who is in a random subsample of fixed size depends on everybody, so no epsilon would hold",
    "Leave it out under differential privacy, or make the smaller table beforehand.",
)


def load_table(dataset: DatasetSpec, *, seed: int, outside: Outside = "refuse") -> Table:
    """The typed table that a dataset spec describes.

    Parameters
    ----------
    dataset
        plug-in, roles and meanings; what it leaves silent comes from the plug-in, then from the
        data (rules: ``columns.read_column``).
    seed
        the spec's seed; it draws subsamples and simulated people.
    outside
        whether values outside a declared range or declared levels are refused, or kept: under
        differential privacy they are cut off by the domain, not here. Then a constant column is
        refused, not left out, and decimals are not inferred; rows whose outcome has an undeclared
        level are dropped, as those without an outcome are.

    Raises
    ------
    UserError
        with every problem found: unreadable file, unknown names, an outcome that does not fit
        the task, identifiers among the columns, too few rows.

    Notes
    -----
    Rows without target (or time), and rows that miss a column with policy "drop", are dropped and
    counted in ``notes``. Constant columns are left out with a note. The id column becomes
    ``groups``, the weight column ``weights``, strata and clusters ``clusters``.

    >>> spec = DatasetSpec(plugin="simulated", params={"n": 100})
    >>> table = load_table(spec, seed=0)
    >>> len(table), table.target, table.task, table.positive
    (100, 'outcome', 'classification', 'yes')
    """
    return load_from(DATASETS.get(dataset.plugin), dataset, seed=seed, outside=outside)


def load_from(
    card: DatasetCard, dataset: DatasetSpec, *, seed: int, outside: Outside = "refuse"
) -> Table:
    """The typed table of a dataset whose card need not be registered; see ``load_table``."""
    params = params_of(card, dataset)
    if outside == "keep" and getattr(params, "sample", None) is not None:
        raise DataError([_SUBSAMPLE])
    source: Source = card.load()(params, seed=seed)
    frame = source.frame.set_axis([str(name) for name in source.frame.columns], axis=1)
    settled = settle_roles(dataset, source, proposed=card.defaults or {})
    told: dict[str, Any] = {"truth": source.truth, "notes": source.notes, "outside": outside}
    return build_table(frame, settled, held_out=source.held_out, **told)


def params_of(card: DatasetCard, dataset: DatasetSpec) -> Params:
    """The plug-in's parameters that a dataset spec gives.

    Raises
    ------
    SpecError
        with each that is unknown or unusable.
    """
    try:
        return card.params.model_validate(dataset.params)
    except ValidationError as error:
        raise SpecError(
            Problem(
                ".".join(["dataset.params", *map(str, found["loc"])]),
                found["msg"],
                f"See: synthcraft describe dataset {card.name}",
            )
            for found in error.errors(include_input=False)
        ) from None


def build_table(
    frame: pd.DataFrame,
    dataset: DatasetSpec,
    *,
    truth: dict[str, Any] | None = None,
    notes: tuple[str, ...] = (),
    held_out: "np.ndarray[Any, np.dtype[np.bool_]] | None" = None,
    outside: Outside = "refuse",
) -> Table:
    """The typed table of raw rows under a settled dataset spec.

    ``held_out`` marks the rows that no generator has seen, where the data declare it; for
    ``outside`` see ``load_table``.

    Raises
    ------
    DataError
        with every problem found.
    """
    problems = role_problems(dataset, frame.columns)
    if problems or dataset.target is None:
        raise DataError(problems)
    task = dataset.task or _infer_task(frame, dataset)
    names = _used_names(frame, dataset)
    rows, dropped = _complete_rows(frame, dataset, names=names, outside=outside)
    read = {name: _read(rows[name], dataset, task=task, outside=outside) for name in names}
    constant = [
        name
        for name, one in read.items()
        if one.values.nunique() == 1 and name not in _outcome(dataset)
    ]
    problems = [
        *(problem for one in read.values() for problem in one.problems),
        *_column_problems(read, dataset),
        *outcome_problems(read, dataset, task=task),
        *_size_problems(rows, names, constant, dropped),
    ]
    varying = {name: one for name, one in read.items() if name not in constant}
    problems += rule_problems(dataset.rules or {}, varying)
    keys, id_problems = _keys(rows, dataset)
    # A number per person in order of appearance: the identifiers themselves do not travel on.
    groups = None if keys is None else pd.factorize(keys)[0]
    weights, weight_problems = _weights(rows, dataset)
    if held_out is not None:
        held_out = pd.Series(held_out, index=frame.index).loc[rows.index].to_numpy()
        problems += part_problems(held_out, groups)
        problems += twin_problems(
            pd.DataFrame({name: one.values for name, one in read.items()}), held_out
        )
    clusters, cluster_problems = _clusters(rows, dataset)
    problems += [*id_problems, *weight_problems, *cluster_problems]
    problems += _constant_roles(dataset, constant)
    problems += screen_problems(dataset, private=outside == "keep")
    if outside == "keep":
        problems += _constant_problems(constant)
    if problems:
        raise DataError(problems)
    pool = pool_of(varying, dataset)
    apart = {column.name for column in pool.columns} if pool else set()
    columns = tuple(one.column for name, one in varying.items() if name not in apart)
    values = pd.DataFrame({column.name: read[column.name].values for column in columns})
    return Table(
        frame=conform(values, columns).reset_index(drop=True),
        columns=columns,
        pool=pool,
        task=task,
        target=dataset.target,
        positive=_positive(read[dataset.target], dataset, task=task),
        time=dataset.time,
        sensitive=dataset.sensitive or (),
        quasi_identifiers=dataset.quasi_identifiers,
        rules=dataset.rules or {},
        groups=groups,
        keys=keys,
        held_out=held_out,
        weights=weights,
        clusters=clusters,
        truth=truth or {},
        notes=(
            *notes,
            *dropped,
            *_remarks(read, dataset, task=task, apart={*constant, *apart}, constant=constant),
            *pool_note(pool),
        ),
    )


def _constant_roles(dataset: DatasetSpec, constant: Sequence[str]) -> Iterator[Problem]:
    """Columns with one value that are declared to tell groups or persons apart."""
    for role in ("sensitive", "quasi_identifiers"):
        for name in getattr(dataset, role) or ():
            if name in constant:
                message = f"{name!r} has only one value"
                yield Problem(f"dataset.{role}", message, "Leave it out here.")


def _constant_problems(constant: Sequence[str]) -> Iterator[Problem]:
    for name in constant:
        yield Problem(
            f"dataset.columns.{name}",
            "only one value occurs; to leave it out unasked would tell that nobody differs",
            f"Leave it out by your own decision: dataset.drop: [{name}]",
        )


def _outcome(dataset: DatasetSpec) -> tuple[str | None, str | None]:
    return dataset.target, dataset.time


def _used_names(frame: pd.DataFrame, dataset: DatasetSpec) -> list[str]:
    kept = (
        frame.columns if dataset.keep is None else [n for n in frame.columns if n in dataset.keep]
    )
    apart = {dataset.id, dataset.weight, dataset.strata, dataset.cluster, *(dataset.drop or ())}
    return [name for name in kept if name not in apart]


def _infer_task(frame: pd.DataFrame, dataset: DatasetSpec) -> Task:
    if dataset.time is not None:
        return "survival"
    declared = dataset.columns.get(str(dataset.target), ColumnSpec())
    target = frame[dataset.target]
    if declared.type is not None:
        return "regression" if declared.type == "numeric" else "classification"
    numeric = kind_of(target) == "number" and not declared.levels and not is_binary(target)
    return "regression" if numeric else "classification"


def _policy(name: str, dataset: DatasetSpec) -> str:
    return dataset.columns.get(name, ColumnSpec()).missing or dataset.missing


def _complete_rows(
    frame: pd.DataFrame, dataset: DatasetSpec, *, names: list[str], outside: Outside
) -> tuple[pd.DataFrame, list[str]]:
    """Rows that have their outcome and every column that must be present, and what was dropped.

    Where values outside what is declared are kept, a level of the outcome that is not declared
    counts as a missing one, as it does in the domain of a private release.
    """
    rest = [n for n in names if n not in _outcome(dataset) and _policy(n, dataset) == "drop"]
    levels = dataset.columns.get(str(dataset.target), ColumnSpec()).levels
    must = {f"no {n} (the outcome)": frame[n].notna() for n in _outcome(dataset) if n in names}
    if levels and outside == "keep":
        undeclared = f"a level of {dataset.target} (the outcome) that is not declared"
        must[undeclared] = is_declared(frame[dataset.target], levels)
    must["a missing value where dataset.missing says drop"] = frame[rest].notna().all(axis=1)
    kept = np.ones(len(frame), dtype=bool)
    dropped = []
    for reason, fits in must.items():
        left = kept & fits.to_numpy()
        if count := int(kept.sum() - left.sum()):
            dropped.append((count, int(kept.sum()), reason))
        kept = left
    # Beside totals, a small count could be computed.
    few = any(count < SMALLEST for count, _, _ in dropped)
    return frame.loc[kept], [
        f"{count_text(count)}{'' if few else f' of {total:,}'} rows dropped: {reason}."
        for count, total, reason in dropped
    ]


def _read(
    values: "pd.Series[Any]", dataset: DatasetSpec, *, task: Task, outside: Outside
) -> ReadColumn:
    name = str(values.name)
    is_target = name == dataset.target
    declared = dataset.columns.get(name, ColumnSpec())
    # A follow-up time, or a score, of 0 and 1 only is still a number.
    amount = name == dataset.time or (is_target and task == "regression")
    if amount and not declared.levels and kind_of(values) == "number":
        declared = declared.model_copy(update={"type": declared.type or "numeric"})
    return read_column(
        values,
        declared,
        missing=dataset.missing,
        # A target with too many levels is told in terms of the task (outcome_problems).
        max_levels=max(dataset.max_levels, len(values)) if is_target else dataset.max_levels,
        categorical=is_target and task != "regression",
        outside=outside,
    )


def _column_problems(read: dict[str, ReadColumn], dataset: DatasetSpec) -> list[Problem]:
    empty = [n for n, one in read.items() if one.values.isna().all() and not one.problems]
    empty = [name for name in empty if name not in _outcome(dataset)]
    problems = []
    if empty:
        path = f"dataset.columns.{empty[0]}" if len(empty) == 1 else "dataset.columns"
        listed = json.dumps(empty, ensure_ascii=False)
        hint = f"Leave them out: dataset.drop: {listed}"
        problems.append(Problem(path, f"no values at all in {', '.join(empty)}", hint))
    for name, one in read.items():
        if name in empty:
            continue
        if not (one.problems or name in _outcome(dataset)) and (found := identifier_problem(one)):
            problems.append(found)
        if one.column.missing == "impute" and f"{name}{MISSING_SUFFIX}" in read:
            problems.append(
                Problem(
                    f"dataset.columns.{name}.missing",
                    f"imputing adds a column {name + MISSING_SUFFIX!r}, which is already there",
                    "Rename that column.",
                )
            )
    return problems


def _size_problems(
    rows: pd.DataFrame, names: list[str], constant: list[str], dropped: list[str]
) -> list[Problem]:
    problems = []
    if len(rows) < FEWEST_ROWS:
        hint = " ".join([f"At least {FEWEST_ROWS} rows are needed.", *dropped])
        problems.append(Problem("dataset", f"{len(rows)} usable rows", hint))
    if len(names) - len(constant) < 2:
        problems.append(
            Problem(
                "dataset",
                "only one column that varies is left",
                "A target and at least one other column are needed.",
            )
        )
    return problems


def _keys(rows: pd.DataFrame, dataset: DatasetSpec) -> tuple[Keys | None, list[Problem]]:
    """A number per row that depends on the person's identifier alone."""
    if dataset.id is None:
        return None, []
    if absent := int(rows[dataset.id].isna().sum()):
        return None, [
            Problem("dataset.id", f"{absent:,} rows have no {dataset.id!r}", "Clean the data.")
        ]
    if _has_lost_digits(rows[dataset.id]):
        message = f"some of {dataset.id!r} are large numbers, of which reading lost the last digits"
        hint = (
            "One with a point or an exponent makes all of them inexact: write them as whole ones."
        )
        return None, [Problem("dataset.id", message, hint)]
    return person_keys(rows[dataset.id]), []


def _has_lost_digits(identifiers: "pd.Series[Any]") -> bool:
    """Whether some are floating-point numbers so large that different persons' would be equal."""
    is_float = pd.api.types.is_float_dtype(identifiers.dtype)
    return is_float and bool((identifiers.abs() >= EXACT).any())


def _weights(
    rows: pd.DataFrame, dataset: DatasetSpec
) -> tuple["np.ndarray[Any, np.dtype[np.float64]] | None", list[Problem]]:
    """A weight per row: a number, 0 or more."""
    if dataset.weight is None:
        return None, []
    weights = pd.to_numeric(rows[dataset.weight], errors="coerce").to_numpy(dtype=float)
    unusable = ~(np.isfinite(weights) & (weights >= 0))
    if unusable.any() or not weights.any():
        few = count_text(int(unusable.sum())) if unusable.any() else "all"
        message = f"{few} rows have no usable weight in {dataset.weight!r}"
        return None, [Problem("dataset.weight", message, "Weights are numbers of 0 or more.")]
    return weights, []


def _clusters(
    rows: pd.DataFrame, dataset: DatasetSpec
) -> tuple["np.ndarray[Any, np.dtype[np.int64]] | None", list[Problem]]:
    """A number per stratum and one per cluster in it (rows × 2), where either is declared.

    Without clusters every row is one; without strata there is one stratum.
    """
    declared = {"strata": dataset.strata, "cluster": dataset.cluster}
    problems = [
        Problem(f"dataset.{role}", f"some rows have no {name!r}", "Clean the data.")
        for role, name in declared.items()
        if name is not None and rows[name].isna().any()
    ]
    if problems or not any(declared.values()):
        return None, problems
    strata = 0 if dataset.strata is None else pd.factorize(rows[dataset.strata])[0]
    rank = range(len(rows)) if dataset.cluster is None else pd.factorize(rows[dataset.cluster])[0]
    return np.column_stack([np.broadcast_to(strata, len(rows)), np.asarray(rank)]), []


def _positive(target: ReadColumn, dataset: DatasetSpec, *, task: Task) -> str | None:
    if task == "regression" or len(target.column.levels) != 2:
        return None
    if dataset.positive is not None:
        return dataset.positive
    return natural_event(target) if task == "survival" else rarer_level(target)


def _remarks(
    read: dict[str, ReadColumn],
    dataset: DatasetSpec,
    *,
    task: Task,
    apart: set[str],
    constant: list[str],
) -> list[str]:
    remarks = []
    if dataset.task is None:
        remarks.append(f"The task was not stated; the target's values suggest {task}.")
    if dataset.weight is not None:
        remarks.append(
            f"Weights ({dataset.weight}) are kept out: numbers describe the sample, not the "
            "population; only analyses that metrics.estimand declares are also weighted."
        )
    if constant:
        remarks.append(
            f"Left out, because they have only one value: "
            f"{names_of([read[name].column for name in constant])}."
        )
    codes = [one.column for name, one in read.items() if name not in apart and _few_codes(one)]
    if codes:
        remarks.append(
            f"Read as numbers although they have few values: {names_of(codes)}. If these are "
            "codes, declare them categorical (dataset.columns)."
        )
    return remarks


def _few_codes(one: ReadColumn) -> bool:
    column = one.column
    inferred_whole = column.numeric and column.decimals == 0 and column.origin == "inferred"
    return inferred_whole and one.values.nunique() <= 10
