"""A generator behind a reduction."""

import pickle

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table
from synthcraft.generators.baselines import Marginals, TrainCopy
from synthcraft.generators.reduced import FittedReduced, behind, reduction_of

REDUCE = {"to": 3, "by": "pca"}


@pytest.fixture(scope="module")
def train() -> Table:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(90, 1)) + rng.normal(size=(90, 12))
    frame = pd.DataFrame(values, columns=[f"g{n}" for n in range(12)])
    frame = frame.assign(y=pd.Categorical(np.resize(["a", "b"], 90)))
    columns = (*(Column(f"g{n}", "numeric") for n in range(12)), Column("y", "categorical", "ab"))
    return Table(frame, columns, "classification", "y")


class Watched(Marginals):
    """Remembers the table that it was fitted to."""

    seen: tuple[str, ...] = ()

    def fit(self, train, *, seed):
        type(self).seen = train.names
        return super().fit(train, seed=seed)


def test_it_learns_components_and_hands_out_columns(train):
    fitted = behind(Watched(), REDUCE).fit(train, seed=0)
    assert Watched.seen == ("y", "component_1", "component_2", "component_3")
    rows = fitted.sample(50, seed=1)
    assert tuple(rows.columns) == train.names
    assert len(rows) == 50
    assert rows.equals(fitted.sample(50, seed=1))
    assert not rows.equals(fitted.sample(50, seed=2))


def test_train_rows_do_not_come_back_behind_it(train):
    """A copy of components is no copy of rows: each column's rest is drawn."""
    rows = behind(TrainCopy(), REDUCE).fit(train, seed=0).sample(90, seed=0)
    assert not set(rows["g0"]) & set(train.frame["g0"])


def test_without_a_reduction_nothing_stands_between(train):
    plain = Marginals()
    assert behind(plain, {}) is plain
    assert reduction_of(plain.fit(train, seed=0)) is None


def test_it_is_never_stored(train):
    fitted = behind(Marginals(), REDUCE).fit(train, seed=0)
    assert isinstance(fitted, FittedReduced)
    assert reduction_of(fitted) is fitted.reduction
    with pytest.raises(TypeError, match="holds real rows"):
        pickle.dumps(fitted)
