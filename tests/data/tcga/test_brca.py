"""A published table of 956 breast cancers (1,558 genes): what its genes can tell must stay so."""

import pytest

from synthcraft.data.load import load_table
from synthcraft.data.split import apply_split, make_split
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.spec.types import DatasetSpec, FractionsSpec, MetricSpec

# Histologies of fewer than 26 patients, so that ductal (737) and lobular (158) cancers remain.
RARE = ("ACBC", "BRCA", "BRCNOS", "IMMC", "MBC", "MDLC", "MPT", "PD", "SPC")


@pytest.mark.slow
def test_lobular_cancer_is_told_from_ductal_by_200_genes(shared_data):
    path = shared_data / "tcga_brca_956" / "tcga_brca_956_rnaseq1558_clin.csv.gz"
    table = load_table(
        DatasetSpec(
            plugin="csv",
            params={"path": str(path), "missing_codes": {"oncotree_code": RARE}},
            target="oncotree_code",
            id="case_id",
            sensitive=("race",),
            drop=("os_months", "os_event", "site"),
            columns={"age": {"type": "numeric", "unit": "years"}},
            screen={"top": 200, "by": "mad"},
        ),
        seed=0,
    )
    assert table.frame["oncotree_code"].value_counts().to_dict() == {"IDC": 737, "ILC": 158}
    metric = MetricSpec(plugin="utility", params={"models": ["boosting"], "resamples": 100})
    values = []
    for index in range(2):
        parts = apply_split(table, make_split(table, FractionsSpec(), seed=0, index=index))
        rows = len(parts.train)
        real = prepare(parts.train, parts.holdout, {"u": metric}, n_synthetic=rows, seed=0)
        measures = evaluate(real, parts.train.frame, seed=1)
        found = {m.metric: m.value for m in measures if not (m.column or m.group)}
        values.append(found["trtr.auroc"])
    # An independent analysis found 0.89 to 0.92 with all genes. A holdout has 47 lobular and 221
    # ductal cancers: at 0.89 the error of one value is 0.03 (Hanley-McNeil), of the mean of two
    # splits at most as much. Two of them.
    assert sum(values) / 2 == pytest.approx(0.89, abs=0.06)
