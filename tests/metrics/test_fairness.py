from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score

from synthcraft.catalogue import METRICS
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics import fairness
from synthcraft.metrics.cards.fairness import FairnessParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.fairness import Fairness, slopes, spread
from synthcraft.metrics.scores import calibration_slope
from synthcraft.metrics.utility.trained import predictions

COLUMNS = (
    Column("x", "numeric"),
    Column("sex", "categorical", ("f", "m")),
    Column("site", "categorical", ("A", "B = &", "C")),
    Column("event", "categorical", ("no", "yes")),
)
RACE = ("sex", "site")


def people(n, seed, *, shares=(0.6, 0.3, 0.1), slope=1.5, harder=0.0):
    """Rows whose event depends on x; for men by so much less."""
    rng = np.random.default_rng([seed, n])
    x = rng.normal(size=n)
    sex = rng.choice(["f", "m"], n)
    site = rng.choice(["A", "B = &", "C"], n, p=shares)
    logit = (slope - harder * (sex == "m")) * x + 0.5 * (site == "C") - 0.3
    event = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no")
    frame = pd.DataFrame({"x": x, "sex": sex, "site": site, "event": event})
    return Table(conform(frame, COLUMNS), COLUMNS, "classification", "event", "yes", sensitive=RACE)


def measured(train, holdout, synthetic, **params):
    real = Real(train, holdout, len(synthetic), 0)
    metric = Fairness(params=FairnessParams(**params))
    prepared = metric.prepare(real)
    ours = Synthetic(real, synthetic, 1)
    found = {(m.metric, m.group or m.column): m for m in metric.measure(real, prepared, ours)}
    return found, ours


@pytest.fixture(scope="module")
def found():
    return measured(people(1500, 0), people(900, 1), people(1500, 2), model="linear")


def test_sizes_are_those_that_were_planted(found):
    measures, ours = found
    made = ours.frame["site"].value_counts(normalize=True)
    theirs = ours.real.train.frame["site"].value_counts(normalize=True)
    share = measures["group_share", "site=B %3D %26"]
    assert share.value == pytest.approx(made["B = &"])
    assert share.low < share.value < share.high
    assert measures["group_share_real", "site=B %3D %26"].value == pytest.approx(theirs["B = &"])
    worst = min((made / theirs).min(), 1)
    assert measures["representation", "site"].value == pytest.approx(worst)


def test_a_group_that_is_gone_is_not_represented():
    gone = people(800, 2, shares=(0.7, 0.3, 0.0))
    measures, _ = measured(people(800, 0), people(900, 1), gone)
    assert measures["representation", "site"].value == 0
    assert measures["group_share", "site=C"].value == 0
    missing = measures["group_fidelity", "site=C"]
    assert (missing.status, missing.n) == ("not_applicable", None)


def test_parity_and_odds_are_fairlearns():
    """fairlearn is an independent implementation; equal up to rounding."""
    fairlearn = pytest.importorskip("fairlearn.metrics")
    leads = set()
    for seed in range(6):
        measures, ours = measured(
            people(400, seed), people(500, seed + 10), people(400, seed + 20), model="linear"
        )
        holdout = ours.real.holdout.frame
        event = (holdout["event"] == "yes").to_numpy()
        chance = predictions(ours, "logistic")[:, 1]
        number = round((ours.real.train.frame["event"] == "yes").mean() * len(chance))
        called = chance >= np.sort(chance)[-number]
        assert called.sum() == number
        for column in RACE:
            about = {"y_true": event, "y_pred": called, "sensitive_features": holdout[column]}
            parity = fairlearn.demographic_parity_difference(**about)
            odds = fairlearn.equalized_odds_difference(**about)
            assert measures["demographic_parity", column].value == pytest.approx(parity)
            assert measures["equalised_odds", column].value == pytest.approx(odds)
            leads.add(fairlearn.true_positive_rate_difference(**about) == odds)
    assert leads == {True, False}  # either of the two rates has led somewhere


