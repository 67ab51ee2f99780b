import numpy as np
import pytest

from synthcraft.stats import difference_of_shares, wilson


@pytest.mark.parametrize("share", [0.0, 0.002, 0.05, 0.5])
def test_wilson_covers(share):
    rng = np.random.default_rng(1)
    found = [wilson(x, 500) for x in rng.binomial(500, share, size=2000)]
    covered = np.mean([low <= share <= high for low, high in found])
    # Wilson's coverage at these n and p lies in [0.92, 1]; the simulation's error is 0.005
    assert 0.91 <= covered <= 1


def test_difference_of_shares_covers_without_being_empty_at_zero():
    rng = np.random.default_rng(2)
    low, high = difference_of_shares((0, 1000), (0, 400))
    assert low < 0 < high
    x, y = rng.binomial(1000, 0.03, size=2000), rng.binomial(400, 0.02, size=2000)
    found = [difference_of_shares((a, 1000), (b, 400)) for a, b in zip(x, y, strict=True)]
    covered = np.mean([low <= 0.01 <= high for low, high in found])
    # nominal 0.95; Newcombe's table has a mean of 0.952, the simulation's error is 0.005
    assert 0.93 <= covered <= 0.98
