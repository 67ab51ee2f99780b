"""Names of clinical tables suggest the roles that clinicians give them."""

import pytest

from synthcraft.data.suggest import codes_among, names_free_text, roles_of

NUMERIC = {
    "id": "SEQN patient_id PatientID subject subjid MRN case_id USUBJID PATID pat_nr record_id "
    "personid bcr_patient_barcode member_key",
    "weight": "WTMEC2YR WTINT2YR survey_weight sample_wt fnlwgt weight_mec",
    "strata": "SDMVSTRA survey_stratum sampling_strata",
    "cluster": "SDMVPSU psu survey_cluster",
    "time": "time OS.time followup follow_up_days futime mort_months os_months permth_int PFS "
    "days_to_death duration",
    "outcome": "progression outcome target los",
    "known": "age RIDAGEYR zip_code income_ratio birth_year height",
    "": "weight bmi sbp creatinine LBXTC hdl wt strata cluster update grade idea",
}
LEVELS = {
    "outcome": "died death mort_status MI heart_attack stroke OS event DFS recurrence readmitted "
    "diagnosis fstat vital_status OS_event",
    "sensitive": "sex Gender race RIDRETH1 RIAGENDR ethnicity raceth is_female hispanic",
    "known": "education marital_status region DMDEDUC2",
    "": "smoking bp_med statin insulin marker smoking_status stage",
}


@pytest.mark.parametrize(
    ("name", "role", "numeric"),
    [
        (name, role, numeric)
        for numeric, roles in ((True, NUMERIC), (False, LEVELS))
        for role, names in roles.items()
        for name in names.split()
    ],
)
def test_the_likeliest_role_of_a_name(name, role, numeric):
    found = roles_of(name, ["0", "1"], numeric=numeric)
    assert (found[0] if found else "") == role


def test_levels_suggest_a_role_where_the_name_does_not():
    assert roles_of("v12", ["Female", "Male"], numeric=False) == ("sensitive", "known")
    assert roles_of("v13", ["Black", "White", "Other"], numeric=False) == ("sensitive", "known")
    assert roles_of("v14", ["white", "red"], numeric=False) == ()  # blood cells


def test_many_levels_are_no_outcome():
    assert roles_of("diagnosis", list("abcdefghijkl"), numeric=False) == ()


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 4, 5, 7, 9], (7, 9)),  # education of adults
        ([1, 2, 3, 7, 9], (7, 9)),
        (range(8), ()),  # persons in a household
        ([*range(15), 77, 99], (77, 99)),  # classes of income
        ([80.0, 121.5, 240.0, 999.0], (999,)),  # blood pressure
        (range(20, 100), ()),  # age
        ([-9, -8, 0, 1], (-9, -8)),
        ([-9, -3, 0.5, 8], ()),  # a score around 0
        ([7, 9], ()),
        ([], ()),
    ],
)
def test_codes_for_no_answer_stand_apart(values, codes):
    assert codes_among(values) == codes


def test_names_of_persons_are_free_text():
    names = ["name", "LastName", "e-mail", "drug_name", "notes", "noted"]
    assert [n for n in names if names_free_text(n)] == ["name", "LastName", "e-mail", "notes"]
