"""What a fit may spend follows from the spec alone, never from a row."""

import pytest

from synthcraft.privacy.guarantee import guarantee
from synthcraft.privacy.terms import declared_train_rows, delta_of, release_of, spend_of
from synthcraft.records import Arm
from synthcraft.spec.types import PrivacySpec, Spec

ARM = Arm("aim@eps=2", "aim", epsilon=2.0, delta=1e-6)


def spec(privacy=None, **blocks) -> Spec:
    plain = {
        "name": "x",
        "dataset": {"plugin": "simulated"},
        "generators": {"aim": {"plugin": "aim"}},
        "privacy": {"rows": 1000, **(privacy or {})},
    }
    return Spec.model_validate({**plain, **blocks})


def test_delta_is_declared_or_follows_from_the_declared_rows():
    assert delta_of(PrivacySpec(rows=1000)) == 1e-5
    assert delta_of(PrivacySpec(rows=1_000_000)) == pytest.approx(1e-7)
    assert delta_of(PrivacySpec(rows=1000, delta=1e-4)) == 1e-4


def test_train_rows_are_declared():
    assert declared_train_rows(spec()) == 700
    assert declared_train_rows(spec(design={"fractions": {"holdout": 0.5}})) == 500
    unknown = spec({"rows": None, "delta": 1e-6}, design={"synthetic_rows": 80})
    assert declared_train_rows(unknown) == 80


def test_a_release_has_the_arms_epsilon_and_the_specs_terms():
    terms = {"domain": "private", "domain_share": 0.2, "noise": "seeded"}
    found = release_of(spec(terms), ARM)
    assert (found.epsilon, found.delta, found.rows, found.contribution) == (2.0, 1e-6, 700, 1)
    assert (found.domain, found.share, found.seeded) == ("private", 0.2, True)


def test_an_arm_without_epsilon_has_no_terms():
    with pytest.raises(ValueError, match="not private"):
        release_of(spec(), Arm("arf", "arf"))
    with pytest.raises(ValueError, match="no privacy block"):
        release_of(spec().model_copy(update={"privacy": None}), ARM)


def test_a_claimed_epsilon_has_no_curve():
    found = spend_of(spec(), Arm("d@eps=1", "dpgan", epsilon=1.0, delta=1e-6))
    assert (found.claimed, found.curve, found.epsilon, found.delta) == (True, (), 1.0, 1e-6)


def test_an_accounted_spend_is_its_whole_budget():
    found = spend_of(spec(), Arm("i@eps=1", "independent", epsilon=1.0, delta=1e-6))
    assert not found.claimed
    assert found.epsilon == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("privacy", "blocks", "words"),
    [
        ({}, {}, ()),
        ({"noise": "seeded"}, {}, ("seeded",)),
        ({"domain": "from_data"}, {}, ("taken from the data",)),
        ({}, {"design": {"cut": "stratified"}}, ("stratified",)),
        ({}, {"design": {"cut": "hashed"}}, ()),
        ({"domain": "from_data", "noise": "seeded"}, {}, ("domain", "noise")),
    ],
)
def test_what_makes_epsilon_void(privacy, blocks, words):
    found = guarantee(spec(privacy, **blocks)).void
    assert len(found) == len(words)
    assert all(word in reason for word, reason in zip(words, found, strict=True))


def test_the_unit_is_a_row_or_a_person_with_so_many_rows():
    assert guarantee(spec()).unit.startswith("One row of the table")
    people = {"plugin": "simulated", "id": "patient"}
    assert "one row is used" in guarantee(spec(dataset=people)).unit
    assert "at most 3 rows" in guarantee(spec({"contribution": 3}, dataset=people)).unit


def test_a_choice_that_was_not_fixed_is_uncovered():
    free = guarantee(spec())
    fixed = guarantee(spec({"selection": "fixed", "release": "aim@eps=1"}, design={"splits": 1}))
    assert len(free.uncovered) == len(fixed.uncovered) + 1
    assert "no epsilon covers" in free.selection
    assert fixed.selection == "aim@eps=1 was chosen for release before the run."
