import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.model.answer import Answer
from synthcraft.chat.model.client import Client, Message, Mode, Patience, Sent, TooLong
from synthcraft.chat.model.endpoint import OPENAI, Endpoint, NoKey, endpoint
from synthcraft.errors import Problem
from tests.chat import server as scripted
from tests.chat.server import ChatServer, calls, error, page, says

TOOL = {"type": "function", "function": {"name": "propose_spec", "parameters": {"type": "object"}}}
KEY = "sk-canary-4711"


def _messages(mode: Mode) -> list[Message]:
    return [{"role": "user", "content": f"Grüß Gott in {mode}"}]


def _pass(text: str) -> None:
    pass


@dataclass
class _Line:
    """A client with everything that it told, heard, sent and slept."""

    server: ChatServer
    key: str = ""
    check: Callable[[str], None] = _pass
    patience: Patience = field(default_factory=Patience)
    model: str = "tiny"
    heard: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        environ = {"SYNTHCRAFT_API_KEY": self.key} if self.key else {}
        self.client = Client(
            endpoint(self.server.url, self.model, environ=environ),
            check=self.check,
            sent=self.sent.append,
            patience=self.patience,
            sleep=self.slept.append,
        )

    def ask(self) -> Answer:
        return self.client.ask(_messages, tool=TOOL, hear=self.heard.append)

    def fails(self, *words: str) -> str:
        with pytest.raises(ChatError) as caught:
            self.ask()
        told = str(caught.value)
        assert "The conversation is kept" in told
        for word in words:
            assert word in told
        return told


# Answers


def test_words_come_as_they_are_written() -> None:
    with ChatServer([says("Which column is the outcome?", piece=5)]) as server:
        line = _Line(server)
        answer = line.ask()
    assert answer.text == "Which column is the outcome?"
    assert "".join(line.heard) == answer.text and len(line.heard) == 6
    assert answer.finish == "stop"
    assert answer.usage == {"input": 11, "output": 7}


def test_tool_calls_are_joined_from_their_pieces() -> None:
    with ChatServer([calls({"a": 1}, {"b": "ü"}, text="So:", piece=3)]) as server:
        answer = _Line(server).ask()
    assert [c.arguments for c in answer.calls] == [
        '{"changes": {"a": 1}}',
        '{"changes": {"b": "\\u00fc"}}',
    ]
    assert [c.id for c in answer.calls] == ["call_0", "call_1"]
    assert answer.text == "So:"


def test_a_server_that_answers_in_one_piece() -> None:
    with ChatServer([calls({"a": 1}, text="So:")], ignores=["stream"]) as server:
        line = _Line(server)
        answer = line.ask()
    assert answer.calls[0].arguments == '{"changes": {"a": 1}}'
    assert line.heard == ["So:"]
    assert answer.usage == {"input": 11, "output": 7}


def test_usage_is_unknown_where_it_is_not_told() -> None:
    with ChatServer([says("x").but(usage=None)]) as server:
        assert _Line(server).ask().usage == {}


def test_characters_that_steer_a_terminal_are_left_out() -> None:
    with ChatServer([says("a\x1b[2Jb\x9bc\n")]) as server:
        assert _Line(server).ask().text == "a[2Jbc\n"


def test_a_servers_name_of_a_model_is_shown_without_them_too() -> None:
    named = b'{"model": "a\\u001b[2J\\nb", "choices": [{"message": {"content": "Hi"}}]}'
    with ChatServer([scripted.Answer(raw=named)], models=["x\x1b[2J", "y"]) as server:
        assert _Line(server).ask().model == "a[2J b"
        with pytest.raises(ChatError, match=r"offers: x\[2J, y"):
            _Line(server, model="").ask()


def test_a_server_that_pings_while_it_thinks() -> None:
    raw = (
        b': ping\n\n: ping\n\ndata: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n'
    )
    with ChatServer([scripted.Answer(raw=raw, kind="text/event-stream")]) as server:
        assert _Line(server).ask().text == "Hi"


def test_a_refusal_is_told_as_one() -> None:
    with ChatServer([scripted.Answer(refusal="I will not.")]) as server:
        assert _Line(server).ask().refusal == "I will not."


# What a server cannot do


@pytest.mark.parametrize(
    ("refuses", "mode", "requests"),
    [
        (["tools"], "json", 2),
        (["tools", "response_format"], "plain", 3),
        (["stream_options"], "tools", 2),
        (["stream_options", "stream"], "tools", 2),
        (["stream_options", "stream", "tools", "response_format"], "plain", 4),
    ],
)
def test_what_a_server_refuses_is_left_out_and_remembered(
    refuses: list[str], mode: str, requests: int
) -> None:
    with ChatServer([says("yes"), says("yes")], refuses=refuses) as server:
        line = _Line(server)
        assert line.ask().text == "yes"
        assert line.client.mode == mode
        assert len(server.posts) == requests
        assert server.posts[-1].messages[0]["content"].endswith(mode)
        line.ask()
        assert len(server.posts) == requests + 1
        assert not set(refuses) & server.posts[-1].json.keys()
    assert line.slept == []


