"""Plain data to a Spec, or every problem at once."""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic import ValidationError as ModelError
from pydantic_core import ErrorDetails

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS
from synthcraft.errors import Problem, SpecError, nearest
from synthcraft.registry import Registry
from synthcraft.spec.augmentation import augmentation_problems
from synthcraft.spec.choosing import selector_problems
from synthcraft.spec.endpoints import objective_problems
from synthcraft.spec.privacy import privacy_problems
from synthcraft.spec.reduce import reduction_problems
from synthcraft.spec.release import release_problems
from synthcraft.spec.rules import parse_rule
from synthcraft.spec.schema import json_schema
from synthcraft.spec.types import Spec
from synthcraft.spec.words import range_of

_TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def parse(plain: Mapping[str, Any]) -> Spec:
    """The spec that plain data describe, with every plug-in's defaults written out.

    Raises
    ------
    SpecError
        With all problems, sorted by path: unknown and missing settings, wrong types and values,
        unknown plug-ins and parameters (with the nearest name), and settings that contradict.

    >>> generators = {"a": {"plugin": "arff"}}
    >>> parse({"name": "x", "dataset": {"plugin": "nhanes"}, "generators": generators})
    Traceback (most recent call last):
    ...
    synthcraft.errors.SpecError: generators.a.plugin: 'arff' is not known. Did you mean 'arf'?
    """
    problems = schema_problems(plain)
    if problems:
        raise SpecError(problems)
    try:
        spec = Spec.model_validate(_with_defaults(plain))
    except ModelError as exc:
        raise SpecError(model_problems(exc)) from None
    contradictions = list(_contradictions(spec))
    if contradictions:
        raise SpecError(contradictions)
    return spec


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def schema_problems(plain: Mapping[str, Any]) -> list[Problem]:
    """Everything in which plain data depart from the JSON Schema, sorted by path."""
    errors = list(_validator().iter_errors(plain))
    mistyped = {error.json_path for error in errors if error.validator == "type"}
    telling = [e for e in errors if e.validator != "enum" or e.json_path not in mistyped]
    endless = set(_endless(plain))
    told = {problem.path for problem in endless}
    found = {p for error in telling for p in _problems(error) if p.path not in told}
    return sorted(found | endless, key=lambda problem: (problem.path, problem.message))


def _endless(plain: Any, path: tuple[object, ...] = ()) -> Iterator[Problem]:
    """Numbers that YAML has and no JSON Schema refuses: .nan and .inf."""
    if isinstance(plain, float) and not math.isfinite(plain):
        yield Problem(_dotted(path), f"got {plain}", "Give a finite number.")
    items: Any = plain.items() if isinstance(plain, Mapping) else ()
    for key, value in enumerate(plain) if isinstance(plain, (list, tuple)) else items:
        yield from _endless(value, (*path, key))


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = _dotted(error.absolute_path)
    instance: Any = error.instance
    got = _short(instance)
    schema: Any = error.schema
    rule: Any = error.validator_value
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            known = schema.get("properties", {})
            what = "parameter" if "params" in path.split(".") else "setting"
            for key in instance:
                if key not in known:
                    yield Problem(_join(path, key), f"unknown {what}", nearest(key, known))
        case "propertyNames":
            yield Problem(path, f"{got} is not a usable label", "Use letters, digits, _ and -.")
        case "required":
            for key in rule:
                if key not in instance:
                    known = schema.get("properties", {}).get(key, {})
                    yield Problem(_join(path, key), "is missing", known.get("description", ""))
        case "enum":
            accepted = [str(value) for value in rule]
            few = len(accepted) <= 4
            hint = f"Accepted: {', '.join(accepted)}." if few else nearest(got.strip("'"), accepted)
            hint = schema.get("x-hints", {}).get(str(instance), hint)
            yield Problem(path, f"{got} is not known", hint)
        case "const":
            yield Problem(path, f"got {got}", f"Accepted: {rule}.")
        case "type":
            kinds = rule
            wanted = [kinds] if isinstance(kinds, str) else kinds
            yield Problem(path, f"got {got}", f"Give {' or '.join(_TYPES[k] for k in wanted)}.")
        case "anyOf" | "oneOf":
            yield from _alternatives(error, path, got)
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            yield Problem(path, f"got {got}", f"Accepted: {range_of(schema)}.")
        case "pattern":
            yield Problem(path, f"got {got}", f"It must match {rule}")
        case "minProperties":
            yield Problem(path, "is empty", "Give at least one.")
        case _:
            yield Problem(path, error.message[:200])


def _alternatives(error: ValidationError, path: str, got: str) -> Iterator[Problem]:
    """What is wrong with the form that is meant; where none is, which forms are accepted."""
    alternatives: Any = error.validator_value
    branches = [branch for branch in alternatives if branch.get("type") != "null"]
    inner = [e for e in error.context or () if e.relative_schema_path[0] != _null(alternatives)]
    if len(branches) > 1:
        other = {e.relative_schema_path[0] for e in inner if e.validator == "type" and not e.path}
        inner = [e for e in inner if e.relative_schema_path[0] not in other]
    if not all(cause.validator == "const" and not cause.path for cause in inner):
        yield from _together(p for cause in inner for p in _problems(cause))
        return
    words = [str(branch["const"]) for branch in branches if "const" in branch]
    forms = [branch for branch in branches if "const" not in branch]
    wanted = sorted({_TYPES.get(branch.get("type", ""), "another form") for branch in forms})
    yield Problem(path, f"got {got}", f"Give {' or '.join([*words, *wanted])}.")


