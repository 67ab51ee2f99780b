"""Every generator of the catalogue keeps the contract."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Column, Table
from synthcraft.testing import check_generator
from tests.generators.conftest import mixed_table

SMALL: dict[str, dict[str, Any]] = {
    "arf": {"num_trees": 5},
    "bayesian_network": {"bins": 5},
    "ctgan": {"n_iter": 2, "generator_n_units_hidden": 20, "discriminator_n_units_hidden": 20},
    "adsgan": {"n_iter": 2, "generator_n_units_hidden": 20, "discriminator_n_units_hidden": 20},
    "tvae": {"n_iter": 2, "decoder_n_units_hidden": 20, "encoder_n_units_hidden": 20},
    "rtvae": {"n_iter": 2, "decoder_n_units_hidden": 20, "encoder_n_units_hidden": 20},
    "nflow": {"n_iter": 2, "n_units_hidden": 10, "encoder_max_clusters": 3},
    "ddpm": {"n_iter": 2, "num_timesteps": 5, "n_units_hidden": 20},
    "survival_gan": {"n_iter": 2, "generator_n_units_hidden": 20},
    "survae": {"n_iter": 2, "decoder_n_units_hidden": 20, "encoder_n_units_hidden": 20},
    "survival_ctgan": {"n_iter": 2, "generator_n_units_hidden": 20},
    "survival_nflow": {"n_iter": 2, "n_units_hidden": 10, "encoder_max_clusters": 3},
}
REFERENCES = ("train_copy", "marginals", "noise")
FAST = ("arf", "bayesian_network")
TABULAR = ("ctgan", "adsgan", "tvae", "rtvae", "nflow", "ddpm")
SURVIVAL = ("survival_gan", "survae", "survival_ctgan", "survival_nflow")


def test_every_generator_is_checked_here() -> None:
    elsewhere = {"fresh_real", "file"}  # the engine, and tests of their own
    private = {card.name for card in GENERATORS if card.dp != "none"}  # test_claimed, private
    checked = {*REFERENCES, *FAST, *TABULAR, *SURVIVAL}
    assert checked | elsewhere | private == set(GENERATORS.names())


@pytest.mark.parametrize("name", [*REFERENCES, *FAST])
def test_light_generators(name: str, mixed: Table) -> None:
    check(name, mixed)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABULAR)
def test_networks(name: str, mixed: Table) -> None:
    check(name, mixed)


@pytest.mark.slow
@pytest.mark.parametrize("name", SURVIVAL)
def test_survival_generators(name: str, breast_cancer: Table) -> None:
    synthetic = check(name, breast_cancer)
    assert (synthetic["time"] > 0).all()
    assert set(synthetic["cens"]) == {"0", "1"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FAST, *TABULAR])
def test_regression_and_complete_numeric_tables(name: str) -> None:
    table = mixed_table(201)  # a last batch of one row
    columns = tuple(c for c in table.columns if c.name in ("age (years)", "weight / kg", "5"))
    frame = table.frame[[c.name for c in columns]]
    numeric = replace(
        table, frame=frame, columns=columns, task="regression", target="weight / kg", positive=None
    )
    check(name, numeric)


@pytest.mark.parametrize("name", FAST)
def test_categories_alone(name: str, mixed: Table) -> None:
    columns = tuple(c for c in mixed.columns if not c.numeric)
    frame = mixed.frame[[c.name for c in columns]]
    check(name, replace(mixed, frame=frame, columns=columns))


@pytest.mark.parametrize("name", FAST)
def test_prevalence_means_and_missing_values_are_kept(name: str) -> None:
    n = 800
    train = mixed_table(n)
    synthetic = check(name, train)
    # Four standard errors of the difference between a sample of n rows and the n rows it was
    # learnt from (each proportion or mean has standard error s / sqrt(n)); 4 for 5 quantities
    # x 2 generators: a chance of 10 * 6e-5 that a right generator fails; the seed is fixed.
    for column, level in (("ill", "yes"), ("sex", "f")):
        real = (train.frame[column] == level).mean()
        made = (synthetic[column] == level).mean()
        assert abs(made - real) < 4 * np.sqrt(2 * real * (1 - real) / n)
    for column in ("index", "smoking"):
        real = train.frame[column].isna().mean()
        made = synthetic[column].isna().mean()
        assert abs(made - real) < 4 * np.sqrt(2 * real * (1 - real) / n)
    real_age, age = train.frame["age (years)"], synthetic["age (years)"]
    assert abs(age.mean() - real_age.mean()) < 4 * real_age.std() * np.sqrt(2 / n)


def test_fresh_real_is_never_fitted(mixed: Table) -> None:
    with pytest.raises(TypeError, match="holdout"):
        GENERATORS.get("fresh_real").load()().fit(mixed, seed=0)


def test_columns_keep_their_declared_types(mixed: Table) -> None:
    assert mixed.column("children") == Column("children", "numeric", decimals=0)
    synthetic = check("arf", mixed)
    assert synthetic["children"].dtype == float
    assert set(synthetic["site"]) <= set(mixed.frame["site"])


def check(name: str, train: Table) -> Any:
    card = GENERATORS.get(name)
    return check_generator(card, card.params(**SMALL.get(name, {})), train)
