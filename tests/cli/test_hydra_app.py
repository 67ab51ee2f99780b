import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.hydra_app import compose, launch
from synthcraft.errors import SpecError
from synthcraft.spec.read import read_file


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty directory, which must stay so, and no trace in Hydra's singletons."""
    monkeypatch.chdir(tmp_path)
    yield
    assert Path.cwd() == tmp_path
    assert {path.name for path in tmp_path.iterdir()} <= {"experiments", "told", "my.yaml"}
    assert not GlobalHydra.instance().is_initialized()
    assert not {"exp", "columns"} & set(ConfigStore.instance().repo)
    assert "HYDRA_FULL_ERROR" not in os.environ


def request(*words):
    return overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())


def composed(*words):
    return compose(request(*words))


@dataclass(frozen=True)
class Tell:
    """A task that writes what it was given, from whatever process it runs in."""

    folder: Path
    bad_seed: int = -1
    crash_seed: int = -1

    def __call__(self, plain, *, jobs, words):
        self.folder.mkdir(exist_ok=True)
        name = f"{plain['name']}.{plain['dataset']['plugin']}.{plain.get('seed', 0)}.{jobs}"
        (self.folder / name).write_text(str(os.getpid()))
        if plain.get("seed") == self.crash_seed:
            raise ZeroDivisionError("a bug")
        return 2 if plain.get("seed") == self.bad_seed else 0

    def told(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def task(tmp_path):
    return Tell(tmp_path / "told", bad_seed=2, crash_seed=5)


def test_an_experiment_composes_to_itself():
    for name, path in shipped.experiments().items():
        assert composed(f"+exp={name}") == read_file(path)


def test_a_group_replaces_the_whole_block():
    dataset = composed("+exp=quickstart", "dataset=csv", "dataset.params.path=x.csv")["dataset"]
    nhanes = read_file(shipped.experiments()["quickstart"])["dataset"]
    assert dataset["plugin"] == "csv"
    assert dataset["params"]["path"] == "x.csv"
    assert not {"target", "positive", "sensitive", "quasi_identifiers"} & set(dataset)
    assert nhanes["target"] == "heart_attack"


def test_another_dataset_ends_the_question_about_the_first_and_keeps_the_name():
    assert "question" in composed("+exp=quickstart", "dataset.params.sample=500", "budget=quick")
    mine = composed("+exp=quickstart", "dataset=csv", "dataset.params.path=x.csv")
    assert "question" not in mine
    assert mine["name"] == "quickstart"
    asked = composed("+exp=quickstart", "dataset=csv", "question=Which is best here?")
    assert asked["question"] == "Which is best here?"


def test_a_budget_replaces_the_budget():
    assert composed("+exp=quickstart", "budget=paper")["budget"] == read_file(
        shipped.conf() / "budget" / "paper.yaml"
    )


def test_several_generators_and_sets_of_them():
    assert list(composed("+exp=smoke", "generator=[tvae,ctgan]")["generators"]) == ["tvae", "ctgan"]
    several = composed("+exp=smoke", "generator=quick5")
    assert len(several["generators"]) == 5
    assert "generator" not in several


def test_a_hidden_file_is_never_proposed(tmp_path):
    hidden = tmp_path / ".quickstart.yaml"
    hidden.write_text("name: x")
    try:
        with pytest.raises(SpecError) as caught:
            composed("quickstar.yaml")
    finally:
        hidden.unlink()
    assert "'+exp=quickstart'" in str(caught.value)


def test_settings_reach_the_spec_known_or_not():
    plain = composed("+exp=smoke", "generators.arf.params.n_itr=5", "colour=red", "+seed=3")
    assert plain["generators"]["arf"]["params"]["n_itr"] == 5
    assert plain["colour"] == "red"
    assert plain["seed"] == 3


def test_a_setting_can_be_taken_away():
    assert "ctgan" not in composed("+exp=quickstart", "~generators.ctgan")["generators"]
    assert "budget" not in composed("+exp=quickstart", "~budget")


@pytest.mark.parametrize(
    "text",
    ["table (1).csv", "é.csv", ";", "it's", "a=b", "C:\\x\\", "Heart attack?", "<b>", "x#y", "Yes"],
)
def test_any_text_can_be_a_value(text):
    assert composed("+exp=smoke", f"dataset.target={text}")["dataset"]["target"] == text


NAMES = ["lab%", "visit date", "a=b, c{x}", "größe (cm)", "lab.value", "'", "a: #b", "${x}", "7"]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_any_name_can_be_set(name):
    key = f"dataset.columns.{name}"
    words = ["+exp=smoke", f"{key}.type=categorical", f"+{key}.levels=[a,b]", f"{key}.label=A: b"]
    found = composed(*words, "dataset=csv", "dataset.columns.age.low=0")["dataset"]["columns"]
    assert found[name] == {"type": "categorical", "levels": ["a", "b"], "label": "A: b"}
    assert found["age"] == {"low": 0}


def test_a_column_of_any_name_can_be_set_in_a_sweep(task):
    asked = request("+exp=smoke", "dataset.columns.lab%.unit=mg", "seed=0,1")
    assert launch(asked, task, flags=["--multirun"]) == 0
    assert len(task.told()) == 2


def test_a_key_that_cannot_be_written_is_shown_as_yaml():
    with pytest.raises(SpecError) as caught:
        composed("+exp=smoke", "generators.my arf.plugin=arf")
    told = str(caught.value)
    assert "this key cannot be written on the command line" in told
    assert "generators:\n  my arf:\n    plugin: arf" in told


def test_own_experiments_win_over_shipped_ones(tmp_path):
    (tmp_path / "experiments" / "paper").mkdir(parents=True)
    (tmp_path / "experiments" / "smoke.yaml").write_text("name: mine\n")
    (tmp_path / "experiments" / "paper" / "one.yaml").write_text("name: one\n")
    assert composed("+exp=smoke") == {"name": "mine"}
    assert composed("+exp=paper/one") == {"name": "one"}


def test_a_damaged_experiment_stops_only_who_asks_for_it(tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "broken.yaml").write_text("name: a\nname: b\n")
    (tmp_path / "experiments" / "odd.yaml").write_text("? null\n: 1\n")
    assert composed("+exp=smoke")["name"] == "smoke"
    with pytest.raises(SpecError, match="stands here twice"):
        composed("+exp=broken")


def test_a_file_anywhere_is_an_experiment(tmp_path):
    (tmp_path / "my.yaml").write_text("name: mine\nbudget: {trial_mb: 500}\n")
    assert composed("my.yaml", "seed=4") == {"name": "mine", "budget": {"trial_mb": 500}, "seed": 4}


@pytest.mark.parametrize(
    "text",
    [
        "hydra: {launcher: {_target_: os.system}}",
        "defaults: [override hydra/launcher: joblib]",
        "question: ${oc.env:HOME}",
        "dataset: {sensitive: ['${oc.env:HOME}']}",
    ],
)
def test_a_spec_cannot_steer_hydra(tmp_path, text):
    (tmp_path / "my.yaml").write_text(f"name: mine\n{text}\n")
    with pytest.raises(SpecError, match=r"my\.yaml"):
        composed("my.yaml")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["+exp=smok"], "there is no experiment 'smok'. Did you mean 'smoke'?"),
        (["+exp=paper/none"], "there is no experiment 'paper/none'."),
        (["+exp=smoke", "dataset=cvs"], "dataset: there is no option 'cvs'. Did you mean 'csv'?"),
        (["+exp=smoke", "generator=[arf,foo]"], "no option 'foo'. Accepted: adsgan, aim, "),
        (["+exp=smoke", "generator=[arf,ctgn]"], "no option 'ctgn'. Did you mean 'ctgan'?"),
        (["quickstrt.yaml"], "no such file. Did you mean '+exp=quickstart'?"),
        (["nope.yaml"], "no such file. Experiments (+exp=NAME): "),
        (["+exp=smoke", "seed=1,2"], "seed=1,2: names several values. Add -m"),
        (["+exp=smoke", "a.b=[1"], "a.b=[1: cannot be read as key=value"),
        (["+exp=smoke", "~nothing"], "'nothing' does not exist"),
    ],
)
def test_hydras_errors_are_ours(words, told, task):
    for way in (compose, lambda asked: launch(asked, task)):
        with pytest.raises(SpecError) as caught:
            way(request(*words))
        assert told in str(caught.value)
    assert not task.folder.exists()


