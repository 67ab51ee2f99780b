"""How many rows a group gets."""

from collections.abc import Mapping

from synthcraft.augment.groups import Grouping, text_of
from synthcraft.spec.augmentation import doses_of, label, primary_of, spelled
from synthcraft.spec.types import AugmentationSpec

__all__ = ["deciding_part", "doses_of", "label", "primary_of", "rows_to_add"]


def deciding_part(aug: AugmentationSpec) -> AugmentationSpec:
    """The same with nothing that decides nothing: one dose, one model.

    >>> aug = deciding_part(AugmentationSpec(column="sex", doses=(50, 200)))
    >>> aug.doses, aug.primary, aug.models
    ((200.0,), 200.0, ('boosting',))
    """
    dose = primary_of(aug)
    return aug.model_copy(update={"doses": (dose,), "primary": dose, "models": (aug.models[-1],)})


def rows_to_add(
    aug: AugmentationSpec, groups: Grouping, sizes: Mapping[str, int], dose: float
) -> dict[str, int]:
    """How many rows each target gets at a dose; ``sizes`` are the train rows of every group.

    A dose of 100 % is what the rule adds: as many rows as the group has (dose), what it lacks to
    the largest group (equal) or to its share of all groups' rows afterwards (proportion), or a
    declared number (counts), which depends on no row.

    >>> groups = Grouping(("sex",), ("sex=f", "sex=m"), ("sex=f",), (("f",), ("m",)))
    >>> sizes = {"sex=f": 30, "sex=m": 90}
    >>> rows_to_add(AugmentationSpec(column="sex"), groups, sizes, 50)
    {'sex=f': 15}
    >>> rows_to_add(AugmentationSpec(column="sex", rule="equal"), groups, sizes, 100)
    {'sex=f': 60}
    """
    whole = _whole(aug, groups, sizes)
    return {name: round(rows * dose / 100) for name, rows in whole.items()}


def _whole(aug: AugmentationSpec, groups: Grouping, sizes: Mapping[str, int]) -> dict[str, float]:
    """What a dose of 100 % adds to each target."""
    match aug.rule:
        case "dose":
            return {name: sizes[name] for name in groups.targets}
        case "equal":
            return {name: max(sizes.values()) - sizes[name] for name in groups.targets}
        case "proportion":
            return _lacking(_numbers(aug.shares or {}, groups), sizes)
        case "counts":
            return _numbers(aug.counts or {}, groups)


def _numbers(given: Mapping[str, float], groups: Grouping) -> dict[str, float]:
    """The declared number of each target, by name."""
    known = {spelled(text): number for text, number in given.items()}
    levels = {name: tuple(groups.condition(name).values()) for name in groups.targets}
    return {name: known[text_of(levels[name])] for name in groups.targets}


def _lacking(shares: Mapping[str, float], sizes: Mapping[str, int]) -> dict[str, float]:
    """Rows that give each group its share of all rows, once all have been added.

    With N rows afterwards a needy group has share · N of them, so that what the others have is
    (1 − the needy groups' shares) · N. A group that has its share already gets none, and is one of
    the others; those that have most of what they ask for are tried first.

    >>> _lacking({"a": 0.25, "b": 0.25}, {"a": 10, "b": 20, "c": 100})
    {'a': 40.0, 'b': 30.0}
    """
    needy = sorted(shares, key=lambda name: sizes[name] / shares[name])
    while needy:
        others = sum(sizes.values()) - sum(sizes[name] for name in needy)
        total = others / (1 - sum(shares[name] for name in needy))
        if shares[needy[-1]] * total > sizes[needy[-1]]:
            break
        needy.pop()
    return {name: shares[name] * total - sizes[name] if name in needy else 0.0 for name in shares}
