"""Every mistake that a user can make with a file ends with its cause, what to do, and code 2."""

import os

import numpy as np
import pandas as pd
import pytest

ROWS = 300


@pytest.fixture(autouse=True)
def cold(monkeypatch):
    """No workers are warmed up for runs that never start."""
    monkeypatch.setattr("synthcraft.engine.run.warm", lambda modules: None)


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.integers(20, 80, ROWS),
            "sex": random.choice(["female", "male"], ROWS),
            "ill": random.choice(["no", "yes"], ROWS),
        }
    )


def missing_file(table, folder):
    return "table.cvs"


def wrong_separator(table, folder):
    table.to_csv(folder / "table.csv", index=False, sep=";")


def empty(table, folder):
    (folder / "table.csv").write_text("")


def one_column(table, folder):
    table[["ill"]].to_csv(folder / "table.csv", index=False)


def target_absent(table, folder):
    table.rename(columns={"ill": "illness"}).to_csv(folder / "table.csv", index=False)


def constant_target(table, folder):
    table.assign(ill="no").to_csv(folder / "table.csv", index=False)


def all_missing(table, folder):
    table.assign(weight=None).to_csv(folder / "table.csv", index=False)


def duplicate_names(table, folder):
    text = table.to_csv(index=False)
    (folder / "table.csv").write_text(text.replace("age,sex", "age,age", 1))


def many_levels(table, folder):
    wide = pd.concat([table] * 34, ignore_index=True).iloc[:10_000]
    wide.assign(note=[f"note {i}" for i in wide.index]).to_csv(folder / "table.csv", index=False)


CASES = [
    (missing_file, "does not exist"),
    (wrong_separator, "dataset.params.sep"),
    (empty, "empty"),
    (one_column, "only one column"),
    (target_absent, "Did you mean 'illness'?"),
    (constant_target, "same value in every row"),
    (all_missing, "dataset.columns.weight"),
    (duplicate_names, "called 'age'"),
    (many_levels, "identifier"),
]


@pytest.mark.parametrize(("make", "told"), CASES, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_table_that_cannot_be_used(call, tmp_path, table, command, make, told):
    path = make(table, tmp_path) or "table.csv"
    answer = call(
        command, "+exp=smoke", "dataset=csv", f"dataset.params.path={path}", "dataset.target=ill"
    )
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err + answer.out
    assert not (tmp_path / "runs").exists()


def test_the_separator_that_is_advised_works(call, tmp_path, table):
    wrong_separator(table, tmp_path)
    words = ("+exp=smoke", "dataset=csv", "dataset.params.path=table.csv", "dataset.target=ill")
    assert call("validate", *words, "dataset.params.sep=;").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["+exp=smoke", "generators.x.plugin=ctgn"], "Did you mean 'ctgan'?"),
        (["+exp=quickstart", "generators.ctgan.params.n_itr=5"], "Did you mean 'n_iter'?"),
        (["twice.yaml"], "twice.yaml:2: the key 'name' stands here twice"),
        (["absent.yaml"], "no such file"),
        (["broken.yaml"], "broken.yaml"),
        (["+exp=smoke", "--dir", "twice.yaml/run"], "cannot be written (Not a directory)"),
        (["+exp=smoke", "--dir", "twice.yaml"], "twice.yaml: is a file"),
    ],
)
def test_a_spec_or_directory_that_cannot_be_used(call, tmp_path, words, told):
    (tmp_path / "twice.yaml").write_text("name: a\nname: b\n")
    (tmp_path / "broken.yaml").write_text("name: [a\n")
    answer = call("run", *words)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_directory_without_permission_is_told_in_words(call, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    answer = call("run", "+exp=smoke", "--dir", "locked")
    assert answer.code == 2
    assert "locked: cannot be written (Permission denied)" in answer.err


@pytest.mark.parametrize("command", ["results", "report"])
def test_a_directory_without_a_run(call, command):
    answer = call(command, "nowhere")
    assert answer.code == 2
    assert "nowhere" in answer.err
    assert "Traceback" not in answer.err
