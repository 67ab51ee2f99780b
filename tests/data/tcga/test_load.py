"""Whole tables from small hubs: a folder, a loopback server, and what can be wrong with files."""

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import DATASETS
from synthcraft.data.cards import TcgaParams
from synthcraft.data.load import load_table
from synthcraft.data.split import apply_split, make_split
from synthcraft.data.tcga.load import load
from synthcraft.errors import UserError
from synthcraft.spec.types import DatasetSpec, FractionsSpec
from synthcraft.testing import check_dataset
from tests.data.tcga.conftest import GENES, params, patient, write

MATRIX = "TCGA.BRCA.sampleMap_HiSeqV2.gz"
SURVIVAL = "Survival_SupplementalTable_S1_20171025_xena_sp"


def source(folder, **given):
    return load(TcgaParams(**params(folder, **given)), seed=0)


def table(folder, spec=(), **given):
    return load_table(
        DatasetSpec(plugin="tcga", params=params(folder, **given), **dict(spec)), seed=0
    )


def refused(folder, spec=(), **given):
    with pytest.raises(UserError) as caught:
        table(folder, spec, **given)
    return str(caught.value)


def test_one_row_for_each_patient(hub):
    found = source(hub())
    people = found.frame
    assert len(people) == 60
    assert list(people)[:9] == [
        *("patient", "age", "sex", "race", "stage", "histology", "pam50", "days", "event")
    ]
    assert list(people)[9:] == GENES
    first = people.iloc[1]
    assert first["patient"] == patient(1)
    assert (first["age"], first["sex"], first["race"]) == (
        41,
        "Female",
        "Black or African American",
    )
    assert (first["stage"], first["pam50"], first["days"], first["event"]) == (
        *("II", "Basal", 107, "Yes"),
    )
    assert people["race"].isna().sum() == 20  # [Not Available]
    assert people["stage"].isna().sum() == 12  # Stage X


def test_genes_are_those_of_the_patient(hub):
    folder = hub()
    people = source(folder).frame.set_index("patient")
    raw = pd.read_csv(folder / MATRIX, sep="\t", index_col=0)
    for n in (0, 17, 59):
        expected = raw[f"{patient(n)}-01"].to_numpy()
        assert np.allclose(people.loc[patient(n), GENES].to_numpy(dtype=float), expected)


def test_it_is_survival_unless_it_is_left_out(hub):
    folder = hub()
    found = table(folder)
    assert (found.task, found.target, found.time) == ("survival", "event", "days")
    assert found.sensitive == ("race",)
    assert found.quasi_identifiers == ("age", "sex", "race")
    assert found.groups is not None
    assert "patient" not in found.names
    types = table(folder, {"target": "pam50", "positive": "Basal"}, outcome=None)
    assert (types.task, types.target) == ("classification", "pam50")
    assert not {"days", "event"} & set(types.names)


def test_each_split_chooses_its_genes(hub):
    found = table(hub(), {"screen": {"top": 5}})
    assert not set(GENES) & set(found.names)
    split = make_split(found, FractionsSpec(), seed=0, index=0)
    train = apply_split(found, split).train
    genes = set(GENES) & set(train.names)
    assert len(genes) == 5
    assert genes == set(found.pool.frame.iloc[split.train].var().nlargest(5).index)


def test_genes_of_two_values_are_no_candidates(hub):
    def flatten(rows):
        rows = rows.copy()
        rows.loc["TP53"], rows.loc["GENE4"] = 0.0, np.arange(rows.shape[1]) % 2 * 1000.0
        return rows

    found = table(hub(extra=flatten), {"screen": {"top": 5}})
    assert len(found.pool.columns) == 28
    assert "GENE4" not in found.names
    assert any("2 genes with at most two values" in note for note in found.notes)


def test_what_does_not_vary_is_not_proposed(hub):
    # Nobody has prostate cancer but men.
    men = hub(change=lambda _, rows: rows.assign(gender="MALE") if "gender" in rows else rows)
    assert table(men).quasi_identifiers == ("age", "race")


