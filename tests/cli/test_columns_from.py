"""dataset.columns_from: read where a spec is composed, from its file's folder or the shell's."""

import pytest

from synthcraft import shipped
from synthcraft.cli import overrides
from synthcraft.cli.evaluate import parser, spec_of
from synthcraft.cli.hydra_app import compose
from synthcraft.cli.profile import dataset_of
from synthcraft.errors import SpecError
from synthcraft.spec.validate import parse

SPEC = """\
name: x
dataset:
  plugin: simulated
  columns_from: ../columns.yaml
  columns: {age: {label: Age}}
generators: {a: {plugin: arf}}
"""
COLUMNS = "dataset: {columns: {age: {unit: years, low: 0}, visit date: {unit: d}}}"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/x.yaml").write_text(SPEC)
    (tmp_path / "columns.yaml").write_text(COLUMNS)
    return tmp_path


def columns_of(*words):
    request = overrides.read(words, groups=shipped.groups(), experiments=shipped.experiments())
    plain = compose(request)
    parse(plain)
    assert "columns_from" not in plain["dataset"]
    return plain["dataset"]["columns"]


def test_it_lies_relative_to_the_spec():
    assert columns_of("specs/x.yaml") == {
        "age": {"unit": "years", "low": 0, "label": "Age"},
        "visit date": {"unit": "d"},
    }


def test_the_command_line_goes_before_it():
    found = columns_of("specs/x.yaml", "dataset.columns.age.low=18")
    assert found["age"] == {"unit": "years", "low": 18, "label": "Age"}


def test_on_the_command_line_it_lies_where_the_command_is_given(folder):
    (folder / "more.yaml").write_text("dataset: {columns: {sex: {label: Sex}, age: {low: 5}}}")
    found = columns_of("specs/x.yaml", "dataset.columns_from=more.yaml")
    assert found["sex"] == {"label": "Sex"}
    assert found["age"]["low"] == 0  # what the spec has already


def test_another_dataset_loses_it():
    request = overrides.read(
        ["specs/x.yaml", "dataset=breast_cancer"],
        groups=shipped.groups(),
        experiments=shipped.experiments(),
    )
    assert not compose(request)["dataset"].get("columns")


def test_it_cannot_interpolate(folder):
    (folder / "columns.yaml").write_text("dataset: {columns: {age: {unit: '${oc.env:HOME}'}}}")
    with pytest.raises(SpecError, match="Interpolation"):
        columns_of("specs/x.yaml")


def test_its_absence_is_told(folder):
    (folder / "columns.yaml").unlink()
    with pytest.raises(SpecError, match=r"dataset.columns_from: .*columns.yaml: no such file"):
        columns_of("specs/x.yaml")


def test_profile_and_evaluate_read_it_where_the_command_is_given(folder):
    assert dataset_of("t.csv", ["columns_from=columns.yaml"]).columns["age"].unit == "years"
    words = ["--real", "r.csv", "--synthetic", "a=s.csv", "dataset.columns_from=columns.yaml"]
    plain = spec_of(parser().parse_intermixed_args(words))
    assert plain["dataset"]["columns"]["age"] == {"unit": "years", "low": 0}
    with pytest.raises(SpecError, match="no such file"):
        dataset_of("t.csv", ["columns_from=absent.yaml"])
