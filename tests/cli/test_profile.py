"""``profile`` tells what a table is, on the terminal, as JSON and as YAML."""

import json

import numpy as np
import pandas as pd
import pytest

from synthcraft.spec.read import read_file
from synthcraft.spec.types import DatasetSpec

ROWS = 300


@pytest.fixture
def table(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "SEQN": np.arange(ROWS) + 1,
            "age": random.integers(20, 80, ROWS),
            "sex": random.choice(["female", "male"], ROWS),
            "MCQ160E": random.choice([1, 2, 9], ROWS),
            "town": ["Atlantis", *random.choice(["Leeds", "York"], ROWS - 1)],
        }
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    return frame


def test_what_is_told_of_a_file(call, table):
    answer = call("profile", "table.csv")
    assert answer.code == 0
    assert "About 300 rows of about 300 persons, 5 columns." in answer.out
    assert "20 to 80" in answer.out
    assert "rarer ones" in answer.out
    assert "MCQ160E (9)" in answer.out
    assert "dataset.id=SEQN" in answer.out
    assert "Atlantis" not in answer.out + answer.err


def test_masked_no_column_is_named(call, table):
    answer = call("profile", "table.csv", "--mask")
    assert answer.code == 0
    assert not any(name in answer.out for name in table.columns)
    assert "col5" in answer.out


def test_the_very_text_that_chat_would_send(call, table):
    answer = call("profile", "table.csv", "--sent")
    assert answer.code == 0
    assert "- age: numbers, 20 to 80, whole" in answer.out
    assert "Atlantis" not in answer.out
    hidden = call("profile", "table.csv", "--sent", "--mask").out
    assert not any(f"- {name}" in hidden for name in table.columns)


def test_as_json(call, table):
    told = json.loads(call("profile", "table.csv", "--json", "--k", "200").out)
    assert told["k"] == 200
    assert [column["name"] for column in told["columns"]] == list(table.columns)
    assert all(column["levels"] == [] for column in told["columns"])


@pytest.mark.parametrize("more", [[], ["--ranges"]])
def test_columns_are_written_as_an_experiment_has_them(call, tmp_path, table, more):
    answer = call("profile", "table.csv", "--columns", "columns.yaml", *more)
    assert answer.code == 0
    columns = read_file(tmp_path / "columns.yaml")["dataset"]["columns"]
    assert DatasetSpec(plugin="csv", columns=columns)
    assert columns["sex"] == {"type": "categorical", "levels": ["female", "male"]}
    assert columns["town"].get("levels") == (["Leeds", "York"] if more else None)
    assert columns["age"].get("high") == (80 if more else None)
    assert "Atlantis" not in (tmp_path / "columns.yaml").read_text()


def test_how_a_text_table_is_written_is_seen_in_it(call, tmp_path, table):
    european = table.assign(crp=np.linspace(0.5, 9.5, ROWS))
    european.to_csv(tmp_path / "eu.csv", index=False, sep=";", decimal=",")
    answer = call("profile", "eu.csv")
    assert answer.code == 0
    assert 'read with: dataset.params.sep=";" dataset.params.decimal=","' in answer.out
    assert "0 to 10" in answer.out
    assert "read with" not in call("profile", "table.csv").out
    assert call("profile", "eu.csv", "sep=,").code == 2  # whoever says so, is believed


def test_a_written_file_is_not_replaced(call, tmp_path, table):
    (tmp_path / "mine.yaml").write_text("mine")
    answer = call("profile", "table.csv", "--columns", "mine.yaml")
    assert (answer.code, (tmp_path / "mine.yaml").read_text()) == (2, "mine")


def test_settings_of_the_dataset_may_be_short(call, tmp_path, table):
    table.to_csv(tmp_path / "german.csv", index=False, sep=";")
    words = ("sep=;", "dataset.columns.MCQ160E.type=numeric", "missing_codes.MCQ160E=[9]")
    told = json.loads(call("profile", "german.csv", *words, "--json").out)
    code = told["columns"][3]
    assert (code["kind"], code["codes"], code["missing"] > 0.2) == ("numeric", [], True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nhans"], "Did you mean 'nhanes'?"),
        (["tabel.csv"], "Did you mean 'table.csv'?"),
        (["table.doc"], "its name does not tell"),
        (["table.csv", "idd=SEQN"], "Did you mean 'id'?"),
        (["table.csv", "id=SEQ"], "Did you mean 'SEQN'?"),
        (["table.csv", "SEQN"], "neither an option nor key=value"),
        (["table.csv", "sample=few"], "dataset.params.sample"),
        (["table.csv", "columns.age.typ=numeric"], "dataset.columns.age.typ"),
        (["table.csv", "--k", "1"], "from 2 on"),
        (["table.csv", "--columns", "nowhere/c.yaml"], "no such directory"),
        ([], "FILE|DATASET"),
    ],
)
def test_mistakes_are_told(call, table, words, told):
    answer = call("profile", *words)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_control_characters_do_not_reach_the_terminal(call, tmp_path, table):
    table.rename(columns={"sex": "se\x1b[31mx"}).to_csv(tmp_path / "odd.csv", index=False)
    answer = call("profile", "odd.csv")
    assert answer.code == 0
    assert "\x1b" not in answer.out


def test_weights_strata_and_clusters_of_a_survey_are_proposed(call, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "WTMEC2YR": rng.uniform(1e3, 1e5, 200).round(1),
            "SDMVSTRA": rng.integers(100, 115, 200),
            "SDMVPSU": rng.integers(1, 3, 200),
            "sbp": rng.integers(90, 180, 200),
        }
    )
    frame.to_csv(tmp_path / "survey.csv", index=False)
    told = call("profile", str(tmp_path / "survey.csv")).out
    for line in ("dataset.weight=WTMEC2YR", "dataset.strata=SDMVSTRA", "dataset.cluster=SDMVPSU"):
        assert line in told
    frame.assign(WTINT2YR=1.5 * frame["WTMEC2YR"]).to_csv(tmp_path / "two.csv", index=False)
    told = call("profile", str(tmp_path / "two.csv")).out
    assert "dataset.weight" not in told
    assert "dataset.strata=SDMVSTRA" in told


def test_of_files_beside_only_tables_are_named(call, tmp_path, table):
    (tmp_path / "notes.md").write_text("")
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "cohort.csv", index=False)
    told = call("profile", str(tmp_path / "nope.csv"))
    assert told.code == 2
    assert "cohort.csv" in told.err
    assert "notes" not in told.err
