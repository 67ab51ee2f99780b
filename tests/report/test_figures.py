import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import pytest

from synthcraft.report.figures import draw, pdf
from synthcraft.report.palette import themed
from synthcraft.report.plots import (
    Cloud,
    Curve,
    Dose,
    Forest,
    Group,
    Groups,
    Heat,
    Histogram,
    Levels,
    Line,
    Mark,
    Point,
    Ranks,
    Reliability,
    Scatter,
    Series,
    Standing,
    Survival,
    Track,
)

NASTY = '<script>$x_1$ & "y" ]]>'
MARKS = (Mark(NASTY, 0.8, 0.7, 0.9, 0), Mark("noise", 0.5, None, None, None))
PLOTS = [
    Histogram(NASTY, "$", (1.0, 2.0), (0.2, 0.5, 0.3), (Series(NASTY, 7, (0.1, 0.6, 0.3)),)),
    Histogram("one edge", "", (1.0,), (0.5, 0.5), ()),
    Levels(NASTY, (NASTY, "all other"), (0.9, 0.1), (Series("a", 0, (0.8, 0.2)),)),
    Heat(NASTY, (NASTY, "b"), ((None, 0.3), (-0.3, None)), labelled=True),
    Cloud(NASTY, ((None, 0.5), (0.1, None)), ((None, None), (0.2, None)), 1),
    Cloud("empty", ((None, None), (None, None)), ((None, None), (None, None)), 1),
    Forest(NASTY, MARKS, Line("real", 0.85, 0.8, 0.9)),
    Scatter(NASTY, NASTY, tuple(Point(m.label, m, m, m.place) for m in MARKS)),
    Curve(NASTY, "$", (Track(NASTY, 7, (Dose(0.5, MARKS[0]), Dose(10, MARKS[1]))),), MARKS[1:]),
    Groups(
        NASTY,
        "$",
        (Group(NASTY, "n = 90", MARKS, Line("real", 0.85, 0.8, 0.9)), Group("b", "too few", ())),
    ),
    Ranks("$", (Standing(NASTY, 7, 1.5, (1, 2)), Standing("b", 0, 1.5, (2, 1))), ((0, 1),)),
    Reliability(NASTY, tuple(Point("", m, m, m.place) for m in MARKS), 0, 1.0),
    Survival(NASTY, (1.0, 2.0), (MARKS[0], MARKS[0]), (Series(NASTY, 7, (0.4,)),)),
    Survival("$", (1.0,), (MARKS[1],), (Series("ended at once", 1, ()),)),
    Scatter("x", "y", (Point("alone", MARKS[1], MARKS[1], 0, best=True),)),
]


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: type(plot).__name__)
def test_any_text_is_drawn_as_it_is(plot):
    svg = draw(plot, width="small", salt="p")
    root = ElementTree.fromstring(svg)
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert all(e.get("id", "p-").startswith("p-") for e in root.iter())
    texts = "".join(root.itertext())
    assert NASTY in texts or NASTY not in repr(plot)


def test_the_reader_s_own_matplotlib_settings_change_nothing():
    expected = draw(PLOTS[0], width="small", salt="p")
    with mpl.rc_context({"font.size": 30, "axes.grid": True, "svg.fonttype": "path"}):
        assert draw(PLOTS[0], width="small", salt="p") == expected


def test_theming_leaves_no_fixed_ink():
    svg = themed(draw(PLOTS[6], width="small", salt="p"))
    assert "var(--ink)" in svg
    assert "var(--series-0)" in svg
    assert "#1c2329" not in svg


def test_a_copy_far_off_does_not_squeeze_the_generators():
    marks = [Mark("a", 0.01, None, None, 0), Mark("b", 0.03, None, None, 1)]
    copy = Mark("train_copy", 1.0, None, None, None)
    points = tuple(Point(m.label, m, m, m.place) for m in (*marks, copy))
    svg = draw(Scatter("x", "y", points), width="wide", salt="p")
    assert "train_copy → 1.000 ↑ 1.000" in svg


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: type(plot).__name__)
def test_the_same_plot_gives_the_same_pdf_which_tells_no_date(plot):
    content = pdf(plot, width="small")
    assert content.startswith(b"%PDF")
    assert b"CreationDate" not in content
    assert b"matplotlib" not in content.lower()
    assert pdf(plot, width="small") == content
