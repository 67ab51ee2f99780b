"""Whole tables: invented cycles, and the CDC's own files of 2003-2006."""

import gzip
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import DATASETS
from synthcraft.data.cards import NhanesCdcParams
from synthcraft.data.cdc.load import load
from synthcraft.data.cdc.tables import read_table
from synthcraft.data.load import load_table
from synthcraft.errors import UserError
from synthcraft.metrics.cards.estimand import Analysis
from synthcraft.metrics.estimand.analyses import settle
from synthcraft.spec.types import DatasetSpec
from synthcraft.spec.validate import parse
from synthcraft.testing import check_dataset
from tests.data.cdc.conftest import PEOPLE, write_xpt
from tests.data.cdc.test_mortality import line

ALL = (
    *("age", "sex", "ethnicity", "education", "income_ratio", "bmi", "waist", "total_chol", "hdl"),
    *("smoking", "diabetes", "stroke", "heart_attack"),
)
REAL = (*ALL[:7], "sbp", "dbp", *ALL[7:])


def source(folder, *cycles, variables=ALL, **params):
    given = {"cycles": cycles, "variables": variables, "path": str(folder), **params}
    return load(NhanesCdcParams(**given), seed=0)


def table(folder, *cycles, variables=ALL, **params):
    given = {"cycles": cycles, "variables": variables, "path": str(folder), **params}
    return load_table(DatasetSpec(plugin="nhanes_cdc", params=given), seed=0)


def refused(folder, *cycles, **kept):
    with pytest.raises(UserError) as caught:
        table(folder, *cycles, **kept)
    return str(caught.value)


def test_adults_of_a_cycle(write_cycle):
    folder = write_cycle("2003-2004")
    found = source(folder, "2003-2004")
    assert list(found.frame)[: len(ALL)] == list(ALL)
    assert len(found.frame) == PEOPLE * 4 // 6  # 10 and 19 years are no adults
    assert found.frame["age"].max() == 85
    assert any("80 people from 20 years on" in note for note in found.notes)
    assert len(source(folder, "2003-2004", adults_from=19).frame) == PEOPLE * 5 // 6


def test_cycles_are_stacked_under_one_meaning(write_cycle):
    write_cycle("2003-2004")
    folder = write_cycle("2013-2014", first=1001)
    found = table(folder, "2013-2014", "2003-2004")  # in the order of time
    assert found.column("age").high == 80
    assert "Asian, other or multi-racial" in found.column("ethnicity").levels
    assert found.task == "classification"
    assert (found.target, found.positive) == ("heart_attack", "Yes")
    assert found.sensitive == ("ethnicity",)
    assert not {"survey_weight", "survey_stratum", "survey_cluster"} & set(found.names)
    assert len(np.unique(found.clusters, axis=0)) == 8
    assert len(np.unique(table(folder, "2013-2014").clusters, axis=0)) == 4
    # Half of each cycle's own weights.
    weights = [
        source(folder, *names).frame["survey_weight"].sum()
        for names in (["2003-2004", "2013-2014"], ["2003-2004"], ["2013-2014"])
    ]
    assert weights[0] == pytest.approx((weights[1] + weights[2]) / 2)
    assert any("hdl was measured in another way from 2007-2008 on" in n for n in found.notes)
    assert any("combined over 2 cycles" in note for note in found.notes)


def test_the_first_two_cycles_have_weights_of_their_own(write_cycle):
    write_cycle("1999-2000")
    folder = write_cycle("2001-2002", first=1001)
    # Variables as in the writer: WTMEC4YR 700 and 0 in turn, WTMEC2YR 1000, 3000, 0.
    both = source(folder, "1999-2000", "2001-2002").frame["survey_weight"]
    assert set(both.round(6)) == {0, 700}
    assert set(source(folder, "1999-2000").frame["survey_weight"]) == {0, 1000, 3000}


