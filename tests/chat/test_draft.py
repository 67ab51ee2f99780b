from hypothesis import given
from hypothesis import strategies as st

from synthcraft.chat.draft import Change, Draft, leaf_paths

keys = st.sampled_from(["a", "b", "c.d"])
paths = st.lists(keys, min_size=1, max_size=3).map(tuple)
values = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(keys, inner.filter(lambda v: v is not None), max_size=2),
)
changes = st.lists(st.builds(Change, paths, values, st.just("said")), max_size=8)


@given(changes)
def test_there_is_an_origin_for_each_leaf_and_no_other(found):
    draft = Draft().changed(found, turn=1)
    assert set(draft.origins) == set(leaf_paths(draft.plain) if draft.plain else [])


@given(changes, paths, st.integers())
def test_the_last_change_of_a_setting_holds(found, path, value):
    draft = Draft().changed([*found, Change(path, value, "proposed", "so")], turn=4)
    assert draft.get(*path) == value
    assert (draft.origins[path].how, draft.origins[path].turn) == ("proposed", 4)


@given(changes, changes)
def test_changes_in_two_goes_are_those_in_one(first, second):
    at_once = Draft().changed([*first, *second], turn=1)
    assert Draft().changed(first, turn=1).changed(second, turn=1) == at_once


def test_a_name_with_a_dot_is_one_key():
    draft = Draft().changed([Change(("dataset", "columns", "a.b", "low"), 1, "said")], turn=1)
    assert draft.get("dataset", "columns", "a.b", "low") == 1
    assert draft.get("dataset", "columns", "a", "b", "low") is None


def test_what_was_there_before_is_never_changed():
    first = Draft().changed([Change(("a", "b"), 1, "said")], turn=1)
    first.changed([Change(("a", "b"), 2, "said"), Change(("a", "c"), 3, "said")], turn=2)
    assert first.plain == {"a": {"b": 1}}
