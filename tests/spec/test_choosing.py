import pytest

from synthcraft.errors import SpecError
from synthcraft.spec.validate import parse

PRIVACY = {"rows": 300, "selection": "private", "selection_epsilon": 0.1}


def problems(small_spec, **changes):
    plain = {**small_spec, "objective": {}, "budget": {"pulls": 4}, **changes}
    try:
        parse({key: value for key, value in plain.items() if value is not None})
    except SpecError as error:
        return {problem.path: str(problem) for problem in error.problems}
    return {}


def test_a_policy_with_a_use_and_a_budget_is_valid(small_spec):
    assert problems(small_spec, selector={"plugin": "uniform"}) == {}


@pytest.mark.parametrize(
    ("selector", "changes", "path", "words"),
    [
        ("uniform", {"objective": None}, "objective", "chooses for a declared use"),
        ("uniform", {"budget": None}, "budget", "Give budget.seconds or budget.pulls."),
        ("exhaustive", {}, "budget.pulls", "exhaustive trains everything"),
        ("exhaustive", {"budget": {"seconds": 9}}, "budget.seconds", "selector=kg"),
        ("kg", {"privacy": PRIVACY}, "privacy.selection", "same fits of every arm"),
        (
            "kg",
            {"generators": {"a": {"plugin": "file", "params": {"paths": ["s.csv"]}}}},
            "generators.a",
            "made before the run",
        ),
    ],
)
def test_what_contradicts_is_told(small_spec, selector, changes, path, words):
    found = problems(small_spec, selector={"plugin": selector}, **changes)
    assert words in found[path]


def test_a_policy_that_stops_by_itself_needs_no_budget(small_spec):
    assert problems(small_spec, selector={"plugin": "kg"}, budget=None) == {}


def test_efforts_that_do_not_rise_are_told_as_they_were_given(small_spec):
    found = problems(small_spec, selector={"plugin": "kg", "params": {"rungs": [1, 0.3]}})
    assert found["selector.params.rungs"] == (
        "selector.params.rungs: got [1.0, 0.3], but rungs must rise and end with 1, "
        "as in [0.11, 0.33, 1]."
    )
