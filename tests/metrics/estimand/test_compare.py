from collections.abc import Callable
from dataclasses import replace
from statistics import fmean

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from synthcraft.data.table import Table
from synthcraft.metrics.cards.estimand import EstimandParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.estimand.analyses import Coefficient
from synthcraft.metrics.estimand.compare import Estimand, Interval, raab, reiter
from synthcraft.metrics.evaluate import combine, evaluate, prepare
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]
MAIN = {"main": {"model": "logistic", "terms": ["age", "sex", "smoker"]}}


def by_term(measures: list[Measure]) -> dict[tuple[str, str], Measure]:
    return {(m.metric.removeprefix("estimand."), m.column): m for m in measures}


def compared(
    train: Table, frames: list[pd.DataFrame], **params: object
) -> dict[tuple[str, str], Measure]:
    metrics = {"e": MetricSpec(plugin="estimand", params=params)}
    real = prepare(train, train, metrics, n_synthetic=len(frames[0]), seed=0)
    return by_term(list(combine(real, [evaluate(real, frame, seed=1) for frame in frames])))


def test_a_copy_finds_the_same(cohort: Cohort) -> None:
    train = cohort(400, 0)
    found = compared(train, [train.frame], analyses=MAIN)
    for term in ("age", "smoker=yes", ""):
        assert found["shift", term].value == 0
        for name in ("overlap", "sign", "significance"):
            assert found[name, term].value == pytest.approx(1)
    assert found["real", "age"].value == found["synthetic", "age"].value
    # The synthetic interval knows that its rows are no second sample: √2 times as wide.
    widths = [found[k, "age"].high - found[k, "age"].low for k in ("real", "synthetic")]
    assert widths[1] == pytest.approx(np.sqrt(2) * widths[0])


def test_formulas_by_hand(cohort: Cohort) -> None:
    train, frame = cohort(400, 0), cohort(800, 1).frame
    found = compared(train, [frame], analyses=MAIN)
    real, bias = found["real", "age"], found["bias", "age"].value
    error = (real.high - real.low) / 2 / 1.959964
    assert bias == pytest.approx(found["synthetic", "age"].value - real.value)
    assert found["shift", "age"].value == pytest.approx(abs(bias) / error, rel=1e-5)
    rows = real.n, found["synthetic", "age"].n
    width = 1.959964 * found["naive_error", "age"].value * np.sqrt(rows[1] / rows[0])
    middle = found["synthetic", "age"].value
    both = min(real.high, middle + width) - max(real.low, middle - width)
    expected = both / (real.high - real.low) / 2 + both / (2 * width) / 2
    assert found["overlap", "age"].value == pytest.approx(expected, rel=1e-5)
    terms = [
        found["shift", t].value for t in ("age", "sex=m", "smoker=yes") if ("shift", t) in found
    ]
    terms += [found["shift", "sex=f"].value] if ("shift", "sex=f") in found else []
    assert found["shift", ""].value == pytest.approx(fmean(terms))
    assert found["shift", ""].n == 3


def test_broken_rows_are_found_out(cohort: Cohort) -> None:
    train = cohort(600, 0)
    rng = np.random.default_rng(1)
    turned = train.frame.assign(event=np.where(train.frame.event == "yes", "no", "yes"))
    broken = train.frame.assign(event=rng.permutation(train.frame.event))
    opposite, none = (compared(train, [f], analyses=MAIN) for f in (turned, broken))
    assert opposite["sign", ""].value == 0
    assert opposite["overlap", "age"].value < 0, "the intervals are apart"
    assert none["significance", "age"].value == 0
    assert none["shift", "age"].value > 5


def test_what_cannot_be_estimated_has_no_average(cohort: Cohort) -> None:
    train = cohort(400, 0)
    found = compared(train, [train.frame.assign(smoker="no")], analyses=MAIN)
    assert found["shift", "age"].status == "ok"
    assert found["shift", "smoker=yes"].status == "failed"
    assert found["shift", ""].status == "failed"
    assert "1 of 3" in found["shift", ""].reason
    one = compared(train, [train.frame, train.frame.assign(smoker="no")], analyses=MAIN)
    assert one["overlap", "smoker=yes"].status == "failed"
    assert one["overlap", "age"].status == "ok"


def test_one_analysis_without_an_error_leaves_the_others(cohort: Cohort) -> None:
    train = cohort(400, 0)
    both = {**MAIN, "share": {"model": "mean", "outcome": "sex", "level": "f"}}
    found = compared(train, [train.frame.assign(sex="m")], analyses=both)
    assert found["overlap", "age"].value > 0.95
    assert found["overlap", "sex=f"].status == "failed"
    assert "does not vary" in found["overlap", "sex=f"].reason


def test_a_rare_target_has_no_analysis_unless_one_is_declared(cohort: Cohort) -> None:
    train = cohort(400, 0)
    event = np.where(np.arange(400) < 9, "yes", "no")
    rare = train.with_frame(train.frame.assign(event=event))
    assert {m.status for m in compared(rare, [train.frame]).values()} == {"not_applicable"}


def test_fewer_than_ten_incomplete_rows_are_not_told(cohort: Cohort) -> None:
    train = cohort(400, 0)
    smoker = train.frame.smoker.fillna("no")
    smoker[:4] = None
    table = train.with_frame(train.frame.assign(smoker=smoker))
    assert compared(table, [train.frame], analyses=MAIN)["real", "age"].n == 400
    assert compared(train, [train.frame], analyses=MAIN)["real", "age"].n < 390


