"""Totals against sums, closed forms and dp-accounting; every started fit counts."""

import math
from dataclasses import replace

import pytest
from dp_accounting import ZCDpEvent
from dp_accounting.rdp import RdpAccountant
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.privacy.accountant import ORDERS, rho_of, zcdp_curve
from synthcraft.privacy.ledger import Total, ledger, total
from synthcraft.records import Arm, Plan, Spend, Start, Trial
from synthcraft.spec.types import Spec

SPEC = Spec.model_validate(
    {
        "name": "x",
        "dataset": {"plugin": "simulated"},
        "generators": {"toy": {"plugin": "toy"}, "word": {"plugin": "word"}},
        "privacy": {"rows": 1000},
    }
)
ARMS = (Arm("toy@eps=1", "toy", epsilon=1.0), Arm("word@eps=1", "word", epsilon=1.0))
PLAN = Plan(SPEC.id, "", ARMS, (), {}, splits=2, replicates=1, metrics=())


def spend(epsilon=1.0, delta=1e-5, **more) -> Spend:
    return Spend("zCDP", epsilon, delta, zcdp_curve(rho_of(epsilon, delta)), **more)


def start(arm="toy@eps=1", split=0, **more) -> Start:
    spends = (Spend("word", 1.0, 1e-5, claimed=True),) if arm.startswith("word") else (spend(),)
    return Start(Trial(arm, split, 0, "report"), spends)


def test_one_fit_is_its_own_total():
    found = total([spend(0.7, 2e-6)])
    assert found == Total(pytest.approx(0.7, abs=1e-12), 2e-6, 1)


@pytest.mark.parametrize("fits", [2, 12, 200])
def test_many_fits_agree_with_dp_accounting(fits):
    delta = 1e-6
    accountant = RdpAccountant(orders=ORDERS).compose(ZCDpEvent(rho_of(1.0, delta)), fits)
    found = total([spend(1.0, delta)] * fits)
    assert found.epsilon == pytest.approx(accountant.get_epsilon(fits * delta), abs=1e-9)
    assert found.delta == pytest.approx(fits * delta)
    assert found.epsilon < fits


@given(st.lists(st.tuples(st.floats(0.01, 20), st.floats(1e-9, 1e-4)), min_size=1, max_size=8))
def test_a_total_is_at_most_the_sum_and_at_least_any(pairs):
    found = total(spend(*pair) for pair in pairs)
    assert found.epsilon <= sum(epsilon for epsilon, _ in pairs) * (1 + 1e-9)
    assert found.epsilon >= total([spend(*pairs[0])]).epsilon * 0.5
    more = total([*(spend(*pair) for pair in pairs), spend(*pairs[0])])
    assert more.delta > found.delta
    assert more.fits == len(pairs) + 1


def test_what_a_private_domain_cost_of_delta_does_not_convert():
    """δ of the domain is spent: the curve is told at what is left."""
    rho = rho_of(1.0, 0.9e-5)
    one = Spend("zCDP", 1.0, 1e-5, zcdp_curve(rho), delta_domain=1e-6)
    two = RdpAccountant(orders=ORDERS).compose(ZCDpEvent(rho), 2).get_epsilon(1.8e-5)
    assert total([one, one]) == Total(pytest.approx(two, abs=1e-9), 2e-5, 2)


def test_without_a_curve_only_epsilon_and_delta_add_up():
    bare = Spend("other", 0.5, 1e-6)
    strange = replace(bare, curve=(1.0, 2.0))  # told at other orders
    assert total([bare, strange]) == Total(1.0, 2e-6, 2)
    mixed = total([bare, *[spend()] * 4])
    assert mixed.epsilon == pytest.approx(0.5 + total([spend()] * 4).epsilon)


def test_a_delta_of_one_promises_nothing():
    assert math.isinf(total([spend(1.0, 0.1)] * 10).epsilon)
    assert total([]) == Total()


def test_every_start_counts_once_for_each_time_it_started():
    starts = [start(), start(), start(split=1), start("word@eps=1")]
    found = ledger("x", SPEC, PLAN, starts, ["toy@eps=1.s0.r0.report", "word@eps=1.s0.r0.report"])
    toy, word = found.lines
    assert (toy.together.fits, toy.unrecorded, toy.claimed) == (3, 2, False)
    assert (word.together.fits, word.unrecorded, word.claimed) == (1, 0, True)
    assert found.accounted.fits == 3
    assert found.accounted.epsilon == total([spend()] * 3).epsilon
    assert found.claimed == Total(1.0, 1e-5, 1)
    assert found.void == ()


def test_a_void_run_says_so_and_one_without_private_fits_is_empty():
    terms = SPEC.privacy.model_copy(update={"noise": "seeded"})
    void = ledger("x", SPEC.model_copy(update={"privacy": terms}), PLAN, [start()], [])
    assert "seeded" in void.void[0]
    none = ledger("x", SPEC.model_copy(update={"privacy": None}), PLAN, [], [])
    assert (none.lines, none.accounted, none.void) == ((), Total(), ())
