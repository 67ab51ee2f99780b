"""Which changes the schema of a spec can take: nothing else ever comes into a draft."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from synthcraft.chat.draft import Change, Draft
from synthcraft.errors import Problem
from synthcraft.spec.leaves import leaves
from synthcraft.spec.validate import schema_problems

_BEGINNINGS = ("name", "dataset", "dataset.plugin", "generators")
"""What every spec needs, and a draft may lack."""


def fitting(
    changes: Sequence[Change], draft: Draft
) -> tuple[tuple[Change, ...], tuple[Problem, ...]]:
    """The changes that fit the schema, and what is wrong with the others.

    >>> changes = [Change(("seed",), 1, "said"), Change(("seeds",), 2, "said")]
    >>> kept, problems = fitting(changes, Draft())
    >>> [change.path for change in kept], str(problems[0])
    ([('seed',)], "seeds: unknown setting. Did you mean 'seed'?")
    """
    before = _faults(draft)
    kept, found = tuple(changes), tuple[Problem, ...]()
    while kept:
        new = [p for p in _faults(draft.changed(kept, turn=0)) if p not in before]
        if not new:
            break
        found += tuple(problem for problem in new if problem not in found)
        kept = _without(kept, new)
    return kept, found


def interpolations(plain: Mapping[str, Any]) -> Iterator[Problem]:
    """Texts that a run would fill in from elsewhere, such as the environment, and so refuses.

    >>> [problem.path for problem in interpolations({"question": "${oc.env:HOME}", "seed": 1})]
    ['question']
    """
    for path, value in leaves(plain):
        if "${" in f"{path}{value}":
            yield Problem(path, "contains '${'", "Leave these two signs out.")


def _faults(draft: Draft) -> list[Problem]:
    return [
        problem
        for problem in (*schema_problems(draft.plain), *interpolations(draft.plain))
        if not (problem.message == "is missing" and problem.path in _BEGINNINGS)
    ]


def _without(changes: tuple[Change, ...], problems: Sequence[Problem]) -> tuple[Change, ...]:
    """The changes that have no part in the problems; none, where it cannot be told."""
    at = [problem.path for problem in problems]
    above = [path.rpartition(".")[0] for path in at]  # a missing part is the fault of its block
    for places in (at, above):
        left = tuple(c for c in changes if not any(_touches(c, place) for place in places))
        if len(left) < len(changes):
            return left
    return ()


def _touches(change: Change, place: str) -> bool:
    """Whether one is the other, or lies below it."""
    own = ".".join(change.path)
    return f"{own}.".startswith(f"{place}.") or f"{place}.".startswith(f"{own}.")