def test_upper_case_and_oscillometry_of_recent_cycles(write_cycle):
    folder = write_cycle("2021-2023")
    found = source(folder, "2021-2023", variables=(*ALL, "sbp_oscillometric"))
    assert set(found.frame["heart_attack"].dropna()) == {"No", "Yes"}
    assert (found.frame["sbp_oscillometric"] == 118).all()
    assert any("oscillometry" in note for note in found.notes)
    assert found.frame["ethnicity"].nunique() == 6
    pre = source(write_cycle("prepandemic", first=5001), "prepandemic", "2021-2023")
    # 3000 · 3.2/5.2, and 3000 · 2/5.2.
    assert pre.frame["survey_weight"].max() == pytest.approx(3000 * 3.2 / 5.2)


def test_the_fasting_subsample_is_told_and_weighed(write_cycle):
    folder = write_cycle("2013-2014")
    variables = ("age", "fasting_glucose", "fasting_insulin", "heart_attack")
    found = source(folder, "2013-2014", variables=variables, weights="fasting")
    absent = found.frame["fasting_glucose"].isna()
    assert absent.sum() == 40
    assert (found.frame["survey_weight"] == 0).equals(absent)
    (note,) = [note for note in found.notes if "fasting subsample only" in note]
    assert "fasting_glucose, fasting_insulin; 40 people have none of it" in note


def test_a_table_cut_between_two_records_is_refused(write_cycle):
    folder = write_cycle("2003-2004", change={"BMX": lambda rows: rows[:90]})
    assert "BMX_C.XPT: nobody from the end of DEMO_C.XPT" in refused(folder, "2003-2004")
    # Ten people at the end of whom nine in ten would be there may be missing by chance.
    folder = write_cycle("2003-2004", change={"BMX": lambda rows: rows[:110]})
    assert len(source(folder, "2003-2004").frame) == PEOPLE * 4 // 6


def test_variables_as_coded_have_the_cdcs_labels(write_cycle, tmp_path):
    folder = write_cycle("2003-2004")
    drinks = pd.DataFrame({"SEQN": np.arange(1.0, 121), "ALQ130": np.resize([1.0, 77, 3, 5], 120)})
    import pyreadstat

    pyreadstat.write_xport(
        drinks,
        folder / "ALQ_C.XPT",
        table_name="T",
        file_format_version=5,
        column_labels={"ALQ130": "Drinks per day"},
    )
    found = source(
        folder, "2003-2004", variables=("age", "ALQ.ALQ130"), missing_codes={"ALQ130": [77]}
    )
    assert found.columns["alq130"].label == "Drinks per day"
    assert set(found.frame["alq130"].dropna()) == {1, 3, 5}
    told = refused(folder, "2003-2004", variables=("age", "ALQ.ALQ130"))
    assert "dataset.target: not given" in told


def test_linked_mortality_becomes_survival(write_cycle):
    folder = write_cycle("2003-2004")
    lines = [
        line(n, 1 if n % 5 else 2, n % 2 if n % 5 else ".", 100 + n if n % 5 else ".")
        for n in range(1, PEOPLE + 1)
    ]
    (folder / "NHANES_2003_2004_MORT_2015_PUBLIC.dat").write_text("\r\n".join(lines))
    found = table(folder, "2003-2004", mortality=True)
    assert (found.task, found.target, found.time) == ("survival", "died", "months")
    assert found.positive == "Yes"
    given = {"cycles": ["2003-2004"], "variables": [*ALL], "path": str(folder), "mortality": True}
    plain = {"name": "x", "dataset": {"plugin": "nhanes_cdc", "params": given}}
    spec = parse(plain | {"generators": {"arf": {"plugin": "arf"}}})
    assert load_table(spec.dataset, seed=0).frame.equals(found.frame)
    assert len(found) == 64  # of 80 adults, one in five was not eligible
    assert found.frame["months"].min() > 100
    assert any("changed the times or causes" in note for note in found.notes)
    # The later linkage wins, and linkages are not mixed.
    (folder / "NHANES_2003_2004_MORT_2019_PUBLIC.dat").write_text(
        "\r\n".join(one[:15] + one[15:].replace("1", "0", 1) for one in lines)
    )
    with pytest.raises(UserError, match="same value in every row"):
        table(folder, "2003-2004", mortality=True)
    write_cycle("2005-2006", first=1001)
    (folder / "NHANES_2005_2006_MORT_2015_PUBLIC.dat").write_text("\r\n".join(lines))
    told = refused(folder, "2003-2004", "2005-2006", mortality=True)
    assert "linked mortality of 2015 and 2019" in told
    late = folder / "NHANES_2003_2004_MORT_2019_PUBLIC.dat"
    late.rename(folder / late.name.lower())
    told = refused(folder, "2003-2004", "2005-2006", mortality=True)
    assert "linked mortality of 2015 and 2019" in told
    (folder / late.name.lower()).unlink()
    (folder / "NHANES_2003_2004_MORT_2019_PUBLIC.dat").write_text("\r\n".join(lines[:-1]))
    told = refused(folder, "2003-2004", mortality=True)
    assert "has no line for some people of its cycle" in told


