"""How long a pull will take: learned from recorded runs, and from this one as it goes.

The log seconds of all candidates are one Gaussian vector, as worths are (``belief``): a pull tells
of its own candidate, of the arm's other efforts and, by what this machine and table do to all, of
every other candidate.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthcraft.select.arena import Arena, Pull
from synthcraft.select.belief import Gaussian
from synthcraft.select.prior import SIZES, Prior, moments, noises

Floats = NDArray[np.float64]

BRIEF = 1e-3  # seconds: below, a clock tells nothing
CRASHED = 1.0  # noise variance of log seconds where a pull failed somewhere on its way


@dataclass(frozen=True, eq=False)
class Costs:
    """A belief on the log seconds of every candidate."""

    logs: Gaussian
    noise: Floats

    @property
    def seconds(self) -> Floats:
        """Predicted seconds of a pull of each candidate (medians)."""
        return np.asarray(np.exp(self.logs.mean[0]))

    def told(self, pull: Pull) -> "Costs":
        """The belief once a pull has ended."""
        noise = self.noise[pull.candidate] if pull.worth is not None else CRASHED
        value = np.log(max(pull.seconds, BRIEF))
        return replace(self, logs=self.logs.told([pull.candidate], value, noise))


def expect(arena: Arena, prior: Prior) -> Costs:
    """The belief before the first pull.

    Without records a budget is taken to be one that every arm fits into once, and a pull's seconds
    to be in proportion to its effort; whatever the first pull takes corrects this for all.

    >>> from synthcraft.select.arena import Candidate
    >>> from synthcraft.select.prior import flat
    >>> arena = Arena(("a", "b"), ("arf", "mst"), ("tree", "marginal"),
    ...               (Candidate(0), Candidate(1, 0.5), Candidate(1)), 3, (1, 0, 0), seconds=60)
    >>> costs = expect(arena, flat())
    >>> costs.seconds.round(1).tolist()
    [30.0, 15.0, 30.0]
    >>> costs.told(Pull(0, 0, seconds=3, worth=(1, 1, 1))).seconds.round(1).tolist()
    [3.0, 2.7, 4.8]
    """
    known = (arena.names, arena.plugins, arena.kinds)
    mean, cov = moments(prior.seconds, *known, arena.candidates)
    noise = noises(prior.seconds, arena.names, arena.plugins) + prior.seconds.variances.split
    noise = noise[[c.arm for c in arena.candidates]]
    return Costs(Gaussian((mean + _size(arena, prior))[None], cov[None]), noise)


def _size(arena: Arena, prior: Prior) -> Floats | float:
    """What the arena's table adds to the recorded log seconds."""
    if prior.centre is None:
        whole = 1.0 if arena.seconds is None else arena.seconds / len(arena.names)
        return np.log([whole * c.rung for c in arena.candidates])
    known = zip(SIZES, prior.slopes, prior.centre, strict=True)
    return sum(
        slope * (float(np.log(arena.context[name])) - centre)
        for name, slope, centre in known
        if arena.context.get(name, 0) > 0
    )
