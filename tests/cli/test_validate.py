import json
from pathlib import Path

import pytest

from synthcraft.cli import validate
from synthcraft.plan import references
from synthcraft.shipped import experiments
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
    assert f"valid, id {spec.id[:8]}, 1 arm, at most {trials} trials\n" in answer.out
    assert "  about " in answer.out
    assert "by recorded trials" in answer.out


def test_all_problems_of_all_files_are_told(call, files):
    answer = call("validate", "a.yaml", "wrong.yaml", "b.yaml")
    assert answer.code == 2
    assert "colour: unknown setting" in answer.err
    assert "seed: got -1" in answer.err
    first = [line for line in answer.out.splitlines() if not line.startswith(" ")]
    assert [line.split(":")[0] for line in first] == ["a.yaml", "b.yaml"]


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


def test_columns_that_metrics_name_are_looked_up(call, files):
    words = [
        "metrics.estimand.plugin=estimand",
        "metrics.estimand.params.analyses={main: {model: mean, outcome: outcom}}",
    ]
    answer = call("validate", "a.yaml", *words)
    assert answer.code == 2
    assert "metrics.estimand.params.analyses.main.outcome: no column 'outcom'" in answer.err
    assert "Did you mean 'outcome'?" in answer.err
    assert call("run", "a.yaml", *words).code == 2


@pytest.fixture
def messy(tmp_path):
    """The words for a table of 300 rows: 20 without target, one constant column, 56 events."""
    lines = ["age,ill,sex,site"]
    for i in range(300):
        ill = "" if i < 20 else "yes" if i % 5 == 0 else "no"
        lines.append(f"{20 + i % 37}.5,{ill},{'fm'[i % 2]},here")
    (tmp_path / "my table.csv").write_text("\n".join(lines))
    words = ("+exp=smoke", "dataset=csv", "dataset.params.path=my table.csv", "dataset.target=ill")
    return ("validate", *words)


def test_the_data_are_told_in_words(call, messy):
    out = call(*messy).out
    assert "  280 usable rows\n" in out
    assert "  classification of 'ill', positive level 'yes' (56 rows)\n" in out
    assert "  1 numeric column: age\n" in out
    assert "  2 categorical columns: ill, sex\n" in out
    assert "20 of 300 rows dropped: no ill" in out
    assert "Left out, because they have only one value: site." in out


def test_the_data_are_told_in_json(call, messy):
    (verdict,) = json.loads(call(*messy, "--json").out)
    data = verdict["data"]
    assert (data["rows"], data["persons"], data["task"]) == (280, None, "classification")
    assert (data["target"], data["positive"], data["positive_rows"]) == ("ill", "yes", 56)
    assert (data["numeric"], data["categorical"]) == (["age"], ["ill", "sex"])
    assert len(data["notes"]) == 3
    (verdict,) = json.loads(call(*messy, "--json", "--no-data").out)
    assert verdict["valid"] and verdict["data"] is None


def test_an_amount_has_no_positive_level(call, messy):
    out = call(*messy, "dataset.target=age").out
    assert "  regression of 'age'\n" in out
    assert "positive" not in out


def test_a_sweep_has_one_verdict_per_job(call, files):
    words = ("seed=1,2,-1", "dataset.params.n=300,400", "-m", "hydra/launcher=joblib")
    answer = call("validate", "a.yaml", *words, "--json")
    assert answer.code == 2
    verdicts = json.loads(answer.out)
    assert [v["spec"] for v in verdicts if not v["valid"]] == [
        "a.yaml seed=-1 dataset.params.n=300",
        "a.yaml seed=-1 dataset.params.n=400",
    ]
    valid = [v for v in verdicts if v["valid"]]
    assert len({v["id"] for v in valid}) == 4
    assert [v["data"]["rows"] for v in valid] == [300, 400, 300, 400]


def test_a_sweep_that_cannot_be_read_is_a_verdict_too(call):
    answer = call("validate", "+exp=smoke,smok", "-m")
    assert answer.code == 2
    assert "no experiment 'smok'" in answer.err