def test_a_list_of_genes_is_no_choice(hub):
    found = table(hub(), genes=("ESR1", "TP53"))
    assert found.pool is None
    assert {"ESR1", "TP53"} < set(found.names)
    assert found.column("ESR1").label == "Expression of ESR1"
    few, all_genes = (source(hub(), genes=genes).frame for genes in (("ESR1", "TP53"), ()))
    pd.testing.assert_frame_equal(few, all_genes[list(few)])
    told = refused(hub(), genes=("ESR2", "TP53"))
    assert "the matrix has no gene 'ESR2'. Did you mean 'ESR1'?" in told


def test_normal_tissue_is_left_out_and_one_aliquot_stays(hub):
    def add(rows):
        normal = rows.iloc[:, :8].rename(columns=lambda name: f"{name[:12]}-11") + 50
        again = rows.iloc[:, :1].rename(columns=lambda name: f"{name[:12]}-01B") + 90
        metastasis = rows.iloc[:, 1:2].rename(columns=lambda name: f"{name[:12]}-06") + 70
        first = rows.rename(columns=lambda name: f"{name}A")
        return pd.concat([normal, again, first, metastasis], axis=1)

    found = source(hub(extra=add))
    assert len(found.frame) == 60
    assert found.frame[GENES].to_numpy().max() < 30
    assert any("Fewer than 10 other samples left out" in n or "10 other" in n for n in found.notes)
    late = source(hub(extra=add), samples=("06", "01")).frame.set_index("patient")
    assert late.loc[patient(1), "TP53"] > 70
    assert late.loc[patient(2), "TP53"] < 30
    told = refused(hub(), samples=("11",))
    assert "11 is not a tumour" in told
    assert "no sample of kind 03. The matrix has 01" in refused(hub(), samples=("03",))


def test_rows_without_a_symbol_and_symbols_twice(hub):
    def add(rows):
        more = rows.iloc[:3] + 40
        more.index = ["?|100130426", "TP53|7157", "EMPTY|1"]
        more.loc["EMPTY|1"] = np.nan
        return pd.concat([rows, more])

    found = source(hub(extra=add))
    assert list(found.frame)[9:] == GENES
    assert found.frame["TP53"].max() < 30
    told = " ".join(found.notes)
    assert "1 rows without a gene's symbol" in told
    assert "1 repeated symbols" in told
    assert "1 genes without any value" in told


def test_a_matrix_the_wrong_way_round_is_turned(hub):
    folder = hub()
    before = source(folder).frame
    raw = pd.read_csv(folder / MATRIX, sep="\t", index_col=0)
    write(raw.T, folder / MATRIX, index=True)
    found = source(folder)
    pd.testing.assert_frame_equal(found.frame, before)
    assert any("it was turned" in note for note in found.notes)


def test_cohorts_are_joined_and_can_be_the_target(hub):
    folder = hub("BRCA", "LUAD", people=40)
    found = table(
        folder, {"target": "cohort"}, cohorts=("BRCA", "LUAD"), variables=("clinical", "cohort"),
        outcome=None,
    )  # fmt: skip
    assert found.frame["cohort"].value_counts().to_dict() == {"BRCA": 40, "LUAD": 40}
    assert len(source(folder, cohorts=("LUAD",)).frame) == 40


@pytest.mark.parametrize("how", ["scaled", "centred", "constants"])
def test_cohort_labels_are_refused_where_cohorts_were_scaled_apart(hub, how):
    def scale(rows):
        if how == "constants":
            return rows.assign(
                **{c: rows[c].where(rows.index != "TP53", rows.iloc[0, 0]) for c in rows}
            )
        centred = rows.sub(rows.mean(axis=1), axis=0)
        return centred.div(rows.std(axis=1), axis=0) if how == "scaled" else centred

    folder = hub("BRCA", "LUAD", people=40, extra=scale)
    given = {"cohorts": ("BRCA", "LUAD"), "outcome": None}
    told = refused(folder, {"target": "cohort"}, variables=("clinical", "cohort"), **given)
    assert "'cohort' cannot be used with these values" in told
    told = refused(folder, {"target": "histology"}, variables=("histology",), **given)
    assert "'histology' cannot be used" in told
    found = source(folder, cohorts=("BRCA", "LUAD"))
    assert not {"cohort", "histology"} & set(found.frame)
    assert any("scaled in each cohort by itself" in note for note in found.notes)
    # One cohort alone may be scaled as it likes.
    assert "histology" in source(folder, cohorts=("LUAD",)).frame


