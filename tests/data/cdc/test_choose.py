"""Which columns a list of names means."""

import pytest

from synthcraft.data.cdc.choose import chosen_columns
from synthcraft.data.cdc.cycles import CYCLES
from synthcraft.errors import DataError


def chosen(*names, cycles=("2003-2004",), missing_codes=None):
    return chosen_columns(
        names,
        [CYCLES[name] for name in cycles],
        adults_from=20,
        missing_codes=missing_codes or {},
    )


def refused(*names, **kept):
    with pytest.raises(DataError) as caught:
        chosen(*names, **kept)
    return str(caught.value)


def test_the_preset_is_what_all_cycles_have():
    found, left_out = chosen("cardiovascular")
    assert not left_out
    assert {"age", "ldl", "cotinine", "heart_attack", "sbp"} <= set(found)
    assert "sbp_oscillometric" not in found
    found, left_out = chosen("cardiovascular", cycles=("2015-2016", "2021-2023"))
    assert left_out == ("sbp", "dbp", "ldl", "triglycerides", "cotinine")
    assert not {"sbp", "sbp_oscillometric"} & set(found)
    found, left_out = chosen("cardiovascular", cycles=("prepandemic", "2021-2023"))
    assert "sbp_oscillometric" in found
    # What nearly tells of a heart attack is there only for who asks for it.
    assert "coronary_disease" not in found
    assert "coronary_disease" in chosen("cardiovascular", "coronary_disease")[0]


def test_what_a_cycle_lacks_is_refused_where_it_was_asked_for():
    told = refused("crp", cycles=("2009-2010", "2011-2012", "2013-2014"))
    assert "crp was not measured" in told
    assert "2011-2012, 2013-2014" in told
    assert "sbp was not measured" in refused("sbp", cycles=("2021-2023",))


def test_every_unknown_name_is_told():
    told = refused("heart_atack", "zzz", "age")
    assert "unknown: 'heart_atack'. Did you mean 'heart_attack'?" in told
    assert "unknown: 'zzz'" in told
    assert "TABLE.VARIABLE" in told


def test_variables_as_coded():
    import pandas as pd

    found, _ = chosen("alq.ALQ130", "L13_C.LBDTCSI", missing_codes={"alq130": [77, 99]})
    assert list(found) == ["alq130", "lbdtcsi"]
    values = found["alq130"].read(pd.DataFrame({"ALQ130": [1.0, 77.0, 99.0, 7.0]}))
    assert values.tolist()[::3] == [1, 7]
    assert values.isna().tolist() == [False, True, True, False]
    told = refused("L13_C.LBDTCSI", cycles=("2003-2004", "2005-2006"))
    assert "has another name, in 2005-2006" in told
    assert "dataset.params.missing_codes.ALQ130: is not among" in refused(
        "age", missing_codes={"ALQ130": [77]}
    )
