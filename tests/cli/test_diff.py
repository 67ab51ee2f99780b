"""``diff`` as users call it: what is printed, and the exit codes."""

import json

import pytest

from synthcraft.cli.diff import MOST
from tests.report.conftest import fabricate
from tests.report.test_difference import altered, moved

SMALL = {"names": ("group", "x", "y"), "rows": 300}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fabricate(tmp_path_factory.mktemp("diff") / "run", **SMALL)


def test_the_same_run_exits_0(call, run):
    answer = call("diff", str(run), str(run))
    assert answer.code == 0
    for part in ("settings", "data", "environment", "outcomes"):
        assert f"{part}: the same\n" in answer.out
    assert "0 differ" in answer.out
    assert json.loads(call("diff", str(run), str(run), "--json").out)["same"] is True


def test_any_difference_exits_3_and_stands_in_the_table(call, run, tmp_path):
    altered(run, tmp_path / "other", moved([0.05, 0.01, 0.03]))
    answer = call("diff", str(run), str(tmp_path / "other"))
    assert answer.code == 3
    assert "numbers: " in answer.out
    assert ", 1 differ\n" in answer.out
    row = next(line for line in answer.out.splitlines() if line.startswith("  ctgan"))
    assert "c2st" in row
    assert "+0.03 " in row
    assert "Paired over the splits" in answer.out


def test_json_has_everything_and_text_the_largest(call, run, tmp_path):
    other = fabricate(tmp_path / "other", **SMALL, seed=3, fail=["tvae"])

    def all_moved(kind, payload):
        for measure in payload["measures"] if kind == "record" else ():
            if measure["value"] is not None:
                measure["value"] += 0.01 * payload["trial"]["split"]

    altered(other, tmp_path / "moved", all_moved)
    words = ("diff", str(run), str(tmp_path / "moved"))
    answer, everything, plain = call(*words), call(*words, "--all"), call(*words, "--json")
    assert answer.code == everything.code == plain.code == 3
    told = json.loads(plain.out)
    assert told["numbers"]["paired"] is False
    assert told["numbers"]["unpaired"] in " ".join(answer.out.split())
    assert len(told["numbers"]["differ"]) > MOST
    assert "more: --all or --json" in answer.out
    assert "more: --all or --json" not in everything.out
    assert len(everything.out.splitlines()) > len(answer.out.splitlines()) + 10
    assert {"path": "seed", "first": 0, "second": 3} in told["settings"]


def test_a_half_written_run_says_so(call, run, tmp_path):
    half = fabricate(tmp_path / "half", stop_after=14, **SMALL)
    answer = call("diff", str(run), str(half))
    assert answer.code == 3
    assert "not complete: 14 trials, 13 not run yet" in answer.out


def test_one_split_gives_no_interval(call, tmp_path):
    one = fabricate(tmp_path / "one", **SMALL, design={"splits": 1})
    altered(one, tmp_path / "other", moved([0.05]))
    answer = call("diff", str(one), str(tmp_path / "other"))
    assert "One split gives no interval" in answer.out
    assert "0 of 0" not in answer.out


def test_no_run_exits_2(call, run, tmp_path):
    for wrong in ("nowhere", str(tmp_path)):
        answer = call("diff", str(run), wrong)
        assert answer.code == 2
        assert wrong in answer.err
        assert "Traceback" not in answer.err
    assert call("diff", str(run)).code == 2


def test_names_that_steer_a_terminal_are_printed_as_text(call, run, tmp_path):
    def renamed(kind, payload):
        if kind == "header":
            payload["table"]["columns"]["x\x1b[2J"] = payload["table"]["columns"].pop("x")

    altered(run, tmp_path / "other", renamed)
    assert "\x1b" not in call("diff", str(run), str(tmp_path / "other")).out
