"""The pack as files: made again byte for byte, caught when changed, alike in both renderings."""

import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest

from synthcraft.errors import RunError
from synthcraft.report import build
from synthcraft.report.manifest import FILE, read
from synthcraft.report.release import pack
from synthcraft.report.release.asked import MARK
from synthcraft.report.summary import Summary
from synthcraft.report.verify import verify
from synthcraft.results import load_run
from tests.report.conftest import fabricate
from tests.report.policies import COPIES
from tests.report.release.reading import tables
from tests.report.tamper import another_digit, rehashed

SMALL = {"generators": {"arf": {"plugin": "arf"}}, "rows": 300}


HIDDEN = ("style", "svg")


class Text(HTMLParser):
    """Visible text and ids of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.hidden = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.hidden += tag in HIDDEN
        self.ids += [known["id"]] if "id" in known else []
        self.links += [known["href"]] if "href" in known else []

    def handle_endtag(self, tag):
        self.hidden -= tag in HIDDEN

    def handle_data(self, data):
        if not self.hidden:
            self.words += data.split()


@pytest.fixture(scope="module", autouse=True)
def without_figures():
    """The pack has none; the report's would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthcraft.report.render.undrawable", lambda: "no ink")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small run with a policy, and its report."""
    folder = tmp_path_factory.mktemp("made") / "run"
    fabricate(folder, **SMALL, release_policy={"limits": {"copies": COPIES}})
    build([folder])
    return folder


def test_a_policy_calls_for_the_pack_and_the_manifest_tells(made):
    assert read(made / "report").packs == ("release",)
    assert set(pack.FILES) <= set(read(made / "report").files)
    assert json.loads((made / "report" / FILE).read_text())["format"] == 2


def test_made_again_it_is_the_same_and_verified(made, tmp_path):
    build([made], to=tmp_path / "again", packs=["release"])
    for name in pack.FILES:
        assert (tmp_path / "again" / name).read_bytes() == (made / "report" / name).read_bytes()
    found = verify(made)
    assert found.differences == {}
    assert found.remade == found.files + 1


@pytest.mark.parametrize("name", pack.FILES)
def test_a_changed_digit_is_caught_though_every_hash_is_made_to_fit(made, tmp_path, name):
    copy = shutil.copytree(made / "report", tmp_path / "copy")
    path = copy / name
    path.write_bytes(another_digit(path.read_bytes(), np.random.default_rng(1)))
    assert name in verify(copy, remake=False).differences
    rehashed(copy)
    assert verify(copy, remake=False).differences == {}
    assert name in verify(copy).differences


def test_a_pack_that_was_taken_away_is_missed(made, tmp_path):
    copy = shutil.copytree(made / "report", tmp_path / "copy")
    shutil.rmtree(copy / "release")
    assert verify(copy, remake=False).differences.keys() == set(pack.FILES)


def test_a_report_without_it_is_of_the_first_format_and_an_earlier_pack_goes(tmp_path):
    folder = fabricate(tmp_path / "run", **SMALL)
    build([folder], packs=["release"])
    assert (folder / "report" / pack.FILES[0]).is_file()
    mine = folder / "report" / "release" / "README.md"
    mine.write_text("mine")
    build([folder])
    assert mine.read_text() == "mine"  # what others put beside it stays
    mine.unlink()
    assert not (folder / "report" / pack.FILES[0]).exists()
    plain = json.loads((folder / "report" / FILE).read_text())
    assert plain["format"] == 1
    assert "packs" not in plain
    assert verify(folder).differences == {}


def test_a_pack_of_a_later_version_is_told(made, tmp_path):
    copy = shutil.copytree(made / "report", tmp_path / "copy")
    plain = json.loads((copy / FILE).read_text())
    plain["packs"] = ["holograms"]
    (copy / FILE).write_text(json.dumps(plain))
    (told,) = [d for name, d in verify(copy).differences.items() if name == "runs"]
    assert "holograms: is no pack of this version" in told
    plain["packs"] = "release"
    (copy / FILE).write_text(json.dumps(plain))
    with pytest.raises(RunError, match="is no manifest"):
        read(copy)


def test_both_renderings_have_the_same_numbers(whole):
    files = pack.files(Summary(load_run(whole)))
    page = Text(files["release/index.html"])
    numbers = re.compile(r"[−-]?\d[\d.,]*\d|\d")
    html, markdown = (
        sorted(numbers.findall(re.sub(r"[\\#*]", "", text)))
        for text in (" ".join(page.words), files["release/release.md"])
    )
    assert [n for n in html if n not in markdown] == []
    assert [n for n in markdown if n not in html] == []


def test_links_lead_somewhere_and_ids_are_one_each(whole):
    page = Text(pack.files(Summary(load_run(whole)))["release/index.html"])
    assert len(page.ids) == len(set(page.ids))
    (report,) = (link for link in page.links if not link.startswith("#"))
    assert report == "../index.html"
    assert {link[1:] for link in page.links if link != report} <= set(page.ids)


def test_no_two_tables_have_the_same_name(whole):
    """A screen reader lists them by it."""
    sections = pack.document(Summary(load_run(whole))).sections
    names = [table.caption for section in sections for table in tables(section)]
    assert len(names) == len(set(names)) > 5


def test_names_of_columns_are_text(whole):
    files = pack.files(Summary(load_run(whole)))
    assert "<script>alert" not in files["release/index.html"]
    assert "\u202e" not in "".join(files.values())


def test_what_only_the_steward_knows_is_marked_in_each_file(whole):
    files = pack.files(Summary(load_run(whole)))
    assert all(MARK in text for text in files.values())


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_interrupted_run_has_a_pack_too(make_run, tmp_path, after):
    folder = make_run(tmp_path / "half", stop_after=after)
    files = pack.files(Summary(load_run(folder)))
    assert "The run is not complete" in files["release/release.md"]


def test_before_the_first_split_there_is_a_pack_too(make_run, tmp_path):
    folder = make_run(tmp_path / "half", stop_after=0)
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text().splitlines(keepends=True)[0])
    files = pack.files(Summary(load_run(folder)))
    assert "There are no such rows yet." in files["release/release.md"]


def test_every_run_of_a_comparison_has_its_own(tmp_path):
    runs = [fabricate(tmp_path / str(k), **SMALL, seed=k) for k in (0, 1)]
    build(runs, to=tmp_path / "two", packs=["release"])
    names = {name for name in read(tmp_path / "two").files if name.endswith("release/index.html")}
    assert names == {f"runs/{load_run(run).id}/release/index.html" for run in runs}
    assert verify(tmp_path / "two").differences == {}


@pytest.mark.parametrize("several", [False, True])
def test_report_and_packs_lead_to_each_other(several, tmp_path):
    runs = [fabricate(tmp_path / str(k), **SMALL, seed=k) for k in range(1 + several)]
    folder = build(runs, to=tmp_path / "to", packs=["release"]).parent
    for page, other in (("index.html", "index.html"), ("report.md", "release.md")):
        found = leading_on(folder / page)
        assert [path.parts[-2:] for path in found] == [("release", other)] * len(runs)
        for path in found:
            assert leading_on(path) == [folder / page]
    build(runs, to=folder)
    assert leading_on(folder / "index.html") == leading_on(folder / "report.md") == []


def leading_on(path):
    """The files that a page links to."""
    text = path.read_text()
    links = re.findall(
        r'href="([^#"]+)"' if path.suffix == ".html" else r"^\[.*\]\((.*)\)", text, re.M
    )
    return [(path.parent / link).resolve(strict=True) for link in links]
