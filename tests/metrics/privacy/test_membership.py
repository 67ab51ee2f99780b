"""Membership attacks on rows of known densities."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde, norm

from synthcraft.catalogue import NoParams
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.context import Real
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.metrics.groups import RARE_LEVELS
from synthcraft.metrics.privacy.intervals import area
from synthcraft.metrics.privacy.membership import MiaDomias, Scores
from synthcraft.spec.types import MetricSpec
from tests.metrics.privacy.tables import draw, line, measured

DENSE = 0.98  # of train and synthetic rows in one half of the range; real rows are uniform


def uneven(n: int, rng: np.random.Generator) -> Table:
    """Uniform on [0, 1) with the share DENSE below a half: what train happens to hold."""
    low = rng.random(n) < DENSE
    return line(rng.random(n) / 2 + np.where(low, 0, 0.5))


@pytest.fixture(scope="module")
def known() -> dict:
    # A generator that has learnt the chances of its train rows: 1,500 of each kind.
    rng = np.random.default_rng(0)
    train, synthetic = uneven(1500, rng), uneven(1500, rng)
    return measured(train, line(rng.random(1500)), synthetic.frame, "mia_distance", "mia_domias")


def check_known(found: dict, metric: str, truth: float) -> None:
    m = found[metric, "main"]
    # Half the interval is 1.96 standard errors; four are allowed.
    assert abs(m.value - truth) < 4 * (m.high - m.low) / 2 / 1.96
    assert m.high - m.low < 0.05
    assert found[metric, "excess"].value == pytest.approx(2 * m.value - 1)


def pairs(of_unequal: float) -> float:
    """AUC when the member in the dense half wins with this chance against one outside."""
    alike = DENSE / 2 + (1 - DENSE) / 2
    return alike / 2 + DENSE / 2 * of_unequal + (1 - DENSE) / 2 * (1 - of_unequal)


def test_attack_by_distance_on_known_densities(known: dict) -> None:
    # Distances to the nearest row are exponential with rate 2·n·density.
    check_known(known, "mia_distance", pairs(DENSE))


def test_domias_on_known_densities(known: dict) -> None:
    # Each log density has the noise of a log exponential, their difference a logistic one. Of two
    # such, P(Z + L > L') = e^z (e^z - 1 - z) / (e^z - 1)², with z the difference of log ratios.
    z = np.log(DENSE / (1 - DENSE))
    check_known(known, "mia_domias", pairs(np.exp(z) * (np.exp(z) - 1 - z) / (np.exp(z) - 1) ** 2))


def test_found_at_one_in_a_hundred_and_exposure_of_known_scores() -> None:
    rng = np.random.default_rng(1)
    scores = Scores(rng.normal(1, 1, 20_000), rng.normal(size=20_000))
    # Standard errors: of the share 0.002 and of the threshold's part 0.002; of the medians 0.005.
    assert scores.caught(0.01).value == pytest.approx(norm.cdf(1 - norm.ppf(0.99)), abs=0.01)
    assert scores.exposure(0.5).value == pytest.approx(norm.cdf(1), abs=0.015)
    assert scores.exposure(0.9).value == pytest.approx(norm.cdf(1 + norm.ppf(0.9)), abs=0.01)


def test_few_non_members_give_no_rate_of_one_in_a_hundred() -> None:
    rng = np.random.default_rng(2)
    tables = [draw("numeric", n, rng) for n in (1200, 999, 500)]
    found = measured(tables[0], tables[1], tables[2].frame, "mia_distance", "record_risk")
    assert found["mia_distance_tpr", "excess"].status == "not_applicable"
    assert "1,000" in found["mia_distance_tpr", "excess"].reason
    assert found["record_risk_q99", "excess"].status == "not_applicable"
    tables[1] = draw("numeric", 1000, rng)
    found = measured(tables[0], tables[1], tables[0].frame, "mia_distance", "record_risk")
    assert found["mia_distance_tpr", "main"].value == 1
    assert found["mia_distance_tpr", "excess"].value == 1
    assert found["record_risk_q99", "excess"].value > 0.99


def test_fresh_rows_against_a_density_of_the_non_members_themselves_look_like_members() -> None:
    # ▪ METRICS.md: fresh rows 0.72 where the same holdout gives the density and the non-members
    # (0.65 here in three dimensions, 0.79 in five), 0.5 where its halves are crossed.
    same, crossed = [], []
    for seed in range(10):
        rng = np.random.default_rng([seed, 2])
        train, holdout, fresh = (rng.normal(size=(3, 300)) for _ in range(3))
        made, own, half = (gaussian_kde(rows) for rows in (fresh, holdout, holdout[:, :150]))
        for found, reference, others in ((same, own, holdout), (crossed, half, holdout[:, 150:])):
            members, strangers = (made(rows) / reference(rows) for rows in (train, others))
            found.append(area(members, strangers).value)
    # The standard deviation of one AUC of 300 and 150 is 0.03: 0.01 over ten, four of them.
    assert np.mean(same) > 0.6
    assert np.mean(crossed) == pytest.approx(0.5, abs=0.04)


def test_a_reference_of_the_non_members_themselves_would_find_what_is_not_there() -> None:
    rng = np.random.default_rng(3)
    train, holdout, fresh = (draw("numeric", n, rng) for n in (600, 600, 600))
    real = Real(train, holdout, 600, 0)
    state = MiaDomias(params=NoParams()).prepare(real)
    # A row's own distance to its reference would be 0: it must lie in the other half.
    assert np.isfinite(state.others).all()
    assert np.exp(state.others).min() > 1e-5
    m = measured(train, holdout, fresh.frame, "mia_domias")["mia_domias", "excess"]
    assert m.low < 0 < m.high


def test_other_rows_of_the_same_person_are_no_reference() -> None:
    rng = np.random.default_rng(4)
    middle = rng.normal(size=150).repeat(2)
    holdout = line(middle + 1e-4 * rng.normal(size=300))
    holdout = replace(holdout, groups=np.arange(150).repeat(2))
    state = MiaDomias(params=NoParams()).prepare(Real(line(rng.normal(size=300)), holdout, 300, 0))
    # The other row of the person is 0.00004 away (scaled); of 75 others hardly any is so near.
    assert np.median(np.exp(state.others)) > 1e-3


def test_domias_says_where_a_copy_would_not_be_found() -> None:
    rng = np.random.default_rng(5)
    tables = [draw("binary", 400, rng) for _ in range(3)]
    m = measured(tables[0], tables[1], tables[2].frame, "mia_domias")["mia_domias", "excess"]
    assert m.status == "not_applicable"
    assert "even a copy of train" in m.reason


def test_more_rows_than_are_attacked_are_said() -> None:
    rng = np.random.default_rng(6)
    train, holdout = line(rng.normal(size=5000)), line(rng.normal(size=2500))
    found = measured(train, holdout, train.frame, "mia_distance")
    assert found["mia_distance", "main"].n == found["mia_distance", "control"].n == 2000


def grouped(n: int, rng: np.random.Generator) -> Table:
    columns = (Column("x", "numeric"), Column("sex", "categorical", ("f", "m", "other")))
    frame = pd.DataFrame({"x": rng.normal(size=n), "sex": rng.choice(["f", "m"], n)})
    frame.loc[:3, "sex"] = "other"
    return Table(conform(frame, columns), columns, "regression", "x", sensitive=("sex",))


def test_risk_by_group_shows_who_is_copied() -> None:
    rng = np.random.default_rng(7)
    train, holdout, fresh = (grouped(n, rng) for n in (300, 300, 300))
    women = train.frame[train.frame.sex == "f"]
    others = fresh.frame[fresh.frame.sex != "f"]
    synthetic = pd.concat([women, others], ignore_index=True)
    chosen = {name: MetricSpec(plugin=name) for name in ("mia_distance",)}
    real = prepare(train, holdout, chosen, n_synthetic=300, seed=0)
    rows = [m for m in evaluate(real, synthetic, seed=0) if m.group]
    excess = {m.group: m for m in rows if m.role == "excess"}
    assert excess["sex=f"].value > 0.95
    assert excess["sex=m"].low < 0 < excess["sex=m"].high
    # Four train and four holdout rows: neither name nor number, and no number tells the rest.
    assert set(excess) == {"sex=f", "sex=m", f"sex={RARE_LEVELS}"}
    assert excess[f"sex={RARE_LEVELS}"].status == "not_applicable"
    assert excess[f"sex={RARE_LEVELS}"].n is None
    assert [m.n for m in rows if m.role == "excess" and m.status == "ok"].count(None) == 1


def test_a_group_that_is_in_train_only_leaves_the_others_measured() -> None:
    rng = np.random.default_rng(8)
    train, holdout = grouped(300, rng), grouped(300, rng)
    without = holdout.frame.assign(sex=holdout.frame.sex.astype(object).replace("other", "m"))
    absent = holdout.with_frame(without)  # it still knows the level
    specs = {name: MetricSpec(plugin=name) for name in ("mia_distance", "mia_domias")}
    real = prepare(train, absent, specs, n_synthetic=300, seed=0)
    rows = [m for m in evaluate(real, train.frame, seed=0) if m.role == "excess"]
    assert not [m.reason for m in rows if m.status == "failed"]
    assert {(m.metric, m.group) for m in rows if m.status == "ok"} == {
        (name, group) for name in specs for group in ("", "sex=f", "sex=m")
    }
