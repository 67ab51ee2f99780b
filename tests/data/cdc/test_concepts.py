"""Codes, units and names that differ between cycles, made one."""

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.cdc.concepts import NotInCodebook, answer, changes, concepts
from synthcraft.data.cdc.cycles import CYCLES

EARLY, LATE = CYCLES["2003-2004"], CYCLES["2013-2014"]


def read(name, rows, *cycles):
    return concepts(cycles or (EARLY,))[name].read(pd.DataFrame(rows)).tolist()


def test_refused_and_unknown_are_missing_by_variable_only():
    told = read("diabetes", {"DIQ010": [1.0, 2, 3, 7, 9, np.nan]})
    assert told[:3] == ["Yes", "No", "Borderline"]
    assert pd.isna(told[3:]).all()
    # 7 and 9 are measurements elsewhere.
    assert read("hba1c", {"LBXGH": [7.0, 9.0]}) == [7.0, 9.0]
    assert read("education", {"DMDEDUC2": [1.0, 5]}) == ["Below 9th grade", "College graduate"]


def test_a_code_out_of_the_codebook_is_told_by_number_not_value():
    with pytest.raises(NotInCodebook) as caught:
        answer("MCQ160E", {1: "Yes", 2: "No"})(pd.DataFrame({"MCQ160E": [1.0, 3.0, 777.0]}))
    assert (caught.value.variable, caught.value.rows) == ("MCQ160E", 2)
    assert caught.value.codes == (1, 2, 7, 9)
    with pytest.raises(NotInCodebook):  # nobody can refuse to have a sex
        read("sex", {"RIAGENDR": [7.0]})


def test_smoking_joins_two_questions():
    rows = {
        "SMQ020": [2.0, 1, 1, 1, 1, 7, np.nan],
        "SMQ040": [np.nan, 1, 2, 3, 9, np.nan, np.nan],
    }
    told = read("smoking", rows)
    assert told[:4] == ["Never", "Current", "Current", "Former"]
    assert pd.isna(told[4:]).all()


def test_unheard_diastolic_pressure_is_no_reading():
    rows = {
        "BPXDI1": [0.0, 0, 71, np.nan],
        "BPXDI2": [70.0, 0, 72, np.nan],
        "BPXDI4": [75.0, 0, 72, 0],
    }
    assert read("dbp", rows)[0] == round((70 + 75) / 2)
    assert read("dbp", rows)[2] == round((71 + 72 + 72) / 3)
    assert np.isnan([read("dbp", rows)[1], read("dbp", rows)[3]]).all()
    with pytest.raises(KeyError, match="BPXDI1"):
        read("dbp", {"BPXSY1": [120.0]})


@pytest.mark.parametrize("name", ["LBDHDL", "LBXHDD", "LBDHDD"])
def test_hdl_by_all_its_names(name):
    assert read("hdl", {name: [52.0]}) == [52.0]


def test_crp_is_in_milligrams_per_litre():
    assert read("crp", {"LBXCRP": [0.21]}) == [pytest.approx(2.1)]
    assert read("crp", {"LBXHSCRP": [2.1]}) == [2.1]


def test_age_ends_where_every_cycle_ends():
    rows = {"RIDAGEYR": [79.0, 80, 84, 85]}
    assert read("age", rows) == [79, 80, 84, 85]
    assert read("age", rows, EARLY, LATE) == [79, 80, 80, 80]
    assert "above 80" in concepts([EARLY, LATE])["age"].note
    assert not concepts([LATE])["age"].note


def test_ethnicity_tells_what_every_cycle_tells():
    rows = {"RIDRETH1": [5.0, 5, 1], "RIDRETH3": [6.0, 7, 1]}
    asian, other = "Non-Hispanic Asian", "Other or multi-racial"
    assert read("ethnicity", rows, LATE) == [asian, other, "Mexican American"]
    both = "Asian, other or multi-racial"
    assert read("ethnicity", rows, EARLY, LATE) == [both, both, "Mexican American"]


def test_every_concept_declares_what_it_can_be():
    for name, concept in concepts(list(CYCLES.values())).items():
        column = concept.column
        assert column.label, name
        if column.type == "numeric":
            assert column.low is not None, name
            assert column.low < column.high, name
            assert column.unit or name == "income_ratio"
        else:
            assert len(column.levels) >= 2, name
        assert set(concept.changed) <= set(CYCLES)


def test_changes_count_between_chosen_cycles_only():
    used = {"hdl": concepts([EARLY])["hdl"]}
    assert changes(used, [EARLY]) == {}
    assert changes(used, [EARLY, CYCLES["2005-2006"]]) == {}
    assert changes(used, [CYCLES["2001-2002"], CYCLES["2021-2023"]]) == {
        "hdl": ("2003-2004", "2007-2008")
    }
