"""How specs are scored, on cases that can be counted by hand."""

import pytest

from synthcraft.chat.written.score import (
    OTHER,
    Score,
    amount,
    by_category,
    by_slot,
    found,
    holds,
    share,
    slot_of,
)
from synthcraft.stats import wilson


@pytest.mark.parametrize(
    ("value", "wanted", "right"),
    [
        ("stroke", "stroke", True),
        ("stroke", "Stroke", False),
        (1, 1.0, True),
        ("1", 1, True),  # a level is text, YAML may have made a number of it
        (True, "True", True),
        (None, "stroke", False),
        (["sex", "age"], ["age", "sex"], True),
        (("sex", "age"), ["age", "sex"], True),
        (["age"], ["age", "sex"], False),
        (["age", "age"], ["age"], False),
        ("age", ["age"], False),
        (None, [], False),
        ("os", {"one_of": [None, "os"]}, True),
        (None, {"one_of": [None, "os"]}, True),
        ("seeded", {"one_of": [None, "os"]}, False),
        (3, {"within": [2, 5]}, True),
        (5, {"within": [2, 5]}, True),
        (5.1, {"within": [2, 5]}, False),
        ([0.5, 3], {"within": [0.1, 10]}, True),
        ([0.5, 30], {"within": [0.1, 10]}, False),
        ([], {"within": [0.1, 10]}, False),
        (True, {"within": [0, 5]}, False),
        (None, {"within": [0, 5]}, False),
        ("for Data Access", {"contains": ["data access"]}, True),
        ("access", {"contains": ["data access"]}, False),
        (["a", "b"], {"contains": ["b"]}, True),
        (["ab"], {"contains": ["b"]}, False),
        ({"a": {}}, {"contains": ["a"]}, True),
        (None, {"contains": ["a"]}, False),
        (None, {"without": ["a"]}, True),
        (["a"], {"without": ["a", "b"]}, False),
        (None, {"absent": True}, True),
        (False, {"absent": True}, True),
        ([], {"absent": True}, True),
        ({}, {"absent": True}, True),
        (0, {"absent": True}, False),
        ("x", {"absent": True}, False),
    ],
)  # fmt: skip
def test_a_gold_setting_holds_or_not(value, wanted, right):
    assert holds(value, wanted) is right


def test_any_label_is_found():
    analyses = {"x": {"terms": ["age", "sex"]}, "y": {"terms": ["bmi"]}, "z": {}}
    plain = {"metrics": {"e": {"params": {"analyses": analyses}}, "u": {"plugin": "utility"}}}
    path = ["metrics", "*", "params", "analyses", "*", "terms"]
    assert found(plain, path) == ["age", "sex", "bmi"]
    assert found({}, path) is None
    assert found({"metrics": 3}, path) is None


def test_every_setting_has_one_slot():
    # Two slots decide on sensitive columns and on the objective: the first in order counts.
    assert slot_of("dataset.sensitive") == "sensitive"
    assert slot_of("objective.use") == "purpose"
    assert slot_of("dataset.params.path") == "data"
    assert slot_of("dataset.columns.age.low") == OTHER
    assert slot_of("design.splits") == slot_of("budget.seconds") == "budget"


def score(name, category="clear", *, held=None, valid=True, first=True, **more):
    return Score(name, category, held or {"dataset.target": True}, valid=valid, first=first, **more)


def test_repeats_of_a_conversation_are_averaged_before_conversations_are():
    scores = [score("a"), score("a", valid=False), score("b"), score("b"), score("b")]
    figure = share(scores, lambda s: float(s.valid))
    assert (figure.mean, figure.n) == (0.75, 2)
    assert (figure.low, figure.high) == wilson(1.5, 2)


def test_accuracy_of_a_slot_is_over_conversations_that_have_it():
    scores = [
        score("a", held={"dataset.target": True, "dataset.task": False, "seed": True}),
        score("b", held={"dataset.target": True, "privacy.epsilons": False}),
    ]
    slots = by_slot(scores)
    assert list(slots) == ["outcome", "privacy", OTHER]
    assert (slots["outcome"].mean, slots["outcome"].n) == (0.75, 2)
    assert (slots["privacy"].mean, slots["privacy"].n) == (0.0, 1)


def test_each_category_has_its_line_and_all_have_one():
    scores = [
        score("a", questions=2, tokens=100),
        score("b", "dp", first=False, held={"seed": False}, forbids=True, questions=4),
        score("c", "dp", first=False, held={"seed": False}, forbids=True, breaches=("x",)),
    ]
    clear, dp, everything = by_category(scores)
    assert [line.name for line in (clear, dp, everything)] == ["clear", "dp", "all"]
    assert (everything.n, everything.valid.mean) == (3, 1.0)
    assert everything.first.mean == everything.right.mean == pytest.approx(1 / 3)
    assert (everything.clean.mean, everything.clean.n) == (0.5, 2)
    assert clear.clean is None  # there is nothing that it forbids
    assert everything.questions.mean == 2
    assert clear.tokens.mean == everything.tokens.mean == 100
    assert dp.tokens is None


def test_an_interval_of_counts_needs_conversations_that_differ():
    few = amount([score(name, questions=n) for n, name in enumerate("abcd")], lambda s: s.questions)
    same = amount([score(name, questions=3) for name in "abcdef"], lambda s: s.questions)
    assert (few.mean, few.low, few.high) == (1.5, None, None)
    assert (same.mean, same.low, same.high) == (3.0, None, None)


def test_an_interval_of_counts_is_as_wide_as_that_of_a_mean():
    counts = [n % 10 for n in range(50)]
    figure = amount(
        [score(f"c{n}", questions=count) for n, count in enumerate(counts)],
        lambda s: s.questions,
    )
    # sd 2.87, se of the mean 0.41: normal bounds 4.5 ± 0.80; a bootstrap of 2000 draws moves a
    # bound by about 0.02 (sd), and BCa corrects little where there is no skewness
    assert figure.mean == 4.5
    assert figure.low == pytest.approx(3.70, abs=0.1)
    assert figure.high == pytest.approx(5.30, abs=0.1)


def test_share_covers_better_than_asked_where_values_are_not_all_or_none():
    """A value in [0, 1] varies no more than a yes or no, so Wilson's interval is safe for it."""
    import numpy as np

    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        rights = rng.beta(4, 1, size=30)  # mean 0.8
        scores = [
            score(f"c{n}", held={str(i): i < round(r * 20) for i in range(20)})
            for n, r in enumerate(rights)
        ]
        figure = share(scores, lambda s: s.right)
        covered += figure.low <= 0.8 <= figure.high
    # nominal 0.95; over 400 draws its standard error is 0.011, three of them below are 0.917
    assert covered / 400 > 0.95 - 3 * 0.011
