"""synthcity's four claims: they run, keep the contract, and why their ε is not to be believed."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.generators import standins
from synthcraft.generators.claimed import noise_seed, spend
from synthcraft.privacy.release import Release
from synthcraft.privacy.words import CLAIMED
from synthcraft.testing import check_generator
from tests.generators.conftest import mixed_table
from tests.generators.test_standins import run

SMALL: dict[str, dict[str, Any]] = {
    "dpgan": {"n_iter": 3, "generator_n_units_hidden": 20, "discriminator_n_units_hidden": 20},
    "pategan": {
        "n_iter": 2,
        "generator_n_iter": 2,
        "n_teachers": 5,
        "generator_n_units_hidden": 20,
        "discriminator_n_units_hidden": 20,
    },
    "privbayes": {"K": 1},
    "aim_synthcity": {"bins": 3},
}
RELEASE = Release(1.0, 1e-5, 240, seeded=True)


def narrow(table: Table, *names: str) -> Table:
    """The table with these columns alone."""
    columns = tuple(column for column in table.columns if column.name in names)
    return replace(table, columns=columns, frame=table.frame[[c.name for c in columns]])


def test_all_four_are_checked_here() -> None:
    claimed = [card for card in GENERATORS if card.dp == "claimed"]
    assert {card.name for card in claimed} == set(SMALL)
    assert all(CLAIMED in card.caveat for card in claimed)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_they_keep_the_contract(name: str) -> None:
    card = GENERATORS.get(name)
    table = mixed_table(240)
    if name == "aim_synthcity":  # its time grows with the square of the number of columns
        table = narrow(table, "index", "sex", "ill")
    check_generator(card, card.params(**SMALL[name]), table, release=RELEASE)


def test_a_claim_is_spent_without_a_curve() -> None:
    told = spend(GENERATORS.get("dpgan").params(), RELEASE)
    assert (told.epsilon, told.delta, told.curve, told.claimed) == (1.0, 1e-5, (), True)


def test_noise_follows_the_seed_only_where_it_is_seeded() -> None:
    unseeded = replace(RELEASE, seeded=False)
    assert noise_seed(RELEASE, 1) == noise_seed(RELEASE, 1) != noise_seed(RELEASE, 2)
    # two draws of 63 bits agree by chance once in 2**63
    assert noise_seed(unseeded, 1) != noise_seed(unseeded, 1)


def fitted(name: str, table: Table, release: Release, **more: Any) -> Any:
    """The plug-in, fitted on the release's terms."""
    card = GENERATORS.get(name)
    for module in card.preload:
        import_module(module)
    params = card.params(**{**SMALL[name], **more})
    return card.load()(params=params, release=release).fit(table, seed=1)


@pytest.mark.slow
def test_dpgan_spends_more_than_it_is_told_by_its_own_accountant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engines: list[Any] = []
    engine = standins.genuine("opacus").PrivacyEngine
    make = engine.make_private_with_epsilon

    def told(self: Any, **terms: Any) -> Any:
        engines.append((self, terms["target_epsilon"], terms["target_delta"]))
        return make(self, **terms)

    monkeypatch.setattr(engine, "make_private_with_epsilon", told)
    for steps in (1, 5):
        fitted("dpgan", mixed_table(100), RELEASE, batch_size=50, discriminator_n_iter=steps)
    assert [terms for _, *terms in engines] == [[1.0, 1e-5]] * 2
    # noise is calibrated to one step per batch (opacus allows itself 0.01); five are taken
    once, five = (engine.get_epsilon(1e-5) for engine, *_ in engines)
    assert once < 1.01
    assert five > 2


@pytest.mark.slow
def test_pategan_trains_on_real_rows_without_noise_at_any_epsilon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = mixed_table(100)
    import_module(GENERATORS.get("pategan").preload[0])
    gan = import_module("synthcity.plugins.core.models.gan").GAN
    step = gan._train_epoch_discriminator
    batches: list[Any] = []

    def watched(self: Any, rows: Any, *args: Any, **kwargs: Any) -> Any:
        assert not self.dp_enabled
        batches.append(rows.numpy())
        return step(self, rows, *args, **kwargs)

    monkeypatch.setattr(gan, "_train_epoch_discriminator", watched)
    strict = replace(RELEASE, epsilon=1e-9)
    made = fitted("pategan", table, strict, generator_n_iter=5, batch_size=50)
    # one round of 5 passes over two batches; each batch is rows of the encoded train table
    assert len(batches) == 10
    encoded = made.plugin.model.model.encode(made.coding.encode(table.frame)).to_numpy()
    real = {row.tobytes() for row in np.round(encoded, 3).astype(np.float32)}
    seen = np.concatenate(batches)
    assert {row.tobytes() for row in np.round(seen.astype(float), 3).astype(np.float32)} <= real
    # the promised delta is dropped: synthcity takes 1 / (n sqrt(n))
    assert made.plugin.model.delta == pytest.approx(1e-3)


def test_privbayes_hands_out_real_values_at_a_tiny_epsilon() -> None:
    table = narrow(mixed_table(300), "weight / kg", "sex", "ill")
    made = fitted("privbayes", table, replace(RELEASE, epsilon=0.01))
    weights = made.sample(300, seed=2)["weight / kg"]
    assert weights.nunique() > 50
    assert set(weights) <= set(table.frame["weight / kg"])
    # Replacing a row changes two cells of each of the d - K tables of counts by 1, so the scale is
    # 2 (d - K) / epsilon; synthcity's is smaller by the factor n, as if these were probabilities.
    model = made.plugin.model
    due = 2 * (3 - model.K) / model.epsilon
    assert model._laplace_noise_parameter(300, 3) == pytest.approx(due / 300)


@pytest.mark.slow
def test_privbayes_gives_the_same_rows_in_every_process() -> None:
    code = """
from synthcraft.privacy.release import Release
from tests.generators.conftest import mixed_table
from tests.generators.test_claimed import fitted
release = Release(1.0, 1e-5, 60, seeded=True)
print(fitted("privbayes", mixed_table(60), release).sample(60, seed=2).to_csv())
"""
    # sets of names are ordered by hashes, which differ between processes
    assert run(code, PYTHONHASHSEED="1") == run(code, PYTHONHASHSEED="2")


def test_aim_keeps_the_real_rows_and_runs_again_at_every_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = narrow(mixed_table(100), "index", "sex", "ill")
    import_module(GENERATORS.get("aim_synthcity").preload[-1])
    runs: list[tuple[float, float]] = []

    def fake_run(self: Any, data: Any, workload: Any) -> Any:
        assert list(data.df.columns) == [0, 1, 2]  # numbers, which sets keep in one order
        runs.append((self.epsilon, self.delta))
        return SimpleNamespace(df=data.df.head(60))

    monkeypatch.setattr(import_module("synthcity.plugins.core.models.aim").AIM, "run", fake_run)
    made = fitted("aim_synthcity", table, RELEASE)
    assert runs == []  # nothing is learnt in fit: the rows are kept
    kept = made.plugin.model.dataset.df
    pd.testing.assert_frame_equal(kept, made.coding.encode(table.frame), check_dtype=False)
    made.sample(60, seed=2)
    made.sample(60, seed=3)
    assert runs == [(1.0, 1e-5)] * 2
    made.sample(100, seed=4)  # a run that gives fewer rows than asked for is repeated
    assert len(runs) == 4
