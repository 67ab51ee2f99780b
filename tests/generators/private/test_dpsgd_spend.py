"""The accounting of DP-SGD against dp-accounting's, and the noise that an ε asks for."""

import subprocess
import sys

import numpy as np
import pytest
from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent, SelfComposedDpEvent
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from scipy.special import logsumexp

from synthcraft.generators.private.dpsgd_spend import (
    noise_multiplier,
    sampling_rate,
    spend,
    spend_at,
    subsampled_curve,
)
from synthcraft.generators.private.params import DpArParams
from synthcraft.privacy.accountant import ORDERS, epsilon_of
from synthcraft.privacy.release import Release

SETTINGS = [(0.01, 1.0, 1000), (0.1, 3.0, 300), (0.5, 12.0, 300), (1.0, 20.0, 100)]


def event(rate: float, noise: float, steps: int) -> SelfComposedDpEvent:
    return SelfComposedDpEvent(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps)


@pytest.mark.parametrize("order", [2, 3, 8, 32, 260])
@pytest.mark.parametrize(("rate", "noise", "steps"), SETTINGS)
def test_whole_orders_equal_dp_accounting(
    rate: float, noise: float, steps: int, order: int
) -> None:
    theirs = RdpAccountant([order]).compose(event(rate, noise, steps))._rdp[0]
    ours = subsampled_curve(rate, noise, steps)[ORDERS.index(order)]
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-12)


def divergence(rate: float, noise: float, order: float) -> float:
    """Rényi divergence of one step, by a sum over a fine grid of the noise's density."""
    x = np.linspace(-30 * noise, 30 * noise + order, 400_001)
    ratio = np.logaddexp(np.log1p(-rate), np.log(rate) + (2 * x - 1) / (2 * noise**2))
    density = -0.5 * (x / noise) ** 2 - np.log(noise * np.sqrt(2 * np.pi))
    return float(logsumexp(order * ratio + density) + np.log(x[1] - x[0])) / (order - 1)


@pytest.mark.parametrize(("rate", "noise"), [(0.01, 1.0), (0.1, 3.0), (0.5, 12.0), (0.3, 0.7)])
def test_orders_between_are_bounded_closely(rate: float, noise: float) -> None:
    """From above, because too low a curve would promise what is not kept."""
    ours = np.array(subsampled_curve(rate, noise, 1))
    for order in (1.05, 1.5, 2.25, 3.5, 5.75):
        true = divergence(rate, noise, order)
        # the grid's own error is far below 1e-6 of a divergence
        assert true * (1 - 1e-6) - 1e-12 <= ours[ORDERS.index(order)]
    assert ours[ORDERS.index(5.75)] <= 1.02 * divergence(rate, noise, 5.75)


@pytest.mark.parametrize(("rate", "noise", "steps"), SETTINGS)
def test_epsilon_equals_dp_accounting_at_the_same_orders(
    rate: float, noise: float, steps: int
) -> None:
    whole = [order for order in ORDERS if order >= 2 and not order % 1]
    theirs = RdpAccountant(whole).compose(event(rate, noise, steps)).get_epsilon(1e-5)
    assert epsilon_of(subsampled_curve(rate, noise, steps), 1e-5) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.slow
def test_epsilon_is_above_the_numerically_composed_one() -> None:
    """Privacy loss distributions are another method altogether: tighter, never above ours."""
    tight = PLDAccountant(value_discretization_interval=1e-3).compose(event(0.1, 3.0, 300))
    ours = epsilon_of(subsampled_curve(0.1, 3.0, 300), 1e-5)
    assert tight.get_epsilon(1e-5) <= ours <= 1.25 * tight.get_epsilon(1e-5)


@pytest.mark.parametrize("domain", ["declared", "private"])
@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0, 1000.0])
def test_the_noise_spends_the_release_and_no_more(epsilon: float, domain: str) -> None:
    release = Release(epsilon, 1e-5, 3000, domain=domain)  # type: ignore[arg-type]
    found = spend(DpArParams(), release)
    assert 0.99 * epsilon <= found.epsilon <= epsilon
    less = spend_at(noise_multiplier(DpArParams(), release) / 1.01, DpArParams(), release)
    assert less.epsilon > epsilon
    assert found.delta == 1e-5
    assert found.delta_domain == pytest.approx(1e-6 if domain == "private" else 0)
    assert np.isfinite(found.curve).all()


def test_a_private_domain_is_part_of_the_spend() -> None:
    """A tenth of the budget and of δ, by the release's own default."""
    release = Release(1.0, 1e-5, 3000, domain="private")
    params = DpArParams()
    found = spend(params, release)
    noise = noise_multiplier(params, release)
    learning = subsampled_curve(sampling_rate(params, release), noise, params.steps)
    whole = [a + release.rho_domain * order for a, order in zip(learning, ORDERS, strict=True)]
    assert release.rho_domain > 0
    assert found.curve == pytest.approx(whole)
    assert found.epsilon == pytest.approx(epsilon_of(whole, 0.9e-5))
    assert found.domain_share == 0.1


def test_a_private_domain_and_more_steps_ask_for_more_noise() -> None:
    release = Release(1.0, 1e-5, 3000)
    base = noise_multiplier(DpArParams(), release)
    assert noise_multiplier(DpArParams(), Release(1.0, 1e-5, 3000, domain="private")) > base
    assert noise_multiplier(DpArParams(steps=3000), release) > base
    assert noise_multiplier(DpArParams(), Release(1.0, 1e-5, 30_000)) < base


def test_a_small_table_is_sampled_whole() -> None:
    assert sampling_rate(DpArParams(batch=500), Release(1.0, 1e-5, 100)) == 1
    assert sampling_rate(DpArParams(batch=500), Release(1.0, 1e-5, 2000)) == 0.25


def test_the_spend_is_told_without_a_network_library() -> None:
    code = (
        "import sys; from synthcraft.catalogue import GENERATORS; "
        "from synthcraft.registry import load_object; "
        "load_object(GENERATORS.get('dp_ar').spend); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'jax', 'opacus')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
