"""AIM: measure, round by round, the marginal that the model gets most wrong for its noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import cast

import numpy as np

from synthcraft.generators.private.base import PrivateGenerator
from synthcraft.generators.private.measure import Access, Clique, Floats, exact_counts, sigma_of
from synthcraft.generators.private.model import Model, fit
from synthcraft.generators.private.params import AimParams
from synthcraft.generators.private.select import choose
from synthcraft.generators.private.tree import megabytes
from synthcraft.privacy.domain import Codes, Domain

ROUNDS_PER_COLUMN = 16
STEPS_PER_ROUND = 100
MEASURE = 0.9
"""Share of a round's budget that the counts get; the choice gets the rest."""

Weights = Mapping[Clique, float]


@dataclass(frozen=True)
class Aim(PrivateGenerator):
    """Adaptive and iterative: noise falls (a round's budget is quadrupled) where little was learnt.

    McKenna, Mullins, Sheldon and Miklau, VLDB 2022, arXiv:2201.12677, Algorithms 2 to 4.
    """

    def learn(self, codes: Codes, domain: Domain, rng: np.random.Generator) -> Model:
        """A model of the columns and of the marginals that were worth a round."""
        params = cast(AimParams, self.params)
        access = Access.open(codes, domain.sizes, self.release, rng)
        budget, sizes = access.budget, domain.sizes
        weights = workload(sizes, params.degree, params.max_cells)
        columns = [(i,) for i in range(len(sizes))]
        part = budget.rho / max(params.rounds or ROUNDS_PER_COLUMN * len(sizes), 2 * len(sizes))
        measured = [access.measure(column, MEASURE * part) for column in columns]
        model = fit(sizes, measured, params.steps)
        while budget.left > 0:
            last = budget.left < 2 * part
            part = budget.left if last else part
            size = params.max_model_mb * (1 - (budget.left - part) / budget.rho)
            offered = affordable(sizes, weights, list(model.potentials), size)
            clique = worst(access, model, offered, part)
            measured.append(access.measure(clique, budget.left if last else MEASURE * part))
            before = model.expected(clique)
            model = fit(sizes, measured, params.steps if last else STEPS_PER_ROUND, model)
            if last:
                break
            if np.abs(model.expected(clique) - before).sum() <= noise(measured[-1].sigma, before):
                part *= 4
        budget.close()
        return model


def workload(sizes: Sequence[int], degree: int, max_cells: int) -> Weights:
    """Marginals that may be measured, with weights: all parts of those of ``degree`` columns.

    A part weighs the number of columns it shares with each of them. Marginals of more than
    ``max_cells`` cells are not wanted; single columns always may be.

    >>> workload((2, 2, 9), 2, 10)
    {(0,): 1.0, (1,): 1.0, (2,): 1.0, (0, 1): 2.0}
    """
    columns = range(len(sizes))
    asked: list[Clique] = [
        clique
        for clique in combinations(columns, min(degree, len(sizes)))
        if np.prod([sizes[i] for i in clique]) <= max_cells
    ]
    parts: set[Clique] = {
        p for clique in asked for k in range(2, degree + 1) for p in combinations(clique, k)
    }
    weights = {p: float(sum(len({*p} & {*q}) for q in asked)) for p in parts}
    singles: dict[Clique, float] = {
        (i,): float(max(1, sum(i in q for q in asked))) for i in columns
    }
    return {**singles, **{p: weights[p] for p in sorted(parts, key=lambda p: (len(p), p))}}


def affordable(
    sizes: Sequence[int], weights: Weights, cliques: Sequence[Clique], limit: float
) -> Weights:
    """The marginals that the model already holds, or that keep it within ``limit`` MiB."""
    return {
        clique: weight
        for clique, weight in weights.items()
        if any({*clique} <= {*held} for held in cliques)
        or megabytes(sizes, (*cliques, clique)) <= limit
    }


def worst(access: Access, model: Model, offered: Weights, part: float) -> Clique:
    """The marginal drawn for its weighted error beyond the noise that measuring would add."""
    sigma = sigma_of(MEASURE * part, access.contribution)
    scores = []
    for clique, weight in offered.items():
        expected = model.expected(clique)
        error = np.abs(exact_counts(access.codes, access.sizes, clique) - expected).sum()
        scores.append(weight * (float(error) - noise(sigma, expected)))
    sensitivity = access.contribution * max(offered.values())
    share = access.budget.take((1 - MEASURE) * part)
    return list(offered)[choose(scores, sensitivity, share, access.rng)]


def noise(sigma: float, table: Floats) -> float:
    """The expected L1 norm of Gaussian noise on each cell: √(2/π) · σ · cells."""
    return float(np.sqrt(2 / np.pi) * sigma * table.size)
