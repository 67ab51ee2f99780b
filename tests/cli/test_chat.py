import io
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from synthcraft.chat.transcript import ENDING, Sent, events_of
from synthcraft.cli.chat_desk import COMMANDS, difference
from synthcraft.cli.chat_terminal import Lines, Person
from synthcraft.spec.read import read_file
from tests.chat.server import ChatServer, calls, error, says
from tests.conftest import ROOT

STUDY = (
    "On the simulated data I want to predict outcome, so that others can use the synthetic rows. "
    "A quick look."
)


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    """No key, and nobody at the terminal."""
    for name in (*os.environ,):
        if "API_KEY" in name or name.startswith(("OPENAI", "AZURE", "SYNTHCRAFT")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))


def typed(monkeypatch, *messages):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(messages) + "\n"))


# From words to a spec ----------------------------------------------------------------------------


def test_one_message_makes_a_spec_that_validates(call, tmp_path):
    answer = call("chat", "--offline", "--once", STUDY, "-o", "x.yaml")
    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[-1] == "Run it:  python -m synthcraft run x.yaml"
    plain = read_file(tmp_path / "x.yaml")
    assert plain["dataset"]["plugin"] == "simulated"
    assert plain["dataset"]["target"] == "outcome"
    assert call("validate", "x.yaml").code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"x.yaml", "x.origins.json", "x.chat.jsonl"}


def test_a_target_that_nobody_named_is_not_guessed_in_a_pipeline(call, tmp_path):
    words = ("chat", "--offline", "--once", "Please judge generators", "--data", "simulated")
    answer = call(*words, "-o", "x.yaml")
    assert answer.code == 2
    assert "have to be confirmed" in answer.err
    assert not (tmp_path / "x.yaml").exists()
    assert call(*words, "-o", "y.yaml", "--yes").code == 0


def test_without_a_name_it_is_kept_in_experiments(call, tmp_path):
    assert call("chat", "--offline", "--once", STUDY).code == 0
    names = sorted(path.name for path in (tmp_path / "experiments").iterdir())
    assert [name.partition(".")[2] for name in names] == ["chat.jsonl", "origins.json", "yaml"]
    assert len({name.partition(".")[0] for name in names}) == 1


def test_without_a_key_the_rules_lead(call):
    answer = call("chat", "--once", STUDY, "-o", "x.yaml")
    assert answer.code == 0
    assert "No key is set" in answer.out.splitlines()[0]


@pytest.mark.parametrize("name", ["talk.txt", "talk.yaml"])
def test_a_script_says_message_after_message(call, tmp_path, name):
    messages = ["Use the simulated data", "predict outcome", "yes", "/show", "/save"]
    lines = [f"- {one}" for one in messages] if name.endswith("yaml") else messages
    (tmp_path / name).write_text("\n".join(lines))
    answer = call("chat", "--offline", "--script", name, "-o", "x.yaml")
    assert answer.code == 0, answer.err
    assert "you> predict outcome" in answer.out
    assert answer.out.count("saved: x.yaml") == 1
    assert "It will take about" in answer.out


def test_a_pipe_is_a_script(call, monkeypatch, tmp_path):
    typed(monkeypatch, STUDY, "", "yes")
    assert call("chat", "--offline", "-o", "x.yaml").code == 0
    assert (tmp_path / "x.yaml").exists()


def test_one_of_your_own_files(call, tmp_path):
    call("chat", "--offline", "--once", STUDY, "-o", "x.yaml")
    rows = "\n".join(f"{i % 7 + 20},{'yes' if i % 3 else 'no'},{i % 2}" for i in range(200))
    (tmp_path / "my patients.csv").write_text(f"age,ill,sex\n{rows}\n")
    answer = call(
        *("chat", "--offline", "--once", "Who is ill? Predict ill in my patients.csv", "--yes"),
        *("-o", "y.yaml"),
    )
    assert answer.code == 0, answer.err
    assert read_file(tmp_path / "y.yaml")["dataset"]["params"] == {"path": "my patients.csv"}
    assert call("validate", "y.yaml").code == 0


# Editing and resuming ----------------------------------------------------------------------------


