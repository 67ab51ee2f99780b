"""Values that nobody declared, planted in the real rows, are in no artefact of a private run."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from synthcraft.data.load import load_table
from synthcraft.privacy.domain import settle
from synthcraft.privacy.release import Release
from synthcraft.spec.types import DatasetSpec
from tests.conftest import ROOT

PLANTED = re.compile(rb"(?<![\d.])(73,?913|-?48,?271|48271\.625)(?!\d)|Zanzibar")
TYPES = {
    "age": {"type": "numeric", "decimals": 0},
    "lab": {"type": "numeric"},
    "town": {"type": "categorical"},
    "sick": {"type": "categorical", "levels": ["no", "yes"]},
}
DOMAIN = {
    "age": {"low": 20, "high": 90, "bins": 7},
    "lab": {"low": 0, "high": 100, "bins": 5},
    "town": {"levels": ["north", "south"]},
    "sick": {},
}


def plant(path):
    """300 people; two of each kind of planted value, so that both parts are likely to hold one."""
    rng = np.random.default_rng(0)
    age = rng.integers(20, 80, 300)
    people = pd.DataFrame(
        {
            "person": np.arange(300),
            "age": age.astype(float),
            "lab": np.round(rng.normal(50, 10, 300), 1),
            "town": rng.choice(["north", "south"], 300),
            "sick": np.where(rng.random(300) < age / 120, "yes", "no"),
        }
    )
    people.loc[[7, 150], "age"] = 73913.0
    people.loc[[8, 151], "lab"] = -48271.625
    people.loc[[9, 152], "town"] = "Zanzibarville"
    people.to_csv(path, index=False)


def run(directory, generator, privacy, columns):
    """The run directory of one fit, with all metrics and a report; what was printed, too."""
    plant(directory / "people.csv")
    spec = {
        "version": 1,
        "name": "canary",
        "dataset": {
            "plugin": "csv",
            "params": {"path": "people.csv"},
            "target": "sick",
            "id": "person",
            "sensitive": ["town"],
            "columns": columns,
        },
        "design": {"splits": 1},
        "privacy": {"epsilons": [1.0], "rows": 300, **privacy},
        "generators": {"own": {"plugin": generator}},
        "outputs": {"samples": True},
        "execution": {"workers": 1},
    }
    (directory / "spec.yaml").write_text(yaml.safe_dump(spec))
    done = subprocess.run(
        [sys.executable, "-m", "synthcraft", "run", "spec.yaml", "--dir", "out"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr.decode()
    (directory / "out" / "log").write_bytes(done.stdout + done.stderr)
    return directory / "out"


def told(directory):
    """Files in which a planted value stands; a Parquet file as text, with its lists of levels."""
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            content += frame.to_csv().encode()
            levels = [list(frame[n].cat.categories) for n in frame.select_dtypes("category")]
            content += repr(levels).encode()
        if PLANTED.search(content):
            yield path.name


def test_the_search_finds_what_is_planted(tmp_path):
    plant(tmp_path / "people.csv")
    pd.read_csv(tmp_path / "people.csv").to_parquet(tmp_path / "people.parquet")
    unused = pd.DataFrame({"town": pd.Categorical(["north"], ["north", "Zanzibarville"])})
    unused.to_parquet(tmp_path / "unused.parquet")
    assert list(told(tmp_path)) == ["people.csv", "people.parquet", "unused.parquet"]


@pytest.mark.parametrize(("origin", "leaks"), [("declared", False), ("from_data", True)])
def test_rows_decoded_without_any_noise_tell_no_more_than_the_domain(tmp_path, origin, leaks):
    plant(tmp_path / "people.csv")
    columns = {name: {**TYPES[name], **DOMAIN[name]} for name in TYPES}
    params = {"path": str(tmp_path / "people.csv")}
    fields = {"params": params, "target": "sick", "id": "person", "columns": columns}
    table = load_table(DatasetSpec(plugin="csv", **fields), seed=0, outside="keep")
    if origin == "from_data":
        table = replace(table, columns=tuple(replace(c, declared=()) for c in table.columns))
    domain = settle(table, Release(1.0, 1e-5, 300, domain=origin), np.random.default_rng(0))
    rows = domain.decode(domain.encode(table.frame), np.random.default_rng(0))
    (tmp_path / "out").mkdir()
    rows.to_parquet(tmp_path / "out" / "rows.parquet")
    assert bool(list(told(tmp_path / "out"))) == leaks


@pytest.mark.slow  # all metrics and a report: 20 s each
@pytest.mark.parametrize("generator", ["independent", "mst"])
def test_no_artefact_tells_what_lies_outside_the_declared_domain(tmp_path, generator):
    columns = {name: {**TYPES[name], **DOMAIN[name]} for name in TYPES}
    out = run(tmp_path, generator, {"domain": "declared"}, columns)
    assert list(told(out)) == []
    (sample,) = (pd.read_parquet(path) for path in out.glob("samples/*.parquet"))
    assert sample["age"].dropna().between(20, 90).all()
    assert sample["lab"].dropna().between(0, 100).all()
    assert set(sample["town"].dropna()) <= {"north", "south"}


@pytest.mark.slow
def test_a_bought_domain_leaves_out_what_two_people_have(tmp_path):
    """At ε = 1, δ = 1e-5 a level of two people passes with a chance below 1e-6."""
    out = run(tmp_path, "independent", {"domain": "private"}, TYPES)
    assert list(told(out)) == []
    assert len(list(out.glob("samples/*.parquet"))) == 1