def _together(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems that differ in what would be accepted as one, with all that would be."""
    hints: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        hints.setdefault((problem.path, problem.message), []).append(problem.hint)
    for (path, message), told in hints.items():
        first, *others = dict.fromkeys(told)
        more = (hint.removeprefix("Accepted: ") for hint in others)
        yield Problem(path, message, " Or: ".join((first, *more)))


def _null(alternatives: Any) -> int:
    """Position of the branch that accepts null, or -1."""
    kinds = [branch.get("type") for branch in alternatives]
    return kinds.index("null") if "null" in kinds else -1


def _dotted(path: Any) -> str:
    return ".".join(str(part) for part in path)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"


def _with_defaults(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters and dataset roles that the plug-ins add where the user is silent.

    They become part of the identity, so that a changed default of a plug-in changes the id.
    """
    full = dict(plain)
    full["dataset"] = _with_roles(_with_params(plain["dataset"], DATASETS, "dataset"))
    for block, registry in (("generators", GENERATORS), ("metrics", METRICS)):
        full[block] = {
            label: _with_params(item, registry, f"{block}.{label}")
            for label, item in (plain.get(block) or {}).items()
        }
    selector = {"plugin": "exhaustive", **(plain.get("selector") or {})}
    full["selector"] = _with_params(selector, SELECTORS, "selector")
    return full


def _with_params(block: Mapping[str, Any], registry: Registry[Any], path: str) -> dict[str, Any]:
    model = registry.get(block["plugin"]).params
    try:
        params = model.model_validate(block.get("params") or {}).model_dump(mode="json")
    except ModelError as exc:
        raise SpecError(model_problems(exc, f"{path}.params")) from None
    return {**block, "params": params}


def _with_roles(block: dict[str, Any]) -> dict[str, Any]:
    """The plug-in's own target, task and sensitive columns, as far as the user is silent."""
    own = DATASETS.get(block["plugin"]).defaults or {}
    about_target = ("target", "task", "positive", "time")
    other_target = block.get("target") not in (None, own.get("target"))
    proposed = {
        key: value
        for key, value in own.items()
        if key != "columns" and not (other_target and key in about_target)
    }
    return {**block, **{k: v for k, v in proposed.items() if block.get(k) is None}}


def model_problems(error: ModelError, path: str = "") -> list[Problem]:
    """What a pydantic model refuses, below a path, in the words of the other problems."""
    return [
        _model_problem(_join(path, _dotted(e["loc"])) if path else _dotted(e["loc"]), e)
        for e in error.errors(include_url=False)
    ]


def _model_problem(path: str, error: ErrorDetails) -> Problem:
    told = error["msg"]
    if error["type"] == "value_error":  # a rule of ours, which names what it got
        return Problem(path, told.removeprefix("Value error, "))
    accepted = told.replace("Input should be", "Accepted:")
    return Problem(path, f"got {_short(error['input'])}", f"{accepted}.")


def _contradictions(spec: Spec) -> Iterator[Problem]:
    references = [card.name for card in GENERATORS if card.reference]
    for label in spec.generators:
        if label in references:
            yield Problem(
                f"generators.{label}",
                "this label belongs to a reference generator, which every run includes",
                "Choose another label.",
            )
    dataset = spec.dataset
    if dataset.task == "survival" and dataset.time is None:
        yield Problem(
            "dataset.time", "is missing", "A survival task needs the column of follow-up time."
        )
    if dataset.time is not None and dataset.task not in (None, "survival"):
        yield Problem(
            "dataset.time",
            f"is given, but the task is {dataset.task}",
            "Set dataset.task: survival.",
        )
    if dataset.columns_from is not None:
        hint = "Give the spec as a file, or compose it with python -m synthcraft run."
        yield Problem("dataset.columns_from", "names a file that was not read", hint)
    roles = {
        "target": dataset.target,
        "time": dataset.time,
        "id": dataset.id,
        "weight": dataset.weight,
    }
    named = [(role, name) for role, name in roles.items() if name is not None]
    for index, (role, name) in enumerate(named):
        for other, same in named[:index]:
            if name == same:
                yield Problem(f"dataset.{role}", f"{name!r} is already dataset.{other}")
    for name, column in dataset.columns.items():
        if column.low is not None and column.high is not None and column.low > column.high:
            yield Problem(
                f"dataset.columns.{name}.low", f"{column.low:g} lies above high {column.high:g}"
            )
        if column.type == "numeric" and column.levels is not None:
            yield Problem(f"dataset.columns.{name}.levels", "a numeric column has no levels")
    for name, text in (dataset.rules or {}).items():
        try:
            parse_rule(text, path=f"dataset.rules.{name}")
        except SpecError as error:
            yield from error.problems
    yield from objective_problems(spec)
    yield from privacy_problems(spec)
    yield from augmentation_problems(spec)
    yield from reduction_problems(spec)
    yield from selector_problems(spec)
    yield from release_problems(spec)
    yield from _task_problems(spec)


def _task_problems(spec: Spec) -> Iterator[Problem]:
    task = spec.dataset.task
    if task is None:
        return
    unfit = [
        label for label, g in spec.generators.items() if task not in GENERATORS.get(g.plugin).tasks
    ]
    if len(unfit) == len(spec.generators):
        able = [c.name for c in GENERATORS if task in c.tasks and not c.reference]
        yield Problem(
            "generators", f"none of them supports the task {task}", f"These do: {', '.join(able)}."
        )
