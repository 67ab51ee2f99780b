"""The joint map: what it shows of like and unlike tables, and that it is the same again."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics import neighbourhood as module
from synthcraft.metrics.neighbourhood import neighbourhood

Cohort = Callable[[int, int], Table]


def alone(found: dict, side: str, other: str) -> float:
    """The share of a side's drawn rows in cells where the other side is not drawn."""
    cells = [
        pair
        for rows in zip(found[side], found[other], strict=True)
        for pair in zip(*rows, strict=True)
    ]
    drawn = sum(own or 0 for own, _ in cells)
    return sum(own or 0 for own, theirs in cells if theirs is None) / drawn


def test_the_same_rows_give_the_same_map(cohort: Cohort) -> None:
    train, holdout, made = cohort(260, 0), cohort(120, 1), cohort(300, 2).frame
    first = neighbourhood(train, holdout, made, seed=3)
    # The seed draws who is laid out: of so few rows all are.
    assert neighbourhood(train, holdout, made, seed=4) == first
    assert first["rows"] == {"real": 380, "synthetic": 300}
    for side, rows in first["rows"].items():
        counts = [count for row in first[side] for count in row if count is not None]
        assert min(counts) >= SMALLEST
        hidden = rows - sum(counts)
        assert hidden == 0 or hidden >= SMALLEST


def test_a_lost_cluster_stands_alone_and_a_copy_does_not() -> None:
    columns = (Column("x", "numeric"), Column("y", "numeric"), Column("z", "numeric"))
    rng = np.random.default_rng(0)
    points = rng.normal(size=(540, 3)) + 12 * rng.integers(0, 2, 540)[:, None]
    table = Table(
        conform(pd.DataFrame(points, columns=list("xyz")), columns), columns, "regression", "z"
    )
    train, holdout = table.take(np.arange(360)), table.take(np.arange(360, 540))
    kept = table.frame[table.frame.x < 6]
    lost = neighbourhood(train, holdout, kept.sample(360, replace=True, random_state=1), seed=0)
    same = neighbourhood(train, holdout, train.frame, seed=0)
    # Half of the real rows are in the lost cluster (0.5 ± 0.02); a few hidden cells besides.
    assert 0.4 < alone(lost, "real", "synthetic") < 0.75
    assert alone(lost, "synthetic", "real") < 0.1
    # Cells of the copy that stand alone hold 10 to 14 rows, of which train has fewer than 10.
    assert alone(same, "real", "synthetic") < 0.25


def test_no_row_makes_no_map_and_equal_rows_one_cell(cohort: Cohort) -> None:
    train, holdout = cohort(60, 0), cohort(40, 1)
    assert neighbourhood(train, holdout, train.frame.iloc[:0], seed=0) == {}
    same = train.with_frame(train.frame.iloc[[0] * 60].reset_index(drop=True))
    found = neighbourhood(same, same, same.frame, seed=0)
    assert [count for row in found["real"] for count in row if count is not None] == [120]


def test_rows_stand_where_their_nearest_laid_out_row_stands(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    points, laid = rng.normal(size=(70, 4)), rng.normal(size=(20, 4))
    monkeypatch.setattr(module, "BLOCK", 32)  # the last block is not full
    apart = ((points[:, None] - laid) ** 2).sum(axis=2)
    assert module._nearest(points, laid).tolist() == apart.argmin(axis=1).tolist()


def test_so_many_rows_are_counted_as_are_told(cohort: Cohort, monkeypatch) -> None:
    train, holdout, made = cohort(200, 0), cohort(100, 1), cohort(150, 2).frame
    monkeypatch.setattr(module, "LAID_OUT", 60)
    monkeypatch.setattr(module, "PLACED", 120)
    found = neighbourhood(train, holdout, made, seed=3)
    assert found["rows"] == {"real": 120, "synthetic": 120}
    # Other rows are drawn under another seed; the same ones under the same.
    assert neighbourhood(train, holdout, made, seed=3) == found
    assert neighbourhood(train, holdout, made, seed=4) != found
    monkeypatch.setattr(module, "CELLS", 1)
    few = neighbourhood(train, holdout, made, seed=3)
    assert few["rows"] == {"real": 60, "synthetic": 60}, "never fewer than are laid out"
