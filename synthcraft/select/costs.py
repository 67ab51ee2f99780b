"""How long a pull will take: learned from recorded runs, and from this one as it goes.

The log seconds of all candidates are one Gaussian vector, as worths are (``belief``): a pull tells
of its own candidate, of the arm's other efforts and, by what this machine and table do to all, of
every other candidate. An arm with other parameters than the recorded one of its plugin is taken
for that one at another training effort (``select/work``), with a doubt that grows with the ratio.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.belief import Gaussian
from synthcraft.select.prior import SIZES, Prior, Quantity, moments, noises

Floats = NDArray[np.float64]
Arms = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # names, plugins, kinds

BRIEF = 1e-3  # seconds: below, a clock tells nothing
CRASHED = 1.0  # noise variance of log seconds where a pull failed somewhere on its way
DOUBT = 0.2  # standard deviation of log seconds for each e-fold of work beyond the recorded


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
    arms = (arena.names, arena.plugins, arena.kinds)
    ratio = _ratio(arena, prior)
    at = [c.arm for c in arena.candidates]
    efforts = tuple(Candidate(c.arm, c.rung * float(ratio[c.arm])) for c in arena.candidates)
    mean, cov = moments(prior.seconds, *arms, efforts)
    mean = mean + _beyond(prior.seconds, arms, efforts) + _size(arena, prior)
    cov = cov + np.diag((DOUBT * np.log(ratio)) ** 2)[np.ix_(at, at)]
    noise = noises(prior.seconds, arena.names, arena.plugins) + prior.seconds.variances.split
    return Costs(Gaussian(mean[None], cov[None]), noise[at])


def _ratio(arena: Arena, prior: Prior) -> Floats:
    """Each arm's work over that of its recorded plugin; 1 where either is not known."""
    own = arena.work or (1.0,) * len(arena.names)
    return np.array(
        [
            work / prior.work[plugin] if arena.work and plugin in prior.work else 1.0
            for work, plugin in zip(own, arena.plugins, strict=True)
        ]
    )


def _beyond(quantity: Quantity, arms: Arms, efforts: tuple[Candidate, ...]) -> Floats:
    """What efforts above the recorded full one add to its log seconds.

    Seconds grow on in a straight line, as between the two highest recorded efforts.
    """
    if len(quantity.rungs) == 1:
        return np.array([np.log(max(1.0, c.rung)) for c in efforts])
    each = range(len(arms[0]))
    ends = (moments(quantity, *arms, tuple(Candidate(a, z) for a in each))[0]
            for z in quantity.rungs[-2:])  # fmt: skip
    lower, top = (np.asarray(end) for end in ends)
    growth = np.maximum(0.0, 1 - np.exp(lower - top)) / (1 - quantity.rungs[-2])
    more = np.array([max(0.0, c.rung - 1) for c in efforts])
    return np.asarray(np.log1p(more * growth[[c.arm for c in efforts]]))


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
