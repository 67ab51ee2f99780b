"""The recorded table that is shipped: large enough to learn from, and free of people."""

import math
from importlib import resources

import pytest

from synthcraft.select.record import COLUMNS, read, to_csv
from synthcraft.select.replay import recordings
from synthcraft.select.work import arms
from tests.conftest import ROOT

PATH = resources.files("synthcraft.select").joinpath("recorded", "table.csv")
RUNGS = {"0.11", "0.33", "1"}


@pytest.fixture(scope="module")
def rows():
    with resources.as_file(PATH) as path:
        return read(path)


def test_it_is_as_large_as_it_is_said_to_be(rows):
    found = recordings(rows)
    assert len(found) >= 10
    for recording in found:
        assert recording.splits >= 6
        assert len(recording.names) >= 8
        assert max(recording.context["rows"] for recording in found) <= 1000
    assert {row["rung"] for row in rows} == RUNGS
    assert len(PATH.read_bytes()) < 500_000


def test_it_is_a_file_that_record_wrote(rows):
    assert PATH.read_text(encoding="utf-8") == to_csv(rows)
    assert len({row["run"] for row in rows}) == len({row["dataset"] for row in rows})


def test_worths_lie_between_0_and_1_and_most_trials_have_them(rows):
    for family in ("fidelity", "utility", "privacy"):
        told = [float(row[family]) for row in rows if row[family]]
        assert min(told) >= 0
        assert max(told) <= 1
        assert len(told) > len(rows) / 2
    assert sum(row["status"] == "ok" for row in rows) > 0.95 * len(rows)


@pytest.mark.parametrize("name", ["table", "seconds"])
def test_it_holds_numbers_names_of_our_own_and_nothing_else(name):
    """A text in any other column would be somebody's."""
    with resources.as_file(PATH.parent / f"{name}.csv") as path:
        rows = read(path)
    of = arms({"table": "arms.yaml", "seconds": "timed.yaml"}[name])
    texts = {
        "task": {"classification"},
        "status": {"ok", "failed", "timeout"},
        "rung": RUNGS,
    }
    script = (ROOT / "benchmarks" / "record.py").read_text(encoding="utf-8")
    for row in rows:
        assert all(row[name] in accepted for name, accepted in texts.items())
        assert f'"{row["dataset"]}": ' in script
        assert row["arm"].partition("@")[0] in of
        for name in set(COLUMNS) - set(texts) - NAMES:
            assert not row[name] or math.isfinite(float(row[name])), name


NAMES = {"run", "dataset", "arm", "plugin", "kind", "synthcraft", "python", "machine"}


def test_the_docs_tell_of_each_table(rows):
    page = (ROOT / "docs" / "recorded.md").read_text(encoding="utf-8")
    for name in {row["dataset"] for row in rows}:
        assert f"| `{name}` |" in page
