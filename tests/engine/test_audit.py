"""The membership game on mechanisms: a planted fault is found, ours are not refuted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Column, Table, conform
from synthcraft.engine.audit import audit_arms, contest, play
from synthcraft.engine.observe import Silent
from synthcraft.engine.run import run
from synthcraft.generators.private.base import Sampler
from synthcraft.generators.private.budget import Budget
from synthcraft.generators.private.independent import Columns, Independent, probabilities
from synthcraft.generators.private.measure import Access
from synthcraft.journal import FILE, read
from synthcraft.plan import make_plan
from synthcraft.privacy.audit import AuditResult, unplayed
from synthcraft.privacy.domain import Codes, Domain
from synthcraft.privacy.game import CROWD, ROWS, STATISTICS, worst_cases
from synthcraft.privacy.release import Release
from synthcraft.spec.types import AuditSpec
from synthcraft.spec.validate import parse

DECLARED: Any = {"origin": "declared", "declared": ("low", "high", "levels", "decimals")}
COLUMNS = (
    Column("age", "numeric", low=0, high=100, decimals=0, bins=4, **DECLARED),
    Column("sex", "categorical", ("f", "m"), **DECLARED),
    Column("dose", "numeric", low=0, high=1, decimals=2, bins=5, **DECLARED),
    Column("dead", "categorical", ("no", "yes"), **DECLARED),
    Column("site", "categorical", ("a", "b", "c"), **DECLARED),
)


def table(*names: str) -> Table:
    """A table of one row with these columns; the target is dead, or the last where that is not."""
    columns = tuple(column for column in COLUMNS if column.name in names)
    row = {c.name: [c.low if c.numeric else c.levels[0]] for c in columns}
    frame = conform(pd.DataFrame(row), columns)
    if "dead" not in names:
        return Table(frame, columns, "regression", names[-1])
    return Table(frame, columns, "classification", "dead", positive="yes")


SMALL = table("age", "dead")
NUMBERS = table("age", "dose")  # numbers take a fraction of the time of levels
WHOLE = table(*(column.name for column in COLUMNS))


def audit(
    make: Callable[[Release], Any],
    epsilon: float,
    *,
    fits: int,
    confidence: float = 0.95,
    rows: Table = SMALL,
    games: tuple[str, ...] = ("lone", "crowded"),
) -> AuditResult:
    """The audit of a generator in this process, its noise seeded by each fit's own seed."""
    release = Release(epsilon, 1e-5, ROWS, seeded=True)
    terms = AuditSpec(fits=fits, confidence=confidence)
    start = unplayed("arm", terms, epsilon=epsilon, delta=release.delta)
    played = [game for game in worst_cases(rows) if game.name in games]
    return contest(start, played, lambda game, s: play(lambda: make(release), game, *s), seed=0)


def named(name: str) -> Callable[[Release], Any]:
    card = GENERATORS.get(name)
    return lambda release: card.load()(params=card.params(), device="cpu", release=release)


@dataclass(frozen=True)
class QuarterNoise(Independent):
    """The planted fault: σ is a quarter of what the budget grants, so ρ is 16 times as large."""

    def learn(self, codes: Codes, domain: Domain, rng: np.random.Generator) -> Sampler:
        budget = Budget(16 * self.release.rho_model)
        access = Access(codes, domain.sizes, self.release.contribution, budget, rng)
        rho = budget.rho / len(domain.sizes)
        measured = [access.measure((i,), rho) for i in range(len(domain.sizes))]
        return Columns(tuple(probabilities(one.counts) for one in measured))


@dataclass(frozen=True)
class Copier:
    """No privacy at all: it hands out the rows themselves; or fails where it is ``fragile``."""

    fragile: str = ""

    def fit(self, train: Table, *, seed: int) -> "Copier.Fitted":
        unlike = train.frame["dead"].nunique() > 1
        if self.fragile == "always" or (self.fragile and unlike):
            raise ValueError("cannot parse 'yes'")
        return Copier.Fitted(train.frame)

    @dataclass(frozen=True)
    class Fitted:
        frame: pd.DataFrame

        def sample(self, n: int, *, seed: int) -> pd.DataFrame:
            return self.frame


def test_tables_are_adjacent_and_differ_in_the_canary_alone() -> None:
    for game in worst_cases(WHOLE):
        assert (len(game.absent), len(game.present)) == (ROWS, ROWS + 1)
        assert game.present.frame.head(ROWS).equals(game.absent.frame)
        assert game.absent.names == ("age", "sex", "dose", "dead")  # the outcome and three more
        alike = (game.domain.encode(game.absent.frame) == game.canary).all(axis=1)
        assert alike.sum() == {"lone": 0, "crowded": CROWD}[game.name]
        first = game.domain.encode(game.absent.frame)[0]
        assert (first != game.canary).all()


def test_a_canary_person_has_as_many_rows_as_a_person_may() -> None:
    game = worst_cases(WHOLE, contribution=3)[0]
    assert game.absent.groups is not None and game.present.groups is not None
    assert len(game.present) == ROWS + 3
    assert len(set(game.absent.groups)) == ROWS
    assert set(game.present.groups[ROWS:]) == {ROWS}


def test_a_column_with_one_level_tells_by_its_missing_value() -> None:
    single = Column("dead", "categorical", ("no",), **DECLARED)
    frame = conform(pd.DataFrame({"dead": ["no"]}), [single])
    game = worst_cases(Table(frame, (single,), "classification", "dead"))[0]
    assert game.present.frame["dead"].isna().sum() == 1


