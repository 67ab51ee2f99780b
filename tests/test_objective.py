import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.objective import judge, keeps, score, weights, worth
from synthcraft.spec.types import ConstraintSpec, ObjectiveSpec

FAMILIES = ("fidelity", "utility", "privacy")
AMOUNTS = st.floats(-2, 3, allow_nan=False)
WEIGHTS = st.fixed_dictionaries(dict.fromkeys(FAMILIES, st.floats(0, 10))).filter(
    lambda found: sum(found.values()) > 1e-3
)
VALUES = st.fixed_dictionaries({}, optional=dict.fromkeys(FAMILIES, AMOUNTS))


@given(WEIGHTS, VALUES, st.sampled_from(FAMILIES), st.floats(0, 5))
def test_a_better_measure_never_lowers_the_score(declared, values, family, better):
    objective = ObjectiveSpec(weights=declared)
    before = score(values, objective)
    if before is None or family not in values:
        return
    gain = -better if family == "privacy" else better
    after = score(values | {family: values[family] + gain}, objective)
    assert 0 <= before <= after + 1e-12
    assert after <= 1


@given(WEIGHTS, VALUES)
def test_the_weights_of_what_is_left_sum_to_one_or_there_is_no_score(declared, values):
    objective = ObjectiveSpec(weights=declared)
    left = weights(objective, values)
    kept = sum(declared[family] for family in values)
    assert bool(left) == (kept > 0 and kept >= 0.5 * sum(declared.values()))
    assert not left or sum(left.values()) == pytest.approx(1)
    assert (score(values, objective) is None) == (not left)


def test_the_best_of_all_scores_one_and_the_worst_zero():
    assert score({"fidelity": 1.3, "utility": 1.0, "privacy": -0.2}, ObjectiveSpec()) == 1
    assert score({"fidelity": -1, "utility": 0.0, "privacy": 1.0}, ObjectiveSpec()) == 0


def test_a_failed_family_leaves_no_score_while_an_uninformative_one_is_left_out():
    good = {"fidelity": 0.9, "utility": 0.9}
    assert score(good | {"privacy": None}, ObjectiveSpec()) is None
    assert score(good, ObjectiveSpec()) == pytest.approx(0.9)
    mostly_private = ObjectiveSpec(weights={"fidelity": 1, "utility": 1, "privacy": 3})
    found = judge(good, {}, mostly_private)
    assert (found.score, found.feasible) == (None, True)
    assert "less than half of the weight" in found.why


def test_a_family_of_no_weight_does_not_matter_even_where_it_failed():
    objective = ObjectiveSpec(weights={"fidelity": 1, "utility": 1, "privacy": 0})
    assert score({"fidelity": 0.4, "utility": 0.8, "privacy": None}, objective) == pytest.approx(
        0.6
    )


@pytest.mark.parametrize(
    ("value", "kept"), [(0.1, True), (0.05, True), (0.3, True), (0.31, False), (None, None)]
)
def test_limits_are_kept_at_the_limit(value, kept):
    assert keeps(value, ConstraintSpec(measure="m", at_least=0.05, at_most=0.3)) is kept


def test_a_violated_constraint_is_worth_nothing_and_an_unknown_one_leaves_no_score():
    objective = ObjectiveSpec(
        constraints={
            "near": {"measure": "dcr_share", "at_most": 0.1},
            "copies": {"measure": "exact_match_rate", "at_most": 0.1},
        }
    )
    values = {"fidelity": 1.0, "utility": 1.0, "privacy": 0.0}
    kept = judge(values, {"dcr_share": 0.1, "exact_match_rate": 0.0}, objective)
    assert (kept.score, kept.feasible) == (1.0, True)
    unknown = judge(values, {"dcr_share": 0.1}, objective)
    assert (unknown.score, unknown.unjudged, unknown.feasible) == (None, ("copies",), False)
    broken = judge(values, {"dcr_share": 0.2}, objective)
    assert (broken.score, broken.violated, broken.unjudged) == (0.0, ("near",), ("copies",))


def test_worth_is_clipped_here():
    assert [worth("utility", v) for v in (-0.5, 0.25, 7.0)] == [0.0, 0.25, 1.0]
    assert [worth("privacy", v) for v in (-0.5, 0.25, 7.0)] == [1.0, 0.75, 0.0]