def test_a_spec_is_edited_and_keeps_its_origins(call, tmp_path):
    call("chat", "--offline", "--once", STUDY, "-o", "x.yaml")
    text = (tmp_path / "x.yaml").read_text()
    (tmp_path / "x.yaml").write_text(text.replace("splits: 1", "splits: 2"))
    words = ("chat", "--offline", "--from", "x.yaml", "--once", "Only arf please", "--yes")
    assert call(*words, "-o", "y.yaml").code == 0
    told = {line.split(":")[0]: "" for line in call("explain", "y.yaml").out.splitlines()}
    assert "generators.arf.plugin" in told
    out = call("explain", "y.yaml", "design.splits").out
    assert "design.splits: 2\n    edited by hand" in out
    assert call(*words).code == 2  # the file itself is not replaced without a word
    assert call(*words, "--force").code == 0


def test_a_conversation_goes_on_where_it_was(call, monkeypatch, tmp_path):
    typed(monkeypatch, "Use the simulated data", "predict outcome")
    first = call("chat", "--offline", "-o", "x.yaml")
    assert first.code == 2  # nobody confirmed it
    resume = next(line for line in first.err.splitlines() if "--resume" in line)
    typed(monkeypatch, "yes")
    again = call(*shlex.split(resume)[3:], "--offline")
    assert again.code == 0, again.err
    assert (tmp_path / "x.yaml").exists()
    assert len([e for e in events_of(tmp_path / f"x{ENDING}") if type(e).__name__ == "Saved"]) == 1


def test_a_killed_process_loses_nothing(tmp_path):
    words = [sys.executable, "-m", "synthcraft", "chat", "--offline", "-o", "x.yaml"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=env, text=True
    )
    assert process.stdin is not None
    process.stdin.write("On the simulated data, predict outcome\n")
    process.stdin.flush()
    transcript = tmp_path / f"x{ENDING}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if transcript.exists() and '"kind":"asked"' in transcript.read_text():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = subprocess.run(
        [*words[:4], "--offline", "--resume", str(transcript)],
        input="yes\n", capture_output=True, cwd=tmp_path, env=env, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert read_file(tmp_path / "x.yaml")["dataset"]["target"] == "outcome"


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "x.txt"], "ends in .yaml"),
        (["--from", "none.yaml"], "no such file"),
        (["--resume", "none.chat.jsonl"], "no transcript here"),
        (["--script", "none.txt"], "cannot be read"),
        (["--script", "map.yaml"], "no list of messages"),
        (["--data", "nhans"], "built-in table"),
        (["--data", "none.csv"], "no such file"),
        (["--base-url", "ftp://x"], "http"),
        (["-o", "there.yaml"], "is there already"),
    ],
)
def test_wrong_words_are_told(call, tmp_path, words, told):
    (tmp_path / "map.yaml").write_text("a: 1\n")
    (tmp_path / "there.yaml").write_text("a: 1\n")
    answer = call("chat", *([] if "--base-url" in words else ["--offline"]), *words)
    assert answer.code in (1, 2)
    assert told in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("k", ["0", "x", "-1", "1"])
def test_few_people_are_too_few(call, k):
    assert call("chat", "--offline", "--k", k).code == 2


def test_an_unknown_command_names_the_nearest(call, monkeypatch):
    typed(monkeypatch, "/sav")
    answer = call("chat", "--offline", "-o", "x.yaml")
    assert answer.code == 2
    assert "Did you mean '/save'?" in answer.err


def test_a_path_is_no_command(call, tmp_path):
    folder = tmp_path / "my folder"
    folder.mkdir()
    rows = "\n".join(f"{i % 7 + 20},{'yes' if i % 3 else 'no'}" for i in range(200))
    (folder / "a.csv").write_text(f"age,ill\n{rows}\n")
    answer = call("chat", "--offline", "--once", f"{folder}/a.csv: predict ill", "-o", "x.yaml")
    assert answer.code == 0, answer.err
    assert read_file(tmp_path / "x.yaml")["dataset"]["params"]["path"] == f"{folder}/a.csv"


