import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pytest

from synthcraft.chat.draft import Change, Draft, Origin
from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.model.client import Client, Sent
from synthcraft.chat.model.endpoint import endpoint
from synthcraft.chat.model.interviewer import ModelInterviewer, interviewer_at
from synthcraft.chat.outgoing.guard import guard_for
from synthcraft.chat.outgoing.sharing import Names, share
from synthcraft.chat.talk import Data, Exchange, Reply, Talk
from synthcraft.data.profile import ColumnProfile, Profile, profile_source
from synthcraft.data.source import Source
from synthcraft.errors import Problem, SpecError, nearest
from synthcraft.spec.validate import parse
from tests.chat.server import (
    TOOL,
    Answer,
    Call,
    ChatServer,
    Script,
    calls,
    error,
    proposes,
    says,
)

COLUMNS = ("age", "sex", "ethnicity", "died")
PROFILE = Profile(5000, tuple(ColumnProfile(name, "categorical") for name in COLUMNS))
SECRET = "/home/anna/cohort-final.csv"
DATA = Data("csv", {"path": SECRET}, PROFILE)
WITH_DATA = Draft().changed(
    [
        Change(("dataset", "plugin"), "csv", "said"),
        Change(("dataset", "params", "path"), SECRET, "said"),
    ],
    turn=1,
)
TALK = Talk(WITH_DATA, DATA)


def _checks(draft: Draft, data: Data | None) -> Sequence[Problem]:
    """A small stand-in of the program's checks: the schema, and whether the target exists."""
    found: list[Problem] = []
    try:
        parse(draft.plain)
    except SpecError as exc:
        found += exc.problems
    target = draft.get("dataset", "target")
    if data and target and target not in COLUMNS:
        found.append(
            Problem("dataset.target", f"there is no column {target!r}", nearest(target, COLUMNS))
        )
    return found


@dataclass
class _Chat:
    """A conversation with a scripted server."""

    server: ChatServer
    about: str = share(PROFILE).text
    names: Names = field(default_factory=Names)
    check: Callable[[str], None] = lambda _: None
    repairs: int = 3
    heard: list[str] = field(default_factory=list)

    def reply(self, said: str = "The outcome is died.", talk: Talk = TALK) -> Reply:
        return self.interviewer().reply(talk, said)

    def interviewer(self) -> ModelInterviewer:
        at = endpoint(self.server.url, "tiny", environ={})
        client = Client(at, check=self.check, sleep=lambda _: None)
        return ModelInterviewer(
            client, _checks, self.about, self.names, self.repairs, self.heard.append
        )

    def results(self, post: int) -> list[str]:
        """What the program said to the model's proposals, in a request."""
        return [str(m["content"]) for m in self.server.posts[post].messages if m["role"] == "tool"]


def _settled(reply: Reply) -> dict[str, Any]:
    return {".".join(change.path): change.value for change in reply.changes}


TARGET = {"dataset": {"target": "died"}}


def test_words_and_a_proposal_in_one_answer() -> None:
    answer = proposes(
        "Good. Which columns are sensitive?",
        changes={"dataset": {"target": "died", "task": "classification"}},
        said=["dataset.target"],
        because={"dataset.task": "it has two levels"},
        asks=["sensitive", "no such topic"],
    )
    with ChatServer([answer]) as server:
        chat = _Chat(server)
        reply = chat.reply()
    assert reply.text == "".join(chat.heard) == "Good. Which columns are sensitive?"
    assert reply.changes == (
        Change(("dataset", "target"), "died", "said"),
        Change(("dataset", "task"), "classification", "proposed", "it has two levels"),
    )
    assert reply.asks == ("sensitive",)
    assert reply.model == "tiny"
    assert reply.usage == {"input": 11, "output": 7, "requests": 1, "repairs": 0}


def test_a_call_without_words_is_answered_and_words_are_waited_for() -> None:
    with ChatServer([calls(TARGET), says("Noted. What is it for?")]) as server:
        chat = _Chat(server)
        reply = chat.reply()
        (told,) = chat.results(1)
    assert reply.text == "Noted. What is it for?" and _settled(reply) == {"dataset.target": "died"}
    assert "Taken: dataset.target." in told and "No problems." in told
    assert reply.usage["requests"] == 2 and reply.usage["repairs"] == 0


