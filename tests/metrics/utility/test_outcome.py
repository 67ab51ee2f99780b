from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)
from sksurv.metrics import concordance_index_ipcw, integrated_brier_score
from sksurv.util import Surv

from synthcraft.data.table import Table
from synthcraft.metrics.context import NotApplicable, Real
from synthcraft.metrics.utility.outcome import Amounts, Labels, followed, outcome_of

Survival = Callable[..., Table]


def test_scores_of_two_classes_are_sklearns() -> None:
    rng = np.random.default_rng(0)
    event, chance = rng.integers(0, 2, 200), rng.random(200)
    weights = rng.integers(0, 4, (3, 200)).astype(float)
    both = np.column_stack([1 - chance, chance])
    found = Labels(event, ("no", "yes"), 1).score(both, weights)
    for k, w in enumerate(weights):
        about = {"sample_weight": w}
        assert found["brier", ""][k] == pytest.approx(brier_score_loss(event, chance, **about))
        assert found["log_loss", ""][k] == pytest.approx(log_loss(event, both, **about))
        each = recall_score(event, chance > 0.5, average=None, **about)
        assert [found["recall", name][k] for name in ("no", "yes")] == pytest.approx(list(each))
        assert found["recall", ""][k] == pytest.approx(each.mean())


def test_scores_of_more_classes_are_means_over_the_classes_of_the_holdout() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 150)
    chances = rng.dirichlet(np.ones(4), 150)  # the fourth class is in train only
    found = Labels(codes, ("a", "b", "c", "d"), None).score(chances, np.ones((1, 150)))
    each = [roc_auc_score(codes == k, chances[:, k]) for k in range(3)]
    assert found["auroc", ""][0] == pytest.approx(np.mean(each))
    assert found["brier", ""][0] == pytest.approx(((chances - np.eye(4)[codes]) ** 2).sum(1).mean())
    assert found["log_loss", ""][0] == pytest.approx(log_loss(codes, chances, labels=range(4)))
    assert {level for score, level in found if score == "recall"} == {"", "a", "b", "c"}


def test_errors_of_amounts_are_sklearns() -> None:
    rng = np.random.default_rng(3)
    y, p, w = rng.normal(5, 2, 100), rng.normal(5, 2, 100), rng.integers(0, 4, 100).astype(float)
    found = Amounts(y).score(p, w[None])
    for name, theirs in (
        ("r2", r2_score),
        ("rmse", root_mean_squared_error),
        ("mae", mean_absolute_error),
    ):
        assert found[name, ""][0] == pytest.approx(theirs(y, p, sample_weight=w))


def test_survival_scores_are_scikit_survivals(survival: Survival) -> None:
    train, holdout = survival(500, 0), survival(300, 1)
    # scikit-survival refuses times beyond the last one of train.
    followed_by_both = holdout.frame.days < train.frame.days.max()
    holdout = holdout.take(np.flatnonzero(followed_by_both))
    n = len(holdout)
    outcome = outcome_of(Real(train, holdout, 500, 0))
    rng = np.random.default_rng(2)
    risk = holdout.frame.x.to_numpy() + rng.normal(size=n)
    hazards = np.exp(risk)[:, None] * np.append(outcome.grid, 99)
    found = outcome.score(hazards, np.ones((1, n)))
    ours, theirs = (
        Surv.from_arrays(event.astype(bool), time)
        for time, event, _ in (followed(train), followed(holdout))
    )
    horizon = outcome.grid[-1]
    uno = concordance_index_ipcw(ours, theirs, risk, tau=horizon)[0]
    assert found["uno_c", ""][0] == pytest.approx(uno)
    # scikit-survival wants times within the holdout's follow-up, and weighs an event at its time
    # by G just after it instead of just before: the same where nobody is censored at that time.
    inside = outcome.grid[1:-1]
    narrow = replace(outcome, grid=inside, kept_at=outcome.kept_at[1:-1])
    ibs = narrow.score(hazards[:, 1:-1], np.ones((1, n)))["integrated_brier", ""][0]
    theirs_ibs = integrated_brier_score(ours, theirs, np.exp(-hazards[:, 1:-2]), inside)
    assert ibs == pytest.approx(theirs_ibs)


@pytest.mark.parametrize("censoring", [0.05, 1.5])
def test_weights_undo_the_censoring(survival: Survival, censoring: float) -> None:
    train, holdout = survival(3000, 0, censoring), survival(3000, 1, censoring)
    outcome = outcome_of(Real(train, holdout, 3000, 0))
    true_risk = holdout.frame.x + 0.5 * (holdout.frame.arm == "b")
    hazards = np.exp(true_risk.to_numpy())[:, None] * np.append(outcome.grid, 99)
    found = outcome.score(hazards, np.ones((1, 3000)))
    # The truth predicts S; its expected Brier score at t is E[S(1 − S)].
    alive = np.exp(-hazards[:, :-1])
    expected = np.trapezoid((alive * (1 - alive)).mean(axis=0), outcome.grid) / outcome.grid[-1]
    # A row's contribution has a standard deviation below 0.3 (weights up to 10, in few rows):
    # 0.3 / sqrt(3000) = 0.0055; three of them.
    assert found["integrated_brier", ""][0] == pytest.approx(expected, abs=0.0165)
    # Uno's C is that of uncensored rows of the same people, among pairs before the horizon.
    rng = np.random.default_rng(3)
    time = rng.exponential(np.exp(-true_risk))
    first = time[:, None] < np.minimum(time[None], outcome.grid[-1])
    right = first * (true_risk.to_numpy()[:, None] > true_risk.to_numpy()[None])
    assert found["uno_c", ""][0] == pytest.approx(right.sum() / first.sum(), abs=0.03)


def test_follow_up_that_never_begins_has_no_scores(survival: Survival) -> None:
    table = survival(100, 0)
    still = table.with_frame(table.frame.assign(days=0.0))
    with pytest.raises(NotApplicable, match="followed beyond time 0"):
        outcome_of(Real(still, still, 100, 0))


def test_an_event_is_weighed_by_who_was_there_just_before(survival: Survival) -> None:
    table = survival(40, 0).take(range(40))
    days = np.repeat([1.0, 2.0], 20)
    died = np.where(np.arange(40) % 2, "yes", "no")  # at each time ten events, ten censored
    same = table.with_frame(table.frame.assign(days=days, died=died))
    outcome = outcome_of(Real(same, same, 40, 0))
    assert set(outcome.kept[:20]) == {1.0}
    # Ten of the 30 who outlived the events of day 1 were censored on it, after them.
    assert set(outcome.kept[20:].round(12)) == {round(2 / 3, 12)}
