"""A distribution over codes as a junction tree: its cliques' marginals, projections and draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from synthcraft.generators.base import Impossible
from synthcraft.generators.private.measure import Clique, Floats
from synthcraft.privacy.domain import Codes

Labelled = tuple[Floats, Clique]
"""A table and the columns of its axes."""


@dataclass(frozen=True)
class Node:
    """A clique of the tree; ``given`` are its columns that the clique at ``parent`` has too.

    A parent comes before its children; a root's ``parent`` is -1 and nothing is given. Each clique
    that the tree was made for is among ``held`` of one node.
    """

    clique: Clique
    parent: int
    given: Clique
    held: tuple[Clique, ...]

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
    found: list[set[int]] = []
    above: list[tuple[int, Clique]] = []  # each node's parent, and what both have
    for column, others in reversed(elimination(sizes, cliques)):
        home = next((k for k, here in enumerate(found) if others and others <= here), -1)
        if home >= 0 and found[home] == others:
            found[home].add(column)
        else:
            found.append(others | {column})
            above.append((home, tuple(sorted(others))))
    held: list[list[Clique]] = [[] for _ in found]
    for clique in sorted(cliques):
        held[next(k for k, here in enumerate(found) if here.issuperset(clique))].append(clique)
    return tuple(
        Node(tuple(sorted(here)), *parent, tuple(its))
        for here, parent, its in zip(found, above, held, strict=True)
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

    def together(i: int) -> int:
        return sizes[i] * prod(sizes[j] for j in near[i])

    cells = {i: together(i) for i in near}
    gone: list[tuple[int, set[int]]] = []
    while near:
        column = min(cells, key=cells.__getitem__)
        del cells[column]
        others = near.pop(column)
        for i in others:
            near[i] = (near[i] | others) - {i, column}
            cells[i] = together(i)
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

    def held(self) -> dict[Clique, Floats]:
        """Probabilities of each clique that the tree was made for."""
        return {
            clique: product([(table, node.clique)], clique)
            for node, table in zip(self.nodes, self.tables, strict=True)
            for clique in node.held
        }

    def given(self, where: Mapping[int, int]) -> "Tree":
        """The tree of the distribution given the codes of some columns; Impossible if it has none.

        Two passes of messages, as in ``calibrated``: what contradicts is struck out, each node
        becomes the probabilities of its new columns given the others and hands the chance that is
        left to its parent; from the roots down, they are multiplied by the parent's.
        """
        tables = [
            conditional(table, node) * _agreeing(self.sizes, node.clique, where)
            for node, table in zip(self.nodes, self.tables, strict=True)
        ]
        for place in reversed(range(len(self.nodes))):
            node = self.nodes[place]
            chance = product([(tables[place], node.clique)], node.given)
            tables[place] = conditional(tables[place], node)
            if node.given:
                tables[node.parent] *= spread(chance, node.given, self.nodes[node.parent].clique)
            elif not chance > 0:
                raise Impossible("the generator gives these levels no chance together")
        for place, node in enumerate(self.nodes):
            if node.given:
                above = product([(tables[node.parent], self.nodes[node.parent].clique)], node.given)
                tables[place] *= spread(above, node.given, node.clique)
        return Tree(self.sizes, self.nodes, tuple(tables))

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

    >>> product([(np.array([1.0, 2.0]), (0,)), (np.array([3.0, 4.0]), (70,))], (70,)).tolist()
    [9.0, 12.0]
    """
    # einsum knows no labels above 51
    label = {i: k for k, i in enumerate(dict.fromkeys(i for _, c in factors for i in c))}
    operands: list[Any] = []
    for table, clique in factors:
        operands += [table, [label[i] for i in clique]]
    order = "greedy" if len(factors) > 1 else False
    found: Floats = np.einsum(*operands, [label[i] for i in onto], optimize=order)
    return found


def conditional(table: Floats, node: Node) -> Floats:
    """The node's probabilities given its parent's columns; 0 where those have none."""
    whole = table.sum(axis=_without(node.clique, node.given), keepdims=True)
    share: Floats = np.divide(table, whole, out=np.zeros_like(table), where=whole > 0)
    return share


def _agreeing(sizes: Sequence[int], clique: Clique, where: Mapping[int, int]) -> Floats:
    """1 in the cells of a clique that have the given codes, else 0 (axes broadcast)."""
    cells: Floats = np.ones([1] * len(clique))
    for i in clique:
        if i in where:
            cells = cells * spread(np.eye(sizes[i])[where[i]], (i,), clique)
    return cells


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

    The potentials are those of the cliques that the tree was made for. From the leaves up, each
    node becomes the probabilities of its new columns given the others, and hands the weights of
    those, as logarithms, to its parent; from the roots down, they are multiplied by the parent's.
    """
    logs = [np.zeros([sizes[i] for i in node.clique]) for node in nodes]
    tables = list(logs)
    for place in reversed(range(len(nodes))):
        node, log = nodes[place], logs[place]
        for clique in node.held:
            log += spread(potentials[clique], clique, node.clique)
        top = log.max(axis=_without(node.clique, node.given))
        weights = np.exp(log - spread(top, node.given, node.clique))
        whole = product([(weights, node.clique)], node.given)
        tables[place] = weights / spread(whole, node.given, node.clique)
        if node.given:
            message = spread(np.log(whole) + top, node.given, nodes[node.parent].clique)
            logs[node.parent] += message
    for place, node in enumerate(nodes):
        if node.given:
            above = (tables[node.parent], nodes[node.parent].clique)
            whole = product([above], node.given)
            tables[place] *= spread(whole, node.given, node.clique)
    return Tree(sizes, nodes, tuple(tables))


def spread(table: Floats, clique: Clique, onto: Clique) -> Floats:
    """A table over some columns, with axes of length 1 for the others of ``onto`` (both ascending).

    >>> spread(np.zeros((2, 3)), (0, 2), (0, 1, 2)).shape
    (2, 1, 3)
    """
    held = iter(table.shape)
    return table.reshape([next(held) if i in clique else 1 for i in onto])


def _without(clique: Clique, kept: Clique) -> tuple[int, ...]:
    """The axes of a clique's columns that are not kept."""
    return tuple(k for k, i in enumerate(clique) if i not in kept)
