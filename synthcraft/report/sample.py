"""The released sample: rows of the one table that was judged, handed over where the policy passes.

It lies in the run directory, not in the report: a report holds no row.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.errors import Problem, RunError
from synthcraft.ids import Purpose, seed_for
from synthcraft.printable import no_formula
from synthcraft.privacy.guarantee import guarantee
from synthcraft.records import Trial
from synthcraft.report.policy import asked, is_given, passes, released, spent
from synthcraft.report.privacy import amount
from synthcraft.report.summary import Contender, Summary
from synthcraft.report.words import clean, counted, listed
from synthcraft.report.write import write_files
from synthcraft.results import UNRELEASED, Run, is_first, table_file
from synthcraft.spec.release import rows_released

FOLDER = "release"
TABLE, TEXT, SCHEMA, README = "sample.parquet", "sample.csv", "schema.json", "README.md"
OURS = (TABLE, TEXT, SCHEMA, README)


def hand_over(run: Run, directory: Path, *, root: str) -> str:
    """Write ``release/`` into a run's directory if its policy passes, and tell what became of it.

    Where the policy does not pass, nothing is written, and files of an earlier state are removed.
    The tables that were kept until the policy could tell are removed in either case, once the run
    has ended. "" where the spec asks for no sample. ``root`` is the report's root hash.

    Raises
    ------
    RunError
        When the folder cannot be written.
    """
    wanted, summary = rows_released(run.spec), Summary(run)
    if wanted is None:
        return ""
    folder, waiting, arm = directory / FOLDER, directory / UNRELEASED, released(summary)
    if not run.complete:
        _remove(folder)
        return "no sample is released: the run is not complete"
    if arm is None or not passes(summary):
        _remove(folder, waiting)
        return "no sample is released: the release policy does not pass"
    source = waiting / table_file(_first(run, arm))
    if not source.is_file():
        return _as_before(folder, source, root)
    made = plain(pd.read_parquet(source))
    sample = drawn(made, wanted, run.spec.seed)
    # A folder of this name may hold what the steward has put there: only our four are replaced.
    write_files(folder, files(summary, arm, sample, len(made), root), ours=())
    _remove_all(waiting)
    return f"released sample: {folder}{_fewer(wanted, len(made))}"


def _as_before(folder: Path, source: Path, root: str) -> str:
    """What is there of a sample that was written earlier: its table is not kept."""
    there = {n: (folder / n).read_bytes() for n in OURS if (folder / n).is_file()}
    if len(there) < len(OURS):
        return f"no sample can be released: {source} is gone; run anew in another directory"
    told = there.pop(README).decode(errors="replace")
    changed = [name for name, content in there.items() if _sha256(content) not in told]
    if changed:
        return f"released sample: {folder}, but no policy judged {listed(changed)}: changed since"
    other = "" if root in told else " (its README.md has the root hash of an earlier report)"
    return f"released sample: {folder}{other}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fewer(wanted: int, there: int) -> str:
    return f" ({counted(there, 'row')}: there are no more)" if there < wanted else ""


def _first(run: Run, arm: Contender) -> Trial:
    return next(r.trial for r in run.of(arm.arm.id) if is_first(r.trial))


def _remove(folder: Path, *waiting: Path) -> None:
    """Our files of an earlier state, and tables that nobody may have; not other people's files."""
    for name in OURS:
        for left in (name, f"{name}.partial"):  # of a run that was killed while it wrote
            with _told(folder / left):
                (folder / left).unlink(missing_ok=True)
    for tables in waiting:
        _remove_all(tables)
    with suppress(OSError):  # absent, or there is more in it
        folder.rmdir()


def _remove_all(tables: Path) -> None:
    with _told(tables):
        if tables.exists():
            shutil.rmtree(tables)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """An error of the disk as one that says what to do."""
    try:
        yield
    except NotADirectoryError:  # a file of this name is not ours
        return
    except OSError as exc:
        hint = "Remove it by hand: no policy has passed these rows on, or not as they lie there."
        message = f"cannot be removed ({exc.strerror})"
        raise RunError([Problem(str(exc.filename or path), message, hint)]) from None


