import hashlib
import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.errors import RunError
from synthcraft.report.policy import released
from synthcraft.report.sample import (
    OURS,
    README,
    SCHEMA,
    TABLE,
    TEXT,
    as_csv,
    drawn,
    files,
    hand_over,
    plain,
)
from synthcraft.results import UNRELEASED, load_run, table_file
from synthcraft.spec.types import ColumnSpec, OutputsSpec
from tests.report.conftest import fabricate
from tests.report.policies import COPIES, measured, under

ROOT = "ab" * 32
RARE = "a level of one person"


@pytest.fixture(scope="module")
def run(whole):
    return load_run(whole)


def asked(run, rows, **limits):
    """The run with a policy of these limits that is to release so many rows."""
    found = under(measured(run, "arf", [0.01, 0.02, 0.03]), **limits or {"copies": COPIES}).run
    outputs = OutputsSpec(samples=rows)
    return replace(found, spec=found.spec.model_copy(update={"outputs": outputs}))


def synthetic(rows=100):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, rows).astype(float),
            "sbp": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(120, 9, rows).round(2)),
            "sex": pd.Categorical(rng.choice(["f", "m"], rows), ["f", "m", RARE]),
            "note": pd.Categorical(rng.choice(["=1+1", "+", "-5"], rows)),
        }
    )


@pytest.fixture
def kept(run, tmp_path):
    """A run directory with the table of which rows may be released, and another one."""
    folder = tmp_path / UNRELEASED
    folder.mkdir()
    first = next(r.trial for r in run.of("arf") if r.trial.split == 0)
    synthetic().to_parquet(folder / table_file(first))
    (folder / "ctgan.s0.r0.report.d0.parquet").write_bytes(b"of another arm")
    return tmp_path


def test_rows_of_the_judged_table_are_written_where_the_policy_passes(run, kept):
    told = hand_over(asked(run, 30), kept, root=ROOT)
    assert told == f"released sample: {kept / 'release'}"
    assert {path.name for path in (kept / "release").iterdir()} == set(OURS)
    sample, whole = pd.read_parquet(kept / "release" / TABLE), plain(synthetic())
    assert len(sample) == 30
    rows = {tuple(map(str, row)) for row in whole.itertuples(index=False)}
    assert {tuple(map(str, row)) for row in sample.itertuples(index=False)} <= rows
    assert not (kept / UNRELEASED).exists()


def test_no_level_is_written_that_no_released_row_has(run, kept):
    hand_over(asked(run, 30), kept, root=ROOT)
    for path in (kept / "release").iterdir():
        assert RARE.encode() not in path.read_bytes()


def test_other_files_of_the_folder_are_not_touched(run, kept):
    own = ["tables/mine.csv", "figures/mine.svg", "LICENCE"]
    for name in own:
        path = kept / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("the steward's own")
    hand_over(asked(run, 30), kept, root=ROOT)
    assert all((kept / "release" / name).is_file() for name in own)


def test_rows_that_were_changed_since_are_told(run, kept):
    hand_over(asked(run, 30), kept, root=ROOT)
    assert hand_over(asked(run, 30), kept, root=ROOT) == f"released sample: {kept / 'release'}"
    assert "root hash of an earlier report" in hand_over(asked(run, 30), kept, root="cd" * 32)
    (kept / "release" / TEXT).write_text("age\n1\n")
    told = hand_over(asked(run, 30), kept, root=ROOT)
    assert f"no policy judged {TEXT}" in told
    (kept / "release" / TABLE).unlink()
    assert "is gone" in hand_over(asked(run, 30), kept, root=ROOT)


def test_what_a_killed_run_left_half_written_goes_too(run, kept):
    folder = kept / "release"
    folder.mkdir()
    (folder / f"{TABLE}.partial").write_bytes(b"rows")
    strict = asked(run, 30, copies=COPIES | {"at_most": 0.001})
    hand_over(strict, kept, root=ROOT)
    assert not folder.exists()


