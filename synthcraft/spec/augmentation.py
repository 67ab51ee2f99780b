"""What contradicts itself in a spec's augmentation block, before any row is seen."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from synthcraft.catalogue import GENERATORS
from synthcraft.errors import Problem, nearest
from synthcraft.spec.types import AugmentationSpec, Spec

MOST_ROWS = 1_000_000
ON_OUTCOME = (
    "is the outcome: augmenting on it changes its prevalence, which calibration, Brier score and "
    "net benefit need",
    "Name a column of groups of people, such as ethnicity or sex.",
)
TARGETS = "augmented.targets"  # what a policy chooses by
USUAL_DOSES = (25.0, 50.0, 100.0, 200.0)


def spelled(text: str) -> str:
    """A group as a spec names it, whatever blanks stand around what crosses its levels.

    >>> spelled("NHB&female"), spelled("NHB  & female")
    ('NHB & female', 'NHB & female')
    """
    return re.sub(r"\s*&\s*", " & ", text.strip())


def doses_of(aug: AugmentationSpec) -> tuple[float, ...]:
    """The doses that are given, ascending; percents of what the rule adds, without nothing at all.

    >>> doses_of(AugmentationSpec(column="sex"))
    (25.0, 50.0, 100.0, 200.0)
    >>> doses_of(AugmentationSpec(column="sex", rule="equal"))
    (100.0,)
    """
    if aug.doses is None:
        return USUAL_DOSES if aug.rule == "dose" else (100.0,)
    return tuple(sorted(dose for dose in aug.doses if dose > 0))


def primary_of(aug: AugmentationSpec) -> float:
    """The dose that decides: the declared one, else 100 %, else the largest.

    >>> primary_of(AugmentationSpec(column="sex"))
    100.0
    >>> primary_of(AugmentationSpec(column="sex", doses=(50,)))
    50.0
    """
    doses = doses_of(aug)
    if aug.primary is not None:
        return aug.primary
    return 100.0 if 100.0 in doses else doses[-1]


def label(dose: float, *, everyone: bool = False) -> str:
    """How measures name what was added: rows of the targets, or as many of ``everyone``.

    >>> label(100.0), label(12.5, everyone=True)
    ('dose=100', 'dose=12.5&to=everyone')
    """
    return f"dose={dose:g}{'&to=everyone' if everyone else ''}"


def augmentation_problems(spec: Spec) -> Iterator[Problem]:
    """Everything in which the augmentation block contradicts itself or the rest of the spec."""
    aug = spec.augmentation
    if aug is None:
        return
    yield from _column_problems(spec, aug)
    yield from _dose_problems(aug)
    yield from _rule_problems(aug)
    yield from _way_problems(spec, aug)
    yield from _design_problems(spec, aug)
    yield from _private_problems(spec, aug)


def _column_problems(spec: Spec, aug: AugmentationSpec) -> Iterator[Problem]:
    for name in _twice(aug.column):
        yield Problem("augmentation.column", f"{name} is named twice", "Name each column once.")
    if spec.dataset.target in aug.column:
        yield Problem("augmentation.column", *ON_OUTCOME)
    if aug.groups == "all":
        return
    if not aug.groups:
        yield Problem("augmentation.groups", "names no group", "Name one, or set groups: all.")
    for name in _twice(map(spelled, aug.groups)):
        yield Problem("augmentation.groups", f"{name!r} is named twice", "Name each group once.")


def _dose_problems(aug: AugmentationSpec) -> Iterator[Problem]:
    doses = doses_of(aug)
    if not doses:
        yield Problem("augmentation.doses", "no dose adds a row", "Give one above 0, such as 100.")
        return
    for dose in _twice(f"{dose:g}" for dose in doses):
        yield Problem("augmentation.doses", f"{dose} is given twice", "Give each dose once.")
    if primary_of(aug) not in doses:
        told = ", ".join(f"{dose:g}" for dose in doses)
        message = f"got {primary_of(aug):g}, which is none of the doses"
        yield Problem("augmentation.primary", message, f"Accepted: {told}.")


def _rule_problems(aug: AugmentationSpec) -> Iterator[Problem]:
    numbers: dict[str, tuple[str, Mapping[str, float] | None]] = {
        "shares": ("proportion", aug.shares),
        "counts": ("counts", aug.counts),
    }
    for setting, (rule, given) in numbers.items():
        path = f"augmentation.{setting}"
        if aug.rule == rule and not given:
            message = f"is missing: by the rule {rule} each group needs a number"
            yield Problem(path, message, f"Give {setting}: {{GROUP: number}}.")
        elif aug.rule != rule and given is not None:
            yield Problem(
                path, f"is given, but the rule is {aug.rule}", f"Leave it out, or set rule: {rule}."
            )
        elif given and aug.groups != "all":
            yield from _unmatched(path, given, aug.groups)
    if aug.shares and sum(aug.shares.values()) >= 1:
        message = f"they add up to {sum(aug.shares.values()):g}: nothing is left for other groups"
        yield Problem("augmentation.shares", message, "Give shares below 1 in all.")
    if aug.counts and (total := _most(aug)) > MOST_ROWS:
        yield Problem("augmentation.counts", *too_many(total))


def too_many(rows: float) -> tuple[str, str]:
    """What is told of a dose that no run should try."""
    return (
        f"the largest dose would add {rows:,.0f} rows; {MOST_ROWS:,} is the most",
        "Give smaller doses.",
    )


def _most(aug: AugmentationSpec) -> float:
    return sum((aug.counts or {}).values()) * max(doses_of(aug), default=0.0) / 100


def _unmatched(path: str, given: Mapping[str, float], groups: tuple[str, ...]) -> Iterator[Problem]:
    known, wanted = {spelled(text) for text in given}, {spelled(text) for text in groups}
    for text in sorted(wanted - known):
        yield Problem(path, f"has no number for the group {text!r}", nearest(text, known))
    for text in sorted(known - wanted):
        hint = f"augmentation.groups does not name it. {nearest(text, wanted)}"
        yield Problem(path, f"has a number for {text!r}", hint)


def _way_problems(spec: Spec, aug: AugmentationSpec) -> Iterator[Problem]:
    for label, generator in spec.generators.items():
        card = GENERATORS.get(generator.plugin)
        if card.given:
            yield Problem(
                f"generators.{label}",
                "these rows were made before the run: augmentation sets rows aside that their "
                "maker may have seen",
                "Leave it out, or the augmentation block.",
            )
        elif aug.how == "conditional" and not card.conditional:
            able = ", ".join(card.name for card in GENERATORS if card.conditional)
            yield Problem(
                "augmentation.how",
                f"got conditional, but {label} ({card.name}) cannot be asked for one group",
                f"Leave it out: such a generator then draws until there are enough rows "
                f"(rejection). These can: {able or 'none'}.",
            )
    if aug.undersample is None and "real" in aug.controls and aug.controls != _usual_controls():
        yield Problem(
            "augmentation.controls",
            "real adds real rows that were withheld, and none are",
            "Set augmentation.undersample: how many train rows of a group stay.",
        )


def _design_problems(spec: Spec, aug: AugmentationSpec) -> Iterator[Problem]:
    if spec.design.draws > 1:
        message = f"got {spec.design.draws}, but augmentation takes one sample of each fit"
        yield Problem("design.draws", message, "Set 1, and more design.replicates.")
    if spec.design.synthetic_rows is not None:
        message = "is given, but doses tell how many rows are made"
        yield Problem("design.synthetic_rows", message, "Leave it out.")
    for label, generator in spec.generators.items():
        if label in ("none", *aug.controls):
            message = "this label belongs to a control of augmentation"
            yield Problem(f"generators.{label}", message, "Choose another label.")
        if generator.reduce is not None:
            message = "a reduced generator cannot be asked for augmentation yet"
            hint = "Let each split choose columns (dataset.screen)."
            yield Problem(f"generators.{label}.reduce", message, hint)


def _usual_controls() -> tuple[str, ...]:
    usual: tuple[str, ...] = AugmentationSpec.model_fields["controls"].default
    return usual


def _private_problems(spec: Spec, aug: AugmentationSpec) -> Iterator[Problem]:
    if spec.privacy is None:
        return
    if aug.rule != "counts":
        yield Problem(
            "augmentation.rule",
            f"got {aug.rule}: how many rows a group has is told by the rows, and no epsilon is "
            "spent on it",
            "With a privacy block set rule: counts, and declare them.",
        )
    if aug.how == "per_group":
        yield Problem(
            "augmentation.how",
            "got per_group: each group's fit would spend its own epsilon",
            "With a privacy block set rejection or conditional: one fit, and what follows is free.",
        )
    if spec.privacy.selection == "private":
        message = (
            "got private, which compares whole tables, but augmentation makes some groups' rows"
        )
        hint = "Name the arm before the run (selection: fixed), or leave it out."
        yield Problem("privacy.selection", message, hint)
    if aug.undersample is not None:
        yield Problem(
            "augmentation.undersample",
            "which rows are withheld depends on who else is in the group",
            "Leave it out with a privacy block.",
        )


def _twice(values: "Iterator[str] | tuple[str, ...] | map[str]") -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)
