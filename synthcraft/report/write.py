"""Run directories to a report on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from synthcraft.errors import Problem, RunError
from synthcraft.report import families, render, sections
from synthcraft.report.augmentation import augmentation_sections
from synthcraft.report.compare import comparison
from synthcraft.report.document import Document, present
from synthcraft.report.enough import enough_section
from synthcraft.report.groups import groups_section
from synthcraft.report.inference import differences_section
from synthcraft.report.objective import objective_section
from synthcraft.report.plausibility import plausibility_section
from synthcraft.report.pooled import studies
from synthcraft.report.printed import printed
from synthcraft.report.privacy import private_section
from synthcraft.report.selection import selection_sections
from synthcraft.report.summary import Summary
from synthcraft.report.triad import triad_section
from synthcraft.report.variance import variance_section
from synthcraft.report.verdict import verdict
from synthcraft.report.words import clean, counted
from synthcraft.results import Run, distinct, load_run, tidy, to_csv


def build(run_dirs: Sequence[Path], *, to: Path | None = None) -> Path:
    """Write the report of one or several runs and return the path of its ``index.html``.

    Writes ``index.html`` (one file, opens from disk), ``report.md`` with the same numbers,
    ``results.csv`` (the tidy table), ``figures/*.svg`` and, for print, ``tables/*.csv`` and
    ``.tex``; of several runs also ``figures/*.pdf``. All go into ``to`` or the ``report`` folder
    of the (first) run, and depend on the runs' spec.yaml and journal.jsonl and on the versions of
    the installed packages only.

    Raises
    ------
    RunError
        When a directory is no run, two are of the same spec, or the report cannot be written.
    """
    if not run_dirs:
        raise RunError([Problem("", "no run directory given", "Give one or several.")])
    runs = distinct([load_run(directory) for directory in run_dirs])
    folder = to if to is not None else run_dirs[0] / "report"
    document = compose(runs)
    drawn = render.pictures(document)
    files: dict[str, str | bytes] = {
        "index.html": render.html(document, drawn),
        "report.md": render.markdown(document),
        "results.csv": to_csv(tidy(runs)),
        **{f"figures/{name}.svg": svg for name, svg in drawn.items()},
        **printed(document),
    }
    if len(runs) > 1:
        files |= {f"figures/{name}.pdf": content for name, content in render.pdfs(document).items()}
    write_files(folder, files)
    return folder / "index.html"


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
        *verdict(summary),
        *selection_sections(summary),
        *augmentation_sections(summary),
        private_section(summary),
        objective_section(summary),
        sections.overview_section(summary),
        triad_section(studies(summaries)),
        sections.data_section(summary),
        sections.generators_section(summary),
        families.fidelity_section(summary),
        families.utility_section(summary),
        families.privacy_section(summary),
        groups_section(summary),
        plausibility_section(summary),
        differences_section(summary),
        variance_section(repeated),
        enough_section(repeated),
        sections.cost_section(summary),
        sections.definitions_section(summary),
        sections.provenance_section(summary),
    )
    return Document(
        title=clean(run.spec.report.title or run.spec.name),
        subtitle=clean(run.spec.question),
        sections=tuple(parts),
    )


PRINTED = ("figures/*.svg", "figures/*.pdf", "tables/*.csv", "tables/*.tex")


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a report's files by name; pictures and tables of an earlier one are removed.

    Raises
    ------
    RunError
        When the folder cannot be written.
    """
    try:
        for stale in [path for pattern in PRINTED for path in folder.glob(pattern)]:
            if stale.relative_to(folder).as_posix() not in files:
                stale.unlink()
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as exc:
        problem = Problem(
            str(folder),
            f"the report cannot be written here ({exc.strerror})",
            "Choose another folder with --to.",
        )
        raise RunError([problem]) from None