def test_the_order_tells_nothing_of_the_order_in_which_rows_were_made():
    """Whoever knows the seed could undo a permutation: shuffled rows are drawn alike."""
    frame = synthetic(60)
    other = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(drawn(frame, 20, seed=5), drawn(other, 20, seed=5))


@pytest.mark.parametrize("rows", [30, 5000])
def test_written_once_it_stays_as_it_is(run, kept, rows):
    first = hand_over(asked(run, rows), kept, root=ROOT)
    assert ("there are no more" in first) == (rows > 100)
    before = {path: path.read_bytes() for path in (kept / "release").iterdir()}
    again = hand_over(asked(run, rows), kept, root="cd" * 32)
    assert again.startswith("released sample: ")
    assert {path: path.read_bytes() for path in (kept / "release").iterdir()} == before


def test_where_the_policy_does_not_pass_nothing_is_kept(run, kept):
    hand_over(asked(run, 30), kept, root=ROOT)
    (kept / UNRELEASED).mkdir()
    (kept / "release" / "LICENCE").write_text("the steward's own")
    strict = asked(run, 30, copies=COPIES | {"at_most": 0.001})
    told = hand_over(strict, kept, root=ROOT)
    assert told == "no sample is released: the release policy does not pass"
    assert [path.name for path in (kept / "release").iterdir()] == ["LICENCE"]
    assert not (kept / UNRELEASED).exists()


def test_a_sample_of_an_earlier_state_does_not_outlast_its_run(run, kept):
    hand_over(asked(run, 30), kept, root=ROOT)
    hand_over(replace(asked(run, 30), complete=False), kept, root=ROOT)
    assert not (kept / "release").exists()


def test_until_the_run_has_ended_everything_waits(run, kept):
    told = hand_over(replace(asked(run, 30), complete=False), kept, root=ROOT)
    assert "not complete" in told
    assert not (kept / "release").exists()
    assert len(list((kept / UNRELEASED).iterdir())) == 2


def test_a_table_that_is_gone_is_told(run, tmp_path):
    told = hand_over(asked(run, 30), tmp_path, root=ROOT)
    assert "is gone" in told
    assert not (tmp_path / "release").exists()


def test_without_a_number_of_rows_nothing_is_asked_for(run, kept):
    assert hand_over(asked(run, True), kept, root=ROOT) == ""
    assert hand_over(run, kept, root=ROOT) == ""


def test_a_folder_that_cannot_be_written_is_told(run, kept):
    (kept / "release").write_text("in the way")
    with pytest.raises(RunError, match="release"):
        hand_over(asked(run, 30), kept, root=ROOT)
    assert (kept / UNRELEASED).exists()


def test_both_files_hold_the_same_rows_but_for_marked_formulas(run, kept):
    hand_over(asked(run, 50), kept, root=ROOT)
    table = pd.read_parquet(kept / "release" / TABLE)
    text = pd.read_csv(kept / "release" / TEXT, dtype={"age": "Int64", "note": object})
    marked = int((text.note == "'=1+1").sum())
    assert marked == int((table.note == "=1+1").sum()) > 0
    assert set(text.note) <= {"'=1+1", "+", "-5"}
    text["note"] = text.note.str.removeprefix("'")
    pd.testing.assert_frame_equal(text, table)
    assert f"In the CSV {marked} cells" in (kept / "release" / README).read_text()


def test_rows_are_drawn_without_replacement_by_the_seed():
    frame = pd.DataFrame({"row": range(400)})
    first = drawn(frame, 100, seed=3).row.tolist()
    assert len(set(first)) == 100
    assert first == drawn(frame, 100, seed=3).row.tolist()
    assert first != drawn(frame, 100, seed=4).row.tolist()
    assert first != sorted(first)
    # Mean of 100 of 0 … 399: standard deviation 400 / √12 / √100 · √(300 / 399) = 10; ± 5 of them.
    assert abs(np.mean(first) - 199.5) < 50
    assert sorted(drawn(frame, 999, seed=0).row) == list(range(400))