def test_without_m_several_values_are_a_problem(call):
    assert "Add -m" in call("validate", "+exp=smoke", "seed=1,2").err


def test_how_long_it_takes_is_told_with_the_table(call, files):
    (with_data,) = json.loads(call("validate", "a.yaml", "--json").out)
    seconds = with_data["seconds"]
    assert 0 < seconds["low"] < seconds["median"] < seconds["high"]
    assert seconds["median"] < with_data["seconds_at_most"]
    (without,) = json.loads(call("validate", "a.yaml", "--json", "--no-data").out)
    assert without["seconds"] is None
    assert "where every trial takes its limit" in call("validate", "a.yaml", "--no-data").out


def test_a_choosing_run_is_told_by_what_it_chooses_within(call):
    (verdict,) = json.loads(call("validate", "+exp=selector_demo", "--json").out)
    # a minute of choosing, and then three trials: the bound by the budget is 50 times as long
    assert 20 < verdict["seconds"]["median"] < 180
    assert verdict["seconds_at_most"] > 10 * verdict["seconds"]["median"]


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


def test_augmentation_is_told_with_its_rows(call, tmp_path, small_spec):
    small_spec["dataset"]["params"] = {"n": 900, "minority": 0.3, "prevalence": 0.4}
    block = {"column": "group", "groups": ["C"], "undersample": 0.5, "controls": ["real"]}
    small_spec["augmentation"] = block
    (tmp_path / "a.yaml").write_text(dump_plain(small_spec))
    answer = call("validate", "a.yaml")
    assert answer.code == 0, answer.err
    told = " ".join(answer.out.split())
    assert "augmentation by group: doses of 25, 50, 100, 200 % (rule dose)" in told
    assert "compared with none, real" in told
    assert f"at most {2 * (1 + len(references()) + 2)} trials" in told
    (verdict,) = json.loads(call("validate", "a.yaml", "--json").out)
    rows = verdict["augmentation"]["rows"]
    train = rows["train"]["group=C"]
    assert f"group=C: in the first split {train} train rows" in told
    assert [rows["add"][f"dose={d}"]["group=C"] for d in (100, 200)] == [train, 2 * train]
    assert verdict["seconds"]["low"] < verdict["seconds"]["median"]


def test_every_split_must_be_able_to_answer(call, tmp_path, small_spec):
    small_spec["augmentation"] = {"column": "group", "groups": ["C"]}
    small_spec["dataset"]["params"] = {"n": 300, "minority": 0.05}
    (tmp_path / "a.yaml").write_text(dump_plain(small_spec))
    answer = call("validate", "a.yaml")
    assert answer.code == 2
    assert "augmentation.groups: group=C has fewer than 10" in answer.err
    assert call("validate", "a.yaml", "--no-data").code == 0


@pytest.mark.parametrize("option", ["dose", "equal"])
def test_an_option_of_augmentation_asks_for_its_column(call, option):
    words = ("validate", "+exp=simulated", f"augmentation={option}", "--no-data")
    answer = call(*words)
    assert (answer.code, "augmentation.column: is missing" in answer.err) == (2, True)
    assert call(*words, "augmentation.column=group").code == 0


@pytest.mark.parametrize("lacks", [True, False])
def test_a_limit_on_an_epsilon_that_nobody_promises_is_foretold(call, files, lacks):
    plain = read_file(Path("a.yaml"))
    (label, *_) = plain["generators"]
    spent = {"measure": "epsilon_total", "at_most": 1}
    kept = {"measure": "exact_match_rate", "at_most": 0.1}
    plain["generators"] = {label: plain["generators"][label]}
    plain["metrics"] = {"exact_match": {"plugin": "exact_match"}}
    plain["release_policy"] = {"limits": {"a": kept} | ({"spent": spent} if lacks else {})}
    Path("a.yaml").write_text(dump_plain(plain))
    answer = call("validate", "a.yaml")
    assert f"release policy: {1 + lacks} limit" in answer.out
    assert (f"it will not pass: {label} has no ε (spent)" in answer.out) == lacks