def test_a_sample_is_of_whole_rows(write_cycle):
    folder = write_cycle("2003-2004")
    whole = source(folder, "2003-2004")
    part = source(folder, "2003-2004", sample=60)
    assert len(part.frame) == 60
    assert part.frame.merge(whole.frame).shape[0] >= 60


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cycles": ["2017-2018", "prepandemic"]}, "people of 2017-2018 again"),
        ({"cycles": ["2003-2004", "2003-2004"]}, "a cycle is named twice"),
        ({"cycles": ["2019-2020"]}, "dataset.params.cycles.0"),
        ({"cycles": ["2021-2023"], "mortality": True}, "mortality is linked to 1999-2018 only"),
        ({"cycles": []}, "dataset.params.cycles"),
    ],
)
def test_cycles_that_cannot_be(given, says):
    with pytest.raises(UserError, match=re.escape(says)):
        load_table(DatasetSpec(plugin="nhanes_cdc", params=given), seed=0)


def test_every_missing_file_is_told_with_its_address(write_cycle):
    folder = write_cycle("2003-2004")
    told = refused(folder, "2003-2004", variables=("age", "ldl", "crp", "heart_attack"))
    assert "has no L13AM_C.XPT, which holds ldl" in told
    assert "dataset.params.variables: files are missing for ldl, crp" in told
    assert "dataset.params.variables=[age,heart_attack]" in told
    coded = ("age", "heart_attack", "BMX.BMXBMI", "ldl")
    assert "variables=[age,heart_attack,BMX.BMXBMI]" in refused(
        folder, "2003-2004", variables=coded
    )
    assert "has no L11_C.XPT" in told
    assert "Nhanes/Public/2003/DataFiles/L11_C.xpt" in told
    assert "is not there" in refused(folder / "nowhere", "2003-2004")
    assert "is a file" in refused(folder / "DEMO_C.XPT", "2003-2004")


def test_small_letters_and_packed_files_are_found(write_cycle):
    folder = write_cycle("2003-2004")
    (folder / "DEMO_C.XPT").rename(folder / "demo_c.xpt")
    packed = folder / "MCQ_C.XPT"
    with gzip.open(folder / "mcq_c.xpt.gz", "wb") as out:
        out.write(packed.read_bytes())
    packed.unlink()
    assert len(table(folder, "2003-2004")) > 50


def test_version_8_files_are_read(write_cycle):
    folder = write_cycle("2003-2004")
    before = source(folder, "2003-2004").frame
    again = read_table(folder / "BMX_C.XPT").rows.reset_index()
    write_xpt(again, folder / "BMX_C.XPT", version=8)
    assert source(folder, "2003-2004").frame.equals(before)


def test_false_zeros_become_zero(write_cycle):
    # What pandas reads from an XPORT zero, written again.
    def spoil(rows):
        return rows.assign(BMXWAIST=np.resize([16.0**-65, 90.0], len(rows)))

    folder = write_cycle("2003-2004", change={"BMX": spoil})
    assert set(source(folder, "2003-2004").frame["waist"]) == {0, 90}


