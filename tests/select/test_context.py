import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from synthcraft.data.table import Column, Table
from synthcraft.select.context import KEYS, context

KINDS = {"age": "numeric", "bmi": "numeric", "sbp": "numeric"}


def table(frame, target, *, positive=None, task="classification"):
    columns = tuple(Column(name, KINDS.get(name, "categorical")) for name in frame)
    return Table(frame, columns, task, target, positive=positive)


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, 200)
    return pd.DataFrame(
        {
            "age": age,
            "bmi": age / 2 + rng.normal(0, 5, 200),
            "sbp": np.where(np.arange(200) < 30, np.nan, rng.normal(120, 9, 200)),
            "group": pd.Categorical(["a", "b", "c", "d"] * 50, categories=[*"abcdef"]),
            "ill": pd.Categorical(["yes"] * 40 + ["no"] * 160),
        }
    )


def test_numbers_are_those_of_the_rows(frame):
    found = context(table(frame, "ill", positive="yes"))
    assert tuple(found) == KEYS
    assert (found["rows"], found["columns"], found["share_categorical"]) == (200, 5, 0.4)
    assert found["max_levels"] == 4  # in use, not declared
    assert (found["missing"], found["prevalence"]) == (30 / 1000, 0.2)
    seen = frame.dropna()
    pairs = [
        abs(spearmanr(frame["age"], frame["bmi"])[0]),
        abs(spearmanr(seen["age"], seen["sbp"])[0]),
        abs(spearmanr(seen["bmi"], seen["sbp"])[0]),
    ]
    assert found["correlation"] == pytest.approx(np.mean(pairs))


def test_of_several_classes_the_rarest_counts(frame):
    group = pd.Categorical(["a"] * 120 + ["b"] * 50 + ["c"] * 30)
    assert context(table(frame.assign(group=group), "group"))["prevalence"] == 0.15


def test_what_does_not_exist_is_left_out(frame):
    amount = context(table(frame, "age", task="regression"))
    assert set(KEYS) - set(amount) == {"prevalence"}
    alone = context(table(frame[["age", "ill"]], "ill", positive="yes"))
    assert set(KEYS) - set(alone) == {"correlation"}
    no_numbers = context(table(frame[["group", "ill"]], "ill", positive="yes"))
    assert set(KEYS) - set(no_numbers) == {"correlation"}


@pytest.mark.parametrize("few", [1, 9])
def test_no_small_count_can_be_computed(frame, few):
    found = frame.assign(
        ill=pd.Categorical(["yes"] * few + ["no"] * (200 - few)),
        sbp=np.where(np.arange(200) < few, np.nan, 120.0),
    )
    told = context(table(found, "ill", positive="yes"))
    assert (told["prevalence"], told["missing"]) == (10 / 200, 10 / 1000)
