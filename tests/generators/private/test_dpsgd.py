"""One step sees rows through a clipped, noisy sum alone; the steps taken are those accounted."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.table import Column, Table, conform
from synthcraft.generators.private import dpsgd
from synthcraft.generators.private.autoregressive import Network
from synthcraft.generators.private.dpsgd import DpSgd, descend, noisy, persons_of, sampled
from synthcraft.generators.private.dpsgd_spend import noise_multiplier
from synthcraft.generators.private.params import DpArParams
from synthcraft.privacy.release import Release
from synthcraft.testing import check_generator

YES_NO = {"levels": ("no", "yes"), "declared": ("levels",), "origin": "declared"}
COLUMNS = (
    Column("smokes", "categorical", **YES_NO),  # type: ignore[arg-type]
    Column("infarct", "categorical", **YES_NO),  # type: ignore[arg-type]
    Column(
        *("age", "numeric"),
        low=20,
        high=80,
        decimals=0,
        bins=4,
        declared=("low", "high", "decimals"),
        origin="declared",
    ),
)
SHORT = DpArParams(steps=5, batch=50)


def people(n: int, *, seed: int = 0) -> Table:
    """Infarct nearly always goes with smoking; age with nothing."""
    rng = np.random.default_rng(seed)
    smokes = rng.random(n) < 0.5
    infarct = smokes ^ (rng.random(n) < 0.05)
    frame = pd.DataFrame(
        {
            "smokes": np.where(smokes, "yes", "no"),
            "infarct": np.where(infarct, "yes", "no"),
            "age": rng.integers(20, 81, n),
        }
    )
    return Table(conform(frame, COLUMNS), COLUMNS, "classification", "infarct", positive="yes")


def seeded(epsilon: float, rows: int = 1000, contribution: int = 1) -> Release:
    return Release(epsilon, 1e-5, rows, contribution, seeded=True)


def agreement(frame: pd.DataFrame) -> float:
    return float((frame["smokes"].astype(str) == frame["infarct"].astype(str)).mean())


def test_a_person_is_sampled_with_all_of_their_rows_and_on_their_own() -> None:
    persons = np.array([0, 1, 1, 2, 2, 2])
    rng = np.random.default_rng(0)
    samples = np.array([sampled(persons, 0.3, rng) for _ in range(4000)])
    assert (samples[:, 1] == samples[:, 2]).all()
    assert (samples[:, 3] == samples[:, 5]).all()
    # 4000 coins of 0.3: sd of the share 0.0072, of a product of two 0.0045; five of them
    assert samples[:, 0].mean() == pytest.approx(0.3, abs=0.036)
    assert (samples[:, 0] & samples[:, 1]).mean() == pytest.approx(0.09, abs=0.023)


def test_sample_sizes_vary_as_a_binomial() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([sampled(np.arange(500), 0.1, rng).sum() for _ in range(2000)])
    # Binomial(500, 0.1): mean 50, variance 45; of 2000 draws, sd of the mean 0.15, of the
    # variance 45 · sqrt(2 / 2000) = 1.4; five of them
    assert sizes.mean() == pytest.approx(50, abs=0.75)
    assert sizes.var() == pytest.approx(45, abs=7)


def test_no_rows_make_an_empty_sample() -> None:
    assert sampled(np.arange(0), 0.5, np.random.default_rng(0)).shape == (0,)


def test_noise_has_the_scale_asked_for() -> None:
    noise = noisy(np.zeros(40_000, dtype=np.float32), 2.5, np.random.default_rng(0))
    assert noise.dtype == np.float32
    # sd of a sample's sd: 2.5 / sqrt(2 · 40000) = 0.009; of its mean 0.0125; five of them
    assert noise.std() == pytest.approx(2.5, abs=0.045)
    assert noise.mean() == pytest.approx(0, abs=0.063)


def test_every_step_adds_the_noise_that_was_accounted_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scales: list[float] = []

    def counted(total: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
        scales.append(scale)
        return noisy(total, scale, rng)

    monkeypatch.setattr(dpsgd, "noisy", counted)
    params, release = SHORT.model_copy(update={"clip": 3.0}), seeded(1.0)
    DpSgd(params, release).fit(people(200), seed=0)
    assert scales == [3.0 * noise_multiplier(params, release)] * params.steps


@pytest.mark.parametrize("contribution", [1, 3])
def test_a_persons_rows_share_the_clipping_norm(
    contribution: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips: list[float] = []
    original = Network.clipped_sum

    def watched(self: Network, flat: np.ndarray, hot: np.ndarray, clip: float) -> np.ndarray:
        clips.append(clip)
        return original(self, flat, hot, clip)

    monkeypatch.setattr(Network, "clipped_sum", watched)
    DpSgd(SHORT, seeded(1.0, contribution=contribution)).fit(people(100), seed=0)
    assert clips == [SHORT.clip / contribution] * SHORT.steps


def test_the_divisor_is_the_declared_expectation_not_the_sample() -> None:
    """Without rows the gradient is noise over the expected sample, so that n does not show."""
    release = seeded(1.0)
    nobody = people(100).take([])
    fitted = DpSgd(SHORT, release).fit(nobody, seed=0)
    assert len(fitted.sample(10, seed=1)) == 10


def test_descend_calls_the_mechanism_once_for_each_step() -> None:
    calls: list[int] = []

    def gradient(flat: np.ndarray) -> np.ndarray:
        calls.append(1)
        return flat

    start = np.ones(3, dtype=np.float32)
    flat = descend(start, gradient, 7, 0.1)
    assert len(calls) == 7
    assert np.abs(flat).max() < 1


def test_persons_are_numbered_by_group() -> None:
    table = people(4)
    assert persons_of(table).tolist() == [0, 1, 2, 3]
    groups = np.array(["b", "a", "b", "c"])
    grouped = Table(table.frame, COLUMNS, "classification", "infarct", groups=groups)
    assert persons_of(grouped).tolist() == [1, 0, 1, 2]


def test_noise_of_the_system_is_never_the_same() -> None:
    release = Release(1.0, 1e-5, 1000)
    first, again = (DpSgd(SHORT, release).fit(people(200), seed=0) for _ in range(2))
    assert not first.sample(50, seed=1).equals(again.sample(50, seed=1))


def test_keeps_the_contract_of_generators() -> None:
    card = GENERATORS.get("dp_ar")
    train = people(200)
    train.frame.iloc[0] = np.nan  # a missing value is always possible in a private release
    check_generator(card, SHORT, train, release=seeded(1.0))


def test_learns_a_relation_where_noise_is_small() -> None:
    train = people(1000)
    fitted = DpSgd(DpArParams(), seeded(1000.0)).fit(train, seed=0)
    # agreement in 95% of the rows; sd of a share of 2000 rows 0.005, of 1000 0.007
    assert agreement(fitted.sample(2000, seed=1)) == pytest.approx(agreement(train.frame), abs=0.04)


def test_learns_a_strong_relation_at_epsilon_one() -> None:
    fitted = DpSgd(DpArParams(), seeded(1.0, rows=4000)).fit(people(4000), seed=0)
    # independent columns agree in half of the rows, sd 0.011 of 2000
    assert agreement(fitted.sample(2000, seed=1)) > 0.7
