"""The cohorts of a run with augmentation: made, divided into what judges, and told in numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthcraft.augment.cards import CONTROLS, endpoint
from synthcraft.augment.cohort import Cohort, make_cohort, rows_of, sizes_of
from synthcraft.augment.doses import doses_of, label, primary_of, rows_to_add
from synthcraft.augment.groups import grouping
from synthcraft.data.describe import SMALLEST
from synthcraft.data.split import Parts, Split
from synthcraft.data.table import Table
from synthcraft.plan import control_trials
from synthcraft.records import Plan
from synthcraft.spec.privacy import cut_of
from synthcraft.spec.types import AugmentationSpec, Spec

FEW = f"<{SMALLEST}"


def cohort_of(spec: Spec, table: Table, split: Split) -> Cohort | None:
    """The cohort of a split, inner or not; None without augmentation.

    Raises
    ------
    DataError
        When a target has too few rows, or too few to be judged on.
    """
    if spec.augmentation is None:
        return None
    return make_cohort(
        table, split, spec.augmentation, spec.design.fractions, seed=spec.seed, cut=cut_of(spec)
    )


def of_targets(cohort: Cohort) -> Parts:
    """The targets' rows of train and holdout: what rows made for them are judged against."""
    return Parts(_of_targets(cohort, cohort.train), _of_targets(cohort, cohort.holdout))


def _of_targets(cohort: Cohort, part: Table) -> Table:
    groups = cohort.grouping
    return part.take(np.sort(np.concatenate([rows_of(groups, part, t) for t in groups.targets])))


def added_in_all(spec: AugmentationSpec, cohort: Cohort) -> int:
    """How many rows the primary dose adds to all targets."""
    return sum(rows_to_add(spec, cohort.grouping, cohort.sizes, primary_of(spec)).values())


def told_design(spec: AugmentationSpec, plan: Plan, table: Table) -> dict[str, Any]:
    """What is asked of augmentation, as plain data, for the journal's header."""
    groups, (metric, model) = grouping(spec, table), endpoint(table.task, spec)
    trials = control_trials(plan)
    return {
        "columns": list(groups.columns),
        "groups": list(groups.names),
        "targets": list(groups.targets),
        "rule": spec.rule,
        "doses": list(doses_of(spec)),
        "primary": primary_of(spec),
        "models": list(spec.models),
        "endpoint": {"metric": metric, "model": model},
        "margin": spec.margin,
        "controls": {
            arm.id: {
                "summary": CONTROLS[arm.plugin].summary,
                "replicates": sum(t.arm == arm.id and t.split == 0 for t in trials),
            }
            for arm in plan.controls
        },
    }


def told_rows(spec: AugmentationSpec, cohort: Cohort) -> dict[str, Any]:
    """Rows of a split by group, as plain data; of fewer than 10, that there are so few.

    ``events`` are the holdout's rows of the positive level, where the outcome has one.
    """
    known, groups = cohort.sizes, cohort.grouping
    events = cohort.holdout.positive is not None
    return {
        "train": _told(known),
        "validation": len(cohort.validation),
        "withheld": _told(sizes_of(groups, cohort.withheld)),
        "holdout": _told(sizes_of(groups, cohort.holdout)),
        "events": _told(sizes_of(groups, _events(cohort.holdout))) if events else {},
        "add": {
            label(dose): _told(rows_to_add(spec, groups, known, dose)) for dose in doses_of(spec)
        },
    }


def _events(part: Table) -> Table:
    """The rows of the positive level."""
    return part.take(np.flatnonzero(part.frame[part.target] == part.positive))


def _told(counts: Mapping[str, int]) -> dict[str, int | str]:
    return {name: FEW if 0 < count < SMALLEST else count for name, count in counts.items()}
