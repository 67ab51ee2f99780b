"""Which part each column plays: spec over plug-in proposals, checked against real names."""

from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft.data.source import Source
from synthcraft.errors import Problem, nearest
from synthcraft.spec.rules import parse_rule
from synthcraft.spec.types import ColumnSpec, DatasetSpec

_OF_TARGET = ("task", "positive", "time")
_GROUPS = ("sensitive", "quasi_identifiers")
_SURVEY = ("weight", "strata", "cluster")


def settle_roles(
    dataset: DatasetSpec, source: Source, *, proposed: Mapping[str, Any]
) -> DatasetSpec:
    """The dataset spec with every silent field filled from the plug-in's proposals.

    What the spec says always wins; silent is what is null, and empty ``quasi_identifiers``.
    Proposals that belong to the proposed target (task, positive, time) fall away when the spec
    names another target, and proposed columns that are left out fall away too. Column
    meanings merge field by field.
    """
    # Not model_fields_set: a spec that was written out in full must mean the same when read again.
    said = dataset.model_dump(exclude_none=True, exclude={"columns"})
    if not dataset.quasi_identifiers:
        del said["quasi_identifiers"]
    proposal = {**proposed, **source.defaults}
    if said.get("target", proposal.get("target")) != proposal.get("target"):
        proposal = {key: value for key, value in proposal.items() if key not in _OF_TARGET}
    kept = set(said.get("keep", source.frame.columns)) - set(said.get("drop", ()))
    for group in _GROUPS:
        if group in proposal:
            proposal[group] = tuple(name for name in proposal[group] if name in kept)
    columns = {
        name: _merge(source.columns.get(name), dataset.columns.get(name))
        for name in {**source.columns, **dataset.columns}
    }
    return DatasetSpec.model_validate({**proposal, **said, "columns": columns})


def _merge(proposed: ColumnSpec | None, said: ColumnSpec | None) -> ColumnSpec:
    if proposed is None or said is None:
        return said or proposed or ColumnSpec()
    # A type of its own makes what the plug-in knows about the old type meaningless.
    keeps = (
        ("label", "unit")
        if said.type not in (None, proposed.type)
        else tuple(type(said).model_fields)
    )
    known = {name: getattr(proposed, name) for name in keeps}
    return ColumnSpec(**{**known, **said.model_dump(exclude_none=True)})


def role_problems(dataset: DatasetSpec, names: Iterable[str]) -> list[Problem]:
    """Every name in the spec that the table does not have, and every clash of roles."""
    known = set(names)
    problems = [
        Problem(path, f"the table has no column {name!r}", nearest(name, known))
        for path, name in _named(dataset)
        if name not in known
    ]
    if dataset.target is None:
        problems.append(
            Problem("dataset.target", "not given", f"Name the outcome. {nearest('', known)}")
        )
    if dataset.task == "survival" and dataset.time is None:
        problems.append(
            Problem("dataset.time", "not given", "Survival needs the column of follow-up time.")
        )
    if dataset.time is not None and dataset.task not in (None, "survival"):
        problems.append(
            Problem(
                "dataset.time",
                f"has no meaning for the task {dataset.task}",
                "Leave it out, or set dataset.task=survival.",
            )
        )
    return problems + _clashes(dataset) + _not_kept(dataset)


def _named(dataset: DatasetSpec) -> list[tuple[str, str]]:
    """Every column name in the spec with its path."""
    single = ("target", "time", "id", *_SURVEY)
    named = [(f"dataset.{role}", getattr(dataset, role)) for role in single]
    for group in (*_GROUPS, "keep", "drop"):
        named += [(f"dataset.{group}", name) for name in getattr(dataset, group) or ()]
    named += [(f"dataset.columns.{name}", name) for name in dataset.columns]
    for rule, text in (dataset.rules or {}).items():
        path = f"dataset.rules.{rule}"
        named += [(path, name) for name in parse_rule(text, path=path).columns]
    return [(path, name) for path, name in named if name is not None]


def _clashes(dataset: DatasetSpec) -> list[Problem]:
    taken: dict[str, str] = {}
    problems = []
    for role in ("target", "time", "id", *_SURVEY):
        name = getattr(dataset, role)
        if name is None:
            continue
        if name in taken:
            problems.append(
                Problem(
                    f"dataset.{role}",
                    f"{name!r} is already dataset.{taken[name]}",
                    "A column plays one part.",
                )
            )
        taken.setdefault(name, role)
    for group in _GROUPS:
        problems += [
            Problem(
                f"dataset.{group}",
                f"{name!r} is dataset.{taken[name]}, which is kept out of the table",
                "Leave it out here.",
            )
            for name in getattr(dataset, group) or ()
            if taken.get(name) in ("id", *_SURVEY)
        ]
    return problems


def _not_kept(dataset: DatasetSpec) -> list[Problem]:
    left_out = set(dataset.drop or ())
    needed: dict[str, tuple[str | None, ...]] = {
        "target": (dataset.target,),
        "time": (dataset.time,),
        "sensitive": dataset.sensitive or (),
        "quasi_identifiers": dataset.quasi_identifiers,
    }
    return [
        Problem(
            "dataset.drop" if name in left_out else "dataset.keep",
            f"leaves out {name!r}, which is named in dataset.{role}",
            f"Take {name!r} in.",
        )
        for role, names in needed.items()
        for name in names
        if name is not None
        and (name in left_out or (dataset.keep is not None and name not in dataset.keep))
    ]
