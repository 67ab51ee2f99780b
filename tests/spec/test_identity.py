"""What changes a number changes the identity of a run (PITFALLS C.VI 9), and nothing else does."""

from copy import deepcopy
from typing import Any

import pytest

from synthcraft.spec.validate import parse

CHANGES: dict[str, tuple[str, Any]] = {
    "target": ("dataset.target", "age"),
    "task": ("dataset.task", "regression"),
    "columns used": ("dataset.keep", ["age", "outcome"]),
    "meaning of a column": ("dataset.columns", {"age": {"decimals": 1}}),
    "sensitive columns": ("dataset.sensitive", ["age"]),
    "quasi-identifiers": ("dataset.quasi_identifiers", ["age"]),
    "missing values": ("dataset.missing", "drop"),
    "data option": ("dataset.params.n", 301),
    "seed of the splits": ("seed", 1),
    "number of splits": ("design.splits", 3),
    "size of the holdout": ("design.fractions.holdout", 0.4),
    "generator seeds": ("design.replicates", 2),
    "size of the synthetic table": ("design.synthetic_rows", 100),
    "generator option": ("generators.arf.params.num_trees", 6),
    "metric option": ("metrics.contingency.params.bins", 6),
    "metrics": ("metrics.dcr", {"plugin": "dcr"}),
    "limits of a trial": ("budget.trial_seconds", 10),
}
NO_CHANGES: dict[str, tuple[str, Any]] = {
    "name": ("name", "other"),
    "question": ("question", "Why?"),
    "workers": ("execution.workers", 2),
    "title": ("report.title", "Other"),
    "a default written out": ("metrics.contingency.params.bins", 5),
    "an integer as a float": ("generators.arf.params.num_trees", 5.0),
}


def changed(plain: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The spec with one setting replaced."""
    out = deepcopy(plain)
    *parents, last = path.split(".")
    node = out
    for name in parents:
        node = node.setdefault(name, {})
    node[last] = value
    return out


@pytest.fixture
def plain(small_spec: dict[str, Any]) -> dict[str, Any]:
    return changed(small_spec, "metrics.contingency", {"plugin": "contingency"})


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_another_question_is_another_run(plain: dict[str, Any], change: tuple[str, Any]) -> None:
    assert parse(changed(plain, *change)).id != parse(plain).id


def test_no_two_changes_are_taken_for_each_other(plain: dict[str, Any]) -> None:
    assert len({parse(changed(plain, *c)).id for c in CHANGES.values()}) == len(CHANGES)


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_what_changes_no_number_is_the_same_run(
    plain: dict[str, Any], change: tuple[str, Any]
) -> None:
    assert parse(changed(plain, *change)).id == parse(plain).id
