import json

import pytest

from synthcraft.chat.explain import Origins, Setting, sidecar, to_json

SPEC = """\
name: x
dataset:
  plugin: simulated
generators:
  net: {plugin: ctgan, params: {n_iter: 5}}
"""
ORIGINS = Origins(
    spec="ab",
    transcript={"file": "x.chat.jsonl", "sha256": "cd"},
    turns=3,
    settings=(
        Setting(("name",), "x", "default", 3, "from the question"),
        Setting(("dataset", "plugin"), "simulated", "said", 1),
        Setting(("generators", "net", "plugin"), "ctgan", "proposed", 2, "a network"),
        Setting(("generators", "net", "params", "n_iter"), 4, "proposed", 2, "quick"),
    ),
)


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(SPEC)
    return path


def test_each_setting_is_told_with_origin_and_meaning(call, spec):
    sidecar(spec).write_text(to_json(ORIGINS))
    out = call("explain", str(spec)).out
    assert out.startswith("From a conversation of 3 messages by rules, without a model.")
    assert 'name: "x"\n    default, message 3: from the question\n    Short name' in out
    assert 'dataset.plugin: "simulated"\n    said by you, message 1\n' in out
    assert "generators.net.params.n_iter: 5\n    edited by hand\n    Passes over" in out


def test_a_file_without_a_conversation_tells_meanings(call, spec):
    out = call("explain", str(spec)).out
    assert out.startswith("No conversation has left its origins beside this file")
    assert 'name: "x"\n    Short name' in out


def test_json_tells_the_same(call, spec):
    sidecar(spec).write_text(to_json(ORIGINS))
    told = json.loads(call("explain", str(spec), "--json").out)
    assert told["conversation"]["turns"] == 3
    assert [one["how"] for one in told["settings"]] == ["default", "said", "proposed", "edited"]
    spec.with_name("y.yaml").write_text(SPEC)
    assert (
        json.loads(call("explain", str(spec.with_name("y.yaml")), "--json").out)["conversation"]
        is None
    )


@pytest.mark.parametrize(
    "field", ["n_iter", "generators.net.params", "generators.net.params.n_iter"]
)
def test_one_setting_or_one_block(call, spec, field):
    out = call("explain", str(spec), field).out
    assert "generators.net.params.n_iter" in out
    assert "dataset" not in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x.yaml", "n_itr"], "Did you mean"),
        (["x.yaml", "epsilons"], "its default holds"),
        (["y.yaml"], "no such file. Did you mean 'x.yaml'?"),
        (["bad.yaml"], "expected a map"),
    ],
)
def test_what_is_wrong_is_told(call, spec, words, told):
    spec.with_name("bad.yaml").write_text("- 1\n")
    answer = call("explain", *words)
    assert answer.code == 2
    assert told in answer.err


def test_a_run_of_a_spec_tells_of_its_conversation(call, engine, spec):
    sidecar(spec).write_text(to_json(ORIGINS))
    assert call("run", "x.yaml").code == 0
    told = engine.calls[0]["conversation"]
    assert (told["turns"], told["spec_sha256"], told["edited"]) == (3, "ab", True)
    call("run", "x.yaml", "generators.net.params.n_iter=4")
    assert engine.calls[1]["conversation"]["edited"] is False
    call("run", "x.yaml", "generators.net.params.n_iter=4", "seed=5")
    assert engine.calls[2]["conversation"]["edited"] is True


def test_a_run_of_any_other_spec_tells_nothing(call, engine, spec):
    call("run", "x.yaml")
    call("run", "+exp=smoke")
    assert [one["conversation"] for one in engine.calls] == [None, None]


def test_a_sidecar_that_cannot_be_read_is_told_before_the_run(call, engine, spec):
    sidecar(spec).write_text("{}")
    answer = call("run", "x.yaml")
    assert answer.code == 2
    assert "cannot be read as the origins" in answer.err
    assert engine.calls == []
