"""What goes wrong between here and a language model, in words, and whether to try again."""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from synthcraft.chat.model.endpoint import Endpoint

KEPT = "The conversation is kept."
LONGEST_WAIT = 60.0
"""Seconds that a server may ask us to wait; beyond that, the researcher is told."""

# How servers call a field that they do not know, in the order in which a refusal is read.
_FIELDS = {
    "stream_options": ("stream_options", "include_usage"),
    "response_format": ("response_format", "json_object", "json mode"),
    "tools": ("tool", "tools", "tool_choice", "function", "functions"),
    "stream": ("stream", "streaming"),
}
_TOO_LONG = (
    "context_length",
    "context length",
    "context size",
    "context window",
    "too many tokens",
)
_TRANSIENT = (408, 409, 425, 429, 500, 502, 503, 504, 529)


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    ``again``: trying once more may help, after ``wait`` seconds where the server named them.
    ``lacks``: the field of the request that the server does not know. ``unknown``: the address or
    the model is not known there. ``too_long``: the conversation does not fit the model.
    """

    words: str
    again: bool = False
    wait: float | None = None
    lacks: str = ""
    unknown: bool = False
    too_long: bool = False


def failure(exc: Exception, at: Endpoint, body: Mapping[str, Any]) -> Failure:
    """What an exception of the openai package means, for a request with this body.

    Its own text is never quoted: only what the server itself said, shortened, and without the key.
    """
    import openai

    if isinstance(exc, openai.APIStatusError):
        return _of_status(exc.status_code, _said(exc, at), exc, at, body)
    if isinstance(exc, openai.APITimeoutError):
        return Failure(
            f"The server at {at.url} did not answer in time. {KEPT} A large model on a small "
            "computer may need a smaller one."
        )
    if isinstance(exc, openai.APIConnectionError):
        return _of_connection(exc, at)
    if isinstance(exc, openai.APIError):  # an error told inside of a stream
        return Failure(f"The server broke off with an error{_said(exc, at)}. {KEPT}", again=True)
    return Failure(f"The server at {at.url} sent something that is no answer. {KEPT}", again=True)


def _of_connection(exc: Exception, at: Endpoint) -> Failure:
    causes = list(_causes(exc))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Failure(f"The certificate of {at.url} is not accepted. {KEPT}")
    if any(type(cause).__name__ in ("ConnectError", "ProxyError") for cause in causes):
        return Failure(
            f"No server answers at {at.url}. Is it running, and is the address right? {KEPT}"
        )
    return Failure(f"The connection to {at.url} broke off. {KEPT}", again=True)


def _of_status(
    status: int, said: str, exc: Exception, at: Endpoint, body: Mapping[str, Any]
) -> Failure:
    text = f"{said} {getattr(exc, 'code', '') or ''}".lower()
    if status in (401, 403):
        return _of_key(status, at)
    if status == 402 or "insufficient_quota" in text:
        return Failure(f"The account at {at.url} has no credit left. {KEPT}")
    if status == 413 or any(sign in text for sign in _TOO_LONG):
        return Failure(
            f"The conversation is longer than the model can take. {KEPT} Choose a model with a "
            "longer context (8,000 tokens or more).",
            too_long=True,
        )
    if "content_filter" in text or "content management policy" in text:
        return Failure(f"The server's content filter stopped the message. {KEPT} Say it otherwise.")
    if lacks := _lacking(status, text, body):
        return Failure(f"The server at {at.url} does not know {lacks!r}.", lacks=lacks)
    if status == 404 or "model_not_found" in text:
        return Failure(
            f"Nothing at {at.url} speaks chat completions, or the model {at.model!r} is not known "
            f"there. The address mostly ends in /v1. {KEPT}",
            unknown=True,
        )
    if 300 <= status < 400:
        return Failure(
            f"The server at {at.url} points to another address, which nobody agreed to. Give that "
            f"address itself as --base-url. {KEPT}"
        )
    if status == 429:
        return _of_limit(_seconds(exc), at)
    if status in _TRANSIENT:
        told = f"The server at {at.url} has a fault of its own ({status}){said}. {KEPT} Try again."
        return Failure(told, again=True, wait=_bounded(_seconds(exc)))
    return Failure(f"The server at {at.url} refused the request ({status}){said}. {KEPT}")


def _of_key(status: int, at: Endpoint) -> Failure:
    if not at.key_name:
        name = "AZURE_OPENAI_API_KEY" if at.azure else "SYNTHCRAFT_API_KEY"
        return Failure(f"The server at {at.url} wants a key. Set {name} in the environment. {KEPT}")
    what = "was refused" if status == 401 else f"does not open the model {at.model!r}"
    return Failure(f"The key in {at.key_name} {what} by {at.url}. {KEPT} Check the variable.")


def _of_limit(seconds: float | None, at: Endpoint) -> Failure:
    if seconds is not None and seconds > LONGEST_WAIT:
        return Failure(
            f"The server at {at.url} takes no more requests for {seconds:.0f} seconds. {KEPT}"
        )
    told = f"The server at {at.url} takes no more requests for now. {KEPT} Try again in a minute."
    return Failure(told, again=True, wait=seconds)


def _lacking(status: int, text: str, body: Mapping[str, Any]) -> str:
    """The field of the request that the server's words refuse, if they name one.

    >>> _lacking(400, "model does not support tools", {"tools": [], "stream": True})
    'tools'
    """
    if status not in (400, 422, 501) and not (status == 500 and "tools" in text):
        return ""
    for field, names in _FIELDS.items():
        if field in body and re.search(rf"\b(?:{'|'.join(names)})\b", text):
            return field
    return ""


def _said(exc: Any, at: Endpoint) -> str:
    """What the server said, as the end of a sentence: short, printable and without the key."""
    inner = _message(exc.body)
    if not inner.strip() or inner.lstrip().startswith("<"):  # a web page says nothing here
        return ""
    secret = at.key.get_secret_value()
    text = inner.replace(secret, "…") if secret else inner
    # Some servers repeat the key with its middle starred.
    text = re.sub(r"\b(?:sk|key)-\S+", "…", "".join(c if c.isprintable() else " " for c in text))
    return f": “{' '.join(text.split())[:200].rstrip('.')}”"


def _message(body: Any) -> str:
    """What an error's body says, in the forms that servers give it.

    >>> _message({"message": "no tools"}), _message({"detail": [{"loc": ["body", "tools"]}]})
    ('no tools', '[{"loc": ["body", "tools"]}]')
    """
    if isinstance(body, Mapping):
        told = next((body[key] for key in ("message", "detail", "error") if body.get(key)), "")
        return told if isinstance(told, str) else json.dumps(told)
    return body if isinstance(body, str) else ""


def _seconds(exc: Any) -> float | None:
    """What Retry-After says, if it is a number of seconds."""
    told = exc.response.headers.get("retry-after", "")
    return float(told) if re.fullmatch(r"\d{1,9}(\.\d+)?", told) else None


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, LONGEST_WAIT)


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
