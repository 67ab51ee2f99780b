"""Rare codes of a column taken together, so that noise is not spread over empty cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthcraft.generators.private.measure import Floats, Measurement
from synthcraft.privacy.domain import Codes


@dataclass(frozen=True)
class Merging:
    """For each column, the new code of each old one; a function of noisy counts alone."""

    columns: tuple[Codes, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of new codes of each column."""
        return tuple(int(column.max()) + 1 for column in self.columns)

    def shrink(self, codes: Codes) -> Codes:
        """New codes (rows × columns) of old ones."""
        return np.column_stack([column[codes[:, i]] for i, column in enumerate(self.columns)])

    def restore(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """Old codes of new ones: each of those that were merged is as likely as the others."""
        drawn = np.empty_like(codes)
        for i, column in enumerate(self.columns):
            order, members = np.argsort(column, kind="stable"), np.bincount(column)
            first = np.cumsum(members) - members
            drawn[:, i] = order[first[codes[:, i]] + rng.integers(members[codes[:, i]])]
        return drawn

    def merged(self, m: Measurement) -> Measurement:
        """A column's noisy counts by new codes; the sum's greater noise is taken for one cell's."""
        counts: Floats = np.zeros(self.sizes[m.clique[0]])
        np.add.at(counts, self.columns[m.clique[0]], m.counts)
        return Measurement(m.clique, counts, m.sigma)


def merging(oneways: Sequence[Measurement]) -> Merging:
    """Codes whose noisy count is under 3σ become one (McKenna et al., 2021, section 3.2).

    >>> merging([Measurement((0,), np.array([90.0, 2.0, 50.0, -1.0]), 1.0)]).columns[0].tolist()
    [0, 2, 1, 2]
    """
    return Merging(tuple(_column(m) for m in oneways))


def _column(m: Measurement) -> Codes:
    kept = m.counts >= 3 * m.sigma
    return np.where(kept, np.cumsum(kept) - 1, kept.sum()).astype(np.int64)
