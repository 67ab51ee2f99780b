"""How many splits and seeds are enough: against the intervals that reports compute."""

import itertools
import math

import numpy as np
import pytest

from synthcraft.stats import over_splits, paired
from synthcraft.stats.enough import (
    Design,
    enough,
    error,
    paired_error,
    smallest_gap,
    steadiness,
)
from synthcraft.stats.splits import detectable
from synthcraft.stats.variance import decompose


@pytest.fixture
def two():
    rng = np.random.default_rng(2)
    split = rng.normal(size=(1, 6, 1))
    y = split + rng.normal(0, 0.5, (2, 6, 1)) + rng.normal(0, 0.3, (2, 6, 3))
    y[1] += 0.8
    return {name: dict(enumerate(y[k].tolist())) for k, name in enumerate("ab")}


def found_of(values):
    return decompose({name: {0: by_split} for name, by_split in values.items()})


def test_the_design_at_hand_has_the_errors_of_its_intervals(two):
    """Means and differences of balanced values, averaged over generators for the former."""
    found, here = found_of(two), Design(6, 3)
    difference = paired(two["a"], two["b"], ratio=0.4)
    assert paired_error(found, here, ratio=0.4) == pytest.approx(difference.error)
    assert smallest_gap(found, here, ratio=0.4) == pytest.approx(detectable(difference))
    squares = [over_splits(two[name], ratio=0.4).error ** 2 for name in "ab"]
    assert error(found, here, ratio=0.4) ** 2 == pytest.approx(np.mean(squares))


def test_more_splits_end_at_the_overlap(two):
    found = found_of(two)
    floor = error(found, Design(math.inf, 1), ratio=0.4)
    assert floor == pytest.approx(math.sqrt(0.4 / 1.4) * error(found, Design(1, 1), ratio=0.4))
    assert error(found, Design(100, 1), ratio=0.4) > floor > 0
    assert error(found, Design(1e9, 1), ratio=0.0) < 1e-3


def test_the_smallest_design_is_that_of_a_full_search(two):
    found = found_of(two)
    designs = [Design(j, r) for j, r in itertools.product(range(2, 101), range(1, 101))]
    for gap in (0.9, 1.5, 3.0):
        able = [d for d in designs if smallest_gap(found, d, ratio=0.4, pairs=3) <= gap]
        best = min(able, key=lambda d: (d.fits, -d.splits), default=None)
        assert enough(found, gap, ratio=0.4, pairs=3) == best


def test_no_number_of_splits_shows_what_lies_below_the_floor(two):
    found = found_of(two)
    endless = smallest_gap(found, Design(1e9, 1e9), ratio=0.4)
    assert enough(found, 0.99 * endless, ratio=0.4) is None
    assert smallest_gap(found, Design(1, 5), ratio=0.4) == math.inf


def test_the_design_shows_its_gap_in_four_of_five_repetitions():
    """Independent splits (ratio 0): the paired t test of 8 splits, on 2,000 repetitions."""
    rng = np.random.default_rng(4)
    # Two uncorrelated generators with a variance of exactly 1 over splits.
    truth = (
        np.linalg.qr(np.column_stack([np.ones(40), rng.normal(size=(40, 2))]))[0][:, 1:] * 39**0.5
    )
    found = decompose({str(k): {0: {s: [truth[s, k]] for s in range(40)}} for k in range(2)})
    gap = smallest_gap(found, Design(8, 1), ratio=0.0)
    shown = 0
    for _ in range(2000):
        a, b = rng.normal(0, 1, 8), rng.normal(gap, 1, 8)
        e = paired(dict(enumerate(b[:, None])), dict(enumerate(a[:, None])), ratio=0.0)
        shown += e.low > 0
    # The formula gives 77 to 80 % (see ``detectable``); the share's error is 0.9 %: four of them.
    assert 0.77 - 0.036 < shown / 2000 < 0.80 + 0.036


def test_steadiness_by_hand():
    values = {
        "a": {0: [0.9], 1: [0.2], 2: [0.8], 3: [0.7]},
        "b": {0: [0.5], 1: [0.6], 2: [0.7], 3: [0.6], 4: [9.0]},
    }
    found = steadiness(values, np.random.default_rng(0), falling=False)
    # a leads in the four that both have, 2.6 to 2.4. Alone 0, 2, 3 have a; so do the pairs 02, 03
    # and 23, while 01 ties at 1.1; and the threes 012, 013 and 023, but not 123 (1.7 to 1.9).
    assert found == {1: 0.75, 2: pytest.approx(3.5 / 6), 3: 0.75, 4: 1.0}
    # Where less is better, b leads, and it does so in the same subsets.
    assert steadiness(values, np.random.default_rng(0), falling=True) == found


def test_many_subsets_are_drawn():
    rng = np.random.default_rng(0)
    values = {
        name: {s: [v] for s, v in enumerate(rng.normal(k / 4, 1, 30))}
        for k, name in enumerate("ab")
    }
    first = steadiness(values, np.random.default_rng(1), falling=False)
    other = steadiness(values, np.random.default_rng(2), falling=False)
    # Two shares of 2,000 differ by an error of at most 0.016: four of them.
    assert all(abs(first[k] - other[k]) < 0.064 for k in first)
    assert first[30] == 1