@pytest.mark.parametrize(
    "told",
    [
        error(400, "registry.ollama.ai/library/gemma:latest does not support tools"),
        error(400, '"auto" tool choice requires --enable-auto-tool-choice to be set'),
        error(500, "tools param requires --jinja flag"),
        error(500, "Unsupported param: tools"),
        error(422, "body.tools: extra fields not permitted"),
        error(400).but(raw=b'{"error": "llama2 does not support tools"}'),
        error(400).but(
            raw=b'{"object": "error", "message": "tools are not supported", "code": 400}'
        ),
        error(422).but(raw=b'{"detail": [{"loc": ["body", "tools"], "msg": "extra"}]}'),
        error(400).but(raw=b"this model does not support tools", kind="text/plain"),
    ],
)
def test_refusals_of_tools_as_known_servers_word_them(told: scripted.Answer) -> None:
    with ChatServer([told, says("yes")]) as server:
        line = _Line(server)
        assert line.ask().text == "yes"
        assert line.client.mode == "json"


# Faults


def test_a_key_that_is_refused() -> None:
    with ChatServer(key="sk-right") as server:
        told = _Line(server, key=KEY).fails("SYNTHCRAFT_API_KEY", "was refused")
        assert KEY not in told and len(server.requests) == 1
        _Line(server).fails("wants a key", "Set SYNTHCRAFT_API_KEY")


def test_an_unknown_model_and_the_nearest_that_is_offered() -> None:
    with ChatServer([error(404, "not found")], models=["llama3.1", "qwen3"]) as server:
        _Line(server, model="llama31").fails("does not know the model 'llama31'", "'llama3.1'")


def test_an_address_where_nothing_of_the_kind_is() -> None:
    with ChatServer([error(404, "not found")], models=[]) as server:
        _Line(server).fails("speaks chat completions", "/v1")


def test_the_only_model_of_a_server_needs_no_name() -> None:
    with ChatServer([says("yes")], models=["only"]) as server:
        _Line(server, model="").ask()
        assert server.posts[0].json["model"] == "only"
    with ChatServer(models=["a", "b"]) as server, pytest.raises(ChatError, match="offers: a, b"):
        _Line(server, model="").ask()


def test_no_server() -> None:
    with ChatServer() as server:
        line = _Line(server)
    line.fails("No server answers at http://127.0.0.1")
    assert line.slept == []


def test_limits_are_waited_for_as_long_as_the_server_asks() -> None:
    script = [error(429, retry_after="7"), error(429), says("yes")]
    with ChatServer(script) as server:
        line = _Line(server)
        assert line.ask().text == "yes"
    assert line.slept == [7, 4]


def test_a_wait_that_is_too_long_is_told() -> None:
    with ChatServer([error(429, retry_after="3600")]) as server:
        line = _Line(server)
        line.fails("for 3600 seconds")
    assert line.slept == []


def test_an_empty_account_is_not_asked_again() -> None:
    with ChatServer([error(429, "You exceeded your quota", code="insufficient_quota")]) as server:
        _Line(server).fails("no credit")
        assert len(server.posts) == 1


def test_faults_of_the_server_are_tried_again_but_not_forever() -> None:
    with ChatServer([error(500), error(503), error(502), says("yes")]) as server:
        assert _Line(server).ask().text == "yes"
    with ChatServer([error(500)] * 9) as server:
        line = _Line(server)
        line.fails("a fault of its own (500)")
        assert len(server.posts) == 4
    assert line.slept == [1, 4, 15]


def test_what_the_server_says_is_quoted_without_the_key_and_its_steering_characters() -> None:
    key = "of-the-house-4711"  # not every key looks like one
    with ChatServer([error(400, f"bad {key} sk-can***4711 \x1b[2J" + "x" * 999)]) as server:
        told = _Line(server, key=key).fails("refused the request (400): “bad … …")
    assert len(told) < 400 and "\x1b" not in told and "4711" not in told


def test_a_context_that_is_too_short() -> None:
    told = "This model's maximum context length is 4096 tokens"
    with ChatServer([error(400, told, code="context_length_exceeded")]) as server:
        with pytest.raises(TooLong, match="longer than the model can take"):
            _Line(server).ask()
        assert len(server.posts) == 1


