"""The page itself: for keyboards, screen readers, phones, paper and the colour-blind."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from synthcraft.cli.published import index
from synthcraft.errors import RunError
from synthcraft.report import build, pdf
from synthcraft.report.verify import verify
from tests.browser import CHROMIUM, axe, needs_chromium, on_paper, widest
from tests.conftest import ROOT
from tests.report.conftest import PRIVATE
from tests.report.test_write import Page

SMALL = {"names": ("group", "x", "y"), "rows": 200}
CSS = (ROOT / "synthcraft/report/templates/report.css").read_text()
UNJUDGED = {"color-contrast", "th-has-data-cells"}
"""What axe leaves to a person, and why that is right: contrast of a cell that its own small line
covers (every pair of colours is computed below), and heads of groups of rows, which stand above
their rows and not beside them."""


@pytest.fixture(scope="module")
def small(make_run, tmp_path_factory) -> Path:
    return build([make_run(tmp_path_factory.mktemp("small") / "run", **SMALL)])


@needs_chromium
def test_axe_finds_nothing(small, tmp_path):
    found = axe(small.read_text(), tmp_path)
    assert found["violations"] == []
    assert {one["id"] for one in found["incomplete"]} <= UNJUDGED


@pytest.fixture(scope="module")
def pages(make_run, tmp_path_factory) -> dict[str, Path]:
    """A page of each kind: private, for a declared use, several runs; published ones beside."""
    folder = tmp_path_factory.mktemp("pages")
    use = {"objective": {"use": "release"}}
    runs = {
        "private": [make_run(folder / "private", **PRIVATE, **SMALL)],
        "use": [make_run(folder / "use", **SMALL, **use, fail=["tvae"], stop_after=30)],
        "several": [make_run(folder / f"s{seed}", **SMALL, seed=seed) for seed in (0, 1)],
        "augmentation": [ROOT / "reports" / "paper_nhanes_augmentation"],
        "quickstart": [ROOT / "reports" / "quickstart"],
    }
    return {name: build(found, to=folder / f"to-{name}") for name, found in runs.items()}


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("name", ["private", "use", "several", "augmentation", "quickstart"])
def test_axe_finds_nothing_on_any_kind_of_page(pages, name, tmp_path):
    page = pages[name].read_text()
    for dark, width in ((False, 1200), (True, 360)):
        found = axe(page, tmp_path, dark=dark, width=width)
        assert found["violations"] == []
        assert {one["id"] for one in found["incomplete"]} <= UNJUDGED


@needs_chromium
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_on_the_list_of_reports(tmp_path, dark):
    found = axe(index(ROOT / "reports"), tmp_path, dark=dark)
    assert found == {"violations": [], "incomplete": []}


@needs_chromium
def test_a_phone_scrolls_down_only(small, tmp_path):
    for page in (small.read_text(), index(ROOT / "reports")):
        assert widest(page, tmp_path, width=360) <= 360


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("name", ["private", "use", "several", "augmentation", "quickstart"])
def test_no_table_is_wider_than_the_paper(pages, name, tmp_path):
    page = on_paper(pdf.unfolded(pages[name].read_text()))
    assert widest(page, tmp_path, width=703) <= 703


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def themes() -> dict[str, dict[str, str]]:
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
        for part in CSS.split("* { box-sizing")[0].split("@media")
    )
    return {"light": light, "dark": light | dark}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_what_it_is_on(theme):
    """WCAG AA: 4.5 for text, 3 for marks of figures."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    colours = themes()[theme]
    for paper in ("paper", "raised"):
        for ink in ("ink", "muted", "accent", "alert"):
            assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
    assert contrast(colours["alert"], colours["alert-paper"]) >= 4.5
    for place in range(6):
        assert contrast(colours[f"series-{place}"], colours["paper"]) >= 2.5, place


def test_a_measure_explains_itself_where_its_name_stands(small):
    page = small.read_text()
    named = set(re.findall(r'popovertarget="about-([^"]+)"(?! popovertargetaction)', page))
    card = r'<div popover class="card" id="about-([^"]+)".*?>(.*?)</div>'
    cards = dict(re.findall(card, page, re.S))
    assert "tstr.auroc" in named
    assert named <= cards.keys()
    assert 'href="#metric-' not in page
    assert "are events ranked above non-events?" in cards["tstr.auroc"]
    assert "Higher is better ↑; ideal 1" in cards["tstr.auroc"]
    assert "When it misleads: " in cards["tstr.auroc"]
    assert "<script" not in page


def test_keyboards_get_to_the_content_and_headings_have_an_order(small):
    page = small.read_text()
    parsed = Page(page)
    first = next(link for link in parsed.loads)
    assert first == "#content"
    assert "content" in parsed.ids
    levels = [int(tag[1]) for tag in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {link[1:] for link in parsed.loads} <= set(parsed.ids)


# On paper ---------------------------------------------------------------------------------------


@needs_chromium
def test_the_pdf_lies_beside_the_report_and_verify_does_not_mind(small):
    made = pdf.printed_page(small)
    assert made == small.parent.with_name("report.pdf")
    assert made.read_bytes().startswith(b"%PDF")
    assert not verify(small.parent).differences
    assert not verify(small.parent.parent).differences


def test_without_a_browser_the_report_is_written_and_the_error_says_what_to_do(
    make_run, tmp_path, monkeypatch, capsys
):
    from synthcraft.cli.main import main

    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)
    monkeypatch.setattr(pdf, "_by_weasyprint", lambda *_: False)
    run = make_run(tmp_path / "run", **SMALL)
    assert main(["report", str(run), "--pdf"]) == 2
    told = capsys.readouterr()
    assert "report: " in told.out
    assert "found no browser here that prints" in told.err
    assert "The report is written." in told.err
    assert (run / "report" / "index.html").exists()
    assert not (run / "report.pdf").exists()


def test_a_browser_that_fails_costs_nothing_but_the_pdf(small, monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(pdf.shutil, "which", lambda _: str(broken))
    target = small.parent.with_name("report.pdf")
    before = target.read_bytes() if target.exists() else None
    with pytest.raises(RunError, match="made no PDF \\(no display\\)"):
        pdf.printed_page(small)
    assert (target.read_bytes() if target.exists() else None) == before


def test_on_paper_every_fold_is_open(small):
    page = pdf.unfolded(small.read_text())
    assert page.count("<details") == page.count("<details open") > 3


def test_chromium_is_the_one_that_the_command_would_use():
    if CHROMIUM is not None:
        assert Path(CHROMIUM).name in pdf.BROWSERS
