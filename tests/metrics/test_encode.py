import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.encode import MAX_LEVELS, fit_encoder

COLUMNS = (Column("x", "numeric"), Column("level", "categorical", ("a", "b")))


def table(x: list[float], level: list[str | None]) -> Table:
    frame = conform(pd.DataFrame({"x": x, "level": level}), COLUMNS)
    return Table(frame, COLUMNS, "classification", "level")


def test_encoder_learns_from_train_only() -> None:
    train = table([0, 1, 2, 3, 4], ["a", "b", "a", "b", "a"])
    encoder = fit_encoder(train)
    other = table([1000, 0, 0, 0, 0], ["b", "c", "c", "c", "c"])
    assert encoder.points(other.frame)[0, 0] > 100
    assert fit_encoder(train) == encoder


def test_two_levels_are_at_distance_one_and_so_is_the_width_of_a_numeric_column() -> None:
    train = table(list(np.linspace(0, 1, 101)), ["a", "b"] * 50 + ["a"])
    points = fit_encoder(train).points(table([0.05, 0.95, 0.05], ["a", "a", "b"]).frame)
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("missing_in_train", [True, False])
def test_unseen_and_missing_levels_are_levels_of_their_own(missing_in_train: bool) -> None:
    train = table([0, 1, 2], ["a", "b", None if missing_in_train else "a"])
    points = fit_encoder(train).points(table([0, 0, 0, 0], ["a", "c", None, "d"]).frame)
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(1)
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(1)
    assert (np.linalg.norm(points[1] - points[2]) > 0.5) == missing_in_train
    assert np.array_equal(points[1], points[3])


def test_missing_numbers_sit_at_the_median_with_a_flag() -> None:
    train = table([1, 2, 9, np.nan], ["a"] * 4)
    points = fit_encoder(train).points(train.frame)
    assert points[3, :2].tolist() == [0, 1]
    assert points[1, :2].tolist() == [0, 0]


def test_constant_and_empty_columns_stay_finite() -> None:
    for values in ([5.0] * 4, [np.nan] * 4, [0.0, 0.0, 0.0, 1e9]):
        train = table(values, ["a"] * 4)
        assert np.isfinite(fit_encoder(train).points(train.frame)).all()


def test_codes_keep_amounts_and_number_levels() -> None:
    train = table([1.5, np.nan, 3], ["b", "a", None])
    encoder = fit_encoder(train)
    assert encoder.categorical == (False, True)
    found = encoder.codes(table([7, np.nan, 8], ["a", "zzz", None]).frame)
    assert np.array_equal(found, [[7, 0], [np.nan, 2], [8, np.nan]], equal_nan=True)


def test_models_learn_the_commonest_levels_and_distances_know_all() -> None:
    names = [f"l{k}" for k in range(MAX_LEVELS + 50)]
    columns = (Column("level", "categorical", tuple(names)),)
    frame = conform(pd.DataFrame({"level": [*names, *names[:5]]}), columns)
    encoder = fit_encoder(Table(frame, columns, "classification", "level"))
    assert encoder.width == MAX_LEVELS + 50 + 1
    assert encoder.codes(frame)[:5].max() < MAX_LEVELS
    assert encoder.codes(frame).max() == MAX_LEVELS


def test_levels_that_only_the_holdout_has_are_told_apart_but_not_learnt() -> None:
    columns = (Column("level", "categorical", ("a", "b")),)
    train, holdout = (
        Table(conform(pd.DataFrame({"level": levels}), columns), columns, "classification", "level")
        for levels in (["a", "b", "a"], ["c", "d", None])
    )
    encoder = fit_encoder(train, holdout)
    points = encoder.points(holdout.frame)
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(1)
    assert np.linalg.norm(points[0] - points[2]) == pytest.approx(1)
    assert encoder.codes(holdout.frame)[:2].ravel().tolist() == [2, 2]


@pytest.mark.parametrize("value", [0.1, 0.8, 98.6])
def test_a_constant_column_is_as_wide_as_its_unit(value: float) -> None:
    # The standard deviation of equal numbers is what rounding leaves, 1e-17 to 1e-14 here: divided
    # by it, another value would be as far as any can be and every other column would vanish.
    encoder = fit_encoder(table([value] * 140, ["a"] * 140))
    points = encoder.points(table([value, value + 1], ["a", "a"]).frame)
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(1, rel=1e-5)
