import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.catalogue import GENERATORS
from synthcraft.errors import SpecError
from synthcraft.ids import digest
from synthcraft.spec.read import dump, read_text
from synthcraft.spec.validate import parse


def problems(plain):
    with pytest.raises(SpecError) as caught:
        parse(plain)
    return {problem.path: f"{problem.message} {problem.hint}" for problem in caught.value.problems}


def changed(plain, path, value):
    """A deep copy with one dotted path set."""
    head, _, rest = path.partition(".")
    inner = changed(plain.get(head, {}), rest, value) if rest else value
    return {**plain, head: inner}


def test_all_problems_come_at_once_with_path_and_nearest_name(small_spec):
    plain = {**small_spec, "sead": 3, "seed": -1}
    plain["generators"] = {"ctgan": {"plugin": "ctgan", "params": {"n_itr": 5}}}
    plain["dataset"] = {"plugin": "nhanse"}
    found = problems(plain)
    assert set(found) == {"sead", "seed", "generators.ctgan.params.n_itr", "dataset.plugin"}
    assert "Did you mean 'n_iter'?" in found["generators.ctgan.params.n_itr"]
    assert "Did you mean 'nhanes'?" in found["dataset.plugin"]
    assert "Did you mean 'seed'?" in found["sead"]


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("name", "a/b", "match"),
        ("name", 3, "Give text"),
        ("seed", "x", "Give a whole number"),
        ("seed", 2**31, "less than"),
        ("budget.trial_seconds", math.inf, "finite"),
        ("dataset.params.prevalence", math.nan, "finite"),
        ("dataset", None, "Give a map"),
        ("dataset.plugin", None, "Give text"),
        ("dataset.task", "clasification", "classification"),
        ("dataset.time", 5, "Give text"),
        ("dataset.params.n", "many", "Give a whole number"),
        ("dataset.params.m", 1, "unknown parameter"),
        ("design.splits", 0, "at least 1"),
        ("design.fractions.holdout", 0.9, "less than 0.8"),
        ("generators", {}, "Give at least one"),
        ("generators.arf.plugin", "train_copy", "not known"),
        ("metrics.marginals.plugin", "marginal", "Did you mean 'marginals'"),
        ("selector.plugin", "exhausting", "exhaustive"),
        ("budget.trial_mb", 10, "at least 256"),
        ("outputs.samples", "yes", "true or false"),
        ("execution.workers", 0, "at least 1"),
        ("execution.device", "gpu", "Accepted"),
        ("version", 2, "Accepted"),
        ("dataset.columns.age.bins", "many", "a list or a whole number"),
        ("dataset.columns.age.bins", 0, "at least 1"),
    ],
)
def test_what_is_wrong_is_named(small_spec, path, value, word):
    found = problems(changed(small_spec, path, value))
    assert set(found) == {path}
    assert word in found[path]


@pytest.mark.parametrize(("edge", "word"), [("x", "Give a number"), (math.nan, "finite")])
def test_a_wrong_item_of_a_list_is_told_by_its_place(small_spec, edge, word):
    found = problems(changed(small_spec, "dataset.columns", {"age": {"bins": [30, edge]}}))
    assert set(found) == {"dataset.columns.age.bins.1"}
    assert word in found["dataset.columns.age.bins.1"]


def test_missing_settings_are_named():
    assert set(problems({})) == {"dataset", "generators", "name"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"dataset.task": "survival"}, "dataset.time"),
        ({"dataset.time": "t", "dataset.task": "regression"}, "dataset.time"),
        ({"dataset.target": "x", "dataset.id": "x"}, "dataset.id"),
        ({"dataset.columns": {"a": {"low": 2, "high": 1}}}, "dataset.columns.a.low"),
        ({"generators": {"noise": {"plugin": "arf"}}}, "generators.noise"),
    ],
)
def test_contradictions_are_named(small_spec, changes, path):
    plain = small_spec
    for where, value in changes.items():
        plain = changed(plain, where, value)
    assert path in problems(plain)


def test_no_generator_for_the_task_is_named(small_spec):
    plain = changed(small_spec, "generators", {"s": {"plugin": "survival_gan"}})
    plain = changed(plain, "dataset.task", "classification")
    assert "classification" in problems(plain)["generators"]


