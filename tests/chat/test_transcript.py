import subprocess
import sys
import textwrap

import pytest

from synthcraft.chat.talk import Data
from synthcraft.chat.transcript import (
    ENDING,
    KINDS,
    Agreed,
    Answered,
    Asked,
    Completed,
    Confirmed,
    Declined,
    Failed,
    Found,
    Said,
    Saved,
    Sent,
    Started,
    Transcript,
    Undone,
    event_of,
    events_of,
    free,
    written,
)
from synthcraft.errors import Problem, RunError
from synthcraft.journal import Entry
from tests.chat.fakes import ARF, OUTCOME, PROFILE, TARGET

EVENTS = (
    Started("0.1", "a.yaml", (TARGET,)),
    Said("use ε.csv\nplease", "use DATA\nplease"),
    Found(Data("csv", {"path": "ε.csv"}, PROFILE)),
    Agreed("ab", "About 200 rows"),
    Declined("cd"),
    Sent("ef", 120, "http://localhost/v1", "llama"),
    Answered(
        "Good.", (TARGET, ARF), (Problem("a", "b", "c"),), (), ("purpose",), "m", {"input": 3}
    ),
    Asked(OUTCOME),
    Failed("nobody answers"),
    Confirmed(OUTCOME),
    Undone(),
    Completed((ARF,)),
    Saved("x.yaml", "ff"),
)


def write(path, events=EVENTS):
    with Transcript(path) as transcript:
        for event in events:
            transcript.append(event)


def test_every_kind_of_event_comes_back(tmp_path):
    path = tmp_path / f"a{ENDING}"
    write(path)
    assert {type(event) for event in EVENTS} == set(KINDS.values())
    assert events_of(path) == EVENTS


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_plain_data(event):
    kind, payload = written(event)
    assert event_of(Entry(0, kind, payload)) == event


def test_it_goes_on_where_it_was(tmp_path):
    path = tmp_path / f"a{ENDING}"
    write(path, EVENTS[:2])
    with Transcript(path) as transcript:
        assert transcript.events == EVENTS[:2]
        before = transcript.head
        transcript.append(EVENTS[2])
        assert transcript.head != before
    assert events_of(path) == EVENTS[:3]


def test_a_torn_line_is_left_out_and_an_edited_one_refused(tmp_path):
    path = tmp_path / f"a{ENDING}"
    write(path)
    raw = path.read_bytes()
    path.write_bytes(raw[:-5])
    assert events_of(path) == EVENTS[:-1]
    path.write_bytes(raw.replace(b"Good.", b"Bad.."))
    with pytest.raises(RunError, match="damaged"):
        events_of(path)


def test_what_is_no_conversation_is_refused_without_its_words(tmp_path):
    path = tmp_path / f"a{ENDING}"
    write(path, [Started("0"), Said("canary", "canary")])
    raw = path.read_text().replace('"heard"', '"Heard"')
    path.write_text(raw)
    with pytest.raises(RunError, match="another version") as refused:
        events_of(path)
    assert "canary" not in str(refused.value)
    with pytest.raises(RunError, match="no transcript here"):
        events_of(tmp_path / "b.jsonl")
    other = tmp_path / f"c{ENDING}"
    write(other, [Undone(), EVENTS[1]])
    with pytest.raises(RunError, match="start of a conversation"):
        events_of(other)


def test_another_file_is_no_transcript_and_is_left_as_it_is(tmp_path):
    for content in (b"", b'{"name": "one line of somebody\'s"}'):
        path = tmp_path / "other.json"
        path.write_bytes(content)
        with pytest.raises(RunError, match="holds no conversation"):
            events_of(path)
        assert path.read_bytes() == content


def test_two_processes_cannot_hold_one_conversation(tmp_path):
    path = tmp_path / f"a{ENDING}"
    code = f"""
        from pathlib import Path
        from synthcraft.chat.transcript import Transcript
        from synthcraft.errors import RunError
        try:
            Transcript(Path({str(path)!r})).__enter__()
        except RunError as exc:
            print(exc)
    """
    with Transcript(path):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
        )
    assert "another process is writing here" in done.stdout


def test_it_moves_beside_the_spec(tmp_path):
    old, new = tmp_path / f"conversation-1{ENDING}", tmp_path / "specs" / f"mi{ENDING}"
    with Transcript(old) as transcript:
        transcript.append(EVENTS[0])
        transcript.move(new)
        transcript.append(EVENTS[1])
        assert transcript.path == new
    assert not old.exists()
    assert events_of(new) == EVENTS[:2]


def test_where_nothing_was_said_nothing_is_left(tmp_path):
    write(tmp_path / f"a{ENDING}", EVENTS[:1])
    assert list(tmp_path.iterdir()) == []


def test_an_old_transcript_is_kept(tmp_path):
    spec = tmp_path / "mi.yaml"
    assert free(spec).name == "mi.chat.jsonl"
    write(free(spec))
    assert free(spec).name == "mi-2.chat.jsonl"
