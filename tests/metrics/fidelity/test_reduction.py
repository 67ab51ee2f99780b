"""What a reduction loses is what metrics of genes find of holdout rows that went through it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import METRICS
from synthcraft.data.reduce import learn_reduction
from synthcraft.data.table import Column, Table
from synthcraft.metrics.cards.omics import DifferentialExpressionParams
from synthcraft.metrics.choice import judged_by
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.fidelity.reduction import ReductionLoss
from synthcraft.spec.types import ReduceSpec
from synthcraft.spec.validate import parse

NAMES = [m.name for m in METRICS.get("reduction").measures]


def cohort(rows: int, seed: int) -> Table:
    """30 genes of three factors; the first factor is higher in cases."""
    rng = np.random.default_rng(seed)
    case = np.resize([0, 1], rows)
    hidden = rng.normal(size=(rows, 3)) + np.outer(2 * case, [1, 0, 0])
    values = np.repeat(hidden, 10, axis=1) + 0.5 * rng.normal(size=(rows, 30))
    frame = pd.DataFrame(values, columns=[f"g{n}" for n in range(30)])
    frame = frame.assign(case=pd.Categorical(np.where(case, "yes", "no")))
    columns = (
        *(Column(f"g{n}", "numeric") for n in range(30)),
        Column("case", "categorical", ("no", "yes")),
    )
    return Table(frame, columns, "classification", "case", positive="yes")


def measured(to: int, by: str = "pca", **change: object) -> dict[str, float | None]:
    train, holdout = (replace(cohort(n, s), **change) for n, s in ((300, 0), (150, 1)))
    real = Real(train, holdout, 300, seed=0)
    metric = ReductionLoss(params=DifferentialExpressionParams())
    reduction = learn_reduction(train, ReduceSpec(to=to, by=by))
    rows = Synthetic(real, train, seed=0, reduction=reduction)
    return {m.metric: m.value for m in metric.measure(real, metric.prepare(real), rows)}


def test_a_reduction_that_loses_nothing_is_at_every_ideal():
    """101 quantiles bridge the gaps between train values, so that holdout values come back.

    Only the few beyond all train values do not: they are moved to the end of the range.
    """
    found = measured(30)
    assert list(found) == NAMES
    assert found["reduction.columns"] == found["reduction.components"] == 30
    assert found["reduction.variance_kept"] == pytest.approx(1)
    assert found["reduction.error"] < 0.01
    assert found["reduction.concordance"] > 0.999
    assert found["reduction.difference"] < 0.005
    assert found["reduction.effects"] > 0.999
    assert found["reduction.overlap"] == 1


def test_three_factors_are_kept_by_three_components_and_not_by_one():
    """Of each gene's variance 1/1.25 (2/2.25 in the first module) is its factor's.

    The mean of these is 0.83; estimates from 150 rows of three factors vary by some hundredths.
    """
    three, one = measured(3), measured(2)
    assert three["reduction.variance_kept"] == pytest.approx(0.83, abs=0.06)
    assert one["reduction.variance_kept"] < three["reduction.variance_kept"] - 0.15
    assert three["reduction.concordance"] > 0.95 > one["reduction.concordance"]
    assert three["reduction.error"] < one["reduction.error"]
    # Ten genes have an effect, clearly; the order of the others is one of chance.
    assert three["reduction.overlap"] > 0.8


def test_modules_of_planted_groups_lose_as_little_as_components():
    assert measured(3, "modules")["reduction.variance_kept"] == pytest.approx(
        measured(3)["reduction.variance_kept"], abs=0.01
    )


def test_without_groups_there_is_no_differential_expression():
    found = measured(3, task="regression", target="g0", positive=None)
    assert found["reduction.effects"] is found["reduction.overlap"] is None
    assert found["reduction.concordance"] > 0.9


def test_a_generator_without_a_reduction_has_no_loss():
    table = cohort(100, 0)
    real = Real(table, cohort(50, 1), 100, seed=0)
    metric = ReductionLoss(params=DifferentialExpressionParams())
    with pytest.raises(NotApplicable, match="all columns as they are"):
        list(metric.measure(real, metric.prepare(real), Synthetic(real, table, 0)))


@pytest.mark.parametrize(
    ("metrics", "params"),
    [
        ({}, {}),
        ({"marginals": {"plugin": "marginals"}}, {}),
        (
            {"c": {"plugin": "coexpression", "params": {"without": ["age"], "density": 0.1}}},
            {"genes": [], "without": ["age"]},
        ),
    ],
)
def test_it_is_measured_wherever_a_generator_has_one(metrics, params):
    plain = {"name": "x", "dataset": {"plugin": "nhanes"}, "metrics": metrics}
    without = parse({**plain, "generators": {"a": {"plugin": "arf"}}})
    assert "reduction" not in judged_by(without, "classification")
    reduced = parse({**plain, "generators": {"a": {"plugin": "arf", "reduce": {"to": 5}}}})
    found = judged_by(reduced, "classification")["reduction"]
    assert {k: v for k, v in found.params.items() if v not in (None, ())} == params


def test_it_asks_what_the_metric_of_differential_expression_asks():
    asked = {"plugin": "differential_expression", "params": {"group": "sex", "fdr": 0.1}}
    generators = {"a": {"plugin": "arf", "reduce": {}}}
    plain = {"name": "x", "dataset": {"plugin": "nhanes"}, "generators": generators}
    spec = parse({**plain, "metrics": {"de": asked}})
    assert judged_by(spec, "survival")["reduction"].params == spec.metrics["de"].params