def test_one_run(task):
    assert launch(request("+exp=smoke", "seed=1"), task) == 0
    assert task.told() == ["smoke.nhanes.1.1"]


def test_a_sweep_over_datasets_seeds_and_experiments(task):
    asked = request("+exp=smoke,simulated", "dataset=nhanes,diabetes", "seed=0,1", "budget=quick")
    assert launch(asked, task, flags=["--multirun"]) == 0
    assert len(task.told()) == 8
    assert "simulated.diabetes.1.1" in task.told()


def test_a_sweep_over_all_experiments(task):
    assert launch(request("+exp=glob(*)"), task, flags=["--multirun"]) == 0
    beside = [name for name in shipped.experiments() if "/" not in name]  # * enters no folder
    assert len(task.told()) == len(beside)


def test_a_failing_job_keeps_no_other_from_running(task):
    assert launch(request("+exp=smoke", "seed=2,1,3"), task, flags=["--multirun"]) == 2
    assert len(task.told()) == 3


def test_a_crashing_job_keeps_no_other_from_running(task):
    with pytest.raises(ZeroDivisionError):
        launch(request("+exp=smoke", "seed=5,1"), task, flags=["--multirun"])
    assert len(task.told()) == 2


def test_an_unknown_experiment_stops_a_sweep_before_it_starts(task):
    with pytest.raises(SpecError, match="no experiment 'smok'"):
        launch(request("+exp=smoke,smok"), task, flags=["--multirun"])
    assert not task.folder.exists()


def test_the_joblib_launcher(task):
    asked = request("+exp=smoke", "seed=1,2", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert launch(asked, task, flags=["--multirun"]) == 2
    assert task.told() == ["smoke.nhanes.1.2", "smoke.nhanes.2.2"]
    assert all((task.folder / name).read_text() != str(os.getpid()) for name in task.told())


def test_showing_the_config_runs_nothing(task, capsys):
    assert launch(request("+exp=smoke", "seed=8"), task, flags=["--cfg", "job"]) == 0
    assert "seed: 8" in capsys.readouterr().out
    assert not task.folder.exists()


def test_two_calls_do_not_see_each_other(task):
    first = composed("+exp=smoke", "dataset=csv")
    assert launch(request("+exp=smoke"), task) == 0
    assert composed("+exp=smoke")["dataset"]["plugin"] == "nhanes"
    assert composed("+exp=smoke", "dataset=csv") == first
