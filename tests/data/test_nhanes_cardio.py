"""A prepared table of nine NHANES cycles (47,133 × 37), read like anybody's Parquet file."""

import numpy as np
import pytest

from synthcraft.data.load import load_table
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.spec.types import DatasetSpec, MetricSpec

# Follow-up is known after the interview only. Heart disease (chd) counts heart attacks, and heart
# failure and stroke go with them: with chd among the features the AUROC is 0.99.
LATER_OR_ALIKE = ("mort_status", "mort_months", "chd", "hf", "stroke")


@pytest.mark.slow
def test_heart_attacks_are_as_predictable_as_published(shared_data):
    path = shared_data / "nhanes_1999_2016_cardio" / "nhanes_1999_2016_cardio.parquet"
    table = load_table(
        DatasetSpec(
            plugin="parquet",
            params={"path": str(path)},
            target="mi",
            id="seqn",
            weight="weight_mec",
            strata="strata",
            cluster="psu",
            drop=LATER_OR_ALIKE,
        ),
        seed=0,
    )
    assert len(table) == 47_055
    assert (table.frame["mi"] == "1").sum() == 2042
    assert not {"weight_mec", "strata", "psu"} & set(table.names)
    rows = np.random.default_rng(0).permutation(len(table))
    train, holdout = table.take(rows[:33_000]), table.take(rows[33_000:])
    params = {"models": ["boosting"], "resamples": 100}
    real = prepare(
        train, holdout, {"u": MetricSpec(plugin="utility", params=params)}, n_synthetic=33_000,
        seed=0,
    )  # fmt: skip
    found = {m.metric: m.value for m in evaluate(real, train.frame, seed=1) if not m.column}
    # An independent analysis found 0.852 by cross-validation. With 600 events in the holdout the
    # error is 0.007 (Hanley-McNeil): two of them.
    assert 0.84 < found["trtr.auroc"] < 0.87
