"""A trial's record, in this process."""

import numpy as np
import pandas as pd

from synthcraft.data.load import build_table
from synthcraft.data.split import Split, apply_split
from synthcraft.engine import trial as engine
from synthcraft.metrics.evaluate import prepare
from synthcraft.records import Arm, Trial
from synthcraft.spec.types import DatasetSpec, MetricSpec


def test_a_reason_holds_no_level_that_only_the_holdout_has(monkeypatch):
    def choke(*_args, **_kwargs):
        raise ValueError("cannot place Jane among the wards")

    monkeypatch.setattr(engine, "summarise", choke)
    frame = pd.DataFrame(
        {
            "age": np.arange(100) % 37 + 20,
            "ward": ["a", "b", "c"] * 30 + ["Jane"] * 10,
            "sick": ["yes", "no"] * 50,
        }
    )
    table = build_table(frame, DatasetSpec(plugin="csv", target="sick"))
    parts = apply_split(table, Split(0, np.arange(80), np.arange(80, 100)))
    metrics = {"marginals": MetricSpec(plugin="marginals")}
    task = engine.TrialTask(
        trial=Trial("marginals", 0, 0, "report"),
        arm=Arm("marginals", "marginals"),
        real=prepare(parts.train, parts.holdout, metrics, n_synthetic=50, seed=0),
        metrics=metrics,
        n_synthetic=50,
        fit_seed=0,
        sample_seeds=(0,),
        metric_seed=0,
        device="cpu",
        keep=None,
    )
    record = engine.run_trial(task, lambda _: None)
    assert (record.status, record.phase) == ("failed", "evaluate")
    assert record.reason.startswith("ValueError: cannot place … among the wards")