def test_only_some_levels(hub):
    found = source(hub(), only={"histology": ("Infiltrating Lobular Carcinoma",)})
    assert len(found.frame) == 15
    assert any("45 patients left out by dataset.params.only" in note for note in found.notes)
    assert "no patient has these levels" in refused(hub(), only={"histology": ("ILC",)})
    assert "Did you mean 'stage'" in refused(hub(), only={"stages": ("I",)})


def test_rows_of_a_patient_that_contradict_each_other(hub):
    def again(name, rows):
        other = rows.iloc[:24].assign(race="ASIAN") if name == "survival" else rows[:0]
        return pd.concat([rows, other])

    told = refused(hub(change=again))
    assert "16 patients have several rows with different values of race" in told
    same = hub(change=lambda _, rows: pd.concat([rows, rows.iloc[:12]]))
    assert len(source(same).frame) == 60


def test_a_row_for_normal_tissue_does_not_contradict(hub):
    def normal(name, rows):
        other = rows.iloc[:12].copy()
        other.iloc[:, 0] = [f"{p}-11" for p in other["_PATIENT"]]
        return pd.concat([other.assign(race="ASIAN") if name == "survival" else other, rows])

    assert "Asian" not in set(source(hub(change=normal)).frame["race"])


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("OS.time", "-5", "times in 'days' are negative"),
        ("OS", "0", "same value in every row"),
        ("OS", "2", "values of OS have no known meaning"),
        ("OS.time", "soon", "values of OS.time are not numbers"),
        ("gender", "F", "values of gender have no known meaning"),
        ("race", "green", "values of race have no known meaning"),
    ],
)
def test_follow_up_and_codes_that_cannot_be(hub, column, value, says):
    def spoil(name, rows):
        return rows.assign(**{column: value}) if column in rows else rows

    told = refused(hub(change=spoil))
    assert says in told
    assert f"'{value}'" not in told


def damage(folder, how):
    path = folder / MATRIX
    raw = gzip.decompress(path.read_bytes())
    if how == "html":
        path.write_bytes(gzip.compress(b"<html><body>Not found</body></html>"))
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-700])
    elif how == "not packed":
        path.write_bytes(raw)
    elif how == "text":
        path.write_bytes(gzip.compress(re.sub(rb"\d\.\d+", b"high", raw, count=1)))
    elif how == "twice":
        path.write_bytes(gzip.compress(raw.replace(b"0001-01", b"0002-01")))
    elif how == "others":
        path.write_bytes(gzip.compress(raw.replace(b"TCGA-BR-", b"TCGA-ZZ-")))
    elif how == "names":
        path.write_bytes(gzip.compress(raw.replace(b"TCGA-BR-", b"patient")))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("html", "has no barcodes of samples"),
        ("cut", "cannot be read to its end"),
        ("not packed", "cannot be read to its end"),
        ("text", "holds text among its numbers"),
        ("twice", "has 1 samples twice"),
        ("others", "no patient of BRCA is both in a matrix and in a table"),
        ("names", "has no barcodes of samples"),
    ],
)
def test_damaged_matrices(hub, how, says):
    folder = hub()
    damage(folder, how)
    told = refused(folder)
    assert says in told
    assert "high" not in told


