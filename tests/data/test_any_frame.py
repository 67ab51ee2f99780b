"""Whatever the columns hold: a sound table, or an error in words; never anything else."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.data.describe import describe_table, fingerprint
from synthcraft.data.load import build_table
from synthcraft.data.split import apply_split, make_split
from synthcraft.errors import UserError
from synthcraft.spec.types import DatasetSpec, FractionsSpec

ROWS = 60
CELLS = {
    "bits": st.integers(0, 1),
    "codes": st.integers(1, 5),
    "floats": st.floats(-1e6, 1e6) | st.just(np.nan),
    "wild": st.floats(),
    "huge": st.integers(-(2**70), 2**70),
    "yes_no": st.sampled_from(["yes", "no"]),
    "letters": st.sampled_from("abc") | st.none(),
    "text": st.text(max_size=3),
    "booleans": st.booleans() | st.none(),
    "mixed": st.sampled_from([1, "1", 1.0, True, None, "x"]),
    "decimals": st.decimals(-10, 10, places=2).map(Decimal),
    "dates": st.dates(),
    "lists": st.lists(st.integers(), max_size=1),
    "nothing": st.none(),
    "constant": st.just("same"),
}
# Most draws are tables that can be used, or little but the errors would be tested.
GOOD = ("bits", "codes", "floats", "letters", "booleans", "decimals")
DTYPES = {"letters": "category", "codes": "Int8", "booleans": "boolean"}


@st.composite
def frames(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    kinds = draw(st.lists(st.sampled_from([*GOOD * 4, *CELLS]), min_size=2, max_size=4))
    columns = {"sick": pd.Series(rng.permutation(["yes"] * 20 + ["no"] * (ROWS - 20)))}
    for number, kind in enumerate(kinds):
        pool = draw(st.lists(CELLS[kind], min_size=1, max_size=12))
        values = [pool[place] for place in rng.integers(0, len(pool), ROWS)]
        column = pd.Series(values, dtype=object).infer_objects()
        if kind in DTYPES and draw(st.booleans()):
            column = column.astype(DTYPES[kind])
        columns[f"{kind} {number}"] = column
    return pd.DataFrame(columns)


@settings(max_examples=150, deadline=None)
@given(frame=frames(), data=st.data())
def test_any_frame(frame, data):
    names = list(frame.columns)
    spec = {
        "plugin": "csv",
        "target": data.draw(st.sampled_from([names[0]] * 4 + names)),
        "task": data.draw(st.sampled_from([None, None, "classification", "regression"])),
        "time": data.draw(st.sampled_from([None] * 20 + names)),
        "sensitive": data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True)),
        "missing": data.draw(st.sampled_from(["model", "impute", "drop"])),
    }
    try:
        table = build_table(frame, DatasetSpec.model_validate(spec))
        split = make_split(table, FractionsSpec(), seed=0, index=0)
        parts = apply_split(table, split)
    except UserError as error:
        assert error.problems
        assert all(p.path.startswith("dataset") and p.message for p in error.problems)
        return
    assert table.names == tuple(table.frame.columns)
    for column in table.columns:
        values = table.frame[column.name]
        if column.numeric:
            assert values.dtype == np.float64
            assert not np.isinf(values).any()
            assert values.dropna().between(column.low, column.high).all()
        else:
            assert set(values.dropna()) <= set(column.levels)
    assert not table.frame[table.target].isna().any()
    assert parts.train.names == parts.holdout.names == tuple(parts.holdout.frame.columns)
    if spec["missing"] != "model":
        assert not parts.train.frame.isna().any().any()
    json.dumps(describe_table(table), allow_nan=False)
    assert fingerprint(table) == fingerprint(table.take(np.arange(len(table))))
