"""Names of tables in all cycles, against the CDC's own list of variables."""

import pandas as pd
import pytest

from synthcraft.data.cdc.concepts import concepts
from synthcraft.data.cdc.cycles import CYCLES, table_name
from synthcraft.data.cdc.tables import locate

# Our concept for the list's, where the names differ.
OURS = {
    "mi": "heart_attack",
    "chd": "coronary_disease",
    "chf": "heart_failure",
    "htn_told": "hypertension",
    "trig": "triglycerides",
    "glucose_serum": "glucose",
    "insulin_fasting": "fasting_insulin",
    "glucose_fasting": "fasting_glucose",
    "income_poverty_ratio": "income_ratio",
    "ethnicity6": "ethnicity",
    "smoked100": "smoking",
    "smokes_now": "smoking",
    "sbp1": "sbp",
    "dbp1": "dbp",
}
DESIGN = {"psu", "strata", "weight_mec", "weight_fasting"}


@pytest.fixture(scope="module")
def listed(shared_data):
    """Concept, cycle, file and address of 413 variables."""
    return pd.read_csv(shared_data / "nhanes_cvd_variable_map.csv").replace(
        {"cycle": {"2017-2020": "prepandemic"}}
    )


def test_every_table_is_where_the_cdc_lists_it(listed):
    known = concepts(list(CYCLES.values()))
    ours, theirs = set(), set()
    for row in listed[~listed["concept"].isin(DESIGN)].itertuples():
        name = OURS.get(row.concept, row.concept)
        if "BPXO" in row.file:
            name += "_oscillometric"
        theirs.add((name, row.cycle, row.file))
    for name in {name for name, _, _ in theirs}:
        for cycle in CYCLES.values():
            if (file := table_name(known[name].stem, cycle)) is not None:
                ours.add((name, cycle.name, file))
    assert ours == theirs
    # What the list does not hold is asked with other questions of the same tables.
    assert set(known) - {name for name, _, _ in ours} == {"takes_insulin"}


def test_every_address_is_the_cdcs(listed, tmp_path, monkeypatch):
    from synthcraft.data.cards import NhanesCdcParams
    from synthcraft.data.cdc import tables

    asked = {}
    monkeypatch.setattr(tables, "cached", lambda files, _, of: {f.name: f.url for f in files})
    for row in listed.itertuples():
        params = NhanesCdcParams(cache=str(tmp_path))
        asked |= locate([(CYCLES[row.cycle], row.file)], params, holding={})
        assert asked[row.file] == row.url


@pytest.mark.parametrize("cycle", CYCLES.values(), ids=list(CYCLES))
def test_a_name_with_a_letter_is_of_one_cycle(cycle):
    assert table_name(cycle.named("ALQ"), cycle) == cycle.named("ALQ")
    others = [other for other in CYCLES.values() if other is not cycle]
    assert not cycle.letter or all(table_name(f"ALQ_{cycle.letter}", o) is None for o in others)
    assert (table_name("P_ALQ", cycle) is not None) == (cycle.name == "prepandemic")
