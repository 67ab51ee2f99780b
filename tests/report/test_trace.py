"""Numbers of the page beside the table, by a second way."""

from pathlib import Path

import pytest

from synthcraft.report import build
from synthcraft.report.trace import trace
from tests.report.test_selection import campaign

HEAD = "run,label,stage,metric,model,split,value\n"
PAGE = (
    '<table><thead><tr><th>Generator</th><th><button popovertarget="about-tstr.auroc">AUROC'
    "</button><small>n = 5</small></th></tr></thead><tbody><tr><th>a<wbr>rf<small>arf</small></th>"
    "<td>{}<small>0.1 to 0.9</small></td></tr></tbody></table>"
)


@pytest.fixture(scope="module")
def report(make_run, tmp_path_factory) -> Path:
    run = make_run(tmp_path_factory.mktemp("runs") / "run", names=("group", "x", "y"), rows=200)
    return build([run]).parent


def test_means_are_over_splits_after_replicates_and_by_model():
    table = HEAD + "".join(
        f"r,arf,report,tstr.auroc,{model},{split},{value}\n"
        for model, split, value in (("b", 0, 0.2), ("b", 0, 0.4), ("b", 1, 0.7), ("l", 0, 0.9))
    )
    assert trace(PAGE.format("0.500"), table).found == 1  # (0.3 + 0.7) / 2
    assert trace(PAGE.format("0.900"), table).found == 1
    for other in ("0.433", "0.501", "0.6"):
        assert trace(PAGE.format(other), table).unlike == (f"arf, tstr.auroc: {other}",)
    assert trace(PAGE.format("−0.500"), table).found == 0
    assert trace(PAGE.format("failed"), table).numbers == 0


def test_a_table_that_holds_no_means_is_counted_and_not_looked_up():
    """Such as places on a scale, or values on validation rows."""
    table = HEAD + "r,arf,report,tstr.auroc,b,0,0.3\n"
    other = PAGE.replace("<table>", '<table data-means="no">').format("0.900")
    assert (trace(other, table).numbers, trace(other, table).unlike) == (1, ())
    assert trace(other + PAGE.format("0.900"), table).unlike == ("arf, tstr.auroc: 0.900",)


def test_pages_of_a_use_and_of_a_choice_name_no_number_that_is_unlike(make_run, tmp_path):
    """Their tables hold places on a scale and means over validation rows, under measures' names."""
    use = make_run(tmp_path / "use", names=("group", "x", "y"), rows=200, objective={"use": "u"})
    for run in (use, campaign(tmp_path / "kg")):
        index = build([run])
        found = trace(index.read_text(), index.with_name("results.csv").read_text())
        assert found.unlike == ()
        assert found.found > 20


def test_pages_of_earlier_versions_are_read_too():
    table = HEAD + "r,arf,report,tstr.auroc,b,0,0.3\n"
    old = PAGE.replace('<button popovertarget="about-', '<a href="#metric-')
    assert trace(old.replace("</button>", "</a>").format("0.300"), table).found == 1


def test_the_numbers_of_a_report_are_found_and_a_changed_one_is_not(report):
    page, table = (report / "index.html").read_text(), (report / "results.csv").read_text()
    found = trace(page, table)
    assert found.unlike == ()
    assert found.found > 150
    assert found.numbers < 3 * found.found
    row = page.index('<th scope="row">arf', page.index('popovertarget="about-ks_complement"'))
    cell = page.index("<td>0.", row) + len("<td>0.")
    other = str((int(page[cell]) + 3) % 10)
    changed = page[:cell] + other + page[cell + 1 :]
    assert len(trace(changed, table).unlike) == 1
