"""Checks that a plug-in keeps its promises: for us and for authors of plug-ins."""

import json
import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthcraft.catalogue import DatasetCard
from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.load import load_from
from synthcraft.data.table import Table
from synthcraft.spec.types import DatasetSpec


def check_dataset(
    card: DatasetCard, params: Mapping[str, Any] | None = None, **roles: Any
) -> Table:
    """The table that a dataset plug-in yields, once it is seen to keep a dataset's promises.

    ``params`` are the plug-in's parameters, ``roles`` further dataset-spec fields (a file needs at
    least ``target``).

    Raises
    ------
    AssertionError
        naming the first promise that is broken: described parameters, defaults that are
        dataset-spec fields, declared columns that exist, the same table for the same seed, an
        untouched global random state, and a description that is plain JSON.
    """
    undescribed = [name for name, one in card.params.model_fields.items() if not one.description]
    assert not undescribed, f"{card.name}: parameters without description: {undescribed}"
    strange = set(card.defaults or {}) - set(DatasetSpec.model_fields)
    assert not strange, f"{card.name}: defaults that are no dataset-spec fields: {sorted(strange)}"
    typed = card.params.model_validate(dict(params or {}))
    before = _global_random_state()
    source = card.load()(typed, seed=1)
    after = _global_random_state()
    assert before == after, f"{card.name}: loading changes the global random state"
    absent = set(source.columns) - set(source.frame.columns)
    assert not absent, f"{card.name}: declares columns that it does not have: {sorted(absent)}"
    dataset = DatasetSpec.model_validate(
        {"plugin": card.name, "params": dict(params or {}), **roles}
    )
    first, second = (load_from(card, dataset, seed=1) for _ in range(2))
    assert fingerprint(first) == fingerprint(second), f"{card.name}: one seed gives two tables"
    json.dumps(describe_table(first), allow_nan=False)
    return first


def _global_random_state() -> tuple[object, ...]:
    state: dict[str, Any] = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return state["key"].tobytes(), state["pos"], random.getstate()