def test_gaps_are_those_of_scikit_learns_numbers(found):
    measures, ours = found
    holdout = ours.real.holdout.frame
    event = (holdout["event"] == "yes").to_numpy()
    chance = predictions(ours, "logistic")[:, 1]
    logit = np.log(chance / (1 - chance))[:, None]
    aucs, slopes = [], []
    for level in ("f", "m"):
        rows = (holdout["sex"] == level).to_numpy()
        aucs.append(roc_auc_score(event[rows], chance[rows]))
        line = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-10).fit(logit[rows], event[rows])
        slopes.append(line.coef_[0, 0])
        slope = measures["calibration_slope", f"sex={level}"]
        assert slope.value == pytest.approx(slopes[-1], rel=1e-3)
        assert slope.low < slope.value < slope.high
    assert measures["auroc_gap", "sex"].value == pytest.approx(np.ptp(aucs))
    assert measures["calibration_gap", "sex"].value == pytest.approx(np.ptp(slopes), rel=1e-2)


def test_fidelity_of_a_group_is_that_of_its_rows_alone():
    """ks and tv complements of the fidelity family, on tables of one group of one size."""
    train, holdout, synthetic = people(400, 0), people(400, 1), people(400, 2)
    balanced = [t.with_frame(_even(t.frame)) for t in (train, holdout, synthetic)]
    measures, _ = measured(*balanced)
    men = [t.with_frame(t.frame[t.frame["sex"] == "m"]) for t in balanced]
    real = Real(men[0], men[1], len(men[2]), 0)
    alone = Synthetic(real, men[2], 1)
    card = METRICS.get("marginals")
    metric = card.load()(params=card.params())
    found = metric.measure(real, metric.prepare(real), alone)
    values = {(m.metric, m.column): m.value for m in found}
    expected = [values["ks_complement", "x"], values["tv_complement", "site"]]
    expected.append(values["tv_complement", "event"])
    fidelity = measures["group_fidelity", "sex=m"]
    assert fidelity.value == pytest.approx(np.mean(expected))
    assert fidelity.n == 150


def _even(frame):
    """The first 150 women and the first 150 men."""
    return pd.concat([frame[frame["sex"] == sex].head(150) for sex in ("f", "m")])


def test_small_groups_are_too_few_and_their_sizes_are_not_told():
    train, holdout = people(500, 0, shares=(0.66, 0.3, 0.04)), people(300, 1)
    holdout = holdout.with_frame(
        holdout.frame.assign(
            site=np.where(np.arange(300) < 4, "C", np.resize(["A", "A", "B = &"], 300))
        )
    )
    measures, _ = measured(train, holdout, people(500, 2))
    few = measures["group_share", "site=C"]
    assert (few.status, few.n) == ("not_applicable", None)
    # The other two sizes would tell it, so the smaller one is not told either, nor the sum.
    hidden = measures["group_share", "site=B %3D %26"]
    assert hidden.status == "not_applicable"
    assert ("group_share_real", "site=B %3D %26") not in measures
    assert measures["auroc_gap", "site"].n is None
    assert measures["auroc_gap", "site"].value > 0


def test_groups_too_small_to_compare_are_rows_that_say_so():
    train, holdout = people(500, 0), people(60, 1)  # about 30 holdout rows of either sex
    measures, _ = measured(train, holdout, people(500, 2))
    absent = [measures["group_fidelity", f"sex={sex}"] for sex in "fm"]
    absent.append(measures["group_fidelity_gap", "sex"])
    assert all(
        m.status == "not_applicable" and m.n is None and "too few" in m.reason for m in absent
    )


def test_too_few_events_are_said():
    train, holdout = people(500, 0), people(60, 1)
    measures, _ = measured(train, holdout, people(500, 2))
    slope = measures["calibration_slope", "sex=m"]
    assert (slope.status, slope.value) == ("not_applicable", None)
    assert "50 events" in slope.reason


def test_a_model_that_serves_men_worse_shows_a_gap():
    train, holdout = people(3000, 0, harder=1.4), people(2000, 1, harder=1.4)
    measures, _ = measured(train, holdout, people(3000, 2, harder=1.4), model="linear")
    assert measures["auroc_gap", "sex"].low > 0.1
    assert measures["auroc_gap", "site"].low == 0


def test_a_model_that_tells_nobody_apart_is_not_the_fairest():
    synthetic = people(800, 2)
    synthetic = synthetic.with_frame(synthetic.frame.assign(event="no"))
    measures, _ = measured(people(800, 0), people(600, 1), synthetic)
    for metric in ("auroc_gap", "calibration_gap", "demographic_parity", "equalised_odds"):
        assert measures[metric, "sex"].status == "not_applicable"
        assert "the same for all" in measures[metric, "sex"].reason
        assert measures[f"{metric}_real", "sex"].status == "ok"


