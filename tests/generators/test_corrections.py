import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.generators.coding import learn_coding
from synthcraft.generators.corrections import corrected
from synthcraft.generators.randomness import seeded
from synthcraft.generators.synthcity import load


def test_every_row_is_trained_with_a_condition_of_its_own(mixed: Table) -> None:
    load("generic.plugin_ctgan")
    from synthcity.plugins.core.models.tabular_encoder import TabularEncoder
    from synthcity.utils.samplers import ConditionalDatasetSampler

    coding = learn_coding(mixed)
    with seeded(0), corrected(coding.discrete):
        encoder = TabularEncoder().fit(coding.encode(mixed.frame))
        encoded = encoder.transform(coding.encode(mixed.frame))
        sampler = ConditionalDatasetSampler(encoded, encoder.layout())
        train, _ = sampler.train_test()
        positions = list(sampler)
    # as synthcity's GAN does: rows and conditions by train_test, then batches by the sampler
    rows = encoded.to_numpy()[train][positions]
    conditions = sampler.get_dataset_conditionals()[train][positions]
    categories = [
        name
        for column in encoder.layout()
        for name in column.transformed_features
        if column.feature_type == "discrete"
    ]
    own = encoded[categories].to_numpy()[train][positions]
    assert sorted(positions) == list(range(len(mixed)))
    assert len(np.unique(rows, axis=0)) == len(mixed)
    assert (conditions.sum(axis=1) == 1).all()
    assert (own[conditions == 1] == 1).all(), "a condition that its row does not meet"


def test_types_are_declared_not_guessed(mixed: Table) -> None:
    load("generic.plugin_ctgan")
    from synthcity.plugins.core.models.tabular_encoder import TabularEncoder

    coding = learn_coding(mixed)
    with seeded(0), corrected(coding.discrete):
        encoder = TabularEncoder().fit(coding.encode(mixed.frame))
    kinds = {column.name: column.feature_type for column in encoder.layout()}
    assert kinds[coding.coded("site")] == "discrete"
    assert kinds[coding.coded("children")] == "continuous"


def test_corrections_are_undone() -> None:
    load("generic.plugin_arf")
    arf = sys.modules["arfpy.arf"].arf
    samplers = sys.modules["synthcity.utils.samplers"]
    before = arf.forge, samplers.train_test_split, np.random.seed
    with seeded(0), corrected(()):
        assert arf.forge is not before[0]
        assert samplers.train_test_split is not before[1]
    assert (arf.forge, samplers.train_test_split, np.random.seed) == before


@pytest.mark.parametrize("name", ["arf", "bayesian_network"])
def test_nothing_is_written_or_said(
    name: str,
    mixed: Table,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    card = GENERATORS.get(name)
    card.load()(params=card.params()).fit(mixed, seed=0).sample(10, seed=0)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["train_copy", "marginals", "noise", "arf"])
def test_fitted_generators_cannot_be_stored(name: str, mixed: Table) -> None:
    card = GENERATORS.get(name)
    fitted = card.load()(params=card.params()).fit(mixed, seed=0)
    with pytest.raises(TypeError, match="holds real rows"):
        pickle.dumps(fitted)


@pytest.mark.slow
def test_times_before_the_start_change_no_event(
    breast_cancer: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = GENERATORS.get("survae")
    params = card.params(
        n_iter=2,
        uncensoring_model="weibull_aft",
        decoder_n_units_hidden=20,
        encoder_n_units_hidden=20,
    )
    columns = tuple(
        replace(column, low=0, high=5000) if column.name == "time" else column
        for column in breast_cancer.columns
    )
    train = replace(breast_cancer, columns=columns)
    fitted = card.load()(params=params).fit(train, seed=1)
    plain = fitted.sample(100, seed=2)
    from synthcity.plugins.core.models.time_to_event._base import TimeToEventPlugin

    predict = TimeToEventPlugin._predict_censoring

    def early(model: object, rows: pd.DataFrame) -> np.ndarray:
        times = predict(model, rows).copy()
        times[:3] = [-400.0, -0.2, 0.0]
        return times

    monkeypatch.setattr(TimeToEventPlugin, "_predict_censoring", early)
    mended = fitted.sample(100, seed=2)
    changed = plain.index[plain["time"] != mended["time"]]
    assert (mended["cens"] == plain["cens"]).all()
    assert list(changed) == list(plain.index[plain["cens"] == "0"][:3])
    assert set(mended.loc[changed, "time"]) == {np.round(train.frame["time"].min() / 2)}


@pytest.mark.slow
def test_networks_start_from_weights_of_their_seed(mixed: Table) -> None:
    card = GENERATORS.get("ctgan")
    params = card.params(n_iter=1, generator_n_units_hidden=8, lr=1e-12)
    weights = [
        next(card.load()(params=params).fit(mixed, seed=seed).plugin.model.model.parameters())
        for seed in (7, 7, 8)
    ]
    assert bool((weights[0] == weights[1]).all())
    assert not bool((weights[0] == weights[2]).all())


@pytest.mark.slow
def test_same_seed_gives_the_same_rows_in_any_process() -> None:
    code = """
from synthcraft.catalogue import GENERATORS
from tests.generators.conftest import mixed_table
table = mixed_table(100)
for name in ("arf", "bayesian_network"):
    card = GENERATORS.get(name)
    print(card.load()(params=card.params()).fit(table, seed=1).sample(100, seed=2).to_csv())
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert len(printed[0].splitlines()) > 200
