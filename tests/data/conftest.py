"""Small tables of known content, and ways to load them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.load import build_table, load_table
from synthcraft.data.table import Table
from synthcraft.errors import UserError
from synthcraft.spec.types import DatasetSpec


@pytest.fixture
def people() -> pd.DataFrame:
    """200 rows of 100 people: numbers, text and a binary outcome (30 of 200)."""
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, n),
            "bmi": np.round(rng.normal(27, 4, n), 1),
            "sex": rng.choice(["f", "m"], n),
            "person": np.repeat(np.arange(n // 2), 2),
            "sick": np.where(rng.permutation(n) < 30, "yes", "no"),
        }
    )


@pytest.fixture
def build() -> Callable[..., Table]:
    """Makes the table of a frame under dataset-spec fields."""
    return lambda frame, **fields: build_table(frame, DatasetSpec(plugin="csv", **fields))


@pytest.fixture
def load_file() -> Callable[..., Table]:
    """Makes the table of a file: ``load_file("csv", path, params={…}, target=…)``."""

    def load(plugin: str, path: Path, params: dict[str, Any] | None = None, **fields: Any) -> Table:
        params = {"path": str(path), **(params or {})}
        return load_table(DatasetSpec(plugin=plugin, params=params, **fields), seed=0)

    return load


@pytest.fixture
def problems_of() -> Callable[..., dict[str, str]]:
    """The problems that a call raises: message and hint by path."""

    def problems(call: Callable[..., Any], *args: Any, **fields: Any) -> dict[str, str]:
        with pytest.raises(UserError) as caught:
            call(*args, **fields)
        return {p.path: f"{p.message} | {p.hint}" for p in caught.value.problems}

    return problems
