"""Whether a report is what its runs give: its hashes, and every file made again and compared.

Level 0 compares each file with the manifest. Level 1 makes all files again, in memory, from the
spec and journal that the report carries, and compares them byte for byte: a page made again to the
last byte shows no number but those that follow from the journal. What neither can see is a journal
that was forged and everything made again from it, the manifest included: that has another root.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthcraft import journal
from synthcraft.errors import Problem, RunError, UserError
from synthcraft.redact import place_of
from synthcraft.report.crate import placed
from synthcraft.report.manifest import FILE, Listed, Manifest, installed, read, root_of
from synthcraft.report.trace import trace
from synthcraft.report.unlike import first_difference
from synthcraft.report.words import clean, counted
from synthcraft.report.write import contents, wanted_packs
from synthcraft.results import SPEC_FILE, Run, load_run

FEW = 5  # numbers that are named
SHORTEST = 16  # hex digits of a quoted root: to find another manifest with them is out of reach


@dataclass(frozen=True)
class Verification:
    """What came of verifying a report.

    ``differences`` has, by file, what is wrong with it (empty: all is as it should be); ``notes``
    what the reader should know besides. ``files`` counts the files that the manifest lists,
    ``remade`` those made again and compared (None: this was not asked for, or not possible).
    """

    folder: Path
    root: str
    files: int
    remade: int | None
    differences: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Remade:
    """What level 1 found: files compared, None where they could not be made."""

    count: int | None
    differences: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def verify(directory: Path, *, remake: bool = True, root: str = "") -> Verification:
    """Compare the report in a directory, or in its ``report`` folder, with what it should be.

    ``root`` is the root hash that somebody quoted, or its first 16 or more digits. Nothing is
    written.

    Raises
    ------
    RunError
        When there is no manifest that we can read, or ``root`` is no such hash.
    """
    folder = report_in(directory)
    manifest = read(folder)
    text = (folder / FILE).read_bytes()
    found = root_of(text)
    differences = dict(_unlike_quoted(root, found)) | dict(_unlike_listed(folder, manifest))
    remade = _remade(folder, manifest) if remake else _Remade(None)
    for name, what in remade.differences.items():
        differences[name] = "; ".join(filter(None, (differences.get(name), what)))
    if directory != folder:
        differences |= dict(_unlike_run(directory, folder))
    notes = (*remade.notes, *_gone_on(directory, folder))
    return Verification(folder, found, len(manifest.files), remade.count, differences, notes)


def report_in(directory: Path) -> Path:
    """The folder with the manifest: the directory itself, or the report of the run in it."""
    inner = directory / "report"
    return inner if not (directory / FILE).exists() and (inner / FILE).exists() else directory


def _unlike_quoted(quoted: str, found: str) -> Iterator[tuple[str, str]]:
    if not quoted:
        return
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", quoted.lower()):
        hint = f"Give its 64 hex digits, or the first {SHORTEST} or more."
        raise RunError([Problem("--root", "is no root hash", hint)])
    if not found.startswith(quoted.lower()):
        yield FILE, f"its root is not the quoted one, {quoted.lower()}"


# Level 0 ------------------------------------------------------------------------------------


def _unlike_listed(folder: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Files that are missing, changed, or not in the manifest."""
    for name, wanted in sorted(manifest.files.items()):
        content = _content(folder / name)
        if content is None:
            yield name, "is missing, or cannot be read"
        elif len(content) != wanted.size:
            yield name, f"has {len(content):,} bytes, the manifest says {wanted.size:,}"
        elif Listed.of(content) != wanted:
            yield name, "has another hash than the manifest says"
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in sorted(set(there) - set(manifest.files) - {FILE}):
        yield clean(name), "is not in the manifest"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


# Level 1 ------------------------------------------------------------------------------------


