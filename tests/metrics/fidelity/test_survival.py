"""Against exponential survival in closed form, and lifelines."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.fidelity.survival import kaplan_meier

COLUMNS = (
    Column("years", "numeric", low=0),
    Column("died", "categorical", ("no", "yes")),
    Column("age", "numeric"),
)


def followed(n: int, rate: float, end: float, seed: int) -> Table:
    """Exponential deaths, all still alive censored at ``end``."""
    rng = np.random.default_rng(seed)
    death = rng.exponential(1 / rate, n)
    frame = pd.DataFrame(
        {
            "years": np.minimum(death, end),
            "died": np.where(death < end, "yes", "no"),
            "age": rng.normal(60, 9, n),
        }
    )
    return Table(conform(frame, COLUMNS), COLUMNS, "survival", "died", "yes", time="years")


def test_exponential_survival_has_the_closed_form(measured: Callable) -> None:
    n, end = 3000, 5.0
    real, made = followed(n, 0.2, end, 0), followed(n, 0.4, end, 1)
    found = measured(real, real, made.frame, "kaplan_meier")
    area = [(1 - np.exp(-rate * end)) / rate / end for rate in (0.2, 0.4)]
    # se of a mean restricted time: sd below 0.4 of the follow-up, / sqrt(3000), two curves: 0.01.
    assert found["km_divergence", ""].value == pytest.approx(area[0] - area[1], abs=0.03)
    assert found["optimism", ""].value == pytest.approx(area[1] - area[0], abs=0.03)
    assert found["short_sightedness", ""].value == pytest.approx(0, abs=1e-12)


def test_an_early_end_is_short_sighted_and_keeps_the_curve(measured: Callable) -> None:
    real, made = followed(3000, 0.2, 5.0, 2), followed(3000, 0.2, 2.0, 3)
    found = measured(real, real, made.frame, "kaplan_meier")
    assert found["short_sightedness", ""].value == pytest.approx(0.6)
    # From 2 on the synthetic curve stays at exp(−0.4): (3 e^−0.4 − ∫₂⁵ e^−0.2t dt) / 5 = 0.099.
    assert found["optimism", ""].value == pytest.approx(0.099, abs=0.03)


def test_the_curve_is_that_of_lifelines() -> None:
    rng = np.random.default_rng(4)
    time, event = rng.integers(0, 12, 80).astype(float), rng.integers(0, 2, 80)
    curve = kaplan_meier(time, event)
    theirs = KaplanMeierFitter().fit(time, event).survival_function_at_times(curve.times)
    assert np.allclose(curve.survival, theirs)


def test_no_one_persons_time_is_told(measured: Callable) -> None:
    real = followed(300, 0.2, 5.0, 5)
    alone = real.frame.assign(years=real.frame.years.where(real.frame.index != 7, 80.0))
    long = Table(alone, COLUMNS, "survival", "died", "yes", time="years")
    found = measured(long, long, real.frame, "kaplan_meier")["short_sightedness", ""].value
    # (5 + 7.5 − 5) / 12.5 of the ten longest; the longest alone would give (80 − 5) / 80.
    assert found == pytest.approx(0.6)


def test_a_table_without_times_is_not_applicable(measured: Callable) -> None:
    real = followed(100, 0.2, 5.0, 6)
    found = measured(real, real, real.frame.assign(years=np.nan), "kaplan_meier")
    assert {m.status for m in found.values()} == {"not_applicable"}


@pytest.mark.parametrize("name", ["marginals", "c2st", "manifold", "mmd"])
def test_other_metrics_take_survival_tables(name: str, measured: Callable) -> None:
    real, made = followed(200, 0.2, 5.0, 7), followed(200, 0.2, 5.0, 8)
    assert all(m.status == "ok" for m in measured(real, real, made.frame, name).values())
