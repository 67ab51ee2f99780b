"""A real HTTP server on loopback that speaks chat completions as it is told to, well or badly.

>>> with ChatServer([says("Hello"), calls({"name": "x"})]) as server:
...     base_url = server.url  # for a client; server.requests tells what arrived
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

TOOL = "propose_spec"
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass(frozen=True)
class Call:
    """A tool call; ``arguments`` is text, since a model may write anything there."""

    arguments: str
    name: str = TOOL


@dataclass(frozen=True)
class Answer:
    """What the server answers to one POST.

    ``raw`` (with ``status`` and ``kind``) replaces a completion altogether. Streams come in pieces
    of ``piece`` characters; ``cut`` closes the connection after so many of them, ``delay`` seconds
    pass before the first byte and ``pause`` seconds before each piece. Without ``done`` a stream
    ends politely but early: neither a reason to finish nor the mark of the end.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: str | None = None
    refusal: str = ""
    status: int = 200
    raw: bytes | None = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] | None = field(default_factory=lambda: dict(USAGE))
    piece: int = 7
    cut: int | None = None
    delay: float = 0.0
    pause: float = 0.0
    done: bool = True

    @property
    def finished(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")

    def but(self, **changes: Any) -> "Answer":
        """The same answer with other properties."""
        return replace(self, **changes)


def says(text: str, **more: Any) -> Answer:
    """An answer in words."""
    return Answer(text=text, **more)


def calls(*proposals: Mapping[str, Any] | str, text: str = "", **more: Any) -> Answer:
    """Calls of propose_spec: each proposal is the map ``changes``, or the arguments as raw text."""
    arguments = [p if isinstance(p, str) else json.dumps({"changes": p}) for p in proposals]
    return Answer(text=text, calls=tuple(Call(a) for a in arguments), **more)


def proposes(text: str = "", **arguments: Any) -> Answer:
    """One call of propose_spec with all its arguments: changes, because, said, asks."""
    return Answer(text=text, calls=(Call(json.dumps(arguments)),))


def error(status: int, message: str = "no", *, code: str = "", **headers: str) -> Answer:
    """An error as such servers tell it; ``retry_after="1"`` becomes a header."""
    body = {"error": {"message": message, "type": "error", "code": code or None}}
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Answer(status=status, raw=json.dumps(body).encode(), headers=named)


def page(status: int = 200, text: str = "<html><body>Sign in</body></html>") -> Answer:
    """An HTML page where an answer should be: a proxy, or another kind of server."""
    return Answer(status=status, raw=text.encode(), kind="text/html")


@dataclass(frozen=True)
class Request:
    """What arrived: ``raw`` is everything, the request line and the headers included."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.json["messages"])


Script = Iterable[Answer | Callable[[Request], Answer]]


class ChatServer:
    """A server with a script of answers, one for each POST; afterwards it answers 500.

    Requests with a field named in ``refuses`` (tools, stream, stream_options, response_format …)
    get a 400 that names it, outside of the script; a field named in ``ignores`` is overlooked.
    With ``key``, other keys get 401.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        models: Iterable[str] = ("tiny",),
        refuses: Iterable[str] = (),
        ignores: Iterable[str] = (),
        key: str = "",
    ) -> None:
        self.models, self.key = tuple(models), key
        self.refuses, self.ignores = frozenset(refuses), frozenset(ignores)
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._script = iter(script)
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.chat = self  # type: ignore[attr-defined]
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def posts(self) -> list[Request]:
        """The requests for a completion."""
        return [request for request in self.requests if request.method == "POST"]

    @property
    def seen(self) -> bytes:
        """Every byte that arrived."""
        return b"\n".join(request.raw for request in self.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def answer(self, request: Request) -> Answer:
        """What is answered to this request."""
        with self._lock:
            self.requests.append(request)
            if self.key and self.key not in request.headers.get("authorization", ""):
                return error(401, "Incorrect API key provided.", code="invalid_api_key")
            if request.method == "GET":
                listed = {"object": "list", "data": [_model(name) for name in self.models]}
                return Answer(raw=json.dumps(listed).encode())
            for name in sorted(self.refuses & request.json.keys()):
                return error(400, f"Unsupported parameter: '{name}'.", code="unsupported")
            step = next(self._script, None)
            if step is None:
                return error(500, "the script of this server has ended")
            return step(request) if callable(step) else step


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tests"}


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        chat: ChatServer = self.server.chat  # type: ignore[attr-defined]
        request = self._read()
        answer = chat.answer(request)
        chat.closing.wait(answer.delay)
        try:
            if answer.raw is not None:
                self._whole(answer.raw, answer)
            elif "stream" not in chat.ignores and request.json.get("stream"):
                asked = (request.json.get("stream_options") or {}).get("include_usage")
                self._stream(answer, chat, usage=bool(asked))
            elif answer.cut is None:
                self._whole(json.dumps(_completion(answer)).encode(), answer)
        except OSError:  # the client has gone
            pass
        if answer.cut is not None:
            self.close_connection = True

    def _read(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        head = self.raw_requestline + self.headers.as_bytes()
        names = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.path, names, body, head + body)

    def _head(self, answer: Answer, kind: str, **headers: str) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": kind, **headers, **answer.headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _whole(self, body: bytes, answer: Answer) -> None:
        self._head(answer, answer.kind, Content_Length=str(len(body)))
        self.wfile.write(body if answer.cut is None else body[: answer.cut])

    def _stream(self, answer: Answer, chat: ChatServer, *, usage: bool) -> None:
        self._head(answer, "text/event-stream", Transfer_Encoding="chunked")
        for number, chunk in enumerate(_chunks(answer, usage=usage)):
            if number == answer.cut:
                self.wfile.flush()
                return
            chat.closing.wait(answer.pause)
            self._event(json.dumps(chunk))
        if answer.done:
            self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.flush()


def _completion(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.refusal:
        message["refusal"] = answer.refusal
    if answer.calls:
        message["tool_calls"] = [_call(i, c, c.arguments) for i, c in enumerate(answer.calls)]
    choice = {"index": 0, "message": message, "finish_reason": answer.finished}
    return {**_envelope("chat.completion"), "choices": [choice], "usage": answer.usage}


def _chunks(answer: Answer, *, usage: bool) -> Iterator[dict[str, Any]]:
    yield _chunk({"role": "assistant", "content": ""})
    for part in _pieces(answer.text, answer.piece):
        yield _chunk({"content": part})
    for part in _pieces(answer.refusal, answer.piece):
        yield _chunk({"refusal": part})
    for index, call in enumerate(answer.calls):
        yield _chunk({"tool_calls": [{"index": index, **_call(index, call, "")}]})
        for part in _pieces(call.arguments, answer.piece):
            yield _chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    if answer.done:
        yield _chunk({}, answer.finished)
    if usage and answer.usage is not None:
        yield {**_envelope("chat.completion.chunk"), "choices": [], "usage": answer.usage}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_envelope("chat.completion.chunk"), "choices": [choice]}


def _call(index: int, call: Call, arguments: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": arguments}
    return {"id": f"call_{index}", "type": "function", "function": function}


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "answer", "object": kind, "created": 0, "model": "tiny"}


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
