"""Scores against brute force, their sensitivity by exhaustion, and what a selection costs."""

from itertools import combinations, combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest
from dp_accounting import ZCDpEvent
from dp_accounting.rdp import RdpAccountant

from synthcraft.data.table import Column, Table
from synthcraft.errors import DataError
from synthcraft.privacy.accountant import ORDERS, rho_of, zcdp_curve
from synthcraft.privacy.ledger import Total, total
from synthcraft.privacy.release import Release
from synthcraft.privacy.selection import (
    distance,
    nearness,
    rho_of_selection,
    scores,
    selection_spend,
    sensitivity,
)
from synthcraft.records import Record, Spend, Trial

KEYS = ("low", "high", "decimals", "levels")
AGE = Column("age", "numeric", low=20, high=79, decimals=0, bins=3, declared=KEYS)
SEX = Column("sex", "categorical", ("f", "m"), declared=KEYS, origin="declared")
ILL = Column("ill", "categorical", ("no", "yes"), declared=KEYS, origin="declared")


def release(rows=4, contribution=1) -> Release:
    return Release(1.0, 1e-5, rows=rows, contribution=contribution)


def table(rows, columns=(AGE, SEX, ILL), groups=None) -> Table:
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return Table(frame, columns, "classification", columns[-1].name, groups=groups)


def by_cells(real, synthetic, rows, sizes):
    """The definition, cell by cell."""
    found = []
    for one, other in combinations(range(len(sizes)), 2):
        gaps = [
            abs(
                sum(tuple(row[[one, other]]) == cell for row in real) / rows
                - sum(tuple(row[[one, other]]) == cell for row in synthetic) / len(synthetic)
            )
            for cell in product(range(sizes[one]), range(sizes[other]))
        ]
        found.append(sum(gaps) / 2)
    return sum(found) / len(found)


@pytest.mark.parametrize("declared", [40, 55])
def test_the_distance_is_its_definition(declared):
    rng, sizes = np.random.default_rng(0), (4, 2, 3, 5)
    real, synthetic = (
        np.column_stack([rng.integers(size, size=n) for size in sizes]) for n in (40, 25)
    )
    expected = by_cells(real, synthetic, declared, sizes)
    assert distance(real, synthetic, declared) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("most", [1, 2])
def test_one_person_changes_a_score_by_its_sensitivity_at_most(most):
    """All tables of up to two rows in a domain of 2 × 2 × 2, and all that a person can add."""
    terms = release(rows=3, contribution=most)
    cells = np.array(list(product(range(2), repeat=3)))
    synthetic = (cells[[0, 0, 3]], cells[[1, 6, 7, 7]])
    changes = [
        abs(distance(cells[[*others, *own]], made, 3) - distance(cells[list(others)], made, 3))
        for size in range(3)
        for others in combinations_with_replacement(range(8), size)
        for count in range(1, most + 1)
        for own in combinations_with_replacement(range(8), count)
        for made in synthetic
    ]
    assert max(changes) == pytest.approx(sensitivity(terms), abs=1e-12)


def test_means_over_splits_change_no_more():
    """The person is among the train rows of two splits of three, in opposite directions at most."""
    rng, terms = np.random.default_rng(1), release(rows=6)
    for _ in range(300):
        splits = [rng.integers(2, size=(rng.integers(0, 9), 2)) for _ in range(3)]
        made = [rng.integers(2, size=(5, 2)) for _ in range(3)]
        person = rng.integers(2, size=(1, 2))
        without = np.mean([distance(s, m, 6) for s, m in zip(splits, made, strict=True)])
        joined = [np.concatenate([s, person]) for s in splits[:2]] + splits[2:]
        with_one = np.mean([distance(s, m, 6) for s, m in zip(joined, made, strict=True)])
        assert abs(without - with_one) <= 2 / 3 * sensitivity(terms) + 1e-12


