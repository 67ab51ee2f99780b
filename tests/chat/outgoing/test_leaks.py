"""Planted canaries: whole conversations with a server, of which no byte may hold one of them.

The table is read, profiled, checked and proposed about; files, holdout files, labels, names and
every kind of error message hold canaries, too.
"""

import base64
import contextlib
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from synthcraft.cli import chat
from synthcraft.errors import SynthCraftError
from tests.chat.server import ChatServer, Script, calls, says

ROWS = 80
CANARIES = (
    "Kanarienvogel",  # a rare level
    "Käärme-Šifra",  # one that JSON escapes
    "58231",  # an identifier
    "9173.625",  # a measurement
    "1987-11-23",  # a day
    "sang about zebras",  # of a note
    "0471188",  # a number in a column's name
    "Zitronengelb",  # a person in a column's name
    "geheim_77",  # a folder
    "papagei_4711",  # a file
    "Nymphensittich",  # in a holdout file
    "Wellensittich",  # in a label
)


def table() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    town = ["Oxford"] * 40 + ["Leeds"] * (ROWS - 43) + ["Kanarienvogel", "Käärme-Šifra", "York"]
    frame = pd.DataFrame(
        {
            "patient_id": [f"KAN-{58_231 + 13 * at}" for at in range(ROWS)],
            "age": rng.integers(20, 81, ROWS),
            "town": town,
            "sex": ["female", "male"] * (ROWS // 2),
            "died": (["no"] * 3 + ["yes"]) * (ROWS // 4),
            "marker": np.round(rng.normal(50, 5, ROWS), 1),
            "seen": [f"2001-02-{1 + at % 27:02d}" for at in range(ROWS)],
            "note": [f"row {at} has nothing special to say" for at in range(ROWS)],
            "Frau Zitronengelb": rng.integers(0, 5, ROWS),
            "tel 0471188": rng.integers(0, 5, ROWS),
        }
    )
    frame.loc[5, ["marker", "seen"]] = [9173.625, "1987-11-23"]
    frame.loc[6, "note"] = "the canary sang about zebras and their stripes"
    return frame


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name is nobody's business, with a table in it."""
    place = tmp_path / "geheim_77"
    place.mkdir()
    monkeypatch.chdir(tmp_path)
    table().to_csv(place / "papagei_4711.csv", index=False)
    return place


def talk(script: Script, said: list[str], *options: str, **server: Any) -> ChatServer:
    """The server after a whole conversation by the command line."""
    with ChatServer(script, **server) as heard:
        Path("said.yaml").write_text(json.dumps(said), encoding="utf-8")
        line = ["--base-url", heard.url, "--model", "tiny", "--yes", "--script", "said.yaml"]
        # What is not complete cannot be saved; the conversation was held all the same.
        with contextlib.suppress(SynthCraftError):
            chat.main([*line, *(options or ("-o", "out/study.yaml"))])
    return heard


def told(value: Any) -> Iterator[str]:
    """Every text of a request's JSON, opened as often as it is wrapped."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from told(key)
            yield from told(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from told(inner)
    else:
        yield str(value)
        if isinstance(value, str) and value.lstrip()[:1] in "{[" and value.strip():
            with contextlib.suppress(ValueError):
                yield from told(json.loads(value))


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in marked if unicodedata.category(c) not in ("Mn", "Cf"))


def leaks(server: ChatServer) -> set[str]:
    """The canaries that reached the server in any form."""
    found = set()
    for request in server.requests:
        texts = [request.raw.decode("utf-8", "replace"), unquote_plus(request.path)]
        texts += [f"{name}: {value}" for name, value in request.headers.items()]
        texts += told(json.loads(request.body)) if request.body else []
        everything = _plain("\n".join(texts))
        for canary in CANARIES:
            plain = canary.encode()
            forms = {
                _plain(canary),
                _plain(canary.replace(".", ",")),
                json.dumps(canary)[1:-1].lower(),
                quote(canary).lower(),
                plain.hex(),
                base64.b64encode(plain).decode().rstrip("=")[:-1].lower(),
            }
            found |= {canary for form in forms if form in everything}
    return found


USE = "My data are in geheim_77/papagei_4711.csv, please use them."
GOAL = "I want to predict died, a classification; sex is sensitive."


def test_the_leak_test_itself_sees_every_canary() -> None:
    with ChatServer([says("x")] * len(CANARIES)) as server:
        import urllib.request

        for canary in CANARIES:
            body = json.dumps({"messages": [json.dumps({"said": canary.upper()})]}).encode()
            urllib.request.urlopen(f"{server.url}/chat/completions", data=body).read()
    assert leaks(server) == set(CANARIES)


def test_a_whole_conversation_tells_no_canary(folder: Path) -> None:
    script = [
        calls({"dataset": {"target": "died"}}, text="What is sensitive?"),
        says("Noted."),
        calls({"dataset": {"target": "died", "task": "classification", "sensitive": ["sex"]}}),
        says("Good. Which generators?"),
        calls({"generators": ["arf", "ctgan"]}),
        says("Done."),
        *[says("Fine.")] * 4,
    ]
    server = talk(script, [USE, GOAL, "arf and ctgan", "yes"])
    assert len(server.posts) >= 4
    assert leaks(server) == set()
    seen = server.seen.decode()
    assert "DATA" in seen and "Oxford" in seen and "female" in seen  # what many share is told
    assert "col09" in seen and "col10" in seen  # names that are nobody's business are masked


WRONG: dict[str, dict[str, Any]] = {
    "levels that leave some out": {"columns": {"town": {"levels": ["Oxford", "Leeds"]}}},
    "text as numbers": {"columns": {"town": {"type": "numeric"}}},
    "notes as numbers": {"columns": {"note": {"type": "numeric"}}},
    "a range that leaves some out": {"columns": {"marker": {"low": 0, "high": 100}}},
    "a low bound": {"columns": {"marker": {"low": 9000}}},
    "decimals": {"columns": {"marker": {"decimals": 0}}},
    "identifiers kept": {"keep": ["patient_id", "died", "age"]},
    "notes as outcome": {"target": "note"},
    "a rare class": {"target": "town", "task": "classification"},
    "a positive level": {"target": "town", "positive": "Paris"},
    "text as time": {"target": "died", "task": "survival", "time": "note"},
    "dates as time": {"target": "died", "task": "survival", "time": "seen"},
    "text as weights": {"weight": "town"},
    "numbers as weights": {"weight": "seen"},
    "an id with few values": {"id": "sex"},
    "an unknown column": {"target": "dyed", "sensitive": ["towns", "notes", "seeen"]},
    "a rule that breaks": {"rules": {"r1": "age > "}},
    "a rule about text": {"rules": {"r1": "town > 3"}},
    "a rule that rows break": {"rules": {"r1": "marker < 100", "r2": "age >= 50"}},
    "a rule on a note": {"rules": {"r1": "note == 3"}},
    "missing": {"missing": "drop", "max_levels": 2},
    "a masked column": {"target": "col09", "columns": {"col10": {"levels": ["0", "1"]}}},
    "na values": {"params": {"na_values": ["Leeds"]}},
    "another separator": {"params": {"sep": ";"}},
    "nonsense": {"columns": {"town": {"type": "colour", "levels": 3}}, "task": 7},
}


@pytest.mark.parametrize("case", WRONG)
def test_no_problem_that_a_model_can_provoke_tells_a_canary(folder: Path, case: str) -> None:
    """What checks and loaders say about a proposal goes back to the model."""
    wrong = {"dataset": {"target": "died", **WRONG[case]}}
    script = [says("What is predicted?"), calls(wrong), calls(wrong), *[says("I see.")] * 4]
    server = talk(script, [USE, "go on", "and now?"])
    assert leaks(server) == set()
    # Nothing had to be blocked, either: what the program itself says is written to hold no values.
    assert any("and now?" in str(post.messages[-1]["content"]) for post in server.posts)


@pytest.mark.parametrize("mode", ["tools", "json", "plain"])
def test_no_fall_back_tells_a_canary(folder: Path, mode: str) -> None:
    refuses = {"tools": [], "json": ["tools"], "plain": ["tools", "response_format"]}[mode]
    wrong = {"dataset": {"target": "town", "columns": {"town": {"levels": ["Oxford"]}}}}
    answer = json.dumps({"text": "So be it.", "changes": wrong})
    script = [says(f"```json\n{answer}\n```"), says(answer), *[says("I see.")] * 5]
    server = talk(script, [USE, GOAL], refuses=refuses)
    assert server.posts and leaks(server) == set()


@pytest.mark.parametrize(
    "said",
    [
        "How many live in Kanarienvogel?",
        "How many live in KAARME sifra?",
        "What about KAN-58231?",
        "one had a marker of 9,173.625",
        "one was seen on 23.11.1987",
        "the note says she sang about zebras and their stripes",
        "there is more in the folder geheim_77",
        "the file is called papagei_4711.csv",
        "58,Leeds,male,yes",
    ],
)
def test_what_the_researcher_types_of_a_row_is_not_sent(folder: Path, said: str) -> None:
    frame = table()
    if said.startswith("58,"):
        said = ",".join(str(v) for v in frame.iloc[50, 1:6])
    server = talk([says("Hello.")] * 6, [USE, said, "and what is epsilon?"])
    assert leaks(server) == set()
    assert said not in [post.messages[-1]["content"] for post in server.posts]
    # A script ends there; whoever goes on says something else, and what was blocked stays here.
    later = talk([says("A bound.")] * 3, ["what is epsilon?"], "--resume", "out/study.chat.jsonl")
    assert any("epsilon" in post.messages[-1]["content"] for post in later.posts)
    assert leaks(later) == set()


def test_a_value_that_was_typed_before_the_table_was_known_is_not_sent_again(folder: Path) -> None:
    script = [says("Which table?"), *[says("Thanks.")] * 4]
    server = talk(script, ["Hello from Kanarienvogel.", USE, GOAL])
    first, *later = server.posts
    assert "Kanarienvogel" in first.body.decode()  # no table yet: a word as any other
    assert len(later) >= 2
    assert not any(b"Kanarienvogel" in post.body for post in later)


def test_a_server_that_returns_what_it_guessed_is_not_told_that_it_was_right(folder: Path) -> None:
    """A model that names a rare level gets its own words back nowhere."""
    guess = {"dataset": {"target": "town", "positive": "Kanarienvogel"}}
    script = [calls(guess, text="Kanarienvogel?"), *[says("Well.")] * 4]
    server = talk(script, [USE, GOAL])
    assert leaks(server) == set()


def test_a_holdout_file_is_guarded_and_not_named(folder: Path) -> None:
    frame = table()
    frame.loc[0, "town"] = "Nymphensittich"
    frame.iloc[:40].to_csv(folder / "papagei_4711_b.csv", index=False)
    table().to_csv(folder / "papagei_4711.csv", index=False)
    said = "Use geheim_77/papagei_4711.csv, and as holdout geheim_77/papagei_4711_b.csv"
    script = [calls({"dataset": {"target": "died"}}), *[says("Fine.")] * 6]
    server = talk(script, [said, "who is in Nymphensittich?", GOAL])
    assert server.posts and leaks(server) == set()


def test_labels_of_a_transport_file_tell_no_canary(folder: Path) -> None:
    frame = table()[["age", "sex", "died", "town", "marker"]]
    frame.loc[0, "town"] = "Wellensittich"
    labels = ["Age in years", "Sex of Wellensittich", "Died (ask Wellensittich)", "Town", "Marker"]
    place = folder / "papagei_4711.xpt"
    pyreadstat.write_xport(frame, str(place), column_labels=labels, file_format_version=8)
    script = [calls({"dataset": {"target": "died"}}), *[says("Fine.")] * 4]
    server = talk(script, ["use geheim_77/papagei_4711.xpt", GOAL])
    seen = server.seen.decode()
    assert leaks(server) == set()
    assert "Age in years" in seen


BROKEN: dict[str, bytes] = {
    "empty.csv": b"",
    "Kanarienvogel.csv": b"Kanarienvogel\n",
    "twice.csv": b"Kanarienvogel,Kanarienvogel\n1,2\n",
    "binary.csv": b"\x00\xff\xfeKanarienvogel\x00",
    "latin.csv": "a,b\nKäärme-Šifra,1\n".encode("latin-1", "replace") + b"\xe4",
    "ragged.csv": b"a,b\n1,2,Kanarienvogel\n1\n",
    "semicolon.csv": b"Kanarienvogel;Kanarienvogel\n1;2\n",
    "page.xpt": b"<html>Kanarienvogel</html>",
    "torn.parquet": b"PAR1Kanarienvogel",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_tells_nothing(folder: Path, name: str) -> None:
    (folder / name).write_bytes(BROKEN[name])
    server = talk([says("Hello.")] * 5, [f"use geheim_77/{name}", "what is wrong?", GOAL])
    assert server.posts and leaks(server) == set()


def test_a_file_that_is_not_there_is_not_named(folder: Path) -> None:
    server = talk([says("Hello.")] * 4, ["use geheim_77/papagei_4711_c.csv please", "why?"])
    assert server.posts and leaks(server) == set()


def test_with_masked_names_no_column_is_told(folder: Path) -> None:
    frame = table().rename(columns={"marker": "Wellensittich", "died": "dead_by_then"})
    frame.to_csv(folder / "papagei_4711.csv", index=False)
    script = [calls({"dataset": {"target": "col05"}}), *[says("So col05 it is.")] * 5]
    said = [USE, "predict dead_by_then from wellensittich and town", "Dead_by_then, I said"]
    server = talk(script, said, "--mask-names", "-o", "out/study.yaml")
    assert server.posts and leaks(server) == set()
    seen = server.seen.decode().lower()
    for name in ("dead_by_then", "patient_id", "marker"):
        assert name not in seen
    assert "col05" in seen


@pytest.mark.parametrize(
    "name",
    [
        "How often did Frau Zitronengelb, or any other of your family: 'never', 'once', more often "
        "than once, in the last twelve months before this visit",  # YAML wraps and quotes it
        "Frau\tZitronengelb",  # YAML, and problems that quote it, escape it
        "Frau  Zitronengelb",  # problems are told in one line
    ],
)
def test_a_masked_name_is_masked_however_it_is_written(folder: Path, name: str) -> None:
    frame = table().drop(columns="Frau Zitronengelb").rename(columns={"died": name})
    frame.to_csv(folder / "papagei_4711.csv", index=False)
    right = {"dataset": {"target": "col5", "columns": {"col5": {"type": "categorical"}}}}
    wrong = {"dataset": {"time": "col5", "sensitive": ["col5", "col55"]}}
    script = [calls(right, text="So."), calls(wrong), *[says("Well.")] * 6]
    server = talk(script, [USE, "go on", "and what is epsilon?"])
    assert server.posts[-1].messages[-1]["content"] == "and what is epsilon?"  # nothing is blocked
    assert "target: col5" in server.seen.decode()
    assert leaks(server) == set()


def unagreed(said: list[str]) -> ChatServer:
    """The server after a conversation without ``--yes``: agreement is asked for."""
    with ChatServer([says("Hello.")] * 6) as server:
        Path("said.yaml").write_text(json.dumps(said), encoding="utf-8")
        line = ["--base-url", server.url, "--model", "tiny", "--script", "said.yaml"]
        with contextlib.suppress(SynthCraftError):
            chat.main([*line, "-o", "out/study.yaml"])
    return server


def test_without_agreement_nothing_of_the_table_is_sent(folder: Path) -> None:
    server = unagreed([USE, "no", GOAL])
    assert leaks(server) == set()
    assert b"Oxford" not in server.seen and b"about 80 rows" not in server.seen.lower()


def test_once_a_table_is_left_what_was_said_of_it_stays_here(folder: Path) -> None:
    """The rules speak of a declined table, and its names are masked no more when it is undone."""
    said = ["Hello.", USE, "no", GOAL, "/undo", "/undo", "/undo", "What is epsilon?"]
    server = unagreed(said)
    assert [post.messages[-1]["content"] for post in server.posts] == ["Hello.", said[-1]]
    assert b"want to predict" not in server.posts[-1].body
    masked = talk([says("col05?")] * 6, [USE, GOAL, *said[4:]], "--mask-names", "-o", "out/m.yaml")
    assert masked.posts[-1].messages[-1]["content"] == said[-1]
    assert b"want to predict" not in masked.posts[-1].body
    assert b"the outcome is 'died'" not in masked.seen


def test_a_table_that_was_left_is_guarded_all_the_same(folder: Path) -> None:
    pd.DataFrame({"bmi": range(20, 60), "mi": ["no", "yes"] * 20}).to_csv("other.csv", index=False)
    row = "How many live in Kanarienvogel?"
    for left in (["/undo"], ["/data other.csv", "yes"]):
        server = unagreed(["Hello.", USE, "no", *left, row])
        assert server.posts and leaks(server) == set()