def damaged(folder, how):
    path = folder / "MCQ_C.XPT"
    if how == "html":
        path.write_text("<!DOCTYPE html><html><body>Page not found</body></html>")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-77])
    elif how == "header":
        path.write_bytes(path.read_bytes()[:80])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "cycle":
        shutil.copy(folder / "MCQ_D.XPT", path)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("html", "MCQ_C.XPT is not a SAS transport file. It holds an HTML page"),
        ("cut", "MCQ_C.XPT is cut short"),
        ("header", "MCQ_C.XPT cannot be read to its end"),
        ("empty", "MCQ_C.XPT is not a SAS transport file. It is empty"),
        ("cycle", "MCQ_C.XPT: people who are not in DEMO_C.XPT"),
    ],
)
def test_damaged_files(write_cycle, how, says):
    write_cycle("2005-2006", first=1001)
    folder = write_cycle("2003-2004")
    damaged(folder, how)
    assert says in refused(folder, "2003-2004")


def test_a_whole_cycle_under_another_name(write_cycle):
    folder = write_cycle("2003-2004")
    for path in list(folder.glob("*_C.XPT")):
        path.rename(folder / path.name.replace("_C", "_D"))
    (folder / "L13_D.XPT").rename(folder / "TCHOL_D.XPT")
    told = refused(folder, "2005-2006", variables=("age", "heart_attack"))
    assert "DEMO_D.XPT holds people of 2003-2004, not of 2005-2006" in told


def test_several_rows_per_person(write_cycle):
    folder = write_cycle("2003-2004", change={"MCQ": lambda rows: pd.concat([rows, rows[:3]])})
    told = refused(folder, "2003-2004")
    assert "MCQ_C.XPT has several rows for a person" in told


def test_a_table_without_people_or_variable(write_cycle):
    folder = write_cycle(
        "2003-2004",
        change={
            "MCQ": lambda rows: rows.rename(columns={"SEQN": "DRXFDCD"}),
        },
    )
    assert "MCQ_C.XPT has no SEQN" in refused(folder, "2003-2004")
    folder = write_cycle(
        "2003-2004", change={"MCQ": lambda rows: rows.rename(columns={"MCQ160E": "MCQ160X"})}
    )
    told = refused(folder, "2003-2004")
    assert "MCQ_C.XPT has no MCQ160E, which heart_attack needs" in told
    assert "MCQ160" in told.partition("needs")[2]


@pytest.mark.parametrize(
    ("stem", "variable", "says"),
    [
        ("BMX", "BMXBMI", "BMX_C.XPT holds text instead of numbers for bmi"),
        ("DEMO", "RIDAGEYR", "DEMO_C.XPT holds text instead of numbers for RIDAGEYR"),
        ("DEMO", "RIAGENDR", "values of RIAGENDR in DEMO_C.XPT are none of its codes"),
        ("MCQ", "SEQN", "MCQ_C.XPT has rows without a person's number (SEQN)"),
    ],
)
def test_text_where_numbers_belong(write_cycle, stem, variable, says):
    folder = write_cycle("2003-2004", change={stem: lambda rows: rows.assign(**{variable: "x"})})
    assert says in refused(folder, "2003-2004")


def test_codes_out_of_the_codebook_never_show_values(write_cycle):
    def spoil(rows):
        return rows.assign(MCQ160E=np.resize([31417.0, 1, 2, 7], PEOPLE))

    told = refused(write_cycle("2003-2004", change={"MCQ": spoil}), "2003-2004")
    assert "30 values of MCQ160E in MCQ_C.XPT are none of its codes (1, 2, 7, 9)" in told
    assert "MCQ.MCQ160E" in told
    assert "31417" not in told


