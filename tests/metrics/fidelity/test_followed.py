"""Survival as it is told: lifelines' estimates, and nothing small that follows from them."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import pictured, prepare, synthetic_side
from synthcraft.metrics.fidelity.followed import estimated, real_curve, synthetic_curve, told_times
from synthcraft.metrics.summaries import summarise
from synthcraft.spec.types import MetricSpec

COLUMNS = (Column("days", "numeric"), Column("died", "categorical", ("no", "yes")))


def table(time: np.ndarray, event: np.ndarray) -> Table:
    died = np.where(event == 1, "yes", "no").astype(object)
    frame = conform(pd.DataFrame({"days": time, "died": died}), COLUMNS)
    return Table(frame, COLUMNS, "survival", "died", "yes", time="days")


def drawn(rows: int, censoring: float, seed: int, digits: int = 2) -> tuple:
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(10, rows), rng.exponential(10 / censoring, rows)
    end = rng.uniform(5, 40)
    time = np.round(np.minimum(np.minimum(died, left), end), digits)
    return time, ((died <= left) & (died < end)).astype(float)


def before(theirs: KaplanMeierFitter, times: list[float]) -> pd.Series:
    return theirs.survival_function_at_times(np.array(times) - 1e-9)


@pytest.mark.parametrize("digits", [0, 1, 3])  # many ties, some at the edges, none
def test_estimates_and_bounds_are_those_of_lifelines(digits: int) -> None:
    time, event = drawn(400, 0.5, 1, digits)
    time = np.maximum(time, 10.0**-digits)
    times = [2.5, 5.5, 9.5]
    theirs = KaplanMeierFitter().fit(time, event)
    ours = estimated(time, event, times)
    # What is told has three decimals.
    assert ours[0] == pytest.approx(before(theirs, times), abs=6e-4)
    bounds = theirs.confidence_interval_
    for k, at in enumerate(times):
        low, high = bounds[bounds.index < at].iloc[-1]
        assert (ours[1][k], ours[2][k]) == pytest.approx((low, high), abs=6e-4)
    found = real_curve(table(time[:300], event[:300]), table(time[300:], event[300:]))
    at_risk = theirs.event_table["at_risk"]
    for at, n in zip(found["times"], found["real"]["at_risk"], strict=True):
        assert n == at_risk[at_risk.index >= at].iloc[0]
    shown = before(theirs, found["times"])
    assert found["real"]["survival"] == pytest.approx(shown, abs=6e-4)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.integers(30, 500),
    censoring=st.floats(0.01, 3),
    digits=st.integers(0, 2),
    seed=st.integers(0, 10_000),
)
def test_no_small_number_follows_from_what_is_told(rows, censoring, digits, seed) -> None:
    time, event = drawn(rows, censoring, seed, digits)
    whole = table(time, event)
    train, holdout = whole.take(np.arange(rows // 2)), whole.take(np.arange(rows // 2, rows))
    found = real_curve(train, holdout)
    if not found:
        return
    assert found["rows"] == rows
    # Counted again elsewhere: only at edges of the same partition.
    counts = summarise(train, holdout, whole.frame, seed=0)["columns"]
    days = next(column for column in counts if column["name"] == "days")
    assert set(found["times"]) <= set(days["edges"])
    # Brute force: between two told times, before the first, and after the last.
    cell = np.searchsorted(found["times"], time, side="right")
    for k in range(len(found["times"]) + 1):
        ended, left = event[cell == k].sum(), (1 - event[cell == k]).sum()
        assert ended >= SMALLEST
        assert left == 0 or left >= SMALLEST
    assert min(found["real"]["at_risk"]) >= SMALLEST


@pytest.mark.parametrize(("absent", "told"), [(0, True), (4, False), (60, True)])
def test_a_small_number_without_a_time_is_not_to_be_had_by_subtraction(absent, told) -> None:
    time, event = drawn(400, 0.5, 3)
    time[:absent] = np.nan
    event[: absent // 2], event[absent // 2 : absent] = 0, 1
    whole = table(time, event)
    found = real_curve(whole.take(np.arange(300)), whole.take(np.arange(300, 400)))
    assert bool(found) == told
    assert not told or found["rows"] == 400 - absent


@pytest.mark.parametrize("few", [0.0, 1.0])
def test_neither_few_events_nor_few_others_may_lack_a_time(few: float) -> None:
    time, event = drawn(400, 0.5, 3)
    time[:34], event[:30], event[30:34] = np.nan, 1 - few, few
    whole = table(time, event)
    assert real_curve(whole.take(np.arange(300)), whole.take(np.arange(300, 400))) == {}


def test_whole_days_are_cut_at_the_edges_of_their_histogram() -> None:
    time, event = drawn(600, 0.5, 6, digits=0)
    columns = (Column("days", "numeric", decimals=0), COLUMNS[1])
    whole = replace(table(9 * time, event), columns=columns)  # bins of several days
    train, holdout = whole.take(np.arange(400)), whole.take(np.arange(400, 600))
    found = real_curve(train, holdout)
    days = summarise(train, holdout, whole.frame, seed=0)["columns"][1]
    assert days["name"] == "days"
    assert found["times"]
    assert set(found["times"]) <= set(days["edges"])
    assert all(at % 1 == 0.5 for at in found["times"])


def test_too_few_events_tell_nothing() -> None:
    time, event = drawn(300, 0.5, 4)
    event[np.flatnonzero(event)[19:]] = 0
    assert told_times(time, event, list(np.arange(1.0, 30.0))) == []


def test_a_synthetic_curve_ends_where_fewer_than_ten_are_followed() -> None:
    made = table(np.arange(1.0, 31.0), np.ones(30))
    found = synthetic_curve(made, [10.5, 20.5, 21.5, 28.5])
    assert found == {"survival": [0.667, 0.333], "at_risk": [20, 10], "rows": 30}


def test_the_picture_is_that_of_every_split() -> None:
    time, event = drawn(600, 0.5, 5)
    whole = table(time, event)
    pictures = []
    for seed in (0, 1):
        order = np.random.default_rng(seed).permutation(600)
        train, holdout = whole.take(order[:400]), whole.take(order[400:])
        specs = {"km": MetricSpec(plugin="kaplan_meier")}
        real = prepare(train, holdout, specs, n_synthetic=400, seed=seed)
        pictures.append(pictured(real, synthetic_side(real, whole.frame, seed=seed))["survival"])
    assert json.dumps(pictures[0]) == json.dumps(pictures[1])
    assert pictures[0]["synthetic"]["survival"] == pictures[0]["real"]["survival"]