def test_the_odds_of_every_choice_change_by_epsilon_at_most():
    """All pairs of tables that differ by one row; two arms whose samples are opposites."""
    epsilon, rows = 0.8, 2
    cells = np.array(list(product(range(2), repeat=2)))
    arms = (cells[[0, 0]], cells[[3, 3]], cells[[1, 3]])

    def chances(real):
        found = np.array([-distance(real, made, rows) for made in arms])
        weights = np.exp(epsilon * found / (2 * sensitivity(release(rows))))
        return weights / weights.sum()

    ratios = [
        np.abs(np.log(chances(cells[list(others)]) / chances(cells[[*others, own]]))).max()
        for size in range(4)
        for others in combinations_with_replacement(range(4), size)
        for own in range(4)
    ]
    assert 0.5 * epsilon < max(ratios) <= epsilon


def test_nearness_codes_by_what_is_declared_alone():
    real = table([[20, "f", "no"], [79, "m", "yes"]])
    beyond = table([[-5, "f", "no"], [200, "m", "yes"]])
    made = pd.DataFrame({"age": [25.0, 70.0], "sex": ["f", "m"], "ill": ["no", "yes"]})
    assert nearness(real, made, release(2)) == nearness(beyond, made, release(2)) == 0.0
    unknown = table([[20, "planted", "no"], [79, "m", "yes"]])
    missing = table([[20, None, "no"], [79, "m", "yes"]])
    assert nearness(unknown, made, release(2)) == nearness(missing, made, release(2)) < 0


def test_nearness_depends_on_the_declared_rows_alone():
    made = pd.DataFrame({"age": [25.0], "sex": ["f"], "ill": ["no"]})
    one, two = table([[20, "f", "no"]]), table([[20, "f", "no"]] * 2)
    assert nearness(two, made, release(4)) - nearness(one, made, release(4)) == pytest.approx(
        sensitivity(release(4))
    )


def test_more_rows_of_a_person_than_may_be_used_change_nothing():
    made = pd.DataFrame({"age": [25.0], "sex": ["f"], "ill": ["no"]})
    few = table([[30, "f", "no"]] * 2, groups=np.array([1, 2]))
    many = table([[30, "f", "no"]] * 5, groups=np.array([1, 2, 2, 2, 2]))
    assert nearness(few, made, release()) == nearness(many, made, release())
    assert nearness(few, made, release()) != nearness(many, made, release(contribution=2))


def test_what_is_not_declared_is_not_compared():
    bare = (Column("age", "numeric"), SEX, ILL)
    with pytest.raises(DataError, match=r"dataset\.columns\.age"):
        nearness(table([[20, "f", "no"]], bare), pd.DataFrame(), release())


def record(arm, near=None, status="ok", split=0) -> Record:
    return Record(Trial(arm, split, 0, "report"), status, nearness=near)


def test_an_arm_is_its_mean_over_the_fits_that_were_started():
    found = scores(
        [
            *(record("a", -0.1), record("a", -0.3, split=1)),
            *(record("b", -0.2), record("b", status="skipped", split=1)),
            *(record("c", -0.1), record("c", status="timeout", split=1)),
            *(record("arf"), record("d", status="skipped")),
        ]
    )
    assert found == {"a": pytest.approx(-0.2), "b": -0.2}


def test_a_selection_adds_its_curve_and_no_delta():
    delta = 1e-6
    fit = Spend("zCDP", 1.0, delta, zcdp_curve(rho_of(1.0, delta)))
    found = total([fit] * 3, [selection_spend(0.5)])
    accountant = RdpAccountant(orders=ORDERS).compose(ZCDpEvent(rho_of(1.0, delta)), 3)
    accountant.compose(ZCDpEvent(0.5**2 / 8))
    assert found.epsilon == pytest.approx(accountant.get_epsilon(3 * delta), abs=1e-9)
    assert (found.delta, found.fits) == (pytest.approx(3 * delta), 3)
    assert rho_of_selection(0.5) == 0.5**2 / 8


def test_selections_alone_are_pure():
    assert total([], [selection_spend(0.1)] * 2) == Total(0.2, 0.0, 0)