def test_a_pipe_that_is_no_text_is_told(call, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8"))
    answer = call("chat", "--offline", "-o", "x.yaml")
    assert (answer.code, answer.err) == (2, "stdin: is not text. Send it as UTF-8.\n")


def test_a_fault_of_ours_shows_neither_traceback_nor_cells(call, monkeypatch):
    def load(*_, **__):
        raise ValueError("canary")

    monkeypatch.setattr("synthcraft.cli.chat_means.Tables.load", load)
    answer = call("chat", "--offline", "--once", STUDY)
    assert answer.code == 1
    assert "Something went wrong inside SynthCraft (ValueError at" in answer.err
    assert "canary" not in answer.err + answer.out
    assert "--resume" in answer.err


# With a model ------------------------------------------------------------------------------------

PROPOSAL = calls(
    {"dataset": {"target": "outcome"}, "generators": {"arf": {"plugin": "arf"}}},
    text="I took outcome as the target.",
)


def test_a_model_leads_once_the_researcher_agrees(call, monkeypatch, tmp_path):
    typed(monkeypatch, "predict outcome", "yes", "yes")
    with ChatServer([PROPOSAL, says("Good."), says("Fine.")]) as server:
        answer = call(
            *("chat", "--base-url", server.url, "--model", "m", "-o", "x.yaml"),
            *("--data", "simulated"),
        )
    assert answer.code == 0, answer.err
    assert "every word about your table that would be sent to m" in answer.out
    assert "I took outcome as the target." in answer.out
    events = events_of(tmp_path / f"x{ENDING}")
    assert len([e for e in events if isinstance(e, Sent)]) == len(server.requests) > 0
    told = call("explain", "x.yaml").out
    assert "From a conversation of 2 messages with" in told


def test_without_agreement_nothing_is_sent(call, monkeypatch):
    typed(monkeypatch, "predict outcome", "no", "yes")
    with ChatServer([PROPOSAL]) as server:
        answer = call("chat", "--base-url", server.url, "-o", "x.yaml", "--data", "simulated")
    assert server.requests == []
    assert answer.code == 0, answer.err


def test_yes_agrees_and_confirms_beforehand(call, tmp_path):
    with ChatServer([PROPOSAL, says("Good.")]) as server:
        words = ("--base-url", server.url, "--model", "m", "--data", "simulated", "--yes")
        answer = call("chat", *words, "-o", "x.yaml", "--once", "predict it")
    assert answer.code == 0, answer.err
    assert len(server.requests) > 0


def test_a_server_that_refuses_is_told_and_the_conversation_kept(call, monkeypatch, tmp_path):
    with ChatServer([error(401, "bad key")] * 5) as server:
        words = ("--base-url", server.url, "--model", "m", "--data", "simulated", "--yes")
        answer = call("chat", *words, "-o", "x.yaml", "--once", "predict outcome")
    assert answer.code == 1
    assert "key" in answer.err
    assert "Traceback" not in answer.err
    resumed = ("chat", "--offline", "--resume", str(tmp_path / f"x{ENDING}"))
    typed(monkeypatch, "/retry", "yes")
    assert call(*resumed).code == 0


# At a terminal -----------------------------------------------------------------------------------


def at_terminal(call, monkeypatch, keys, *words):
    """What the command line answers to a person who types these keys."""
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        monkeypatch.setattr("synthcraft.cli.chat._messages", lambda options: None)
        keyboard.send_text(keys)
        return call("chat", *words)


def test_a_person_talks_shows_undoes_and_saves(call, monkeypatch, tmp_path):
    keys = (
        f"{STUDY}\r/nothing\r/help\r/show\r/diff\r/explain epsilon\r/explain dataset.target\r"
        "/undo\r/undo\r/show\r" + f"{STUDY}\ryes\r/save\r/quit\r"
    )
    answer = at_terminal(call, monkeypatch, keys, "--offline", "-o", "x.yaml")
    assert answer.code == 0, answer.err
    assert "is no command" in answer.out
    assert all(command in answer.out for command in COMMANDS)
    assert "+  target: outcome" in answer.out
    assert "-  target: outcome" in answer.out
    assert "Epsilon of one release" in answer.out
    assert "dataset.target = 'outcome' (said by you, message 1" in answer.out
    assert "Nothing is settled yet." in answer.out
    assert "saved: x.yaml" in answer.out
    assert (tmp_path / "x.yaml").exists()


def test_saving_asks_for_the_confirmation_that_is_due(call, monkeypatch, tmp_path):
    keys = f"{STUDY}\r/save\ryes\r\x04"
    answer = at_terminal(call, monkeypatch, keys, "--offline", "-o", "x.yaml")
    assert answer.code == 0
    assert (tmp_path / "x.yaml").exists()


def test_ctrl_c_keeps_the_conversation(call, monkeypatch):
    answer = at_terminal(call, monkeypatch, f"{STUDY}\r\x03", "--offline", "-o", "x.yaml")
    assert answer.code == 130
    assert "--resume" in answer.err


def test_another_file_is_replaced_after_a_yes_only(call, monkeypatch, tmp_path):
    (tmp_path / "y.yaml").write_text("name: mine\n")
    keys = f"{STUDY}\ryes\r/save y.yaml\rno\r/save y.yaml\ryes\r/quit\r"
    answer = at_terminal(call, monkeypatch, keys, "--offline", "-o", "x.yaml")
    assert answer.out.count("is there already") == 3  # two questions, one refusal
    assert read_file(tmp_path / "y.yaml")["dataset"]["plugin"] == "simulated"


def test_a_pasted_text_of_several_lines_is_one_message(call, monkeypatch, tmp_path):
    paste = "\x1b[200~On the simulated data\nI want to predict outcome\x1b[201~\r"
    at_terminal(call, monkeypatch, f"{paste}/quit\r", "--offline", "-o", "x.yaml")
    said = [e.text for e in events_of(tmp_path / f"x{ENDING}") if type(e).__name__ == "Said"]
    assert said == ["On the simulated data\nI want to predict outcome"]


def test_a_dead_server_is_told_and_the_rules_go_on(call, monkeypatch, tmp_path):
    with ChatServer([error(400, "no")] * 3) as server:
        keys = "predict outcome\ryes\r/agree\r/retry\r/offline\ryes\r/save\r/quit\r"
        words = ("--base-url", server.url, "--model", "m", "--data", "simulated")
        answer = at_terminal(call, monkeypatch, keys, *words, "-o", "x.yaml")
    assert answer.code == 0, answer.err
    assert "/retry sends your message again" in answer.out
    assert "You have agreed" in answer.out
    assert (tmp_path / "x.yaml").exists()


def test_questions_take_a_yes_or_no_from_the_lines(capsys):
    lines = Lines(["hello", "yes", "and so on"])
    said = iter(lines.lines())
    assert next(said) == "hello"
    assert lines.ask("sure?") == "yes"
    assert lines.ask("sure?") == ""
    assert list(said) == ["and so on"]


def test_control_characters_of_a_server_do_not_reach_the_terminal(capsys):
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        Person(lambda: ()).show("a\x1b[2J\x9b2Jb [red]c :cat:")
    assert capsys.readouterr().out == "a[2J2Jb [red]c :cat:\n"


def test_a_difference_of_nothing():
    assert difference("a\n", "a\n") == "No difference."


@pytest.mark.slow
def test_a_conversation_ends_in_a_run_whose_report_tells_of_it(shell, tmp_path):
    said = "Use the simulated data to predict outcome. Only arf, and a quick look. I will share it."
    assert shell("chat", "--offline", "--once", said, "-o", "x.yaml").code == 0
    told = shell("run", "x.yaml", "--dir", "run")
    assert told.code == 0, told.err
    report = (tmp_path / "run" / "report" / "report.md").read_text()
    line = next(line for line in report.splitlines() if "Conversation that" in line)
    assert "1 message by rules, without a model" in line
    assert "run as it was saved" in line


@pytest.mark.parametrize("place", ["file.txt/mi.yaml", "file.txt/deeper/mi.yaml"])
def test_a_folder_that_cannot_be_made_is_told(call, tmp_path, place):
    (tmp_path / "file.txt").write_text("")
    answer = call("chat", "--offline", "--once", "Use nhanes.", "-o", place)
    assert (answer.code, "cannot be made" in answer.err) == (2, True)


def test_without_a_table_nothing_is_filled_in(call):
    answer = call("chat", "--offline", "--once", "Compare arf", "-o", "mi.yaml")
    assert answer.code == 2
    assert "no table was named" in answer.err
    assert "design.splits" not in answer.out


def test_a_table_with_semicolons_and_decimal_commas_is_read(call, tmp_path):
    rows = [f"{age},5;{'ja' if age % 3 else 'nein'}" for age in range(30, 90)]
    (tmp_path / "klinik.csv").write_bytes("\n".join(["Größe;Tod", *rows]).encode("latin-1"))
    answer = call(
        *("chat", "--offline", "--once", "Predict Tod in klinik.csv. A quick look with arf."),
        *("-o", "k.yaml"),
    )
    assert answer.code == 0, answer.err
    assert "separated by ';', the decimal mark is ',', its text is 'cp1252'" in answer.out
    params = {"path": "klinik.csv", "encoding": "cp1252", "sep": ";", "decimal": ","}
    assert read_file(tmp_path / "k.yaml")["dataset"]["params"] == params
    assert call("validate", "k.yaml").code == 0


def test_a_column_is_explained_by_its_profile(call, monkeypatch):
    typed(monkeypatch, "Use the simulated data.", "/explain outcome")
    answer = call("chat", "--offline", "-o", "x.yaml")
    assert "outcome: " in answer.out and "its values: " in answer.out
