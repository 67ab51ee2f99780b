"""Arms of private generators, and what contradicts itself in a spec's privacy block."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from synthcraft.catalogue import GENERATORS
from synthcraft.errors import Problem, nearest
from synthcraft.spec.types import PrivacySpec, Spec

AT_EPSILON = "@eps="


def arm_label(label: str, epsilon: float) -> str:
    """The arm of a generator at one ε.

    >>> arm_label("aim", 0.5)
    'aim@eps=0.5'
    """
    return f"{label}{AT_EPSILON}{epsilon:g}"


def generator_label(arm: str) -> str:
    """The generator that an arm belongs to.

    >>> generator_label("aim@eps=0.5"), generator_label("arf")
    ('aim', 'arf')
    """
    return arm.partition(AT_EPSILON)[0]


def private_labels(spec: Spec) -> tuple[str, ...]:
    """Labels of the generators that are private, be it accounted or claimed."""
    return tuple(
        label for label, g in spec.generators.items() if GENERATORS.get(g.plugin).dp != "none"
    )


def is_accounted(spec: Spec) -> bool:
    """Whether any generator keeps an ε that we account for: then the data must suit it."""
    return any(GENERATORS.get(g.plugin).dp == "accounted" for g in spec.generators.values())


def selectable(spec: Spec) -> tuple[str, ...]:
    """Arms among which a private selection chooses: those whose ε we account for."""
    return tuple(
        arm
        for arm in arm_labels(spec)
        if GENERATORS.get(spec.generators[generator_label(arm)].plugin).dp == "accounted"
    )


def cut_of(spec: Spec) -> Literal["stratified", "hashed"]:
    """How the spec divides rows: as it says, else hashed with a privacy block."""
    return spec.design.cut or ("hashed" if spec.privacy else "stratified")


def outside_of(spec: Spec) -> Literal["refuse", "keep"]:
    """How the table reads values outside what is declared: with a privacy block they are kept.

    For whether there are any must not decide whether a run is possible. Where the domain is taken
    from the data, epsilon is void, and the table is read as any other.

    >>> spec = {"name": "x", "dataset": {"plugin": "gbsg2"}, "generators": {"a": {"plugin": "aim"}}}
    >>> outside_of(Spec.model_validate(spec))
    'refuse'
    >>> outside_of(Spec.model_validate({**spec, "privacy": {"rows": 700}}))
    'keep'
    >>> outside_of(Spec.model_validate({**spec, "privacy": {"rows": 700, "domain": "from_data"}}))
    'refuse'
    """
    return "keep" if spec.privacy and spec.privacy.domain != "from_data" else "refuse"


def arm_labels(spec: Spec) -> tuple[str, ...]:
    """Labels of all arms: a private generator has one for each ε."""
    private = private_labels(spec)
    epsilons = spec.privacy.epsilons if spec.privacy else ()
    return tuple(
        arm
        for label in spec.generators
        for arm in ([arm_label(label, e) for e in epsilons] if label in private else [label])
    )


def privacy_problems(spec: Spec) -> Iterator[Problem]:
    """Everything in which a spec's privacy block contradicts itself or the rest of the spec."""
    private = private_labels(spec)
    if spec.privacy is None:
        for label in private:
            yield Problem(
                f"generators.{label}",
                "is differentially private, but the spec does not say on what terms",
                "Add: privacy: {epsilons: [1.0], rows: N}, where N is the table's public number "
                "of rows, a round figure.",
            )
        return
    yield from _scope_problems(spec, private)
    yield from _size_problems(spec, spec.privacy)
    yield from _budget_problems(spec.privacy)
    yield from _selection_problems(spec, spec.privacy)
    yield from _data_problems(spec, spec.privacy)


def _scope_problems(spec: Spec, private: tuple[str, ...]) -> Iterator[Problem]:
    if not private:
        able = [card.name for card in GENERATORS if card.dp != "none"]
        hint = f"These are: {', '.join(able)}." if able else ""
        yield Problem("privacy", "no generator of this spec is differentially private", hint)
    for label in spec.generators:
        if AT_EPSILON in label:
            hint = "Choose another label; the arms of each epsilon get their own."
            yield Problem(
                f"generators.{label}", f"{AT_EPSILON!r} marks the arms of an epsilon", hint
            )


def _size_problems(spec: Spec, privacy: PrivacySpec) -> Iterator[Problem]:
    absent = [
        name
        for name, value in (
            ("privacy.delta", privacy.delta),
            ("design.synthetic_rows", spec.design.synthetic_rows),
        )
        if value is None
    ]
    if privacy.rows is None and absent and privacy.selection != "private":  # which tells it itself
        yield Problem(
            "privacy.rows",
            "is missing: the exact number of rows is itself data, so a public one must be declared",
            f"Give a round figure (rows: 5000), or all of: {' and '.join(absent)}.",
        )
    if privacy.rows and privacy.delta is not None and privacy.delta >= 1 / privacy.rows:
        yield Problem(
            "privacy.delta",
            f"got {privacy.delta:g}: of {privacy.rows} persons, one may be given away entirely",
            f"Accepted: below 1 / rows = {1 / privacy.rows:.2g}. Left out, it is "
            f"{min(1e-5, 0.1 / privacy.rows):.2g}.",
        )


