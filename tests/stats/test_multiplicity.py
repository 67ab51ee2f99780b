import itertools

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from synthcraft.stats import benjamini_hochberg, holm


def test_holm_on_its_textbook_case():
    # Holm (1979) steps down: 4 × 0.01, 3 × 0.015, 2 × 0.02, 1 × 0.2, each no less than the last.
    found = holm({"a": 0.02, "b": 0.2, "c": 0.01, "d": 0.015})
    assert found == pytest.approx({"a": 0.045, "b": 0.2, "c": 0.04, "d": 0.045})
    assert list(found) == ["a", "b", "c", "d"]


def test_holm_over_all_pairs_keeps_its_level_for_differences_to_a_chosen_best():
    """Ten equal generators on five splits that overlap as 70/30 splits do."""
    rng, runs, rho = np.random.default_rng(11), 2000, 0.3
    common, own = rng.normal(size=(runs, 10, 1)), rng.normal(size=(runs, 10, 5))
    values = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
    pairs = list(itertools.combinations(range(10), 2))
    first, second = np.array(pairs).T
    differences = values[:, first] - values[:, second]
    error = np.sqrt((1 / 5 + rho / (1 - rho)) * differences.var(axis=2, ddof=1))
    p = 2 * student.sf(np.abs(differences.mean(axis=2)) / error, 4)
    leader = values.mean(axis=2).argmax(axis=1)
    false = {"all": 0, "chosen": 0}
    for row, best in zip(p, leader, strict=True):
        of_leader = {pair: q for pair, q in zip(pairs, row, strict=True) if best in pair}
        every = holm(dict(zip(pairs, row, strict=True)))
        false["all"] += min(every[pair] for pair in of_leader) <= 0.05
        false["chosen"] += min(holm(of_leader).values()) <= 0.05
    # sqrt(.05 * .95 / 2000) = 0.005, 3 of them
    assert false["all"] / runs <= 0.05 + 0.015
    assert false["chosen"] / runs > 0.08


def test_benjamini_and_hochberg_as_scipy_does_it():
    p = np.random.default_rng(3).uniform(size=12) ** 2
    found = benjamini_hochberg(dict(enumerate(p)))
    assert [found[k] for k in range(12)] == pytest.approx(list(false_discovery_control(p)))
    assert benjamini_hochberg({}) == holm({}) == {}
