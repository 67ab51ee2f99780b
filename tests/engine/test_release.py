"""Of tables of which one may be released: which are kept, and that what leaves is of that one."""

import pandas as pd
import pytest

from synthcraft.report.sample import hand_over
from synthcraft.results import UNRELEASED, load_run
from synthcraft.spec.read import dump_plain
from tests.engine.test_run import drive

# Rows drawn with replacement hold 1 − 1/e = 0.63 of the train rows: their excess is about that.
POLICY = {"limits": {"near": {"measure": "mia_distance", "at_most": 0.9, "by": "mean"}}}


@pytest.fixture
def ended(small_spec, tmp_path):
    """A run of a generator with two splits, and one beside it, before any sample."""
    plain = {
        **small_spec,
        "metrics": {"mia_distance": {"plugin": "mia_distance"}},
        "generators": {label: {"plugin": "resample"} for label in ("ours", "other")},
        "release_policy": {"arm": "ours", **POLICY},
        "outputs": {"samples": 25},
    }
    (tmp_path / "spec.yaml").write_text(dump_plain(plain))
    code, _, err = drive(tmp_path / "spec.yaml", tmp_path / "run")
    assert code == 0, err
    return tmp_path / "run"


def test_only_the_first_fit_of_the_arm_is_kept_and_rows_of_its_table_leave(ended):
    kept = [path.name for path in (ended / UNRELEASED).iterdir()]
    assert kept == ["ours.s0.r0.report.d0.parquet"]
    assert not (ended / "samples").exists()
    run = load_run(ended)
    assert run.header["release_policy"]["arm"] == "ours"
    table = pd.read_parquet(ended / UNRELEASED / kept[0])
    assert hand_over(run, ended, root="ab" * 32) == f"released sample: {ended / 'release'}"
    sample = pd.read_parquet(ended / "release" / "sample.parquet")
    assert len(sample) == 25
    for name in table.columns:
        assert set(sample[name].dropna()) <= set(table[name].dropna())
    whole = table.astype(object).merge(sample.astype(object).drop_duplicates(), how="inner")
    assert len(whole) >= len(sample.drop_duplicates())
    assert not (ended / UNRELEASED).exists()
