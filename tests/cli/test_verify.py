"""``verify`` on the command line: exit codes, and what is said."""

import json
import shutil
from pathlib import Path

import pytest

from synthcraft.report import build
from tests.report.conftest import fabricate


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    run = fabricate(tmp_path_factory.mktemp("runs") / "run", names=("group", "x", "y"), rows=200)
    return build([run]).parent


@pytest.fixture
def copy(report, tmp_path) -> Path:
    return Path(shutil.copytree(report, tmp_path / "copy"))


def root_told(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("root: "))[6:]


def test_report_and_verify_tell_the_same_root(call, report):
    built = call("report", str(report.parent))
    assert built.out.splitlines()[-1].startswith("report: ")
    answer = call("verify", str(report))
    assert answer.code == 0
    assert root_told(answer.out) == root_told(built.out)
    assert answer.out.splitlines()[-1] == "verified"
    root = root_told(built.out)
    assert call("verify", str(report), "--hashes", "--root", root).code == 0
    assert call("verify", str(report), "--hashes", "--root", "0" * 64).code == 3


def test_a_difference_is_code_3_and_names_file_and_place(call, copy):
    text = (copy / "results.csv").read_text()
    (copy / "results.csv").write_text(text.replace("0.7,", "0.8,", 1))
    answer = call("verify", str(copy))
    assert answer.code == 3
    assert "results.csv: has another hash than the manifest says; made again" in answer.out
    assert "column value: “0.8” here, “0.7” made again" in answer.out
    plain = json.loads(call("verify", str(copy), "--hashes", "--json").out)
    assert plain[0]["verified"] is False
    assert list(plain[0]["differences"]) == ["results.csv"]


def test_bad_input_is_code_2_and_keeps_no_other_from_being_verified(call, report, tmp_path):
    (tmp_path / "empty").mkdir()
    for words in (
        ("nowhere",),
        ("empty",),
        (str(report), "--root", "12"),
        (str(report), "--seed=x"),
    ):
        try:
            answer = call("verify", *words)
            assert answer.code == 2
            assert "Traceback" not in answer.err
        except SystemExit as exc:  # argparse
            assert exc.code == 2
    answer = call("verify", "empty", str(report), "--hashes")
    assert answer.code == 2
    assert "no manifest here" in answer.err
    assert "verified" in answer.out
    assert call("verify", str(report), str(report), "--root", "0" * 64).code == 2


def test_a_paper_pack_is_told_from_a_report(call, tmp_path):
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "SHA256SUMS").write_text("")
    answer = call("verify", "paper")
    assert answer.code == 2
    assert "paper pack" in answer.err and "root hash its README.md quotes" in answer.err


def test_nothing_is_written_not_even_where_it_could_not_be(call, copy):
    before = sorted(path.stat().st_mtime_ns for path in copy.rglob("*"))
    copy.chmod(0o555)
    try:
        assert call("verify", str(copy), "--hashes").code == 0
    finally:
        copy.chmod(0o755)
    assert sorted(path.stat().st_mtime_ns for path in copy.rglob("*")) == before


def test_what_steers_a_terminal_is_not_printed(call, copy):
    (copy / "\x1b[2Jx").write_text("")
    answer = call("verify", str(copy), "--hashes")
    assert answer.code == 3
    assert "\x1b" not in answer.out


def test_trials_of_data_that_are_not_at_hand_are_refused_but_files_are_verified(call, report):
    """The fabricated run is on no table at all."""
    answer = call("verify", str(report), "--hashes", "--rerun", "1")
    assert answer.code == 2
    assert "files as listed" in answer.out
    assert "nothing of fabricated-" in answer.out
    assert answer.out.splitlines()[-1].startswith("verified, but for trials")
    plain = json.loads(call("verify", str(report), "--hashes", "--rerun", "1", "--json").out)
    assert plain[0]["reruns"][0]["refused"]
