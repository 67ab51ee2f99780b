import csv
import io
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from synthcraft.errors import RunError
from synthcraft.report import build
from synthcraft.report.summary import Quantity, Summary
from synthcraft.report.words import number
from synthcraft.results import load_run
from synthcraft.stats import over_splits

FILES = ("index.html", "report.md", "results.csv")


class Page(HTMLParser):
    """Tags, attributes that load something, and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        known = dict(attrs)
        self.loads += [known[key] for key in ("src", "href", "xlink:href") if known.get(key)]
        self.ids += [known["id"]] if known.get("id") else []

    def handle_data(self, data):
        self.text.append(data)


def files_of(folder: Path) -> dict[str, bytes]:
    found = [*(folder / name for name in FILES), *folder.glob("figures/*.svg")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def in_another_process(run: Path, to: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from synthcraft.report import build; "
        "build([Path(sys.argv[1])], to=Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, str(run), str(to)], check=True, cwd=to.parent)


@pytest.fixture(scope="module")
def report(whole: Path) -> Path:
    return build([whole]).parent


def test_the_same_bytes_in_another_directory_and_another_process(whole, report, tmp_path):
    moved = tmp_path / "elsewhere" / "other name"
    shutil.copytree(whole, moved, ignore=shutil.ignore_patterns("report"))
    in_another_process(moved, tmp_path / "to")
    assert files_of(tmp_path / "to") == files_of(report)
    assert len(files_of(report)) > 20


def test_the_order_in_which_trials_ended_does_not_matter(make_run, tmp_path):
    kept = {"names": ("group", "x", "y"), "rows": 200}
    one = build([make_run(tmp_path / "a", **kept)]).parent
    other = build([make_run(tmp_path / "b", shuffle=5, **kept)]).parent
    assert files_of(one) == files_of(other)


def test_nothing_is_loaded_and_nothing_of_the_machine_is_told(report, whole):
    page = (report / "index.html").read_text()
    parsed = Page(page)
    assert parsed.loads
    assert all(link.startswith("#") for link in parsed.loads)
    assert "url(http" not in page
    assert "@import" not in page
    for name in FILES:
        assert str(whole) not in (report / name).read_text()
    for svg in report.glob("figures/*.svg"):
        assert "<dc:date>" not in svg.read_text()


def test_names_and_levels_are_text_never_markup(report):
    page = (report / "index.html").read_text()
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert "b" not in parsed.tags  # a failure's reason holds <b>
    assert parsed.tags.count("svg") == page.count("</svg>")
    text = " ".join(parsed.text)
    assert "<script>alert(1)</script>" in text
    assert "$\\frac{a}{b}$" in text
    assert "</svg>" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", page)
    for svg in report.glob("figures/*.svg"):
        assert "<script" not in svg.read_text()


def test_figures_are_well_formed_and_their_ids_do_not_clash(report):
    import xml.etree.ElementTree as ElementTree

    for svg in report.glob("figures/*.svg"):
        root = ElementTree.fromstring(svg.read_text())
        assert root.tag.endswith("svg")
    ids = Page((report / "index.html").read_text()).ids
    assert len(ids) == len(set(ids))


def test_html_and_markdown_show_the_means_of_results_csv(report, whole):
    rows = list(csv.DictReader(io.StringIO((report / "results.csv").read_text())))
    summary = Summary(load_run(whole))
    page = re.sub(r"<[^>]+>", " ", (report / "index.html").read_text())
    markdown = (report / "report.md").read_text().replace("\\", "")
    for metric, model, role in (
        ("contingency_similarity", "", "value"),
        ("tstr.auroc", "boosting", "value"),
        ("dcr_share", "", "excess"),
    ):
        for label in ("arf", "ctgan", "train_copy"):
            found: dict[int, list[float]] = {}
            for row in rows:
                same = (row["label"], row["metric"], row["model"], row["role"]) == (
                    *(label, metric, model),
                    role,
                )
                if same and not row["group"] and not row["column"]:
                    found.setdefault(int(row["split"]), []).append(float(row["value"]))
            mean = over_splits(found, ratio=summary.ratio)
            score = summary.score(label, Quantity(metric, model, role=role)).estimate
            assert score is not None
            assert score.mean == pytest.approx(mean.mean, rel=1e-8)
            shown = f"{number(score.low)} to {number(score.high)}"
            assert len(found) == 3
            for text in (page, markdown):
                assert number(score.mean) in text
                assert shown in text


def test_every_number_of_the_markdown_is_in_the_page(report):
    page = "".join(Page((report / "index.html").read_text()).text)
    markdown = (report / "report.md").read_text().replace("\\", "")
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    numbers = {n for line in tables for n in re.findall(r"−?\d+\.\d{3}", line)}
    assert len(numbers) > 100
    assert not {n for n in numbers if n not in page}


def test_heads_tell_direction_and_rows(report):
    page = (report / "index.html").read_text()
    assert "higher is better ↑" in page
    assert "lower is better ↓" in page
    assert "n = 270" in page  # 30 % of 900 rows


def test_a_failed_generator_keeps_its_row_phase_and_reason(report):
    markdown = (report / "report.md").read_text().replace("\\", "")
    assert "3 of 3 trials did not succeed: failed in fit: ValueError: <b>loss</b>" in markdown
    row = next(line for line in markdown.splitlines() if line.startswith("| tvae"))
    assert "failed" in row
    csv_rows = csv.DictReader(io.StringIO((report / "results.csv").read_text()))
    failed = [row for row in csv_rows if row["status"] == "failed"]
    assert [row["label"] for row in failed] == ["tvae"] * 3
    assert failed[0]["reason"].startswith("fit: ValueError")


def test_low_effort_and_what_is_not_covered_are_said(report):
    text = (report / "report.md").read_text().replace("\\", "")
    assert "ctgan with n_iter 50 instead of 2000" in text
    assert "n_iter 50*" in text
    assert "**ctgan.** not CTGAN" in text
    assert "No generator here gives a formal guarantee" in text
    assert "membership inference" in text
    assert "survival_gan does not support" in text


def test_an_interrupted_run_says_what_is_missing(make_run, tmp_path):
    run = make_run(tmp_path / "run", names=("group", "x", "y"), rows=200, stop_after=11)
    text = build([run]).with_name("report.md").read_text().replace("\\", "")
    assert "This run is not complete: 11 trials of 27" in text
    assert "not run yet" in text
    assert Page((tmp_path / "run/report/index.html").read_text()).tags.count("h1") == 1


def test_a_run_without_any_success_still_has_a_report(make_run, tmp_path):
    everyone = ["arf", "bayesian_network", "ddpm", "tvae", "ctgan"]
    run = make_run(tmp_path / "run", names=("group", "x", "y"), rows=200, fail=everyone)
    text = build([run]).with_name("report.md").read_text()
    assert "No generator produced a usable table" in text


def test_only_references_or_nothing_at_all_ended(make_run, tmp_path):
    for stop in (0, 2):
        run = make_run(tmp_path / f"{stop}", names=("group", "x", "y"), rows=200, stop_after=stop)
        assert build([run]).is_file()


def test_one_split_gives_the_measure_s_own_interval_and_no_ranking(make_run, tmp_path):
    names = ("group", "x", "y")
    run = make_run(tmp_path / "run", names=names, rows=300, design={"splits": 1})
    text = build([run]).with_name("report.md").read_text().replace("\\", "")
    assert "With one split nobody can say whether it is really ahead" in text
    assert re.search(r"0\.\d{3} to 0\.\d{3} \*", text)
    assert "Ahead of" not in text


def test_several_runs_stand_side_by_side(make_run, tmp_path):
    names = ("group", "x", "y")
    runs = [
        make_run(tmp_path / f"{k}", names=names, rows=200 + 60 * k, name=f"sweep-{k}", seed=k)
        for k in range(2)
    ]
    index = build(runs, to=tmp_path / "both")
    text = index.with_name("report.md").read_text().replace("\\", "")
    ids = [load_run(run).id for run in runs]
    assert "| Setting | seed 0 | seed 1 |" in text
    assert f"| directory | {ids[0]} | {ids[1]} |" in text
    assert "| seed | 0 | 1 |" in text
    assert (tmp_path / "both/figures").glob("comparison-*.svg")
    assert not (runs[0] / "report").exists()
    rows = list(csv.DictReader(io.StringIO(index.with_name("results.csv").read_text())))
    assert {row["run"] for row in rows} == set(ids)


def test_the_same_run_twice_and_no_run_are_refused(whole, tmp_path):
    with pytest.raises(RunError, match="given twice"):
        build([whole, whole])
    with pytest.raises(RunError, match="no journal here"):
        build([tmp_path])
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        build([whole], to=tmp_path / "file" / "report")


def test_a_figure_that_is_gone_does_not_stay(whole, tmp_path):
    build([whole], to=tmp_path)
    (tmp_path / "figures" / "old.svg").write_text("<svg/>")
    build([whole], to=tmp_path)
    assert not (tmp_path / "figures" / "old.svg").exists()


def test_the_report_needs_no_engine_generator_metric_or_torch(whole, tmp_path):
    code = (
        "import sys; from pathlib import Path; from synthcraft.report import build; "
        "build([Path(sys.argv[1])], to=Path(sys.argv[2])); "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('torch', 'synthcity', 'sklearn') "
        "or m.startswith(('synthcraft.engine', 'synthcraft.generators', 'synthcraft.metrics', "
        "'synthcraft.data'))]; sys.exit(', '.join(bad) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(whole), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_odd_measures_do_not_stop_a_report(make_run, tmp_path):
    """Unknown metrics, failed measures and empty descriptions are shown, or left out."""
    import json

    from synthcraft.journal import Journal, read

    run = make_run(tmp_path / "run", names=("group", "x", "y"), rows=200)
    entries = read(run / "journal.jsonl")
    (tmp_path / "odd").mkdir()
    shutil.copy(run / "spec.yaml", tmp_path / "odd" / "spec.yaml")
    with Journal(tmp_path / "odd") as journal:
        for entry in entries:
            payload = json.loads(json.dumps(entry.payload))
            if entry.kind == "header":
                payload["table"] = {"rows": 200, "target": "y", "columns": {"y": {}}}
                payload.pop("generators")
                payload["provenance"] = {}
            if entry.kind == "record":
                payload["summaries"] = {}
                for measure in payload["measures"]:
                    if measure["metric"] == "c2st":
                        measure |= {"value": None, "status": "failed", "reason": "it | broke"}
                    if measure["metric"] == "ks_complement":
                        measure["metric"] = "never.heard of"
            journal.append(entry.kind, payload)
    text = build([tmp_path / "odd"]).with_name("report.md").read_text()
    assert "it \\| broke" in text
    rows = (tmp_path / "odd/report/results.csv").read_text()
    assert "never.heard of" in rows


def test_no_report_is_put_into_another_one(whole, tmp_path):
    bundle = build([whole], to=tmp_path / "bundle").parent
    before = sorted(bundle.rglob("*"))
    with pytest.raises(RunError, match="is a report, whose manifest would not know"):
        build([bundle])
    assert sorted(bundle.rglob("*")) == before
