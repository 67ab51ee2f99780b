"""Published bundles stay what their journals give, to the last byte."""

import json
import shutil

import pytest

from synthcraft.cli.published import INDEX, bundles, index
from synthcraft.report.manifest import FILE
from synthcraft.report.verify import verify
from synthcraft.results import load_run, tidy, to_csv
from tests.conftest import ROOT

FOLDER = ROOT / "reports"
BUNDLES = bundles(FOLDER)


def test_there_are_some_and_every_folder_is_one():
    assert {path for path in FOLDER.iterdir() if path.is_dir()} == set(BUNDLES)
    assert len(BUNDLES) > 2


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_a_published_report_is_made_again_byte_for_byte(bundle):
    """Where this fails: ``python -m synthcraft.cli.published`` makes what is stale anew."""
    found = verify(bundle)
    assert found.differences == {}
    assert found.remade == found.files + 1  # the manifest itself
    assert not any(note.startswith("No mean") for note in found.notes)


def test_a_published_table_follows_from_its_journal():
    run = load_run(FOLDER / "quickstart")
    assert run.complete
    assert to_csv(tidy(run)) == (FOLDER / "quickstart" / "results.csv").read_text()


def test_the_list_of_reports_is_fresh():
    assert (FOLDER / INDEX).read_text() == index(FOLDER)


def test_a_run_with_a_policy_is_not_verified_without_its_release_pack(tmp_path):
    copy = shutil.copytree(FOLDER / "release", tmp_path / "release")
    shutil.rmtree(copy / "release")
    manifest = json.loads((copy / FILE).read_text())
    manifest.pop("packs")
    kept = {name: one for name, one in manifest["files"].items() if not name.startswith("release/")}
    text = json.dumps({**manifest, "format": 1, "files": kept}, sort_keys=True, indent=1)
    (copy / FILE).write_text(text + "\n")
    found = verify(copy).differences
    assert found["release/index.html"] == "is missing: the journal gives such a file"