def test_rates_of_a_group_are_fairlearns(found):
    """fairlearn's MetricFrame is an independent implementation; equal up to rounding."""
    fairlearn = pytest.importorskip("fairlearn.metrics")
    measures, ours = found
    holdout = ours.real.holdout.frame
    event = (holdout["event"] == "yes").to_numpy()
    chance = predictions(ours, "logistic")[:, 1]
    number = round((ours.real.train.frame["event"] == "yes").mean() * len(chance))
    theirs = {
        "called_positive": fairlearn.selection_rate,
        "true_positive_rate": fairlearn.true_positive_rate,
        "false_positive_rate": fairlearn.false_positive_rate,
    }
    about = {"y_true": event, "y_pred": chance >= np.sort(chance)[-number]}
    frame = fairlearn.MetricFrame(metrics=theirs, sensitive_features=holdout["sex"], **about)
    for metric in theirs:
        for sex in "fm":
            rate = measures[metric, f"sex={sex}"]
            assert rate.value == pytest.approx(frame.by_group.loc[sex, metric])
            assert rate.low < rate.value < rate.high
    off = pd.Series(chance - event).groupby(holdout["sex"].to_numpy()).mean()
    assert measures["mean_error", "sex=m"].value == pytest.approx(off["m"])
    assert measures["mean_error_gap", "sex"].value == pytest.approx(np.ptp(off))


def test_errors_of_numbers_are_compared_between_groups():
    fairlearn = pytest.importorskip("fairlearn.metrics")
    tables = [replace(people(n, n), task="regression", target="x") for n in (500, 400, 300)]
    measures, ours = measured(*tables, model="linear")
    holdout = ours.real.holdout.frame
    guess = predictions(ours, "ridge")
    theirs = {"r2_gap": r2_score, "mae_gap": mean_absolute_error}
    frame = fairlearn.MetricFrame(
        metrics=theirs, y_true=holdout["x"], y_pred=guess, sensitive_features=holdout["sex"]
    )
    for metric in theirs:
        gap = measures[metric, "sex"]
        assert gap.value == pytest.approx(frame.difference()[metric])
        assert gap.low <= gap.value <= gap.high
        assert measures[f"{metric}_real", "sex"].status == "ok"
    men = (holdout["sex"] == "m").to_numpy()
    off = (guess - holdout["x"].to_numpy())[men].mean()
    assert measures["mean_error", "sex=m"].value == pytest.approx(off)
    assert ("auroc_gap", "sex") not in measures


def test_a_group_whose_numbers_do_not_vary_has_no_share_of_variance():
    """R² is then −∞: it is left out, and the errors of the others are still compared."""
    tables = []
    for n in (500, 400, 300):
        frame = people(n, n).frame
        still = np.where(frame["site"] == "C", 1.0, frame["x"])
        table = people(n, n).with_frame(frame.assign(x=still))
        tables.append(replace(table, task="regression", target="x"))
    measures, ours = measured(*tables, model="linear")
    sites = ours.real.holdout.frame["site"].value_counts()
    assert measures["r2_gap", "site"].n == sites["A"] + sites["B = &"]
    assert measures["mae_gap", "site"].n == sites.sum()


def followed(n, seed):
    """Exponential times whose hazard rises with x, censored at random."""
    table = people(n, seed)
    rng = np.random.default_rng([seed, n, 1])
    time = rng.exponential(np.exp(-table.frame["x"]))
    until = rng.exponential(2.0, n)
    event = np.where(time <= until, "yes", "no")
    frame = table.frame.assign(event=event, time=np.minimum(time, until))
    columns = (*COLUMNS, Column("time", "numeric"))
    frame = conform(frame, columns)
    return Table(frame, columns, "survival", "event", "yes", time="time", sensitive=RACE)


def test_survival_is_ranked_within_each_group_as_lifelines_ranks_it():
    lifelines = pytest.importorskip("lifelines.utils")
    measures, ours = measured(*(followed(n, n) for n in (500, 400, 300)), model="linear")
    holdout = ours.real.holdout.frame
    risk = predictions(ours, "cox")[:, -1]
    ranks = []
    for sex in "fm":
        rows = (holdout["sex"] == sex).to_numpy()
        own = holdout[rows]
        ranks.append(lifelines.concordance_index(own["time"], -risk[rows], (own["event"] == "yes")))
    gap = measures["harrell_c_gap", "sex"]
    assert gap.value == pytest.approx(np.ptp(ranks))
    assert gap.low <= gap.value <= gap.high