def test_a_content_filter() -> None:
    with ChatServer([error(400, "no", code="content_filter")]) as server:
        _Line(server).fails("content filter")


@pytest.mark.parametrize("answer", [page(200), page(404), page(502), says("x").but(raw=b"{")])
def test_a_web_page_or_a_torn_text_is_no_answer(answer: scripted.Answer) -> None:
    with ChatServer([answer] * 4, models=[]) as server:
        told = _Line(server).fails()
    assert "html" not in told


@pytest.mark.parametrize("body", [b"[]", b"1", b'{"choices": []}', b'{"choices": [{}]}', b"null"])
def test_json_that_is_no_completion(body: bytes) -> None:
    with ChatServer([scripted.Answer(raw=body)] * 4) as server:
        _Line(server).fails()


def test_chunks_that_are_not_json() -> None:
    torn = scripted.Answer(raw=b"data: {torn\n\n", kind="text/event-stream")
    with ChatServer([torn, says("yes")]) as server:
        assert _Line(server).ask().text == "yes"


@pytest.mark.parametrize(
    "chunk",
    [
        b'{"choices": null}',
        b'{"choices": [{"delta": null}]}',
        b'{"choices": [{"delta": {"tool_calls": [{"index": "x", "function": null}]}}]}',
        b'{"choices": [{"delta": {"content": ["a", {"b": 1}]}}], "usage": "many"}',
    ],
)
def test_chunks_of_another_form_do_no_harm(chunk: bytes) -> None:
    odd = scripted.Answer(raw=b"data: " + chunk + b"\n\n", kind="text/event-stream")
    with ChatServer([odd, says("yes")]) as server:
        answer = _Line(server).ask()
    assert answer.text == "yes" or answer.calls


def test_an_error_inside_of_a_stream() -> None:
    raw = b'data: {"error": {"message": "out of memory"}}\n\n'
    with ChatServer([scripted.Answer(raw=raw, kind="text/event-stream")] * 4) as server:
        _Line(server).fails("“out of memory”")


def test_a_stream_that_dies_before_the_first_word_is_asked_again() -> None:
    with ChatServer([says("x").but(cut=1), says("yes")]) as server:
        line = _Line(server)
        assert line.ask().text == "yes"
    assert line.slept == [1]


def test_a_stream_that_dies_after_some_words_is_told() -> None:
    with ChatServer([says("some words that break off", piece=5, cut=3), says("no")]) as server:
        line = _Line(server)
        line.fails("broke off")
        assert len(server.posts) == 1
    assert "".join(line.heard) == "some words"


def test_an_answer_with_nothing_in_it() -> None:
    with ChatServer([says("")] * 4) as server:
        _Line(server).fails("answered with nothing")
        assert len(server.posts) == 4


def test_a_silent_server() -> None:
    with ChatServer([says("x").but(delay=5)]) as server:
        _Line(server, patience=Patience(silence=0.2)).fails("did not answer in time")


def test_a_server_that_drips_is_broken_off() -> None:
    with ChatServer([says("x" * 100, piece=1, pause=0.02)]) as server:
        _Line(server, patience=Patience(answer=0.2)).fails("took too long")


def test_an_answer_without_end_is_broken_off() -> None:
    with ChatServer([says("x" * 300_000, piece=50_000)]) as server:
        _Line(server).fails("did not end")


def test_a_redirect_is_not_followed() -> None:
    with ChatServer([says("caught")]) as other:
        moved = scripted.Answer(status=307, raw=b"{}", headers={"Location": f"{other.url}/chat"})
        with ChatServer([moved]) as server:
            _Line(server).fails("points to another address")
        assert other.requests == []


# What leaves


def test_what_is_told_as_sent_are_the_bytes_that_arrive() -> None:
    with ChatServer([error(500), says("yes")]) as server:
        line = _Line(server)
        line.ask()
        assert [s.sha256 for s in line.sent] == [
            sha256(post.body).hexdigest() for post in server.posts
        ]
        assert [s.bytes for s in line.sent] == [len(post.body) for post in server.posts]


def test_nothing_is_sent_that_the_check_stops() -> None:
    checked = []

    def check(text: str) -> None:
        checked.append(text)
        raise Blocked([Problem("message", "holds a cell")])

    with ChatServer([says("no")] * 4) as server:
        line = _Line(server, check=check)
        with pytest.raises(Blocked):
            line.ask()
        assert server.requests == [] and line.sent == []
    assert len(checked) == 1 and "Grüß Gott in tools" in checked[0]