def test_every_missing_file_is_told(hub):
    folder = hub()
    (folder / MATRIX).unlink()
    (folder / SURVIVAL).unlink()
    told = refused(folder)
    assert f"has no {MATRIX}" in told
    assert "https://tcga-xena-hub.s3.us-east-1.amazonaws.com/download/TCGA.BRCA" in told
    assert f"has no {SURVIVAL}" in told
    assert "is not there" in refused(folder / "nowhere")
    assert "is a file" in refused(next(folder.iterdir()))


def test_tables_of_ones_own(hub):
    folder = hub()
    (folder / SURVIVAL).rename(folder / "mine.tsv")
    found = source(folder, clinical=("mine.tsv",), variables=("age", "race"), outcome=None)
    assert list(found.frame)[:3] == ["patient", "age", "race"]
    told = refused(folder, clinical=("mine.tsv",), variables=("pam50",))
    assert "no table of patients has 'pam50'" in told
    write(pd.DataFrame({"a": [1], "b": [2]}), folder / "other.tsv")
    assert "has no column of barcodes" in refused(folder, clinical=("other.tsv",))


def serve(web, folder):
    for path in folder.iterdir():
        name = path.name.replace("sampleMap_", "sampleMap%2F")
        web.files[f"/{name}"] = path.read_bytes()


def test_files_come_from_the_server_and_stay(web, hub, tmp_path, capsys):
    folder = hub()
    serve(web, folder)
    given = {"url": web.url, "cache": str(tmp_path / "cache")}
    found = load(TcgaParams(**given), seed=0).frame
    pd.testing.assert_frame_equal(found, source(folder).frame)
    assert "TCGA: TCGA.BRCA.sampleMap_HiSeqV2.gz, 1 of 3" in capsys.readouterr().err
    asked = len(web.asked)
    load(TcgaParams(**given), seed=0)
    assert len(web.asked) == asked
    # The cache is a folder like any other.
    pd.testing.assert_frame_equal(source(tmp_path / "cache").frame, found)


@pytest.mark.parametrize("name", ["TCGA.BRCA.sampleMap%2FHiSeqV2.gz", SURVIVAL])
def test_a_page_in_place_of_a_file(web, hub, tmp_path, name):
    serve(web, hub())
    web.files[f"/{name}"] = b"<!DOCTYPE html><html>\t</html>"
    with pytest.raises(UserError, match="gave an HTML page"):
        load(TcgaParams(url=web.url, cache=str(tmp_path / "cache")), seed=0)
    assert not list(Path(tmp_path / "cache").glob("*[!k]page*"))


def test_a_local_mirror(hub, tmp_path):
    folder = hub()
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for path in folder.iterdir():
        # A file address is unquoted on the way: the name has a folder in it.
        to = mirror / path.name.replace("sampleMap_", "sampleMap/")
        to.parent.mkdir(exist_ok=True)
        to.write_bytes(path.read_bytes())
    given = {"url": mirror.as_uri(), "cache": str(tmp_path / "cache")}
    found = load(TcgaParams(**given), seed=0).frame
    pd.testing.assert_frame_equal(found, source(folder).frame)


def star(path, sample, seed, *, genes=GENES):
    rng = np.random.default_rng(seed)
    rows = [["N_unmapped", "", "", 5, 0.0], ["N_noFeature", "", "", 5, 0.0]]
    rows += [[f"ENSG{n:04d}.1", g, "protein_coding", 7, float(rng.exponential(9).__round__(4))]
             for n, g in enumerate(genes)]  # fmt: skip
    rows += [["ENSG0001.1_PAR_Y", genes[1], "protein_coding", 0, 99.0]]
    names = ["gene_id", "gene_name", "gene_type", "unstranded", "tpm_unstranded"]
    path.parent.mkdir(exist_ok=True)
    text = pd.DataFrame(rows, columns=names).to_csv(sep="\t", index=False)
    path.write_text("# gene-model: GENCODE v36\n" + text)
    return [path.parent.name, path.name, "TCGA-BRCA", patient(sample), f"{patient(sample)}-01A"]


