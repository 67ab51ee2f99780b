import csv
import io
import re

import pytest

from synthcraft.report import build
from synthcraft.report.document import Cell, Head, Rows, Table
from synthcraft.report.printed import as_csv, escaped, latex

NASTY = r"50% of $x_1$ & {a\b} ~ ^ # <b> ε−1"


@pytest.fixture
def table():
    rows = ((Cell(NASTY), Cell("−0.1", ("−0.2 to 0.1",)), Cell("0.5", tone="best")),)
    heads = (Head("Generator"), Head("A_b", ("higher is better ↑",)), Head("C"))
    return Table("Caption", heads, (Rows(rows, "Group & co"), Rows(rows)))


def test_latex_has_as_many_cells_in_each_row_and_no_live_sign(table):
    lines = [line for line in latex(table).splitlines() if line.endswith(r" \\")]
    cells = [re.split(r"(?<!\\)&", line) for line in lines]
    assert [len(row) for row in cells] == [3, 1, 3, 3]  # heads, a group's title over all, rows
    # Without maths of our own, stacks and escapes, nothing is left that LaTeX would read.
    plain = re.sub(r"\$[^$]*\$|\\shortstack\[r\]|\\text\w+\{\}|\\[%&$#_{}\\]", "", cells[2][0])
    assert not set(plain) & set(r"\%$#_^~{}<>")
    assert r"\textbf{0.5}" in lines[2]


def test_no_cell_is_taken_for_a_part_of_the_row_before_it():
    rows = ((Cell("[0, 1]"), Cell("0.5", ("* within", "[n]"))), (Cell("*"), Cell("0.6")))
    written = latex(Table("", (Head("A"), Head("B")), (Rows(rows),)))
    assert not re.search(r"\\\\\s*[*\[]", written)


def test_letters_and_hyphens_are_printed_as_they_are():
    assert escaped("--real a---b -c") == "-{}-real a-{}-{}-b -c"
    assert escaped("Gro\u0308\u00dfe z\u0302 Φ σ") == r"Größe $\hat{z}$ $\Phi$ $\sigma$"


def test_csv_can_be_read_back_and_starts_no_formula(table):
    found = list(csv.reader(io.StringIO(as_csv(table))))
    assert found[0] == ["Part", "Generator", "A_b [higher is better ↑]", "C"]
    assert found[1][2:] == ["-0.1 [-0.2 to 0.1]", "0.5"]
    assert [row[0] for row in found[1:]] == ["Group & co", ""]
    cells = (Cell("+cmd"), Cell("-a")), (Cell("+1+cmd"), Cell("-1|x"))
    risky = Table("", (Head("=1+1"), Head("@x")), (Rows(cells),))
    assert as_csv(risky).splitlines() == ["'=1+1,'@x", "'+cmd,'-a", "'+1+cmd,'-1|x"]


def test_signed_numbers_are_written_as_numbers():
    cells = (Cell("a"), Cell("+0.031", ("0.010 to 0.052",))), (Cell("b"), Cell("−1,234"))
    written = as_csv(Table("", (Head("Arm"), Head("Gain")), (Rows(cells),)))
    assert written.splitlines()[1:] == ["a,+0.031 [0.010 to 0.052]", 'b,"-1,234"']


def test_several_runs_are_printed_the_same_each_time(make_run, tmp_path):
    kept = {
        "names": ("group", "x", "y"),
        "generators": {n: {"plugin": n} for n in ("arf", "ctgan")},
    }
    runs = [make_run(tmp_path / str(seed), rows=200, seed=seed, **kept) for seed in (0, 1)]
    one, other = (build(runs, to=tmp_path / name).parent for name in ("one", "other"))
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    assert files == {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in files)
    kinds = {name.suffix for name in files if name.parent.name == "figures"}
    assert kinds == {".svg", ".pdf"}
    assert {name.stem for name in files if name.parent.name == "tables"} == {
        "enough",
        "triad",
        "variance",
    }


def test_tables_of_an_earlier_report_do_not_stay(make_run, tmp_path):
    run = make_run(tmp_path / "run", names=("group", "x", "y"), rows=200)
    stale = tmp_path / "to" / "tables" / "standings-utility.tex"
    stale.parent.mkdir(parents=True)
    stale.write_text("old")
    mine = stale.with_name("notes.txt")
    mine.write_text("kept")
    build([run], to=tmp_path / "to")
    assert not stale.exists()
    assert mine.exists()
    assert (tmp_path / "to" / "tables" / "triad.csv").exists()
