"""Small tables of known content, and ways to load them."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.load import build_table, load_table
from synthcraft.data.table import Table
from synthcraft.errors import UserError
from synthcraft.spec.types import DatasetSpec


@pytest.fixture
def people() -> pd.DataFrame:
    """200 rows of 100 people: numbers, text and a binary outcome (30 of 200)."""
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, n),
            "bmi": np.round(rng.normal(27, 4, n), 1),
            "sex": rng.choice(["f", "m"], n),
            "person": np.repeat(np.arange(n // 2), 2),
            "sick": np.where(rng.permutation(n) < 30, "yes", "no"),
        }
    )


@pytest.fixture
def build() -> Callable[..., Table]:
    """Makes the table of a frame under dataset-spec fields."""
    return lambda frame, **fields: build_table(frame, DatasetSpec(plugin="csv", **fields))


@pytest.fixture
def load_file() -> Callable[..., Table]:
    """Makes the table of a file: ``load_file("csv", path, params={…}, target=…)``."""

    def load(plugin: str, path: Path, params: dict[str, Any] | None = None, **fields: Any) -> Table:
        params = {"path": str(path), **(params or {})}
        return load_table(DatasetSpec(plugin=plugin, params=params, **fields), seed=0)

    return load


@pytest.fixture
def problems_of() -> Callable[..., dict[str, str]]:
    """The problems that a call raises: message and hint by path."""

    def problems(call: Callable[..., Any], *args: Any, **fields: Any) -> dict[str, str]:
        with pytest.raises(UserError) as caught:
            call(*args, **fields)
        return {p.path: f"{p.message} | {p.hint}" for p in caught.value.problems}

    return problems


class Web:
    """A loopback server of some bytes, which can fail in every way that servers fail."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.etag: str | None = '"one"'
        self.ends_after: int | None = None  # bytes, then the connection closes
        self.sleeps = 0.0
        self.says_length = True
        self.asked: list[tuple[str, str | None]] = []  # path and Range
        self.starts: list[int] = []  # from which byte on it answered

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        assert "synthcraft" in str(request.headers.get("User-Agent"))
        content = self.files.get(request.path)
        if content is None:
            request.send_error(404)
            return
        start = 0
        if wanted and self.etag and request.headers.get("If-Range") == self.etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start and start >= len(content):
            request.send_error(416)
            return
        self.starts.append(start)
        request.send_response(206 if start else 200)
        if start:
            total = len(content)
            request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if self.etag:
            request.send_header("ETag", self.etag)
        if self.says_length:
            request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        threading.Event().wait(self.sleeps)
        end = len(content) if self.ends_after is None else start + self.ends_after
        request.wfile.write(content[start:end])


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Web(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()
