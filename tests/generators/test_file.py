"""The generator of rows that were made elsewhere: the files as they are, and nothing else."""

from pathlib import Path

import pandas as pd
import pytest

from synthcraft.catalogue import GENERATORS
from synthcraft.data.given import file_hash
from synthcraft.errors import DataError
from synthcraft.generators.base import Fitted, Given
from synthcraft.generators.params import GivenParams


@pytest.fixture
def paths(mixed, tmp_path):
    """Two files of 30 and 40 rows."""
    found = [tmp_path / "a.csv", tmp_path / "b.parquet"]
    mixed.frame.head(30).to_csv(found[0], index=False)
    mixed.frame.tail(40).to_parquet(found[1], index=False)
    return tuple(map(str, found))


def fitted(params, train, seed=0):
    return GENERATORS.get("file").load()(params=params).fit(train, seed=seed)


def test_the_tables_are_the_files(paths, mixed):
    given = fitted(GivenParams(paths=paths), mixed)
    assert isinstance(given, Given)
    assert not isinstance(given, Fitted)
    assert [len(table) for table in given.tables] == [30, 40]
    for table, rows in zip(given.tables, (mixed.frame.head(30), mixed.frame.tail(40)), strict=True):
        expected = mixed.with_frame(rows.reset_index(drop=True)).frame
        pd.testing.assert_frame_equal(mixed.with_frame(table).frame, expected)


def test_seeds_change_nothing(paths, mixed):
    one, other = (fitted(GivenParams(paths=paths), mixed, seed=seed) for seed in (0, 1))
    for a, b in zip(one.tables, other.tables, strict=True):
        pd.testing.assert_frame_equal(a, b)


def test_other_content_than_that_of_the_spec_is_refused(paths, mixed):
    hashes = tuple(map(file_hash, paths))
    assert fitted(GivenParams(paths=paths, sha256=hashes), mixed)
    with Path(paths[0]).open("a") as file:
        file.write("\n")
    with pytest.raises(DataError, match=r"a\.csv: has changed"):
        fitted(GivenParams(paths=paths, sha256=hashes), mixed)
    with pytest.raises(DataError, match="1 sha256 for 2 files"):
        fitted(GivenParams(paths=paths, sha256=hashes[:1]), mixed)
