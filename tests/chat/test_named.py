import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.chat.named import ABSENT, DATA, HOLDOUT, named, nearest_file


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "my data (1).csv", "b.parquet", "h.csv", "sub/c.tsv.gz", "d.XPT"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "heard", "plugin", "path"),
    [
        ("a.csv", DATA, "csv", "a.csv"),
        ("Use a.csv.", f"Use {DATA}.", "csv", "a.csv"),
        ("(see ./a.csv, please)", f"(see {DATA}, please)", "csv", "./a.csv"),
        ('file="a.csv"', f'file="{DATA}"', "csv", "a.csv"),
        ("«b.parquet»!", f"«{DATA}»!", "parquet", "b.parquet"),
        ("in sub/c.tsv.gz it is", f"in {DATA} it is", "csv", "sub/c.tsv.gz"),
        ("from d.XPT", f"from {DATA}", "xpt", "d.XPT"),
        ("I have my data (1).csv here", f"I have {DATA} here", "csv", "my data (1).csv"),
    ],
)
def test_files_are_found_and_not_named(text, heard, plugin, path):
    found = named(text)
    assert (found.heard, found.plugin, found.params) == (heard, plugin, {"path": path})


def test_a_whole_path_is_hidden(folder):
    found = named(f"it is {folder}/a.csv")
    assert found.heard == f"it is {DATA}"
    assert found.params == {"path": f"{folder}/a.csv"}


def test_a_second_file_is_the_holdout_where_it_is_said():
    found = named("train on a.csv with the holdout in h.csv")
    assert found.params == {"path": "a.csv", "holdout_path": "h.csv"}
    assert found.heard == f"train on {DATA} with the holdout in {HOLDOUT}"


def test_a_file_in_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    found = named("it is ~/a.csv")
    assert (found.heard, found.params) == (f"it is {DATA}", {"path": f"{folder}/a.csv"})


def test_a_holdout_alone_is_told_as_such():
    assert named("the holdout is h.csv").held_out
    assert not named("a.csv has no holdout").held_out


def test_absent_files_are_hidden_too():
    found = named("is it /home/dr smith/none.csv or x.parquet?")
    assert found.plugin == ""
    assert found.absent == ("/home/dr smith/none.csv", "x.parquet")
    assert found.heard == f"is it {ABSENT} or {ABSENT}?"
    assert nearest_file("aa.csv") == "Did you mean 'a.csv'?"


def test_folders_are_hidden_and_units_are_not():
    assert named("look in /home/smith/data/ for it").heard == "look in (a folder) for it"
    assert named("in C:\\Users\\smith").heard == "in (a folder)"
    for text in (
        "glucose in mg/dL and/or mmol/L",
        "2017/2018/2019",
        "km/h",
        "see https://a.org/b/c",
    ):
        assert named(text).heard == text


@pytest.mark.parametrize(
    ("text", "plugin"),
    [
        ("take NHANES please", "nhanes"),
        ("breast cancer data", "breast_cancer"),
        ("who has breast cancer?", ""),
        ("diabetes", "diabetes"),
        ("the diabetes data set", "diabetes"),
        ("predict diabetes", ""),
        ("csv", ""),
        ("nhanesian", ""),
        ("www.example.org is no table", ""),
        ("e.g. 2.5 or so", ""),
    ],
)
def test_built_in_tables_are_meant_where_they_are_named(text, plugin):
    found = named(text)
    assert (found.plugin, found.heard) == (plugin, text)


@given(st.text(alphabet="ab .csv/\\\"'()\n", max_size=40))
def test_any_text_can_be_read(text):
    assert isinstance(named(text).heard, str)