def _remade(folder: Path, manifest: Manifest) -> _Remade:
    """Every file made again from the runs' specs and journals, and compared."""
    try:
        runs = [load_run(folder / recorded.folder) for recorded in manifest.runs]
        recorded = _recorded(folder, manifest)
        packs = wanted_packs(runs, manifest.packs)
        again = contents(runs, recorded, versions=manifest.versions, packs=packs)
    except (UserError, OSError) as exc:
        return _Remade(None, {"runs": f"the report cannot be made again: {clean(str(exc))}"})
    except Exception as exc:  # a journal may hold anything, once its hashes are made to fit
        told = f"{type(exc).__name__} at {place_of(exc)}"
        return _Remade(None, {"runs": f"the report cannot be made again from them ({told})"})
    differences = dict(_unlike_remade(folder, manifest, again))
    notes = (
        *_versions(manifest, differently=bool(differences)),
        *_other_specs(runs),
        *_incomplete(runs),
        *_traced(folder),
    )
    return _Remade(len(again), differences, notes)


def _recorded(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    names = [
        placed(run.folder, name) for run in manifest.runs for name in (SPEC_FILE, journal.FILE)
    ]
    return {name: (folder / name).read_bytes() for name in names}


def _unlike_remade(
    folder: Path, manifest: Manifest, again: Mapping[str, bytes]
) -> Iterator[tuple[str, str]]:
    for name, content in again.items():
        here = _content(folder / name)
        if here is None and name not in manifest.files:
            yield name, "is missing: the journal gives such a file"
        elif here is not None and here != content:
            yield name, f"made again it differs: {first_difference(name, here, content)}"
    for name in sorted(manifest.files.keys() - again.keys()):
        yield name, "does not follow from the journal: made again, there is no such file"


def _other_specs(runs: Sequence[Run]) -> Iterator[str]:
    """Specs that have another id now than when their journals were begun."""
    for run in runs:
        if run.spec.id != run.plan.spec_id:
            yield (
                f"The spec of {clean(run.id)} has another id than its journal tells: written "
                "for an earlier version of SynthCraft, whose settings were others, or edited since."
            )


def _versions(manifest: Manifest, *, differently: bool) -> Iterator[str]:
    """Packages that are here in another version, and what that explains."""
    made, here = manifest.versions, installed()
    changed = [
        f"{clean(name)} {clean(made.get(name) or 'none')}, here {here.get(name) or 'none'}"
        for name in dict.fromkeys((*made, *here))
        if made.get(name, "") != here.get(name, "")
    ]
    if changed:
        meaning = (
            "Other versions may draw other bytes from the same facts: verify under those first"
            if differently
            else "Every byte is the same all the same"
        )
        yield f"The report was made with other versions: {'; '.join(changed)}. {meaning}."
    elif differently:
        yield (
            "The versions that the manifest names are those installed here; a SynthCraft that was "
            "changed without a new version can be the reason, or the report was changed."
        )


def _incomplete(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if not run.complete:
            left = counted(len(run.missing), "trial")
            yield f"{clean(run.id)} was not complete when the report was made: {left} to go."


def _traced(folder: Path) -> Iterator[str]:
    """How many of the page's numbers another reading finds in the table, and which not."""
    try:
        page, table = (folder / name for name in ("index.html", "results.csv"))
        found = trace(page.read_text("utf-8"), table.read_text("utf-8"))
    except (OSError, ValueError, KeyError, csv.Error):
        return  # told above: it is not the file that was made again
    yield (
        f"Of {found.numbers:,} numbers that head a cell of the page's tables, {found.found:,} are "
        "means of rows of results.csv by a second way; the others only by making the page again."
    )
    if found.unlike:
        few = clean("; ".join(found.unlike[:FEW]))
        more = f", and {len(found.unlike) - FEW} more" if len(found.unlike) > FEW else ""
        yield f"No mean of its rows in results.csv: {few}{more}."


# The run around its report ------------------------------------------------------------------


def _unlike_run(directory: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """What of a run directory is not what the report in it carries a copy of."""
    for name in (SPEC_FILE, journal.FILE):
        run, copy = _content(directory / name), _content(folder / name)
        if run is None or copy is None:
            continue
        if not (run == copy or (name == journal.FILE and run.startswith(copy))):
            yield f"../{name}", "the run has another than its report carries: build it anew"


def _gone_on(directory: Path, folder: Path) -> Iterator[str]:
    run, copy = _content(directory / journal.FILE), _content(folder / journal.FILE)
    if directory != folder and run and copy and run != copy and run.startswith(copy):
        lines = counted(run[len(copy) :].count(b"\n"), "line")
        yield f"The run has gone on by {lines} since: “synthcraft report” builds its report anew."
