"""Noisy counts of each column, drawn independently: the least that a budget can buy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthcraft.generators.base import Impossible
from synthcraft.generators.private.base import PrivateGenerator
from synthcraft.generators.private.measure import Access, Floats
from synthcraft.privacy.domain import Codes, Domain


@dataclass(frozen=True)
class Independent(PrivateGenerator):
    """Each column's counts measured with the same noise."""

    def learn(self, codes: Codes, domain: Domain, rng: np.random.Generator) -> "Columns":
        """Equal parts of the budget for the columns."""
        access = Access.open(codes, domain.sizes, self.release, rng)
        rho = access.budget.rho / len(domain.sizes)
        measured = [access.measure((i,), rho) for i in range(len(domain.sizes))]
        access.budget.close()
        return Columns(tuple(probabilities(m.counts) for m in measured))


def probabilities(counts: Floats) -> Floats:
    """Noisy counts as probabilities: below 0 is 0; where nothing is left, all codes are equal.

    >>> probabilities(np.array([3.0, -2.0, 1.0])).tolist(), probabilities(np.array([-1.0])).tolist()
    ([0.75, 0.0, 0.25], [1.0])
    """
    kept = np.maximum(counts, 0)
    return kept / kept.sum() if kept.sum() > 0 else np.full(counts.shape, 1 / counts.size)


@dataclass(frozen=True)
class Columns:
    """Independent columns, by the probability of each code."""

    columns: tuple[Floats, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes."""
        return np.column_stack([rng.choice(len(p), n, p=p) for p in self.columns]).astype(np.int64)

    def draw_where(self, n: int, where: Mapping[int, int], rng: np.random.Generator) -> Codes:
        """``n`` rows of codes that have these ones, by column; Impossible if one has no chance."""
        if any(self.columns[i][code] == 0 for i, code in where.items()):
            raise Impossible("the generator gives this level no chance")
        codes = self.draw(n, rng)
        codes[:, list(where)] = list(where.values())
        return codes