def test_star_counts_of_the_gdc(hub):
    folder = hub()
    end = "rna_seq.augmented_star_gene_counts.tsv"
    sheet = [star(folder / f"uuid{n}" / f"{n}.{end}", n, n) for n in range(55)]
    names = ["File ID", "File Name", "Project ID", "Case ID", "Sample ID"]
    write(pd.DataFrame(sheet, columns=names), folder / "gdc_sample_sheet.2024-01-01.tsv")
    given = {"hub": "star", "clinical": (SURVIVAL, "TCGA.BRCA.sampleMap_BRCA_clinicalMatrix")}
    found = source(folder, **given)
    assert len(found.frame) == 55
    assert list(found.frame)[9:] == GENES
    raw = pd.read_csv(folder / "uuid7" / f"7.{end}", sep="\t", comment="#")
    expected = np.log2(raw["tpm_unstranded"].to_numpy()[2:-1] + 1)
    assert np.allclose(found.frame.iloc[7][GENES].to_numpy(dtype=float), expected)
    assert any("log2(tpm_unstranded + 1)" in note for note in found.notes)
    star(folder / "uuid3" / f"3.{end}", 3, 3, genes=GENES[::-1])
    assert "has other genes than the files before" in refused(folder, **given)
    (folder / "gdc_sample_sheet.2024-01-01.tsv").unlink()
    assert "has no sample sheet" in refused(folder, **given)
    with pytest.raises(UserError, match="gdc-client"):
        load_table(DatasetSpec(plugin="tcga", params={"hub": "star", "path": None}), seed=0)


def test_the_gdc_hub_writes_its_names_otherwise(hub, tmp_path):
    folder = hub()
    gdc = tmp_path / "gdc"
    gdc.mkdir()
    raw = pd.read_csv(folder / MATRIX, sep="\t", index_col=0)
    raw.index = pd.Index([f"ENSG{n:011d}.{n}" for n in range(30)], name="Ensembl_ID")
    write(raw.rename(columns=lambda c: f"{c}A"), gdc / "TCGA-BRCA.star_tpm.tsv.gz", index=True)
    known = pd.read_csv(folder / SURVIVAL, sep="\t")
    rows = pd.DataFrame(
        {
            "sample": known["sample"] + "A",
            "gender.demographic": known["gender"].str.lower(),
            "race.demographic": ["not reported", *known["race"][1:].str.lower()],
            "ethnicity.demographic": "not hispanic or latino",
            "age_at_diagnosis.diagnoses": known["age_at_initial_pathologic_diagnosis"] * 365.25 + 9,
            "ajcc_pathologic_stage.diagnoses": known["ajcc_pathologic_tumor_stage"],
            "primary_diagnosis.diagnoses": "Infiltrating duct carcinoma, NOS",
            "project_id.project": "TCGA-BRCA",
        }
    )
    write(rows, gdc / "TCGA-BRCA.clinical.tsv.gz")
    follow = known[["sample", "OS", "_PATIENT", "OS.time"]].assign(sample=rows["sample"])
    write(follow, gdc / "TCGA-BRCA.survival.tsv.gz")
    found = source(gdc, hub="gdc", variables=("clinical", "hispanic")).frame
    same = ["age", "sex", "stage", "days", "event"]
    pd.testing.assert_frame_equal(found[same], source(folder).frame[same])
    assert set(found["hispanic"]) == {"Not Hispanic"}
    assert pd.isna(found["race"][0])
    assert "ENSG00000000007" in found


def test_the_plugin_keeps_its_promises(hub):
    assert len(check_dataset(DATASETS.get("tcga"), params(hub(), sample=55))) == 55


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cohorts": ["BRCA", "BRCA"]}, "stands there twice"),
        ({"cohorts": ["breast"]}, "dataset.params.cohorts.0"),
        ({"variables": ["grade"]}, "dataset.params.variables.0"),
    ],
)
def test_parameters_that_cannot_be(given, says):
    with pytest.raises(UserError, match=re.escape(says)):
        load_table(DatasetSpec(plugin="tcga", params=given), seed=0)
