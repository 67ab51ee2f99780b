"""Tables that scikit-learn ships, through the whole way to a typed table."""

from synthcraft.data.load import load_table
from synthcraft.spec.types import DatasetSpec


def test_breast_cancer():
    table = load_table(DatasetSpec(plugin="breast_cancer"), seed=0)
    assert table.frame["diagnosis"].value_counts().to_dict() == {"benign": 357, "malignant": 212}
    assert (len(table.names), table.positive) == (31, "malignant")
    malignant = table.frame["diagnosis"] == "malignant"
    radius = table.frame["mean radius"]
    assert radius[malignant].mean() > radius[~malignant].mean() + 4


def test_diabetes():
    table = load_table(DatasetSpec(plugin="diabetes"), seed=0)
    assert (len(table), table.task, table.target) == (442, "regression", "progression")
    assert table.column("sex").levels == ("1", "2")
    assert table.frame["age"].between(18, 80).all()


def test_sample():
    table = load_table(DatasetSpec(plugin="diabetes", params={"sample": 100}), seed=0)
    assert len(table) == 100
