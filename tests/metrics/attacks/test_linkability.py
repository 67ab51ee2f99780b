from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table
from synthcraft.metrics.attacks.linkability import file_columns
from synthcraft.metrics.context import NotApplicable
from synthcraft.metrics.encode import fit_encoder
from tests.metrics.attacks.conftest import Found, draw

Attack = Callable[..., Found]


def test_copies_are_linked_and_strangers_are_not(attack: Attack) -> None:
    rng = np.random.default_rng(0)
    train, holdout, fresh = (draw("mixed", n, rng) for n in (400, 170, 400))
    known = {"quasi_identifiers": ("a", "d", "e", "f")}  # both parts hold unique numbers
    train, holdout = replace(train, **known), replace(holdout, **known)
    copy = attack("linkability", train, holdout, train.frame)
    # About one a in five is shared by two rows (400 values of 2 decimals): ties at random.
    assert copy["linkability", "", "", "main"].value > 0.6
    assert copy["linkability", "", "", "excess"].low > 0.5
    apart = attack("linkability", train, holdout, fresh.frame)
    excess = apart["linkability", "", "", "excess"]
    assert excess.low <= 0 <= excess.high
    half = pd.concat([train.frame.iloc[:200], fresh.frame.iloc[:200]], ignore_index=True)
    between = attack("linkability", train, holdout, half)["linkability", "", "", "excess"].value
    assert excess.high < between < copy["linkability", "", "", "excess"].low


def test_unique_parts_of_a_copy_are_all_linked(attack: Attack) -> None:
    columns = tuple(Column(n, "numeric") for n in "abcd")
    rng = np.random.default_rng(1)

    def rows(n: int) -> Table:
        frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
        return Table(frame, columns, "regression", "a")

    train, holdout = rows(200), rows(80)
    found = attack("linkability", train, holdout, train.frame)
    assert found["linkability", "", "", "main"].value == 1
    assert found["linkability", "", "", "main"].n == 80
    assert found["linkability", "", "", "control"].n == 80
    assert found["linkability_baseline", "", "", "value"].value == 1 / 200


def test_it_is_what_brute_force_finds(attack: Attack) -> None:
    rng = np.random.default_rng(2)
    train, holdout, made = (draw("numeric", n, rng) for n in (60, 60, 50))
    found = attack("linkability", train, holdout, made.frame)
    encoder, linked = fit_encoder(train, holdout), np.zeros(2)
    for place, table in enumerate((train, holdout)):
        best = []
        for half in file_columns(train):
            one = encoder.only(half)
            apart = one.points(table.frame)[:, None] - one.points(made.frame)[None]
            best.append((apart.astype(float) ** 2).sum(axis=2).argmin(axis=1))
        linked[place] = (best[0] == best[1]).mean()
    assert found["linkability", "", "", "main"].value == pytest.approx(linked[0])
    assert found["linkability", "", "", "control"].value == pytest.approx(linked[1])


@pytest.mark.parametrize("kind", ["binary", "mixed"])
@pytest.mark.parametrize(("n", "h"), [(700, 300), (2000, 300), (300, 2000)])
def test_fresh_rows_show_no_excess(kind: str, n: int, h: int, attack: Attack) -> None:
    excess = []
    for seed in range(40):
        rng = np.random.default_rng([seed, n])
        train, holdout, fresh = (draw(kind, size, rng) for size in (n, h, n))
        m = attack("linkability", train, holdout, fresh.frame, seed)[
            "linkability", "", "", "excess"
        ]
        excess += [m.value] if m.status == "ok" else []
    # Independent replicates: four standard errors of their mean.
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / len(excess) ** 0.5 + 1e-9
    assert len(excess) > 20


def test_the_files_are_the_quasi_identifiers_and_the_rest_or_two_fixed_halves() -> None:
    table = draw("mixed", 20, np.random.default_rng(0))
    known = replace(table, quasi_identifiers=("a", "d"))
    assert file_columns(known) == (("a", "d"), ("b", "c", "e", "f", "g", "h"))
    halves = file_columns(table)
    assert halves == file_columns(table)
    assert sorted(halves[0] + halves[1]) == sorted(table.names)
    assert len(halves[0]) == 4
    with pytest.raises(NotApplicable):
        file_columns(replace(table, quasi_identifiers=table.names))