def test_a_head_that_would_be_a_formula_is_marked_too():
    text, escaped = as_csv(pd.DataFrame({"=cmd": ["a"], "b": [-1.5]}))
    assert text == "'=cmd,b\na,-1.5\n"
    assert escaped == 1


def test_the_schema_tells_what_was_declared_and_nothing_of_real_rows(run):
    columns = {"sex": ColumnSpec(levels=("f", "m", "x"))}
    dataset = run.spec.dataset.model_copy(update={"columns": columns})
    some = asked(run, 30)
    header = {"type": "numeric", "label": "Age", "unit": "years", "low": 18.0, "high": None}
    run = replace(
        some,
        spec=some.spec.model_copy(update={"dataset": dataset}),
        table={**some.table, "columns": {"age": header | {"missing": 77, "decimals": 0}}},
    )
    told = json.loads(files_of(run)[SCHEMA])
    assert told["rows"] == 30
    age, sbp, sex, note = told["columns"]
    assert age == {"name": "age"} | header
    assert (sbp["type"], sbp["label"], sbp["low"]) == ("numeric", None, None)
    assert (sex["levels"], sex["levels_from"]) == (["f", "m", "x"], "declared")
    assert note["levels_from"] == "sample"
    assert set(note["levels"]) <= {"=1+1", "+", "-5"}
    assert note["levels"]


def files_of(run):
    from synthcraft.report.summary import Summary

    summary = Summary(run)
    sample = drawn(plain(synthetic()), run.spec.outputs.samples, run.spec.seed)
    return files(summary, released(summary), sample, 100, ROOT)


def test_the_readme_names_the_report_the_limits_and_the_files_and_no_measure(run):
    found = files_of(asked(run, 30))
    text = found[README].decode()
    assert f"`{ROOT}`" in text
    assert "30 of the 100" in text
    assert "- upper bound of the excess of copied rows ≤ 0.1" in text
    assert "0.020" not in text  # the measure itself
    assert "None: no ε is promised" in text
    for name in (TABLE, TEXT, SCHEMA):
        assert f"- `{name}` {hashlib.sha256(found[name]).hexdigest()}" in text
    assert files_of(asked(run, 30)) == found


def test_under_differential_privacy_the_readme_tells_on_what_terms(tmp_path):
    terms = {"epsilons": [1], "rows": 1000, "selection": "fixed", "release": "aim@eps=1"}
    changes = {"privacy": terms, "generators": {"aim": {"plugin": "aim"}}}
    run = load_run(fabricate(tmp_path / "run", **changes))
    limit = {"measure": "epsilon_release", "at_most": 1}
    found = under(run, arm="aim@eps=1", e=limit).run
    outputs = OutputsSpec(samples=30)
    found = replace(found, spec=found.spec.model_copy(update={"outputs": outputs}))
    text = files_of(found)[README].decode()
    assert "Differential privacy, ε = 1.00, δ = 0.00001." in text
    assert "chosen for release before the run" in text
    assert "No ε covers that the policy passed" in text
    # No number of real rows, which are 900 here with 630 train rows: the declared one may be told.
    assert not re.search(r"\b(900|630|270)\b", text)


def test_of_a_file_the_readme_does_not_say_who_made_it(run):
    some = asked(run, 30)
    header = {**some.header, "generators": {"arf": {"family": "given"}}}
    text = files_of(replace(some, header=header))[README].decode()
    assert "elsewhere; the file arf was judged" in text
    assert "fit" not in text.partition("## Why")[0]


def test_a_parquet_file_is_read_without_us(run):
    table = pd.read_parquet(io.BytesIO(files_of(asked(run, 20))[TABLE]))
    assert str(table.age.dtype) == "Int64"
    assert table.sex.dtype == object


def test_what_cannot_be_removed_is_told(run, kept, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refuse)
    strict = asked(run, 30, copies=COPIES | {"at_most": 0.001})
    with pytest.raises(RunError, match="Remove it by hand"):
        hand_over(strict, kept, root=ROOT)
    with pytest.raises(RunError, match="Remove it by hand"):
        hand_over(asked(run, 30), kept, root=ROOT)
