"""arfpy's adversarial forest as arrays: the same algorithms, some fifty times faster.

arfpy draws each synthetic row of each round with several pandas calls per leaf and column, which
takes half a minute for two thousand rows, and a third of that again for each sample.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.generators.base import Impossible

Array = np.ndarray[Any, np.dtype[Any]]


def grow(
    forest: Any,
    x: pd.DataFrame,
    num_trees: int = 30,
    delta: float = 0,
    max_iters: int = 10,
    early_stop: bool = True,  # noqa: FBT001, FBT002 (arfpy's signature)
    verbose: bool = False,  # noqa: FBT001, FBT002, ARG001
    min_node_size: int = 5,
) -> None:
    """Takes the place of ``arfpy.arf.arf.__init__``: algorithm 1 of Watson et al. 2023."""
    forest.p, forest.num_trees, forest.orig_colnames = x.shape[1], num_trees, list(x)
    forest.object_cols = x.dtypes == "object"
    typed = x.astype(dict.fromkeys(x.columns[forest.object_cols], "category"))
    forest.factor_cols = typed.dtypes == "category"
    factors = typed.columns[forest.factor_cols]
    forest.levels = {name: typed[name].cat.categories for name in factors}
    forest.x_real = typed.assign(**{name: typed[name].cat.codes for name in factors})

    real = forest.x_real.to_numpy(dtype=float)
    together = np.zeros((len(real), num_trees), dtype=int)  # all rows in one leaf: the marginals
    forest.clf = _discriminator(real, _draw(real, together), num_trees, min_node_size)
    forest.acc = [forest.clf.oob_score_]
    while forest.acc[-1] > 0.5 + delta and len(forest.acc) <= max_iters:
        synthetic = _draw(real, forest.clf.apply(real))
        rival = _discriminator(real, synthetic, num_trees, min_node_size)
        forest.acc.append(rival.oob_score_)
        plateau = early_stop and forest.acc[-1] > forest.acc[-2]
        if plateau or forest.acc[-1] <= 0.5 + delta or len(forest.acc) > max_iters:
            break  # the forest before the last is kept: the last one has nothing left to learn
        forest.clf = rival
    for tree, leaves in zip(forest.clf.estimators_, forest.clf.apply(real).T, strict=True):
        _prune(tree.tree_, leaves, min_node_size)


def estimate(forest: Any, **_: Any) -> None:
    """Takes the place of ``arfpy.arf.arf.forde``: ``forge`` looks at the leaves' rows itself."""


def forge(forest: Any, n: int) -> pd.DataFrame:
    """Takes the place of ``arfpy.arf.arf.forge``: algorithm 3 of Watson et al. 2023.

    Each row has a leaf, drawn by its share of train rows; its categories are drawn from the leaf's
    rows, its numbers from a normal distribution with the leaf's mean and standard deviation, cut
    off at the leaf's bounds. Where all of a leaf's numbers are equal, that is the number.
    """
    real = forest.x_real.to_numpy(dtype=float)
    leaves = forest.clf.apply(real)
    tree, row = np.random.randint(forest.num_trees, size=n), np.random.randint(len(real), size=n)  # noqa: NPY002
    return _made(forest, real, leaves, tree, leaves[row, tree])


def forge_where(forest: Any, n: int, where: Mapping[str, int]) -> pd.DataFrame:
    """Rows from the forest's density given the codes of some categorical columns.

    A leaf's columns are independent, so that those rows come from a leaf in proportion to its share
    of train rows times the shares of the codes within it; all else is drawn as by ``forge``.
    Impossible is raised where no leaf has them all.
    """
    real = forest.x_real.to_numpy(dtype=float)
    leaves = forest.clf.apply(real)
    codes = {name: forest.levels[name].get_loc(code) for name, code in where.items()}
    columns = [list(forest.orig_colnames).index(name) for name in codes]
    tree, leaf, weight = _weights(real, leaves, dict(zip(columns, codes.values(), strict=True)))
    if not weight.any():
        raise Impossible("the generator gives these levels no chance together")
    place = np.random.choice(len(weight), size=n, p=weight / weight.sum())  # noqa: NPY002
    return _made(forest, real, leaves, tree[place], leaf[place]).assign(**where)


def _weights(real: Array, leaves: Array, where: Mapping[int, int]) -> tuple[Array, Array, Array]:
    """All leaves of all trees (tree, leaf), and the weight of each, given codes by column."""
    found = []
    for t, leaf in enumerate(leaves.T):
        size = np.bincount(leaf)
        weight = size.astype(float)
        for column, code in where.items():
            hits = np.bincount(leaf[real[:, column] == code], minlength=len(size))
            weight *= hits / np.maximum(size, 1)
        found.append((np.full(len(size), t), np.arange(len(size)), weight))
    tree, leaf, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return tree, leaf, weight