def test_scores_are_shares_that_agree_with_the_canary() -> None:
    game = worst_cases(WHOLE)[0]
    rows = pd.DataFrame(
        {
            "age": [100.0, 90.0, 3.0, np.nan],  # 90 is in the canary's bin, 100 is its value
            "sex": ["m", "m", "m", "f"],
            "dose": [1.0, 0.0, 0.0, 0.0],
            "dead": ["yes", "no", "no", "no"],
        }
    )
    told = dict(zip(STATISTICS, game.score(rows), strict=True))
    assert told["all columns"] == 1 / 4
    assert told["any column"] == 3 / 4
    assert told["mean column"] == 7 / 16
    assert told["exact number"] == 2 / 8
    assert told["failed fit"] == 0


def test_who_hands_out_rows_is_shown_the_largest_bound() -> None:
    result = audit(lambda _: Copier(), 1.0, fits=40)
    assert result.flagged
    assert result.bound is not None
    assert result.bound.epsilon == result.largest > 2.3


def test_failing_for_one_person_is_an_outcome() -> None:
    result = audit(lambda _: Copier("for canaries"), 1.0, fits=40)
    assert result.flagged
    assert result.table == "lone"


def test_who_always_fails_is_not_judged() -> None:
    result = audit(lambda _: Copier("always"), 1.0, fits=40)
    assert result.bound is None
    assert not result.flagged
    assert result.reason.startswith("ValueError")
    assert "yes" not in result.reason


def test_one_column_of_an_honest_mechanism_is_not_refuted() -> None:
    assert not audit(named("independent"), 1.0, fits=40, confidence=0.999).flagged


# μ = √(2ρ) of ε = 1 at δ = 1e-5 is 0.247, so the fault has μ = 0.99; of that, cutting counts off
# at 0, dividing by their sum and drawing rows leave 0.9. Of 400 simulated audits of as many fits
# 92 % (88 to 94) flagged it (benchmarks/audit.py); with this seed it is fixed.
@pytest.mark.slow
def test_a_quarter_of_the_noise_is_flagged() -> None:
    terms: dict[str, Any] = {"params": named("independent")(Release(1, 1e-5, ROWS)).params}
    asked: dict[str, Any] = {"fits": 1500, "rows": NUMBERS, "games": ("crowded",)}
    broken = audit(lambda release: QuarterNoise(release=release, **terms), 1.0, **asked)
    assert broken.flagged, broken


# In 400 simulated audits of 300 fits the honest one's bound was at most 0.34 (benchmarks/audit.py).
@pytest.mark.slow
def test_the_same_mechanism_with_all_of_its_noise_is_not_flagged() -> None:
    asked: dict[str, Any] = {"fits": 300, "rows": NUMBERS, "games": ("crowded",)}
    assert not audit(named("independent"), 1.0, **asked).flagged


# At 99.9 % an honest mechanism is flagged in at most one of 1,000 games, whatever the fits. They
# are as many as take about a minute of an idle core, and find little: a quarter of the noise at ε 1
# was found by 55 % of simulated audits of 1,500 fits, 4 % of 500 and none of 100
# (benchmarks/audit.py --confidence 0.999). So the smaller ones tell who copies a row or fails for
# one person; that σ is what ε asks for is tested with each mechanism.
@pytest.mark.slow
@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    ("name", "fits"), [("independent", 1500), ("mst", 500), ("aim", 500), ("dp_ar", 100)]
)
def test_ours_are_not_refuted(name: str, fits: int, epsilon: float) -> None:
    result = audit(named(name), epsilon, fits=fits, confidence=0.999)
    assert result.bound is not None, result.reason
    assert result.largest > epsilon
    assert not result.flagged, result


# Of the canary's rows its numbers are handed out as they are, and equal rows alone make it fail.
@pytest.mark.slow
def test_privbayes_of_synthcity_is_flagged() -> None:
    result = audit(named("privbayes"), 1.0, fits=20, games=("lone",))
    assert result.flagged, result


def spec(**privacy: Any) -> Any:
    plain = {
        "name": "audit",
        "dataset": {"plugin": "simulated", "params": {"n": 300}},
        "generators": {"independent": {"plugin": "independent"}},
        "metrics": {"marginals": {"plugin": "marginals"}},
        "privacy": {"rows": 300, "domain": "from_data", **privacy},
        "execution": {"workers": 1},
    }
    return parse(plain)


def test_arms_with_an_epsilon_are_audited_in_processes() -> None:
    asked = spec(epsilons=[1.0], audit={"fits": 20, "confidence": 0.9})
    plan = make_plan(asked, task="classification", fingerprint="")
    (result,) = audit_arms(asked, plan, WHOLE)
    assert result.arm == "independent@eps=1"
    assert (result.epsilon, result.fits, result.pilot) == (1.0, 20, 10)
    assert result.bound is not None, result.reason


def test_a_share_beyond_its_limits_leaves_the_reason() -> None:
    asked = spec(epsilons=[1.0], audit={"fits": 20})
    asked = asked.model_copy(update={"budget": replace_budget(asked.budget, trial_seconds=0.01)})
    plan = make_plan(asked, task="classification", fingerprint="")
    (result,) = audit_arms(asked, plan, WHOLE)
    assert result.bound is None
    assert "longer than" in result.reason


def replace_budget(budget: Any, **changes: Any) -> Any:
    return budget.model_copy(update=changes)


def test_a_run_journals_each_audit_once(tmp_path: Path) -> None:
    asked = spec(epsilons=[1.0], noise="seeded", audit={"fits": 20})
    run(asked, tmp_path, said=(), observer=Silent())
    entries = list(read(tmp_path / FILE))
    (audit,) = [entry for entry in entries if entry.kind == "audit"]
    assert audit.payload["arm"] == "independent@eps=1"
    assert audit.payload["bound"]["epsilon"] <= audit.payload["largest"]
    assert entries[-1].kind == "end"
