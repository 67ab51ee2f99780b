"""The selector that leaves nothing out."""

from collections.abc import Sequence

from synthcraft.catalogue import SelectorParams
from synthcraft.plan import report_trials
from synthcraft.records import Plan, Record
from synthcraft.select.base import Round


class Exhaustive:
    """Every arm on every split and replicate, in one round."""

    def __init__(self, *, params: SelectorParams) -> None:
        self.params = params

    def ask(self, plan: Plan, history: Sequence[Record], *, seed: int) -> Round:  # noqa: ARG002
        """All report trials at first, then nothing."""
        known = {record.trial.id for record in history}
        return Round(tuple(trial for trial in report_trials(plan) if trial.id not in known))
