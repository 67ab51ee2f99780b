from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance

from synthcraft.data.table import Table
from synthcraft.metrics.cards.utility import ImportanceParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.metrics.utility.importance import Importance, importances
from synthcraft.metrics.utility.trained import predictions, trained
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]


def agreement(train: Table, holdout: Table, frame: pd.DataFrame) -> dict[str, Measure]:
    metrics = {"importance": MetricSpec(plugin="importance")}
    real = prepare(train, holdout, metrics, n_synthetic=len(frame), seed=0)
    return {m.model: m for m in evaluate(real, frame, seed=1)}


def test_one_number_per_feature(cohort: Cohort) -> None:
    # C.VI 7: not one per patient.
    real = Real(cohort(300, 0), cohort(200, 1), 300, 0)
    found = Importance(params=ImportanceParams()).prepare(real)
    assert {len(lost) for lost in found.values()} == {len(real.train.features)} == {6}


def test_importances_are_scikit_learns(cohort: Cohort) -> None:
    real = Real(cohort(400, 0), cohort(300, 1), 400, 0)
    about = {"rows": 1000, "features": 50, "repeats": 40}
    ours = importances(real, trained(real, "boosting"), **about)
    encoder = real.encoder.only(real.train.features)
    inputs = [encoder.codes(part.frame) for part in (real.train, real.holdout)]
    events = [part.frame.event == "yes" for part in (real.train, real.holdout)]
    model = HistGradientBoostingClassifier(
        max_iter=60,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        categorical_features=list(encoder.categorical),
    ).fit(inputs[0], events[0])
    theirs = permutation_importance(
        model, inputs[1], events[1], scoring="roc_auc", n_repeats=40, random_state=0
    )
    # Each mean has the error of its permutations' spread over sqrt(40); of the difference
    # sqrt(2) times that: four of them.
    error = np.sqrt(2) * theirs.importances_std / np.sqrt(40)
    assert (np.abs(ours - theirs.importances_mean) <= 4 * error + 1e-9).all()


def test_a_copy_agrees_fresh_rows_nearly_and_broken_ones_do_not(cohort: Cohort) -> None:
    train, holdout = cohort(3000, 0), cohort(1000, 1)
    rng = np.random.default_rng(2)
    copied = agreement(train, holdout, train.frame)
    fresh = agreement(train, holdout, cohort(3000, 3).frame)
    # The outcome follows bmi's noise instead of age and smoking.
    bmi = train.frame["bmi (kg/m²)"].fillna(28) - train.frame.age / 10
    broken = train.frame.assign(
        age=rng.permutation(train.frame.age), event=np.where(bmi > 22, "yes", "no")
    )
    other = agreement(train, holdout, broken)
    for model in ("logistic", "boosting"):
        assert copied[model].value == 1
        # Three of the six features matter; the order of the others is chance.
        assert 0.4 < fresh[model].value <= 1
        assert other[model].value < fresh[model].value


def test_capped_rows_keep_the_share_of_events_and_features_are_drawn(cohort: Cohort) -> None:
    real = Real(cohort(300, 0), cohort(400, 1), 300, 0)
    seen = []

    def answers(matrix: np.ndarray) -> np.ndarray:
        seen.append(len(matrix))
        return np.column_stack([1 - matrix[:, 0] / 100, matrix[:, 0] / 100])

    fitted = trained(real, "boosting")
    spy = SimpleNamespace(holdout=fitted.holdout, spans=fitted.spans, answers=answers)
    lost = importances(real, spy, rows=60, features=4, repeats=1)
    assert len(lost) == 4
    assert seen == [60, 240]


def test_too_few_features_have_no_order(cohort: Cohort) -> None:
    def narrow(table: Table) -> Table:
        columns = tuple(c for c in table.columns if c.name in ("age", "sex", "event"))
        return Table(
            table.frame[[c.name for c in columns]], columns, table.task, table.target, "yes"
        )

    train, holdout = narrow(cohort(200, 0)), narrow(cohort(200, 1))
    (found,) = agreement(train, holdout, train.frame).values()
    assert found.status == "not_applicable"
    assert "4 features" in found.reason


def test_one_class_left_is_told_apart_from_disagreement(cohort: Cohort) -> None:
    train, holdout = cohort(300, 0), cohort(200, 1)
    found = agreement(train, holdout, train.frame.assign(event="no"))
    assert {m.status for m in found.values()} == {"not_applicable"}


def test_a_holdout_of_one_class_has_no_importances(cohort: Cohort) -> None:
    train, holdout = cohort(300, 0), cohort(200, 1)
    one = holdout.with_frame(holdout.frame.assign(event="no"))
    assert {m.status for m in agreement(train, one, train.frame).values()} == {"not_applicable"}


def test_models_are_trained_once_and_do_not_travel(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthcraft.metrics.utility import trained as module

    calls = []
    train_once = module.train
    monkeypatch.setattr(module, "train", lambda *a: calls.append(a[2]) or train_once(*a))
    real = Real(cohort(300, 0), cohort(200, 1), 300, 0)
    synthetic = Synthetic(real, cohort(300, 2), 1)
    for _ in range(2):
        for side in (real, synthetic):
            trained(side, "logistic")
            predictions(side, "logistic")
    assert calls == ["logistic"] * 2
    assert "models" not in real.__getstate__()
