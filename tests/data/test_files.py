"""Files of the user's own: what is read, and what is said when they cannot be read."""

import gzip
import shutil

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthcraft.data.cards import CsvParams, FileParams
from synthcraft.data.files import load_csv, load_parquet, load_xpt

NASTY = [
    "a b",
    "x (mg/dL)",
    'say "hi"',
    "naïve-é",
    "<script>alert(1)</script>",
    "index",
    "a,b",
    "€|;",
]


def read(path, **params):
    return load_csv(CsvParams(path=str(path), **params), seed=0).frame


def write(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_round_trip(people, tmp_path):
    people.to_csv(tmp_path / "t.csv", index=False)
    pd.testing.assert_frame_equal(read(tmp_path / "t.csv"), people)


def test_csv_gz_and_tsv(people, tmp_path):
    people.to_csv(tmp_path / "t.tsv.gz", index=False, sep="\t")
    pd.testing.assert_frame_equal(read(tmp_path / "t.tsv.gz"), people)


def test_csv_with_byte_order_mark_and_decimal_comma(tmp_path):
    path = write(tmp_path, "\ufeffa;b\n" + "1,5;2\n" * 3)
    frame = read(path, sep=";", decimal=",")
    assert list(frame.columns) == ["a", "b"]
    assert frame["a"].tolist() == [1.5] * 3


def test_none_is_a_value_and_listed_codes_are_not(tmp_path):
    path = write(tmp_path, "treatment,x\nNone,1\nNA,2\n.,3\n-9,4\n")
    assert read(path)["treatment"].isna().tolist() == [False, True, True, False]
    assert read(path, na_values=("-9",))["treatment"].isna().tolist() == [False, False, False, True]


names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], max_codepoint=0x2FFF), min_size=1
).filter(str.strip)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(names | st.sampled_from(NASTY), min_size=2, max_size=5, unique=True))
def test_csv_keeps_strange_column_names(tmp_path, columns):
    frame = pd.DataFrame(np.arange(3 * len(columns)).reshape(3, -1), columns=columns)
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert list(read(tmp_path / "t.csv").columns) == columns


def test_strange_names_reach_the_table(tmp_path, load_file):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: np.round(rng.normal(size=60), 2) for name in NASTY})
    frame["out come"] = ["a", "b"] * 30
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = load_file("csv", tmp_path / "t.csv", target="out come")
    assert table.names == (*NASTY, "out come")


@pytest.mark.parametrize(
    ("content", "path", "says"),
    [
        ("", "dataset.params.path", "empty"),
        ("\n\n", "dataset.params.path", "empty"),
        ("a,b\n", "dataset.params.path", "no rows"),
        ("a\n1\n2\n", "dataset.params.path", "only one column"),
        ("a;b\n1;2\n", "dataset.params.sep", "dataset.params.sep=';'"),
        ("a\tb\n1\t2\n", "dataset.params.sep", "a tab"),
        ("a|b|c\n1|2|3\n", "dataset.params.sep", "a bar"),
        ("a,b,a\n1,2,3\n", "dataset.params.path", "2 columns are called 'a'"),
        (",a,b\n0,1,2\n", "dataset.params.path", "column 1 of 3 has no name"),
        ("a,b\n1,2,3\n4,5,6\n", "dataset.params.path", "more cells"),
        ("a,b\n1,2\n4,5,6\n", "dataset.params.path", "more cells"),
        (b"a,b\n\xe9,2\n", "dataset.params.encoding", "not utf-8-sig text"),
        (b"\xff\xfea,b\n\x00", "dataset.params.encoding", "not utf-8-sig text"),
        ("<!DOCTYPE html><html>moved", "dataset.params.path", "HTML page"),
        (b"PAR1\x15\x04", "dataset.params.path", "dataset=parquet"),
        (b"PK\x03\x04", "dataset.params.path", "Excel"),
    ],
)
def test_unusable_csv(tmp_path, problems_of, content, path, says):
    problems = problems_of(read, write(tmp_path, content))
    assert list(problems) == [path]
    assert says in problems[path]