def _budget_problems(privacy: PrivacySpec) -> Iterator[Problem]:
    told = sorted(f"{epsilon:g}" for epsilon in privacy.epsilons)
    for twice in sorted({one for one, other in pairwise(told) if one == other}):
        yield Problem("privacy.epsilons", f"{twice} is given twice", "Give each value once.")
    least, most = min(privacy.epsilons), privacy.max_total_epsilon
    if most is not None and most < least:
        yield Problem(
            "privacy.max_total_epsilon",
            f"got {most:g}, but one fit spends {least:g}: none could start",
            f"Accepted: {least:g} or more.",
        )
    given = privacy.domain_share != PrivacySpec.model_fields["domain_share"].default
    if privacy.domain != "private" and given:
        yield Problem(
            "privacy.domain_share",
            f"is given, but the domain is {privacy.domain} and costs nothing",
            "Leave it out, or set privacy.domain: private.",
        )


def _selection_problems(spec: Spec, privacy: PrivacySpec) -> Iterator[Problem]:
    if privacy.selection == "private":
        yield from _private_selection_problems(spec, privacy)
        return
    if privacy.selection_epsilon is not None:
        message = f"is given, but selection is {privacy.selection or 'absent'} and spends nothing"
        yield Problem(
            "privacy.selection_epsilon", message, "Leave it out, or set privacy.selection: private."
        )
    arms = arm_labels(spec)
    if privacy.selection is not None and privacy.release is None:
        hint = f"Name the arm, such as {arms[0]}."
        yield Problem("privacy.release", f"is missing: selection is {privacy.selection}", hint)
    if privacy.release is None:
        return
    if privacy.selection is None:
        hint = (
            "Set privacy.selection: fixed (before the run) or public (on public data); or leave "
            "it out and let the run choose (private)."
        )
        yield Problem("privacy.release", "is given, but not on what ground it was chosen", hint)
    if privacy.release not in arms:
        hint = nearest(privacy.release, arms)
        yield Problem("privacy.release", f"there is no arm {privacy.release!r}", hint)


def _private_selection_problems(spec: Spec, privacy: PrivacySpec) -> Iterator[Problem]:
    if privacy.selection_epsilon is None:
        message = "is missing: selection is private, and looks at real rows"
        yield Problem("privacy.selection_epsilon", message, "Give what it may spend, such as 0.1.")
    if privacy.release is not None:
        message = f"got {privacy.release}, but selection is private: the run finds it"
        yield Problem("privacy.release", message, "Leave it out, or set privacy.selection: fixed.")
    if privacy.rows is None:
        message = "is missing: selection is private, and compares shares of the declared rows"
        yield Problem("privacy.rows", message, "Give a round figure, such as 5000.")
    if privacy.domain != "declared":
        yield Problem(
            "privacy.domain",
            f"got {privacy.domain}, but selection is private: arms are compared on the same bins "
            "and levels, which no fit may bring along",
            "Set privacy.domain: declared, or choose the arm before the run (selection: fixed).",
        )
    if spec.selector.plugin != "exhaustive":
        yield Problem(
            "selector.plugin",
            f"got {spec.selector.plugin}, but privacy.selection is private: what is trained would "
            "follow from measures of real rows, without noise",
            "Set selector.plugin: exhaustive.",
        )
    yield from _candidate_problems(spec)


def _candidate_problems(spec: Spec) -> Iterator[Problem]:
    arms = selectable(spec)
    if len(arms) == 1:
        hint = f"Set privacy.selection: fixed and privacy.release: {arms[0]}."
        yield Problem("privacy.selection", f"there is one arm to choose from: {arms[0]}", hint)
    if not arms:
        ours = ", ".join(card.name for card in GENERATORS if card.dp == "accounted")
        message = "got private, but there is no arm to choose from whose epsilon is accounted for"
        yield Problem("privacy.selection", message, f"Generators of such arms: {ours}.")


def _data_problems(spec: Spec, privacy: PrivacySpec) -> Iterator[Problem]:
    dataset = spec.dataset
    if privacy.contribution > 1 and dataset.id is None:
        yield Problem(
            "privacy.contribution",
            f"got {privacy.contribution}, but without dataset.id each row is a person",
            "Name the column that identifies a person (dataset.id), or leave it out.",
        )
    if not is_accounted(spec):
        return
    policies = {"dataset.missing": dataset.missing} | {
        f"dataset.columns.{name}.missing": column.missing
        for name, column in dataset.columns.items()
    }
    for path, policy in policies.items():
        if policy == "impute":
            yield Problem(
                path,
                "imputing learns from real rows outside the privacy budget",
                "Set model: a private generator keeps missing values as a level.",
            )
