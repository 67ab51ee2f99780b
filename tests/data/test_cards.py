"""Cards of the datasets: light, complete, and true to what they load."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import Field

from synthcraft.catalogue import DATASETS, DatasetCard, Params
from synthcraft.data.source import Source
from synthcraft.spec.types import ColumnSpec, DatasetSpec
from synthcraft.testing import check_dataset


def test_cards_load_nothing_heavy():
    code = (
        "import sys; from synthcraft.catalogue import DATASETS; list(DATASETS); "
        "print({'pandas', 'sklearn', 'torch', 'pyreadstat', 'scipy'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize("name", DATASETS.names())
def test_card_is_complete(name):
    card = DATASETS.get(name)
    assert card.name == name
    assert card.summary
    assert callable(card.load())
    assert all(field.description for field in card.params.model_fields.values())
    DatasetSpec.model_validate({"plugin": name, **(card.defaults or {})})


@pytest.mark.parametrize("name", ["nhanes", "breast_cancer", "diabetes", "simulated"])
def test_dataset_keeps_its_promises(name):
    assert len(check_dataset(DATASETS.get(name))) >= 400


def test_own_file_keeps_its_promises(people, tmp_path):
    people.to_csv(tmp_path / "t.csv", index=False)
    params = {"path": str(tmp_path / "t.csv")}
    assert len(check_dataset(DATASETS.get("csv"), params, target="sick", id="person")) == 200


class Restless(Params):
    """Parameters of a plug-in that breaks its promises."""

    breaks: str = Field("", description="Which promise.")


def load_restless(params, *, seed):
    rng = np.random.default_rng(None if params.breaks == "seed" else seed)
    if params.breaks == "global":
        np.random.seed(seed)  # noqa: NPY002
    frame = pd.DataFrame({"x": rng.normal(size=100), "y": ["a", "b"] * 50})
    columns = {"z": ColumnSpec(label="not there")} if params.breaks == "columns" else {}
    truth = {"best": float("nan")} if params.breaks == "json" else {}
    return Source(frame, columns=columns, truth=truth)


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        ("seed", "one seed gives two tables"),
        ("global", "global random state"),
        ("columns", "columns that it does not have"),
        ("json", "JSON"),
        ("defaults", "no dataset-spec fields"),
    ],
)
def test_broken_promises_are_named(breaks, says, monkeypatch):
    monkeypatch.setattr(DatasetCard, "load", lambda _: load_restless)
    card = DatasetCard(
        name="restless",
        summary="breaks a promise",
        implementation="",
        params=Restless,
        defaults={"target": "y", **({"outcome": "y"} if breaks == "defaults" else {})},
    )
    with pytest.raises((AssertionError, ValueError), match=says):
        check_dataset(card, {"breaks": breaks})
    with pytest.raises(AssertionError, match="without description"):
        check_dataset(replace(card, params=Undescribed))


class Undescribed(Params):
    """Parameters that nobody explains."""

    n: int = 1
