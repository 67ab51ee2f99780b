"""Generators that say that they can be asked for rows of some levels truly can.

PITFALLS G-4 and G-8: conditions that are ignored, or paired with another row's.
"""

from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Table
from synthcraft.generators.base import Conditional, Impossible
from synthcraft.generators.baselines import FittedMarginals
from synthcraft.privacy.release import Release
from synthcraft.testing import check_generator
from tests.generators.conftest import mixed_table

N = 4000
PARAMS: dict[str, dict[str, Any]] = {"arf": {"num_trees": 10}, "mst": {"steps": 200}}
PARAMS["aim"] = {"steps": 200, "rounds": 12}
ABLE = ("train_copy", "marginals", "noise", "arf", "independent", "mst", "aim")
WHERES = ({"ill": "yes"}, {"ill": "yes", "sex": "f"}, {"smoking": "never", "cohort": "a"})


@cache
def fitted(name: str) -> Conditional:
    card = GENERATORS.get(name)
    # Seeded noise, and a domain from the data: no epsilon holds here, and none is needed.
    release = Release(20.0, 1e-5, 800, domain="from_data", seeded=True)
    terms = {"release": release} if card.dp == "accounted" else {}
    params = card.params(**PARAMS.get(name, {}))
    found = card.load()(params=params, **terms).fit(table(), seed=1)
    assert isinstance(found, Conditional)
    return found


@cache
def table() -> Table:
    return mixed_table(800)


def test_those_and_no_others_are_declared() -> None:
    assert {card.name for card in GENERATORS if card.conditional} == set(ABLE)


@pytest.mark.parametrize("where", WHERES, ids=str)
@pytest.mark.parametrize("name", ABLE)
def test_every_row_is_of_the_levels_and_all_else_as_by_rejection(
    name: str, where: dict[str, str]
) -> None:
    made = fitted(name).sample_where(N, where, seed=2)
    assert len(made) == N
    for column, level in where.items():
        assert (made[column] == level).all()
    kept = rejected(name, where)
    pd.testing.assert_frame_equal(made.iloc[:0], kept.iloc[:0])
    rows = binned(made), binned(kept)
    others = [name for name in table().names if name not in where]
    for pair in combinations(others, 2):
        assert distance(*rows, pair) < margin(*rows, pair), pair


def rejected(name: str, where: dict[str, str]) -> pd.DataFrame:
    drawn = fitted(name).sample(40_000, seed=3)
    kept = drawn[(drawn[list(where)] == pd.Series(where)).all(axis=1)]
    assert len(kept) > 1000
    return kept.reset_index(drop=True)


def binned(rows: pd.DataFrame) -> pd.DataFrame:
    """Numbers as thirds of the train rows' values; all as text, missing values too."""
    out = {}
    for column in table().columns:
        values = rows[column.name]
        if column.numeric:
            cuts = table().frame[column.name].quantile([1 / 3, 2 / 3]).unique()
            places = np.searchsorted(cuts, values.to_numpy(), side="right").astype(str)
            out[column.name] = pd.Series(np.where(values.isna(), "none", places))
        else:
            out[column.name] = values.astype(object).fillna("none").astype(str)
    return pd.DataFrame(out)


def distance(a: pd.DataFrame, b: pd.DataFrame, columns: tuple[str, ...]) -> float:
    """Total variation of two tables' joint shares of some columns."""
    shares = [part.groupby(list(columns)).size() / len(part) for part in (a, b)]
    return float(0.5 * shares[0].sub(shares[1], fill_value=0).abs().sum())


def margin(a: pd.DataFrame, b: pd.DataFrame, columns: tuple[str, ...]) -> float:
    """What two samples of one distribution exceed with a chance under 1e-8.

    A cell's difference has a standard deviation of at most sqrt(p/n), so that the mean of ½ Σ |·|
    over k cells is at most ½ sqrt(k/n), 1/n = 1/n₁ + 1/n₂ (Cauchy–Schwarz); a row moves it by 1/n₁
    or 1/n₂, so that McDiarmid's inequality adds sqrt(ln(1e8) / 2n). 7 generators × 3 conditions ×
    at most 36 pairs make a chance under 1e-5 that a right one fails, and seeds are fixed.
    """
    cells = pd.concat([a, b]).groupby(list(columns)).ngroups
    inverse = 1 / len(a) + 1 / len(b)
    return float(0.5 * np.sqrt(cells * inverse) + np.sqrt(np.log(1e8) * inverse / 2))


@pytest.mark.parametrize("name", ["arf", "mst", "aim"])
def test_the_check_would_see_that_a_condition_is_ignored(name: str) -> None:
    pair = ("age (years)", "sex")
    rows = binned(fitted(name).sample(N, seed=2)), binned(rejected(name, {"ill": "yes"}))
    assert distance(*rows, pair) > 1.2 * margin(*rows, pair)


@pytest.mark.parametrize("name", ABLE)
def test_same_seed_same_rows_other_seed_others(name: str) -> None:
    one, same, other = (fitted(name).sample_where(50, WHERES[0], seed=s) for s in (5, 5, 6))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)
    state = str(np.random.get_state())  # noqa: NPY002
    fitted(name).sample_where(50, WHERES[0], seed=5)
    assert str(np.random.get_state()) == state  # noqa: NPY002


@pytest.mark.parametrize("name", ABLE)
@pytest.mark.parametrize("where", [{"smoking": "used to"}, {"cohort": "b"}], ids=str)
def test_what_it_never_makes_is_refused(name: str, where: dict[str, str]) -> None:
    with pytest.raises(Impossible):
        fitted(name).sample_where(5, where, seed=1)


def test_a_plug_in_that_keeps_no_condition_breaks_its_promise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = GENERATORS.get("marginals")
    check_generator(card, card.params(), table())

    def ignores(self: FittedMarginals, n: int, where: Any, *, seed: int) -> pd.DataFrame:
        return self.sample(n, seed=seed)

    monkeypatch.setattr(FittedMarginals, "sample_where", ignores)
    with pytest.raises(AssertionError, match="another level"):
        check_generator(card, card.params(), table())
    network = replace(GENERATORS.get("bayesian_network"), conditional=True)
    with pytest.raises(AssertionError, match="no sample_where"):
        check_generator(network, network.params.model_validate({"bins": 3}), table())
