"""``report --release``: where the pack is, what the policy says, and 4 where it does not pass."""

import pytest

from tests.report.conftest import fabricate

SMALL = {"generators": {"arf": {"plugin": "arf"}}, "rows": 300}
COPIES = {"measure": "exact_match_rate", "by": "mean"}


@pytest.fixture(autouse=True)
def without_figures(monkeypatch):
    monkeypatch.setattr("synthcraft.report.render.undrawable", lambda: "no ink")


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [
        (None, 0, "No rules were set beforehand"),
        (0.9, 0, "are met"),
        (0.0, 4, "are not met"),
    ],
)
def test_the_exit_code_is_that_of_the_policy(call, tmp_path, limit, code, words):
    policy = {"release_policy": {"limits": {"copies": COPIES | {"at_most": limit}}}}
    run = fabricate(tmp_path / "run", **SMALL, **(policy if limit is not None else {}))
    answer = call("report", str(run), "--release")
    assert answer.code == code
    assert f"release: {run / 'report' / 'release' / 'index.html'}" in answer.out
    assert words in answer.out
    assert call("report", str(run)).code == 0  # only who asks for a decision is told by the code


def test_several_runs_have_a_line_each(call, tmp_path):
    runs = [fabricate(tmp_path / str(k), **SMALL, seed=k) for k in (0, 1)]
    answer = call("report", *map(str, runs), "--release", "--to", str(tmp_path / "two"))
    assert answer.code == 0
    assert answer.out.count("release: ") == 2
