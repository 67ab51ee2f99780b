"""The forest's leaves given some codes, against a walk through all that it can draw."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from synthcraft.generators.forest import _weights


@pytest.mark.parametrize("where", [{0: 1}, {0: 1, 1: 0}, {}])
def test_leaves_are_weighed_by_all_ways_to_draw_the_codes(where: dict[int, int]) -> None:
    rng = np.random.default_rng(3)
    real = np.column_stack([rng.integers(0, 2, 12), rng.integers(0, 3, 12)]).astype(float)
    leaves = np.array([[0, 2], [0, 2], [1, 2], [1, 2], [1, 2], [1, 2], *[[3, 4]] * 6])
    ways: Counter[tuple[int, int]] = Counter()
    for tree, row in product(range(2), range(12)):  # each as likely
        leaf = leaves[row, tree]
        mates = np.flatnonzero(leaves[:, tree] == leaf)
        # then each column from any of the leaf's rows, on its own: 12² picks of equal chance
        picks = np.resize(mates, 12)  # leaves have 2, 4 or 6 rows, which all divide 12
        for pick in product(picks, repeat=2):
            ways[tree, leaf] += all(
                real[pick[column], column] == code for column, code in where.items()
            )
    shares = zip(*_weights(real, leaves, where), strict=True)
    found = {(t, a): w for t, a, w in shares if w}
    total = sum(ways.values()) / sum(found.values())
    assert found == pytest.approx({place: n / total for place, n in ways.items() if n})