def _made(forest: Any, real: Array, leaves: Array, tree: Array, leaf: Array) -> pd.DataFrame:
    """A row of each of these leaves."""
    drawn = _draw_from(real, leaves, tree, leaf)
    numeric = np.flatnonzero(~forest.factor_cols)
    for t in np.unique(tree):
        here = np.flatnonzero(tree == t)
        low, high = _bounds(forest.clf.estimators_[t].tree_, forest.p)
        mean, deviation = _moments(real, leaves[:, t], len(low))
        cells = np.ix_(leaf[here], numeric)
        drawn[np.ix_(here, numeric)] = _truncated_normal(
            mean[cells], deviation[cells], low[cells], high[cells]
        )
    made = pd.DataFrame(drawn, columns=forest.orig_colnames)
    codes = {name: made[name].astype(int) for name in forest.levels}
    return made.assign(**{name: forest.levels[name][codes[name]] for name in codes})


def _bounds(tree: Any, width: int) -> tuple[Array, Array]:
    """Lower and upper bound of every node in every column, after pruning."""
    low = np.full((tree.node_count, width), -np.inf)
    high = np.full((tree.node_count, width), np.inf)
    for node, (left, right) in enumerate(zip(tree.children_left, tree.children_right, strict=True)):
        if left < 0:
            continue
        low[[left, right]], high[[left, right]] = low[node], high[node]
        if left != right:  # a pruned split bounds nothing
            high[left, tree.feature[node]] = low[right, tree.feature[node]] = tree.threshold[node]
    return low, high


def _moments(real: Array, leaf: Array, nodes: int) -> tuple[Array, Array]:
    """Mean and standard deviation of every leaf in every column."""
    size = np.maximum(np.bincount(leaf, minlength=nodes), 1)[:, None]
    total, squares = np.zeros((nodes, real.shape[1])), np.zeros((nodes, real.shape[1]))
    np.add.at(total, leaf, real)
    mean = total / size
    np.add.at(squares, leaf, (real - mean[leaf]) ** 2)
    return mean, np.sqrt(squares / np.maximum(size - 1, 1))


def _truncated_normal(mean: Array, deviation: Array, low: Array, high: Array) -> Array:
    from scipy.special import ndtr, ndtri

    spread = np.where(deviation > 0, deviation, 1.0)
    bottom, top = ndtr((low - mean) / spread), ndtr((high - mean) / spread)
    share = bottom + np.random.random(mean.shape) * (top - bottom)  # noqa: NPY002
    return np.where(deviation > 0, np.clip(mean + spread * ndtri(share), low, high), mean)


def _discriminator(real: Array, synthetic: Array, num_trees: int, min_node_size: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        n_estimators=num_trees, min_samples_leaf=min_node_size, oob_score=True
    )
    labels = np.repeat([0, 1], [len(real), len(synthetic)])
    return forest.fit(np.concatenate([real, synthetic]), labels)


def _draw(real: Array, leaves: Array) -> Array:
    """As many rows: each of a leaf drawn by its share of the rows."""
    n, num_trees = leaves.shape
    tree, row = np.random.randint(num_trees, size=n), np.random.randint(n, size=n)  # noqa: NPY002
    return _draw_from(real, leaves, tree, leaves[row, tree])


def _draw_from(real: Array, leaves: Array, tree: Array, leaf: Array) -> Array:
    """A row for each of these leaves, its columns drawn independently from the leaf's rows."""
    order = np.argsort(leaves, axis=0, kind="stable")
    start, size = np.empty(len(tree), dtype=int), np.empty(len(tree), dtype=int)
    for t in np.unique(tree):
        here, in_order = tree == t, leaves[order[:, t], t]
        start[here] = np.searchsorted(in_order, leaf[here], side="left")
        size[here] = np.searchsorted(in_order, leaf[here], side="right") - start[here]
    share = np.random.random((len(tree), real.shape[1]))  # noqa: NPY002
    position = start[:, None] + (share * size[:, None]).astype(int)
    drawn: Array = real[order[position, tree[:, None]], np.arange(real.shape[1])]
    return drawn


def _prune(tree: Any, leaves: Array, min_node_size: int) -> None:
    """Lead around leaves of fewer real rows than the smallest size."""
    left, right = tree.children_left, tree.children_right
    counts = np.bincount(leaves, minlength=tree.node_count)
    small = np.flatnonzero((left < 0) & (counts < min_node_size))
    while len(small):
        for node in small:
            parents = np.flatnonzero(left == node)
            if len(parents):
                left[parents] = right[parents]
            else:
                parents = np.flatnonzero(right == node)
                right[parents] = left[parents]
        small = np.flatnonzero(np.isin(left, small))
