import numpy as np
import pytest
from lifelines.utils import concordance_index
from scipy.stats import norm
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sksurv.metrics import concordance_index_censored

from synthcraft.metrics.scores import (
    auprc,
    auroc,
    calibration,
    calibration_error,
    calibration_in_the_large,
    concordance,
    interval,
    weighted_mean,
    weightings,
)
from synthcraft.stats import bca


def binary(n: int, seed: int, shift: float = 1.0, digits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    event = (rng.random(n) < 0.3).astype(int)
    chance = norm.cdf(np.round(rng.normal(size=n) + shift * event, digits))
    return event, chance


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_ranks_are_sklearns(digits: int) -> None:
    event, chance = binary(200, 0, digits=digits)
    weights = np.random.default_rng(1).integers(0, 4, (5, 200)).astype(float)
    for k, w in enumerate(weights):
        ours = auroc(event, chance, weights)[k], auprc(event, chance, weights)[k]
        assert ours[0] == pytest.approx(roc_auc_score(event, chance, sample_weight=w))
        assert ours[1] == pytest.approx(average_precision_score(event, chance, sample_weight=w))


def test_calibration_line_is_sklearns_logistic_regression() -> None:
    event, chance = binary(300, 2, digits=9)
    weights = np.random.default_rng(3).integers(0, 4, (4, 300)).astype(float)
    intercept, slope = calibration(event, chance, weights)
    logit = np.log(chance / (1 - chance))[:, None]
    for k, w in enumerate(weights):
        line = LogisticRegression(penalty=None, tol=1e-10, max_iter=1000)
        line.fit(logit, event, sample_weight=w)
        assert (intercept[k], slope[k]) == pytest.approx(
            (line.intercept_[0], line.coef_[0, 0]), abs=1e-5
        )


@pytest.mark.parametrize(
    ("event", "chance"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.3]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]),
    ],
)
def test_no_calibration_line_without_a_finite_one(event: list[int], chance: list[float]) -> None:
    found = calibration(np.array(event), np.array(chance), np.ones((1, len(event))))
    assert np.isnan(found).all()


def test_calibration_in_the_large_is_statsmodels_intercept_with_an_offset() -> None:
    models = pytest.importorskip("statsmodels.api")
    for seed, share in ((2, 1.0), (3, 0.2)):
        event, chance = binary(300, seed, digits=9)
        chance = share * chance
        logit = np.log(chance / (1 - chance))
        family = models.families.Binomial()
        theirs = models.GLM(event, np.ones(300), family=family, offset=logit).fit(tol=1e-12)
        assert calibration_in_the_large(event, chance) == pytest.approx(theirs.params[0], abs=1e-6)


def test_calibration_in_the_large_needs_both_outcomes() -> None:
    assert np.isnan(calibration_in_the_large(np.zeros(5), np.full(5, 0.2)))
    assert np.isnan(calibration_in_the_large(np.ones(5), np.full(5, 0.2)))
    # One event among very many, and chances that deny it: still found.
    event = np.append(1.0, np.zeros(9999))
    found = calibration_in_the_large(event, np.full(10_000, 1 - 1e-9))
    assert found == pytest.approx(np.log(1 / 9999) - np.log((1 - 1e-9) / 1e-9), abs=1e-5)


def test_calibration_error_is_sklearns_curve() -> None:
    event, chance = binary(500, 4, digits=9)
    shares, means = calibration_curve(event, chance, n_bins=10, strategy="quantile")
    # 500 distinct chances fall into bins of 50.
    expected = np.mean(np.abs(shares - means))
    assert calibration_error(event, chance, np.ones((1, 500)))[0] == pytest.approx(expected)


def test_a_perfect_model_has_the_calibration_error_of_chance() -> None:
    # Per bin |normal with variance p(1-p)/100|, whose mean is sqrt(2/pi) sd; E over p ~ U(0,1) of
    # sqrt(p(1-p)) is pi/8, so 0.798 * 0.3927 / 10 = 0.0313. Of 300 tables the error is
    # sqrt(0.0313^2 * (pi/2 - 1) / 10 / 300) = 0.0004: five of them.
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        chance = rng.random(1000)
        event = (rng.random(1000) < chance).astype(int)
        found.append(calibration_error(event, chance, np.ones((1, 1000)))[0])
    assert np.mean(found) == pytest.approx(0.0313, abs=0.002)


