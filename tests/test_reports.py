"""Published bundles stay readable: their tables follow from their journals."""

import tarfile

import pytest

from synthcraft.report import build
from synthcraft.results import load_run, tidy, to_csv
from tests.conftest import ROOT

BUNDLES = sorted(path.parent for path in ROOT.glob("reports/*/journal.jsonl"))
SEVERAL = sorted(path.parent for path in ROOT.glob("reports/*/runs.tar.gz"))


def test_there_is_one():
    assert BUNDLES


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_a_published_table_follows_from_its_journal(bundle, tmp_path):
    run = load_run(bundle)
    assert run.complete
    assert to_csv(tidy(run)) == (bundle / "results.csv").read_text()
    assert build([bundle], to=tmp_path / "again").stat().st_size > 100_000


@pytest.mark.parametrize("bundle", SEVERAL, ids=lambda path: path.name)
def test_published_tables_follow_from_the_journals_of_their_runs(bundle, tmp_path):
    with tarfile.open(bundle / "runs.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
        runs = [tmp_path / name for name in packed.getnames() if "/" not in name]
    assert all(load_run(run).complete for run in runs)
    build(runs, to=tmp_path / "again")
    published = sorted((bundle / "tables").glob("*.csv"))
    assert published
    for table in published:
        assert (tmp_path / "again" / "tables" / table.name).read_bytes() == table.read_bytes()
