import math

import numpy as np
import pytest

from synthcraft.metrics.attacks.risk import (
    Share,
    attack_measures,
    excess_bounds,
    nearest_rows,
    risk_measures,
)


@pytest.mark.parametrize(("main", "control"), [(0.05, 0.05), (0.3, 0.2), (0.9, 0.6), (0.02, 0.0)])
def test_the_interval_covers_the_excess_of_independent_attacks(main: float, control: float) -> None:
    # 2,000 replicates: se of a coverage of 0.95 is 0.005. Score intervals of small shares waver by
    # some 0.015 about the nominal value (they do for one proportion), so 0.93 to 0.995 is asked.
    rng, n = np.random.default_rng(1), 400
    excess = (main - control) / (1 - control)
    covered = 0
    for x, y in rng.binomial(n, [main, control], size=(2000, 2)):
        low, high = excess_bounds(Share(x / n, n), Share(y / n, n))
        covered += low <= excess <= high
    assert 0.93 <= covered / 2000 <= (0.995 if control else 1)


def test_the_interval_holds_the_value_and_ends_at_one() -> None:
    for main in (0, 0.2, 0.7, 1):
        for control in (0, 0.2, 0.7, 0.99):
            low, high = excess_bounds(Share(main, 100), Share(control, 100))
            assert low <= (main - control) / (1 - control) <= high <= 1
    low, high = excess_bounds(Share(1.0, 500), Share(0.0, 500))
    assert low > 0.98
    assert high == 1


def test_it_is_the_wilson_interval_where_the_control_is_sure_to_win_nothing() -> None:
    ours = excess_bounds(Share(0.4, 100), Share(0.0, 10**9))
    assert ours == pytest.approx(Share(0.4, 100).bounds, abs=1e-6)


def test_no_lower_limit_where_the_control_may_win_everywhere() -> None:
    low, high = excess_bounds(Share(0.5, 50), Share(1.0, 50))
    assert math.isinf(low)
    assert high == 1


def test_an_attack_below_its_baseline_has_failed() -> None:
    found = {m.role: m for m in attack_measures("x", Share(0.1, 500), Share(0.1, 500), 0.3) if m}
    assert found["excess"].status == "not_applicable"
    assert "failed" in found["excess"].reason
    assert found["main"].value == 0.1
    assert found["value"].metric == "x_baseline"
    # Within the error of the baseline nothing is held against it.
    about = {m.role: m for m in attack_measures("x", Share(0.3, 500), Share(0.1, 500), 0.3)}
    assert about["excess"].status == "ok"


@pytest.mark.parametrize(("control", "status"), [(1.0, "not_applicable"), (0.8, "ok")])
def test_little_is_left_to_exceed_where_the_control_wins(control: float, status: str) -> None:
    found = {m.role: m for m in risk_measures("x", Share(1.0, 50), Share(control, 50))}
    assert found["excess"].status == status
    assert found["control"].value == control
    nine = {m.role: m for m in risk_measures("x", Share(1.0, 50), Share(0.82, 50))}
    assert nine["excess"].status == "not_applicable"
    assert "fewer than 10" in nine["excess"].reason


def test_ties_are_drawn_for_each_query_and_whatever_the_order() -> None:
    rows = np.array([[0.0], [1.0], [0.0], [0.0]])
    kinds = np.array([7, 3, 7, 7], dtype=np.uint64)
    queries = np.concatenate([np.zeros((900, 1)), np.ones((5, 1))])
    found = nearest_rows(queries, rows, kinds, np.random.default_rng(0))
    assert set(found[900:]) == {1}
    # Each of three equal rows in a third of 900 draws: sd sqrt(900 * 2 / 9) = 14, five of them 70.
    counts = np.bincount(found[:900], minlength=4)
    assert counts[1] == 0
    assert np.abs(counts[[0, 2, 3]] - 300).max() < 70
