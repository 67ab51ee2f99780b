"""Metadata that archives read: complete, without persons, and the same each time."""

import json
from pathlib import Path

import pytest

from synthcraft.report import build
from synthcraft.report.crate import FILE
from synthcraft.report.manifest import read


@pytest.fixture(scope="module")
def bundle(make_run, tmp_path_factory) -> Path:
    run = make_run(tmp_path_factory.mktemp("runs") / "run", names=("group", "x", "y"), rows=200)
    return build([run]).parent


@pytest.fixture(scope="module")
def things(bundle) -> dict[str, dict]:
    plain = json.loads((bundle / FILE).read_text())
    assert plain["@context"] == "https://w3id.org/ro/crate/1.1/context"
    found = {thing["@id"]: thing for thing in plain["@graph"]}
    assert len(found) == len(plain["@graph"])  # ids are unique
    return found


def test_the_root_has_what_the_specification_demands(things):
    descriptor, root = things[FILE], things["./"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset"
    assert root["datePublished"] == "2026-01-02T03:04:05Z"
    assert {"name", "description", "license"} <= root.keys()


def test_every_file_is_described_with_its_size(things, bundle):
    parts = {part["@id"] for part in things["./"]["hasPart"]}
    on_disk = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}
    assert parts == on_disk - {FILE}
    for name, listed in read(bundle).files.items():
        if name != FILE:
            assert things[name]["@type"] == "File"
            assert things[name]["contentSize"] == str(listed.size)
            assert "/" in things[name]["encodingFormat"]


def test_every_reference_leads_somewhere_and_no_person_is_named(things):
    def references(plain):
        if isinstance(plain, dict):
            yield from [plain["@id"]] if plain.keys() == {"@id"} else []
            for value in plain.values():
                yield from references(value)
        if isinstance(plain, list):
            for value in plain:
                yield from references(value)

    outside = {name for thing in things.values() for name in references(thing)} - things.keys()
    assert outside == {"https://w3id.org/ro/crate/1.1"}
    assert not any(thing["@type"] == "Person" for thing in things.values())


def test_the_run_is_an_action_with_the_spec_s_settings(things):
    action = next(thing for thing in things.values() if thing["@type"] == "CreateAction")
    assert action["instrument"] == {"@id": "#synthcraft"}
    assert action["result"] == {"@id": "journal.jsonl"}
    assert {"@id": "spec.yaml"} in action["object"]
    assert action["actionStatus"].endswith("CompletedActionStatus")
    settings = {t["name"]: t["value"] for t in things.values() if t["@type"] == "PropertyValue"}
    assert settings["dataset.plugin"] == "nhanes"
    assert settings["generators.ctgan.params.n_iter"] == "50"
