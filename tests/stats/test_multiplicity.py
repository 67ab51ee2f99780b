import numpy as np
import pytest
from scipy.stats import false_discovery_control

from synthcraft.stats import benjamini_hochberg, holm


def test_holm_on_its_textbook_case():
    # Holm (1979) steps down: 4 × 0.01, 3 × 0.015, 2 × 0.02, 1 × 0.2, each no less than the last.
    found = holm({"a": 0.02, "b": 0.2, "c": 0.01, "d": 0.015})
    assert found == pytest.approx({"a": 0.045, "b": 0.2, "c": 0.04, "d": 0.045})
    assert list(found) == ["a", "b", "c", "d"]


def test_holm_counts_the_comparisons_that_the_data_left_out():
    assert holm({"a": 0.01, "b": 0.02}, comparisons=6) == pytest.approx({"a": 0.06, "b": 0.10})
    assert holm({"a": 0.5}, comparisons=6) == {"a": 1.0}


def test_benjamini_and_hochberg_as_scipy_does_it():
    p = np.random.default_rng(3).uniform(size=12) ** 2
    found = benjamini_hochberg(dict(enumerate(p)))
    assert [found[k] for k in range(12)] == pytest.approx(list(false_discovery_control(p)))
    assert benjamini_hochberg({}) == holm({}) == {}
