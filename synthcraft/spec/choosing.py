"""What a selector needs of a spec: a use to choose for, a budget, generators that it can train."""

from collections.abc import Iterator

from synthcraft.catalogue import GENERATORS, SELECTORS
from synthcraft.errors import Problem
from synthcraft.spec.types import Spec


def selector_problems(spec: Spec) -> Iterator[Problem]:
    """Everything in which a spec's selector and the rest of the spec contradict each other.

    >>> from synthcraft.spec.validate import parse
    >>> generators = {"a": {"plugin": "arf"}}
    >>> parse({"name": "x", "dataset": {"plugin": "nhanes"}, "generators": generators,
    ...        "selector": {"plugin": "uniform"}, "objective": {}})
    Traceback (most recent call last):
    ...
    synthcraft.errors.SpecError: budget: sets no limit to what uniform may spend in choosing...
    """
    card = SELECTORS.get(spec.selector.plugin)
    if not card.policy:
        yield from _unused(spec)
        return
    if spec.augmentation is not None:
        yield from _aimless(spec, card.name)
    if spec.objective is None:
        hint = "Name one (objective=data_access), or give weights; {} stands for equal ones."
        yield Problem("objective", f"is missing: {card.name} chooses for a declared use", hint)
    if spec.budget.seconds is None and spec.budget.pulls is None and not card.stops:
        message = f"sets no limit to what {card.name} may spend in choosing"
        yield Problem("budget", message, "Give budget.seconds or budget.pulls.")
    if spec.privacy is not None and spec.privacy.selection == "private":
        message = (
            f"private needs the same fits of every arm, but {card.name} trains some more often"
        )
        hint = "Set selector: {plugin: exhaustive}, or another privacy.selection."
        yield Problem("privacy.selection", message, hint)
    for label, generator in spec.generators.items():
        if GENERATORS.get(generator.plugin).given:
            message = f"these rows were made before the run: {card.name} cannot train on a part"
            yield Problem(f"generators.{label}", message, "Set selector: {plugin: exhaustive}.")


def _aimless(spec: Spec, policy: str) -> Iterator[Problem]:
    """What keeps a policy from choosing by what targets gain."""
    declared = spec.objective.endpoints.utility if spec.objective else None
    if declared is not None:
        message = f"got {declared}, but by augmentation {policy} chooses by what the groups gain"
        hint = "Leave it out; the last of augmentation.models decides."
        yield Problem("objective.endpoints.utility", message, hint)
    if spec.privacy is not None:
        message = f"{policy} cannot choose by augmentation under a privacy block yet"
        yield Problem("selector.plugin", message, "Set selector: {plugin: exhaustive}.")


def _unused(spec: Spec) -> Iterator[Problem]:
    """Limits of choosing where nothing is chosen."""
    for name in ("seconds", "pulls"):
        if getattr(spec.budget, name) is not None:
            message = f"limits what choosing may cost, but {spec.selector.plugin} trains everything"
            hint = (
                "Choose a selector (selector=kg), or leave it out; one trial: budget.trial_seconds."
            )
            yield Problem(f"budget.{name}", message, hint)
