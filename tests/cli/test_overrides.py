from pathlib import Path

import pytest

from synthcraft.cli.overrides import FILE, read
from synthcraft.errors import SpecError

GROUPS = ("dataset", "generator", "metrics", "budget")
EXPERIMENTS = {"smoke": Path("smoke.yaml")}


def of(*words):
    return read(words, groups=GROUPS, experiments=EXPERIMENTS)


@pytest.mark.parametrize("prefix", ["", "+", "++"])
def test_prefixes_do_not_matter(prefix):
    request = of(f"{prefix}exp=smoke", f"{prefix}dataset=csv", f"{prefix}seed=3")
    assert request.overrides == ("+exp=smoke", "dataset=csv", "++seed=3")


def test_a_named_group_replaces_its_block():
    assert of("generator=[arf,ctgan]", "budget=quick").replaced == {"generators", "budget"}
    assert of("~metrics").replaced == {"metrics"}
    assert of("~metrics").overrides == ()


def test_a_setting_inside_a_block_replaces_nothing():
    assert not of("dataset.params.path=a.csv", "~generators.arf").replaced


def test_a_column_of_an_unusual_name_goes_beside_hydras_grammar():
    request = of("dataset.columns.a=b.c.type=numeric", "dataset.columns.age.label=x.unit=y")
    assert [vars(column) for column in request.columns] == [
        {"name": "a=b.c", "setting": "type", "value": "numeric"}
    ]
    assert request.overrides == ("++dataset.columns.age.label=x.unit=y",)


def test_hydras_own_settings_are_left_alone():
    words = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert of(*words).overrides == words


def test_a_value_may_hold_an_equals_sign():
    assert of("dataset.target=a=b").overrides == ("++dataset.target=a=b",)


def test_a_file_is_an_experiment():
    request = of("my study.yaml", "seed=1")
    assert request.overrides == (f"+exp={FILE}", "++seed=1")
    assert request.experiments[FILE] == Path("my study.yaml")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["smoke"], "Did you mean +exp=smoke?"),
        (["nonsense"], "is neither key=value nor a YAML file"),
        (["+exp=a", "b.yaml"], "more than one experiment"),
        (["metrics={a: 1}"], "a group takes the name of an option"),
    ],
)
def test_what_is_refused(words, told):
    with pytest.raises(SpecError, match=told.replace("+", r"\+").replace("?", r"\?")):
        of(*words)


def test_experiments_are_named_singly_in_a_sweep():
    assert of("+exp=smoke,quickstart").named == {"smoke", "quickstart"}
    assert of("+exp=glob(*)").named == {"glob", "*"}
