import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthcraft.catalogue import DATASETS, GENERATORS, METRICS, SELECTORS
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.guarded import guarded, permitted
from tests.chat.fakes import said

HERE = Draft().changed(
    [said("dataset", "plugin", to="csv"), said("dataset", "params", "path", to="a.csv")], turn=1
)
keys = st.sampled_from(["dataset", "plugin", "params", "path", "paths", "generators", "x", "seed"])
values = st.recursive(
    st.none() | st.sampled_from(["/etc/passwd", 1]),
    lambda inner: st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
changes = st.builds(
    Change, st.lists(keys, min_size=1, max_size=4).map(tuple), values, st.just("said")
)


@settings(max_examples=500)
@example([said("dataset", "plugin", "x", to=None)])
@example([said("dataset", "params", "path", "x", to=1)])
@given(st.lists(changes, max_size=5))
def test_no_change_in_whatever_shape_moves_the_data(found):
    draft = HERE
    for change in found:  # one by one, each seen against the draft that it changes
        kept, _ = permitted([change], draft, said=[])
        draft = draft.changed(kept, turn=2)
    assert draft.get("dataset", "plugin") == "csv"
    assert draft.get("dataset", "params", "path") == "a.csv"
    others = [path for path in draft.origins if guarded(path)]
    assert sorted(others) == [("dataset", "params", "path"), ("dataset", "plugin")]


def test_every_parameter_that_names_a_place_is_guarded():
    telling = re.compile(r"\b(files?|folder|path|csv|downloaded|tables of)\b", re.IGNORECASE)
    # They choose within files, or among sources that are known, and name none.
    harmless = {"csv.sep", "file.sep"} | {
        f"tcga.{name}" for name in ("genes", "variables", "hub", "measure")
    }
    places = {
        f"{card.name}.{name}"
        for cards in (DATASETS, GENERATORS, METRICS, SELECTORS)
        for card in cards
        for name, info in card.params.model_fields.items()
        if telling.search(f"{name.replace('_', ' ')} {info.description}")
        and not guarded(("metrics", "x", "params", name))
    }
    assert places <= harmless


def test_what_stands_may_be_said_again():
    kept, refused = permitted([said("dataset", to={"plugin": "csv", "target": "y"})], HERE, said=[])
    assert refused[0].path == "dataset.params.path"  # the map would take it away
    assert kept == ()
    again = [said("dataset", "plugin", to="csv"), said("dataset", "params", "sample", to=500)]
    assert permitted(again, HERE, said=[]) == (tuple(again), ())


@pytest.mark.parametrize("words", ["keep the samples", "bitte die Tabellen speichern"])
def test_samples_are_kept_on_the_researchers_word(words):
    change = said("outputs", "samples", to=True)
    assert permitted([change], Draft(), said=[words]) == ((change,), ())
    assert permitted([change], Draft(), said=["hello"])[0] == ()
    off = said("outputs", "samples", to=False, how="proposed")
    assert permitted([off], Draft(), said=[])[0] == (off,)
