"""Groups and rare records: as far as measured, else what to add."""

import pytest

from synthcraft.records import Measure
from synthcraft.report.release.persons import persons_section
from synthcraft.report.summary import Summary
from synthcraft.results import load_run
from tests.report.release.attacked import attacked, sides, with_measures
from tests.report.release.reading import rows, tables, told


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def test_what_was_not_measured_is_said_with_what_to_add(run):
    text = told(persons_section(Summary(run)))
    assert "add the metric mia_distance" in text
    assert "Add the metric record_risk" in text
    bare = told(persons_section(with_measures(run, table={"sensitive": []})))
    assert "Name the groups in dataset.sensitive" in bare


def test_each_group_has_its_excess_and_risk(run):
    found = sides("mia_distance", 0.3, group="ethnicity=Asian")
    section = persons_section(with_measures(run, *found, arm="arf"))
    (table,) = tables(section)
    heads = [head.text for head in table.heads[1:]]
    cells = dict(zip(heads, rows(table)["", "ethnicity: Asian"], strict=True))
    assert cells["arf"].text == "0.300"
    assert "risk 0.440" in cells["arf"].details
    assert "n = 200" in table.groups[0].rows[0][0].details
    assert "the risk by group" not in told(section)


def test_a_group_too_small_has_its_reason_once(run):
    few = Measure("mia_distance", role="excess", group="ethnicity=Other").absent("too few: 3")
    section = persons_section(with_measures(run, few, arm="arf"))
    assert tables(section) == []
    assert "too few: 3" in told(section)


def test_rare_records_stand_beside_the_yardsticks(run):
    excesses = {"record_risk_q90": {"arf": (0.1, 0.2, 0.3)}}
    section = persons_section(attacked(run, excesses))
    found = rows(tables(section)[0])
    assert found["Exposure, 90 % quantile", "arf"][2].text == "0.200"
    assert (
        found["Exposure, 90 % quantile", "yardstick: a copy of the train rows"][2].text == "0.910"
    )
    assert "record_risk" not in told(section)


def test_the_whole_table_is_no_group(run):
    whole, one = (sides("mia_distance", 0.3, group=group) for group in ("", "ethnicity=Asian"))
    (table,) = tables(persons_section(with_measures(run, *whole, *one, arm="arf")))
    assert [name for _, name in rows(table)] == ["ethnicity: Asian"]
    assert "the risk by group" in told(persons_section(with_measures(run, *whole, arm="arf")))
