"""Every arm on the same number of splits, whatever was seen: the design of a paper, to replay."""

from synthcraft.select.policies.params import SweepParams
from synthcraft.select.policies.tally import Baseline, Tally, lap


class Sweep(Baseline[SweepParams]):
    """Laps over the arms at full effort, and an end after ``repeats`` of them."""

    def pick(self, tally: Tally) -> int | None:
        """The next arm of the lap, as long as one lacks a repeat."""
        tops = tally.tops
        return lap(tally, tops[tally.taken[tops] < self.params.repeats])
