import numpy as np
import pandas as pd

from synthcraft.data.table import Column
from synthcraft.metrics.classes import classes

COLUMNS = (Column("x", "numeric"), Column("y", "categorical"))


def test_rows_are_in_one_class_if_all_values_are_equal() -> None:
    first = pd.DataFrame({"x": [1.0, 1, np.nan], "y": pd.Categorical(["a", "b", None])})
    second = pd.DataFrame({"x": [np.nan, 1, 1], "y": pd.Categorical([None, "b", "c"])})
    one, other = classes(COLUMNS, [first, second])
    assert one[2] == other[0]
    assert one[1] == other[1]
    assert len({*one, *other}) == 4


def test_groups_are_cut_by_the_quantiles_of_train() -> None:
    train = pd.DataFrame({"x": np.arange(101.0)})  # quartiles 25, 50, 75: the upper group's
    made = pd.DataFrame({"x": [-5.0, 0, 24, 25, 99, 1000, np.nan]})
    (found,) = classes(COLUMNS[:1], [made], groups=4, cuts=train)
    assert found.tolist() == [1, 1, 1, 2, 3, 3, 0]