def test_missing_file_names_its_neighbour(tmp_path, problems_of, monkeypatch):
    write(tmp_path, "a,b\n", "cohort.csv")
    monkeypatch.chdir(tmp_path)
    assert "Did you mean 'cohort.csv'?" in problems_of(read, "cohrt.csv")["dataset.params.path"]
    assert "nor does its directory" in problems_of(read, "no/cohort.csv")["dataset.params.path"]
    assert "is a directory" in problems_of(read, tmp_path)["dataset.params.path"]


def test_unknown_encoding(tmp_path, problems_of):
    problems = problems_of(read, write(tmp_path, "a,b\n1,2\n"), encoding="utf-99")
    assert "unknown encoding" in problems["dataset.params.encoding"]


@pytest.mark.parametrize("loader", [load_csv, load_xpt])
def test_truncated_gzip(tmp_path, problems_of, people, loader):
    packed = gzip.compress(people.to_csv(index=False).encode())
    path = write(tmp_path, packed[: len(packed) // 2], "t.csv.gz")
    params = (CsvParams if loader is load_csv else FileParams)(path=str(path))
    assert "dataset.params.path" in problems_of(loader, params, seed=0)


def test_no_cell_of_an_unreadable_file_is_told(tmp_path, problems_of):
    canary = "Jane-Doe-1961"
    for content in (
        f"a;b\n{canary};1\n",
        f"a,b\n{canary},1,2\n{canary},1,2\n",
        f"a,a\n{canary},1\n",
    ):
        problems = problems_of(read, write(tmp_path, content))
        assert canary not in str(problems)


def test_parquet_round_trip_with_types(people, tmp_path):
    frame = people.assign(
        flag=people["sex"] == "f",
        few=people["sex"].astype("category"),
        small=people["bmi"].astype("float32"),
        gaps=pd.array([1, None] * 100, dtype="Int8"),
    )
    frame.index = pd.RangeIndex(5, 205)
    frame[frame["age"] > 30].to_parquet(tmp_path / "t.parquet")
    back = load_parquet(FileParams(path=str(tmp_path / "t.parquet")), seed=0).frame
    assert list(back.columns) == list(frame.columns)
    assert len(back) == (frame["age"] > 30).sum()


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1 cut short"])
def test_not_parquet(tmp_path, problems_of, content):
    path = write(tmp_path, content, "t.parquet")
    problems = problems_of(load_parquet, FileParams(path=str(path)), seed=0)
    assert "not a Parquet file" in problems["dataset.params.path"]


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("packed", [False, True])
def test_xpt_of_both_versions(people, tmp_path, version, packed):
    zero = people.assign(bmi=people["bmi"].where(people["bmi"] > 27, 0.0), note=people["sex"])
    zero.loc[:9, "note"] = ""
    path = tmp_path / "t.xpt"
    pyreadstat.write_xport(
        zero, path, file_format_version=version, column_labels=["Age in years"] + [""] * 5
    )
    if packed:
        with path.open("rb") as plain, gzip.open(tmp_path / "t.xpt.gz", "wb") as out:
            shutil.copyfileobj(plain, out)
        path = tmp_path / "t.xpt.gz"
    source = load_xpt(FileParams(path=str(path)), seed=0)
    names = {name.lower(): name for name in source.frame.columns}
    assert source.frame[names["bmi"]].tolist() == zero["bmi"].tolist()  # 0 is 0, not 5e-79
    assert source.frame[names["note"]].isna().sum() == 10
    assert source.columns[names["age"]].label == "Age in years"


@pytest.mark.parametrize("version", [5, 8])
def test_xpt_cut_between_two_records_but_within_a_row(people, tmp_path, problems_of, version):
    path = tmp_path / "t.xpt"
    pyreadstat.write_xport(people, path, file_format_version=version)
    whole = path.read_bytes()
    assert len(load_xpt(FileParams(path=str(path)), seed=0).frame) == 200
    path.write_bytes(whole[: len(whole) - 80 * 20])
    told = problems_of(load_xpt, FileParams(path=str(path)), seed=0)
    assert "is cut short in the middle of a row" in told["dataset.params.path"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html><body>Page not found", "HTML page"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "dataset=csv"),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "read to its end"),
    ],
)
def test_not_xpt(tmp_path, problems_of, content, says):
    path = write(tmp_path, content, "t.xpt")
    problems = problems_of(load_xpt, FileParams(path=str(path)), seed=0)
    assert says in problems["dataset.params.path"]


def test_real_xpt(shared_data, load_file):
    path = shared_data / "nhanes_xpt_mini" / "MCQ_C.XPT"
    table = load_file(
        "xpt",
        path,
        {"missing_codes": {"MCQ160E": [7, 9]}},
        target="MCQ160E",
        positive="1",
        keep=["MCQ160E", "MCQ010", "MCQ160F"],
    )
    assert table.column("MCQ160E").levels == ("1", "2")
    assert table.frame["MCQ160E"].value_counts().to_dict() == {"2": 425, "1": 21}
    assert any("142 of 588 rows dropped" in note for note in table.notes)
    assert table.column("MCQ010").label


def test_real_packed_xpt_has_true_zeros(shared_data):
    path = shared_data / "nhanes_xpt_2003_2006" / "BPX_C.XPT.gz"
    values = load_xpt(FileParams(path=str(path)), seed=0).frame["BPXDI1"]
    assert (values == 0).sum() == 67
    assert values[values > 0].min() > 1


@pytest.mark.parametrize("other", ["2", "X1"])
@pytest.mark.parametrize("code", [9, "9"])
def test_missing_codes_mean_the_same_whatever_other_rows_hold(tmp_path, other, code):
    path = write(tmp_path, f"age,b\n1,2\n09,3\n9,4\n{other},5\n")
    assert read(path, missing_codes={"age": [code]})["age"].isna().tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_missing_codes_of_an_unknown_column(tmp_path, problems_of):
    path = write(tmp_path, "age,b\n1,2\n")
    problems = problems_of(read, path, missing_codes={"aeg": [9]})
    assert "Did you mean 'age'?" in problems["dataset.params.missing_codes.aeg"]


def test_real_parquet_cohort(shared_data, load_file):
    path = shared_data / "nhanes_1999_2016_cardio" / "nhanes_1999_2016_cardio.parquet"
    table = load_file(
        "parquet",
        path,
        {"sample": 4000},
        target="mi",
        id="seqn",
        weight="weight_mec",
        sensitive=["ethnicity"],
        keep=["age", "sex", "ethnicity", "bmi", "sbp", "hba1c", "bp_med", "mi"],
    )
    assert table.task == "classification"
    assert table.positive == "1"
    assert table.column("bp_med").levels == ("0", "1")
    assert len(np.unique(table.groups)) == len(table)
    # 2042 of 47055: 4.34 %, standard error 0.32 % at 4000 rows; five of them.
    assert abs((table.frame["mi"] == "1").mean() - 0.0434) < 0.016


def test_real_survival_table(shared_data, load_file):
    table = load_file(
        "csv",
        shared_data / "tcga_brca_956" / "tcga_brca_956_top200mad_clin.csv.gz",
        target="os_event",
        time="os_months",
        id="case_id",
        sensitive=["race"],
        keep=["os_event", "os_months", "age", "race", "stage", "PTK2"],
    )
    assert (table.task, table.positive, table.time) == ("survival", "1", "os_months")
    assert (table.frame["os_event"] == "1").sum() == 130
    assert table.column("os_months").numeric
