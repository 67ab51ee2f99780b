"""Where the language model is: an address, a model's name, and a key from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from synthcraft.chat.errors import ChatError

OPENAI = "https://api.openai.com/v1"
AZURE_VERSION = "2024-10-21"
NO_KEY = SecretStr("")


class NoKey(ChatError):
    """Raised when no server was named and no key is set: there is nobody to talk to."""


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible server.

    ``key_name`` is the environment variable that the key came from ("" without a key), ``azure``
    the version of Azure's interface ("" elsewhere; there, ``model`` names the deployment).
    An empty ``model`` means the only one that the server offers.
    """

    url: str
    model: str = ""
    key: SecretStr = field(default=NO_KEY, repr=False)
    key_name: str = ""
    azure: str = ""

    @property
    def local(self) -> bool:
        """Whether the server is on this computer.

        >>> Endpoint("http://localhost:11434/v1").local, Endpoint(OPENAI).local
        (True, False)
        """
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def endpoint(base_url: str | None, model: str | None, *, environ: Mapping[str, str]) -> Endpoint:
    """The server to talk to: the one named, else the one that the environment tells of.

    ``SYNTHCRAFT_API_KEY`` goes to whatever server is named; ``OPENAI_API_KEY`` only where the
    connection is encrypted, so that a key for the cloud never reaches a server of the house by
    accident. Without a named server: ``OPENAI_BASE_URL``, ``AZURE_OPENAI_ENDPOINT`` (with
    ``AZURE_OPENAI_API_KEY`` and ``OPENAI_API_VERSION``), then OpenAI's own.

    Raises
    ------
    NoKey
        When nothing is named and no key is set.
    ChatError
        When the address is no web address, or holds a password or a query; when a key holds
        characters that no key has.

    >>> endpoint("http://localhost:11434/v1", "llama3", environ={"OPENAI_API_KEY": "sk-1"}).key_name
    ''
    """
    name = model or environ.get("SYNTHCRAFT_MODEL", "")
    url = base_url or environ.get("OPENAI_BASE_URL", "")
    if not url and (azure := environ.get("AZURE_OPENAI_ENDPOINT", "")):
        key, key_name = _key(("AZURE_OPENAI_API_KEY",), environ)
        version = environ.get("OPENAI_API_VERSION") or AZURE_VERSION
        return Endpoint(_address(azure), name, key, key_name, version)
    url = _address(url or OPENAI)
    names = ("SYNTHCRAFT_API_KEY", "OPENAI_API_KEY")
    key, key_name = _key(names if url.startswith("https:") else names[:1], environ)
    if url == OPENAI and not key_name:
        raise NoKey(
            "No key is set for a language model. Set OPENAI_API_KEY in the environment, or name "
            "a server with --base-url (one on this computer mostly needs no key)."
        )
    return Endpoint(url, name, key, key_name)


def _address(url: str) -> str:
    """The address without a slash at its end, if it is one that may stand in messages."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ChatError(
            "The server's address must begin with http:// or https://, such as "
            "http://localhost:11434/v1."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ChatError(
            "The server's address holds a password or a query. Give the address alone, and a key "
            "in the variable SYNTHCRAFT_API_KEY."
        )
    return url.strip().rstrip("/")


def _key(names: tuple[str, ...], environ: Mapping[str, str]) -> tuple[SecretStr, str]:
    """The first key that is set, and the variable that holds it."""
    for name in names:
        key = environ.get(name, "").strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise ChatError(
                f"The key in {name} holds characters that no key has (a blank, a line break, a "
                "letter with an accent). Copy it again."
            )
        if key:
            return SecretStr(key), name
    return NO_KEY, ""
