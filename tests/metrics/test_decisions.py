"""Cuts and net benefit against brute force and closed forms."""

import numpy as np
import pytest

from synthcraft.metrics.decisions import cut_at_specificity, net_benefit


@pytest.mark.parametrize("specificity", [0.51, 0.75, 0.8, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("digits", [1, 6])
def test_cut_is_the_lowest_that_is_specific_enough(specificity, digits):
    rng = np.random.default_rng(1)
    for n in (10, 11, 97):
        others = np.round(rng.random(n), digits)
        cut = cut_at_specificity(others, specificity)
        right = [c for c in np.unique(others) if (others <= c).sum() >= specificity * n - 1e-9]
        assert cut == right[0]


def test_treating_everybody_is_worth_the_events_less_the_others_price():
    rng = np.random.default_rng(2)
    event = (rng.random(500) < 0.3).astype(float)
    share = event.mean()
    for threshold in (0.05, 0.2, 0.5):
        odds = threshold / (1 - threshold)
        everybody = net_benefit(event, np.ones(500), threshold)
        assert everybody == pytest.approx(share - (1 - share) * odds)
        assert net_benefit(event, np.zeros(500), threshold) == 0
        assert net_benefit(event, event, threshold) == pytest.approx(share)


def test_net_benefit_counts_each_row_by_hand():
    rng = np.random.default_rng(3)
    event, chance = (rng.random(200) < 0.4).astype(float), np.round(rng.random(200), 1)
    worth = sum((1 if e else -0.3 / 0.7) for e, c in zip(event, chance, strict=True) if c >= 0.3)
    assert net_benefit(event, chance, 0.3) == pytest.approx(worth / 200)