def durations(n: int, seed: int, digits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = np.round(rng.normal(size=n), 1)
    died, left = rng.exponential(np.exp(-risk)), rng.exponential(1.0, n)
    return np.round(np.minimum(died, left), digits), (died <= left).astype(int), risk


@pytest.mark.parametrize("digits", [1, 9])
def test_concordance_is_scikit_survivals(digits: int) -> None:
    time, event, risk = durations(200, 6, digits)
    (ours,) = concordance(time, event, risk, np.ones((1, 200)), np.ones((1, 200)))
    theirs = concordance_index_censored(event.astype(bool), time, risk)[0]
    assert ours[0] == pytest.approx(theirs)
    if digits == 9:
        assert ours[0] == pytest.approx(concordance_index(time, -risk, event))


def test_weighted_concordance_counts_repeated_rows() -> None:
    time, event, risk = durations(150, 7, 1)
    counts = np.random.default_rng(8).integers(0, 3, 150)
    (ours,) = concordance(time, event, risk, counts[None].astype(float), np.ones((1, 150)))
    rows = np.repeat(np.arange(150), counts)
    theirs = concordance_index_censored(event[rows].astype(bool), time[rows], risk[rows])[0]
    assert ours[0] == pytest.approx(theirs)


def test_concordance_of_exponential_times_is_known() -> None:
    # Two equal groups of hazards 1 and 3: half of the pairs differ, ordered with chance 3/4, the
    # others tie: 1/2 * 3/4 + 1/2 * 1/2 = 0.625. Error of C at n = 4000: below 0.5/sqrt(4000)
    # = 0.008; three of them.
    rng = np.random.default_rng(9)
    group = rng.integers(0, 2, 4000)
    time = rng.exponential(1 / (1 + 2 * group))
    (found,) = concordance(time, np.ones(4000), group, np.ones((1, 4000)), np.ones((1, 4000)))
    assert found[0] == pytest.approx(0.625, abs=0.024)


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
    *blocks, _ = weightings(event, None, 300, np.random.default_rng(seed))
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
        event, chance = binary(300, seed, digits=9)
        unstratified = np.zeros(300, dtype=int)
        blocks = weightings(unstratified, None, 300, np.random.default_rng(seed))
        values = np.concatenate([auroc(event, chance, w) for w in blocks])
        low, high = bca(values[1:301], values[301:], values[0])
        covered += low <= truth <= high
    # se = sqrt(0.95 * 0.05 / 200) = 0.0154: three of them around 0.95, one-sided 0.90.
    assert covered / 200 >= 0.90


def test_no_interval_where_most_draws_are_undefined() -> None:
    assert interval(np.array([np.nan] * 50 + [1.0] * 50)) == (None, None)
    assert interval(np.array([])) == (None, None)


def test_brier_interval_covers_the_truth() -> None:
    # 0.75 of them do when the share of events is held fixed in the resamples.
    rng = np.random.default_rng(10)
    covered = 0
    for _ in range(200):
        chance = 1 / (1 + np.exp(1.8 - 1.2 * rng.normal(size=300)))
        squares = (chance - (rng.random(300) < chance)) ** 2
        blocks = weightings(np.zeros(300, int), None, 300, rng)
        values = np.concatenate([weighted_mean(squares, w) for w in blocks])
        low, high = bca(values[1:301], values[301:], values[0])
        covered += low <= TRUE_BRIER <= high
    # se = sqrt(0.95 * 0.05 / 200) = 0.0154: three of them below 0.95.
    assert covered / 200 >= 0.90


_GRID = np.linspace(-8, 8, 4001)
_CHANCE = 1 / (1 + np.exp(1.8 - 1.2 * _GRID))
TRUE_BRIER = float(np.trapezoid(_CHANCE * (1 - _CHANCE) * norm.pdf(_GRID), _GRID))
