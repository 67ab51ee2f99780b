"""Files made elsewhere: a whole evaluation, and every mistake told with code 2."""

import json

import numpy as np
import pandas as pd
import pytest

from synthcraft.catalogue import METRICS
from synthcraft.cli import evaluate
from synthcraft.data.load import load_table
from synthcraft.errors import UserError
from synthcraft.spec.read import read_file
from synthcraft.spec.types import DatasetSpec

ROLES = ("--target", "outcome", "--quasi-identifiers", "age,sex")
QUICK = (*ROLES, "--metrics", "exact_match,dcr,marginals")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Real rows, a holdout, rows of independent columns and a copy, in the working directory."""
    monkeypatch.chdir(tmp_path)
    frame = load_table(DatasetSpec(plugin="simulated", params={"n": 450}), seed=0).frame
    real, holdout = frame[:300], frame[300:]
    real.to_csv("real.csv", index=False)
    holdout.to_csv("holdout.csv", index=False)
    rng = np.random.default_rng(0)
    mixed = pd.DataFrame({name: rng.permutation(values)[:250] for name, values in real.items()})
    mixed.to_csv("mixed.csv", index=False)
    real.sample(250, random_state=0).to_csv("copy.csv", index=False)
    return tmp_path


@pytest.fixture
def idle(engine, monkeypatch):
    """An engine that only notes the spec, and a run that tells nothing."""
    monkeypatch.setattr("synthcraft.cli.risks.risks", lambda run: [])
    return engine


@pytest.fixture
def ready(monkeypatch):
    """No workers are warmed up for runs that never start."""
    monkeypatch.setattr("synthcraft.engine.run.warm", lambda modules: None)


@pytest.mark.slow
def test_files_are_judged_beside_the_references_and_the_spec_can_be_run_again(files, shell):
    words = ("--real", "real.csv", "--holdout", "holdout.csv", *QUICK)
    synthetic = ("--synthetic", "ours=mixed.csv,copy.csv", "--synthetic", "copy.csv")
    done = shell("evaluate", *words, *synthetic, "--dir", "first", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    rows = pd.DataFrame(told["results"])
    exact = rows[(rows.metric == "exact_match_rate") & (rows.role == "main")].set_index("label")
    assert exact.value["copy"] == exact.value["train_copy"] == 1
    assert exact.value["ours"] == pytest.approx(0.5, abs=0.05)  # two draws, one of them copies
    assert set(exact.n) == {250, 75}  # the halves of the holdout are fresh_real's
    spec = read_file(files / "first" / "spec.yaml")
    assert spec["design"]["splits"] == 1
    assert spec["design"]["synthetic_rows"] == 250
    again = shell("run", "first/spec.yaml", "--dir", "second")
    assert again.code == 0, again.err
    tables = [pd.read_csv(files / run / "report" / "results.csv") for run in ("first", "second")]
    without = [table.drop(columns=["seconds"]) for table in tables]
    pd.testing.assert_frame_equal(*without)


@pytest.mark.slow
def test_without_a_holdout_it_says_what_is_lost(files, shell):
    words = ("--real", "real.csv", "--synthetic", "copy.csv", *QUICK)
    done = shell("evaluate", *words, "--dir", "alone")
    assert done.code == 0, done.err
    assert "no risk has a control" in done.out
    assert "fresh_real was left out: no real row was held out" in done.out
    line = next(line for line in done.out.splitlines() if line.startswith("exact_match_rate"))
    assert line.split() == ["exact_match_rate", "1.000", "–", "–"]


@pytest.mark.slow
def test_the_real_table_as_synthetic_one_shows_every_risk_at_its_largest(files, shell):
    words = ("--real", "real.csv", "--holdout", "holdout.csv", "--synthetic", "real.csv", *QUICK)
    done = shell("evaluate", *words, "--dir", "same")
    assert done.code == 0, done.err
    found = {line.split()[0]: line.split() for line in done.out.splitlines() if line}
    assert found["exact_match_rate"][1:4] == ["1.000", "0.000", "1.000"]
    assert found["dcr_median"][1] == "0.000"
    assert "synthetic gives away more than chance: exact_match_rate" in done.out


def spoilt(name, change):
    change(pd.read_csv("mixed.csv")).to_csv(name, index=False)


WRONG = {
    "target missing": (lambda t: t.drop(columns="outcome"), "s.csv: has no column 'outcome'"),
    "misspelt": (lambda t: t.rename(columns={"age": "Age"}), "Did you mean 'Age'?"),
    "extra column": (lambda t: t.assign(extra=1), "'extra' is not in the real table"),
    "other type": (lambda t: t.assign(age="old"), "'age': 250 values are not numbers"),
    "other codes": (lambda t: t.assign(sex="x"), "'sex' has no level in common"),
    "few rows": (lambda t: t.head(5), "got 5 rows"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_synthetic_file_that_does_not_fit(case, files, call, ready):
    change, told = WRONG[case]
    spoilt("s.csv", change)
    answer = call(
        *("evaluate", "--real", "real.csv", "--holdout", "holdout.csv", "--synthetic", "s.csv"),
        *QUICK,
    )
    assert answer.code == 2
    assert told in answer.err
    assert not (files / "runs").exists()


OPTIONS = {
    "no such file": (("--synthetic", "mixd.csv"), "Did you mean 'mixed.csv'?"),
    "empty": (("--synthetic", "empty.csv"), "empty.csv is not a text table. It is empty."),
    "encoding": (
        ("--synthetic", "latin.csv"),
        "for example generators.synthetic.params.encoding=latin-1",
    ),
    "workbook": (("--synthetic", "s.xlsx"), "s.xlsx: its name does not tell"),
    "one file twice": (
        ("--synthetic", "mixed.csv", "--synthetic", "mixed.csv"),
        "'mixed' is given twice",
    ),
    "reserved label": (("--synthetic", "noise=mixed.csv"), "belongs to a reference generator"),
    "no target": (("--synthetic", "mixed.csv", "--target", ""), "--target: not given"),
    "wrong target": (("--synthetic", "mixed.csv", "--target", "outcom"), "--target: the table has"),
    "unknown metric": (("--synthetic", "mixed.csv", "--metrics", "drc"), "Did you mean 'dcr'?"),
    "unknown setting": (("--synthetic", "mixed.csv", "dataset.prams.sep=;"), "dataset.prams"),
    "no setting": (("--synthetic", "mixed.csv", "report"), "neither an option nor key=value"),
    "the same holdout": (
        ("--synthetic", "mixed.csv", "--holdout", "real.csv"),
        "--holdout: is the same file",
    ),
    "no name of a policy": (("--synthetic", "mixed.csv", "--policy", ""), "no policy or file ''"),
    "a policy that names another": (
        ("--synthetic", "mixed.csv", "--policy", "named.yaml"),
        "named.yaml: release_policy: expected a map of settings",
    ),
    "no name of a holdout": (("--synthetic", "mixed.csv", "--holdout", ""), "'': its name does"),
    "two splits": (
        ("--synthetic", "mixed.csv", "design.splits=2"),
        "design.splits: got 2, but the data declare the one split",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_do_not_fit(case, files, call, ready):
    (files / "empty.csv").write_text("")
    latin = pd.read_csv("mixed.csv").assign(sex="é")
    latin.to_csv("latin.csv", index=False, encoding="latin-1")
    (files / "named.yaml").write_text("release_policy: standard")
    words, told = OPTIONS[case]
    answer = call("evaluate", "--real", "real.csv", "--holdout", "holdout.csv", *QUICK, *words)
    assert answer.code == 2
    assert told in answer.err


def test_a_random_split_after_the_fact_is_refused(files, call, ready):
    (files / "spec.yaml").write_text(
        "name: x\n"
        "dataset: {plugin: csv, params: {path: real.csv}, target: outcome}\n"
        "generators: {s: {plugin: file, params: {paths: [mixed.csv]}}}\n"
    )
    answer = call("run", "spec.yaml")
    assert answer.code == 2
    assert "a random split cannot tell which real rows their maker has seen" in answer.err
    answer = call("validate", "spec.yaml")
    assert answer.code == 2
    assert "dataset.params.holdout_path" in answer.err


def test_families_name_all_their_metrics(files, call, idle):
    words = ("--real", "real.csv", "--synthetic", "mixed.csv", "--target", "outcome")
    call("evaluate", *words, "--metrics", "privacy,marginals", "seed=5")
    spec = idle.calls[0]["spec"]
    assert {"dcr", "exact_match", "marginals"} <= set(spec.metrics)
    assert "c2st" not in spec.metrics
    assert set(spec.metrics) <= set(METRICS.names())
    assert (spec.seed, spec.dataset.params["trained_on"]) == (5, "all")


def test_text_settings_of_the_real_file_hold_for_the_synthetic_one(files, call, idle):
    for name in ("real", "mixed"):
        pd.read_csv(f"{name}.csv").to_csv(f"{name}.csv", index=False, sep=";")
    words = ("--real", "real.csv", "--synthetic", "mixed.csv", "--target", "outcome")
    call("evaluate", *words, "dataset.params.sep=;")
    assert idle.calls[0]["spec"].generators["synthetic"].params["sep"] == ";"


def test_of_screened_columns_only_those_that_are_used_are_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)

    def people(rows):
        genes = rng.normal(size=(rows, 12)) * np.arange(1, 13)
        frame = pd.DataFrame(genes, columns=[f"g{n}" for n in range(12)])
        return frame.assign(sick=np.resize(["yes", "no"], rows))

    people(80).to_csv("real.csv", index=False)
    people(40).to_csv("holdout.csv", index=False)
    made = people(80)
    made[["g10", "g11", "sick"]].to_csv("used.csv", index=False)
    made[["g0", "g11", "sick"]].to_csv("others.csv", index=False)

    def spec(name):
        files = ("--real", "real.csv", "--holdout", "holdout.csv", "--synthetic", name)
        words = (*files, "--target", "sick", "dataset.screen.top=2")
        return evaluate.checked(evaluate.spec_of(evaluate.parser().parse_intermixed_args(words)))

    assert spec("used.csv")["dataset"]["screen"] == {"top": 2}
    with pytest.raises(UserError, match="has no column 'g10'"):
        spec("others.csv")


@pytest.mark.parametrize("role", ["--id", "--drop"])
def test_what_a_policy_passes_has_no_column_that_nobody_judged(role, files, call, idle):
    for name in ("real", "holdout", "mixed"):
        frame = pd.read_csv(f"{name}.csv")
        frame.assign(number=[f"{name}{i}" for i in frame.index]).to_csv(f"{name}.csv", index=False)
    words = (
        *("evaluate", "--real", "real.csv", "--holdout", "holdout.csv", *QUICK, role, "number"),
        *("--synthetic", "mixed.csv"),
    )
    (files / "p.yaml").write_text("limits: {a: {measure: exact_match_rate, at_most: 0.1}}")
    answer = call(*words, "--policy", "p.yaml")
    assert answer.code == 2
    assert "mixed.csv: column 'number' is not judged" in answer.err
    call(*words)
    assert len(idle.calls) == 1  # without a policy nothing is passed
