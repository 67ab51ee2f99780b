"""Which real rows generators and models see, which are withheld, and which judge."""

from dataclasses import dataclass

from synthcraft.augment.groups import Grouping
from synthcraft.data.table import Table


@dataclass(frozen=True, eq=False)
class Cohort:
    """The real rows of one augmentation trial; four disjoint tables with the same columns.

    Of a split's train rows, ``validation`` (thresholds are found on it) and ``withheld`` rows of
    the targets (what the control "real" adds) are set aside before anything is fitted, imputed or
    screened; ``train`` is what is left, and all that generators and models learn from. ``holdout``
    judges and is never augmented. ``withheld`` may have no rows.
    """

    grouping: Grouping
    train: Table
    validation: Table
    withheld: Table
    holdout: Table
