"""What a release policy limits must be measured, be about risk or worth, and name what is released.

Two quantities stand beside the measures: the ε (and δ) of the release alone, and of all fits of the
run together.
"""

from collections.abc import Iterator
from typing import Any

from synthcraft.catalogue import SELECTORS
from synthcraft.errors import Problem, nearest
from synthcraft.records import MetricDescriptor
from synthcraft.spec.endpoints import measured_by, unmeasured
from synthcraft.spec.privacy import arm_labels, generator_label, private_labels
from synthcraft.spec.types import LimitSpec, ReleasePolicySpec, Spec

BUDGET: dict[str, str] = {
    "epsilon_release": "ε of the release",
    "delta_release": "δ of the release",
    "epsilon_total": "ε of all private fits of the run together",
    "delta_total": "δ of all private fits of the run together",
}
"""What the ledger tells, by the name that a limit gives it."""


def named_arm(spec: Spec) -> str:
    """The arm that would be released as the spec itself tells; "" where the run finds it.

    >>> generators = {"a": {"plugin": "arf"}}
    >>> plain = {"name": "x", "dataset": {"plugin": "gbsg2"}, "generators": generators}
    >>> named_arm(Spec.model_validate(plain))
    'a'
    """
    if spec.release_policy and spec.release_policy.arm:
        return spec.release_policy.arm
    if spec.privacy and spec.privacy.release:
        return spec.privacy.release
    arms = arm_labels(spec)
    return "" if _chooses(spec) or len(arms) > 1 else arms[0]


def declared(spec: Spec) -> dict[str, Any]:
    """The policy as the journal tells it before any result: its limits, and the arm if it is known.

    Empty where the spec has no policy.
    """
    policy = spec.release_policy
    return {**policy.model_dump(mode="json"), "arm": named_arm(spec) or None} if policy else {}


def _chooses(spec: Spec) -> bool:
    """Whether the run itself chooses the arm: privately, or by a selector."""
    private = spec.privacy is not None and spec.privacy.selection == "private"
    return private or SELECTORS.get(spec.selector.plugin).policy


def rows_released(spec: Spec) -> int | None:
    """How many rows are to be released; None where no number was given (true is none)."""
    samples = spec.outputs.samples
    return None if isinstance(samples, bool) else samples


def release_problems(spec: Spec) -> Iterator[Problem]:
    """Everything in which a spec's release policy contradicts itself or the rest of the spec.

    >>> from synthcraft.spec.validate import parse
    >>> generators = {"a": {"plugin": "arf"}}
    >>> parse({"name": "x", "dataset": {"plugin": "nhanes"}, "generators": generators,
    ...        "release_policy": {"limits": {"a": {"measure": "linkability", "at_least": 0.1}}}})
    Traceback (most recent call last):
    ...
    synthcraft.errors.SpecError: release_policy.limits.a: 'linkability' is better the less...
    """
    policy = spec.release_policy
    if policy is None:
        yield from _sample_problems(spec)
        return
    yield from _arm_problems(spec, policy)
    wrong = list(_limit_problems(policy, measured_by(spec)))
    yield from wrong or _risk_problems(policy, measured_by(spec))
    yield from _sample_problems(spec)


def _limit_problems(
    policy: ReleasePolicySpec, measured: dict[str, MetricDescriptor]
) -> Iterator[Problem]:
    for label, limit in policy.limits.items():
        path = f"release_policy.limits.{label}"
        if limit.measure in BUDGET:
            yield from _budget_problems(path, limit)
        else:
            yield from _measure_problems(path, limit, measured)


def _risk_problems(
    policy: ReleasePolicySpec, measured: dict[str, MetricDescriptor]
) -> Iterator[Problem]:
    """A policy under which rows would pass whatever they give away."""
    names = [limit.measure for limit in policy.limits.values()]
    if not any(name.startswith("epsilon_") or _is_risk(measured, name) for name in names):
        hint = "Add a limit on a privacy measure, such as singling_out, or on epsilon_total."
        yield Problem("release_policy.limits", "none of them is about a risk or ε", hint)


def _is_risk(measured: dict[str, MetricDescriptor], name: str) -> bool:
    return name in measured and measured[name].family == "privacy"


def _sample_problems(spec: Spec) -> Iterator[Problem]:
    """Rows that no policy judges, or that are no table."""
    rows, path = rows_released(spec), "outputs.samples"
    if rows is None:
        return
    if spec.release_policy is None:
        message = f"got {rows}, but there is no policy that rows could pass"
        hint = "Declare release_policy (release_policy=standard), or set true to keep every table."
        yield Problem(path, message, hint)
    elif spec.augmentation is not None:
        message = f"got {rows}, but augmentation makes rows of some groups, not a table"
        yield Problem(path, message, "Set outputs.samples: false.")


def _arm_problems(spec: Spec, policy: ReleasePolicySpec) -> Iterator[Problem]:
    arms, path = arm_labels(spec), "release_policy.arm"
    declared = spec.privacy.release if spec.privacy else None
    if policy.arm is None:
        if not named_arm(spec) and not _chooses(spec):
            hint = f"Name one of: {', '.join(arms)}."
            yield Problem(path, f"is missing: there are {len(arms)} arms to release", hint)
        return
    if policy.arm not in arms:
        yield Problem(path, f"there is no arm {policy.arm!r}", nearest(policy.arm, arms))
    elif _chooses(spec):
        yield Problem(path, f"got {policy.arm}, but the run chooses the arm", "Leave it out.")
    elif declared is not None and declared != policy.arm:
        message = f"got {policy.arm}, but privacy.release is {declared}"
        yield Problem(path, message, "Leave it out.")
    elif declared is None and generator_label(policy.arm) in private_labels(spec):
        message = (
            f"got {policy.arm}, but its privacy block does not say on what ground it is chosen"
        )
        hint = f"Set privacy: {{selection: fixed, release: {policy.arm}}}."
        yield Problem(path, message, hint)


def _budget_problems(path: str, limit: LimitSpec) -> Iterator[Problem]:
    if limit.at_most is None or limit.at_least is not None:
        yield Problem(path, f"{limit.measure!r} is better the less there is", "Give at_most alone.")
    if limit.model is not None or limit.by != "bound":
        name = "by" if limit.model is None else "model"
        message = f"{limit.measure!r} comes from the ledger: it has no models and no interval"
        yield Problem(f"{path}.{name}", message, "Leave it out.")


def _measure_problems(
    path: str, limit: LimitSpec, measured: dict[str, MetricDescriptor]
) -> Iterator[Problem]:
    name = limit.measure
    if name not in measured:
        yield unmeasured(f"{path}.measure", name, measured)
        return
    metric = measured[name]
    if metric.direction == "none" or not metric.averaged:
        message = f"{name!r} is descriptive: no value of it is a person's risk or a table's worth"
        yield Problem(f"{path}.measure", message, "Choose a measure that has a direction.")
        return
    falling = metric.direction == "minimize"
    right, wrong = ("at_most", "at_least") if falling else ("at_least", "at_most")
    if getattr(limit, right) is None or getattr(limit, wrong) is not None:
        better = "the less" if falling else "the more"
        yield Problem(path, f"{name!r} is better {better} there is", f"Give {right} alone.")
