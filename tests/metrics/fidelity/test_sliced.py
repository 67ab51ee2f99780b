"""Against the closed form of shifted rows."""

from collections.abc import Callable

import numpy as np
import pytest

from synthcraft.metrics.fidelity.sliced import projections, sliced_distance, unit_vectors


def test_a_shift_has_its_length_over_the_root_of_the_dimension() -> None:
    rng = np.random.default_rng(0)
    d, shift = 6, np.array([3.0, 0, 0, 4, 0, 0])
    directions = unit_vectors(d, 4096, rng)
    rows = rng.normal(size=(300, d))
    found = sliced_distance(projections(rows, directions), projections(rows + shift, directions))
    # (θ·m)² has mean |m|²/d and a relative sd of sqrt(2 (d−1)/(d+2)) = 1.1: 1.7 % at 4 096
    # directions, half of it after the root; four of them.
    assert found == pytest.approx(5 / np.sqrt(d), rel=0.035)


def test_scaled_gaussians_have_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    directions = unit_vectors(4, 128, rng)
    a, b = rng.normal(size=(4000, 4)), 2 * rng.normal(size=(4000, 4))
    # W2 of N(0,1) and N(0,4) is 1 along every direction; se of two sds: sqrt(5/8000) = 0.025.
    found = sliced_distance(projections(a, directions), projections(b, directions))
    assert found == pytest.approx(1, abs=0.075)


def test_the_metric_is_in_encoded_units(plain: Callable, measured: Callable) -> None:
    values = np.arange(101.0)[:, None]
    real = plain(values)
    found = measured(real, real, plain(values + 45).frame, "sliced_wasserstein")
    # One dimension: every direction is ±1; 5 % and 95 % quantile are 90 apart.
    assert found["sliced_wasserstein_2", ""].value == pytest.approx(0.5, abs=1e-6)
