"""A report is what its runs give; whoever changes it is caught, and told where."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from synthcraft.errors import RunError
from synthcraft.journal import Journal, read
from synthcraft.report import build, manifest
from synthcraft.report import verify as module
from synthcraft.report.manifest import FILE, root_of
from synthcraft.report.unlike import first_difference
from synthcraft.report.verify import verify
from tests.report.tamper import (
    EDITS,
    JOURNAL,
    another_digit,
    another_value,
    line_removed,
    rechained,
    record_removed,
    rehashed,
)

SMALL = {"names": ("group", "x", "y"), "rows": 200}


@pytest.fixture(scope="module")
def bundle(make_run, tmp_path_factory) -> Path:
    """A report of one run."""
    return build([make_run(tmp_path_factory.mktemp("runs") / "run", **SMALL)]).parent


@pytest.fixture
def copy(bundle, tmp_path) -> Path:
    """The same report, to be tampered with."""
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


@pytest.fixture
def once(monkeypatch):
    """Files are made from a spec and journal once only: they depend on nothing else."""
    known: dict[str, dict[str, bytes]] = {}

    def contents(runs, recorded: Mapping[str, bytes], *, versions, packs=()):
        key = repr((sorted(recorded.items()), sorted(versions.items()), sorted(packs)))
        if key not in known:
            known[key] = made(runs, recorded, versions=versions, packs=packs)
        return known[key]

    made = module.contents
    monkeypatch.setattr(module, "contents", contents)


def test_an_untouched_report_is_verified_wherever_it_is(bundle, copy):
    found = verify(copy)
    assert found.differences == {}
    assert found.remade == found.files + 1
    assert len(found.notes) == 1
    assert "by a second way" in found.notes[0]
    assert found.root == verify(bundle.parent, remake=False).root  # the run that has the report
    assert found.root == root_of((copy / FILE).read_bytes())


@pytest.mark.slow
def test_several_runs_are_carried_and_verified_alone(make_run, tmp_path):
    runs = [
        make_run(tmp_path / f"{k}", **SMALL, name=f"sweep-{k}", seed=k, design={"splits": 2})
        for k in range(2)
    ]
    folder = build(runs, to=tmp_path / "both").parent
    for run in runs:
        shutil.rmtree(run)
    assert verify(folder).differences == {}
    again = build([folder / run.folder for run in manifest.read(folder).runs], to=folder).parent
    assert verify(again).root == verify(folder, remake=False).root
    edited = next(folder.glob("runs/*/journal.jsonl"))
    edited.write_bytes(another_value(edited.read_bytes(), np.random.default_rng(0)))
    assert edited.relative_to(folder).as_posix() in verify(folder).differences


@pytest.mark.parametrize("tries", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_hundreds_of_changes_are_each_caught_and_named(bundle, copy, once, tries):
    """Level 0 by the file's hash; level 1 where the manifest is made to fit."""
    rng = np.random.default_rng(1)
    names = sorted(manifest.read(bundle).files)
    kept = (copy / FILE).read_bytes()
    for _ in range(tries):
        name = names[int(rng.integers(len(names)))]
        path, before = copy / name, (copy / name).read_bytes()
        edit = EDITS[int(rng.integers(len(EDITS)))]
        path.write_bytes(edit(before, rng))
        assert name in verify(copy, remake=False).differences, (name, edit.__name__)
        if name not in ("spec.yaml", JOURNAL):
            rehashed(copy)
            assert verify(copy, remake=False).differences == {}
            found = verify(copy).differences
            assert {name, FILE} <= found.keys(), (name, edit.__name__)
            assert "made again it differs" in found[name]
        path.write_bytes(before)
        (copy / FILE).write_bytes(kept)
    assert verify(copy).differences == {}


