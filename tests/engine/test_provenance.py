import json

import pytest

from synthcraft.engine.provenance import deciding_versions, provenance
from synthcraft.engine.run import _version_changes
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def now():
    return provenance("synthcraft run +exp=smoke")


def test_it_is_plain_data_without_a_path_or_a_host(now):
    import os
    import socket

    text = json.dumps(now)
    assert os.getcwd() not in text  # noqa: PTH109
    assert socket.gethostname() not in text


def test_it_tells_of_a_conversation_where_there_was_one(now):
    assert "conversation" not in now
    assert provenance("", {"turns": 3})["conversation"] == {"turns": 3}
    # Another conversation about the same settings may resume a run.
    assert _version_changes(now, provenance("", {"turns": 3})) == []


def test_the_versions_that_decide_are_known(now):
    assert all(deciding_versions(now).values())
    assert len(now["source"]) == len(now["synthcity_wheel"]) == 64


def test_another_version_or_another_source_is_refused(now):
    assert _version_changes(now, now) == []
    other = {**now, "versions": {**now["versions"], "torch": "2.0"}}
    (problem,) = _version_changes(other, now)
    assert (problem.path, "--mixed" in problem.hint) == ("torch", True)
    (problem,) = _version_changes({**now, "source": "0" * 64}, now)
    assert problem.path == "synthcraft source"


def test_packages_that_bring_plugins_decide_too(monkeypatch, now):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "plugins"))
    then = provenance("")
    assert then["plugins"] == {"synthcraft-test-plugins": "1.0"}
    (problem,) = _version_changes(then, now)
    assert "now it is none" in problem.message
