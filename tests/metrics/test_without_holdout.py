"""Where no row was held out: mains that need none, and for all else the reason."""

import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS, METRICS, NoParams
from synthcraft.data.load import load_table
from synthcraft.data.split import make_split
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.evaluate import evaluate, measure_metric, prepare, prepare_metric
from synthcraft.spec.types import DatasetSpec, FractionsSpec, MetricSpec

FREE = [card.name for card in METRICS if card.without_holdout]


@pytest.fixture(scope="module")
def sides():
    """Train rows, two holdouts of other people, and a table of which half are copies.

    All parts are of one size: some attacks take as many targets as the smaller part has rows.
    """
    roles = {"target": "outcome", "quasi_identifiers": ("age", "sex"), "sensitive": ("group",)}
    table = load_table(DatasetSpec(plugin="simulated", params={"n": 600}, **roles), seed=0)
    split = make_split(table, FractionsSpec(holdout=2 / 3), seed=0, index=0)
    train, rest = table.take(split.train), split.holdout
    fitted = GENERATORS.get("marginals").load()(params=NoParams()).fit(train, seed=0)
    rows = pd.concat([fitted.sample(100, seed=1), train.frame.head(100)], ignore_index=True)
    return train, (table.take(rest[:200]), table.take(rest[200:])), rows


def mains(card, train, holdout, rows):
    real = Real(train, holdout, len(rows), seed=1)
    measures = measure_metric(
        prepare_metric(card, {}, real), Synthetic(real, train.with_frame(rows), 2)
    )
    return {
        m.key: (m.value, m.low, m.high, m.n)
        for m in measures
        if m.role in ("value", "main") and m.status == "ok"
    }


@pytest.mark.parametrize("name", FREE)
def test_what_needs_no_holdout_does_not_depend_on_it(name, sides):
    train, (one, other), rows = sides
    card = METRICS.get(name)
    expected = mains(card, train, one, rows)
    assert expected
    assert mains(card, train, other, rows) == expected
    real = prepare(
        train, train.take([]), {name: MetricSpec(plugin=name)}, n_synthetic=len(rows), seed=1
    )
    alone = evaluate(real, rows, seed=2)
    assert {m.key: (m.value, m.low, m.high, m.n) for m in alone if m.status == "ok"} == expected
    others = [m for m in alone if m.status != "ok"]
    assert all("no real row was held out" in m.reason for m in others if m.role == "excess")


def test_all_else_says_that_nobody_was_held_out(sides):
    train, _, rows = sides
    every = {card.name: MetricSpec(plugin=card.name) for card in METRICS if card.name not in FREE}
    real = prepare(train, train.take([]), every, n_synthetic=len(rows), seed=1)
    assert len(real.holdout) == 0
    measures = evaluate(real, rows, seed=2)
    assert {m.status for m in measures} == {"not_applicable"}
    assert {m.value for m in measures} == {None}
    assert all("no real row was held out" in m.reason for m in measures)