def test_the_id_ignores_form_and_what_changes_no_number(small_spec):
    spec = parse(small_spec)
    same = [
        dict(reversed(small_spec.items())),
        changed(small_spec, "seed", 0.0),
        changed(small_spec, "name", "other"),
        changed(small_spec, "question", "why?"),
        changed(small_spec, "report", {"title": "T"}),
        changed(small_spec, "execution", {"workers": 7}),
        changed(small_spec, "generators.arf.params", {"num_trees": 5.0}),
    ]
    assert {parse(plain).id for plain in same} == {spec.id}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("seed", 1),
        ("dataset.plugin", "nhanes"),
        ("dataset.params.n", 301),
        ("dataset.sensitive", []),
        ("dataset.missing", "drop"),
        ("dataset.keep", ["a", "b"]),
        ("dataset.columns", {"age": {"decimals": 0}}),
        ("design.splits", 3),
        ("design.replicates", 2),
        ("design.draws", 2),
        ("design.fractions.holdout", 0.4),
        ("design.synthetic_rows", 50),
        ("generators.arf.params.num_trees", 6),
        ("generators.second", {"plugin": "ctgan"}),
        ("metrics", {}),
        ("budget.trial_seconds", 5),
        ("outputs.samples", True),
    ],
)
def test_the_id_changes_with_what_changes_numbers(small_spec, path, value):
    plain = changed(small_spec, path, value)
    if path == "dataset.plugin":
        plain = changed(plain, "dataset.params", {})
    assert parse(plain).id != parse(small_spec).id


def test_plugin_defaults_are_part_of_the_spec(small_spec):
    spec = parse(changed(small_spec, "generators", {"c": {"plugin": "ctgan"}}))
    assert spec.generators["c"].params["n_iter"] == GENERATORS.get("ctgan").params().n_iter


def test_a_dataset_proposes_its_own_roles():
    plain = {"name": "x", "dataset": {"plugin": "nhanes"}, "generators": {"a": {"plugin": "arf"}}}
    spec = parse(plain)
    assert (spec.dataset.target, spec.dataset.positive) == ("heart_attack", "Yes")
    assert spec.dataset.sensitive == ("ethnicity",)
    other = parse(changed(plain, "dataset.target", "stroke")).dataset
    assert (other.positive, other.sensitive) == (None, ("ethnicity",))


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@settings(max_examples=60)
@given(question=text, levels=st.lists(text, min_size=1, max_size=4, unique=True), column=text)
def test_a_spec_survives_its_yaml(question, levels, column):
    plain = {
        "name": "x",
        "question": question,
        "dataset": {"plugin": "nhanes", "columns": {column: {"levels": levels}}},
        "generators": {"a": {"plugin": "ctgan", "params": {"lr": 1e-5}}}
        if "lr" in GENERATORS.get("ctgan").params.model_fields
        else {"a": {"plugin": "ctgan"}},
    }
    spec = parse(plain)
    again = parse(read_text(dump(spec), "dumped"))
    assert again == spec
    assert again.id == spec.id


def test_ids_are_stable_between_releases():
    """A change here orphans every run directory of every user: it needs a CHANGELOG line."""
    assert digest({"seed": 0, "a": [1, 2.5, None], "b": {"c": None}}) == (
        digest({"b": {}, "a": [1.0, 2.5, None], "seed": 0})
    )


def test_rules_are_read_with_the_spec(small_spec):
    rules = {"fine": "a < b", "broken": "a <", "code": "__import__('os')"}
    found = problems(changed(small_spec, "dataset.rules", rules))
    assert set(found) == {"dataset.rules.broken", "dataset.rules.code"}
    assert parse(changed(small_spec, "dataset.rules", {"fine": "a < b"})).dataset.rules


@pytest.mark.parametrize("cycle", ["2019-2020", "2017-2020"])
def test_a_name_that_people_look_for_leads_to_the_right_one(cycle):
    dataset = {"plugin": "nhanes_cdc", "params": {"cycles": [cycle]}}
    with pytest.raises(SpecError) as caught:
        parse({"name": "x", "dataset": dataset, "generators": {"a": {"plugin": "arf"}}})
    assert "prepandemic" in caught.value.problems[0].hint
