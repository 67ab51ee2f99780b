"""synthcity's four claims: they run, keep the contract, and why their ε is not to be believed."""

from dataclasses import replace
from typing import Any

import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.generators.claimed import noise_seed, spend
from synthcraft.privacy.release import Release
from synthcraft.privacy.words import CLAIMED
from synthcraft.testing import check_generator
from tests.generators.conftest import mixed_table

SMALL: dict[str, dict[str, Any]] = {
    "dpgan": {"n_iter": 3, "generator_n_units_hidden": 20, "discriminator_n_units_hidden": 20},
    "pategan": {
        "n_iter": 2,
        "generator_n_iter": 2,
        "n_teachers": 5,
        "generator_n_units_hidden": 20,
        "discriminator_n_units_hidden": 20,
    },
    "privbayes": {},
    "aim_synthcity": {"bins": 3, "max_cells": 20},
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
        table = narrow(table, "age (years)", "index", "sex", "ill")
    check_generator(card, card.params(**SMALL[name]), table, release=RELEASE)


def test_a_claim_is_spent_without_a_curve() -> None:
    told = spend(GENERATORS.get("dpgan").params(), RELEASE)
    assert (told.epsilon, told.delta, told.curve, told.claimed) == (1.0, 1e-5, (), True)


def test_noise_follows_the_seed_only_where_it_is_seeded() -> None:
    unseeded = replace(RELEASE, seeded=False)
    assert noise_seed(RELEASE, 1) == noise_seed(RELEASE, 1) != noise_seed(RELEASE, 2)
    # two draws of 63 bits agree by chance once in 2**63
    assert noise_seed(unseeded, 1) != noise_seed(unseeded, 1)
