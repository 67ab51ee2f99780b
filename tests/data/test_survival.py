"""Tables of follow-up that lifelines ships, by known numbers of people and events."""

import importlib.metadata

import numpy as np
import pytest
from lifelines import CoxPHFitter, datasets

from synthcraft.catalogue import DATASETS
from synthcraft.data.load import load_table
from synthcraft.errors import DataError
from synthcraft.spec.types import DatasetSpec
from synthcraft.testing import check_dataset

# People and events as the publications (or the books that print the table) count them.
TABLES = {
    "gbsg2": (686, 299, "event", "days"),
    "lung": (228, 165, "died", "days"),
    "rossi": (432, 114, "arrested", "weeks"),
    "kidney_transplant": (863, 140, "died", "days"),
    "actg175": (2139, 521, "event", "days"),
}


@pytest.mark.parametrize("name", TABLES)
def test_people_and_events(name):
    people, events, target, time = TABLES[name]
    table = check_dataset(DATASETS.get(name))
    assert (len(table), table.task) == (people, "survival")
    assert (table.target, table.time, table.positive) == (target, time, "Yes")
    assert (table.frame[target] == "Yes").sum() == events
    assert table.frame[time].min() > 0
    assert all(column.label for column in table.columns)
    assert set(table.sensitive) <= set(table.categorical)


def test_absent_values_stay_absent():
    frame = load_table(DatasetSpec(plugin="lung"), seed=0).frame
    absent = frame.isna().sum()
    assert absent[absent > 0].to_dict() == datasets.load_lung().rename(
        columns={
            "ph.ecog": "ecog",
            "ph.karno": "karnofsky",
            "pat.karno": "karnofsky_patient",
            "meal.cal": "calories",
            "wt.loss": "weight_loss",
        }
    )[absent[absent > 0].index].isna().sum().to_dict()  # fmt: skip


def test_groups_of_kidney_transplants():
    frame = load_table(DatasetSpec(plugin="kidney_transplant"), seed=0).frame
    # Klein and Moeschberger 1997, section 1.7.
    counts = frame.groupby(["race", "sex"], observed=True).size().to_dict()
    assert counts == {
        ("White", "Male"): 432,
        ("White", "Female"): 280,
        ("Black", "Male"): 92,
        ("Black", "Female"): 59,
    }


def test_hazards_of_rossi_as_published():
    frame = load_table(DatasetSpec(plugin="rossi"), seed=0).frame
    coded = frame.assign(
        **{
            name: (frame[name] == "Yes").astype(int)
            for name in ("aid", "work", "married", "parole", "arrested")
        },
        race=(frame["race"] == "Black").astype(int),
    )
    fitted = CoxPHFitter().fit(coded, "weeks", "arrested").params_
    # Fox and Weisberg, Cox regression in R, table of the first fit.
    published = {"aid": -0.379, "age": -0.057, "race": 0.314, "work": -0.150, "convictions": 0.091}
    for name, coefficient in published.items():
        assert fitted[name] == pytest.approx(coefficient, abs=0.001)


def test_what_came_after_entry_is_no_feature():
    table = load_table(DatasetSpec(plugin="actg175"), seed=0)
    assert not {"cd420", "cd496", "cd820", "offtrt"} & set(table.names)
    # Hammer et al. 1996: events are fewest without zidovudine alone.
    events = (table.frame["event"] == "Yes").groupby(table.frame["arm"], observed=True).mean()
    assert events.idxmax() == "Zidovudine"
    assert np.sort(table.frame["arm"].value_counts()).tolist() == [522, 524, 532, 561]


def test_a_lifelines_without_the_table(monkeypatch):
    monkeypatch.setattr("synthcraft.data.survival.files", lambda _: [])
    with pytest.raises(DataError, match=r"no ACTG175\.csv.*lifelines>=0\.30"):
        load_table(DatasetSpec(plugin="actg175"), seed=0)

    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("synthcraft.data.survival.files", absent)
    with pytest.raises(DataError, match="is not installed"):
        load_table(DatasetSpec(plugin="gbsg2"), seed=0)
