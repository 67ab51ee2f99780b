import json

import pytest

from synthcraft.cli import validate
from synthcraft.cli.shipped import experiments
from synthcraft.plan import references
from synthcraft.spec.read import dump_plain, read_file
from synthcraft.spec.validate import parse


@pytest.fixture
def files(tmp_path, small_spec):
    """Three files: two valid ones and one with two problems."""
    wrong = {**small_spec, "seed": -1, "colour": "red"}
    for name, plain in (("a", small_spec), ("b", {**small_spec, "seed": 1}), ("wrong", wrong)):
        (tmp_path / f"{name}.yaml").write_text(dump_plain(plain))


def test_a_valid_file_tells_what_it_will_do(call, files, small_spec):
    answer = call("validate", "a.yaml")
    assert answer.code == 0
    spec = parse(small_spec)
    trials = 2 * (1 + len(references()))  # two splits
    assert f"valid, id {spec.id[:8]}, 1 arms, at most {trials} trials, at most" in answer.out


def test_all_problems_of_all_files_are_told(call, files):
    answer = call("validate", "a.yaml", "wrong.yaml", "b.yaml")
    assert answer.code == 2
    assert "colour: unknown setting" in answer.err
    assert "seed: got -1" in answer.err
    assert [line.split(":")[0] for line in answer.out.splitlines()] == ["a.yaml", "b.yaml"]


def test_json_has_one_item_per_spec(call, files):
    answer = call("validate", "a.yaml", "wrong.yaml", "--json")
    good, bad = json.loads(answer.out)
    assert answer.code == 2
    assert (good["valid"], good["arms"], good["problems"]) == (True, 1, [])
    assert {problem["path"] for problem in bad["problems"]} == {"seed", "colour"}


def test_overrides_hold_for_every_file(call, files):
    answer = call("validate", "a.yaml", "b.yaml", "seed=9", "--json")
    first, second = json.loads(answer.out)
    assert first["id"] == second["id"]


def test_the_table_is_read_unless_told_otherwise(call, files):
    words = ("validate", "a.yaml", "dataset.target=outcom")
    assert call(*words).code == 2
    assert "Did you mean 'outcome'?" in call(*words).err
    assert call(*words, "--no-data").code == 0


def test_an_experiment_by_name(call):
    answer = call("validate", "+exp=smoke", "--json")
    spec = parse(read_file(experiments()["smoke"]))
    assert json.loads(answer.out)[0]["id"] == spec.id


def test_trials_and_time_follow_the_design(small_spec):
    plain = {
        **small_spec,
        "design": {"splits": 3, "replicates": 2},
        "budget": {"trial_seconds": 100},
        "execution": {"workers": 2},
    }
    extent = validate.extent(parse(plain), with_data=False)
    assert extent["trials"] == 3 * 2 + 3 * len(references())  # these once per split
    assert extent["seconds_at_most"] == -(-extent["trials"] // 2) * 100


def test_a_named_time_tells_the_task_without_the_table():
    dataset = {"plugin": "csv", "params": {"path": "x.csv"}, "target": "dead", "time": "days"}
    plain = {"name": "x", "dataset": dataset, "generators": {"survae": {"plugin": "survae"}}}
    assert validate.extent(parse(plain), with_data=False)["arms"] == 1
