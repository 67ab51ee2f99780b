"""Every metric ranks the reference generators as its card says (PITFALLS C.VI 1)."""

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from synthcraft.catalogue import DATASETS, METRICS
from synthcraft.data.load import load_from
from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.choice import describe
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.records import MetricDescriptor
from synthcraft.spec.types import DatasetSpec, MetricSpec

Ladder = Callable[[Table, pd.DataFrame, int], dict[str, pd.DataFrame]]
SPLITS = 3
SUITE = {
    card.name: MetricSpec(plugin=card.name)
    for card in METRICS
    if "classification" in card.tasks and (card.default or card.measures[0].family == "fidelity")
}
ORDERED = [m for m in describe(SUITE, "classification") if m.order]
# Half of the rows copied is the worst there is for the most exposed tenth of rows.
SATURATED = ("dcr_q05", "record_risk_q90", "record_risk_q99")
PRIVACY = [m for m in ORDERED if m.family == "privacy"]


def scores_of(parts: list[tuple[Table, Table, pd.DataFrame]], ladder: Ladder) -> dict:
    """Mean over splits of each measure without column and group, by (metric, reference)."""
    found = defaultdict(list)
    for seed, (train, holdout, fresh) in enumerate(parts):
        real = prepare(train, holdout, SUITE, n_synthetic=len(train), seed=seed)
        for name, frame in ladder(train, fresh, seed).items():
            for m in evaluate(real, frame, seed=seed):
                if not m.column and not m.group and m.role in ("value", "excess"):
                    assert m.status != "failed", m
                    if m.status == "ok":
                        found[m.metric, name].append(m.value)
    return {key: float(np.mean(values)) for key, values in found.items()}


@pytest.fixture(scope="module")
def simulated(cohort: Callable[[int, int], Table], ladder: Ladder) -> dict:
    """700 train, 300 holdout rows and 700 fresh ones."""
    parts = [
        (cohort(700, seed), cohort(300, seed), cohort(700, seed + 100).frame)
        for seed in range(SPLITS)
    ]
    return scores_of(parts, ladder)


@pytest.fixture(scope="module")
def tumours(ladder: Ladder) -> dict:
    """Breast cancer: 285 train, 142 holdout and 142 fresh rows of 30 numbers."""
    data = load_breast_cancer(as_frame=True)
    frame = data.frame.assign(target=data.frame.target.map({0: "malignant", 1: "benign"}))
    columns = tuple(
        Column(n, "numeric") if n != "target" else Column(n, "categorical", ("benign", "malignant"))
        for n in frame
    )
    table = Table(conform(frame, columns), columns, "classification", "target")
    parts = []
    for seed in range(SPLITS):
        rows = np.random.default_rng(seed).permutation(len(table))
        cut = np.split(rows, [285, 427])
        parts.append((table.take(cut[0]), table.take(cut[1]), table.take(cut[2]).frame))
    return scores_of(parts, ladder)


@pytest.fixture(scope="module")
def nhanes(ladder: Ladder) -> dict:
    """2,000 adults of NHANES: 1,000 train, 500 holdout and 500 fresh rows, 17 mixed columns."""
    spec = DatasetSpec(plugin="nhanes", params={"sample": 2000})
    table = load_from(DATASETS.get("nhanes"), spec, seed=0)
    parts = []
    for seed in range(SPLITS):
        rows = np.random.default_rng(seed).permutation(len(table))
        cut = np.split(rows, [1000, 1500])
        parts.append((table.take(cut[0]), table.take(cut[1]), table.take(cut[2]).frame))
    return scores_of(parts, ladder)


def better(m: MetricDescriptor, scores: dict, first: str, second: str) -> bool:
    a, b = scores[m.name, first], scores[m.name, second]
    return a < b if m.direction == "minimize" else a > b


@pytest.mark.parametrize("m", ORDERED, ids=lambda m: m.name)
@pytest.mark.parametrize("data", ["simulated", "tumours", "nhanes"])
def test_declared_order_holds(
    m: MetricDescriptor, data: str, request: pytest.FixtureRequest
) -> None:
    scores = request.getfixturevalue(data)
    if any((m.name, reference) not in scores for reference in m.order):
        pytest.skip("not applicable to these data")
    for first, second in pairwise(m.order):
        assert better(m, scores, first, second), (first, second, scores)


@pytest.mark.parametrize("m", PRIVACY, ids=lambda m: m.name)
def test_half_a_copy_lies_between_a_copy_and_fresh_rows(
    m: MetricDescriptor, simulated: dict
) -> None:
    # Fresh and copied halves: the median distance ratio of a half-copied table is the middle one
    # only up to ties, so the order is asked for, not the midpoint.
    if (m.name, "train_copy") not in simulated:
        pytest.skip("not applicable to these data")
    assert not better(m, simulated, "half_copied", "fresh_real")
    assert not better(m, simulated, "train_copy", "half_copied")
    assert better(m, simulated, "half_copied", "train_copy") or m.name in SATURATED


@pytest.mark.parametrize("data", ["simulated", "tumours", "nhanes"])
def test_fresh_rows_show_no_risk(data: str, request: pytest.FixtureRequest) -> None:
    scores = request.getfixturevalue(data)
    for m in PRIVACY:
        # Excess of fresh rows over that of a copy; its standard error over 3 splits is below 0.05
        # (dcr_share: 0.03 by 1/sqrt(3 * 142) * sqrt(p / (1 - p))), 0.2 is four of them. The tenth
        # of rows at most risk is where few are: 0.24/sqrt(3) by its interval at 300 rows.
        if (m.name, "train_copy") in scores:
            margin = 0.56 if m.name == "record_risk_q90" else 0.2
            assert abs(scores[m.name, "fresh_real"]) < margin * scores[m.name, "train_copy"], m.name


def test_fresh_rows_are_as_faithful_as_train_rows(simulated: dict) -> None:
    for m in ORDERED:
        if m.family == "fidelity":
            span = abs(simulated[m.name, "train_copy"] - simulated[m.name, m.floor])
            gap = simulated[m.name, "train_copy"] - simulated[m.name, "fresh_real"]
            # Both are fresh to the holdout: their difference is sampling error, far below the span
            # from ceiling to floor (at n = 300 about a tenth of it for correlations).
            assert abs(gap) < span / 3, m.name


def test_every_metric_of_the_catalogue_is_ranked() -> None:
    ranked = {m.name for m in ORDERED}
    for card in METRICS:
        if (
            card.default
            and "classification" in card.tasks
            and any(m.direction != "none" for m in card.measures)
        ):
            assert any(m.name in ranked for m in card.measures), card.name