def test_problems_go_back_with_paths_and_hints_until_they_are_corrected() -> None:
    wrong = {"dataset": {"target": "dyed"}, "design": {"split": 3}}
    script = [calls(wrong), calls({**TARGET, "design": {"splits": 3}}), says("Done.")]
    with ChatServer(script) as server:
        chat = _Chat(server)
        reply = chat.reply()
        (told,) = chat.results(1)
    assert "design.split: unknown setting. Did you mean 'splits'?" in told
    assert "dataset.target: there is no column 'dyed'. Did you mean 'died'?" in told
    assert _settled(reply) == {"dataset.target": "died", "design.splits": 3}
    assert reply.usage["repairs"] == 1 and reply.usage["requests"] == 3


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_after_so_many_repairs_the_researcher_sees_the_problems(repairs: int) -> None:
    with ChatServer([calls({"design": {"split": 3}})] * 9) as server:
        chat = _Chat(server, repairs=repairs)
        reply = chat.reply()
        assert len(server.posts) == repairs + 1
    assert "could not be settled" in reply.text and "design.split" in reply.text
    assert reply.changes == () and reply.usage["repairs"] == repairs
    assert "".join(chat.heard) == reply.text


def test_what_only_a_check_refuses_is_kept_for_the_researcher_to_see() -> None:
    with ChatServer([calls({"dataset": {"target": "dyed"}}), says("Which one is it?")]) as server:
        reply = _Chat(server).reply()
    assert _settled(reply) == {"dataset.target": "dyed"} and reply.text == "Which one is it?"


def test_what_is_only_missing_yet_is_no_fault() -> None:
    with ChatServer([calls(TARGET), says("And now?")]) as server:
        chat = _Chat(server)
        chat.reply()
        assert "is missing" not in server.seen.decode()


def test_an_endless_caller_is_stopped() -> None:
    with ChatServer([calls(TARGET)] * 20) as server:
        reply = _Chat(server, repairs=2).reply()
        assert len(server.posts) == 4
    assert reply.text == "Noted: dataset.target."


def test_several_calls_in_one_answer_are_all_taken_and_all_answered() -> None:
    with ChatServer([calls(TARGET, {"seed": 3}), says("Yes.")]) as server:
        chat = _Chat(server)
        reply = chat.reply()
        told = chat.results(1)
        ids = [m["tool_call_id"] for m in server.posts[1].messages if m["role"] == "tool"]
    assert _settled(reply) == {"dataset.target": "died", "seed": 3}
    assert len(told) == 2 and ids == ["call_0", "call_1"]


def test_torn_arguments_are_asked_for_again_and_not_echoed() -> None:
    torn = calls('{"changes": {"dataset": {"tar').but(finish="length")
    with ChatServer([torn, calls(TARGET), says("Yes.")]) as server:
        chat = _Chat(server)
        reply = chat.reply()
        echo = server.posts[1].messages[-2]["tool_calls"][0]["function"]["arguments"]
        assert "no JSON" in chat.results(1)[0]
    assert json.loads(echo) == {} and _settled(reply) == {"dataset.target": "died"}


