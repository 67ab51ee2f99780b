import errno
import json
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthcraft.errors import RunError
from synthcraft.journal import FILE, Journal, read


def write(directory: Path, number: int) -> bytes:
    with Journal(directory) as journal:
        for index in range(number):
            journal.append("record", {"index": index, "text": "ε\u2028\nline"})
    return (directory / FILE).read_bytes()


def test_entries_come_back(tmp_path):
    write(tmp_path, 3)
    assert [e.payload["index"] for e in read(tmp_path / FILE)] == [0, 1, 2]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=600))
def test_a_torn_file_keeps_its_whole_lines_and_goes_on(tmp_path_factory, cut):
    directory = tmp_path_factory.mktemp("journal")
    raw = write(directory, 4)
    torn = raw[: min(cut, len(raw))]
    (directory / FILE).write_bytes(torn)
    whole = torn.count(b"\n")
    assert len(read(directory / FILE)) == whole
    with Journal(directory) as journal:
        assert len(journal.entries) == whole
        journal.append("record", {"index": 99})
    entries = read(directory / FILE)
    assert (len(entries), entries[-1].payload["index"]) == (whole + 1, 99)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_an_edited_line_is_noticed(tmp_path, line):
    raw = write(tmp_path, 4)
    lines = raw.splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"index":', b'"Index":')
    (tmp_path / FILE).write_bytes(b"".join(lines))
    with pytest.raises(RunError, match="damaged"):
        read(tmp_path / FILE)


def test_a_removed_line_is_noticed(tmp_path):
    lines = write(tmp_path, 4).splitlines(keepends=True)
    (tmp_path / FILE).write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(RunError, match="does not continue"):
        read(tmp_path / FILE)


@pytest.mark.parametrize(
    "other", [b"a note of somebody's", b'{"v":1,"seq":0,"prev":"x', b"PAR1\0\0"]
)
@pytest.mark.parametrize("whole", [0, 2])
def test_what_no_journal_wrote_is_never_cut_off(tmp_path, other, whole):
    held = write(tmp_path, whole) + other
    (tmp_path / FILE).write_bytes(held)
    with pytest.raises(RunError, match="not an entry"), Journal(tmp_path):
        pass
    assert (tmp_path / FILE).read_bytes() == held


def test_a_missing_journal_is_a_clear_error(tmp_path):
    with pytest.raises(RunError, match="run directory"):
        read(tmp_path / FILE)


def test_nan_is_refused_rather_than_written(tmp_path):
    with Journal(tmp_path) as journal, pytest.raises(ValueError, match="JSON"):
        journal.append("record", {"value": float("nan")})
    assert read(tmp_path / FILE) == ()


def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_later(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write(tmp_path, 2)
    with monkeypatch.context() as patched, Journal(tmp_path) as journal:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(RunError, match="No space left on device"):
            journal.append("record", {"index": 2})
    with Journal(tmp_path) as journal:
        journal.append("record", {"index": 3})
    assert read(tmp_path / FILE)[-1].payload["index"] == 3


def test_a_journal_that_may_not_be_opened_is_a_clear_error(tmp_path):
    (tmp_path / FILE).mkdir()
    for _ in range(2):  # the lock is given back
        with pytest.raises(RunError, match="cannot be written"), Journal(tmp_path):
            pass


def test_a_lock_file_left_behind_locks_nothing(tmp_path):
    (tmp_path / ".lock").write_text("")
    assert write(tmp_path, 1)


def _try(directory, answers):
    try:
        with Journal(directory):
            answers.put("opened")
    except RunError:
        answers.put("refused")


def test_two_processes_cannot_write_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with Journal(tmp_path):
        other = context.Process(target=_try, args=(tmp_path, answers))
        other.start()
        assert answers.get(timeout=30) == "refused"
        other.join()


def test_lines_are_plain_json(tmp_path):
    raw = write(tmp_path, 2)
    assert all(json.loads(line)["kind"] == "record" for line in raw.splitlines())


def test_a_lock_that_the_system_refuses_is_told_as_that(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    with pytest.raises(RunError, match="Permission denied"), Journal(tmp_path):
        pass