def test_tables_come_from_the_server_and_stay(web, write_cycle, tmp_path, capsys):
    folder = write_cycle("2003-2004")
    for path in folder.iterdir():
        web.files[f"/2003/DataFiles/{path.stem}.xpt"] = path.read_bytes()
    params = {"path": None, "url": web.url, "cache": str(tmp_path / "cache")}
    given = {"cycles": ["2003-2004"], "variables": ALL, **params}
    found = load(NhanesCdcParams(**given), seed=0).frame
    assert found.equals(source(folder, "2003-2004").frame)
    assert "NHANES: DEMO_C.XPT, 1 of 6" in capsys.readouterr().err
    asked = len(web.asked)
    load(NhanesCdcParams(**given), seed=0)
    assert len(web.asked) == asked
    # The cache is a folder like any other.
    assert source(tmp_path / "cache", "2003-2004").frame.equals(found)


def test_the_plugin_keeps_its_promises(write_cycle):
    params = {"cycles": ["2003-2004"], "variables": ALL, "path": str(write_cycle("2003-2004"))}
    assert len(check_dataset(DATASETS.get("nhanes_cdc"), params)) > 50


def real(shared_data, folder, **params):
    cycles = ("2003-2004", "2005-2006")
    return table(shared_data / folder, *cycles, variables=REAL, **params)


def test_the_cdcs_own_files(shared_data):
    found = source(shared_data / "nhanes_xpt_2003_2006", "2003-2004", "2005-2006", variables=REAL)
    people = found.frame
    assert len(people) == 10_020
    assert people["heart_attack"].value_counts().to_dict() == {"No": 9512, "Yes": 489}
    shares = (100 * people["ethnicity"].value_counts(normalize=True)).round(1)
    assert shares["Non-Hispanic White"] == 51.7
    assert shares["Non-Hispanic Black"] == 21.1
    assert shares["Mexican American"] == 19.8
    assert people["dbp"].min() > 0
    # The population of the United States from 20 years on was 205 to 212 million in these years
    # (Census Bureau), 2 % of which live in institutions and are not sampled.
    assert 200e6 < people["survey_weight"].sum() < 212e6
    few = real(shared_data, "nhanes_xpt_mini")
    assert set(few.frame["heart_attack"]) == {"No", "Yes"}


def test_real_deaths(shared_data):
    found = real(shared_data, "nhanes_xpt_2003_2006", mortality=True)
    assert (found.task, len(found)) == ("survival", 10_008)
    # Deaths of both cycles from 20 years on; 1,094 + 774 of all followed.
    assert found.frame["died"].value_counts()["Yes"] == 1839
    assert found.frame["months"].max() <= 13 * 12 + 1  # from January 2003 to December 2015


def test_a_weighted_mean_and_its_error(shared_data):
    folder = shared_data / "nhanes_xpt_2003_2006"
    found = table(folder, "2003-2004", variables=("bmi", "heart_attack"))
    settled = settle("bmi", Analysis(model="mean", outcome="bmi"), found)
    mean = settled.weighted(found)["bmi"]
    demo, body, asked = (read_table(folder / f"{n}_C.XPT.gz").rows for n in ("DEMO", "BMX", "MCQ"))
    rows = demo.join(body["BMXBMI"].round(1)).join(asked["MCQ160E"])
    rows = rows[(rows["RIDAGEYR"] >= 20) & rows["MCQ160E"].isin([1, 2])]
    rows = rows[rows["BMXBMI"].notna() & (rows["WTMEC2YR"] > 0)]
    known = np.average(rows["BMXBMI"], weights=rows["WTMEC2YR"])
    assert mean.estimate == pytest.approx(known, rel=1e-9)
    # The textbook's sum over strata, each of two or three clusters.
    part = rows["WTMEC2YR"] * (rows["BMXBMI"] - known) / rows["WTMEC2YR"].sum()
    sums = part.groupby([rows["SDMVSTRA"], rows["SDMVPSU"]]).sum()
    variance = sum(len(h) * h.var(ddof=1) for _, h in sums.groupby(level=0))
    assert mean.error == pytest.approx(np.sqrt(variance), rel=1e-9)
    naive = settled.weighted(replace(found, clusters=None))["bmi"]
    assert mean.error > 1.2 * naive.error  # people of one place are alike
