"""Run directories to a report on disk."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from synthcraft import journal
from synthcraft.errors import Problem, RunError
from synthcraft.journal import head_of
from synthcraft.report import crate, families, render, sections
from synthcraft.report.answer import answer_section
from synthcraft.report.augmentation import augmentation_sections
from synthcraft.report.compare import comparison
from synthcraft.report.compared import compared_section
from synthcraft.report.crate import placed
from synthcraft.report.document import Document, Link, present
from synthcraft.report.enough import enough_section
from synthcraft.report.groups import groups_section
from synthcraft.report.inference import differences_section
from synthcraft.report.leaderboard import leaderboard_section
from synthcraft.report.manifest import FILE as MANIFEST
from synthcraft.report.manifest import Listed, Manifest, Recorded, installed
from synthcraft.report.plausibility import plausibility_section
from synthcraft.report.pooled import studies
from synthcraft.report.printed import printed
from synthcraft.report.privacy import private_section
from synthcraft.report.release import pack as release
from synthcraft.report.selection import selection_sections
from synthcraft.report.summary import Summary
from synthcraft.report.triad import triad_section
from synthcraft.report.variance import variance_section
from synthcraft.report.verdict import verdict
from synthcraft.report.words import clean, counted
from synthcraft.results import SPEC_FILE, Run, distinct, load_run, tidy, to_csv


def build(run_dirs: Sequence[Path], *, to: Path | None = None, packs: Collection[str] = ()) -> Path:
    """Write the report of one or several runs and return the path of its ``index.html``.

    Writes ``index.html`` (one file, opens from disk), ``report.md`` with the same numbers,
    ``results.csv`` (the tidy table), ``figures/*.svg`` and, for print, ``tables/*.csv`` and
    ``.tex``; of several runs also ``figures/*.pdf``. All go into ``to`` or the ``report`` folder
    of the (first) run, and depend on the runs' spec.yaml and journal.jsonl and on the versions of
    the installed packages only. Those two are copied beside them (of several runs into
    ``runs/ID/``), with ``manifest.json`` and metadata for archives, so that the folder can be
    verified wherever it goes.

    ``packs`` are made besides (PACKS): "release" writes what a steward decides on into the folder
    ``release``, and is made without being asked where the spec has a ``release_policy``.

    Raises
    ------
    RunError
        When a directory is no run, two are of the same spec, the report cannot be written, or it
        would lie within another one.
    """
    if not run_dirs:
        raise RunError([Problem("", "no run directory given", "Give one or several.")])
    runs = distinct([load_run(directory) for directory in run_dirs])
    if to is None and (run_dirs[0] / MANIFEST).exists():
        message = "is a report, whose manifest would not know of another one within it"
        raise RunError([Problem(str(run_dirs[0]), message, "Say where with --to DIR.")])
    folder = to if to is not None else run_dirs[0] / "report"
    recorded = _recorded(run_dirs, runs)
    if to is not None:
        _require_no_other(folder, recorded)
    wanted = wanted_packs(runs, packs)
    files = contents(runs, recorded, versions=installed(), packs=wanted)
    # A run's own report folder holds copies only; elsewhere a journal may be the only one.
    ours = (*PRINTED, *PACKED)
    write_files(folder, files, ours=ours if to is not None else (*ours, *COPIED))
    return folder / "index.html"


def contents(
    runs: Sequence[Run],
    recorded: Mapping[str, bytes],
    *,
    versions: Mapping[str, str],
    packs: Collection[str] = (),
) -> dict[str, bytes]:
    """Every file of the report of these runs, by name; nothing is written.

    ``recorded`` are the runs' specs and journals by their name in the report, ``versions`` what
    the manifest tells to have made it, ``packs`` what is made besides.

    Raises
    ------
    RunError
        When a pack is not known here: a later version made it.
    """
    if unknown := sorted(set(packs) - set(PACKS)):
        raise RunError([Problem(name, "is no pack of this version") for name in unknown])
    folders = places(runs)
    document = replace(
        render.drawable(compose(runs)),
        links=tuple(
            LINKS[name](place, run.id)
            for run, place in zip(runs, folders, strict=True)
            for name in packs
        ),
    )
    drawn = render.pictures(document)
    texts = {
        "index.html": render.html(document, drawn),
        "report.md": render.markdown(document),
        "results.csv": to_csv(tidy(runs)),
        **{f"figures/{name}.svg": svg for name, svg in drawn.items()},
        **printed(document),
    }
    files = {name: text.encode() for name, text in texts.items()} | dict(recorded)
    if len(runs) > 1:
        files |= {f"figures/{name}.pdf": content for name, content in render.pdfs(document).items()}
    for run, place in zip(runs, folders, strict=True):
        up = "../" * (1 + len(PurePosixPath(place).parts))
        for name in packs:
            made = PACKS[name](Summary(run), up).items()
            files |= {placed(place, file): text.encode() for file, text in made}
    version = versions.get("synthcraft", "")
    files[crate.FILE] = crate.crate(document.title, runs, folders, files, version=version).encode()
    described = tuple(
        Recorded(run.id, place, run.plan.spec_id, head_of(files[placed(place, journal.FILE)]))
        for run, place in zip(runs, folders, strict=True)
    )
    listed = {name: Listed.of(content) for name, content in files.items()}
    return files | {
        MANIFEST: Manifest(versions, described, listed, tuple(sorted(packs))).text().encode()
    }


def wanted_packs(runs: Sequence[Run], asked: Collection[str]) -> tuple[str, ...]:
    """The packs that are asked for, and those that a spec calls for."""
    called = [release.NAME] if any(run.spec.release_policy for run in runs) else []
    return tuple(sorted({*asked, *called}))


def places(runs: Sequence[Run]) -> tuple[str, ...]:
    """The folder of each run's spec and journal in a report: its own, or ``runs/ID``.

    Raises
    ------
    RunError
        When an id cannot be the name of a folder, as no run that we made has.
    """
    if len(runs) == 1:
        return (".",)
    if odd := [run.id for run in runs if not re.fullmatch(r"[\w-]+", run.id)]:
        raise RunError(
            [Problem(name, "is no id of a run", "Its journal is damaged.") for name in odd]
        )
    return tuple(f"runs/{run.id}" for run in runs)


def _recorded(run_dirs: Sequence[Path], runs: Sequence[Run]) -> dict[str, bytes]:
    """The runs' specs and journals by their name in the report, as they were when read."""
    files = {}
    for directory, run, place in zip(run_dirs, runs, places(runs), strict=True):
        files[placed(place, SPEC_FILE)] = (directory / SPEC_FILE).read_bytes()
        files[placed(place, journal.FILE)] = journal.through(directory / journal.FILE, run.last)
    return files


def _require_no_other(folder: Path, recorded: Mapping[str, bytes]) -> None:
    """Nothing, where no other run lies that a copy would replace: it may be the only one.

    Raises
    ------
    RunError
        When the folder holds another spec, or a journal that is no earlier or later state of ours.
    """
    for name, content in recorded.items():
        path = folder / name
        there = path.read_bytes() if path.is_file() else b""
        if there and not (content.startswith(there) or _is_grown(path, there, content)):
            hint = "Choose another folder with --to, or remove this one."
            raise RunError([Problem(str(path), "is of another run", hint)])


def _is_grown(path: Path, there: bytes, content: bytes) -> bool:
    """Whether the file is a journal of which the content is an earlier state."""
    return path.name == journal.FILE and there.startswith(content)


def compose(runs: Sequence[Run]) -> Document:
    """The report as a document: all words and numbers, nothing drawn yet."""
    summaries = [Summary(run) for run in runs]
    if len(summaries) > 1:
        title = f"Comparison of {counted(len(runs), 'run')}"
        questions = {clean(run.spec.question) for run in runs}
        shared = questions.pop() if len(questions) == 1 else ""
        return Document(title, shared, comparison(summaries))
    summary, run = summaries[0], runs[0]
    repeated = studies(summaries) if run.plan.replicates > 1 else ()
    parts = present(
        answer_section(summary),
        compared_section(summary),
        leaderboard_section(summary),
        *verdict(summary),
        sections.overview_section(summary),
        triad_section(studies(summaries)),
        families.fidelity_section(summary),
        families.utility_section(summary),
        families.privacy_section(summary),
        private_section(summary),
        groups_section(summary),
        plausibility_section(summary),
        *augmentation_sections(summary),
        *selection_sections(summary),
        differences_section(summary),
        variance_section(repeated),
        enough_section(repeated),
        sections.data_section(summary),
        sections.generators_section(summary),
        sections.cost_section(summary),
        sections.definitions_section(summaries),
        sections.provenance_section(summary),
    )
    return Document(
        title=clean(run.spec.report.title or run.spec.name),
        subtitle=clean(run.spec.question),
        sections=tuple(parts),
    )


PRINTED = ("figures/*.svg", "figures/*.pdf", "tables/*.csv", "tables/*.tex")
PACKS: Mapping[str, Callable[[Summary, str], Mapping[str, str]]] = {release.NAME: release.files}
"""What may be made of each run besides the report: its files by name, from its summary and the way
up to the report."""
LINKS: Mapping[str, Callable[[str, str], Link]] = {release.NAME: release.link}
"""How a report leads to them, from a run's folder in it and the run's id."""
PACKED = tuple(
    f"{place}{name}" for place in ("", "runs/*/") for name in (*release.FILES, release.FIGURES)
)
COPIED = tuple(f"{place}{name}" for place in ("", "runs/*/") for name in (SPEC_FILE, journal.FILE))


