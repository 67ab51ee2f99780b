import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft import shipped
from synthcraft.catalogue import METRICS
from synthcraft.chat.draft import Change, Draft
from synthcraft.chat.model.fitting import fitting
from synthcraft.chat.model.proposal import LONGEST, Unreadable, read_proposal
from synthcraft.spec.validate import schema_problems


def _read(changes: Any, draft: Draft = Draft(), **more: Any) -> dict[str, Any]:  # noqa: B008
    read = read_proposal(json.dumps({"changes": changes, **more}), draft)
    return {".".join(change.path): change.value for change in read.changes}


# Reading


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"dataset": {"target": "died"}}, {"dataset.target": "died"}),
        ({"dataset.target": "died"}, {"dataset.target": "died"}),
        ('{"dataset": {"target": "died"}}', {"dataset.target": "died"}),
        ({"dataset.columns.s.cr.low": 0}, {"dataset.columns.s.cr.low": 0}),
        ({"dataset": {"columns": {"s.cr": {"low": 0}}}}, {"dataset.columns.s.cr.low": 0}),
        ({"dataset": None}, {"dataset": None}),
        ({"dataset.sensitive": ["sex"]}, {"dataset.sensitive": ["sex"]}),
        ({"design": "quick"}, {"design": {"splits": 1, "replicates": 1}}),
        ({"generators": ["arf"]}, {"generators": {"arf": {"plugin": "arf"}}}),
        ({"generators": "arf"}, {"generators": {"arf": {"plugin": "arf"}}}),
        ({"generators": {"mine": "arf"}}, {"generators.mine.plugin": "arf"}),
        ({"generators": {"arf": {}}}, {"generators.arf.plugin": "arf"}),
        ({"generators": {"arf": None}}, {"generators.arf": None}),
        (
            {"generators": {"arf": {"params": {"num_trees": 9}}}},
            {"generators.arf.plugin": "arf", "generators.arf.params.num_trees": 9},
        ),
        ({"no.such.block": 1}, {"no.such.block": 1}),
        ({}, {}),
    ],
)
def test_what_is_clear_is_taken_in_any_form(changes: Any, meaning: dict[str, Any]) -> None:
    assert _read(changes) == meaning


def test_a_columns_name_with_a_dot_stays_whole() -> None:
    for changes in (
        {"dataset.columns.s.cr.low": 0},
        {"dataset": {"columns": {"s.cr": {"low": 0}}}},
    ):
        (change,) = read_proposal(json.dumps({"changes": changes}), Draft()).changes
        assert change.path == ("dataset", "columns", "s.cr", "low")


def test_settings_without_the_map_around_them_are_taken() -> None:
    text = '{"dataset": {"target": "died"}, "said": ["dataset.target"]}'
    assert read_proposal(text, Draft()).changes == (Change(("dataset", "target"), "died", "said"),)


def test_a_preset_replaces_its_block() -> None:
    draft = Draft().changed([Change(("objective", "weights", "privacy"), 9, "said")], turn=1)
    changes = read_proposal('{"changes": {"objective": "data_access"}}', draft).changes
    assert draft.changed(changes, turn=2).plain["objective"] == shipped.option(
        "objective", "data_access"
    )


def test_an_unknown_preset_is_told_with_the_nearest() -> None:
    with pytest.raises(Unreadable, match="Did you mean 'data_access'"):
        _read({"objective": "data_acess"})


def test_an_added_measure_leaves_the_usual_ones() -> None:
    analysis = {"params": {"analyses": {"main": {"model": "mean"}}}}
    read = _read({"metrics": {"estimand": analysis}})
    usual = {card.name for card in METRICS if card.default}
    assert {f"metrics.{name}" for name in usual} <= read.keys()
    named = Draft().changed([Change(("metrics", "dcr"), {"plugin": "dcr"}, "said")], turn=1)
    assert not [path for path in _read({"metrics": {"estimand": analysis}}, named) if "mmd" in path]
    assert _read({"metrics": ["dcr"]}) == {"metrics": {"dcr": {"plugin": "dcr"}}}


