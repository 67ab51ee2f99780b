"""How much better the winner looked where it was chosen than on rows that had no say."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthcraft.objective import weights
from synthcraft.records import Plan, Record
from synthcraft.select.worths import again, references, scales, weighted
from synthcraft.spec.types import ObjectiveSpec


@dataclass(frozen=True)
class Pair:
    """One fit of the winner: its worth on an inner split's validation rows and on the holdout.

    Both are weighted means of the same families, in [0, 1]; the synthetic rows are the same.
    """

    split: int
    validation: float
    holdout: float

    @property
    def optimism(self) -> float:
        """Validation − holdout."""
        return self.validation - self.holdout


def pairs(objective: ObjectiveSpec, plan: Plan, records: Sequence[Record]) -> tuple[Pair, ...]:
    """Each fit by which the winner was chosen, judged twice; their mean difference is the optimism.

    Empty where nothing was chosen, no fit could be judged on both sides, or less than half of the
    declared weight lies on families that can be judged on both.

    The choosing trials of the winner are those that were repeated on the holdout (stage
    "optimism": same train rows, same seeds); each side is read on its own references' scales, of
    the same measures.
    """
    chosen = scales(objective, plan.metrics, references(plan, records))
    repeated = again(chosen, plan.metrics, references(plan, records, stage="optimism"))
    share = weights(objective, chosen.keys() & repeated.keys())
    known = {(r.trial.arm, r.trial.split, r.trial.stage): r for r in records}
    found = []
    for record in records:
        arm, split = record.trial.arm, record.trial.split
        if record.trial.stage != "optimism" or arm not in {one.id for one in plan.arms}:
            continue
        first = known.get((arm, split, "select")) or known.get((arm, split, "confirm"))
        before = None if first is None else weighted(first, chosen, share)
        after = weighted(record, repeated, share)
        if before is not None and after is not None:
            found.append(Pair(split, before, after))
    return tuple(sorted(found, key=lambda pair: pair.split))