def write_files(
    folder: Path, files: Mapping[str, str | bytes], *, ours: Sequence[str] = PRINTED
) -> None:
    """Write a report's files by name; what an earlier one left of ``ours`` (patterns) is removed.

    An earlier report stays as it is until all of the new one is on the disk. A journal that goes on
    after what would be written is left as it is: its run writes it.

    Raises
    ------
    RunError
        When the folder cannot be written, or the disk is full.
    """
    contents = {
        folder / name: content if isinstance(content, bytes) else content.encode()
        for name, content in files.items()
    }
    wanted = {path: content for path, content in contents.items() if not _goes_on(path, content)}
    try:
        for path, content in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _partial(path).write_bytes(content)
        for stale in [path for pattern in ours for path in folder.glob(pattern)]:
            if stale not in contents:
                stale.unlink()
        for path in wanted:
            _partial(path).replace(path)
    except OSError as exc:
        for path in wanted:
            with suppress(OSError):
                _partial(path).unlink()
        problem = Problem(
            str(folder),
            f"the report cannot be written here ({exc.strerror})",
            "Make room or give permission, or choose another folder with --to.",
        )
        raise RunError([problem]) from None


def _goes_on(path: Path, content: bytes) -> bool:
    """Whether a journal is there that begins with what would be written."""
    return path.name == journal.FILE and path.is_file() and path.read_bytes().startswith(content)


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")