def test_who_said_it_and_why() -> None:
    text = json.dumps(
        {
            "changes": {
                "dataset": {"target": "died", "task": "classification"},
                "generators": {"arf": {"plugin": "arf", "params": {"num_trees": 5}}},
            },
            "said": ["dataset.target", "generators"],
            "because": {"dataset": "so it is", "generators.arf": "fast", "seed": 3},
        }
    )
    changes = read_proposal(text, Draft()).changes
    assert [(c.path[-1], c.how, c.why) for c in changes] == [
        ("target", "said", "so it is"),
        ("task", "proposed", "so it is"),
        ("plugin", "said", "fast"),
        ("num_trees", "said", "fast"),
    ]


def test_masked_names_come_back_in_keys_and_values() -> None:
    text = '{"changes": {"dataset": {"target": "c01", "columns": {"c01": {"low": 0}}}}}'
    read = read_proposal(text, Draft(), show=lambda text: text.replace("c01", "my.col"))
    assert [c.path[-2:] for c in read.changes] == [("dataset", "target"), ("my.col", "low")]
    assert read.changes[0].value == "my.col"


def test_characters_that_steer_a_terminal_are_left_out() -> None:
    assert _read({"question": "a\x1b[2Jb"}) == {"question": "a[2Jb"}


@pytest.mark.parametrize(
    "arguments",
    [
        '{"changes": {"dataset": {"tar',
        "[]",
        "3",
        '{"changes": []}',
        '{"changes": "no json"}',
        '{"changes": 3}',
        '{"a": ' * 5000,
        '{"seed": ' + "9" * 5000 + "}",
        '"' + "x" * LONGEST + '"',
    ],
)
def test_what_cannot_be_understood_goes_back(arguments: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_proposal(arguments, Draft())
    assert all(problem.hint for problem in caught.value.problems)
    assert len(str(caught.value)) < 300


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("changes", "dataset", "target", "generators", "arf", "plugin", "params"),
                    *("metrics", "objective", "said", "because", "asks", "a.b", ""),
                    *("dataset.columns.", "dataset.columns.a.low"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(_PLAIN)
def test_whatever_a_model_writes_is_read_or_refused_and_fits_the_schema(plain: Any) -> None:
    draft = Draft().changed([Change(("dataset", "plugin"), "nhanes", "said")], turn=0)
    try:
        changes = read_proposal(json.dumps(plain), draft).changes
    except Unreadable:
        return
    kept, _ = fitting(changes, draft)
    after = draft.changed(kept, turn=1)
    begun = {"name", "dataset", "dataset.plugin", "generators"}
    left = [p for p in schema_problems(after.plain) if p.message != "is missing"]
    missing = [p for p in schema_problems(after.plain) if p.message == "is missing"]
    assert not left and {p.path for p in missing} <= begun


# Fitting


def _fit(changes: list[Change], draft: Draft = Draft()) -> tuple[list[str], list[str]]:  # noqa: B008
    kept, problems = fitting(changes, draft)
    return [".".join(c.path) for c in kept], [p.path for p in problems]


def test_only_what_is_wrong_is_left_out() -> None:
    changes = [
        Change(("seed",), 1, "said"),
        Change(("design", "splits"), "many", "said"),
        Change(("generators", "a", "plugin"), "arff", "said"),
        Change(("generators", "b", "plugin"), "arf", "said"),
        Change(("augment",), {"to": 3}, "said"),
    ]
    kept, wrong = _fit(changes)
    assert kept == ["seed", "generators.b.plugin"]
    assert wrong == ["augment", "design.splits", "generators.a.plugin"]


def test_a_block_without_its_needed_part_is_left_out() -> None:
    changes = [Change(("generators", "a", "params", "n"), 1, "said"), Change(("seed",), 1, "said")]
    assert _fit(changes) == (["seed"], ["generators.a.plugin"])


def test_what_was_wrong_before_does_not_stand_in_the_way() -> None:
    draft = Draft().changed([Change(("augment",), 1, "edited")], turn=0)
    assert _fit([Change(("seed",), 1, "said")], draft) == (["seed"], [])
