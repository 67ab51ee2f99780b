"""A release policy on the command line: exit code 4, the sample, and a policy that was tampered."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft import shipped
from synthcraft.cli.evaluate import parser, spec_of
from synthcraft.data.load import load_table
from synthcraft.errors import NoUsableArm, Problem, SpecError, UserError
from synthcraft.spec.read import dump_plain, read_file
from synthcraft.spec.types import DatasetSpec

PRIVATE = {
    "name": "release",
    "dataset": {
        "plugin": "nhanes",
        "target": "heart_attack",
        "sensitive": [],
        "quasi_identifiers": ["age", "sex"],
        "keep": ["age", "sex", "smoking", "heart_attack"],
    },
    "design": {"splits": 1, "synthetic_rows": 300},
    "privacy": {"rows": 5300, "selection": "fixed", "release": "mine@eps=1"},
    "generators": {"mine": {"plugin": "independent"}},
    "metrics": {"marginals": {"plugin": "marginals"}},
    "release_policy": {
        "limits": {
            "epsilon": {"measure": "epsilon_total", "at_most": 1},
            "likeness": {"measure": "tv_complement", "at_least": 0.5, "by": "mean"},
        }
    },
    "outputs": {"samples": 40},
    "execution": {"workers": 1},
}


def edited(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def test_a_run_that_passes_hands_over_rows_and_a_changed_policy_is_found(tmp_path, shell, call):
    (tmp_path / "spec.yaml").write_text(dump_plain(PRIVATE))
    done = shell("run", "spec.yaml", "--dir", "run")
    assert done.code == 0, done.err
    assert "release policy of mine@eps=1: passes\n✓ epsilon: " in done.out
    *_, sample, report = done.out.splitlines()
    assert sample == "released sample: run/release"
    assert "release pack: run/report/release/index.html" in done.out
    assert report == "report: run/report/index.html"
    run = tmp_path / "run"
    assert {path.name for path in run.iterdir()} >= {"release", "report", "spec.yaml"}
    assert not (run / "unreleased").exists()
    assert not (run / "samples").exists()
    table = pd.read_parquet(run / "release" / "sample.parquet")
    assert len(table) == 40
    root = next(line for line in call("report", "run").out.splitlines() if line.startswith("root"))
    assert root.removeprefix("root: ") in (run / "release" / "README.md").read_text()

    assert call("verify", "run").code == 0
    edited(run / "spec.yaml", "at_most: 1.0", "at_most: 9.0")
    told = call("verify", "run")
    assert told.code == 3
    assert "../spec.yaml" in told.out
    # Nor does the report pass once it is built anew from what was changed.
    again = call("report", "run", "--release")
    assert again.code == 4
    page = (run / "report" / "release" / "index.html").read_text()
    assert "changed or declared afterwards" in page


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Real rows, a holdout, a copy and independent columns, in the working directory."""
    monkeypatch.chdir(tmp_path)
    frame = load_table(DatasetSpec(plugin="simulated", params={"n": 450}), seed=0).frame
    frame[:300].to_csv("real.csv", index=False)
    frame[300:].to_csv("holdout.csv", index=False)
    rng = np.random.default_rng(0)
    real = frame[:300]
    mixed = pd.DataFrame({name: rng.permutation(values)[:250] for name, values in real.items()})
    mixed.to_csv("mixed.csv", index=False)
    real.sample(250, random_state=0).to_csv("copy.csv", index=False)
    (tmp_path / "ours.yaml").write_text(
        dump_plain({"limits": {"copies": {"measure": "exact_match_rate", "at_most": 0.2}}})
    )
    return tmp_path


FILES = ("--real", "real.csv", "--holdout", "holdout.csv", "--target", "outcome")
JUDGED = ("evaluate", *FILES, "--metrics", "exact_match", "--policy", "ours.yaml")


def test_a_file_made_elsewhere_is_judged_by_a_policy(files, shell):
    words = ("--synthetic", "copy.csv", "--dir", "copy", "outputs.samples=5", "--json")
    done = shell(*JUDGED, *words)
    assert done.code == 4, done.err
    told = json.loads(done.out)
    (line,) = told["release_policy"]
    assert (line["label"], line["status"]) == ("copies", "fail")
    assert told["sample"] == "no sample is released: the release policy does not pass"
    assert not list(Path("copy").glob("*eleased")) + list(Path("copy").glob("release"))


@pytest.mark.slow
def test_a_file_that_passes_is_handed_over_and_several_need_a_name(files, shell):
    done = shell(*JUDGED, "--synthetic", "mixed.csv", "--dir", "mixed", "outputs.samples=5")
    assert done.code == 0, done.err
    assert "released sample: mixed/release" in done.out
    rows = pd.read_parquet("mixed/release/sample.parquet").astype(str)
    made = pd.read_csv("mixed.csv")
    ages = {str(int(age)) for age in made.age.dropna()}
    assert set(rows.age) <= ages | {"<NA>"}
    several = ("--synthetic", "a=mixed.csv", "--synthetic", "b=copy.csv")
    assert "Name one of: a, b." in shell(*JUDGED, *several).err
    named = shell(*JUDGED, *several, "--dir", "b", "release_policy.arm=b")
    assert named.code == 4
    assert "release policy of b: does NOT pass" in named.out


def test_a_policy_is_named_or_in_a_file(files):
    def policy(text):
        words = ["--real", "real.csv", "--synthetic", "copy.csv", "--policy", text]
        return spec_of(parser().parse_intermixed_args(words))["release_policy"]

    assert policy("standard") == shipped.option("release_policy", "standard")
    assert policy("ours.yaml") == read_file(files / "ours.yaml")
    (files / "spec.yaml").write_text(dump_plain(PRIVATE))
    assert policy("spec.yaml") == PRIVATE["release_policy"]
    with pytest.raises(SpecError, match="Did you mean 'strict'"):
        policy("strickt")
    with pytest.raises(SpecError, match="Or name a YAML file"):
        policy("there/is/none.yaml")


def test_policies_are_a_group_of_run(call, engine):
    call("run", "+exp=smoke", "release_policy=standard", "release_policy.limits.copies.at_most=0.5")
    policy = engine.calls[0]["spec"].release_policy
    assert policy.limits["copies"].at_most == 0.5
    assert policy.limits["singling_out"].model == "multivariate"


def test_a_policy_that_does_not_pass_counts_after_what_is_worse(call, engine, monkeypatch):
    monkeypatch.setattr("synthcraft.cli.run.may_be_released", lambda ran: False)
    engine.fails = {1: NoUsableArm("nothing"), 2: UserError([Problem("x", "is wrong")])}
    codes = [call("run", "+exp=smoke", f"seed={seed}").code for seed in (0, 1, 2)]
    assert codes == [4, 1, 2]
