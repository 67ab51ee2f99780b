"""What a model is trained on: the real rows with an arm's added, or as a control has them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from synthcraft.augment.added import Added
from synthcraft.augment.cohort import Cohort
from synthcraft.augment.doses import doses_of, label, primary_of, rows_to_add
from synthcraft.data.table import Table
from synthcraft.metrics.encode import Floats
from synthcraft.spec.types import AugmentationSpec


@dataclass(frozen=True, eq=False)
class Training:
    """Rows in canonical form, and a weight for each where they do not count alike.

    ``augmentation`` is how measures name what was added (augment/doses.label), empty where nothing
    was; ``refused`` is why there are no such rows. ``drawn`` tells, by target, how many rows a
    generator drew for each that was added, where it is known.
    """

    frame: pd.DataFrame
    weights: Floats | None = None
    augmentation: str = ""
    refused: str = ""
    drawn: Mapping[str, float] = field(default_factory=dict)


def arm_trainings(cohort: Cohort, added: Added, aug: AugmentationSpec) -> tuple[Training, ...]:
    """What an arm trains models on: train rows with each dose, and with rows of everyone.

    Doses are nested: a smaller one is the first rows of a larger one. One whose rows a target did
    not get is refused. What is added to ``everyone`` is as many rows as the primary dose adds to
    all targets.
    """
    return (*_doses(cohort, added, aug), _everyone(cohort, added, aug))


def _doses(cohort: Cohort, added: Added, aug: AugmentationSpec) -> Iterator[Training]:
    per_row = {
        name: added.drawn[name] / len(rows)
        for name, rows in added.rows.items()
        if name in added.drawn and len(rows)
    }
    for dose in doses_of(aug):
        wanted = rows_to_add(aug, cohort.grouping, cohort.sizes, dose)
        lacking = [name for name, n in wanted.items() if len(added.rows.get(name, ())) < n]
        drawn = per_row if dose == primary_of(aug) else {}
        if lacking:
            name = lacking[0]
            reason = added.failed.get(name, "too few rows were made")
            yield refusal(cohort, label(dose), f"{name}: {reason}", drawn=drawn)
            continue
        parts = [added.rows[name].iloc[:n] for name, n in wanted.items() if n]
        yield Training(joined(cohort.train, parts), augmentation=label(dose), drawn=drawn)


def _everyone(cohort: Cohort, added: Added, aug: AugmentationSpec) -> Training:
    primary = primary_of(aug)
    about = label(primary, everyone=True)
    n = sum(rows_to_add(aug, cohort.grouping, cohort.sizes, primary).values())
    if added.everyone_failed or len(added.everyone) < n:
        return refusal(cohort, about, added.everyone_failed or "too few rows were made")
    return Training(joined(cohort.train, [added.everyone.iloc[:n]]), augmentation=about)


def joined(train: Table, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The train rows, then those of the parts, in canonical form."""
    frames = [train.frame, *(part[list(train.names)] for part in parts)]
    # Levels as text meanwhile: parts need not know the same ones.
    texts = [frame.astype(dict.fromkeys(train.categorical, object)) for frame in frames]
    return train.with_frame(pd.concat(texts, ignore_index=True)).frame


def refusal(
    cohort: Cohort, augmentation: str, reason: str, *, drawn: Mapping[str, float] | None = None
) -> Training:
    """What there is where the rows to train on cannot be had: none, and why."""
    return Training(
        cohort.train.frame.iloc[:0], augmentation=augmentation, refused=reason, drawn=drawn or {}
    )
