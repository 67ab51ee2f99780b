import json

from hypothesis import given
from hypothesis import strategies as st

from synthcraft.ids import Purpose, canonical, digest, seed_for

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(plain)
def test_canonical_form_survives_a_json_round_trip(value):
    assert canonical(json.loads(json.dumps(value))) == canonical(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_key_order_does_not_matter(value):
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_what_differs_has_another_digest():
    values = [{"a": 1}, {"a": 1.5}, {"a": "1"}, {"a": True}, {"b": 1}, {"a": [1]}, {"a": [1, None]}]
    assert len({digest(value) for value in values}) == len(values)


def test_integral_floats_and_nulls_in_maps_have_one_form():
    assert digest({"a": 1.0, "b": None}) == digest({"a": 1})


def test_seeds_differ_by_every_word():
    seeds = {
        seed_for(seed, split, replicate, purpose, draw)
        for seed in range(3)
        for split in range(3)
        for replicate in range(3)
        for purpose in Purpose
        for draw in range(2)
    }
    # 378 draws out of 2^31: a collision has probability 3e-5
    assert len(seeds) == 3 * 3 * 3 * len(Purpose) * 2
