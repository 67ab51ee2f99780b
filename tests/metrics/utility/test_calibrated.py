"""Calibration curves against scikit-learn, closed forms, and whoever subtracts."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve as theirs

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import measured, pictured, prepare, synthetic_side
from synthcraft.metrics.utility.calibrated import _lines, joined_bins
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]


def picture(train: Table, holdout: Table, made: Table) -> dict:
    metrics = {"utility": MetricSpec(plugin="utility", params={"resamples": 100})}
    real = prepare(train, holdout, metrics, n_synthetic=len(made), seed=0)
    ours = synthetic_side(real, made.frame, seed=1)
    measured(real, ours)
    return pictured(real, ours)


def test_bins_that_need_no_joining_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.2, 0.8, 2000)
    event = rng.random(2000) < chance
    found = joined_bins(event, chance, np.arange(2000))
    shares, means = theirs(event, chance, n_bins=10, strategy="quantile")
    assert [bin["events"] / bin["n"] for bin in found] == pytest.approx(shares)
    assert [bin["foretold"] for bin in found] == pytest.approx(means, abs=6e-4)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(20, 400),
    share=st.floats(0.02, 0.98),
    levels=st.integers(1, 60),
    seed=st.integers(0, 10_000),
)
def test_no_small_number_stands_in_bins_or_follows_from_them(rows, share, levels, seed) -> None:
    rng = np.random.default_rng(seed)
    chance = (1 + rng.integers(0, levels, rows)) / (levels + 1)
    event = rng.random(rows) < (share + chance) / 2
    found = joined_bins(event, chance, np.arange(rows))
    if min(event.sum(), (~event).sum()) < SMALLEST:
        assert found == []
        return
    # Totals are told whole, so that bins are all there is to subtract from them.
    assert sum(bin["n"] for bin in found) == rows
    assert sum(bin["events"] for bin in found) == event.sum()
    assert all(SMALLEST <= bin["events"] <= bin["n"] - SMALLEST for bin in found)
    order = np.argsort(chance, kind="stable")  # by hand: consecutive rows by rising risk
    for bin, end in zip(found, np.cumsum([bin["n"] for bin in found]), strict=True):
        part = order[end - bin["n"] : end]
        assert bin["events"] == event[part].sum()
        assert bin["foretold"] == pytest.approx(chance[part].mean(), abs=6e-4)


def test_ten_rows_of_one_person_are_no_ten_persons() -> None:
    event, chance = np.arange(400) % 2 == 1, np.linspace(0.1, 0.9, 400)
    assert len(joined_bins(event, chance, np.arange(400))) == 10
    persons = np.arange(400) // 20  # 20 persons of 20 rows each
    found = joined_bins(event, chance, persons)
    assert [bin["n"] for bin in found] == [200, 200]
    assert joined_bins(event, chance, np.arange(400) // 50) == []


def test_slope_and_intercept_have_the_errors_of_their_likelihood() -> None:
    rng = np.random.default_rng(2)
    logit = rng.normal(size=3000)
    chance = 1 / (1 + np.exp(-logit))
    event = rng.random(3000) < 1 / (1 + np.exp(-(0.3 + 0.7 * logit)))
    found = _lines(event, chance, wider=1)
    slope, low, high = found["slope"]
    assert low < 0.7 < high
    assert slope == pytest.approx((low + high) / 2, abs=1e-3)

    def loss(a: float, b: float) -> float:
        at = a + b * logit
        return float(np.logaddexp(0, at).sum() - at[event].sum())

    a = min(np.linspace(0, 0.6, 601), key=lambda a: loss(a, slope))
    h = 1e-3
    bend = [
        [loss(a + h, slope) - 2 * loss(a, slope) + loss(a - h, slope), 0.0],
        [0.0, loss(a, slope + h) - 2 * loss(a, slope) + loss(a, slope - h)],
    ]
    bend[0][1] = bend[1][0] = (
        loss(a + h, slope + h)
        - loss(a + h, slope - h)
        - loss(a - h, slope + h)
        + loss(a - h, slope - h)
    ) / 4
    error = np.sqrt(np.linalg.inv(np.array(bend) / h**2)[1, 1])
    assert (high - low) / 2 == pytest.approx(1.96 * error, abs=2e-3)
    flat = _lines(np.arange(400) % 4 == 0, np.full(400, 0.25), wider=2)
    assert "slope" not in flat  # chances that do not vary have none
    # By closed form 1 / √(n p (1 − p)), twice as wide where rows are of a quarter of the persons.
    assert flat["intercept"][2] == pytest.approx(2 * 1.96 / np.sqrt(400 * 3 / 16), abs=2e-3)


def test_a_picture_has_both_trainings_of_each_model(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    found = picture(train, holdout, train)["calibration"]
    assert found["event"] == "yes"
    assert set(found["models"]) == {"logistic", "boosting"}
    for sides in found["models"].values():
        assert sides["tstr"] == sides["trtr"], "trained on the same rows"
        assert sides["tstr"]["rows"] == sides["tstr"]["persons"] == 300


def test_each_training_has_its_own_curve(cohort: Cohort) -> None:
    train, holdout = cohort(600, 0), cohort(400, 1)
    rng = np.random.default_rng(0)
    turned = train.frame.assign(event=rng.permutation(train.frame.event))
    found = picture(train, holdout, train.with_frame(turned))["calibration"]["models"]["logistic"]
    same = picture(train, holdout, train)["calibration"]["models"]["logistic"]
    assert found["trtr"] == same["trtr"] != found["tstr"]
    # Real rows teach to tell risks apart, and which of the two classes is the event.
    first, *_, last = found["trtr"]["bins"]
    assert first["events"] / first["n"] < last["events"] / last["n"]
    assert found["trtr"]["slope"][0] > 0.5
    total = sum(part["foretold"] * part["n"] for part in found["trtr"]["bins"]) / 400
    share = (holdout.frame.event == "yes").mean()
    # Of 400 persons each: 0.035 is one standard error of their difference, at most.
    assert abs(total - share) < 0.14


def test_three_classes_have_measures_and_no_curve(cohort: Cohort) -> None:
    columns = (Column("x", "numeric"), Column("y", "categorical", ("a", "b", "c")))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "y": rng.choice(list("abc"), 300)})
    table = Table(conform(frame, columns), columns, "classification", "y")
    train, holdout = table.take(np.arange(200)), table.take(np.arange(200, 300))
    metrics = {"utility": MetricSpec(plugin="utility", params={"resamples": 100})}
    real = prepare(train, holdout, metrics, n_synthetic=200, seed=0)
    ours = synthetic_side(real, train.frame, seed=1)
    assert all(m.status != "failed" for m in measured(real, ours))
    assert pictured(real, ours) == {}


def test_intervals_know_that_persons_have_several_rows(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(400, 1)
    alone = picture(train, holdout, train)["calibration"]["models"]["logistic"]["tstr"]
    repeated = replace(holdout, groups=np.arange(400) // 4)
    found = picture(train, repeated, train)["calibration"]["models"]["logistic"]["tstr"]
    assert (found["rows"], found["persons"]) == (400, 100)
    for name in ("slope", "intercept"):
        value, low, high = found[name]
        assert value == alone[name][0]
        assert high - low == pytest.approx(2 * (alone[name][2] - alone[name][1]), abs=4e-3)


def test_few_events_in_train_or_holdout_leave_no_picture(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    for few, other in ((train, holdout), (holdout, train)):
        event = few.frame.event.astype(str).to_numpy()
        event[np.flatnonzero(event == "yes")[9:]] = "no"
        rare = few.with_frame(few.frame.assign(event=event))
        assert picture(rare, other, train) == {}
        assert picture(other, rare, train) == {}
