"""Draws at the common size."""

from collections.abc import Callable

import numpy as np
import pytest

from synthcraft.data.table import Table
from synthcraft.metrics import context
from synthcraft.metrics.context import Real, Synthetic

Cohort = Callable[[int, int], Table]


def draws(cohort: Cohort, n_train: int, n_holdout: int, n_synthetic: int) -> Synthetic:
    real = Real(cohort(n_train, 0), cohort(n_holdout, 1), n_synthetic, seed=3)
    return Synthetic(real, cohort(n_synthetic, 2), seed=4)


@pytest.mark.parametrize(
    ("sizes", "number", "common"),
    [
        ((100, 50, 50), 1, 50),  # nothing is left out
        ((100, 50, 100), 5, 50),
        ((100, 50, 30), 5, 30),
        ((3000, 2500, 3000), 4, 2500),  # as many as hold 10 000 rows
        ((9000, 7000, 9000), 1, 7000),
    ],
)
def test_number_and_size_of_draws(
    sizes: tuple[int, int, int], number: int, common: int, cohort: Cohort
) -> None:
    found = draws(cohort, *sizes)
    assert found.n_common == common
    assert len(found.draws) == number
    for draw in found.draws:
        assert len(set(draw.synthetic)) == len(set(draw.holdout)) == common
    kept = {tuple(draw.holdout) for draw in found.draws}
    assert len(kept) == len(found.real.samples(sizes[2]))


def test_holdout_samples_are_the_same_for_all_generators(cohort: Cohort) -> None:
    first = draws(cohort, 100, 80, 40)
    other = Synthetic(first.real, cohort(40, 9), seed=99)
    for a, b in zip(first.draws, other.draws, strict=True):
        assert np.array_equal(a.holdout, b.holdout)


def test_above_a_size_the_common_one_is_a_stated_subsample(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "MAX_COMMON", 60)
    assert draws(cohort, 100, 80, 100).n_common == 60
