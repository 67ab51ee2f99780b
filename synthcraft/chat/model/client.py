"""Talking with a language model over HTTP: the one place that sends."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal, NoReturn

from synthcraft.chat.errors import Blocked, ChatError
from synthcraft.chat.model.answer import Answer, Endless, joined, model_name, whole
from synthcraft.chat.model.endpoint import Endpoint
from synthcraft.chat.model.failures import KEPT, Failure, failure
from synthcraft.errors import nearest

Mode = Literal["tools", "json", "plain"]
"""How a model can propose: by a tool call, as a JSON object, or in a fenced block of its text."""
Message = Mapping[str, Any]


class TooLong(ChatError):
    """Raised when the conversation does not fit the model's context."""


@dataclass(frozen=True)
class Sent:
    """What left this computer: the hash and the size of the exact bytes, and where they went."""

    sha256: str
    bytes: int
    url: str
    model: str


@dataclass(frozen=True)
class Patience:
    """Seconds: to reach a server, to bear its silence, for one whole answer, between attempts."""

    connect: float = 10.0
    silence: float = 300.0
    answer: float = 900.0
    waits: tuple[float, ...] = (1.0, 4.0, 15.0)


class Client:
    """A connection to one server, which remembers what that server cannot do.

    Whatever goes out passes ``check`` with every text that the exact bytes on the wire hold, then
    ``sent`` tells of it: both are called by the HTTP client itself, so that nothing can go around.
    ``mode`` starts with tools and falls back where the server refuses them.
    """

    def __init__(
        self,
        at: Endpoint,
        *,
        check: Callable[[str], None],
        sent: Callable[[Sent], None] = lambda _: None,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.at = at
        self.mode: Mode = "tools"
        self._check, self._sent = check, sent
        self._patience, self._sleep, self._clock = patience, sleep, clock
        self._lacking: frozenset[str] = frozenset()
        self._openai = _openai(at, patience, self._leaving)

    def ask(
        self,
        messages: Callable[[Mode], Sequence[Message]],
        *,
        tool: Mapping[str, Any],
        hear: Callable[[str], None] = lambda _: None,
    ) -> Answer:
        """The model's answer to messages, which are written for the mode that the server can do.

        ``hear`` gets the text as it comes, where the server streams.

        Raises
        ------
        ChatError
            In words, when no answer can be had; TooLong when shorter messages may help.
        Blocked
            When ``check`` found something that must not leave; nothing was sent.
        """
        self._choose_model()
        while True:
            found = self._attempts(self._body(messages(self.mode), tool), hear)
            if isinstance(found, Answer):
                return found
            self._do_without(found.lacks)

    def allows(self, text: str) -> bool:
        """Whether a text may leave this computer."""
        try:
            self._check(text)
        except Blocked:
            return False
        return True

    def models(self) -> tuple[str, ...]:
        """The names of the models that the server offers, as far as it tells."""
        try:
            return tuple(sorted(model_name(model.id) for model in self._openai.models.list()))
        except Exception:  # a server that does not list them may still answer
            return ()

    def _body(self, messages: Sequence[Message], tool: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.at.model, "messages": list(messages)}
        if self.mode == "tools":
            body["tools"] = [tool]
        elif self.mode == "json":
            body["response_format"] = {"type": "json_object"}
        if "stream" not in self._lacking:
            body["stream"] = True
            if "stream_options" not in self._lacking:
                body["stream_options"] = {"include_usage": True}
        return body

    def _do_without(self, lacks: str) -> None:
        """The next request leaves out what the server has just refused."""
        if lacks == "tools":
            self.mode = "json"
        elif lacks == "response_format":
            self.mode = "plain"
        else:
            self._lacking |= {lacks}

    def _attempts(self, body: dict[str, Any], hear: Callable[[str], None]) -> Answer | Failure:
        """An answer, or the failure that names what the server lacks; others are raised."""
        for wait in (*self._patience.waits, None):
            hearing = _Hearing(hear)
            try:
                return self._once(body, hearing)
            except _Failed as failed:
                found = failed.failure
            if found.lacks and not hearing.begun:
                return found
            # Words that the researcher has begun to read are not taken back.
            if wait is None or not found.again or hearing.begun:
                self._give_up(found)
            self._sleep(wait if found.wait is None else found.wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, body: dict[str, Any], hearing: "_Hearing") -> Answer:
        """One request and its answer, streamed or whole."""
        import openai

        until = self._clock() + self._patience.answer
        kind = ""
        try:
            raw = self._openai.chat.completions.with_raw_response.create(**body)
            response = raw.http_response
            kind = response.headers.get("content-type", "")
            if "event-stream" in kind:
                parts = (chunk.model_dump(warnings=False) for chunk in raw.parse())
                answer = joined(self._in_time(parts, until), hearing)
            else:
                answer = whole(json.loads(response.read()), hearing)
        except openai.OpenAIError as exc:
            raise _Failed(failure(exc, self.at, body)) from None
        except Endless:
            told = f"The answer did not end, and was broken off. {KEPT}"
            raise _Failed(Failure(told)) from None
        except (ValueError, RecursionError):
            raise _Failed(_no_answer(self.at, again="event-stream" in kind)) from None
        if not (answer.text or answer.calls or answer.refusal):
            raise _Failed(
                Failure(f"The model answered with nothing. {KEPT} Try again.", again=True)
            )
        return answer

    def _in_time(self, parts: Iterable[Any], until: float) -> Iterator[Any]:
        for part in parts:
            if self._clock() > until:
                raise _Failed(Failure(f"The answer took too long, and was broken off. {KEPT}"))
            yield part

    def _leaving(self, request: Any) -> None:
        """Called by the HTTP client with each request that is about to leave."""
        content: bytes = request.read()
        if not content:
            return
        body = json.loads(content)
        self._check("\n".join(texts(body)))
        self._sent(Sent(sha256(content).hexdigest(), len(content), self.at.url, self.at.model))

    def _choose_model(self) -> None:
        if self.at.model:
            return
        offered = self.models()
        if len(offered) != 1:
            told = f" It offers: {', '.join(offered[:25])}." if offered else ""
            raise ChatError(f"Name a model of {self.at.url} with --model.{told}")
        self.at = replace(self.at, model=offered[0])

    def _give_up(self, found: Failure) -> NoReturn:
        if found.too_long:
            raise TooLong(found.words)
        if found.unknown and not self.at.azure:
            offered = self.models()
            if offered and self.at.model not in offered:
                told = f"The server at {self.at.url} does not know the model {self.at.model!r}."
                raise ChatError(f"{told} {nearest(self.at.model, offered)} {KEPT}")
        raise ChatError(found.words)


class _Failed(Exception):
    """Carries a failure from where it is seen to where it is decided upon."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


class _Hearing:
    """Passes text on, and knows whether any was."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear = hear
        self.begun = False

    def __call__(self, text: str) -> None:
        if text:
            self.begun = True
            self._hear(text)


def texts(value: Any) -> Iterator[str]:
    """Every text in plain data, keys too; JSON inside of a text is read as well.

    >>> list(texts({"a": ["b", 1], "c": '{"d": "\\\\u00e9"}'}))
    ['a', 'b', '1', 'c', '{"d": "\\\\u00e9"}', 'd', 'é']
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)
    elif value is not None:
        yield str(value)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            yield from _texts_of_json(value)


def _texts_of_json(text: str) -> Iterator[str]:
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from texts(inner)


def _openai(at: Endpoint, patience: Patience, leaving: Callable[[Any], None]) -> Any:
    """The package's client: without retries of its own, and bound to this one server."""
    import openai

    http = openai.DefaultHttpxClient(
        timeout=openai.Timeout(patience.silence, connect=patience.connect),
        # A redirect would carry the message to a server that nobody agreed to.
        follow_redirects=False,
        # A proxy is for servers elsewhere.
        trust_env=not at.local,
        event_hooks={"request": [leaving]},
    )
    key = at.key.get_secret_value() or "none"
    made: Any = (
        openai.AzureOpenAI(
            azure_endpoint=at.url,
            api_key=key,
            api_version=at.azure,
            max_retries=0,
            http_client=http,
        )
        if at.azure
        else openai.OpenAI(base_url=at.url, api_key=key, max_retries=0, http_client=http)
    )
    # What computer this is concerns nobody, and the package would start a process to find it out.
    made.platform_headers = dict
    if not at.key_name.endswith("OPENAI_API_KEY"):
        # Organisation, project and own headers, which the package reads from the environment, are
        # for whom that key is for.
        made.organization = made.project = None
        made._custom_headers = {}
    return made


def _no_answer(at: Endpoint, *, again: bool) -> Failure:
    if again:
        return Failure(f"The server at {at.url} sent a torn answer. {KEPT} Try again.", again=True)
    return Failure(
        f"What answers at {at.url} is no model server (a web page, perhaps). Is the address "
        f"right? It mostly ends in /v1. {KEPT}"
    )
