"""The distribution that fits noisy marginals; from here on, nothing touches real rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthcraft.generators.private.measure import Clique, Floats, Measurement, total_of
from synthcraft.generators.private.tree import Tree, calibrated, junction_tree
from synthcraft.privacy.domain import Codes

Potentials = Mapping[Clique, Floats]
ENOUGH = 1e-4


@dataclass(frozen=True)
class Model:
    """A Markov random field: potentials of the measured marginals, the number of rows, the tree."""

    total: float
    potentials: Potentials
    tree: Tree

    def expected(self, clique: Clique) -> Floats:
        """Expected counts of some columns together."""
        return self.total * self.tree.project(clique)

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes, each drawn independently of the others."""
        return self.tree.draw(n, rng)

    def draw_where(self, n: int, where: Mapping[int, int], rng: np.random.Generator) -> Codes:
        """``n`` rows of codes that have these ones, by column, each drawn independently."""
        return self.tree.given(where).draw(n, rng)


def combined(measurements: Sequence[Measurement]) -> list[Measurement]:
    """One measurement for each marginal: the mean of its own, weighted by 1/σ².

    >>> twice = [Measurement((0,), np.array([4.0]), 1.0), Measurement((0,), np.array([8.0]), 1.0)]
    >>> [(m.counts.tolist(), round(m.sigma, 3)) for m in combined(twice)]
    [([6.0], 0.707)]
    """
    groups: dict[Clique, list[Measurement]] = {}
    for m in measurements:
        groups.setdefault(m.clique, []).append(m)
    found = []
    for clique, same in groups.items():
        weight = sum(m.sigma**-2 for m in same)
        counts = sum((m.counts * m.sigma**-2 for m in same), np.zeros(same[0].counts.shape))
        found.append(Measurement(clique, counts / weight, weight**-0.5))
    return found


def fit(
    sizes: tuple[int, ...],
    measurements: Sequence[Measurement],
    steps: int,
    start: Model | None = None,
) -> Model:
    """The distribution with the least Σ ‖counts − expected‖² / 2σ², by ``steps`` of mirror descent.

    McKenna, Sheldon and Miklau, ICML 2019, arXiv:1901.09136, Algorithm 1: potentials move against
    the gradient; a step that gains too little is taken back and halved. It ends before where a step
    gains less than ``ENOUGH``: the loss is −log likelihood of the noise, so that many more steps
    would tell nothing that the noise has not blurred. ``start`` is a model of fewer measurements
    to go on from.
    """
    data = combined(measurements)
    total = total_of(data)
    nodes = junction_tree(sizes, frozenset(m.clique for m in data))

    def at(theta: Potentials) -> Point:
        tree = calibrated(sizes, nodes, theta)
        expected = {clique: total * table for clique, table in tree.held().items()}
        slope = {m.clique: (expected[m.clique] - m.counts) / m.sigma**2 for m in data}
        loss = sum(0.5 * m.sigma**2 * float((slope[m.clique] ** 2).sum()) for m in data)
        return Point(theta, tree, expected, loss, slope)

    known = start.potentials if start else {}
    here = at({m.clique: known.get(m.clique, np.zeros(m.counts.shape)) for m in data})
    pace = 2 / (total * sum(m.sigma**-2 for m in data))
    for _ in range(steps):
        there = at({clique: here.theta[clique] - pace * g for clique, g in here.slope.items()})
        gain = here.loss - there.loss
        if gain >= 0.5 * pace * promised(here, there):
            here = there
            pace *= 1.1
            if gain < ENOUGH:
                break
        else:
            pace /= 2
    return Model(total, here.theta, here.tree)


@dataclass(frozen=True)
class Point:
    """Where the descent is: potentials, their tree, and for each measured marginal the expected
    counts and the gradient of the loss in them."""

    theta: Potentials
    tree: Tree
    expected: Potentials
    loss: float
    slope: Potentials


def promised(here: Point, there: Point) -> float:
    """What the gradient promises of moving from one point's expected counts to another's."""
    return sum(
        float((g * (here.expected[clique] - there.expected[clique])).sum())
        for clique, g in here.slope.items()
    )
