"""MST: noisy columns, a privately chosen spanning tree of pairs, noisy counts of those pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import cast

import numpy as np

from synthcraft.generators.private.base import PrivateGenerator
from synthcraft.generators.private.measure import Access, Clique, Floats, exact_counts
from synthcraft.generators.private.merge import Merging, merging
from synthcraft.generators.private.model import Model, fit
from synthcraft.generators.private.params import MstParams
from synthcraft.generators.private.select import choose
from synthcraft.privacy.domain import Codes, Domain


@dataclass(frozen=True)
class Mst(PrivateGenerator):
    """A third of the budget for the columns, a third for the choice of pairs, a third for them.

    McKenna, Miklau and Sheldon, Journal of Privacy and Confidentiality 2021, arXiv:2108.04978.
    """

    def learn(self, codes: Codes, domain: Domain, rng: np.random.Generator) -> "Merged":
        """A tree of pairs over columns whose rare codes are merged."""
        params = cast(MstParams, self.params)
        access = Access.open(codes, domain.sizes, self.release, rng)
        columns = len(domain.sizes)
        third = access.budget.rho / 3 if columns > 1 else access.budget.rho
        oneways = [access.measure((i,), third / columns) for i in range(columns)]
        rare = merging(oneways)
        access = replace(access, codes=rare.shrink(codes), sizes=rare.sizes)
        measured = [rare.merged(m) for m in oneways]
        pairs = spanning_tree(access, fit(rare.sizes, measured, params.steps), third)
        # what is left is a third, or two where there was nothing to choose between
        share = access.budget.left / max(1, len(pairs))
        measured += [access.measure(pair, share) for pair in pairs]
        access.budget.close()
        return Merged(fit(rare.sizes, measured, params.steps), rare)


@dataclass(frozen=True)
class Merged:
    """A model over merged codes, and what they stand for."""

    model: Model
    rare: Merging

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes."""
        return self.rare.restore(self.model.draw(n, rng), rng)

    def draw_where(self, n: int, where: Mapping[int, int], rng: np.random.Generator) -> Codes:
        """``n`` rows of codes that have these ones, by column.

        Merged codes are alike in all but their name: which one it is tells nothing else.
        """
        shrunk = {i: int(self.rare.columns[i][code]) for i, code in where.items()}
        codes = self.rare.restore(self.model.draw_where(n, shrunk, rng), rng)
        codes[:, list(where)] = list(where.values())
        return codes


def spanning_tree(access: Access, model: Model, rho: float) -> list[Clique]:
    """Pairs that connect all columns, each drawn for its error under the model, for ρ in all.

    Among pairs of columns that are not yet connected, the exponential mechanism prefers those
    whose counts differ most from what the model expects. Two columns leave no choice: free.
    """
    pairs: list[Clique] = list(combinations(range(len(access.sizes)), 2))
    if len(pairs) <= 1:
        return pairs
    errors = {pair: error_of(access, model.expected(pair), pair) for pair in pairs}
    part = list(range(len(access.sizes)))  # the component that each column belongs to
    tree: list[Clique] = []
    while len(tree) < len(access.sizes) - 1:
        open_pairs = [(a, b) for a, b in pairs if part[a] != part[b]]
        scores = [errors[pair] for pair in open_pairs]
        share = access.budget.take(rho / (len(access.sizes) - 1))
        a, b = open_pairs[choose(scores, access.contribution, share, access.rng)]
        part = [part[a] if one == part[b] else one for one in part]
        tree.append((a, b))
    return tree


def error_of(access: Access, expected: Floats, clique: Clique) -> float:
    """L1 distance of exact from expected counts; one person moves it by ``contribution`` at most.

    It holds real counts: it goes nowhere but into ``choose``.
    """
    return float(np.abs(exact_counts(access.codes, access.sizes, clique) - expected).sum())
