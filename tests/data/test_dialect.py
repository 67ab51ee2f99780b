"""How text tables are written, against files that are."""

import gzip

import pytest

from synthcraft.data.cards import CsvParams
from synthcraft.data.dialect import dialect
from synthcraft.data.files import read_csv

ROWS = (("größe", "crp", "ward"), ("1.8", "3.5", "a"), ("1.75", "12.25", "b"))


def text(sep: str, decimal: str) -> str:
    return "\n".join(sep.join(cell.replace(".", decimal) for cell in row) for row in ROWS) + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("sep", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", ".")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_table_is_read_as_it_was_written(tmp_path, sep, decimal, encoding, packed):
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    raw = text(sep, decimal).encode(encoding)
    path.write_bytes(gzip.compress(raw) if packed else raw)
    frame = read_csv(CsvParams(path=str(path), **dialect(str(path)))).frame
    assert list(frame) == list(ROWS[0])
    assert frame["crp"].tolist() == [3.5, 12.25]


def test_a_plain_table_needs_nothing_and_an_absent_one_tells_nothing(tmp_path):
    plain = tmp_path / "t.csv"
    plain.write_text("note;x,y\n1,2\n")  # a semicolon inside of a name
    assert dialect(str(plain)) == {}
    assert dialect(str(tmp_path / "none.csv")) == {}
    (tmp_path / "t.gz").write_bytes(b"no gzip")
    assert dialect(str(tmp_path / "t.gz")) == {}


def test_points_in_numbers_leave_commas_as_they_are(tmp_path):
    mixed = tmp_path / "t.csv"
    mixed.write_text("a;b\n1,5;2.5\n")
    assert dialect(str(mixed)) == {"sep": ";"}
