"""Noise is scaled to what one person can change, and no more is spent than there is."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from synthcraft.generators.private.budget import Budget
from synthcraft.generators.private.measure import (
    Access,
    Measurement,
    exact_counts,
    sigma_of,
    total_of,
)

SIZES = (2, 3)
ROWS = list(product(*map(range, SIZES)))


@pytest.mark.parametrize("contribution", [1, 2, 3])
@pytest.mark.parametrize("clique", [(0,), (1,), (0, 1)])
def test_one_person_moves_a_marginal_by_the_contribution(
    clique: tuple[int, ...], contribution: int
) -> None:
    others = np.array([(0, 0), (1, 2), (1, 2)])
    before = exact_counts(others, SIZES, clique)
    moved = [
        np.linalg.norm(exact_counts(np.vstack([others, person]), SIZES, clique) - before)
        for person in combinations_with_replacement(ROWS, contribution)
    ]
    assert max(moved) == pytest.approx(contribution)  # all rows in one cell: the bound is met


@pytest.mark.parametrize("contribution", [1, 4])
def test_the_noise_of_a_measurement(contribution: int) -> None:
    access = Access(
        np.zeros((5, 1), dtype=np.int64),
        (40_000,),
        contribution,
        Budget(0.125),
        np.random.default_rng(0),
    )
    found = access.measure((0,), 0.125)
    assert found.sigma == sigma_of(0.125, contribution) == 2 * contribution
    # the deviation of 40,000 normal draws lies within 5 / √80,000 = 1.8% of σ; rounding adds 1/12
    spread = np.sqrt(np.var(found.counts[1:]) - 1 / 12)
    assert spread == pytest.approx(found.sigma, rel=0.02)
    assert np.array_equal(found.counts, np.rint(found.counts))


def test_a_budget_cannot_be_overdrawn_nor_left() -> None:
    budget = Budget(1.0)
    budget.take(0.6)
    with pytest.raises(ValueError, match=r"0\.5 of privacy budget asked, 0\.4 left"):
        budget.take(0.5)
    with pytest.raises(ValueError, match="left unused"):
        budget.close()
    for _ in range(10):
        budget.take(0.04)
    budget.close()
    assert sum(budget.taken) == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(ValueError, match="asked"):
        budget.take(0.0)


def test_rows_are_estimated_by_precision() -> None:
    sharp, rough = np.array([60.0, 40.0]), np.array([300.0, 0.0])
    found = total_of([Measurement((0,), sharp, 1.0), Measurement((1,), rough, 3.0)])
    assert found == pytest.approx((9 * 100 + 300) / 10)
    assert total_of([Measurement((0,), np.array([-5.0, 1.0]), 1.0)]) == 1.0
