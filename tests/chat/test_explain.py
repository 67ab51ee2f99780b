import json

import pytest

from synthcraft.chat.explain import (
    Origins,
    Setting,
    changes_of,
    conversation,
    edited,
    explained,
    meaning,
    read_origins,
    sidecar,
    to_json,
    topic,
)
from synthcraft.errors import SpecError, UserError
from synthcraft.spec.read import dump_plain

PLAIN = {
    "name": "x",
    "dataset": {"plugin": "csv", "params": {"path": "a.csv"}, "columns": {"a.b": {"low": 1.0}}},
    "generators": {"net": {"plugin": "ctgan", "params": {"n_iter": 5}}},
}
ORIGINS = Origins(
    spec="ab",
    transcript={"file": "x.chat.jsonl", "sha256": "cd"},
    turns=3,
    models=("llama",),
    usage={"input": 10, "output": 5, "requests": 2},
    settings=(
        Setting(("name",), "x", "default", 3, "from the question"),
        Setting(("dataset", "plugin"), "csv", "said", 1),
        Setting(("dataset", "params", "path"), "a.csv", "said", 1),
        Setting(("dataset", "columns", "a.b", "low"), 1.0, "profile", 1, "the range"),
        Setting(("generators", "net", "plugin"), "ctgan", "proposed", 2, "a network"),
        Setting(("generators", "net", "params", "n_iter"), 5, "proposed", 2, "quick"),
    ),
)


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(dump_plain(PLAIN))
    sidecar(path).write_text(to_json(ORIGINS))
    return path


def test_a_sidecar_comes_back(spec):
    assert read_origins(spec) == ORIGINS
    assert read_origins(spec.with_name("y.yaml")) is None


@pytest.mark.parametrize("text", ["", "[]", '{"spec": 1}', "\xff"])
def test_a_sidecar_that_is_none_is_told(spec, text):
    sidecar(spec).write_bytes(text.encode("latin-1"))
    with pytest.raises(SpecError, match="cannot be read as the origins"):
        read_origins(spec)


def test_each_setting_tells_its_origin(spec):
    told = {one.path: one for one in explained(PLAIN, ORIGINS)}
    assert len(told) == 6
    assert (
        told["generators.net.params.n_iter"].how,
        told["generators.net.params.n_iter"].turn,
    ) == (
        "proposed",
        2,
    )
    assert told["dataset.columns.a.b.low"].why == "the range"
    assert all(one.meaning for one in told.values())


def test_a_changed_value_was_edited_by_hand():
    other = {**PLAIN, "name": "y", "seed": 0}
    told = {one.path: one.how for one in explained(other, ORIGINS)}
    assert (told["name"], told["seed"], told["dataset.plugin"]) == ("edited", "edited", "said")
    assert not edited(PLAIN, ORIGINS)
    assert edited(other, ORIGINS)
    assert edited({"name": "x"}, ORIGINS)
    assert edited({**PLAIN, "name": True}, ORIGINS)


def test_without_a_conversation_there_are_meanings_only():
    assert {one.how for one in explained(PLAIN, None)} == {""}


def test_the_provenance_of_a_run_holds_no_word_of_it(spec):
    told = conversation(spec, PLAIN)
    assert told == {
        "transcript_sha256": "cd",
        "spec_sha256": "ab",
        "models": ["llama"],
        "turns": 3,
        "requests": 2,
        "tokens": 15,
        "origins": {"default": 1, "profile": 1, "proposed": 2, "said": 2},
        "edited": False,
    }
    assert conversation(spec, {**PLAIN, "seed": 7})["edited"] is True
    assert conversation(spec.with_name("y.yaml"), PLAIN) is None
    assert "a network" not in json.dumps(told)


def test_a_conversation_about_a_spec_starts_with_its_origins(spec):
    spec.write_text(dump_plain({**PLAIN, "name": "other"}))
    found = {change.path: change for change in changes_of(spec)}
    assert found[("name",)].how == "edited"
    assert found[("generators", "net", "plugin")].why == "a network"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("seed", "Root of all random numbers"),
        ("dataset.params.path", "The file"),
        ("dataset.columns.a.b.low", "smallest possible value"),
        ("design.fractions.holdout", "Share never seen"),
        ("privacy.epsilons", "Epsilon of one release"),
        ("selector.params", "Parameters of the selector"),
        ("objective.constraints.near.at_most", "Largest mean"),
    ],
)
def test_what_a_setting_means(path, words):
    place = tuple(path.replace("a.b", "a|b").split("."))
    assert words in meaning(PLAIN, tuple(key.replace("|", ".") for key in place))


def test_unknown_settings_mean_nothing():
    assert meaning(PLAIN, ("generators", "net", "params", "n_itr")) == (
        "Parameters (see: synthcraft describe generator NAME)."
    )


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("purpose", "giving others access"),
        ("epsilon", "privacy.epsilons: Epsilon of one release"),
        ("delta", "Delta is the chance that the bound fails"),
        ("dataset.target", "Outcome column"),
        ("n_iter", "Passes over the train rows"),
        ("dcr_share", "dcr_share: "),
        ("pategan", "claim"),
        ("arf", "forest"),
    ],
)
def test_subjects_are_explained_in_plain_words(word, words):
    assert any(words in line for line in topic(word, PLAIN))


def test_subjects_are_explained_before_anything_is_settled():
    assert topic("target", {})[0].startswith("dataset.target: ")


def test_an_unknown_subject_names_the_nearest():
    with pytest.raises(UserError, match="epsilon"):
        topic("epsilonn", PLAIN)