def test_another_tool_is_refused() -> None:
    other = Answer(calls=(Call('{"path": "/etc/passwd"}', name="read_file"),))
    with ChatServer([other, says("Well.")]) as server:
        chat = _Chat(server)
        reply = chat.reply()
        assert "there is no such tool" in chat.results(1)[0]
    assert reply.changes == () and reply.text == "Well."


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": {"plugin": "parquet"}},
        {"dataset": {"params": {"path": "/etc/passwd"}}},
        {"dataset": {"params": {"holdout_path": "/etc/passwd"}}},
        {"dataset": None},
        {"dataset.params.path": "/etc/passwd"},
        {"generators": {"x": {"plugin": "file", "params": {"paths": ["/etc/passwd"]}}}},
        {"outputs": {"samples": True}},
        {"_target_": "os.system"},
        {"hydra": {"run": "x"}},
        {"dataset": {"_target_": "os.system"}},
        {"generators": {"ctgan": {"plugin": "ctgan", "_target_": "os.system"}}},
    ],
)
def test_settings_that_no_model_may_make(changes: Mapping[str, Any]) -> None:
    proposal = json.dumps({"changes": changes, "said": list(changes), "extra": "!!python/object"})
    with ChatServer([calls(proposal), says("Oh.")]) as server:
        reply = _Chat(server).reply()
    after = WITH_DATA.changed(reply.changes, turn=2).plain
    assert after["dataset"] == WITH_DATA.plain["dataset"]
    assert "passwd" not in str(after) and "_target_" not in str(after)
    assert not {"outputs", "hydra", "extra"} & after.keys()


def test_synthetic_tables_are_kept_where_the_researcher_says_so() -> None:
    answer = proposes("Yes.", changes={"outputs": {"samples": True}}, said=["outputs.samples"])
    with ChatServer([answer]) as server:
        reply = _Chat(server).reply("Please keep the synthetic samples.")
    assert _settled(reply) == {"outputs.samples": True}


def test_what_is_proposed_again_unchanged_keeps_its_origin() -> None:
    draft = WITH_DATA.changed([Change(("dataset", "target"), "died", "said")], turn=1)
    with ChatServer([calls({**TARGET, "seed": None}, text="As you said.")]) as server:
        reply = _Chat(server).reply(talk=Talk(draft, DATA, (Exchange("died", "ok"),)))
    assert reply.changes == ()


def test_a_proposal_becomes_the_researchers_once_they_say_it() -> None:
    draft = WITH_DATA.changed([Change(("dataset", "target"), "died", "proposed")], turn=1)
    answer = proposes("Good.", changes=TARGET, said=["dataset.target"])
    with ChatServer([answer]) as server:
        reply = _Chat(server).reply(talk=Talk(draft, DATA))
    after = draft.changed(reply.changes, turn=2)
    assert after.origins["dataset", "target"] == Origin("said", 2)


# Models without tools


@pytest.mark.parametrize(
    ("refuses", "written"),
    [
        (["tools"], '{"text": "Noted.", "changes": {"dataset": {"target": "died"}}}'),
        (
            ["tools", "response_format"],
            'Noted.\n```json\n{"changes": {"dataset": {"target": "died"}}}\n```',
        ),
        ([], 'Noted.\n```json\n{"changes": {"dataset": {"target": "died"}}}\n```'),
        (
            [],
            'Noted.\n<tool_call>{"name": "propose_spec", "arguments": {"changes": '
            '{"dataset": {"target": "died"}}}}</tool_call>',
        ),
        (
            [],
            "<think>The user wants ```json {</think>Noted.\n```json\n{" + '"changes": '
            '{"dataset.target": "died"}}\n```',
        ),
    ],
)
def test_models_without_tools_propose_in_their_text(refuses: list[str], written: str) -> None:
    with ChatServer([says(written)], refuses=refuses) as server:
        chat = _Chat(server)
        reply = chat.reply()
    assert reply.text == "".join(chat.heard) == "Noted."
    assert _settled(reply) == {"dataset.target": "died"}


@pytest.mark.parametrize("refuses", [["tools"], ["tools", "response_format"]])
def test_repairs_without_tools(refuses: list[str]) -> None:
    wrong = '```json\n{"changes": {"seeds": 3}}\n```'
    right = 'Done.\n```json\n{"changes": {"seed": 3}}\n```'
    with ChatServer([says(wrong), says(right)], refuses=refuses) as server:
        reply = _Chat(server).reply()
        last = server.posts[-1].messages
    assert _settled(reply) == {"seed": 3} and reply.text == "Done."
    assert [m["role"] for m in last[-3:]] == ["user", "assistant", "user"]
    assert "Did you mean 'seed'?" in last[-1]["content"]


# What the server gets to see


