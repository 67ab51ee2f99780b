import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import average_precision_score, brier_score_loss, r2_score, roc_auc_score

from synthcraft.metrics.scores import auprc, auroc, interval, weightings
from synthcraft.metrics.utility.outcome import Amounts, Labels


def binary(n: int, seed: int, shift: float = 1.0, digits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    event = (rng.random(n) < 0.3).astype(int)
    chance = norm.cdf(np.round(rng.normal(size=n) + shift * event, digits))
    return event, chance


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_binary_scores_are_sklearns(digits: int) -> None:
    event, chance = binary(200, 0, digits=digits)
    weights = np.random.default_rng(1).integers(0, 4, (5, 200)).astype(float)
    for k, w in enumerate(weights):
        ours = auroc(event, chance, weights)[k], auprc(event, chance, weights)[k]
        assert ours[0] == pytest.approx(roc_auc_score(event, chance, sample_weight=w))
        assert ours[1] == pytest.approx(average_precision_score(event, chance, sample_weight=w))
    labels = Labels(event, ("no", "yes"), 1)
    found = labels.score(np.column_stack([1 - chance, chance]), weights)
    assert found["brier", ""][0] == pytest.approx(
        brier_score_loss(event, chance, sample_weight=weights[0])
    )


def test_multi_class_scores_are_macro_means_over_the_classes_of_the_holdout() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 150)
    chances = rng.dirichlet(np.ones(4), 150)  # the fourth class is in train only
    found = Labels(codes, ("a", "b", "c", "d"), None).score(chances, np.ones((1, 150)))
    each = [roc_auc_score(codes == k, chances[:, k]) for k in range(3)]
    assert found["auroc", ""][0] == pytest.approx(np.mean(each))
    assert found["brier", ""][0] == pytest.approx(((chances - np.eye(4)[codes]) ** 2).sum(1).mean())


def test_amounts() -> None:
    rng = np.random.default_rng(3)
    y, p = rng.normal(5, 2, 100), rng.normal(5, 2, 100)
    found = Amounts(y).score(p, np.ones((1, 100)))
    assert found["r2", ""][0] == pytest.approx(r2_score(y, p))
    assert found["rmse", ""][0] == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))


def test_weightings_keep_strata_and_persons_together() -> None:
    strata = np.repeat([0, 1], [90, 10])
    persons = np.repeat(np.arange(50), 2)
    blocks = list(weightings(strata, persons, 50, np.random.default_rng(4)))
    assert (blocks[0] == 1).all()
    assert sum(map(len, blocks)) == 1 + 50 + 50, "the rows, resamples, each person left out"
    drawn = np.concatenate(blocks[1:-1])
    assert (drawn[:, ::2] == drawn[:, 1::2]).all()
    assert (drawn[:, 90:].sum(axis=1) == 10).all()
    assert ((blocks[-1] == 0).sum(axis=1) == 2).all()


def delong_variance(event: np.ndarray, chance: np.ndarray) -> float:
    """Variance of the AUROC by placements (DeLong et al. 1988), written for this test."""
    x, y = chance[event == 1], chance[event == 0]
    wins = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
    return wins.mean(1).var(ddof=1) / len(x) + wins.mean(0).var(ddof=1) / len(y)


def bootstrap(event: np.ndarray, chance: np.ndarray, seed: int) -> np.ndarray:
    blocks = weightings(event, None, 300, np.random.default_rng(seed))
    return np.concatenate([auroc(event, chance, w) for w in blocks])


def test_spread_of_resampled_auroc_is_delongs() -> None:
    event, chance = binary(400, 5)
    spread = bootstrap(event, chance, 6)[1:].std(ddof=1)
    # Relative se of a standard deviation from 300 draws: 1/sqrt(600) = 4 %; the finite-sample
    # factor of the bootstrap is below 1 %; three of them and a little.
    assert spread == pytest.approx(np.sqrt(delong_variance(event, chance)), rel=0.14)


def test_auroc_interval_covers_the_truth() -> None:
    truth = norm.cdf(1 / np.sqrt(2))
    covered = 0
    for seed in range(200):
        low, high = interval(bootstrap(*binary(300, seed, digits=9), seed)[1:])
        covered += low <= truth <= high
    # se = sqrt(0.95 * 0.05 / 200) = 0.0154: three of them around 0.95, one-sided 0.90.
    assert covered / 200 >= 0.90


def test_no_interval_where_most_draws_are_undefined() -> None:
    assert interval(np.array([np.nan] * 50 + [1.0] * 50)) == (None, None)
    assert interval(np.array([])) == (None, None)
