"""A trial of augmentation in a worker process: what rows of the targets do for each group.

A generator's rows of the targets are judged twice: by themselves, against real rows of the targets
(the metrics of the spec, on what the primary dose adds), and by what models learn from them beside
the train rows. A control has no synthetic rows: only the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from synthcraft.augment.added import Added, add_rows
from synthcraft.augment.cohort import Cohort
from synthcraft.augment.controls import control_trainings
from synthcraft.augment.doses import primary_of, rows_to_add
from synthcraft.augment.outcome import outcomes
from synthcraft.augment.training import arm_trainings
from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.engine.isolate import Tell
from synthcraft.engine.trial import Clock, TrialTask, as_made, keep, recorded, summarised
from synthcraft.errors import Problem, RunError
from synthcraft.metrics.evaluate import measured, synthetic_side, unmeasured
from synthcraft.records import Record, Trial
from synthcraft.spec.types import AugmentationSpec


@dataclass(frozen=True)
class ControlTask:
    """What a worker needs for one control; ``model_seed`` is the same for all trials of a split."""

    trial: Trial
    cohort: Cohort
    augmentation: AugmentationSpec
    seed: int
    model_seed: int


@dataclass(frozen=True)
class AugmentedTask:
    """What a worker needs for one trial of a generator.

    ``own`` is what any trial needs; its real side has the targets' rows only. ``model_seed`` is
    the same for all trials of a split, controls included.
    """

    own: TrialTask
    cohort: Cohort
    augmentation: AugmentationSpec
    model_seed: int


def run_control(task: ControlTask, tell: Tell) -> Record:
    """What models learn from a control's rows, as a record."""
    return recorded(
        task.trial, lambda clock: _control(task, clock), tell, seen=_tables(task.cohort)
    )


def run_augmented(task: AugmentedTask, tell: Tell) -> Record:
    """What the targets' synthetic rows are, and what models learn from them, as a record.

    A dose that some target did not get is a reason in the place of its measures; the trial has
    failed where the generator gave no row at all.
    """
    work, seen = (lambda clock: _augmented(task, clock)), _tables(task.cohort)
    return recorded(task.own.trial, work, tell, seen=seen)


def _control(task: ControlTask, clock: Clock) -> Record:
    clock.enter("sample")
    name = task.trial.arm
    trainings = control_trainings(name, task.cohort, task.augmentation, seed=task.seed)
    clock.enter("evaluate")
    found = outcomes(task.cohort, trainings, task.augmentation, seed=task.model_seed)
    return Record(task.trial, "ok", measures=found)


def _augmented(task: AugmentedTask, clock: Clock) -> Record:
    own = task.own
    added = _added(task, clock)
    part = _synthetic_part(task, added)
    clock.enter("evaluate")
    if isinstance(part, str):
        measures, summaries = unmeasured(own.real, part), {}
    else:
        keep(part if own.release is None else _as_made(task, added), own, 0)
        side = synthetic_side(own.real, part, seed=own.metric_seed)
        measures = measured(own.real, side)
        summaries = summarised(own.trial, own.real, side, part)
    trainings = arm_trainings(task.cohort, added, task.augmentation)
    found = outcomes(task.cohort, trainings, task.augmentation, seed=task.model_seed)
    return Record(own.trial, "ok", measures=(*measures, *found), summaries=summaries)


def _added(task: AugmentedTask, clock: Clock) -> Added:
    own = task.own
    card = GENERATORS.get(own.arm.plugin)
    clock.enter("fit")
    added = add_rows(
        card,
        card.params.model_validate(own.arm.params),
        task.cohort,
        task.augmentation,
        fit_seed=own.fit_seed,
        sample_seed=own.sample_seeds[0],
        device=own.device,
        release=own.release,
        tell=clock.enter,
    )
    if not (len(added.everyone) or any(len(rows) for rows in added.rows.values())):
        why = {*added.failed.values(), added.everyone_failed} - {""}
        raise RunError([Problem("", "; ".join(sorted(why)) or "no row was made")])
    return added


def _synthetic_part(task: AugmentedTask, added: Added) -> pd.DataFrame | str:
    """The rows that the primary dose adds to the targets; why they cannot be had, in words."""
    wanted = _wanted(task)
    if lacking := [name for name, n in wanted.items() if len(added.rows.get(name, ())) < n]:
        told = (added.failed.get(name, "too few rows were made") for name in lacking)
        return "; ".join(f"{name}: {why}" for name, why in zip(lacking, told, strict=True))
    return _first(added.rows, wanted)


def _as_made(task: AugmentedTask, added: Added) -> pd.DataFrame:
    """The same rows as a private release stores them (engine/trial.as_made)."""
    return as_made(_first(added.made, _wanted(task)))


def _wanted(task: AugmentedTask) -> dict[str, int]:
    """How many rows the primary dose adds to each target."""
    aug, cohort = task.augmentation, task.cohort
    return rows_to_add(aug, cohort.grouping, cohort.sizes, primary_of(aug))


def _first(rows: Mapping[str, pd.DataFrame], wanted: Mapping[str, int]) -> pd.DataFrame:
    return pd.concat([rows[name].iloc[:n] for name, n in wanted.items() if n], ignore_index=True)


def _tables(cohort: Cohort) -> tuple[Table, ...]:
    return cohort.train, cohort.validation, cohort.withheld, cohort.holdout
