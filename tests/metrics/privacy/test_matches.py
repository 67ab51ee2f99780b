import numpy as np
import pandas as pd

from synthcraft.data.table import Column, Table, conform
from tests.metrics.privacy.tables import draw, measured


def test_known_copies_are_counted() -> None:
    rng = np.random.default_rng(0)
    train, holdout, fresh = (draw("numeric", n, rng) for n in (100, 60, 80))
    mixed = pd.concat([train.frame.iloc[:20], fresh.frame.iloc[:60]], ignore_index=True)
    found = measured(train, holdout, mixed, "exact_match")
    assert found["exact_match_rate", "main"].value == 0.25
    assert found["exact_match_rate", "control"].value == 0
    assert found["exact_match_rate", "excess"].value == 0.25


def test_order_of_levels_and_minus_zero_make_no_difference() -> None:
    columns = (Column("x", "numeric"), Column("y", "categorical", ("a", "b")))
    other = (Column("x", "numeric"), Column("y", "categorical", ("b", "a")))
    frame = pd.DataFrame({"x": [0.0, 1, np.nan, 2, 3] * 3, "y": ["a", "b", None, "a", "b"] * 3})
    frame.loc[0, "y"] = "b"  # a row of its own
    train = Table(conform(frame, columns), columns, "regression", "x")
    holdout = train.with_frame(frame.assign(x=np.arange(15) + 0.5))
    same = conform(frame.assign(x=-frame.x.abs().where(frame.x == 0, -frame.x.abs())), other)
    assert measured(train, holdout, same, "exact_match")["exact_match_rate", "main"].value == 1


def test_swapped_halves_of_the_holdout_cancel() -> None:
    # The engine's fresh_real averages both ways round: repeated rows must leave exactly nothing,
    # or three splits of nearly nothing would look like evidence.
    rng = np.random.default_rng(1)
    train, first, second = (draw("binary", n, rng) for n in (140, 31, 30))
    ways = ((first, second), (second, first))
    both = [
        measured(train, b, a.frame, "exact_match")["exact_match_rate", "excess"].value
        for a, b in ways
    ]
    assert abs(both[0]) > 0.001
    assert sum(both) == 0


def test_where_nobody_is_unique_a_copy_tells_nothing() -> None:
    rng = np.random.default_rng(2)
    rows = draw("binary", 40, rng).frame
    train = draw("binary", 10, rng).with_frame(pd.concat([rows, rows], ignore_index=True))
    found = measured(train, draw("binary", 30, rng), rows, "exact_match")
    assert found["exact_match_rate", "excess"].status == "not_applicable"
    assert found["exact_match_rate", "excess"].value is None
    assert found["exact_match_rate", "excess"].reason == (
        "no train row is unique: a copy tells nothing about anyone"
    )
