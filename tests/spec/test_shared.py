import pytest

from synthcraft.errors import SpecError
from synthcraft.spec.shared import with_shared
from synthcraft.spec.validate import parse

COLUMNS = """\
dataset:
  columns:
    age: {type: numeric, unit: years, low: 0}
    sex: {type: categorical, levels: [f, m]}
    OS.time: {unit: days}
  rules:
    adults: age >= 18
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "columns.yaml").write_text(COLUMNS)
    (tmp_path / "specs").mkdir()
    return tmp_path


def spec(**dataset):
    dataset = {"plugin": "simulated", **dataset}
    return {"name": "x", "dataset": dataset, "generators": {"a": {"plugin": "arf"}}}


def test_the_contents_take_the_place_of_the_file(folder):
    plain = spec(columns_from="../columns.yaml")
    dataset = with_shared(plain, folder / "specs")["dataset"]
    assert dataset == {
        "plugin": "simulated",
        "columns": {
            "age": {"type": "numeric", "unit": "years", "low": 0},
            "sex": {"type": "categorical", "levels": ["f", "m"]},
            "OS.time": {"unit": "days"},
        },
        "rules": {"adults": "age >= 18"},
    }
    assert "columns_from" in plain["dataset"]  # its own data are left alone


def test_what_the_spec_says_goes_before_setting_by_setting(folder):
    own = {"columns": {"age": {"low": 18, "label": "Age"}, "bmi": {"decimals": 1}}}
    rules = {"adults": "age >= 21", "b": "age < 99"}
    dataset = with_shared(spec(columns_from="columns.yaml", rules=rules, **own), folder)["dataset"]
    assert dataset["columns"]["age"] == {
        "type": "numeric",
        "unit": "years",
        "low": 18,
        "label": "Age",
    }
    assert list(dataset["columns"]) == ["age", "sex", "OS.time", "bmi"]
    assert dataset["rules"] == rules


def test_identity_is_the_contents(folder):
    """Neither the file's place nor the way of writing it down tells specs apart."""
    (folder / "other.yaml").write_text("# the same\n" + COLUMNS)
    made = [
        parse(with_shared(spec(columns_from=f), folder)) for f in ("columns.yaml", "other.yaml")
    ]
    inline = with_shared(spec(columns_from="columns.yaml"), folder)["dataset"]
    made.append(parse(spec(columns=inline["columns"], rules=inline["rules"])))
    assert len({one.id for one in made}) == 1
    (folder / "other.yaml").write_text(COLUMNS.replace("years", "a"))
    assert parse(with_shared(spec(columns_from="other.yaml"), folder)).id != made[0].id


def test_a_spec_without_it_stays_and_a_wrong_kind_is_left_to_the_schema(folder):
    for plain in (spec(), {"dataset": "nhanes"}, {}, spec(columns_from=[1])):
        assert with_shared(plain, folder) == plain
    with pytest.raises(SpecError, match=r"dataset.columns_from: got a list"):
        parse(spec(columns_from=[1]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, r"dataset.columns_from: .*absent.yaml: no such file"),
        ("a: [", r"dataset.columns_from: .*absent.yaml:"),
        ("- a", "expected a map of settings, got list"),
        ("", "expected a map of settings, got nothing"),
        ("dataset: {}", "absent.yaml: tells nothing of columns"),
        ("dataset: 3", "absent.yaml: tells nothing of columns"),
        ("seed: 3\ndataset: {columns: {a: {low: 1}}}", "absent.yaml: seed: does not belong here"),
        ("dataset: {target: y}", "dataset.target: does not belong here"),
        ("dataset: {columns: {a: {lo: 1}}}", r"absent.yaml: dataset.columns.a.lo: unknown setting"),
        ("dataset: {columns: {a: {low: x}}}", "dataset.columns.a.low: got 'x'"),
        ("dataset: {columns: [a]}", "dataset.columns: got a list"),
        ("dataset: {rules: {a: 3}}", "dataset.rules.a: got 3"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_file(folder, text, told):
    if text is not None:
        (folder / "absent.yaml").write_text(text)
    with pytest.raises(SpecError, match=told):
        with_shared(spec(columns_from="absent.yaml"), folder)


def test_a_spec_that_no_command_has_read_is_refused():
    with pytest.raises(SpecError, match="names a file that was not read"):
        parse(spec(columns_from="columns.yaml"))
