from synthcraft.plan import make_plan, report_trials
from synthcraft.records import Record
from synthcraft.select.exhaustive import Exhaustive
from synthcraft.spec.validate import parse


def test_everything_once_and_then_nothing(small_spec):
    plan = make_plan(parse(small_spec), task="classification", fingerprint="f")
    selector = Exhaustive(params=None)
    first = selector.ask(plan, (), seed=0)
    assert first.trials == report_trials(plan)
    history = [Record(trial, "failed") for trial in first.trials]
    assert selector.ask(plan, history, seed=0).trials == ()
    assert selector.ask(plan, history[:1], seed=0).trials == first.trials[1:]