def test_more_than_two_classes_have_a_gap_in_ranking_alone():
    tables = [replace(people(n, n), target="site", positive=None) for n in (900, 800, 700)]
    measures, ours = measured(*tables, model="linear")
    holdout = ours.real.holdout.frame
    chance = predictions(ours, "logistic")
    areas = []
    for sex in "fm":
        rows = (holdout["sex"] == sex).to_numpy()
        each = [
            roc_auc_score(holdout["site"][rows] == site, chance[rows, k])
            for k, site in enumerate(("A", "B = &", "C"))
        ]
        areas.append(np.mean(each))
    assert measures["auroc_gap", "sex"].value == pytest.approx(np.ptp(areas))
    odds = measures["equalised_odds", ""]
    assert (odds.status, odds.reason) == ("not_applicable", "needs a target of two classes")


def test_without_groups_there_is_nothing_to_measure():
    table = replace(people(300, 0), sensitive=())
    with pytest.raises(NotApplicable, match="sensitive"):
        Fairness(params=FairnessParams()).prepare(Real(table, table, 300, 0))


@pytest.mark.parametrize("harder", [0.0, 1.0])
def test_the_interval_of_a_spread_covers_the_true_one(harder):
    """The AUROC gap of known chances (no model is fitted): 300 holdouts of 500 rows, 4 groups.

    The interval is simultaneous, so it covers at least 0.95; the Monte-Carlo standard error is
    √(0.95 · 0.05 / 300) = 0.0126, of which three are allowed below.
    """
    big = _known(400_000, 99, harder)
    truth = np.ptp([roc_auc_score(big[0][g], big[1][g]) for g in big[2]])
    covered = []
    for seed in range(300):
        event, chance, rows = _known(500, seed, harder)
        rng = np.random.default_rng([seed, 1])
        draws = [np.arange(500)]
        for _ in range(100):
            draws.append(np.concatenate([rng.choice(g, len(g)) for g in rows]))
        numbers = _aucs(event, chance, rows, draws)
        _, low, high = spread([numbers])
        covered.append(low <= truth <= high)
    assert np.mean(covered) > 0.95 - 3 * 0.0126


def _known(n, seed, harder):
    rng = np.random.default_rng([seed, n])
    group = np.arange(n) % 4
    x = rng.normal(size=n)
    event = rng.random(n) < 1 / (1 + np.exp(-(1.5 - harder * (group == 3)) * x))
    return event, x, [np.flatnonzero(group == k) for k in range(4)]


def _aucs(event, chance, rows, draws):
    from synthcraft.metrics.scores import auroc

    weights = np.stack([np.bincount(drawn, minlength=len(event)) for drawn in draws])
    values = [auroc(event[g].astype(float), chance[g], weights[:, g]) for g in rows]
    return np.stack(values, axis=1)


def test_one_newton_step_is_near_all_of_them_and_covers_the_true_slope():
    """300 samples of 400 rows with a true slope of 0.8, 150 resamples each.

    Coverage is 0.95 within three Monte-Carlo standard errors, √(0.95 · 0.05 / 300) = 0.0126. (With
    200 rows it is 0.94, and that of Newton's method to its end 0.92.) The estimate itself is exact.
    """
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(300):
        logit = rng.normal(size=400)
        event = (rng.random(400) < 1 / (1 + np.exp(-0.8 * logit))).astype(float)
        chance = 1 / (1 + np.exp(-logit))
        weights = rng.multinomial(400, np.full(400, 1 / 400), size=150)
        low, high = np.quantile(slopes(event, chance, weights), [0.025, 0.975])
        covered.append(low <= 0.8 <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=3 * 0.0126)
    ones = np.ones((1, 400))
    exact = calibration_slope(event, chance, ones)
    assert slopes(event, chance, ones) == pytest.approx(exact, rel=1e-6)


def test_models_are_trained_once_for_fairness_and_utility(monkeypatch):
    from synthcraft.metrics.utility import trained

    calls = []
    fit = trained.train
    monkeypatch.setattr(trained, "train", lambda *a, **k: calls.append(a[2]) or fit(*a, **k))
    _, ours = measured(people(300, 0), people(200, 1), people(300, 2))
    assert calls == ["boosting", "boosting"]
    fairness.predictions(ours, "boosting")
    assert len(calls) == 2
