"""Cards of the datasets: light, complete, and true to what they load."""

import subprocess
import sys

import pytest

from synthcraft.catalogue import DATASETS
from synthcraft.spec.types import DatasetSpec


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
