import pytest

from synthcraft.catalogue import SELECTORS, SelectorCard
from synthcraft.plan import make_plan, report_trials
from synthcraft.records import Record
from synthcraft.select.base import Round
from synthcraft.select.exhaustive import Exhaustive
from synthcraft.spec.validate import parse
from synthcraft.testing import check_policy, check_selector


def test_everything_once_and_then_nothing(small_spec):
    plan = make_plan(parse(small_spec), task="classification", fingerprint="f")
    selector = Exhaustive(params=None)
    first = selector.ask(plan, (), seed=0)
    assert first.trials == report_trials(plan)
    history = [Record(trial, "failed") for trial in first.trials]
    assert selector.ask(plan, history, seed=0).trials == ()
    assert selector.ask(plan, history[:1], seed=0).trials == first.trials[1:]


@pytest.mark.parametrize("name", SELECTORS.names())
def test_every_selector_keeps_its_promises(name, small_spec):
    plan = make_plan(parse(small_spec), task="classification", fingerprint="f")
    card = SELECTORS.get(name)
    if card.policy:
        assert len(check_policy(card, card.params())) <= 12
    else:
        assert check_selector(card, card.params(), plan)


class Stuck:
    """A selector that always asks for the same."""

    def __init__(self, *, params):
        pass

    def ask(self, plan, history, *, seed):
        return Round(report_trials(plan))


def test_a_selector_that_repeats_itself_is_found_out(small_spec):
    plan = make_plan(parse(small_spec), task="classification", fingerprint="f")
    card = SelectorCard(
        name="stuck", summary="", implementation="tests.select.test_exhaustive:Stuck"
    )
    with pytest.raises(AssertionError, match="asked for twice"):
        check_selector(card, card.params(), plan)
