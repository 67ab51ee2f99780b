"""Published bundles stay readable: their tables follow from their journals."""

import pytest

from synthcraft.report import build
from synthcraft.results import load_run, tidy, to_csv
from tests.conftest import ROOT

BUNDLES = sorted(path.parent for path in ROOT.glob("reports/*/journal.jsonl"))


def test_there_is_one():
    assert BUNDLES


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_a_published_table_follows_from_its_journal(bundle, tmp_path):
    run = load_run(bundle)
    assert run.complete
    assert to_csv(tidy(run)) == (bundle / "results.csv").read_text()
    assert build([bundle], to=tmp_path / "again").stat().st_size > 100_000
