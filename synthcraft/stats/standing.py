"""Where generators stand over several datasets: who is best how often, and who is told apart.

Tables of scores are those of ``ranks``: by generator, dataset by dataset, None for a failure.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from synthcraft.stats.ranks import SIGNIFICANT, Pair, Table, ranked

DRAWS = 20_000  # the error of a probability is at most 0.5 / √20,000 = 0.0035


def wins(table: Table, *, falling: bool) -> dict[str, float]:
    """On how many datasets each generator is best; those that tie share the win.

    >>> wins({"a": [0.9, 0.7, None], "b": [0.8, 0.7, None]}, falling=False)
    {'a': 1.5, 'b': 0.5}
    """
    won = dict.fromkeys(table, 0.0)
    for scores in zip(*table.values(), strict=True):
        ranks = ranked(scores, falling=falling)
        first = [
            name
            for name, rank, score in zip(table, ranks, scores, strict=True)
            if rank == min(ranks) and score is not None
        ]
        for name in first:
            won[name] += 1 / len(first)
    return won


def chance_of_best(table: Table, stream: np.random.Generator, *, falling: bool) -> dict[str, float]:
    """How probably each generator has the best mean rank over all datasets such as these.

    By the Bayesian bootstrap (Rubin 1981, Annals of Statistics 9:130-134): datasets get random
    weights, uniform over all that add up to 1. One more dataset, on which the order is random,
    stands for what has not been seen: three datasets that agree are no certainty. Generators that
    tie share a draw.

    >>> found = chance_of_best({"a": [3, 4], "b": [1, 2]}, np.random.default_rng(0), falling=False)
    >>> abs(found["a"] - 7 / 8) < 0.02  # not where the third weighs over ½ and b leads there
    True
    """
    columns = zip(*table.values(), strict=True)
    ranks = np.array([ranked(scores, falling=falling) for scores in columns])
    weights = stream.dirichlet(np.ones(len(ranks) + 1), DRAWS)
    unseen = 1.0 + np.argsort(stream.random((DRAWS, len(table))), axis=1)
    means = weights[:, :-1] @ ranks + weights[:, -1:] * unseen
    best = means <= means.min(axis=1, keepdims=True) + 1e-12
    chances = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return dict(zip(table, map(float, chances), strict=True))


def alike(
    names: Sequence[str], pairs: Iterable[Pair], *, level: float = SIGNIFICANT
) -> tuple[tuple[str, ...], ...]:
    """The largest groups of generators of which no test tells any two apart, in the order given.

    Groups may overlap: a and b, b and c, while a and c are told apart. A generator that is told
    apart from all others is in none.

    >>> told = Pair("a", "c", wins=9, ties=0, losses=0, p=0.004, adjusted=0.012)
    >>> alike(["a", "b", "c"], [told])
    (('a', 'b'), ('b', 'c'))
    """
    apart = {frozenset((p.first, p.second)) for p in pairs if p.adjusted <= level}
    joined = {a: {b for b in names if b != a and frozenset((a, b)) not in apart} for a in names}
    groups = [group for group in _cliques(set(), set(names), set(), joined) if len(group) > 1]
    ordered = (tuple(name for name in names if name in group) for group in groups)
    return tuple(sorted(ordered, key=lambda group: [names.index(name) for name in group]))


def _cliques(
    inside: set[str], open_: set[str], done: set[str], joined: dict[str, set[str]]
) -> Iterator[set[str]]:
    """Maximal cliques (Bron & Kerbosch 1973)."""
    if not open_ and not done:
        yield inside
    for name in sorted(open_):
        near = joined[name]
        yield from _cliques(inside | {name}, open_ & near, done & near, joined)
        open_ = open_ - {name}
        done = done | {name}
