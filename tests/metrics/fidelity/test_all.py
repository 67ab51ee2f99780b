"""What every fidelity metric must do (PITFALLS C.VI 2 and 3; the order is in test_ladder)."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import METRICS
from synthcraft.data.table import Column, Table, conform

NAMES = [
    card.name
    for card in METRICS
    if card.measures[0].family == "fidelity" and "classification" in card.tasks
]
COLUMNS = (
    Column("x", "numeric"),
    Column("z", "numeric"),
    Column("a", "categorical", ("no", "yes")),
    Column("b", "categorical", ("u", "v")),
)


def table(n: int, seed: int, *, rare: float = 0.1, shift: float = 0, levels: str = "uv") -> Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x + shift,
            "z": x + rng.normal(size=n) + shift,
            "a": np.where(rng.random(n) < rare, "yes", "no"),
            "b": np.array(list(levels))[(x + rng.normal(size=n) > 0).astype(int)],
        }
    )
    return Table(conform(frame, COLUMNS), COLUMNS, "classification", "a", "yes")


def test_disjoint_supports_reach_the_extreme(measured: Callable) -> None:
    real = table(200, 0)
    other = table(200, 1, shift=1e5, levels="pq")
    found = {k: m.value for k, m in measured(real, real, other.frame, *NAMES).items()}
    worst = {
        "contingency_similarity": 0,
        "k_marginal": 1,
        "c2st": 0,
        "c2st_auc": 1,
        "precision": 0,
        "recall": 0,
        "density": 0,
        "density_score": -1,
        "coverage": 0,
        "alpha_precision_naive": 0,
        "beta_recall_naive": 0,
    }
    # Columns a keep their levels: tables of x, z and b alone are disjoint, and so are all that hold
    # one of them: every pair and triple of the four columns.
    for name, value in worst.items():
        assert found[name, ""] == pytest.approx(value, abs=0.02), name
    for column in "xz":
        assert found["ks_complement", column] == 0
        assert found["jensen_shannon", column] == 1
        assert found["wasserstein_1", column] > 1e4
    assert found["tv_complement", "b"] == 0
    assert found["jensen_shannon", "b"] == 1
    assert found["sliced_wasserstein_2", ""] > 1e3
    # pMSE = ¼: all chances are 0 or 1; five parameters but the intercept's at most.
    assert found["pmse_ratio", ""] > 0.24 / (5 / 8 / 400)
    # No kernel value across: twice the mean one within.
    assert found["mmd2", ""] > 0.5


def test_flipped_prevalence_is_seen_by_every_joint_metric(measured: Callable) -> None:
    real = table(400, 2)
    same, flipped = (
        measured(real, real, table(400, 3, rare=rare).frame, *NAMES) for rare in (0.1, 0.9)
    )
    worse = {"contingency_similarity": -1, "c2st": -1, "coverage": -1}
    worse |= dict.fromkeys(("k_marginal", "mmd2", "sliced_wasserstein_2", "pmse_excess"), 1)
    for name, sign in worse.items():
        change = sign * (flipped[name, ""].value - same[name, ""].value)
        assert change > 0.02, name


def test_values_are_compared_at_the_common_size(cohort: Callable, measured: Callable) -> None:
    train, holdout = cohort(300, 0), cohort(120, 1)
    small = measured(train, holdout, cohort(120, 2).frame, *NAMES)
    large = measured(train, holdout, cohort(5000, 2).frame, *NAMES)
    assert {m.n for m in (*small.values(), *large.values()) if m.status == "ok"} == {120}
    # A table of 5,000 rows compared whole would gain about 0.03 in similarity by its size alone;
    # the standard error of one draw at n = 120 is about 0.01.
    key = ("contingency_similarity", "")
    assert large[key].value == pytest.approx(small[key].value, abs=0.02)


def test_a_table_of_another_size_than_planned_has_samples_of_its_own(cohort: Callable) -> None:
    from synthcraft.metrics.evaluate import evaluate, prepare
    from synthcraft.spec.types import MetricSpec

    specs = {name: MetricSpec(plugin=name) for name in NAMES}
    train, holdout, made = cohort(300, 0), cohort(200, 1), cohort(90, 2).frame
    planned, other = (
        evaluate(prepare(train, holdout, specs, n_synthetic=n, seed=0), made, seed=1)
        for n in (90, 300)
    )
    assert planned == other


@pytest.mark.parametrize("name", NAMES)
def test_many_columns_and_few_rows_are_measured(
    name: str, plain: Callable, measured: Callable
) -> None:
    rng = np.random.default_rng(4)
    real, other = (plain(rng.normal(size=(40, 150))) for _ in range(2))
    for m in measured(real, real, other.frame, name).values():
        assert m.status == "ok" or (m.status == "not_applicable" and m.reason), m


def test_more_columns_than_rows_are_ranked_too(
    plain: Callable, ladder: Callable, measured: Callable
) -> None:
    loadings = np.random.default_rng(0).normal(size=(8, 120))

    def wide(n: int, seed: int) -> Table:
        rng = np.random.default_rng([seed, n])
        return plain(rng.normal(size=(n, 8)) @ loadings + rng.normal(size=(n, 120)))

    names = ("marginals", "correlation", "k_marginal", "mmd", "manifold", "curves")
    scores = defaultdict(list)
    for seed in range(3):
        train, holdout = wide(60, seed), wide(26, seed)
        for reference, frame in ladder(train, wide(60, seed + 50).frame, seed).items():
            for m in measured(train, holdout, frame, *names, "sliced_wasserstein").values():
                if not m.column:
                    scores[m.metric, reference].append(m.value)
    for d in (d for card in METRICS for d in card.measures if (d.name, "noise") in scores):
        means = [np.mean(scores[d.name, reference]) for reference in d.order]
        # Marginals and noise coincide where both have lost everything.
        assert means == sorted(means, reverse=d.direction == "maximize"), d.name
        assert len(means) < 2 or means[0] != means[1], d.name