@pytest.mark.parametrize("tries", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_forged_journal_is_caught_by_the_table_and_the_page(bundle, copy, tries):
    rng, before = np.random.default_rng(2), (copy / JOURNAL).read_bytes()
    for edit in (another_value, record_removed) * tries:
        (copy / JOURNAL).write_bytes(edit(before, rng))
        rehashed(copy)
        assert verify(copy, remake=False).differences == {}
        found = verify(copy).differences
        assert "results.csv" in found, edit.__name__


def test_a_forged_spec_is_caught_by_the_page(copy):
    text = (copy / "spec.yaml").read_text()
    (copy / "spec.yaml").write_text(text.replace("seed: 0", "seed: 1"))
    rehashed(copy)
    found = verify(copy)
    assert {"index.html", "report.md"} <= found.differences.keys()
    assert any("has another id" in note for note in found.notes)


def test_only_the_root_tells_a_report_that_was_forged_from_the_journal_on(bundle, tmp_path):
    (tmp_path / "run").mkdir()
    forged = another_value((bundle / JOURNAL).read_bytes(), np.random.default_rng(3))
    (tmp_path / "run" / JOURNAL).write_bytes(forged)
    shutil.copy(bundle / "spec.yaml", tmp_path / "run")
    folder = build([tmp_path / "run"]).parent
    quoted = verify(bundle, remake=False).root
    assert verify(folder).differences == {}
    assert list(verify(folder, remake=False, root=quoted).differences) == [FILE]
    assert verify(bundle, remake=False, root=quoted[:16].upper()).differences == {}
    for wrong in ("12", "z" * 64, "0" * 65):
        with pytest.raises(RunError, match="no root hash"):
            verify(bundle, remake=False, root=wrong)


def test_missing_and_added_files_are_named(copy, once):
    (copy / "report.md").unlink()
    (copy / "figures" / "mine.svg").write_text("<svg/>")
    found = verify(copy).differences
    assert "missing" in found["report.md"]
    assert "not in the manifest" in found["figures/mine.svg"]
    (copy / FILE).write_text(json.dumps(_without(copy, "report.md"), indent=1))
    found = verify(copy).differences
    assert "the journal gives such a file" in found["report.md"]


def _without(copy: Path, name: str) -> dict[str, object]:
    plain = json.loads((copy / FILE).read_text())
    del plain["files"][name]
    return plain


def test_a_file_that_does_not_follow_is_named_although_it_is_listed(copy, once):
    (copy / "tables" / "more.csv").parent.mkdir(exist_ok=True)
    (copy / "tables" / "more.csv").write_text("a\n1\n")
    plain = json.loads((copy / FILE).read_text())
    plain["files"]["tables/more.csv"] = {"sha256": "", "size": 0}
    (copy / FILE).write_text(json.dumps(plain))
    rehashed(copy)
    assert verify(copy, remake=False).differences == {}
    assert "does not follow" in verify(copy).differences["tables/more.csv"]


def test_a_damaged_journal_is_a_difference_not_a_crash(copy):
    before = (copy / JOURNAL).read_bytes()
    for damaged in (
        another_digit(before[:5000], np.random.default_rng(4)) + before[5000:],
        line_removed(before, np.random.default_rng(5)),
        rechained(before, lambda entries: entries[5].update(measures=7)),
        rechained(before, lambda entries: entries[0].update(plan={"arms": {}})),
        b"",
        b"\xff\xfe\n",
    ):
        (copy / JOURNAL).write_bytes(damaged)
        found = verify(copy)
        assert JOURNAL in found.differences
        assert found.remade is None
        assert "cannot be made again" in found.differences["runs"]


def test_other_versions_are_told_and_are_the_likely_reason(bundle, copy, monkeypatch):
    installed = manifest.installed() | {"matplotlib": "9.9"}
    monkeypatch.setattr(module, "installed", lambda: installed)
    told = verify(copy)
    assert told.differences == {}
    assert any("here 9.9" in note and "Every byte is the same" in note for note in told.notes)
    page = (copy / "index.html").read_text()
    (copy / "index.html").write_text(page.replace("fabricated", "other", 1))
    assert any("may draw other bytes" in note for note in verify(copy).notes)


def test_a_run_that_went_on_is_told_and_another_run_is_a_difference(make_run, tmp_path):
    run = make_run(tmp_path / "run", **SMALL, stop_after=5)
    build([run])
    found = verify(run)
    assert found.differences == {}
    assert any("was not complete" in note for note in found.notes)
    with Journal(run) as journal:
        journal.append("end", {})
    found = verify(run, remake=False)
    assert found.differences == {}
    assert any("gone on by 1 line" in note for note in found.notes)
    before = (run / JOURNAL).read_bytes()
    (run / JOURNAL).write_bytes(another_value(before, np.random.default_rng(6)))
    assert "../journal.jsonl" in verify(run, remake=False).differences


def test_a_report_takes_the_place_of_no_other_run(make_run, tmp_path):
    one = make_run(tmp_path / "one", **SMALL)
    other = make_run(tmp_path / "other", **SMALL, seed=5)
    before = (other / JOURNAL).read_bytes()
    with pytest.raises(RunError, match="of another run"):
        build([one], to=other)
    assert (other / JOURNAL).read_bytes() == before
    assert {path.name for path in other.iterdir()} == {"spec.yaml", JOURNAL, ".lock"}


def test_a_run_that_was_started_anew_takes_the_place_of_its_old_copy(make_run, tmp_path):
    run = make_run(tmp_path / "run", **SMALL, stop_after=3)
    build([run])
    other = make_run(tmp_path / "other", **SMALL, stop_after=2, seed=5)
    for name in ("spec.yaml", JOURNAL):
        shutil.copy(other / name, run / name)
    build([run])
    assert (run / "report" / JOURNAL).read_bytes() == (run / JOURNAL).read_bytes()
    assert verify(run).differences == {}


def test_a_report_of_one_run_leaves_no_copy_in_one_of_several(make_run, tmp_path):
    one, other = (make_run(tmp_path / f"{k}", **SMALL, stop_after=1, seed=k) for k in range(2))
    build([one])
    build([one, other])
    assert verify(one, remake=False).differences == {}
    build([one])
    assert verify(one, remake=False).differences == {}
    assert (one / JOURNAL).is_file()


def test_a_report_in_the_folder_of_its_run_leaves_the_journal_alone(make_run, tmp_path):
    run = make_run(tmp_path / "run", **SMALL, stop_after=3)
    with (run / JOURNAL).open("ab") as journal:
        journal.write(b'{"v":1,"seq"')  # its run is writing
    before = (run / JOURNAL).read_bytes()
    build([run], to=run)
    assert (run / JOURNAL).read_bytes() == before
    assert len(read(run / JOURNAL)) > 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no manifest here"),
        ("{", "is not JSON"),
        ("[]", "is no manifest"),
        ('{"format": 3, "anything": 1}', "is of format 3"),
        ('{"format": 1}', "is no manifest"),
        ('{"format": 1, "versions": {}, "runs": [{}], "files": {}}', "is no manifest"),
    ],
)
def test_what_is_no_manifest_of_ours_is_said(copy, text, said):
    (copy / FILE).unlink() if text is None else (copy / FILE).write_text(text)
    with pytest.raises(RunError, match=said):
        verify(copy)


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a\\b", "C:x"])
def test_a_manifest_leads_nowhere_else(copy, name):
    plain = json.loads((copy / FILE).read_text())
    plain["files"][name] = {"sha256": "0" * 64, "size": 1}
    (copy / FILE).write_text(json.dumps(plain))
    with pytest.raises(RunError, match="outside of the report"):
        verify(copy)


def test_the_place_of_a_difference_is_told_in_words():
    page = (
        b'<h2 id="a">Utility</h2>\n<table><caption><span>Scores</span></caption>\n'
        b'<tr><th scope="row">arf</th><td>0.91</td></tr>'
    )
    told = first_difference("index.html", page.replace(b"0.91", b"0.97"), page)
    assert told.startswith("line 3 (under “Utility”, table “Scores”, row “arf”): “")
    assert "0.97" in told.split(" here, ")[0]
    assert "0.91" in told.split(" here, ")[1]
    assert first_difference("a.csv", b"a,b\nx,1\n", b"a,b\nx,1\ny,2\n").startswith("line 3")
    assert first_difference("a.pdf", b"\xff\x00", b"\xff\x01") == "from byte 2 on"
    assert "\x1b" not in first_difference("a.md", b"\x1b[2J", b"fine")
