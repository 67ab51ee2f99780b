"""ε of a curve, against the accountant of dp-accounting and against closed forms."""

import hashlib
import math

import numpy as np
import pytest
from dp_accounting import GaussianDpEvent, SelfComposedDpEvent, ZCDpEvent
from dp_accounting.rdp import RdpAccountant
from dp_accounting.rdp.rdp_privacy_accountant import compute_epsilon
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.privacy.accountant import ORDERS, compose, epsilon_of, rho_of, zcdp_curve

RHOS = st.floats(1e-6, 100)
DELTAS = st.floats(1e-12, 0.1)
EPSILONS = st.floats(0.001, 100)


def test_orders_stand_still():
    """Journals hold curves at these orders: another list would be summed with them unseen."""
    told = ",".join(f"{order:.6g}" for order in ORDERS)
    assert len(ORDERS) == 127
    assert hashlib.sha256(told.encode()).hexdigest()[:8] == "99168942"


@given(st.lists(st.floats(0, 1e3), min_size=len(ORDERS), max_size=len(ORDERS)), DELTAS)
def test_epsilon_of_any_curve_agrees_with_dp_accounting(curve, delta):
    theirs, _ = compute_epsilon(ORDERS, curve, delta)
    # Theirs is 0, too, where δ² > 1 − exp(−RDP) at some order; ours does without that case.
    ours = epsilon_of(curve, delta)
    assert ours == pytest.approx(theirs, abs=1e-9) or theirs == 0.0


@given(RHOS, DELTAS)
def test_a_zcdp_mechanism_agrees_with_dp_accounting(rho, delta):
    theirs = RdpAccountant(orders=ORDERS).compose(ZCDpEvent(rho)).get_epsilon(delta)
    ours = epsilon_of(zcdp_curve(rho), delta)
    assert ours == pytest.approx(theirs, abs=1e-9) or theirs == 0.0


@pytest.mark.parametrize("sigma", [0.5, 1.0, 20.0])
@pytest.mark.parametrize("times", [1, 3, 60])
def test_composed_gaussians_agree_with_dp_accounting(sigma, times):
    """Sensitivity 1 and noise σ is 1 / (2 σ²)-zCDP; so many of them add up."""
    event = SelfComposedDpEvent(GaussianDpEvent(sigma), times)
    theirs = RdpAccountant(orders=ORDERS).compose(event).get_epsilon(1e-6)
    curve = compose([zcdp_curve(1 / (2 * sigma**2))] * times)
    assert epsilon_of(curve, 1e-6) == pytest.approx(theirs, abs=1e-9)


@given(EPSILONS, DELTAS)
def test_rho_is_the_largest_that_grants_epsilon(epsilon, delta):
    rho = rho_of(epsilon, delta)
    if rho > 0:  # none is granted at the smallest ε and δ: such a plan is refused
        assert epsilon_of(zcdp_curve(rho), delta) <= epsilon * (1 + 1e-9)
        assert epsilon_of(zcdp_curve(rho * 1.001), delta) > epsilon


@given(st.floats(0.1, 20), st.floats(1e-12, 1e-4))
def test_orders_are_dense_enough(epsilon, delta):
    """Over all orders the best ρ is at most 1 % larger."""
    a = np.concatenate([1 + np.logspace(-3, 0, 4000), np.linspace(2, 5000, 200_000)])
    free = epsilon - np.log1p(-1 / a) + (math.log(delta) + np.log(a)) / (a - 1)
    assert rho_of(epsilon, delta) >= 0.99 * (free / a).max()


@given(RHOS, RHOS, DELTAS)
def test_more_spent_is_never_less_epsilon(first, second, delta):
    both = compose([zcdp_curve(first), zcdp_curve(second)])
    one = epsilon_of(zcdp_curve(first), delta)
    assert epsilon_of(both, delta) >= one
    assert epsilon_of(zcdp_curve(first), delta / 2) >= one


@given(EPSILONS, EPSILONS, DELTAS)
def test_rho_grows_with_epsilon_and_delta(first, second, delta):
    low, high = sorted((first, second))
    assert rho_of(low, delta) <= rho_of(high, delta)
    assert rho_of(low, delta / 2) <= rho_of(low, delta)


def test_nothing_spent_is_nothing():
    assert compose([]) == (0.0,) * len(ORDERS)
    assert epsilon_of(compose([]), 1e-5) == 0.0
