"""What is drawn of each generator's first trial only: neighbourhoods, calibration, survival."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthcraft.records import Record
from synthcraft.report import render
from synthcraft.report.calibrated import calibration
from synthcraft.report.document import Document, Figure, Paragraph, Section, without_figures
from synthcraft.report.followed import survival
from synthcraft.report.pictures import embeddings, maps
from synthcraft.report.summary import Summary
from synthcraft.report.words import counted
from synthcraft.results import Run, load_run
from synthcraft.stats import wilson

MAP = {
    "real": [[30, None], [12, None]],
    "synthetic": [[20, None], [None, 15]],
    "rows": {"real": 50, "synthetic": 40},
}
CURVE = {
    "bins": [
        {"n": 80, "events": 12, "foretold": 0.1},
        {"n": 20, "events": 10, "foretold": 0.6},
    ],
    "rows": 100,
    "persons": 100,
    "slope": [0.8, 0.5, 1.1],
    "intercept": [0.2, -0.1, 0.5],
}
REAL = {**CURVE, "bins": CURVE["bins"][:1], "slope": [1.0, 0.7, 1.3]}
CALIBRATION = {
    "event": "<b>Yes</b>",
    "models": {m: {"tstr": CURVE, "trtr": REAL} for m in ("logistic", "boosting")},
}
SURVIVAL = {
    "times": [1.5, 3.5, 7.5],
    "rows": 500,
    "real": {
        "survival": [0.9, 0.7, 0.5],
        "low": [0.87, 0.66, 0.45],
        "high": [0.93, 0.74, 0.55],
        "at_risk": [430, 300, 120],
    },
    "synthetic": {"survival": [0.95, 0.8], "at_risk": [300, 40], "rows": 350},
}


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return load_run(whole)


def looked(run: Run, **pictures: Any) -> Summary:
    """The run with these pictures in the first trial of each generator."""
    records = tuple(
        replace(record, summaries={**record.summaries, **pictures})
        if record.trial.split == 0 and record.summaries
        else record
        for record in run.records
    )
    table = {**run.table, "time": "x"} if "survival" in pictures else run.table
    return Summary(replace(run, table=table, records=records))


def test_runs_made_before_these_figures_have_none(run: Run) -> None:
    summary = Summary(run)
    assert maps(summary) is None
    assert calibration(summary) == survival(summary) == ()


def test_a_cloud_of_few_rows_says_that_it_shows_little(run: Run) -> None:
    cloud = {**MAP, "explained": [0.3, 0.2]}  # its squares hold 35 of 40 rows
    figure = embeddings(looked(run, embedding=cloud))
    assert figure is not None
    assert figure.caption.endswith("The squares hold 88 % of the synthetic rows.")
    few = {**cloud, "synthetic": [[None, None], [None, 12]]}
    figure = embeddings(looked(run, embedding=few))
    assert figure is not None
    assert "hold 30 % of the synthetic rows; where they hold few, grey without" in figure.caption


def test_the_map_tells_in_words_what_stands_alone(run: Run) -> None:
    figure = maps(looked(run, map=MAP))
    assert isinstance(figure, Figure)
    assert len(figure.panels) == len(Summary(run).drawn())
    # 12 of 50 real rows lie where no synthetic rows are drawn, 15 of 40 the other way round.
    assert "24 % of the real rows" in figure.panels[0].alt
    assert "38 % of the synthetic rows" in figure.panels[0].alt
    assert "50 real rows" in figure.caption
    assert "distances between clusters, their sizes and both axes mean nothing" in figure.caption


def test_calibration_is_that_of_the_deciding_model_with_its_intervals(run: Run) -> None:
    summary = looked(run, calibration=CALIBRATION)
    figure, table = calibration(summary)
    points = figure.panels[0].plot.points
    made = [point for point in points if point.place is not None]
    assert [(point.x.value, point.y.value) for point in made] == [(0.1, 0.15), (0.6, 0.5)]
    assert (made[0].y.low, made[0].y.high) == wilson(12, 80)
    assert len(points) - len(made) == 1
    assert "15.0 % where 10.0 % was foretold" in figure.panels[0].alt
    assert "n = 100)" in figure.caption
    assert "(Wilson)" in figure.caption
    cells = {row[0].text: row for group in table.groups for row in group.rows}
    assert cells["trained on real rows"][1].text == "1.000"
    assert cells["arf"][1].details == ("0.500 to 1.100",)


def test_rows_of_few_persons_widen_the_intervals(run: Run) -> None:
    half = {**CURVE, "persons": 50}
    models = {m: {"tstr": half, "trtr": half} for m in ("logistic", "boosting")}
    figure, _ = calibration(looked(run, calibration={"event": "Yes", "models": models}))
    assert "n = 100 rows of 50 persons" in figure.caption
    assert "(Wilson, as if the rows of a person were one)" in figure.caption
    assert figure.panels[0].plot.points[0].y.low == wilson(6, 40)[0]


def test_a_slope_that_is_not_finite_is_none(run: Run) -> None:
    bare = {key: value for key, value in CURVE.items() if key not in ("slope", "intercept")}
    models = {m: {"tstr": bare, "trtr": CURVE} for m in ("logistic", "boosting")}
    _, table = calibration(looked(run, calibration={"event": "Yes", "models": models}))
    assert table.groups[0].rows[0][1].text == "—"


def test_survival_has_its_numbers_at_risk(run: Run) -> None:
    figure, table = survival(looked(run, survival=SURVIVAL))
    plot = figure.panels[0].plot
    assert plot.at == (1.5, 3.5, 7.5)
    assert (plot.real[0].low, plot.real[0].high) == (0.87, 0.93)
    assert plot.series[0].values == (0.95, 0.8)
    assert "real rows 0.500 at 7.5; " in figure.panels[0].alt
    assert "0.800 at 3.5" in figure.panels[0].alt
    assert [head.text for head in table.heads] == ["Rows at risk at", "0", "1.5", "3.5", "7.5"]
    assert [cell.text for cell in table.groups[0].rows[0]] == [
        *("real rows", "500", "430", "300", "120")
    ]
    assert [cell.text for cell in table.groups[1].rows[0]][1:] == ["350", "300", "40", "<10"]


def test_a_curve_that_ends_at_once_is_no_reason_to_fail(run: Run) -> None:
    gone = {**SURVIVAL, "synthetic": {"survival": [], "at_risk": [], "rows": 12}}
    figure, table = survival(looked(run, survival=gone))
    assert "real rows 0.500 at 7.5." in figure.panels[0].alt
    assert {cell.text for cell in table.groups[1].rows[0][2:]} == {"<10"}


def test_all_three_can_be_drawn_and_told_in_words(run: Run) -> None:
    summary = looked(run, map=MAP, calibration=CALIBRATION, survival=SURVIVAL)
    figure = maps(summary)
    blocks = (figure, *calibration(summary), *survival(summary))
    page = Document("Report", "", (Section("figures", "Figures", blocks),))
    drawn = render.pictures(page)
    html = render.html(page, drawn)
    assert "<b>Yes</b>" not in html
    assert html.count('role="img"') == sum(len(b.panels) for b in blocks if hasattr(b, "panels"))
    words = render.markdown(without_figures(page, "no ink"))
    assert "Not drawn: Neighbourhoods for" in words
    assert "Rows at risk" in words


def first_failed(summary: Summary, *arms: str) -> Summary:
    """The summary where the first trials of these generators failed."""
    records = tuple(
        Record(record.trial, "failed", "fit", "out of luck")
        if record.trial.arm in arms and not (record.trial.split or record.trial.replicate)
        else record
        for record in summary.run.records
    )
    return Summary(replace(summary.run, records=records))


def followed_up(run: Run, pictures: dict[str, Any]) -> Summary:
    """A run in which survival was measured."""
    summary = looked(run, map=MAP, **pictures)
    records = tuple(
        replace(
            record,
            measures=(*record.measures, replace(record.measures[0], metric="km_divergence")),
        )
        if record.measures
        else record
        for record in summary.run.records
    )
    table = {**summary.run.table, "task": "survival", "time": "x"}
    return Summary(replace(summary.run, table=table, records=records))


def test_a_generator_whose_first_trial_failed_is_named(run: Run) -> None:
    every = looked(run, map=MAP, calibration=CALIBRATION, survival=SURVIVAL)
    figures = (maps(every), calibration(every)[0], survival(every)[0])
    # In the fabricated run one has failed already.
    for figure in figures:
        assert figure.caption.endswith(" Not drawn: tvae (first trial failed).")
    without = first_failed(every, "arf")
    figures = (maps(without), calibration(without)[0], survival(without)[0])
    for figure in figures:
        assert figure.caption.endswith(" Not drawn: arf and tvae (first trial failed).")
    assert "arf" not in {panel.plot.title for panel in figures[0].panels}


def test_where_no_curve_can_be_the_page_says_why_in_one_line(run: Run) -> None:
    few = looked(run, map=MAP)
    (line,) = calibration(few)
    assert isinstance(line, Paragraph)
    assert line.text.startswith("No calibration curve is drawn: it needs an outcome of two classes")
    assert survival(few) == (), "nobody was followed"
    (line,) = survival(followed_up(run, {}))
    assert line.text.startswith("No survival curve is drawn: between two times")
    assert calibration(followed_up(run, {})) == (), "no class is foretold"
    assert len(survival(followed_up(run, {"survival": SURVIVAL}))) == 2
    assert maps(looked(run, map={})).text.startswith("No map of neighbourhoods is drawn: it needs")


def test_where_every_first_trial_failed_the_page_says_so(run: Run) -> None:
    arms = [contender.arm.id for contender in Summary(run).generators]
    line = maps(first_failed(looked(run, map=MAP), *arms))
    assert line.text.startswith("No map of neighbourhoods is drawn. Not drawn: ")
    assert line.text.endswith("(first trial failed).")


def test_rows_of_maps_that_differ_are_told_from_the_fewest_to_the_most(run: Run) -> None:
    summary = looked(run, map=MAP)
    fewer = {**MAP, "rows": {"real": 50, "synthetic": 35}}
    first = summary.drawn()[0]
    records = tuple(
        replace(r, summaries={**r.summaries, "map": fewer}) if r is first else r
        for r in summary.run.records
    )
    caption = maps(Summary(replace(summary.run, records=records))).caption
    assert "50 real rows" in caption
    assert "35 to 40 synthetic rows" in caption


def test_both_axes_of_all_panels_reach_the_highest_interval(run: Run) -> None:
    figure, _ = calibration(looked(run, calibration=CALIBRATION))
    limits = {panel.plot.limit for panel in figure.panels}
    assert [*limits] == [pytest.approx(1.05 * wilson(10, 20)[1])]


def test_another_model_than_the_deciding_one_is_not_drawn(run: Run) -> None:
    other = {"event": "Yes", "models": {"another": CALIBRATION["models"]["logistic"]}}
    (line,) = calibration(looked(run, map=MAP, calibration=other))
    assert "no model decides" in line.text


@pytest.mark.parametrize(
    ("pictures", "why"),
    [({}, "needs an outcome of two"), ({"calibration": CALIBRATION}, "no model")],
)
def test_where_no_measure_of_utility_is_informative_the_page_still_says_why(
    run: Run, monkeypatch: pytest.MonkeyPatch, pictures: dict[str, Any], why: str
) -> None:
    # As where events are few: the very place where no curve can be drawn.
    monkeypatch.setattr("synthcraft.report.calibrated.primary", lambda *_: None)
    (line,) = calibration(looked(run, map=MAP, **pictures))
    assert why in line.text
    bare = tuple(replace(record, measures=()) for record in run.records)
    assert calibration(Summary(replace(looked(run, map=MAP).run, records=bare))) == ()


def test_of_many_times_the_table_shows_eight_at_most_and_the_last(run: Run) -> None:
    times = [float(k) for k in range(1, 21)]
    at_risk = list(range(400, 400 - 20 * 5, -5))
    flat = [0.9] * 20
    real = {"survival": flat, "low": flat, "high": flat, "at_risk": at_risk}
    made = {"survival": flat, "at_risk": at_risk, "rows": 350}
    long = {"times": times, "rows": 500, "real": real, "synthetic": made}
    _, table = survival(looked(run, survival=long))
    assert [head.text for head in table.heads][2:] == ["2", "5", "8", "11", "14", "17", "20"]
    assert [cell.text for cell in table.groups[0].rows[0]][-1] == "305"


def test_generators_beyond_the_colours_are_counted(run: Run, monkeypatch) -> None:
    summary = looked(run, survival=SURVIVAL)
    every = survival(summary)[0].panels[0].plot.series
    assert len(every) > 1
    monkeypatch.setattr("synthcraft.report.followed.OVERLAID", 1)
    figure, table = survival(summary)
    assert figure.panels[0].plot.series == every[:1]
    assert len(table.groups[1].rows) == 1
    assert f" {counted(len(every) - 1, 'more arm')} not drawn." in figure.caption


def test_a_second_seed_is_no_first_trial(run: Run) -> None:
    again = first_failed(looked(run, map=MAP), "arf")
    records = tuple(
        replace(record, status="skipped")
        if record.trial.arm == "arf" and record.status == "failed"
        else record
        for record in again.run.records
    )
    second = next(r for r in Summary(run).records if r.trial.arm == "arf")
    extra = replace(second, trial=replace(second.trial, replicate=1), summaries={"columns": []})
    summary = Summary(replace(run, records=(*records, extra)))
    assert "arf (first trial skipped)" in maps(summary).caption
    without = tuple(r for r in summary.run.records if r.trial.arm != "arf" or r.trial.replicate)
    caption = maps(Summary(replace(run, records=without))).caption
    assert "arf (no trial of the first split)" in caption


def test_what_is_drawn_is_what_is_told(run: Run) -> None:
    pytest.importorskip("matplotlib")
    from synthcraft.report.figures import drawing

    summary = looked(run, calibration=CALIBRATION, survival=SURVIVAL)
    plot = survival(summary)[0].panels[0].plot
    real, *made = drawing(plot, width="wide").axes[0].lines
    assert list(real.get_xdata()) == [0, 1.5, 3.5, 7.5]
    assert list(real.get_ydata()) == [1, 0.9, 0.7, 0.5]
    assert len(made) == len(plot.series)
    assert list(made[0].get_xdata()) == [0, 1.5, 3.5]
    assert list(made[0].get_ydata()) == [1, 0.95, 0.8]
    plot = calibration(summary)[0].panels[0].plot
    dotted, *_ = drawing(plot, width="small").axes[0].lines
    assert list(dotted.get_xdata()) == list(dotted.get_ydata()) == [0, plot.limit]
