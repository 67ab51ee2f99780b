"""A trial behind a reduction: whole columns are judged, and the loss is among the measures."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.load import build_table
from synthcraft.data.split import Split, apply_split
from synthcraft.engine import trial as engine
from synthcraft.engine.table import read_table
from synthcraft.errors import DataError
from synthcraft.metrics.evaluate import prepare
from synthcraft.records import Arm, Trial
from synthcraft.spec.types import DatasetSpec, MetricSpec
from synthcraft.spec.validate import parse


@pytest.fixture
def cohort() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(120, 1)) + rng.normal(size=(120, 20)) / 2
    frame = pd.DataFrame(values, columns=[f"g{n}" for n in range(20)])
    return frame.assign(sick=np.resize(["yes", "no"], 120))


def test_rows_are_judged_whole_and_the_loss_is_told(cohort, tmp_path):
    table = build_table(cohort, DatasetSpec(plugin="csv", target="sick"))
    parts = apply_split(table, Split(0, np.arange(80), np.arange(80, 120)))
    metrics = {name: MetricSpec(plugin=name) for name in ("marginals", "correlation", "reduction")}
    reduce = {"to": 2, "by": "pca"}
    task = engine.TrialTask(
        trial=Trial("m", 0, 0, "report"),
        arm=Arm("m", "marginals", reduce=reduce),
        real=prepare(parts.train, parts.holdout, metrics, n_synthetic=60, seed=0),
        metrics=metrics,
        n_synthetic=60,
        fit_seed=0,
        sample_seeds=(0, 1),
        metric_seed=0,
        device="cpu",
        keep=tmp_path,
    )
    record = engine.run_trial(task, lambda _: None)
    assert record.status == "ok", record.reason
    found = {m.metric: m.value for m in record.measures if not m.column}
    assert found["reduction.columns"] == 20
    assert found["reduction.components"] == 2
    assert 0.5 < found["reduction.variance_kept"] < 1
    # Independent components keep what genes share; independent genes would not.
    assert found["correlation_similarity"] > 0.8
    kept = pd.read_parquet(tmp_path / "m.s0.r0.report.d0.parquet")
    assert tuple(kept.columns) == table.names


def test_more_components_than_columns_are_refused_before_the_run(cohort, tmp_path):
    cohort.to_csv(tmp_path / "cohort.csv", index=False)
    spec = parse(
        {
            "name": "x",
            "dataset": {
                "plugin": "csv",
                "params": {"path": str(tmp_path / "cohort.csv")},
                "target": "sick",
                "screen": {"top": 15},
            },
            "generators": {"a": {"plugin": "arf", "reduce": {"to": 15}}},
        }
    )
    with pytest.raises(DataError, match=r"generators\.a\.reduce\.to: got 15, but 15 numeric"):
        read_table(spec)