# The rows ----------------------------------------------------------------------------------------


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A synthetic table without what it knows besides its own values.

    A categorical column may list levels that no row has, taken from real rows: they are left out.
    Numbers that are all whole become integers.

    >>> frame = pd.DataFrame({"a": pd.Categorical(["x", None], ["x", "rare"]), "b": [1.0, 2.0]})
    >>> plain(frame).dtypes.astype(str).tolist()
    ['object', 'Int64']
    """
    return pd.DataFrame({name: _plain(frame[name]) for name in frame.columns})


def _plain(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(object)
    present = values.dropna()
    return values.astype("Int64") if bool((present % 1 == 0).all()) else values


def drawn(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """At most so many rows, drawn without replacement and in random order by the spec's seed.

    The first ones would be no fair sample of a table that its generator has sorted. They are
    sorted first: whoever knows the seed can undo the order, and must not find the one in which the
    rows were made, which may be that of real rows.

    >>> drawn(pd.DataFrame({"a": range(100)}), 3, seed=0).a.tolist()
    [14, 83, 75]
    """
    rng = np.random.default_rng(seed_for(seed, 0, 0, Purpose.HANDED))
    ordered = frame.sort_values(list(frame.columns), ignore_index=True)
    return ordered.iloc[rng.permutation(len(ordered))[:rows]].reset_index(drop=True)


def as_csv(frame: pd.DataFrame) -> tuple[str, int]:
    """The rows as CSV text, and how many cells stand behind an apostrophe (heads included).

    Text that a spreadsheet would run as a formula would do so on the desk of whoever opens it.

    >>> as_csv(pd.DataFrame({"a": ["=1+1", None], "b": [-0.5, 2.0]}))
    ("a,b\\n'=1+1,-0.5\\n,2.0\\n", 1)
    """
    safe = frame.copy()
    escaped = sum(no_formula(name) != name for name in frame.columns)
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            safe[name] = frame[name].map(lambda v: no_formula(v) if isinstance(v, str) else v)
            escaped += int((safe[name].dropna() != frame[name].dropna()).sum())
    safe.columns = pd.Index([no_formula(name) for name in frame.columns])
    return safe.to_csv(index=False, lineterminator="\n"), escaped


# The files ---------------------------------------------------------------------------------------


def files(
    summary: Summary, arm: Contender, sample: pd.DataFrame, there: int, root: str
) -> dict[str, bytes]:
    """Every file of the released sample by name; ``there`` counts the rows of the judged table."""
    parquet = io.BytesIO()
    sample.to_parquet(parquet, index=False)
    text, escaped = as_csv(sample)
    schema = json.dumps(described(summary.run, sample), indent=1, ensure_ascii=False) + "\n"
    found = {TABLE: parquet.getvalue(), TEXT: text.encode(), SCHEMA: schema.encode()}
    told = readme(summary, arm, sizes=(len(sample), there), escaped=escaped, root=root)
    hashes = "\n".join(f"- `{n}` {_sha256(c)}" for n, c in found.items())
    return {**found, README: f"{told}\n## Files (sha256)\n\n{hashes}\n".encode()}


def described(run: Run, sample: pd.DataFrame) -> dict[str, Any]:
    """What the sample's columns mean: type, label, unit, range and levels as declared.

    Nothing is taken from real rows. Levels that nobody declared are those of the sample itself.
    """
    return {
        "rows": len(sample),
        "missing": "null in Parquet, an empty cell in CSV",
        "columns": [_column(run, name, sample[name]) for name in sample.columns],
    }


def _column(run: Run, name: str, values: "pd.Series[Any]") -> dict[str, Any]:
    header: Mapping[str, Any] = run.table.get("columns", {}).get(name, {})
    own = run.spec.dataset.columns.get(name)
    numeric = pd.api.types.is_numeric_dtype(values)
    told: dict[str, Any] = {
        "name": name,
        "type": "numeric" if numeric else "categorical",
        "label": header.get("label") or None,
        "unit": header.get("unit") or None,
    }
    if numeric:
        return told | {"low": header.get("low"), "high": header.get("high")}
    if own is not None and own.levels is not None:
        return told | {"levels": list(own.levels), "levels_from": "declared"}
    return told | {"levels": sorted(set(values.dropna())), "levels_from": "sample"}


def readme(
    summary: Summary, arm: Contender, *, sizes: tuple[int, int], escaped: int, root: str
) -> str:
    """What the files are and on what ground they were released; no measure of a real row."""
    run, (rows, there) = summary.run, sizes
    policy = run.spec.release_policy
    limits = [asked(summary, limit) for limit in policy.limits.values()] if policy else []
    marked = (
        f"In the CSV {counted(escaped, 'cell')} that a spreadsheet would run as a formula stand "
        "behind an apostrophe; the Parquet file has them as they are."
        if escaped
        else "The CSV and the Parquet file hold the same values."
    )
    return f"""# Synthetic sample: {clean(run.spec.report.title or run.spec.name)}

{counted(rows, "row")} of a synthetic table. None is meant to be a real person's; one may still
equal or resemble one, and what was found of that is in the report.

- **Made** {_made(summary, arm)}
- **Rows** {rows:,} of the {there:,} of that table, sorted, drawn without replacement and put in
  random order by the spec's seed: their order tells nothing of the order in which they were made.
  The whole table was judged.
- **Columns** `{SCHEMA}` tells what they mean. {marked}
- **Report** It has every number that the decision rests on, and this root hash:
  `{root}`.
  `synthcraft verify` compares a report with its root and with what the run found.

## Why it was released

The run was started with this policy, and each limit was shown to be kept:

{chr(10).join(f"- {text}" for text in limits)}

The limits were chosen by whoever declared them. What was measured is what these attacks found on
these data; another attack may find more. That the table was released at all tells that the limits
were kept.

## Formal guarantee

{promised(summary, arm)}

## To be filled in by the data steward

- Licence and terms of use:
- Contact, and until when the sample may be used:
"""


def _made(summary: Summary, arm: Contender) -> str:
    """By what the rows were made, as far as the run knows."""
    name = clean(arm.label)
    if is_given(summary, arm):
        return f"elsewhere; the file {name} was judged in the run `{summary.run.id}` of SynthCraft."
    return (
        f"by {name} (plug-in {arm.arm.plugin}), in the run `{summary.run.id}` of SynthCraft:\n"
        "  the first table of its first fit (split 0, seed 0)."
    )


def promised(summary: Summary, arm: Contender) -> str:
    """What differential privacy promises of the sample, or that it promises nothing."""
    spec = summary.run.spec
    if arm.promise != "promised":
        return "None: no ε is promised for this sample (differential privacy)."
    terms = guarantee(spec)
    # Of one arm alone nothing is chosen, whether or not the spec says so.
    chosen = f"{terms.selection} " if spec.privacy and spec.privacy.selection else ""
    return (
        f"Differential privacy, {amount(spent(summary, arm))}. {terms.unit} {terms.domain} "
        f"{chosen}The sample is made of that release alone, so what holds for it holds "
        "for any part of it, in any order. No ε covers that the policy passed: its limits on "
        "measures are judged on real rows."
    )
