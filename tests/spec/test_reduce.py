"""Which generators can have a reduction."""

import pytest

from synthcraft.errors import SpecError
from synthcraft.plan import make_plan
from synthcraft.spec.validate import parse

PLAIN = {"name": "x", "dataset": {"plugin": "nhanes"}}
PRIVACY = {"epsilons": [1.0], "rows": 5000}


def problem(generator, **more):
    with pytest.raises(SpecError) as caught:
        parse({**PLAIN, "generators": {"a": generator}, **more})
    return caught.value.problems[0]


@pytest.mark.parametrize("plugin", ["aim", "mst", "dp_ar", "pategan", "dpgan"])
def test_an_epsilon_would_be_void(plugin):
    found = problem({"plugin": plugin, "reduce": {}}, privacy=PRIVACY)
    assert found.path == "generators.a.reduce"
    assert "no epsilon is spent" in found.message
    assert "dataset.keep" in found.hint


def test_rows_made_elsewhere_are_not_reduced():
    generator = {"plugin": "file", "params": {"paths": ["s.csv"]}, "reduce": {}}
    assert "before the run" in problem(generator).message


@pytest.mark.parametrize(
    ("reduce", "path"),
    [
        ({"to": 1}, "generators.a.reduce.to"),
        ({"by": "umap"}, "generators.a.reduce.by"),
        ({"k": 5}, "generators.a.reduce.k"),
    ],
)
def test_settings_that_are_none_are_named(reduce, path):
    assert problem({"plugin": "arf", "reduce": reduce}).path == path


def test_the_identity_of_specs_without_one_is_as_before():
    plain = parse({**PLAIN, "generators": {"a": {"plugin": "arf"}}})
    null = parse({**PLAIN, "generators": {"a": {"plugin": "arf", "reduce": None}}})
    some = parse({**PLAIN, "generators": {"a": {"plugin": "arf", "reduce": {}}}})
    assert plain.id == null.id != some.id


def test_the_plan_carries_it_at_every_effort():
    spec = parse(
        {
            **PLAIN,
            "generators": {"a": {"plugin": "ctgan", "reduce": {"to": 7}}, "b": {"plugin": "arf"}},
        }
    )
    plan = make_plan(spec, task="classification", fingerprint="")
    assert plan.arm("a").reduce == {"to": 7, "by": "pca"}
    assert plan.arm("b").reduce == {}
    assert "reduction.variance_kept" in {metric.name for metric in plan.metrics}
