"""The distribution that fits noisy marginals; from here on, nothing touches real rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthcraft.generators.private.measure import Clique, Floats, Measurement, total_of
from synthcraft.generators.private.tree import Tree, calibrated, home_of, junction_tree
from synthcraft.privacy.domain import Codes

Potentials = Mapping[Clique, Floats]


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
    the gradient; a step that gains too little is taken back and halved. ``start`` is a model of
    fewer measurements to go on from.
    """
    data = combined(measurements)
    total = total_of(data)
    nodes = junction_tree(sizes, frozenset(m.clique for m in data))
    known = start.potentials if start else {}
    theta = {m.clique: known.get(m.clique, np.zeros(m.counts.shape)) for m in data}
    tree = calibrated(sizes, nodes, theta)
    loss, slope = _loss(tree, data, total)
    pace = 2 / (total * sum(m.sigma**-2 for m in data))
    for _ in range(steps):
        moved = {clique: theta[clique] - pace * slope[clique] for clique in theta}
        there = calibrated(sizes, nodes, moved)
        reached, slope_there = _loss(there, data, total)
        if loss - reached >= 0.5 * pace * _gain(slope, tree, there, total):
            theta, tree, loss, slope = moved, there, reached, slope_there
            pace *= 1.1
        else:
            pace /= 2
    return Model(total, theta, tree)


def _loss(
    tree: Tree, data: Sequence[Measurement], total: float
) -> tuple[float, dict[Clique, Floats]]:
    """The loss and its gradient in the expected counts of each measured marginal."""
    loss, slope = 0.0, {}
    for m in data:
        gap = total * _held(tree, m.clique) - m.counts
        slope[m.clique] = gap / m.sigma**2
        loss += 0.5 * float((gap * slope[m.clique]).sum())
    return loss, slope


def _gain(slope: Potentials, here: Tree, there: Tree, total: float) -> float:
    """What the slope promises of moving from one tree's expected counts to another's."""
    return sum(
        total * float((g * (_held(here, clique) - _held(there, clique))).sum())
        for clique, g in slope.items()
    )


def _held(tree: Tree, clique: Clique) -> Floats:
    """The probabilities of a clique that lies within a node."""
    home = home_of(tree.nodes, clique)
    others = tuple(k for k, i in enumerate(tree.nodes[home].clique) if i not in clique)
    return np.asarray(tree.tables[home].sum(axis=others))
