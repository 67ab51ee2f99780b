"""independent, mst and aim: what they spend, that noise is fresh, and what they learn."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import dp_accounting
import numpy as np
import pandas as pd
import pytest
from dp_accounting.rdp import rdp_privacy_accountant

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Column, Table, conform
from synthcraft.generators.private import aim, mst
from synthcraft.generators.private.budget import Budget
from synthcraft.generators.private.measure import Access, exact_counts
from synthcraft.generators.private.model import Model, fit
from synthcraft.privacy.domain import declared_domain
from synthcraft.privacy.release import Release
from synthcraft.testing import check_generator

NAMES = ("independent", "mst", "aim")
TERMS = Release(1.0, 1e-5, 1000, seeded=True)


def category(name: str, *levels: str) -> Column:
    """A column with declared levels."""
    return Column(name, "categorical", levels, origin="declared", declared=("levels",))


COLUMNS = (
    Column("dose", "numeric", low=0, high=10, bins=5, origin="declared", declared=("low", "high")),
    category("sex", "f", "m"),
    category("site", "a", "b", "c"),
    category("cohort", "x"),
    category("ill", "no", "yes"),
)


def table(n: int, columns: int = 5) -> Table:
    """Rows in which illness follows dose and site; a tenth of each column is missing."""
    rng = np.random.default_rng(0)
    dose = rng.uniform(0, 10, n)
    site = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    whole = {
        "dose": dose,
        "sex": rng.choice(["f", "m"], n),
        "site": site,
        "cohort": np.full(n, "x"),
        "ill": np.where(rng.random(n) < np.where(site == "a", dose / 10, 0.1), "yes", "no"),
    }
    kept = COLUMNS[len(COLUMNS) - columns :]
    frame = pd.DataFrame(
        {name: pd.Series(values).where(rng.random(n) >= 0.1) for name, values in whole.items()}
    )
    return Table(conform(frame, kept), kept, "classification", "ill", positive="yes")


def fitted(name: str, train: Table, release: Release = TERMS, seed: int = 1, **params: Any) -> Any:
    """A fit of the generator that the card names."""
    card = GENERATORS.get(name)
    return card.load()(params=card.params(**params), release=release).fit(train, seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_the_contract(name: str) -> None:
    card = GENERATORS.get(name)
    few = card.params.model_validate({} if name == "independent" else {"steps": 100})
    check_generator(card, few, table(300), release=replace(TERMS, rows=300))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("n", "columns"), [(0, 5), (1, 5), (40, 2), (40, 1)])
def test_small_tables(name: str, n: int, columns: int) -> None:
    for epsilon in (0.01, 1.0, 100.0):
        few = {} if name == "independent" else {"steps": 50}
        made = fitted(name, table(n, columns), replace(TERMS, epsilon=epsilon), **few)
        assert made.sample(30, seed=1).shape == (30, columns)
        assert len(made.sample(0, seed=1)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_noise_of_the_operating_system_is_never_the_same(name: str) -> None:
    train = table(200)
    assert fitted(name, train).sample(50, seed=3).equals(fitted(name, train).sample(50, seed=3))
    own = replace(TERMS, seeded=False)
    first, second = (fitted(name, train, own) for _ in range(2))
    assert not first.sample(50, seed=3).equals(second.sample(50, seed=3))
    assert not first.sample(50, seed=3).equals(first.sample(50, seed=3))


@pytest.mark.parametrize("contribution", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_what_was_really_done_composes_to_epsilon(
    name: str, contribution: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every draw of noise is accounted for by another library, from its σ and sensitivity."""
    events: list[Any] = []
    measure = Access.measure

    def watched(self: Access, clique: Any, rho: float) -> Any:
        found = measure(self, clique, rho)
        events.append(dp_accounting.GaussianDpEvent(found.sigma / self.contribution))
        return found

    def choice(scores: Any, sensitivity: float, rho: float, rng: np.random.Generator) -> int:
        weakest = contribution * (1 if name == "mst" else 2)
        assert sensitivity >= weakest
        events.append(dp_accounting.ZCDpEvent(rho))
        return int(rng.integers(len(scores)))

    monkeypatch.setattr(Access, "measure", watched)
    monkeypatch.setattr(mst, "choose", choice)
    monkeypatch.setattr(aim, "choose", choice)
    made = fitted(name, table(200), replace(TERMS, contribution=contribution))
    spent = len(events)
    made.sample(20, seed=1)
    assert len(events) == spent > 0
    accountant = rdp_privacy_accountant.RdpAccountant()
    for event in events:
        accountant.compose(event)
    # the two libraries ask different orders: 1% of ε is their distance
    assert accountant.get_epsilon(1e-5) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("contribution", [1, 2])
