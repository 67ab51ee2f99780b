"""A distribution over codes as a junction tree: its cliques' marginals, projections and draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from synthcraft.generators.private.measure import Clique, Floats
from synthcraft.privacy.domain import Codes

Labelled = tuple[Floats, Clique]
"""A table and the columns of its axes."""


@dataclass(frozen=True)
class Node:
    """A clique of the tree; ``given`` are its columns that the clique at ``parent`` has too.

    A parent comes before its children; a root's ``parent`` is -1 and nothing is given.
    """

    clique: Clique
    parent: int
    given: Clique

    @property
    def new(self) -> Clique:
        """The columns that are met here for the first time."""
        return tuple(i for i in self.clique if i not in self.given)


def megabytes(sizes: Sequence[int], cliques: Iterable[Clique]) -> float:
    """MiB of a junction tree that holds the cliques, 8 bytes a cell.

    >>> megabytes((1024, 128), [(0, 1)])
    1.0
    """
    return sum(
        8 * prod(sizes[i] for i in node.clique) / 2**20
        for node in junction_tree(tuple(sizes), frozenset(cliques))
    )


@lru_cache(maxsize=1024)
def junction_tree(sizes: tuple[int, ...], cliques: frozenset[Clique]) -> tuple[Node, ...]:
    """Nodes whose cliques hold all the given ones and every column, parents first.

    No node's clique lies within another's, and the nodes that hold a column are connected. Columns
    come back in the opposite order of their elimination, each to a node that holds all its
    neighbours (Blair and Peyton, 1993, "An introduction to chordal graphs and clique trees").

    >>> [(n.clique, n.given) for n in junction_tree((2, 2, 2), frozenset({(0, 1), (1, 2)}))]
    [((1, 2), ()), ((0, 1), (1,))]
    """
    held: list[set[int]] = []
    above: list[tuple[int, Clique]] = []  # each node's parent, and what both hold
    for column, others in reversed(elimination(sizes, cliques)):
        home = next((k for k, here in enumerate(held) if others and others <= here), -1)
        if home >= 0 and held[home] == others:
            held[home].add(column)
        else:
            held.append(others | {column})
            above.append((home, tuple(sorted(others))))
    return tuple(
        Node(tuple(sorted(here)), *parent) for here, parent in zip(held, above, strict=True)
    )


def elimination(sizes: Sequence[int], cliques: Iterable[Clique]) -> list[tuple[int, set[int]]]:
    """Columns as they go, each with its neighbours at that time, which become each other's.

    Columns of a clique are neighbours. Next goes whoever has the fewest cells together with its
    neighbours, the first column of those that tie: greedy, as the best order is hard to find.

    >>> elimination((2, 2, 2), [(0, 1), (1, 2)])
    [(0, {1}), (1, {2}), (2, set())]
    """
    near: dict[int, set[int]] = {i: set() for i in range(len(sizes))}
    for clique in cliques:
        for i in clique:
            near[i].update(j for j in clique if j != i)
    gone: list[tuple[int, set[int]]] = []
    while near:
        column = min(near, key=lambda i: prod((sizes[i], *(sizes[j] for j in near[i]))))
        others = near.pop(column)
        for i in others:
            near[i] = (near[i] | others) - {i, column}
        gone.append((column, others))
    return gone


@dataclass(frozen=True)
class Tree:
    """The nodes of a junction tree and the joint probabilities of each node's columns."""

    sizes: tuple[int, ...]
    nodes: tuple[Node, ...]
    tables: tuple[Floats, ...]

    def project(self, clique: Clique) -> Floats:
        """Probabilities of some columns' codes together, axes in the order of ``clique``."""
        for node, table in zip(self.nodes, self.tables, strict=True):
            if set(clique) <= set(node.clique):
                return product([(table, node.clique)], clique)
        return self._eliminated(clique)

    def _eliminated(self, clique: Clique) -> Floats:
        """The same from several nodes: each tells its parent what it has of the clique."""
        messages: list[list[Labelled]] = [[] for _ in (*self.nodes, None)]  # the last one: to us
        for place in reversed(range(len(self.nodes))):
            node = self.nodes[place]
            kept = {i for _, labels in messages[place] for i in labels} | set(node.new)
            if {*clique} <= kept | {*node.clique}:  # branches meet: no need to go further up
                whole = (self.tables[place], node.clique)
                return product([whole, *messages[place]], clique)
            above = tuple(i for i in clique if i in kept and i not in node.given)
            if not above:  # nothing asked of this branch: it sums to 1
                continue
            labels = (*node.given, *above)
            own = (conditional(self.tables[place], node), node.clique)
            messages[node.parent].append((product([own, *messages[place]], labels), labels))
        return product(messages[-1], clique)

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` rows of codes, each drawn independently of the others."""
        codes = np.zeros((n, len(self.sizes)), dtype=np.int64)
        for node, table in zip(self.nodes, self.tables, strict=True):
            shape = [tuple(self.sizes[i] for i in part) for part in (node.given, node.new)]
            ordered = product([(table, node.clique)], (*node.given, *node.new))
            ordered = ordered.reshape(int(np.prod(shape[0])), -1)
            cells = _drawn(ordered, _cells(codes, node.given, shape[0]), rng)
            for i, drawn in zip(node.new, np.unravel_index(cells, shape[1]), strict=True):
                codes[:, i] = drawn
        return codes


def product(factors: Sequence[Labelled], onto: Clique) -> Floats:
    """The product of tables over named columns, summed over all columns but those of ``onto``.

    >>> product([(np.array([[1.0, 2.0], [3.0, 4.0]]), (0, 70))], (70,)).tolist()
    [4.0, 6.0]
    """
    # einsum knows no labels above 51
    label = {i: k for k, i in enumerate(dict.fromkeys(i for _, c in factors for i in c))}
    operands: list[Any] = []
    for table, clique in factors:
        operands += [table, [label[i] for i in clique]]
    found: Floats = np.einsum(*operands, [label[i] for i in onto], optimize="greedy")
    return found


def conditional(table: Floats, node: Node) -> Floats:
    """The node's probabilities given its parent's columns; 0 where those have none."""
    axes = tuple(k for k, i in enumerate(node.clique) if i not in node.given)
    whole = table.sum(axis=axes, keepdims=True)
    share: Floats = np.divide(table, whole, out=np.zeros_like(table), where=whole > 0)
    return share


def _cells(codes: Codes, columns: Clique, shape: tuple[int, ...]) -> Codes:
    if not columns:
        return np.zeros(len(codes), dtype=np.int64)
    cells: Codes = np.ravel_multi_index(tuple(codes[:, i] for i in columns), shape)
    return cells


def _drawn(table: Floats, rows: Codes, rng: np.random.Generator) -> Codes:
    """A cell for each entry of ``rows``, from that row of the table."""
    drawn: Codes = np.zeros(len(rows), dtype=np.int64)
    uniform = rng.random(len(rows))
    order = np.argsort(rows, kind="stable")
    values, starts = np.unique(rows[order], return_index=True)
    for value, among in zip(values, np.split(order, starts)[1:], strict=True):
        ladder = np.cumsum(table[value])
        places = np.searchsorted(ladder, uniform[among] * ladder[-1], side="right")
        drawn[among] = np.minimum(places, len(ladder) - 1)
    return drawn


def calibrated(
    sizes: tuple[int, ...], nodes: tuple[Node, ...], potentials: Mapping[Clique, Floats]
) -> Tree:
    """The tree of the distribution ∝ exp(sum of the potentials), by two passes of messages.

    Each potential's clique must lie within some node's. Hugin's scheme (Jensen, Lauritzen and
    Olesen, 1990), in logarithms.
    """
    logs = [np.zeros([sizes[i] for i in node.clique]) for node in nodes]
    for clique, potential in potentials.items():
        home = home_of(nodes, clique)
        logs[home] = logs[home] + spread(potential, clique, nodes[home].clique)
    handed = [np.zeros(())] * len(nodes)
    for place in reversed(range(len(nodes))):
        node = nodes[place]
        if node.parent >= 0:
            handed[place] = _summed(logs[place], node.clique, node.given)
            above = nodes[node.parent].clique
            logs[node.parent] = logs[node.parent] + spread(handed[place], node.given, above)
    for place, node in enumerate(nodes):
        if node.parent >= 0:
            whole = _summed(logs[node.parent], nodes[node.parent].clique, node.given)
            logs[place] = logs[place] + spread(whole - handed[place], node.given, node.clique)
    return Tree(sizes, nodes, tuple(_normal(log) for log in logs))


def home_of(nodes: Sequence[Node], clique: Clique) -> int:
    """The position of the first node that holds a clique."""
    return next(k for k, node in enumerate(nodes) if set(clique) <= set(node.clique))


def spread(table: Floats, clique: Clique, onto: Clique) -> Floats:
    """A table over some columns, with axes of length 1 for the others of ``onto`` (both ascending).

    >>> spread(np.zeros((2, 3)), (0, 2), (0, 1, 2)).shape
    (2, 1, 3)
    """
    held = iter(table.shape)
    return table.reshape([next(held) if i in clique else 1 for i in onto])


def _summed(log: Floats, clique: Clique, kept: Clique) -> Floats:
    """Log of the sum of exponentials over the columns that are not kept."""
    axes = tuple(k for k, i in enumerate(clique) if i not in kept)
    top = log.max(axis=axes, keepdims=True)
    found = np.log(np.exp(log - top).sum(axis=axes)) + top.squeeze(axis=axes)
    return np.asarray(found)


def _normal(log: Floats) -> Floats:
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())
