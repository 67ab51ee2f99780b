"""The canonical form of rows."""

import numpy as np
import pandas as pd

from synthcraft.data.columns import decimals_of, outward_range, texts
from synthcraft.data.table import Column, Table, conform

COLUMNS = (Column("n", "numeric", decimals=1), Column("c", "categorical", ("lo", "hi")))


def test_numbers_are_rounded_not_truncated():
    noisy = np.random.default_rng(0).normal(0, 0.01, 2000) + 50
    out = conform(pd.DataFrame({"age": noisy}), (Column("age", "numeric", decimals=0),))
    assert set(out["age"]) == {50.0}


def test_declared_order_of_levels_stays_and_unknown_levels_are_seen():
    out = conform(pd.DataFrame({"c": ["hi", "new", None], "n": ["1.26", "x", 3]}), COLUMNS)
    assert list(out.columns) == ["n", "c"]
    assert list(out["c"].cat.categories) == ["lo", "hi", "new"]
    assert out["n"].tolist()[0] == 1.3
    assert out["n"].isna().tolist() == [False, True, False]


def test_take_keeps_persons_with_their_rows():
    frame = conform(pd.DataFrame({"n": [1.0, 2.0, 3.0], "c": ["lo", "hi", "lo"]}), COLUMNS)
    table = Table(frame, COLUMNS, "classification", "c", groups=np.array([7, 8, 9]))
    taken = table.take([2, 0])
    assert (taken.frame["n"].tolist(), taken.groups.tolist()) == ([3.0, 1.0], [9, 7])
    assert taken.frame.index.tolist() == [0, 1]
    assert table.with_frame(frame).groups is None


def test_decimals():
    assert decimals_of(pd.Series([1.0, 2.0])) == 0
    assert decimals_of(pd.Series([0.1, 2.375])) == 3
    assert decimals_of(pd.Series([1 / 3])) is None
    assert decimals_of(pd.Series([123456.789012])) == 6


def test_range_is_never_narrower_and_seldom_a_value():
    rng = np.random.default_rng(0)
    for scale in (1e-6, 1e-3, 1.0, 1e4, 1e9):
        values = pd.Series(rng.normal(0, scale, 100))
        low, high = outward_range(values)
        assert low <= values.min()
        assert high >= values.max()
        assert high - low < 1.3 * (values.max() - values.min())
        assert not values.isin([low, high]).any()


def test_texts_of_whole_numbers():
    assert texts(pd.Series([1.0, 2.5, np.nan])).tolist() == ["1", "2.5", None]
    assert texts(pd.Series([True, None, False], dtype="boolean")).tolist() == [
        "True",
        None,
        "False",
    ]