def test_scores_move_by_their_sensitivity_at_most(contribution: int) -> None:
    """For a given model, over persons with any rows: mst's error, and aim's scores."""
    domain = declared_domain(COLUMNS)
    codes = domain.encode(table(60).frame)
    rng = np.random.default_rng(0)

    def access(rows: Any) -> Access:
        return Access(rows, domain.sizes, contribution, Budget(1e6), rng)

    measured = [access(codes).measure((i,), 0.5) for i in range(5)]
    model = fit(domain.sizes, measured, 50)
    offered = aim.workload(domain.sizes, 2, 1000)
    scores: list[dict[Any, float]] = []
    for _ in range(60):
        person = np.column_stack([rng.integers(size, size=contribution) for size in domain.sizes])
        person[:] = person[0] if rng.random() < 0.5 else person
        scores.append(_errors(access(np.vstack([codes, person])), model, list(offered)))
    before = _errors(access(codes), model, list(offered))
    moved = [max(abs(s[c] - before[c]) for s in scores) for c in offered]
    assert max(moved) == pytest.approx(contribution)  # before weights, which multiply both sides


def _errors(access: Access, model: Model, cliques: list[Any]) -> dict[Any, float]:
    return {c: mst.error_of(access, model.expected(c), c) for c in cliques}


@pytest.mark.parametrize(("name", "bound"), [("mst", 0.08), ("aim", 0.05), ("independent", 0.5)])
def test_a_large_budget_reproduces_the_pairs(name: str, bound: float) -> None:
    train = table(4000)
    made = fitted(name, train, replace(TERMS, epsilon=1000.0, rows=4000))
    assert _worst_pair(train, made) < bound
    if name == "independent":  # the same measure tells that relations are missing
        assert _worst_pair(train, made) > 0.1


def _worst_pair(train: Table, made: Any) -> float:
    """The largest total variation distance of a pair's counts in 40,000 rows."""
    sizes = made.domain.sizes
    real = made.domain.encode(train.frame)
    drawn = made.sampler.draw(40_000, np.random.default_rng(1))
    return max(
        0.5
        * float(
            np.abs(
                exact_counts(real, sizes, p) / len(real) - exact_counts(drawn, sizes, p) / 40_000
            ).sum()
        )
        for p in combinations(range(len(sizes)), 2)
    )


def test_aims_rounds_and_model_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    worst = aim.worst

    def counted(access: Access, model: Model, offered: Any, part: float) -> Any:
        chosen.append(len(offered))
        return worst(access, model, offered, part)

    monkeypatch.setattr(aim, "worst", counted)
    made = fitted("aim", table(400), replace(TERMS, epsilon=1000.0), rounds=12)
    assert 1 <= len(chosen) <= 12
    chosen.clear()
    tiny = fitted("aim", table(400), max_model_mb=1e-9)
    assert set(chosen) == {5}  # single columns, which the model holds anyway
    assert {len(c) for c in tiny.sampler.potentials} == {1}
    assert any(len(c) == 2 for c in made.sampler.potentials)
    triples = fitted("aim", table(4000), replace(TERMS, epsilon=1000.0), degree=3)
    assert triples.sample(10, seed=1).shape == (10, 5)


def test_nothing_of_the_rows_is_kept() -> None:
    made = fitted("mst", table(200))
    assert set(vars(made)) == {"release", "domain", "sampler"}
    assert {type(m).__name__ for m in vars(made.sampler).values()} == {"Model", "Merging"}
