"""A trial's record, in this process."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from synthcraft.data.load import build_table
from synthcraft.data.split import Split, apply_split
from synthcraft.engine import trial as engine
from synthcraft.metrics.evaluate import prepare, synthetic_side
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


def test_only_the_first_trial_of_a_generator_is_mapped():
    columns = {"age": np.arange(90) % 37 + 20.0, "bmi": np.arange(90) % 11 + 19.0}
    frame = pd.DataFrame({**columns, "sick": ["yes", "no"] * 45})
    table = build_table(frame, DatasetSpec(plugin="csv", target="sick"))
    parts = apply_split(table, Split(0, np.arange(60), np.arange(60, 90)))
    metrics = {"utility": MetricSpec(plugin="utility", params={"models": ["linear"]})}
    real = prepare(parts.train, parts.holdout, metrics, n_synthetic=60, seed=0)
    side = synthetic_side(real, parts.train.frame, seed=1)
    drawn = {
        (split, replicate): engine.summarised(
            Trial("marginals", split, replicate, "report"), real, side, parts.train.frame
        )
        for split in (0, 1)
        for replicate in (0, 1)
    }
    first = drawn.pop((0, 0))
    assert set(first) - set(drawn[0, 1]) == {"map", "calibration"}
    assert drawn[0, 1] == drawn[1, 0] == drawn[1, 1]


def test_rows_of_figures_are_drawn_under_the_trials_own_seed(monkeypatch):
    monkeypatch.setattr(engine, "summarise", lambda *_, seed: {"rows": seed})
    monkeypatch.setattr(engine, "neighbourhood", lambda *_, seed: {"rows": seed})
    monkeypatch.setattr(engine, "pictured", lambda *_: {"survival": {}})
    real, side = SimpleNamespace(train=None, holdout=None), SimpleNamespace(seed=7)
    first = engine.summarised(Trial("marginals", 0, 0, "report"), real, side, pd.DataFrame())
    assert first == {"rows": 7, "map": {"rows": 7}, "survival": {}}
