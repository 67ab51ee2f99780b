"""The adversarial loop of arfpy's forest, as arrays: the same algorithm, some fifty times faster.

arfpy draws each synthetic row of each round with several pandas calls per leaf and column, which
takes half a minute for two thousand rows.
"""

from typing import Any

import numpy as np
import pandas as pd

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
        if early_stop and forest.acc[-1] > forest.acc[-2]:
            break
        forest.clf = rival
    for tree, leaves in zip(forest.clf.estimators_, forest.clf.apply(real).T, strict=True):
        _prune(tree.tree_, leaves, min_node_size)


def _discriminator(real: Array, synthetic: Array, num_trees: int, min_node_size: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        n_estimators=num_trees, min_samples_leaf=min_node_size, oob_score=True
    )
    labels = np.repeat([0, 1], [len(real), len(synthetic)])
    return forest.fit(np.concatenate([real, synthetic]), labels)


def _draw(real: Array, leaves: Array) -> Array:
    """As many rows: each of a random leaf, its columns drawn independently from the leaf's rows."""
    n, num_trees = leaves.shape
    tree = np.random.randint(num_trees, size=n)  # noqa: NPY002 (seeded by the adapter)
    leaf = leaves[np.random.randint(n, size=n), tree]  # noqa: NPY002
    order = np.argsort(leaves, axis=0, kind="stable")
    start, size = np.empty(n, dtype=int), np.empty(n, dtype=int)
    for t in range(num_trees):
        here = tree == t
        in_order = leaves[order[:, t], t]
        start[here] = np.searchsorted(in_order, leaf[here], side="left")
        size[here] = np.searchsorted(in_order, leaf[here], side="right") - start[here]
    position = start[:, None] + (np.random.random(real.shape) * size[:, None]).astype(int)  # noqa: NPY002
    return real[order[position, tree[:, None]], np.arange(real.shape[1])]


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
