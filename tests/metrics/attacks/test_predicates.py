import numpy as np
import pandas as pd

from synthcraft.data.table import Column
from synthcraft.metrics.attacks.predicates import from_rows, medians, single
from synthcraft.metrics.classes import comparable

COLUMNS = (Column("x", "numeric"), Column("y", "categorical"))


def test_they_match_what_pandas_selects() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200).round(1)),
            "y": pd.Categorical(rng.choice(["a", "b", "c", None], 200)),
        }
    )
    (values,) = comparable(COLUMNS, [frame])
    chosen = np.array([[row, 0, 1] for row in range(200)])
    predicates = from_rows(values, medians(values), np.array([True, False]), chosen)
    middle = frame.x.median()
    for row, found in enumerate(predicates.matches(values)):
        x, y = frame.x[row], frame.y[row]
        side = frame.x >= x if x > middle else frame.x <= x
        wanted = frame.x.isna() if np.isnan(x) else side
        wanted &= frame.y.isna() if pd.isna(y) else frame.y == y
        assert found.tolist() == np.flatnonzero(wanted).tolist()
    alone = single(values, predicates)
    assert len(alone) == (predicates.counts(values) == 1).sum() > 0


def test_levels_are_the_same_number_in_every_table() -> None:
    first = pd.DataFrame({"y": pd.Categorical(["b", "z"], categories=["z", "b"])})
    second = pd.DataFrame({"y": pd.Categorical(["a", "b", None])})
    one, other = comparable(COLUMNS[1:], [first, second])
    assert one[0, 0] == other[0, 1]
    assert len({one[0, 0], one[0, 1], other[0, 0], other[0, 2]}) == 4


def test_a_missing_number_is_not_a_small_one() -> None:
    frame = pd.DataFrame({"x": [np.nan, 1.0, 2.0, 3.0]})
    (values,) = comparable(COLUMNS[:1], [frame])
    predicates = from_rows(values, medians(values), np.array([True]), np.array([[1, 0], [0, 0]]))
    assert [m.tolist() for m in predicates.matches(values)] == [[1], [0]]
