from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.attacks.inference import accepted, known_columns, secret_columns
from synthcraft.metrics.encode import fit_encoder
from tests.metrics.attacks.conftest import Found, draw

Attack = Callable[..., Found]
NAME = "attribute_inference"


def tables(kind: str, sizes: tuple[int, ...], seed: int) -> list[Table]:
    rng = np.random.default_rng(seed)
    return [replace(draw(kind, n, rng), sensitive=("e",), target="a") for n in sizes]


def test_copies_tell_every_secret_and_fresh_rows_none(attack: Attack) -> None:
    train, holdout, fresh = tables("mixed", (600, 300, 600), 0)
    copy = attack(NAME, train, holdout, train.frame)
    apart = attack(NAME, train, holdout, fresh.frame)
    half = pd.concat([train.frame.iloc[:300], fresh.frame.iloc[:300]], ignore_index=True)
    between = attack(NAME, train, holdout, half)
    for column in ("e", "a", ""):
        assert copy[NAME, "", column, "main"].value == pytest.approx(1, abs=0.01)
        assert copy[NAME, "", column, "excess"].value > 0.95
        excess = apart[NAME, "", column, "excess"]
        assert excess.low <= 0 <= excess.high
        assert excess.high < between[NAME, "", column, "excess"].value < 0.8


def test_it_is_what_brute_force_finds(attack: Attack) -> None:
    train, holdout, made = tables("mixed", (60, 60, 50), 1)
    found = attack(NAME, train, holdout, made.frame)
    encoder = fit_encoder(train, holdout)
    for secret in ("e", "a"):
        one = encoder.only(known_columns(train, secret))
        for role, table in (("main", train), ("control", holdout)):
            apart = one.points(table.frame)[:, None] - one.points(made.frame)[None]
            best = (apart.astype(float) ** 2).sum(axis=2).argmin(axis=1)
            guess, truth = made.frame[secret].iloc[best].to_numpy(), table.frame[secret].to_numpy()
            right = (
                guess == truth
                if secret == "e"
                else np.abs(guess - truth) <= 0.05 * np.abs(truth) + 1e-12
            )
            assert found[NAME, "", secret, role].value == pytest.approx(right.mean())


def test_the_baseline_is_what_random_rows_would_tell(attack: Attack) -> None:
    train, holdout, made = tables("mixed", (300, 300, 200), 2)
    found = attack(NAME, train, holdout, made.frame)
    truth, guess = train.frame.e.to_numpy(), made.frame.e.to_numpy()
    assert found[f"{NAME}_baseline", "", "e", "value"].value == pytest.approx(
        (truth[:, None] == guess[None]).mean()
    )
    truth, guess = train.frame.a.to_numpy(), made.frame.a.to_numpy()
    near = np.abs(truth[:, None] - guess[None]) <= 0.05 * np.abs(truth)[:, None] + 1e-12
    assert found[f"{NAME}_baseline", "", "a", "value"].value == pytest.approx(near.mean())


def test_a_missing_secret_is_guessed_as_missing_only() -> None:
    low, high = accepted(np.array([-np.inf, -10.0]), Column("x", "numeric"), 0.1)
    assert low.tolist() == [-np.inf, -11.0]
    assert high.tolist() == [-np.inf, -9.0]
    low, high = accepted(np.array([3.0]), Column("x", "categorical"), 0.1)
    assert low == high == [3.0]


def test_secrets_and_what_is_known() -> None:
    (train,) = tables("mixed", (20,), 0)
    assert secret_columns(train) == ("e", "a")
    assert known_columns(train, "e") == ("a", "b", "c", "d", "f", "g", "h")
    declared = replace(train, quasi_identifiers=("d", "e"))
    assert known_columns(declared, "e") == ("d",)
    assert known_columns(declared, "a") == ("d", "e")


@pytest.mark.parametrize("kind", ["binary", "mixed"])
@pytest.mark.parametrize(("n", "h"), [(700, 300), (2000, 300), (300, 2000)])
def test_fresh_rows_show_no_excess(kind: str, n: int, h: int, attack: Attack) -> None:
    excess, covered = [], []
    for seed in range(40):
        rng = np.random.default_rng([seed, n])
        train, holdout, fresh = (replace(draw(kind, size, rng), target="e") for size in (n, h, n))
        m = attack(NAME, train, holdout, fresh.frame, seed)[NAME, "", "", "excess"]
        excess.append(m.value)
        covered.append(m.low <= 0 <= m.high)
    # Independent replicates: four standard errors of their mean. Coverage 0.95 with se 0.034 at
    # 40 replicates: three below is 0.85.
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / len(excess) ** 0.5
    assert np.mean(covered) > 0.84


def test_an_attack_that_does_worse_than_guessing_has_failed(attack: Attack) -> None:
    """Synthetic rows that swap the two levels of the secret mislead the attacker."""
    columns = (Column("x", "categorical", ("0", "1")), Column("y", "categorical", ("0", "1")))

    def rows(x: str, y: str, n: int) -> pd.DataFrame:
        return conform(pd.DataFrame({"x": list(x) * n, "y": list(y) * n}), columns)

    train = Table(rows("01", "01", 50), columns, "classification", "y")
    found = attack(NAME, train, train, rows("01", "10", 50))
    assert found[NAME, "", "y", "main"].value == 0
    assert found[NAME, "", "y", "excess"].status == "not_applicable"
    assert "failed" in found[NAME, "", "y", "excess"].reason
