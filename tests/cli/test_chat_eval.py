"""``chat-eval``: what it accepts, what it prints, and who it talks to."""

import json

import pytest

from synthcraft.cli import chat_eval
from synthcraft.cli.chat_eval import MOST_UNANSWERED
from tests.chat.server import ChatServer, error, proposes, says

ONE = "clear_tumours"
WHOLE = {
    "dataset": {"target": "diagnosis", "task": "classification", "positive": "malignant"},
    "objective": {"use": "development of prediction models"},
    "generators": {"arf": {"plugin": "arf"}, "tvae": {"plugin": "tvae"}},
    "design": {"splits": 1},
}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--only", "clean"], "no conversation or category 'clean'. Did you mean 'clear'?"),
        (["--only", "dp", "--show", ONE], f"--show: no conversation '{ONE}'"),
        (["--suite", "nowhere"], "--suite: there is no directory 'nowhere'"),
        (["--suite", "."], "--suite: no conversation was chosen"),
        (["--repeats", "0"], "got '0', give a whole number of at least 1"),
        (["--offline", "--silent"], "not allowed with argument"),
    ],
)
def test_wrong_use_is_told_before_anything_is_held(call, words, told):
    answer = (
        call("chat-eval", "--offline", *words)
        if "--offline" not in words
        else call("chat-eval", *words)
    )
    assert answer.code == 2
    assert told in " ".join(answer.err.split())


def test_a_suite_of_ones_own(call, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "clear_mine.yaml").write_text(
        "category: clear\nwho: me\ndata: {dataset: breast_cancer}\nturns: [Hello.]\n"
        "gold: {dataset.target: mean area, outputs.samples: {absent: true}}\n"
    )
    answer = call("chat-eval", "--silent", "--suite", "own", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert [c["conversation"] for c in told["conversations"]] == ["clear_mine"]
    assert told["conversations"][0]["held"] == {"dataset.target": False, "outputs.samples": True}
    assert told["categories"][-1]["right"]["mean"] == 0.5


def test_a_file_of_ones_own_that_is_wrong_is_told(call, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.yaml").write_text("category: clear\nturns: []\n")
    answer = call("chat-eval", "--silent", "--suite", "own")
    assert answer.code == 2
    assert "mine.yaml.turns" in answer.err


def test_the_floor_in_a_table(call):
    answer = call("chat-eval", "--silent", "--only", ONE)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].split()[:2] == ["n", "first"]
    # 7 of 10 settings hold by default; Wilson's interval of 0.7 in one
    assert lines[3].split()[:6] == ["all", "1", "0", "(0–79)", "0", "(0–79)"]
    assert "70 (10–98)" in lines[3]
    assert f"{ONE}:" in answer.out
    assert max(map(len, lines)) <= 100


def test_a_conversation_word_by_word(call):
    answer = call("chat-eval", "--silent", "--show", ONE)
    assert answer.code == 0
    assert "> Use the breast_cancer table. Predict diagnosis" in answer.out
    assert "wrong  objective.use" in answer.out
    assert "cannot be saved:" in answer.out


# With a model --------------------------------------------------------------------------------


def of(server, *words):
    return ("chat-eval", "--base-url", server.url, "--model", "m", "--only", ONE, *words)


def test_a_model_that_proposes_all_is_perfect(call):
    with ChatServer([proposes("Noted.", changes=WHOLE), *[says("Thank you.")] * 20]) as server:
        answer = call(*of(server, "--json"))
    assert answer.code == 0
    told = json.loads(answer.out)
    (score,) = told["conversations"]
    assert [path for path, right in score["held"].items() if not right] == []
    assert (score["valid"], score["first"], score["failure"]) == (True, True, "")
    assert score["tokens"] > 0
    assert score["tokens"] == score["usage"]["input"] + score["usage"]["output"]
    assert told["categories"][-1]["first"]["mean"] == 1


def test_a_model_that_must_repair_is_not_right_at_first_try(call):
    wrong = {**WHOLE, "generators": {"arf": {"plugin": "arff"}}}
    script = [proposes("Noted.", changes=wrong), proposes("Noted.", changes=WHOLE)]
    with ChatServer([*script, *[says("Thank you.")] * 20]) as server:
        answer = call(*of(server, "--json"))
    (score,) = json.loads(answer.out)["conversations"]
    assert (score["valid"], score["first"]) == (True, False)
    assert score["usage"]["repairs"] >= 1


def test_repeats_are_one_conversation(call):
    script = [proposes("Noted.", changes=WHOLE), says("Thank you.")]
    with ChatServer(script * 30) as server:
        answer = call(*of(server, "--json", "--repeats", "2"))
    told = json.loads(answer.out)
    assert len(told["conversations"]) == 2
    assert told["categories"][-1]["n"] == 1


def test_where_nobody_answers_it_ends_at_once(call):
    with ChatServer([error(401)] * 50) as server:
        answer = call(*of(server))
        heard = len(server.requests)
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert heard < 5


def test_a_model_that_fails_in_the_middle_is_counted(call):
    script = [proposes("Noted.", changes=WHOLE), *[error(400, "out of order")] * 50]
    with ChatServer(script) as server:
        answer = call(*of(server, "--json"))
    assert answer.code == 0
    (score,) = json.loads(answer.out)["conversations"]
    assert score["failure"]
    assert not score["valid"]
    assert score["right"] > 0.9


def test_a_server_that_dies_loses_nothing_of_what_was_held(call):
    alive = [proposes("Noted.", changes=WHOLE), *[says("Thank you.")] * 4]
    with ChatServer([*alive, *[error(400, "gone")] * 99]) as server:
        answer = call(
            "chat-eval", "--base-url", server.url, "--model", "m", "--only", "clear", "--json"
        )
    assert answer.code == 1
    assert "Stopped after" in answer.err
    held = json.loads(answer.out)["conversations"]
    assert 1 <= len(held) < 6
    assert [one["failure"] != "" for one in held[-MOST_UNANSWERED:]] == [True] * MOST_UNANSWERED


def test_an_interruption_shows_what_was_held(capsys):
    def plays():
        yield "one"
        raise KeyboardInterrupt

    assert chat_eval._as_far_as_it_goes(plays()) == (["one"], 130)
    assert "Interrupted." in capsys.readouterr().err


def test_without_a_key_it_says_so(call, monkeypatch):
    for name in (
        "OPENAI_API_KEY",
        "SYNTHCRAFT_API_KEY",
        "OPENAI_BASE_URL",
        "AZURE_OPENAI_ENDPOINT",
    ):
        monkeypatch.delenv(name, raising=False)
    answer = call("chat-eval", "--only", ONE)
    assert answer.code == 1
    assert "No key is set" in answer.err
    assert "--offline" in answer.err


def test_figures_are_written_as_they_are_read():
    from synthcraft.chat.written.score import Figure

    assert chat_eval._share(Figure(0.5, 0.204, 0.797, 6)) == "50 (20–80)"
    assert chat_eval._amount(Figure(2.5, None, None, 3)) == "2.5"
    assert chat_eval._amount(Figure(12345.6, 11000.0, 14000.2, 9)) == "12,346 (11,000–14,000)"