def test_text_inside_of_arguments_is_checked_as_it_reads() -> None:
    checked: list[str] = []
    call = {"id": "1", "function": {"name": "x", "arguments": '{"a": "M\\u00fcller"}'}}

    def messages(mode: Mode) -> list[Message]:
        return [{"role": "assistant", "tool_calls": [call]}]

    with ChatServer([says("yes")]) as server:
        line = _Line(server, check=checked.append)
        line.client.ask(messages, tool=TOOL)
    assert "Müller" in checked[0]


def test_the_headers_tell_nothing_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*args: object, **options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen.__init__", none)
    with ChatServer([says("yes")]) as server:
        _Line(server).ask()
        headers = server.posts[0].headers
    for what in ("os", "arch", "runtime", "runtime-version", "lang", "package-version"):
        assert f"x-stainless-{what}" not in headers


def test_what_is_set_for_the_cloud_goes_to_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "of-the-cloud")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Own: of-the-cloud")
    with ChatServer([says("Yes")]) as server:
        line = _Line(server)
        line.ask()
        line.client.models()
    assert len(server.requests) == 2
    for request in server.requests:
        assert "of-the-cloud" not in str(request.headers)


def test_the_key_is_nowhere_but_in_its_header(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ChatServer([error(401, f"Incorrect API key provided: {KEY}")] * 2) as server:
        line = _Line(server, key=KEY)
        told = line.fails()
        assert KEY.encode() in server.seen and KEY.encode() not in server.posts[0].body
    everything = (told, repr(line.client.at), str(line.client.at), repr(line.sent), caplog.text)
    assert not [text for text in everything if KEY in text]


# Where the server is


@pytest.mark.parametrize(
    ("base_url", "environ", "url", "key_name"),
    [
        (None, {"OPENAI_API_KEY": KEY}, OPENAI, "OPENAI_API_KEY"),
        (None, {"OPENAI_API_KEY": "a", "SYNTHCRAFT_API_KEY": "b"}, OPENAI, "SYNTHCRAFT_API_KEY"),
        ("http://x:1/v1/", {"OPENAI_API_KEY": KEY}, "http://x:1/v1", ""),
        ("https://x/v1", {"OPENAI_API_KEY": KEY}, "https://x/v1", "OPENAI_API_KEY"),
        ("http://x/v1", {"SYNTHCRAFT_API_KEY": KEY}, "http://x/v1", "SYNTHCRAFT_API_KEY"),
        (None, {"OPENAI_BASE_URL": "http://x/v1"}, "http://x/v1", ""),
    ],
)
def test_where_the_server_and_its_key_come_from(
    base_url: str | None, environ: Mapping[str, str], url: str, key_name: str
) -> None:
    at = endpoint(base_url, "m", environ=environ)
    assert (at.url, at.key_name, at.model) == (url, key_name, "m")


def test_without_a_server_and_a_key_there_is_nobody_to_talk_to() -> None:
    with pytest.raises(NoKey, match="OPENAI_API_KEY"):
        endpoint(None, None, environ={})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:11434", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("https://me:secret-word@x/v1", "password"),
        ("https://x/v1?key=secret-word", "query"),
    ],
)
def test_addresses_that_are_not_taken(url: str, words: str) -> None:
    with pytest.raises(ChatError, match=words) as caught:
        endpoint(url, "m", environ={})
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "ключ"])
def test_a_key_that_no_header_can_hold(key: str) -> None:
    with pytest.raises(ChatError, match="SYNTHCRAFT_API_KEY") as caught:
        endpoint("http://x/v1", "m", environ={"SYNTHCRAFT_API_KEY": key})
    assert key not in str(caught.value)


def test_azure_is_asked_at_its_own_address_with_its_own_header() -> None:
    with ChatServer([says("yes")]) as server:
        base = server.url.removesuffix("/v1")
        environ: dict[str, Any] = {"AZURE_OPENAI_ENDPOINT": base, "AZURE_OPENAI_API_KEY": KEY}
        at = endpoint(None, "my-deployment", environ=environ)
        answer = Client(at, check=_pass).ask(_messages, tool=TOOL)
        asked = server.posts[0]
    assert answer.text == "yes"
    assert asked.path.startswith("/openai/deployments/my-deployment/chat/completions?api-version=")
    assert asked.headers["api-key"] == KEY


def test_azure_without_a_key_names_its_own_variable() -> None:
    with ChatServer(key="right") as server:
        at = endpoint(None, "m", environ={"AZURE_OPENAI_ENDPOINT": server.url})
        with pytest.raises(ChatError, match="Set AZURE_OPENAI_API_KEY"):
            Client(at, check=_pass).ask(_messages, tool=TOOL)


def test_an_endpoint_is_told_without_its_key() -> None:
    assert KEY not in repr(endpoint(None, "m", environ={"OPENAI_API_KEY": KEY}))
    assert Endpoint("http://x").key_name == ""