def test_the_request_holds_the_agreed_text_the_draft_and_the_conversation_in_order() -> None:
    talk = replace(TALK, exchanges=(Exchange("Hello", "Good day"),))
    with ChatServer([says("Yes.")]) as server:
        _Chat(server).reply("The outcome is died.", talk)
        messages = server.posts[0].messages
        (tool,) = server.posts[0].json["tools"]
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert [m["content"] for m in messages[1:]] == ["Hello", "Good day", "The outcome is died."]
    assert "| - ethnicity: levels" in messages[0]["content"]
    assert tool["function"]["name"] == TOOL and "strict" not in tool["function"]


def test_the_files_place_is_never_sent() -> None:
    wrong = calls({"dataset": {"params": {"path": "x"}}})
    with ChatServer([wrong, says("Oh.")]) as server:
        _Chat(server).reply()
        assert b"cohort-final" not in server.seen and b"anna" not in server.seen


def test_without_agreement_no_check_of_the_table_is_told() -> None:
    with ChatServer([calls({"dataset": {"target": "dyed"}}), says("Oh.")]) as server:
        _Chat(server, about="").reply("The outcome is dyed.")
        seen = server.seen
    assert b"there is no column" not in seen and b"ethnicity:" not in seen


def test_masked_names_go_out_as_their_words_and_come_back_as_themselves() -> None:
    shared = share(PROFILE, mask_all=True)
    died = shared.names.masked["died"]
    draft = WITH_DATA.changed([Change(("dataset", "sensitive"), ["ethnicity"], "said")], turn=1)
    talk = Talk(draft, DATA, (Exchange("ethnicity is sensitive", "ethnicity it is"),))
    right = {"dataset": {"target": died, "columns": {died: {"label": "Death"}}}}
    script = [calls({"dataset": {"target": "dyed"}}), calls(right, text=f"So {died}.", piece=2)]
    with ChatServer(script) as server:
        chat = _Chat(server, about=shared.text, names=shared.names)
        reply = chat.reply("The outcome is died.", talk)
        bodies = b"\n".join(post.body for post in server.posts)
    assert _settled(reply)["dataset.target"] == "died"
    assert _settled(reply)["dataset.columns.died.label"] == "Death"
    assert reply.text == "".join(chat.heard) == "So died."
    assert b"'died'" not in bodies and b"is died" not in bodies  # "died" also stands in our example
    assert b"ethnicity it is" not in bodies and b"- ethnicity" not in bodies


def test_earlier_exchanges_that_must_not_leave_are_left_out() -> None:
    def check(text: str) -> None:
        if "Smith" in text:
            raise Blocked([Problem("message", "holds a cell")])

    talk = replace(TALK, exchanges=(Exchange("Mrs Smith died", "I see"), Exchange("Hi", "Hello")))
    with ChatServer([says("Yes.")]) as server:
        chat = _Chat(server, check=check)
        chat.reply(talk=talk)
        assert b"Smith" not in server.seen and b"Hello" in server.seen
        with pytest.raises(Blocked):
            chat.reply("Mrs Smith again", talk)
        assert len(server.posts) == 1


def test_what_an_earlier_message_settled_does_not_block_all_that_follow() -> None:
    def check(text: str) -> None:
        if "Smith" in text:
            raise Blocked([Problem("message", "holds a cell")])

    def checks(draft: Draft, data: Data | None) -> Sequence[Problem]:
        return (
            [Problem("dataset.rules", "Smith breaks it", "See Smith.")] if draft.get("seed") else []
        )

    question = Change(("question",), "Why did Smith die?", "said")
    talk = Talk(WITH_DATA.changed([question, Change(("name",), "x", "said")], turn=1), DATA)
    with ChatServer([calls({"seed": 1}), says("Well.")]) as server:
        model = replace(_Chat(server, check=check).interviewer(), problems=checks)
        reply = model.reply(talk, "Hello")
        assert b"Smith" not in server.seen
        assert "name: x" in server.posts[0].messages[0]["content"]
        result = server.posts[1].messages[-1]["content"]
    assert "dataset.rules: cannot be told here. Ask the researcher" in result
    assert _settled(reply) == {"seed": 1}