def test_several_tables_are_combined_by_the_rule(cohort: Cohort) -> None:
    train, frames = cohort(400, 0), [cohort(400, seed).frame for seed in (1, 2, 3)]
    each = [compared(train, [frame], analyses=MAIN) for frame in frames]
    q = [one["synthetic", "age"].value for one in each]
    v = [one["naive_error", "age"].value ** 2 for one in each]
    k, n = each[0]["synthetic", "age"].n, each[0]["real", "age"].n
    found = compared(train, frames, analyses=MAIN)
    assert found["synthetic", "age"].value == pytest.approx(fmean(q))
    half = 1.959964 * np.sqrt(fmean(v) * (k / n + 1 / 3))
    assert found["synthetic", "age"].high == pytest.approx(fmean(q) + half, rel=1e-5)
    partial = compared(train, frames, analyses=MAIN, combine="reiter")
    between = np.var(q, ddof=1) / 3
    freedom = 2 * (1 + fmean(v) / between) ** 2
    half = student.ppf(0.975, freedom) * np.sqrt(fmean(v) + between)
    assert partial["synthetic", "age"].high == pytest.approx(fmean(q) + half, rel=1e-5)
    alone = compared(train, frames[:1], analyses=MAIN, combine="reiter")
    assert alone["synthetic", "age"].low is None
    assert alone["significance", ""].status == "not_applicable"
    assert alone["shift", ""].value == pytest.approx(each[0]["shift", ""].value)


def test_other_metrics_are_averaged_and_a_failed_table_has_no_result(cohort: Cohort) -> None:
    train, holdout = cohort(200, 0), cohort(200, 1)
    metrics = {name: MetricSpec(plugin=name) for name in ("estimand", "marginals")}
    real = prepare(train, holdout, metrics, n_synthetic=200, seed=0)
    draws = [evaluate(real, cohort(200, seed).frame, seed=1) for seed in (2, 3)]
    one = {m.key: m for m in combine(real, draws)}
    (key,) = (k for k in one if k[0] == "tv_complement" and not k[2])
    own = [next(m.value for m in draw if m.key == key) for draw in draws]
    assert one[key].value == pytest.approx(fmean(own))
    lost = combine(real, [draws[0], evaluate(real, cohort(5, 1).frame, seed=1)])
    assert {m.status for m in lost} == {"failed"}, "also of what only one table has"
    assert {m.column for m in lost} > {"age", "sex"}


def test_the_weighted_mean_stands_beside_the_plain_one(cohort: Cohort) -> None:
    train = cohort(200, 0)
    train = replace(train, weights=train.frame.age.to_numpy())
    about = {"analyses": {"age": {"model": "mean", "outcome": "age"}}}
    found = compared(train, [cohort(200, 1).frame, cohort(200, 2).frame], **about)
    assert found["weighted", "age"].value > found["real", "age"].value
    assert found["weighted", "age"].low < found["weighted", "age"].value
    assert ("weighted", "") not in found


def test_without_declared_analyses_each_feature_is_set_against_the_target(cohort: Cohort) -> None:
    train = cohort(300, 0)
    real = Real(train, train, 300, 0)
    metric = Estimand(params=EstimandParams())
    found = metric.measure(real, metric.prepare(real), Synthetic(real, train, 0))
    assert {m.model for m in found} == {"crude"}
    assert {m.column.partition("=")[0] for m in found if m.column} == set(train.features)


def means(rows: np.ndarray) -> list[Coefficient]:
    """The mean of each row of a (tables × values) array, with its standard error."""
    n = rows.shape[1]
    return [Coefficient(y.mean(), y.std(ddof=1) / np.sqrt(n), n) for y in rows]


@pytest.mark.parametrize(("tables", "rows"), [(1, 80), (1, 200), (5, 80)])
def test_raabs_interval_covers_the_population_under_simple_synthesis(
    tables: int, rows: int
) -> None:
    rng = np.random.default_rng([1, tables, rows])
    covered = naive = 0
    for _ in range(2000):
        real = rng.normal(3, 2, 80)
        mean, spread = real.mean(), real.std(ddof=1)
        draws = means(rng.normal(mean, spread, (tables, rows)))
        found = raab(draws, 80)
        covered += found.low <= 3 <= found.high
        as_real = Interval.of(draws[0].estimate, draws[0].error ** 2)
        naive += as_real.low <= 3 <= as_real.high
    # se = sqrt(0.95 * 0.05 / 2000) = 0.0049: three of them; normal quantiles at n = 80 cost 0.004.
    assert covered / 2000 == pytest.approx(0.95, abs=0.019)
    assert naive / 2000 < 0.88, "taking synthetic rows for real ones does not"


def test_reiters_interval_covers_the_population_under_partial_synthesis() -> None:
    # Half of the rows are replaced from the posterior predictive distribution of a normal that is
    # fitted to them; the other half stays.
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(2000):
        kept, replaced = rng.normal(3, 2, (2, 40))
        spread = replaced.std(ddof=1) * np.sqrt(39 / rng.chisquare(39, (5, 1)))
        mean = rng.normal(replaced.mean(), spread / np.sqrt(40))
        made = np.column_stack([np.tile(kept, (5, 1)), rng.normal(mean, spread, (5, 40))])
        found = reiter(means(made))
        covered += found.low <= 3 <= found.high
    # se 0.0049: three of them, and 0.004 for what Reiter's approximation costs at n = 80.
    assert covered / 2000 == pytest.approx(0.95, abs=0.019)
