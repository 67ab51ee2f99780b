"""Public files by way of a cache: complete and of the right kind, or not there at all."""

import contextlib
import hashlib
import http.client
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLError
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from filelock import FileLock

from synthcraft.errors import DataError, Problem

_AGENT = "synthcraft (reads public files)"  # the CDC turns nameless programs away
_CHUNK = 1 << 16
SECONDS = 60.0  # that a server may be silent
_LOCAL = "or put the files in a folder and name it: dataset.params.path."
_NO_ANSWER = (URLError, TimeoutError, ConnectionError, SSLError, http.client.HTTPException)
_PAGE = (b"<!doctype", b"<html", b"<?xml")


@dataclass(frozen=True)
class Kind:
    """What a file is, by its first bytes, and which records it must consist of."""

    what: str
    start: re.Pattern[bytes]
    record: int = 1


@dataclass(frozen=True)
class Remote:
    """A file by the name it has in a cache, where it comes from, and which setting says so."""

    name: str
    url: str
    kind: Kind
    setting: str = "dataset.params.url"


def show(line: str) -> None:
    """Tells the user on standard error."""
    print(line, file=sys.stderr, flush=True)


def cached(
    files: Sequence[Remote],
    cache: Path,
    *,
    of: str,
    tell: Callable[[str], None] = show,
    seconds: float = SECONDS,
) -> dict[str, Path]:
    """The files ``of`` a source by name; what the cache lacks, or was changed there, is fetched.

    A file appears in the cache only when it is complete, with its SHA-256 beside it
    (``NAME.sha256``, as sha256sum writes it). A download that broke off goes on where it ended, if
    the server can say that the file is still the same.

    Raises
    ------
    DataError
        when there is no network or no such file, or what comes is an HTML page, something else,
        or cut short; what the cache held before stays there.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / ".lock"):
            missing = [file for file in files if not _intact(cache / file.name)]
            for nth, file in enumerate(missing, start=1):
                tell(f"{of}: {file.name}, {nth} of {len(missing)}, from {file.url}")
                _fetch(file, cache / file.name, seconds=seconds)
    except OSError as error:
        message = f"the cache folder {cache} cannot be written: {error.strerror}"
        hint = "Name another: dataset.params.cache."
        raise DataError([Problem("dataset.params.cache", message, hint)]) from None
    return {file.name: cache / file.name for file in files}


def _intact(path: Path) -> bool:
    """Whether the file is there as it was fetched."""
    with contextlib.suppress(OSError):
        told = _beside(path, "sha256").read_text().split()
        return bool(told) and told[0] == _sha256(path)
    return False


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(file: Remote, to: Path, *, seconds: float) -> None:
    part, mark = _beside(to, "part"), _beside(to, "part.mark")
    with _told(file, part):
        expected = _receive(file, part, mark, seconds=seconds)
    size = part.stat().st_size
    if expected is not None and size < expected:
        raise _error(
            file,
            f"ended after {size:,} of {expected:,} bytes",
            "Run again: it goes on from there.",
        )
    try:
        if size % file.kind.record:
            raise _error(file, "is cut short", "Run again.")
        _beside(to, "sha256").write_text(f"{_sha256(part)}  {to.name}\n")
        part.replace(to)
    finally:
        _forget(part, mark)


def _receive(file: Remote, part: Path, mark: Path, *, seconds: float) -> int | None:
    """Brings the part up to what the server has; its full size, where the server tells it."""
    with _ask(file, part, mark, seconds=seconds) as answer:
        goes_on = answer.status == http.client.PARTIAL_CONTENT
        before = part.stat().st_size if goes_on else 0
        mark.write_text(_version(answer.headers))
        with part.open("ab" if goes_on else "wb") as out:
            _copy(file, answer, out, at_start=not goes_on)
        length = answer.headers.get("Content-Length")
    return None if length is None else before + int(length)


def _ask(file: Remote, part: Path, mark: Path, *, seconds: float) -> Any:
    """The server's answer: the rest of a broken download, or all of the file."""

    def answer(headers: dict[str, str]) -> Any:
        request = Request(file.url, headers={"User-Agent": _AGENT, **headers})
        return urlopen(request, timeout=seconds)

    try:
        return answer(_rest(part, mark))
    except HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
    # The part was whole, or longer than the file is now: there is no rest.
    _forget(part, mark)
    return answer({})


def _copy(file: Remote, answer: Any, out: IO[bytes], *, at_start: bool) -> None:
    start = answer.read(_CHUNK)
    if at_start and not file.kind.start.match(start):
        page = start.lstrip().lower().startswith(_PAGE)
        raise _error(
            file,
            f"{file.url} gave {'an HTML page' if page else 'something else'}, not {file.kind.what}",
            f"The address may have moved: correct {file.setting}, {_LOCAL}",
        )
    while start:
        out.write(start)
        start = answer.read(_CHUNK)
    out.flush()
    os.fsync(out.fileno())


def _rest(part: Path, mark: Path) -> dict[str, str]:
    """The header that asks for what a broken download lacks, if the file has not changed since."""
    if not (part.is_file() and mark.is_file() and part.stat().st_size):
        return {}
    version = mark.read_text()
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": version} if version else {}


def _version(headers: Mapping[str, str]) -> str:
    """What tells this version of a file from others; "" where the server does not say."""
    tag = headers.get("ETag", "")
    # A weak tag does not promise equal bytes.
    return (tag if not tag.startswith("W/") else "") or headers.get("Last-Modified", "")


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _told(file: Remote, part: Path) -> Iterator[None]:
    """What can go wrong on the way, in words; a part stays only where it can be continued."""
    try:
        yield
    except DataError:
        _forget(part, _beside(part, "mark"))
        raise
    except HTTPError as error:
        _forget(part, _beside(part, "mark"))
        at = f"the server answers {error.code} ({error.reason}) to {file.url}"
        hint = f"Check {file.setting} and what is asked for, {_LOCAL}"
        raise _error(file, at, hint) from None
    except _NO_ANSWER as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        message = f"no answer from {file.url}: {reason}"
        raise _error(file, message, "Check the network and run again, " + _LOCAL) from None
    except ValueError:
        hint = "Give one that begins with https://, http:// or file://."
        raise _error(file, f"{file.url} is no address", hint) from None


def _error(file: Remote, message: str, hint: str) -> DataError:
    return DataError([Problem(file.setting, f"{file.name}: {message}", hint)])