def test_long_conversations_are_sent_in_part_and_shorter_still_where_the_model_needs_it() -> None:
    long = tuple(Exchange(f"message {i} " + "x" * 700, "answer " * 100) for i in range(50))
    too_long = error(400, "maximum context length", code="context_length_exceeded")
    with ChatServer([says("Yes."), too_long, says("Yes.")]) as server:
        chat = _Chat(server)
        chat.reply(talk=replace(TALK, exchanges=long))
        chat.reply(talk=replace(TALK, exchanges=long))
        sizes = [len(post.messages) for post in server.posts]
        assert b"message 49 " in server.posts[0].body and b"message 40 " not in server.posts[0].body
    assert sizes == [18, 18, 2]


# When no answer can be had


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(refusal="I cannot help with that."), "declines: “I cannot help with that.”"),
        (says("Half of a", finish="content_filter"), "content filter"),
        (says("Some words that will not end", cut=4), "broke off"),
        (calls(TARGET, text="Some words first", cut=8), "broke off"),
        (error(500), "a fault of its own"),
        (error(401), "wants a key"),
    ],
)
def test_faults_are_told_and_change_nothing(answer: Answer, words: str) -> None:
    with ChatServer([answer] * 4) as server, pytest.raises(ChatError, match=words) as caught:
        _Chat(server).reply()
    assert "The conversation is kept" in str(caught.value)


def test_a_server_that_dies_after_a_proposal_changes_nothing() -> None:
    script = [calls(TARGET), says("Well, now", piece=4, cut=2)]
    with ChatServer(script) as server, pytest.raises(ChatError, match="broke off"):
        _Chat(server).reply()
    assert TALK.draft.get("dataset", "target") is None


def test_an_answer_that_was_cut_off_is_told_as_such() -> None:
    with ChatServer([says("Well, then the", finish="length")]) as server:
        reply = _Chat(server).reply()
    assert reply.text.startswith("Well, then the") and "cut off here" in reply.text


def test_hostile_answers_change_nothing_and_break_nothing() -> None:
    deep = '{"changes": ' + '{"a": ' * 3000 + "1" + "}" * 3001
    odd: Script = [
        calls(deep),
        calls('{"changes": [1, 2]}'),
        calls('{"changes": "rm -rf /"}'),
        calls("[]"),
        calls('{"changes": {"": {"": 1}}, "said": {"a": 1}, "because": 3, "asks": {"b": 2}}'),
        calls('{"changes": {"seed": NaN, "design": {"splits": 1e400}}}'),
        calls('{"changes": {"generators": [1, {"a": 2}], "metrics": "utility", "objective": "x"}}'),
        calls('{"changes": {"seed": ' + "9" * 5000 + "}}"),
        says("Enough."),
    ]
    with ChatServer(odd) as server:
        reply = _Chat(server, repairs=20).reply()
    assert reply.text == "Enough." and reply.changes == ()


# Put together


def test_an_interviewer_with_a_guard_sends_nothing_of_a_row() -> None:
    frame = pd.DataFrame(
        {
            "age": [20 + i % 60 for i in range(200)],
            "died": ["no", "yes"] * 100,
            "town": ["Oxford"] * 199 + ["Zennor"],
        }
    )
    profile = profile_source(Source(frame))
    guard, shared = guard_for(frame, profile), share(profile, mask_all=True)
    talk = Talk(WITH_DATA, replace(DATA, profile=profile))
    with ChatServer([says("Yes.")]) as server:
        at = endpoint(server.url, "tiny", environ={})
        sent: list[Sent] = []
        model = interviewer_at(
            at, problems=_checks, shared=shared, guards=[guard], sent=sent.append
        )
        with pytest.raises(Blocked, match="'town'"):
            model.reply(talk, "And those of Zennor?")
        assert server.requests == [] and sent == []
        assert model.reply(talk, "Is town sensitive? Predict died.").text == "Yes."
        assert b"town" not in server.posts[0].body.split(b"The table, as agreed")[1]
        assert [one.bytes for one in sent] == [len(server.posts[0].body)]
