"""The cohorts of a run with augmentation: made, divided into what judges, and told in numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from synthcraft.augment.cards import CONTROLS, endpoint
from synthcraft.augment.cohort import Cohort, make_cohort, rows_of, sizes_of
from synthcraft.augment.doses import doses_of, label, primary_of, rows_to_add
from synthcraft.augment.groups import grouping
from synthcraft.data.describe import SMALLEST
from synthcraft.data.split import Parts, Split
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem
from synthcraft.plan import control_trials
from synthcraft.records import Plan
from synthcraft.spec.privacy import cut_of
from synthcraft.spec.types import AugmentationSpec, Spec

FEW, MANY = f"<{SMALLEST}", f"≥{SMALLEST}"


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


def check_withheld(spec: AugmentationSpec | None, cohorts: Iterable[Cohort]) -> None:
    """Refuse to undersample where that withholds nobody.

    Raises
    ------
    DataError
        When rows should be withheld, and each target of each cohort keeps all that it has.
    """
    if spec is None or spec.undersample is None or any(len(c.withheld) for c in cohorts):
        return
    message = f"got {spec.undersample:,}: each target group keeps all its train rows"
    hint = "Let fewer stay, or leave it out: then nothing is withheld."
    raise DataError([Problem("augmentation.undersample", message, hint)])


def told_rows(spec: AugmentationSpec, cohort: Cohort) -> dict[str, Any]:
    """Rows of a split by group, as plain data, but for numbers that tell one under 10 (``told``).

    Those of targets are hidden last: how many rows they got, and were judged on, tells them anyway.
    ``events`` are the holdout's rows of the positive level, where the outcome has one.
    """
    known, groups = cohort.sizes, cohort.grouping
    gone, judged = sizes_of(groups, cohort.withheld), sizes_of(groups, cohort.holdout)
    return {
        "train": told([known], [len(cohort.train)], apart=groups.targets),
        "validation": len(cohort.validation),
        "withheld": told([gone], [len(cohort.withheld)]),
        "holdout": told([judged], [len(cohort.holdout)], apart=groups.targets),
        "events": _told_events(cohort, judged) if cohort.holdout.positive is not None else {},
        "add": {
            label(dose): _shown(rows_to_add(spec, groups, known, dose)) for dose in doses_of(spec)
        },
    }


def told(
    counts: Sequence[Mapping[str, int]], totals: Sequence[int], *, apart: Sequence[str] = ()
) -> dict[str, int | str]:
    """The first of some counts by group, as anybody may read it.

    A group is hidden ("<10", or "≥10") where it has fewer than 10 in one of ``counts``; and where
    ``totals``, which are known, would still tell such a number (of hidden groups together, and of
    rows of no group), so are others: the smallest first, ``apart`` last.

    >>> told([{"a": 70, "b": 40, "c": 3}], [113])
    {'a': 70, 'b': '≥10', 'c': '<10'}
    >>> told([{"a": 70, "b": 40, "c": 3}], [113], apart=["b"])
    {'a': '≥10', 'b': 40, 'c': '<10'}
    >>> told([{"a": 70, "b": 40}], [114])  # four rows belong to no group
    {'a': 70, 'b': '≥10'}
    """
    first = counts[0]
    hidden = {name for one in counts for name, n in one.items() if 0 < n < SMALLEST}
    order = sorted(first, key=lambda name: (name in apart, first[name]))
    for name in order:
        shown = (sum(n for key, n in one.items() if key not in hidden) for one in counts)
        rests = [total - known for total, known in zip(totals, shown, strict=True)]
        if not any(0 < rest < SMALLEST for rest in rests):
            break
        if first[name]:
            hidden.add(name)
    return _shown(first, hidden)


def _shown(counts: Mapping[str, int], hidden: Iterable[str] = ()) -> dict[str, int | str]:
    unsure = dict.fromkeys(hidden, MANY)
    return {
        name: FEW if 0 < n < SMALLEST else unsure.get(name, n) if n else 0
        for name, n in counts.items()
    }


def _told_events(cohort: Cohort, judged: Mapping[str, int]) -> dict[str, int | str]:
    """The holdout's events by group; their numbers and those of rows tell how many had none."""
    part = cohort.holdout
    happened = part.take(np.flatnonzero(part.frame[part.target] == part.positive))
    events = sizes_of(cohort.grouping, happened)
    without = {name: judged[name] - events[name] for name in judged}
    totals = [len(happened), len(part) - len(happened)]
    return told([events, without], totals, apart=cohort.grouping.targets)
