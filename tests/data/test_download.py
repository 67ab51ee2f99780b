"""A cache that holds whole files of the right kind, whatever a server does."""

import hashlib
import socket

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.cdc.tables import TRANSPORT
from synthcraft.data.download import Remote, cached
from synthcraft.errors import DataError
from tests.data.cdc.conftest import write_xpt


@pytest.fixture
def content(tmp_path):
    """A transport file of 160,000 rows, larger than what is read at once."""
    path = tmp_path / "made.xpt"
    write_xpt(pd.DataFrame({"SEQN": np.arange(20_000.0)}), path)
    return path.read_bytes()


@pytest.fixture
def fetch(web, tmp_path):
    """Asks for one file; returns where it is, and the lines told meanwhile."""

    def get(path="/DEMO_C.xpt", **options):
        lines = []
        file = Remote("DEMO_C.XPT", web.url + path, TRANSPORT)
        options = {"seconds": 5.0, **options}
        found = cached([file], tmp_path / "cache", of="NHANES", tell=lines.append, **options)
        return found["DEMO_C.XPT"], lines

    return get


def refused(fetch, **options):
    with pytest.raises(DataError) as caught:
        fetch(**options)
    return str(caught.value)


def held(tmp_path):
    return {path.name for path in (tmp_path / "cache").iterdir()} - {".lock"}


def test_a_file_is_fetched_once(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    path, lines = fetch()
    assert path.read_bytes() == content
    assert held(tmp_path) == {"DEMO_C.XPT", "DEMO_C.XPT.sha256"}
    told = (tmp_path / "cache" / "DEMO_C.XPT.sha256").read_text()
    assert told == f"{hashlib.sha256(content).hexdigest()}  DEMO_C.XPT\n"
    assert lines == [f"NHANES: DEMO_C.XPT, 1 of 1, from {web.url}/DEMO_C.xpt"]
    assert fetch() == (path, [])
    assert len(web.asked) == 1


def test_a_part_that_was_whole_already_is_fetched_again(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "DEMO_C.XPT.part").write_bytes(content)
    (tmp_path / "cache" / "DEMO_C.XPT.part.mark").write_text('"one"')
    path, _ = fetch()
    assert path.read_bytes() == content
    assert held(tmp_path) == {"DEMO_C.XPT", "DEMO_C.XPT.sha256"}
    assert [wanted for _, wanted in web.asked] == [f"bytes={len(content)}-", None]


def test_a_file_that_was_changed_is_fetched_again(web, content, fetch):
    web.files["/DEMO_C.xpt"] = content
    path, _ = fetch()
    path.write_bytes(content[:400])
    fetch()
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"\n<!DOCTYPE html><html><title>Page not found</title>", "gave an HTML page, not a SAS"),
        (b"PK\x03\x04 a zip archive", "gave something else, not a SAS transport file"),
        (b"", "gave something else"),
    ],
)
def test_something_else_does_not_enter_the_cache(web, fetch, tmp_path, answer, says):
    web.files["/DEMO_C.xpt"] = answer
    told = refused(fetch)
    assert says in told
    assert "dataset.params.url" in told
    assert held(tmp_path) == set()


def test_no_such_file(web, fetch, tmp_path):
    told = refused(fetch)
    assert "the server answers 404" in told
    assert "dataset.params.path" in told
    assert held(tmp_path) == set()


def test_what_was_cached_stays_when_another_file_fails(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    path, _ = fetch()
    gone = Remote("BMX_C.XPT", web.url + "/BMX_C.xpt", TRANSPORT)
    with pytest.raises(DataError, match=r"BMX_C.XPT: the server answers 404"):
        cached([gone], tmp_path / "cache", of="NHANES", tell=lambda _: None)
    assert held(tmp_path) == {"DEMO_C.XPT", "DEMO_C.XPT.sha256"}
    assert path.read_bytes() == content


def test_a_broken_download_goes_on_where_it_ended(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    web.ends_after = 100_000
    told = refused(fetch)
    assert f"ended after 100,000 of {len(content):,} bytes" in told
    assert "DEMO_C.XPT" not in held(tmp_path)
    web.ends_after = None
    path, _ = fetch()
    assert path.read_bytes() == content
    assert [wanted for _, wanted in web.asked] == [None, "bytes=100000-"]
    assert web.starts == [0, 100_000]
    assert held(tmp_path) == {"DEMO_C.XPT", "DEMO_C.XPT.sha256"}


def test_a_file_that_changed_in_between_is_fetched_from_its_start(web, content, fetch):
    web.files["/DEMO_C.xpt"] = content
    web.ends_after = 100_000
    refused(fetch)
    web.files["/DEMO_C.xpt"] = content[:80] + content[80:].replace(b"SEQN", b"SEQM")
    web.ends_after, web.etag = None, '"two"'
    path, _ = fetch()
    assert web.starts == [0, 0]
    assert path.read_bytes() == web.files["/DEMO_C.xpt"]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_sure_version_nothing_is_continued(web, content, fetch, etag):
    web.files["/DEMO_C.xpt"] = content
    web.ends_after, web.etag = 100_000, etag
    refused(fetch)
    web.ends_after = None
    path, _ = fetch()
    assert path.read_bytes() == content
    assert [wanted for _, wanted in web.asked] == [None, None]


def test_a_cut_file_of_unsaid_length_is_told_by_its_records(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    web.says_length, web.ends_after = False, 100_001
    assert "is cut short" in refused(fetch)
    assert held(tmp_path) == set()


def test_a_server_that_keeps_silent(web, content, fetch, tmp_path):
    web.files["/DEMO_C.xpt"] = content
    web.sleeps = 1.0
    assert "no answer from" in refused(fetch, seconds=0.2)
    web.sleeps = 0.0
    assert fetch()[0].read_bytes() == content
    assert held(tmp_path) == {"DEMO_C.XPT", "DEMO_C.XPT.sha256"}


def test_no_network(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = Remote("DEMO_C.XPT", f"http://127.0.0.1:{port}/DEMO_C.xpt", TRANSPORT)
    with pytest.raises(DataError, match=r"no answer from .* Check the network"):
        cached([file], tmp_path / "cache", of="NHANES", tell=lambda _: None)


def test_no_address(tmp_path):
    file = Remote("DEMO_C.XPT", "wwwn.cdc.gov/DEMO_C.xpt", TRANSPORT)
    with pytest.raises(DataError, match="is no address"):
        cached([file], tmp_path / "cache", of="NHANES", tell=lambda _: None)


def test_a_cache_that_is_a_file(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(DataError, match=r"dataset\.params\.cache"):
        cached([], tmp_path / "cache", of="NHANES", tell=lambda _: None)


def test_a_local_mirror(tmp_path, content):
    (tmp_path / "DEMO_C.xpt").write_bytes(content)
    file = Remote("DEMO_C.XPT", (tmp_path / "DEMO_C.xpt").as_uri(), TRANSPORT)
    found = cached([file], tmp_path / "cache", of="NHANES", tell=lambda _: None)
    assert found["DEMO_C.XPT"].read_bytes() == content
    gone = Remote("X.XPT", (tmp_path / "X.xpt").as_uri(), TRANSPORT)
    with pytest.raises(DataError, match="no answer from"):
        cached([gone], tmp_path / "cache", of="NHANES", tell=lambda _: None)
